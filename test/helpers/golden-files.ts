// The frozen files of test/golden/: two small random models, pictures that must decode to known samples, and files
// that must be refused with a known code. Written by test/golden/write-goldens.ts only.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type Model, parseModel, withAuxiliary } from '../../codec/index.ts';

/** The folder in the sources, seen from build/test/helpers. */
export const goldenFolder = fileURLToPath(new URL('../../../test/golden/', import.meta.url));

/** Without links between channels, or with them. */
export const goldenModels = ['model', 'linked'] as const;
export type GoldenModel = (typeof goldenModels)[number];

export interface DecodeCase {
  readonly name: string;
  readonly model: GoldenModel;
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 3;
  /** Of the decoded samples. */
  readonly sha256: string;
  /** Of the decoded alpha, where there is one. */
  readonly alphaSha256?: string;
  /** Of EXIF and of XMP, where the file has them. */
  readonly exifSha256?: string;
  readonly xmpSha256?: string;
}

export interface RefuseCase {
  readonly name: string;
  readonly class: string;
  readonly code: string;
  readonly section?: string;
  readonly offset?: number;
}

export function readGolden(path: string): Uint8Array {
  return new Uint8Array(readFileSync(goldenFolder + path));
}

function readJson(path: string): unknown {
  return JSON.parse(readFileSync(goldenFolder + path, 'utf8'));
}

/** With its encoder and the auxiliaries of the trained priors. */
export function goldenModel(name: GoldenModel = 'model'): Model {
  let model = parseModel(readJson(`${name}.json`), readGolden(`${name}.bin`));
  for (const kind of ['encoder', 'lstm', 'rbm']) {
    const file = `${name}.${kind}`;
    model = withAuxiliary(model, readJson(`${file}.json`), readGolden(`${file}.bin`));
  }
  return model;
}

export function decodeCases(model: GoldenModel = 'model'): DecodeCase[] {
  const cases = readJson('decode.json') as DecodeCase[];
  return cases.filter((one) => one.model === model);
}

export function refuseCases(): RefuseCase[] {
  return readJson('refuse.json') as RefuseCase[];
}

export function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
