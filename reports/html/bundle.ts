// Joins the page's compiled modules into one script, so that the page is one file. The modules import only each
// other, by plain names; anything else is an error here, not in the reader's browser.
import { readFile } from 'node:fs/promises';

const importPattern = /^import\s*\{([^}]*)\}\s*from\s*'([^']+)';?[ \t]*$/gm;
const exportPattern = /^export (?=(?:async )?function |const |let |class )/gm;

/** The text of a module script with `entry` (a compiled module's URL) and all that it imports, once each. */
export async function bundleModules(entry: URL): Promise<string> {
  const texts = new Map<string, string>();
  const visit = async (url: URL): Promise<void> => {
    if (texts.has(url.href)) return;
    texts.set(url.href, '');
    const source = await readFile(url, 'utf8');
    for (const [, names, specifier] of source.matchAll(importPattern)) {
      if (!specifier.startsWith('.') || / as /.test(names)) {
        throw new Error(
          `${url.pathname} imports ${names} from ${specifier}, which cannot be joined`,
        );
      }
      await visit(new URL(specifier, url));
    }
    const text = source
      .replace(importPattern, '')
      .replace(exportPattern, '')
      .replace(/^\/\/# sourceMappingURL=.*$/m, '');
    const left = /^(?:import|export)\b.*$/m.exec(text);
    if (left !== null)
      throw new Error(`${url.pathname} has a line that cannot be joined: ${left[0]}`);
    texts.delete(url.href);
    texts.set(url.href, text.trim());
  };
  await visit(entry);
  return [...texts.values()].join('\n');
}

/** Text safe inside a script element. */
export function scriptText(text: string): string {
  return text.replaceAll('</script', '<\\/script').replaceAll('<!--', '<\\!--');
}

/** JSON safe inside a script element. */
export function scriptJson(value: unknown): string {
  return JSON.stringify(value).replaceAll('<', '\\u003c');
}
