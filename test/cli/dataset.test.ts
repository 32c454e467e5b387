import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import anyTest, { type TestFn } from 'ava';
import { drawnPicture } from '../helpers/drawn-picture.ts';
import { runCli } from '../helpers/run-cli.ts';
import { zipArchive } from '../helpers/zip-archive.ts';

interface Context {
  folder: string;
  origin: Origin;
  nic(args: string): ReturnType<typeof runCli>;
}

/** A server on this machine that counts what it sends, answers ranges, and breaks off when it is told to. */
interface Origin {
  readonly server: Server;
  readonly url: string;
  readonly files: Map<string, Buffer>;
  readonly requests: { readonly path: string; readonly range: string | undefined }[];
  /** Where set: the next answer sends 10,000 bytes and breaks off when this is done. */
  breakOff: (() => Promise<void>) | undefined;
}

const test = anyTest as TestFn<Context>;

async function startOrigin(): Promise<Origin> {
  const files = new Map<string, Buffer>();
  const requests: Origin['requests'] = [];
  const answer = (request: IncomingMessage, response: ServerResponse) => {
    const path = request.url ?? '/';
    const { range } = request.headers;
    requests.push({ path, range });
    const file = files.get(path);
    if (file === undefined) return response.writeHead(404).end();
    const start = Number(/^bytes=(\d+)-$/.exec(range ?? '')?.[1] ?? 0);
    if (start >= file.length) {
      return response.writeHead(416, { 'content-range': `bytes */${file.length}` }).end();
    }
    const data = file.subarray(start);
    response.writeHead(start > 0 ? 206 : 200, {
      'content-length': data.length,
      ...(start > 0 && { 'content-range': `bytes ${start}-${file.length - 1}/${file.length}` }),
    });
    const { breakOff } = origin;
    if (breakOff === undefined) return response.end(data);
    origin.breakOff = undefined;
    response.write(data.subarray(0, 10_000));
    void breakOff().finally(() => response.destroy());
    return undefined;
  };
  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const url = `http://127.0.0.1:${port}`;
  const origin: Origin = { server, url, files, requests, breakOff: undefined };
  return origin;
}

test.beforeEach(async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'nic-dataset-'));
  t.context.folder = folder;
  t.context.origin = await startOrigin();
  t.context.nic = (args) => runCli(args.split(' '), { cwd: folder });
});

test.afterEach.always(async (t) => {
  t.context.origin.server.closeAllConnections();
  t.context.origin.server.close();
  await rm(t.context.folder, { recursive: true });
});

/** Not real pictures: the tool looks at bytes only. */
function contentOf(seed: number): Buffer {
  return Buffer.from(drawnPicture(200, 100, 3, seed).data);
}

function sha256(data: Uint8Array): string {
  return createHash('sha256').update(data).digest('hex');
}

const facts = {
  format: 'nic-dataset',
  version: 1,
  name: 'drawn',
  title: 'Drawn pictures',
  license: 'none needed',
  homepage: 'http://127.0.0.1/',
  split: 'test',
  pictures: 2,
};

async function writeFilesManifest({ folder, origin }: Context): Promise<void> {
  const files = [1, 2].map((seed) => {
    const content = contentOf(seed);
    const name = `${seed}.png`;
    origin.files.set(`/${name}`, content);
    const url = `${origin.url}/${name}`;
    return { name, url, sizeBytes: content.length, sha256: sha256(content) };
  });
  await writeFile(join(folder, 'drawn.json'), JSON.stringify({ ...facts, files }));
}

async function writeArchiveManifest(
  { folder, origin }: Context,
  over: Readonly<Record<string, unknown>> = {},
): Promise<Buffer> {
  const archive = zipArchive({
    'set/RGB/1.png': contentOf(1),
    'set/RGB/2.png': contentOf(2),
    'set/small/3.png': contentOf(3),
    'set/RGB/readme.txt': Buffer.from('text'),
    '__MACOSX/set/RGB/._1.png': Buffer.from('x'),
  });
  origin.files.set('/drawn.zip', archive);
  const manifest = {
    ...facts,
    archive: {
      url: `${origin.url}/drawn.zip`,
      sizeBytes: archive.length,
      sha256: sha256(archive),
      folder: 'RGB',
      ...over,
    },
  };
  await writeFile(join(folder, 'drawn.json'), JSON.stringify(manifest));
  return archive;
}

test('fetch brings the files of a manifest, and leaves them alone when they are there', async (t) => {
  const { folder, nic, origin } = t.context;
  await writeFilesManifest(t.context);
  const first = await nic('dataset fetch drawn.json');
  t.is(first.exitCode, 0, first.stderr);
  t.deepEqual((await readdir(join(folder, 'datasets/drawn'))).sort(), [
    '1.png',
    '2.png',
    'dataset.json',
  ]);
  t.deepEqual(await readFile(join(folder, 'datasets/drawn/2.png')), contentOf(2));
  t.is(origin.requests.length, 2);

  t.is((await nic('dataset fetch drawn.json')).exitCode, 0);
  t.is(origin.requests.length, 2);
});

test('a transfer that breaks off goes on where it stopped', async (t) => {
  const { folder, nic, origin } = t.context;
  await writeFilesManifest(t.context);
  const part = join(folder, 'datasets/drawn/1.png.part');
  origin.breakOff = async () => {
    const deadline = Date.now() + 20_000;
    const size = async () => (await stat(part).catch(() => undefined))?.size ?? 0;
    while ((await size()) === 0 && Date.now() < deadline) await setTimeout(20);
  };
  const { exitCode, stderr } = await nic('dataset fetch drawn.json');
  t.is(exitCode, 0, stderr);
  t.deepEqual(await readFile(join(folder, 'datasets/drawn/1.png')), contentOf(1));
  const [, again] = origin.requests;
  t.is(again.path, '/1.png');
  t.regex(again.range ?? '', /^bytes=[1-9]\d*-$/);
});

test('a partial file of an earlier run is continued', async (t) => {
  const { folder, nic, origin } = t.context;
  await writeFilesManifest(t.context);
  const part = join(folder, 'datasets/drawn/1.png.part');
  await mkdir(join(folder, 'datasets/drawn'), { recursive: true });
  await writeFile(part, contentOf(1).subarray(0, 777));
  t.is((await nic('dataset fetch drawn.json')).exitCode, 0);
  t.is(origin.requests[0].range, 'bytes=777-');
  t.deepEqual(await readFile(join(folder, 'datasets/drawn/1.png')), contentOf(1));
});

test('data with another SHA-256 is refused and not kept', async (t) => {
  const { folder, nic, origin } = t.context;
  await writeFilesManifest(t.context);
  origin.files.set('/2.png', contentOf(9));
  const { exitCode, stderr } = await nic('dataset fetch drawn.json');
  t.is(exitCode, 1);
  t.regex(stderr, /2\.png from http.* has the SHA-256 [0-9a-f]{64} instead of [0-9a-f]{64}/);
  t.deepEqual(await readdir(join(folder, 'datasets/drawn')), ['1.png']);
});

test('a file that the server does not have is named, without trying again', async (t) => {
  const { nic, origin } = t.context;
  await writeFilesManifest(t.context);
  origin.files.delete('/1.png');
  const { exitCode, stderr } = await nic('dataset fetch drawn.json');
  t.is(exitCode, 1);
  t.regex(stderr, /\/1\.png: the server answers 404/);
  t.is(origin.requests.length, 1);
});

test('fetch takes the pictures of one folder out of an archive, and verify checks them', async (t) => {
  const { folder, nic, origin } = t.context;
  await writeArchiveManifest(t.context);
  const { exitCode, stderr } = await nic('dataset fetch drawn.json');
  t.is(exitCode, 0, stderr);
  const set = join(folder, 'datasets/drawn');
  t.deepEqual((await readdir(set)).sort(), ['1.png', '2.png', 'dataset.json']);
  t.deepEqual(await readFile(join(set, '1.png')), contentOf(1));
  t.deepEqual(await readFile(join(set, '2.png')), contentOf(2));
  t.is((await nic('dataset fetch drawn.json')).exitCode, 0);
  t.is(origin.requests.length, 1);

  t.is((await nic('dataset verify drawn')).exitCode, 0);
  const { size } = await stat(join(set, '1.png'));
  await truncate(join(set, '1.png'), size - 1);
  await rm(join(set, '2.png'));
  const verified = await nic('dataset verify --json');
  t.is(verified.exitCode, 1);
  const [result] = JSON.parse(verified.stdout.toString());
  t.deepEqual([result.good, result.changed, result.missing], [0, ['1.png'], ['2.png']]);
});

test('an archive without a published SHA-256 is recorded, and said to be', async (t) => {
  const { folder, nic } = t.context;
  const archive = await writeArchiveManifest(t.context, { sha256: null, sizeBytes: null });
  const { exitCode, stderr } = await nic('dataset fetch drawn.json');
  t.is(exitCode, 0, stderr);
  t.regex(stderr, /publishes no SHA-256 of drawn\.zip; recorded what arrived/);
  const record = JSON.parse(await readFile(join(folder, 'datasets/drawn/dataset.json'), 'utf8'));
  t.is(record.archiveSha256, sha256(archive));
});

test('an archive with another number of pictures is refused', async (t) => {
  const { nic } = t.context;
  await writeArchiveManifest(t.context, { folder: undefined });
  const { exitCode, stderr } = await nic('dataset fetch drawn.json');
  t.is(exitCode, 1);
  t.regex(stderr, /drawn\.zip has 3 pictures instead of the 2 of drawn/);
});

test('--from takes local files without a network, and checks them too', async (t) => {
  const { folder, nic, origin } = t.context;
  await writeFilesManifest(t.context);
  const local = join(folder, 'local');
  await mkdir(local);
  for (const seed of [1, 2]) await writeFile(join(local, `${seed}.png`), contentOf(seed));
  t.is((await nic('dataset fetch drawn.json --from local')).exitCode, 0);
  t.is(origin.requests.length, 0);
  await writeFile(join(local, '2.png'), contentOf(3));
  const { exitCode, stderr } = await nic('dataset fetch drawn.json --from local --dir other');
  t.is(exitCode, 1);
  t.regex(stderr, /2\.png has the SHA-256/);
});

test('add records a folder of own pictures, and list shows it beside the known sets', async (t) => {
  const { folder, nic } = t.context;
  await mkdir(join(folder, 'mine'));
  await writeFile(join(folder, 'mine', 'x.png'), contentOf(1));
  const added = await nic('dataset add my-set mine --license CC0 --split validation');
  t.is(added.exitCode, 0, added.stderr);
  t.deepEqual(await readdir(join(folder, 'datasets/my-set')), ['dataset.json']);
  const sets = JSON.parse((await nic('dataset list --json')).stdout.toString());
  const mine = sets.find(({ name }: { name: string }) => name === 'my-set');
  t.deepEqual(
    [mine.license, mine.split, mine.pictures, mine.folder],
    ['CC0', 'validation', 1, join(folder, 'mine')],
  );
  const names = sets.map(({ name }: { name: string }) => name);
  for (const known of ['kodak', 'tecnick', 'div2k-valid', 'clic2020-professional-valid']) {
    t.true(names.includes(known), known);
  }
  t.is((await nic('dataset verify')).exitCode, 0);
});

test('add replaces a record only with --force, and takes no name of a known set', async (t) => {
  const { folder, nic } = t.context;
  for (const name of ['mine', 'other']) {
    await mkdir(join(folder, name));
    await writeFile(join(folder, name, 'x.png'), contentOf(1));
  }
  const record = async () => await readFile(join(folder, 'datasets/my-set/dataset.json'), 'utf8');
  t.is((await nic('dataset add my-set mine')).exitCode, 0);
  const before = await record();
  const refused = await nic('dataset add my-set other');
  t.is(refused.exitCode, 1);
  t.regex(refused.stderr, /^nic: .*my-set.* exists.*--force replaces it \[FILE_EXISTS\]\n$/);
  t.is(await record(), before);
  t.is((await nic('dataset add my-set other --force')).exitCode, 0);
  t.not(await record(), before);
  const known = await nic('dataset add kodak mine --force');
  t.is(known.exitCode, 2);
  t.regex(known.stderr, /a name that no known data set has .* "kodak".*\[INVALID_ARGUMENT\]\n$/);
  t.false((await readdir(join(folder, 'datasets'))).includes('kodak'));
});

test('wrong use of dataset is one line and exit code 2', async (t) => {
  const { nic } = t.context;
  for (const [args, message] of [
    ['dataset', /Expected list, fetch, add or verify/],
    ['dataset fetch nothing', /Expected one of clic2020-.* but received "nothing"/],
    ['dataset add ../x .', /lower-case letters/],
    ['dataset verify ../x', /lower-case letters/],
  ] as const) {
    const { exitCode, stderr } = await nic(args);
    t.is(exitCode, 2, `${args}: ${stderr}`);
    t.regex(stderr, message);
    t.is(stderr.trim().split('\n').length, 1, stderr);
  }
});
