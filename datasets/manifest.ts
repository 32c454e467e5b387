// Data set manifests: what a set is called, its licence and split, where its pictures come from and their SHA-256.
// The pictures themselves are not part of this project.
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { invalidArgument } from '../codec/errors.ts';

export type Split = 'training' | 'validation' | 'test';

export interface ManifestFile {
  /** File name, without folders. */
  readonly name: string;
  readonly url: string;
  readonly sizeBytes: number;
  readonly sha256: string;
}

export interface ManifestArchive {
  /** Of a ZIP file. */
  readonly url: string;
  /** Null where the origin publishes none: what arrives first is recorded, and checked from then on. */
  readonly sizeBytes: number | null;
  readonly sha256: string | null;
  /** Only pictures below a folder whose path ends with this. */
  readonly folder?: string;
}

export interface DatasetManifest {
  readonly format: 'nic-dataset';
  readonly version: 1;
  readonly name: string;
  readonly title: string;
  readonly license: string;
  readonly homepage: string;
  readonly split: Split;
  /** Number of pictures. */
  readonly pictures: number;
  /** Either single files, or one archive. */
  readonly files?: readonly ManifestFile[];
  readonly archive?: ManifestArchive;
}

const namePattern = /^[a-z0-9][a-z0-9._-]*$/;

/** Throws an InvalidArgumentError unless `name` is a lower-case name that is also a safe folder name. */
export function checkDatasetName(name: string): void {
  if (!namePattern.test(name)) {
    throw invalidArgument('lower-case letters, digits, ".", "_" and "-"', 'NAME', name);
  }
}

/** The manifests that come with the project, by name. */
export async function readKnownManifests(): Promise<readonly DatasetManifest[]> {
  // The folder of a manifest that certainly exists; import.meta.resolve takes no folders.
  const folder = fileURLToPath(new URL('.', import.meta.resolve('#datasets/kodak.json')));
  const names = (await readdir(folder)).filter((name) => name.endsWith('.json')).sort();
  return await Promise.all(names.map((name) => readManifest(join(folder, name))));
}

/** The manifest with this name, or in the file at this path where it ends with `.json`. */
export async function findManifest(nameOrPath: string): Promise<DatasetManifest> {
  if (nameOrPath.endsWith('.json')) return await readManifest(nameOrPath);
  const known = await readKnownManifests();
  const found = known.find(({ name }) => name === nameOrPath);
  if (found === undefined) {
    throw invalidArgument(`one of ${known.map(({ name }) => name).join(', ')}`, 'NAME', nameOrPath);
  }
  return found;
}

/** Reads and checks a manifest. Throws an Error that names the file and what is wrong. */
export async function readManifest(path: string): Promise<DatasetManifest> {
  const manifest = JSON.parse(await readFile(path, 'utf8')) as DatasetManifest;
  const problem = problemOf(manifest);
  if (problem !== undefined) throw new Error(`${path}: ${problem}`);
  return manifest;
}

function problemOf(manifest: DatasetManifest): string | undefined {
  const { format, version, name, title, license, split, pictures, files, archive } = manifest;
  if (format !== 'nic-dataset' || version !== 1) return 'expected a nic-dataset of version 1';
  if (!namePattern.test(name)) return 'the name has other characters than a-z, 0-9, ".", "_", "-"';
  if (typeof title !== 'string' || typeof license !== 'string')
    return 'title or license is missing';
  if (!['training', 'validation', 'test'].includes(split)) return 'the split is not known';
  if (!Number.isInteger(pictures) || pictures < 1) return 'pictures is not a count';
  if ((files === undefined) === (archive === undefined)) return 'expected files or an archive';
  if (archive !== undefined) return problemOfOrigin(archive);
  if (files?.length !== pictures) return 'the number of files is not that of pictures';
  if (new Set(files.map((file) => file.name)).size !== pictures)
    return 'a file name is there twice';
  for (const file of files) {
    if (!/^[^/\\]+$/.test(file.name) || file.name.startsWith('.')) {
      return `${file.name} is no plain file name`;
    }
    const problem = problemOfOrigin(file);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

function problemOfOrigin({ url, sha256 }: ManifestFile | ManifestArchive): string | undefined {
  if (!/^https?:\/\//.test(url)) return `${url} is no http or https address`;
  if (sha256 !== null && !/^[0-9a-f]{64}$/.test(sha256)) return `${url} has no SHA-256`;
  return undefined;
}
