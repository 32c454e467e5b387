// The codecs of a report by their id, and the syntax of `id:option=value,option=value`.
import { invalidArgument } from '../../codec/errors.ts';
import { avif } from './avif.ts';
import type { Codec, CodecFactory } from './codec.ts';
import { jpeg, mozjpeg } from './jpeg.ts';
import { jpegJs } from './jpeg-js.ts';
import { jxl } from './jxl.ts';
import { nic } from './nic.ts';
import { webp } from './webp.ts';

export const codecFactories: readonly CodecFactory[] = [
  nic,
  mozjpeg,
  jpeg,
  jpegJs,
  webp,
  avif,
  jxl,
];

/**
 * Splits a list of specs: `a,b:x=1,y=2,c` has the specs `a`, `b:x=1,y=2` and `c`, since an item with "=" continues
 * the options of the spec before it.
 */
export function splitSpecs(list: string): string[] {
  const specs: string[] = [];
  for (const item of list.split(',').map((part) => part.trim())) {
    const continues = item.includes('=') && !item.includes(':');
    if (continues && specs.length > 0) specs[specs.length - 1] += `,${item}`;
    else if (item !== '') specs.push(item);
  }
  return specs;
}

interface ParsedSpec {
  readonly factory: CodecFactory;
  /** Options that differ from their defaults, sorted: the same codec always has the same spec. */
  readonly canonical: string;
  readonly options: Record<string, string>;
}

/** Throws an InvalidArgumentError where the codec, an option or a value is not known. */
export function parseSpec(spec: string): ParsedSpec {
  const [id, ...rest] = spec.split(':');
  const factory = codecFactories.find((candidate) => candidate.id === id);
  if (factory === undefined) {
    const known = codecFactories.map((candidate) => candidate.id).join(', ');
    throw invalidArgument(`one of ${known}`, 'codec', id);
  }
  const options = Object.fromEntries(
    Object.entries(factory.options).map(([name, values]) => [name, values[0] ?? '']),
  );
  for (const pair of rest.join(':').split(',')) {
    if (pair === '') continue;
    const [name, ...parts] = pair.split('=');
    const value = parts.join('=');
    const values = factory.options[name];
    if (values === undefined) {
      const known = Object.keys(factory.options).join(', ') || 'no option';
      throw invalidArgument(known, `the options of ${id}`, name);
    }
    if (values.length > 0 && !values.includes(value)) {
      const known = [...values].sort().join(', ');
      throw invalidArgument(`one of ${known}`, `${name} of ${id}`, value);
    }
    options[name] = value;
  }
  const changed = Object.entries(options)
    .filter(([name, value]) => value !== (factory.options[name][0] ?? ''))
    .map(([name, value]) => `${name}=${value}`)
    .sort();
  const canonical = changed.length > 0 ? `${id}:${changed.join(',')}` : id;
  return { factory, canonical, options };
}

/** Opens the codec that `spec` names. Throws as `parseSpec` does, or a CodecUnavailableError. */
export function openCodec(spec: string): Promise<Codec> {
  const { factory, canonical, options } = parseSpec(spec);
  return factory.create(canonical, options);
}

/** The file of a codec's rows: its spec with other characters than letters and digits replaced. */
export function rowsFileName(spec: string): string {
  return `${parseSpec(spec).canonical.replace(/[^A-Za-z0-9]+/g, '-')}.json`;
}
