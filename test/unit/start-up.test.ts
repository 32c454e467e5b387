// What the command line loads before it knows which command it runs: all that its first module imports statically.
import { readFileSync } from 'node:fs';
import test from 'ava';

const build = new URL('../../', import.meta.url);

/** The modules below build/ that a module needs to be evaluated, itself included, and what else they import. */
function staticImports(path: string): { modules: string[]; packages: string[] } {
  const modules = new Set([path]);
  const packages = new Set<string>();
  for (const importer of modules) {
    const url = new URL(importer, build);
    const imports = /^(?:import|export)(?:[^;'"=]*\bfrom)?\s*['"]([^'"]+)['"];/gm;
    for (const [, name] of readFileSync(url, 'utf8').matchAll(imports)) {
      if (name.startsWith('.')) modules.add(new URL(name, url).href.slice(build.href.length));
      else if (!name.startsWith('node:')) packages.add(name);
    }
  }
  return { modules: [...modules].sort(), packages: [...packages].sort() };
}

test('the command line starts without the codec and without packages but yargs', (t) => {
  const { modules, packages } = staticImports('src/cli/main.js');
  t.true(modules.includes('src/cli/commands/train-auxiliary.js'));
  t.deepEqual(packages, ['yargs']);
  t.deepEqual(
    modules.filter((name) => name.startsWith('codec/')),
    ['codec/errors.js', 'codec/prior/prior-kinds.js', 'codec/tunes.js'],
  );
});

test('the walk finds what a command needs when it runs', (t) => {
  const { modules, packages } = staticImports('src/cli/run-encode.js');
  t.true(modules.includes('codec/encode.js'));
  t.deepEqual(packages, ['sharp']);
});
