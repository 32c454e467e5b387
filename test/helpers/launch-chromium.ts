// The Chromium of the machine, headless and quiet. playwright-core comes without a browser.
import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';

const places = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

const args = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** Starts Chromium; throws where there is none. `CHROMIUM` names another executable. */
export async function launchChromium(): Promise<Browser> {
  const executablePath = process.env.CHROMIUM ?? places.find((place) => existsSync(place));
  if (executablePath === undefined || !existsSync(executablePath)) {
    throw new Error(
      `The browser tests need Chromium: install it (apt-get install chromium) or set CHROMIUM; looked at ${places.join(', ')}`,
    );
  }
  return await chromium.launch({ executablePath, headless: true, args });
}
