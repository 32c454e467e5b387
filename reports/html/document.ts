// A page as one self-contained HTML file: its script, its charts' library and its data are inside, and its content
// security policy forbids every request.
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { bundleModules, scriptJson, scriptText } from './bundle.ts';
import { escapeHtml } from './format.ts';
import { pageStyle } from './style.ts';

export interface PageParts {
  readonly title: string;
  /** HTML inside of the main element. */
  readonly content: string;
  /** What the script finds as JSON in the element `report-data`. */
  readonly data: unknown;
  /** The compiled module that is the page's script. */
  readonly entry: URL;
}

/** The text of the HTML file. */
export async function pageDocument({ title, content, data, entry }: PageParts): Promise<string> {
  const plotlyPath = createRequire(import.meta.url).resolve('plotly.js-basic-dist-min');
  const plotly = await readFile(plotlyPath, 'utf8');
  const client = await bundleModules(entry);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data: blob:">
<link rel="icon" href="data:,">
<title>${escapeHtml(title)}</title>
<style>${pageStyle}</style>
</head>
<body>
<main>
${content}
</main>
<script type="application/json" id="report-data">${scriptJson(data)}</script>
<script>${scriptText(plotly)}</script>
<script type="module">${scriptText(client)}</script>
</body>
</html>
`;
}
