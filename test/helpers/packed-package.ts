// The package as it is published, in an empty folder: what `npm pack` leaves out is missing there.
import { execFileSync } from 'node:child_process';
import { mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const packageRoot = fileURLToPath(new URL('../../../', import.meta.url));

interface PackageFile {
  readonly name: string;
  readonly dependencies: Readonly<Record<string, string>>;
}

/** Packs, unpacks as npm would install, and links nothing but the declared dependencies. Gives the folder of the package. */
export async function installPacked(folder: string): Promise<string> {
  const npmArgs = ['pack', '--ignore-scripts', '--silent', '--pack-destination', folder];
  execFileSync('npm', npmArgs, { cwd: packageRoot });
  const [archive] = (await readdir(folder)).filter((name) => name.endsWith('.tgz'));
  const { name, dependencies } = JSON.parse(
    await readFile(join(packageRoot, 'package.json'), 'utf8'),
  ) as PackageFile;
  const modules = join(folder, 'node_modules');
  const installed = join(modules, name);
  await mkdir(installed, { recursive: true });
  execFileSync('tar', ['xzf', join(folder, archive), '-C', installed, '--strip-components=1']);
  for (const dependency of Object.keys(dependencies)) {
    await symlink(join(packageRoot, 'node_modules', dependency), join(modules, dependency));
  }
  await writeFile(join(folder, 'package.json'), '{ "type": "module" }');
  return installed;
}
