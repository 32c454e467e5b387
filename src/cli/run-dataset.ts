// What `nic dataset` does: lists, fetches, records and checks data sets.
import { basename } from 'node:path';
import { findManifest, readKnownManifests } from '../../datasets/manifest.ts';
import {
  addDataset,
  type FetchProgress,
  fetchDataset,
  localDatasets,
  verifyDataset,
} from '../../datasets/store.ts';
import type {
  DatasetAddArgs,
  DatasetArgs,
  DatasetFetchArgs,
  DatasetVerifyArgs,
} from './commands/dataset.ts';
import { interruptSignal } from './interrupt.ts';
import { formatRows, printJson, printNote, printText } from './print.ts';
import { suggestForce } from './streams.ts';

export async function datasetList({ dir, json }: DatasetArgs): Promise<void> {
  const [known, local] = await Promise.all([readKnownManifests(), localDatasets(dir)]);
  const here = new Map(local.map((record) => [record.name, record]));
  const own = local.filter(({ name }) => !known.some((manifest) => manifest.name === name));
  const sets = [
    ...known,
    ...own.map((record) => ({ ...record, pictures: record.files.length })),
  ].map(({ name, title, license, split, pictures }) => ({
    name,
    title,
    license,
    split,
    pictures,
    folder: here.get(name)?.folder ?? null,
  }));
  if (json) return await printJson(sets);
  const rows = sets.map(({ name, title, license, split, pictures, folder }) => {
    const place = folder === null ? 'not here' : folder;
    return [name, `${title}: ${pictures} for ${split}, ${license}; ${place}`] as const;
  });
  await printText(formatRows(rows));
}

export async function datasetFetch({ name, dir, from, json }: DatasetFetchArgs): Promise<void> {
  const manifest = await findManifest(name);
  const bar = await transferBar();
  const record = await fetchDataset(manifest, {
    root: dir,
    from,
    signal: interruptSignal(),
    onProgress: bar.update,
    onNotice: printNote,
  }).finally(bar.stop);
  if (json) return await printJson(record);
  printNote(`${record.name}: ${record.files.length} pictures in ${record.folder}`);
}

export async function datasetAdd({
  name,
  folder,
  dir,
  json,
  title,
  license,
  split,
  force: overwrite,
}: DatasetAddArgs): Promise<void> {
  const options = { title, license, split, overwrite };
  const record = await addDataset(dir, name, folder, options).catch(suggestForce);
  if (json) return await printJson(record);
  printNote(`${record.name}: ${record.files.length} pictures in ${record.folder}`);
}

export async function datasetVerify({ name, dir, json }: DatasetVerifyArgs): Promise<void> {
  const names =
    name === undefined ? (await localDatasets(dir)).map((record) => record.name) : [name];
  const results = [];
  for (const each of names) results.push(await verifyDataset(dir, each));
  if (results.some(({ missing, changed }) => missing.length + changed.length > 0)) {
    process.exitCode = 1;
  }
  if (json) return await printJson(results);
  for (const { name: set, good, missing, changed } of results) {
    printNote(`${set}: ${good} good, ${missing.length} missing, ${changed.length} changed`);
    for (const file of missing) printNote(`${set}: ${file} is missing`);
    for (const file of changed) printNote(`${set}: ${file} has another SHA-256`);
  }
}

interface TransferBar {
  update(progress: FetchProgress): void;
  stop(): void;
}

/** A bar of megabytes on a terminal, nothing elsewhere. */
async function transferBar(): Promise<TransferBar> {
  if (!process.stderr.isTTY) return { update() {}, stop() {} };
  const { Presets, SingleBar } = await import('cli-progress');
  const bar = new SingleBar(
    {
      format: '{bar} {name} ({file}/{files}) {megabytes} MB, {eta_formatted} left',
      stream: process.stderr,
      clearOnComplete: true,
      hideCursor: true,
    },
    Presets.shades_classic,
  );
  let current = '';
  return {
    update({ name, file, files, receivedBytes, totalBytes = receivedBytes }) {
      const payload = {
        name: basename(name),
        file,
        files,
        megabytes: `${(receivedBytes / 1e6).toFixed(1)}/${(totalBytes / 1e6).toFixed(1)}`,
      };
      if (current !== name) {
        if (current !== '') bar.stop();
        current = name;
        bar.start(totalBytes, 0, payload);
      }
      bar.update(receivedBytes, payload);
    },
    stop() {
      bar.stop();
    },
  };
}
