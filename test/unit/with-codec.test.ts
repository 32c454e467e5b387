import test from 'ava';
import { codecForOne } from '../../src/cli/with-codec.ts';

const { signal } = new AbortController();
const few = 1000;

test('one small picture is worked on without workers, a larger one with as many as there are by default', async (t) => {
  const using = codecForOne({}, signal, few);
  t.is(await using(few, async (codec) => codec.threads), 0);
  t.true((await using(few + 1, async (codec) => codec.threads)) > 0);
});

test('the threads that are asked for are used whatever the size', async (t) => {
  for (const threads of [0, 2]) {
    const using = codecForOne({ threads }, signal, few);
    for (const pixels of [1, 2 * few]) {
      t.is(await using(pixels, async (codec) => codec.threads), threads);
    }
  }
});
