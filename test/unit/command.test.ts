import test from 'ava';
import yargs from 'yargs';
import { type Command, ParsedCommand, parsedOnly } from '../../src/cli/command.ts';

/** A parser of `fetch <name>`, also as `dataset fetch <name>`; what runs adds its name to `ran`. */
function parserOf(args: string, ran: string[] = []) {
  const fetch = {
    command: 'fetch <name>',
    describe: 'Fetch',
    handler: ({ name }: { name: string }) => ran.push(name),
  };
  const list = { command: 'list', describe: 'List', handler() {} };
  const group = { command: 'dataset', describe: 'Data sets', commands: [list, fetch] };
  const commands: Command[] = [fetch, group];
  return yargs(args.split(' '))
    .command(parsedOnly(commands))
    .exitProcess(false)
    .fail((message, error) => {
      throw error ?? new Error(message);
    });
}

for (const args of ['fetch kodak', 'dataset fetch kodak']) {
  test(`the parser throws what "${args}" is to run, and does not run it`, (t) => {
    const ran: string[] = [];
    const parser = parserOf(args, ran);
    const thrown: unknown = t.throws(() => parser.parse(), { any: true });
    t.deepEqual(ran, []);
    if (t.true(thrown instanceof ParsedCommand)) (thrown as ParsedCommand).run();
    t.deepEqual(ran, ['kodak']);
  });
}

test('a group without one of its commands names them', (t) => {
  const parser = parserOf('dataset');
  t.throws(() => parser.parse(), { message: 'Expected list or fetch' });
});
