// A page in Chromium that has the package and the drawn pictures as globals.
import type { Page } from 'playwright-core';
import type { drawnPicture } from './drawn-picture.ts';
import { launchChromium } from './launch-chromium.ts';
import { serveStatic } from './static-server.ts';

/** What the page has as globals. */
export interface PageGlobals {
  nic: typeof import('../../src/browser.ts');
  drawnPicture: typeof drawnPicture;
  sha256(data: Uint8Array): Promise<string>;
}

export interface BrowserPage {
  readonly page: Page;
  /** Errors and requests to elsewhere that the page made. */
  readonly complaints: string[];
  close(): Promise<void>;
}

/** Machines under load are slow to start a browser. */
const pageTimeoutMs = 120_000;

const html = `<!doctype html><title>nic</title><link rel="icon" href="data:,">
<script type="module">
import * as nic from '/build/src/browser.js';
import { drawnPicture } from '/build/test/helpers/drawn-picture.js';
async function sha256(data) {
  const digest = await crypto.subtle.digest('SHA-256', data);
  return Array.from(new Uint8Array(digest), (b) => b.toString(16).padStart(2, '0')).join('');
}
Object.assign(globalThis, { nic, drawnPicture, sha256, ready: true });
</script>`;

/** Opens the page, with `files` served beside the package by their path (`/random.json`). */
export async function openBrowserPage(
  files: Readonly<Record<string, string | Uint8Array>>,
): Promise<BrowserPage> {
  const server = await serveStatic({ '/page.html': html, ...files });
  const { origin } = server;
  const browser = await launchChromium();
  const page = await browser.newPage();
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text());
  });
  page.on('request', (request) => {
    if (!/^(data|blob):/.test(request.url()) && !request.url().startsWith(origin)) {
      complaints.push(`request to ${request.url()}`);
    }
  });
  page.setDefaultTimeout(pageTimeoutMs);
  await page.goto(`${origin}/page.html`);
  await page.waitForFunction('globalThis.ready === true').catch((error: unknown) => {
    throw new Error(`The page did not load: ${complaints.join('; ')}`, { cause: error });
  });
  return {
    page,
    complaints,
    async close() {
      await browser.close();
      await server.close();
    },
  };
}
