// Checks of options objects: an unknown key is an error, a known one is checked before anything runs.
import { InvalidArgumentError, invalidArgument } from '../../codec/index.ts';

/** Throws an InvalidArgumentError unless the value fits; the name is for its message. */
export type OptionCheck = (value: unknown, name: string) => void;

/**
 * Checks each key of `options` that is not undefined. A value that is no object gives `INVALID_ARGUMENT`, a key
 * without a check `UNKNOWN_OPTION`.
 */
export function checkOptions(
  options: unknown,
  checks: Readonly<Record<string, OptionCheck>>,
): void {
  if (options === undefined) return;
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    throw invalidArgument('an object', 'options', options);
  }
  checkKeys(options, Object.keys(checks), 'options');
  for (const [name, value] of Object.entries(options)) {
    if (value !== undefined) checks[name](value, name);
  }
}

/** `UNKNOWN_OPTION` for a key of `options` that is not known. */
export function checkKeys(options: object, known: readonly string[], name: string): void {
  for (const key of Object.keys(options)) {
    if (known.includes(key)) continue;
    throw new InvalidArgumentError(
      'UNKNOWN_OPTION',
      `Expected ${name} out of ${known.join(', ')} but received ${JSON.stringify(key)}`,
    );
  }
}

/** A finite number from `low` to `high`. */
export function numberCheck(low: number, high: number): OptionCheck {
  return (value, name) => {
    if (!(typeof value === 'number' && value >= low && value <= high)) {
      throw invalidArgument(`a number from ${low} to ${high}`, name, value);
    }
  };
}

/** An integer from `low` to `high`. */
export function integerCheck(low: number, high: number): OptionCheck {
  return (value, name) => {
    if (!Number.isInteger(value) || (value as number) < low || (value as number) > high) {
      throw invalidArgument(`an integer from ${low} to ${high}`, name, value);
    }
  };
}

/** One of a few strings. */
export function choiceCheck(choices: readonly string[]): OptionCheck {
  return (value, name) => {
    if (!choices.includes(value as string)) {
      throw invalidArgument(`one of ${choices.join(', ')}`, name, value);
    }
  };
}

/** A boolean. */
export const booleanCheck: OptionCheck = (value, name) => {
  if (typeof value !== 'boolean') throw invalidArgument('a boolean', name, value);
};

/** The path of a file. */
export const pathCheck: OptionCheck = (value, name) => {
  if (typeof value !== 'string') throw invalidArgument('a path', name, value);
};

/** An object. */
export const objectCheck: OptionCheck = (value, name) => {
  if (typeof value !== 'object' || value === null) throw invalidArgument('an object', name, value);
};

/** A function. */
export const functionCheck: OptionCheck = (value, name) => {
  if (typeof value !== 'function') throw invalidArgument('a function', name, value);
};

/** An AbortSignal, of this realm or another. */
export const signalCheck: OptionCheck = (value, name) => {
  const signal = value as Partial<AbortSignal> | null;
  if (typeof signal?.aborted !== 'boolean' || typeof signal.addEventListener !== 'function') {
    throw invalidArgument('an AbortSignal', name, value);
  }
};
