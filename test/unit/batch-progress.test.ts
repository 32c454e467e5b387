import { setTimeout } from 'node:timers/promises';
import test from 'ava';
import { batchProgress } from '../../src/cli/batch-progress.ts';
import { progressBar } from '../../src/cli/progress-bar.ts';

function fakeTerminal(isTTY: boolean) {
  const written: string[] = [];
  const write = (text: string) => written.push(text);
  return { stream: { isTTY, columns: 40, write }, written };
}

const erase = '\r\u001b[2K';

test('a terminal shows how many files are done, one at work and the time left', async (t) => {
  const { stream, written } = fakeTerminal(true);
  let now = 0;
  const progress = batchProgress({ total: 4, silent: false, stream, nowMs: () => now });
  progress.start('a.png');
  t.is(written.at(-1), `${erase}nic: 0 of 4 files, a.png`);
  progress.start('b.png');
  now = 10_000;
  progress.finish('a.png');
  t.is(written.at(-1), `${erase}nic: 1 of 4 files, b.png, 30 s left`);
  await progress.aside(() => {
    t.is(written.at(-1), erase);
    progress.start('c.png');
    t.is(written.at(-1), erase, 'nothing is drawn over what is printed');
  });
  t.is(written.at(-1), `${erase}nic: 1 of 4 files, b.png, 30 s left`);
  now = 2_000_000;
  progress.finish('b.png');
  t.is(written.at(-1), `${erase}nic: 2 of 4 files, c.png, 33 min left`);
  progress.start('a-name-that-is-longer-than-the-line.png');
  progress.finish('c.png');
  t.is(written.at(-1)?.length, erase.length + 39);
  progress.stop();
  t.is(written.at(-1), erase);
});

test('off a terminal and where it is to be silent nothing is shown', async (t) => {
  for (const [isTTY, silent] of [
    [false, false],
    [true, true],
  ]) {
    const { stream, written } = fakeTerminal(isTTY);
    const progress = batchProgress({ total: 1, silent, stream });
    progress.start('a.png');
    let printed = false;
    await progress.aside(() => {
      printed = true;
    });
    progress.finish('a.png');
    progress.stop();
    t.true(printed);
    t.deepEqual(written, []);
  }
});

test.serial('the bar of one file shows nothing with --quiet', async (t) => {
  const { isTTY, write } = process.stderr;
  const drawn = async (silent: boolean) => {
    const { stream, written } = fakeTerminal(true);
    Object.assign(process.stderr, stream);
    try {
      const bar = await progressBar('Encoding', silent);
      await setTimeout(600);
      bar.update({ fraction: 0.5, stage: 'entropy' });
      bar.stop();
    } finally {
      Object.assign(process.stderr, { isTTY, write });
    }
    return written.join('');
  };
  t.regex(await drawn(false), /Encoding/);
  t.is(await drawn(true), '');
});
