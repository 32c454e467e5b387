// The frozen files of test/golden/: a small random model, pictures that must decode to known samples, and files
// that must be refused with a known code. Written by test/golden/write-goldens.ts only.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type Model, parseModel, withAuxiliary } from '../../codec/index.ts';

/** The folder in the sources, seen from build/test/helpers. */
export const goldenFolder = fileURLToPath(new URL('../../../test/golden/', import.meta.url));

export interface DecodeCase {
  readonly name: string;
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
export function goldenModel(): Model {
  let model = parseModel(readJson('model.json'), readGolden('model.bin'));
  for (const kind of ['encoder', 'lstm', 'rbm']) {
    model = withAuxiliary(model, readJson(`model.${kind}.json`), readGolden(`model.${kind}.bin`));
  }
  return model;
}

export function decodeCases(): DecodeCase[] {
  return readJson('decode.json') as DecodeCase[];
}

export function refuseCases(): RefuseCase[] {
  return readJson('refuse.json') as RefuseCase[];
}

export function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
