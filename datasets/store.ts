// The data sets on this machine: a folder for each, with a record of its files and their SHA-256. Sets are fetched
// from their public origin or taken from a local folder, and checked against the record at any time.
import { createWriteStream } from 'node:fs';
import { copyFile, mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { invalidArgument } from '../codec/errors.ts';
import { isPictureName } from '../src/image/is-picture-name.ts';
import { checkNoFile } from '../src/image/write-file-atomic.ts';
import { ChecksumError, download, fileSha256 } from './download.ts';
import {
  checkDatasetName,
  type DatasetManifest,
  type ManifestArchive,
  type ManifestFile,
  readKnownManifests,
  type Split,
} from './manifest.ts';
import { openZipEntry, readZipDirectory, type ZipEntry } from './zip.ts';

export interface RecordedFile {
  readonly name: string;
  readonly sizeBytes: number;
  readonly sha256: string;
}

/** `dataset.json` in the folder of a set. */
export interface DatasetRecord {
  readonly format: 'nic-dataset-record';
  readonly version: 1;
  readonly name: string;
  readonly title: string;
  readonly license: string;
  readonly split: Split;
  /** Where the pictures came from. */
  readonly origin: string;
  /** Folder of the pictures; the record's own where they were fetched. */
  readonly folder: string;
  readonly archiveSha256?: string;
  readonly files: readonly RecordedFile[];
}

export interface FetchOptions {
  /** Folder of all sets. */
  readonly root: string;
  /** A local folder with the files, or the archive, in place of the network. */
  readonly from?: string;
  readonly signal?: AbortSignal;
  /** `name` is the file in transfer; bytes as far as they are known. */
  readonly onProgress?: (progress: FetchProgress) => void;
  readonly onNotice?: (message: string) => void;
  readonly retryDelayMs?: number;
}

export interface FetchProgress {
  readonly name: string;
  readonly file: number;
  readonly files: number;
  readonly receivedBytes: number;
  readonly totalBytes: number | undefined;
}

export interface VerifyResult {
  readonly name: string;
  readonly folder: string;
  readonly good: number;
  readonly missing: readonly string[];
  readonly changed: readonly string[];
}

const recordName = 'dataset.json';

/** Fetches a set; files that are there and right stay as they are. Returns its record. */
export async function fetchDataset(
  manifest: DatasetManifest,
  options: FetchOptions,
): Promise<DatasetRecord> {
  const folder = join(options.root, manifest.name);
  await mkdir(folder, { recursive: true });
  const { files, archiveSha256 } =
    manifest.archive === undefined
      ? { files: await fetchFiles(manifest.files ?? [], folder, options), archiveSha256: undefined }
      : await fetchArchive(manifest, manifest.archive, folder, options);
  const { name, title, license, split, homepage } = manifest;
  return await writeRecord(options.root, {
    format: 'nic-dataset-record',
    version: 1,
    name,
    title,
    license,
    split,
    origin: options.from === undefined ? homepage : resolve(options.from),
    folder: resolve(folder),
    archiveSha256,
    files,
  });
}

async function fetchFiles(
  files: readonly ManifestFile[],
  folder: string,
  options: FetchOptions,
): Promise<RecordedFile[]> {
  for (const [index, file] of files.entries()) {
    options.signal?.throwIfAborted();
    const path = join(folder, file.name);
    if (await isFile(path, file.sha256)) continue;
    if (options.from !== undefined) {
      await copyChecked(join(options.from, file.name), path, file.sha256);
      continue;
    }
    await download({
      ...options,
      url: file.url,
      path,
      sha256: file.sha256,
      onProgress: (receivedBytes, totalBytes) =>
        options.onProgress?.({
          name: file.name,
          file: index + 1,
          files: files.length,
          receivedBytes,
          totalBytes: totalBytes ?? file.sizeBytes,
        }),
    });
  }
  return files.map(({ name, sizeBytes, sha256 }) => ({ name, sizeBytes, sha256 }));
}

async function fetchArchive(
  manifest: DatasetManifest,
  archive: ManifestArchive,
  folder: string,
  options: FetchOptions,
): Promise<{ files: RecordedFile[]; archiveSha256: string }> {
  const before = await readRecord(options.root, manifest.name).catch(() => undefined);
  if (before?.archiveSha256 !== undefined && (await allGood(before))) {
    return { files: [...before.files], archiveSha256: before.archiveSha256 };
  }
  const expected = archive.sha256 ?? before?.archiveSha256 ?? null;
  const name = basename(new URL(archive.url).pathname);
  const path = join(folder, name);
  let archiveSha256: string;
  if (options.from !== undefined) {
    archiveSha256 = await copyChecked(join(options.from, name), path, expected);
  } else if (expected !== null && (await isFile(path, expected))) {
    archiveSha256 = expected;
  } else {
    archiveSha256 = await download({
      ...options,
      url: archive.url,
      path,
      sha256: expected,
      onProgress: (receivedBytes, totalBytes) =>
        options.onProgress?.({
          name,
          file: 1,
          files: 1,
          receivedBytes,
          totalBytes: totalBytes ?? archive.sizeBytes ?? undefined,
        }),
    });
  }
  if (expected === null) {
    options.onNotice?.(
      `the origin publishes no SHA-256 of ${name}; recorded what arrived: ${archiveSha256}`,
    );
  }
  const entries = picturesOf(await readZipDirectory(path), archive.folder);
  if (entries.length !== manifest.pictures) {
    throw new Error(
      `${name} has ${entries.length} pictures instead of the ${manifest.pictures} of ${manifest.name}`,
    );
  }
  const files: RecordedFile[] = [];
  for (const entry of entries) {
    options.signal?.throwIfAborted();
    files.push(await extract(path, entry, folder));
  }
  await rm(path);
  return { files, archiveSha256 };
}

/** Entries that are pictures, by name; what systems add beside them is left out. */
function picturesOf(entries: readonly ZipEntry[], folder: string | undefined): ZipEntry[] {
  const pictures = entries.filter(({ path }) => {
    const name = basename(path);
    const parent = path.slice(0, -name.length - 1);
    return (
      isPictureName(name) &&
      !name.startsWith('.') &&
      !path.startsWith('__MACOSX/') &&
      (folder === undefined || parent === folder || parent.endsWith(`/${folder}`))
    );
  });
  const names = pictures.map(({ path }) => basename(path));
  if (new Set(names).size !== names.length)
    throw new Error('The archive has two pictures of one name');
  return pictures.sort((a, b) => (basename(a.path) < basename(b.path) ? -1 : 1));
}

async function extract(archive: string, entry: ZipEntry, folder: string): Promise<RecordedFile> {
  const name = basename(entry.path);
  const path = join(folder, name);
  await pipeline(await openZipEntry(archive, entry), createWriteStream(`${path}.part`));
  const { size } = await stat(`${path}.part`);
  if (size !== entry.sizeBytes) throw new Error(`${entry.path} in the archive is damaged`);
  await rename(`${path}.part`, path);
  return { name, sizeBytes: size, sha256: await fileSha256(path) };
}

export interface AddOptions {
  readonly title?: string;
  readonly license: string;
  readonly split: Split;
  /** Whether a record of that name may be replaced. */
  readonly overwrite: boolean;
}

/**
 * Records a folder of pictures as a set, without copying them. Throws an InvalidArgumentError for the name of a known
 * set, and a NicError `FILE_EXISTS`.
 */
export async function addDataset(
  root: string,
  name: string,
  folder: string,
  { title, license, split, overwrite }: AddOptions,
): Promise<DatasetRecord> {
  checkDatasetName(name);
  const known = await readKnownManifests();
  if (known.some((manifest) => manifest.name === name)) {
    throw invalidArgument('a name that no known data set has', 'NAME', name);
  }
  if (!overwrite) await checkNoFile(join(root, name, recordName));
  const entries = await readdir(folder, { withFileTypes: true });
  const names = entries
    .filter((entry) => !entry.isDirectory() && isPictureName(entry.name))
    .map((entry) => entry.name)
    .sort();
  if (names.length === 0) throw invalidArgument('a folder with pictures', 'DIR', folder);
  const files: RecordedFile[] = [];
  for (const file of names) {
    const path = join(folder, file);
    files.push({ name: file, sizeBytes: (await stat(path)).size, sha256: await fileSha256(path) });
  }
  await mkdir(join(root, name), { recursive: true });
  return await writeRecord(root, {
    format: 'nic-dataset-record',
    version: 1,
    name,
    title: title ?? name,
    license,
    split,
    origin: resolve(folder),
    folder: resolve(folder),
    files,
  });
}

/** Hashes every file of a set that is on this machine. */
export async function verifyDataset(root: string, name: string): Promise<VerifyResult> {
  checkDatasetName(name);
  const { folder, files } = await readRecord(root, name);
  const missing: string[] = [];
  const changed: string[] = [];
  for (const file of files) {
    const path = join(folder, file.name);
    if (!(await exists(path))) missing.push(file.name);
    else if (!(await isFile(path, file.sha256))) changed.push(file.name);
  }
  const good = files.length - missing.length - changed.length;
  return { name, folder, good, missing, changed };
}

/** Records of the sets on this machine, by name. */
export async function localDatasets(root: string): Promise<DatasetRecord[]> {
  const entries = await readdir(root, { withFileTypes: true }).catch(() => []);
  const records: DatasetRecord[] = [];
  for (const name of entries
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .sort()) {
    const record = await readRecord(root, name).catch(() => undefined);
    if (record !== undefined) records.push(record);
  }
  return records;
}

async function readRecord(root: string, name: string): Promise<DatasetRecord> {
  const path = join(root, name, recordName);
  const record = JSON.parse(await readFile(path, 'utf8')) as DatasetRecord;
  if (record.format !== 'nic-dataset-record' || record.version !== 1) {
    throw new Error(`${path} is no record of a data set`);
  }
  return record;
}

async function writeRecord(root: string, record: DatasetRecord): Promise<DatasetRecord> {
  const path = join(root, record.name, recordName);
  await writeFile(`${path}.part`, `${JSON.stringify(record, null, 2)}\n`);
  await rename(`${path}.part`, path);
  return record;
}

async function allGood(record: DatasetRecord): Promise<boolean> {
  for (const { name, sha256 } of record.files) {
    if (!(await isFile(join(record.folder, name), sha256))) return false;
  }
  return true;
}

async function copyChecked(from: string, to: string, sha256: string | null): Promise<string> {
  const actual = await fileSha256(from);
  if (sha256 !== null && actual !== sha256) {
    throw new ChecksumError(`${from} has the SHA-256 ${actual} instead of ${sha256}`);
  }
  await copyFile(from, `${to}.part`);
  await rename(`${to}.part`, to);
  return actual;
}

async function exists(path: string): Promise<boolean> {
  return await stat(path).then(
    () => true,
    () => false,
  );
}

async function isFile(path: string, sha256: string): Promise<boolean> {
  return (await exists(path)) && (await fileSha256(path)) === sha256;
}
