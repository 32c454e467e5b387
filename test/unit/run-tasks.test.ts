import test from 'ava';
import { runTasks } from '../../codec/run-tasks.ts';

const turn = () => new Promise((resolve) => setImmediate(resolve));

test('tasks start in order and no more than the limit are open', async (t) => {
  let open = 0;
  let most = 0;
  const started: number[] = [];
  const tasks = Array.from({ length: 20 }, (_, index) => async () => {
    started.push(index);
    most = Math.max(most, ++open);
    for (let turns = 0; turns < 1 + (index % 3); turns++) await turn();
    open--;
  });
  await runTasks(tasks, 3);
  t.deepEqual(started, [...Array(20).keys()]);
  t.is(most, 3);
});

test('a task is taken from its source only when there is room', async (t) => {
  let taken = 0;
  let finished = 0;
  function* source() {
    for (let index = 0; index < 10; index++) {
      t.true(taken - finished < 2);
      taken++;
      yield async () => {
        await turn();
        finished++;
      };
    }
  }
  await runTasks(source(), 2);
  t.is(finished, 10);
});

test('the first failure is reported after the open tasks have ended, and no other task is started', async (t) => {
  const events: string[] = [];
  const tasks = [
    async () => {
      await turn();
      throw new Error('first');
    },
    async () => {
      for (let turns = 0; turns < 5; turns++) await turn();
      events.push('second ended');
      throw new Error('second');
    },
    async () => {
      events.push('third started');
    },
  ];
  await t.throwsAsync(runTasks(tasks, 2), { message: 'first' });
  t.deepEqual(events, ['second ended']);
});

test('an abort stops before the next task and gives its reason', async (t) => {
  const controller = new AbortController();
  let started = 0;
  function* source() {
    for (;;) {
      yield async () => {
        started++;
        if (started === 3) controller.abort(new Error('enough'));
        await turn();
      };
    }
  }
  await t.throwsAsync(runTasks(source(), 1, controller.signal), { message: 'enough' });
  t.is(started, 3);
  await t.throwsAsync(runTasks(source(), 1, controller.signal), { message: 'enough' });
  t.is(started, 3);
});
