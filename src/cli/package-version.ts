import { readFileSync } from 'node:fs';

interface PackageFile {
  readonly version: string;
}

const place = new URL('../../../package.json', import.meta.url);

/** The version in package.json. */
export const packageVersion = (JSON.parse(readFileSync(place, 'utf8')) as PackageFile).version;
