import test from 'ava';
import {
  BitstreamError,
  type ErrorCode,
  errorCodes,
  exitCodes,
  fromAllocationFailure,
  InvalidArgumentError,
  invalidArgument,
  LimitError,
  ModelError,
  NicError,
  recordError,
  restoreError,
} from '../../codec/errors.ts';

const classes = {
  file: NicError,
  argument: InvalidArgumentError,
  bitstream: BitstreamError,
  model: ModelError,
  limit: LimitError,
};

test('every code survives a thread boundary with its class, exit code and place', (t) => {
  for (const [code, { kind }] of Object.entries(errorCodes)) {
    const place = kind === 'bitstream' ? { offset: 7, section: 'tile 1' } : {};
    const record = { name: 'x', message: 'why', code: code as ErrorCode, ...place };
    const error = restoreError(structuredClone(record)) as NicError;
    t.true(error.constructor === classes[kind], code);
    const again = restoreError(structuredClone(recordError(error))) as NicError;
    t.true(again.constructor === classes[kind], code);
    t.is(again.name, classes[kind].name);
    t.is<string, string>(again.code, code);
    t.is(again.message, 'why');
    t.is(again.stack, error.stack);
    t.is(again.exitCode, exitCodes[kind]);
    t.deepEqual({ ...again }, { ...error });
    if (kind === 'bitstream') t.like(again, place);
  }
});

test('an unforeseen error keeps its name and message', (t) => {
  const error = restoreError(recordError(new TypeError('no')));
  t.false(error instanceof NicError);
  t.is(String(error), 'TypeError: no');
  t.is(String(restoreError(recordError('text'))), 'Error: text');
});

test('a wrong argument is described by its value and type', (t) => {
  const message = (received: unknown) => invalidArgument('X', 'y', received).message;
  t.is(
    invalidArgument('an integer from 0 to 100', 'quality', 140).message,
    'Expected an integer from 0 to 100 for quality but received 140 of type number',
  );
  t.is(message('a'), 'Expected X for y but received "a" of type string');
  t.is(message(undefined), 'Expected X for y but received undefined');
  t.is(message(null), 'Expected X for y but received null');
  t.is(message([]), 'Expected X for y but received an object of type Array');
  t.is(message(Object.create(null)), 'Expected X for y but received an object of type Object');
  t.is(
    message(() => 1),
    'Expected X for y but received a function',
  );
  t.is(message(5n), 'Expected X for y but received 5 of type bigint');
  t.true(message('long '.repeat(99)).length < 120);
});

test('a refused allocation is a limit, any other error stays what it is', (t) => {
  const error = fromAllocationFailure(
    new RangeError('Array buffer allocation failed'),
    'a picture',
  );
  t.true(error instanceof LimitError && error.code === 'OUT_OF_MEMORY');
  const other = new Error('other');
  t.is(fromAllocationFailure(other, 'a picture'), other);
});
