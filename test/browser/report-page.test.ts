// The page of `nic report` in a real browser: it draws, reacts, is readable without scripts, and asks nobody.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import anyTest, { type ExecutionContext, type TestFn } from 'ava';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import sharp from 'sharp';
import { aggregate } from '../../reports/aggregate.ts';
import { formatReport } from '../../reports/formats.ts';
import type { ShownPicture } from '../../reports/pictures.ts';
import { drawnPicture } from '../helpers/drawn-picture.ts';
import { launchChromium } from '../helpers/launch-chromium.ts';
import { rowsAt, rowsFile } from '../helpers/measured-rows.ts';

const test = anyTest.serial as unknown as TestFn;
const shared = {} as { browser: Browser; folder: string; url: string };
const qualities = [5, 10, 20, 40, 60, 80];

/** Width, height. */
const pictureSize = [240, 160] as const;

async function shownPicture(name: string, seed: number): Promise<ShownPicture> {
  const [width, height] = pictureSize;
  const versions = [];
  for (const [i, key] of ['original', 'nic', 'mozjpeg'].entries()) {
    const { data } = drawnPicture(width, height, 3, seed + 10 * i);
    const file = await sharp(data, { raw: { width, height, channels: 3 } })
      .webp({ lossless: true })
      .toBuffer();
    versions.push({
      key,
      label: key === 'original' ? 'Original' : `The ${key}`,
      rate: key === 'original' ? undefined : 0.2,
      source: `data:image/webp;base64,${file.toString('base64')}`,
    });
  }
  return { name, width, height, versions };
}

anyTest.before(async () => {
  const sizes = { nic: 4, mozjpeg: 10, webp: 8 };
  const files = Object.entries(sizes).map(([id, factor]) =>
    rowsFile(
      id,
      rowsAt(qualities, (picture, quality) => ({
        sizeBytes: (picture === 'a.png' ? 2 : 3) * factor * quality,
      })),
    ),
  );
  const published = [
    {
      id: 'vtm',
      label: 'VVC intra (VTM)',
      source: 'somewhere',
      points: [0.1, 0.2, 0.4, 0.8].map((bpp, i) => ({ bpp, psnrRgb: 30 + 3 * i, msSsim: 0.95 })),
    },
  ];
  const report = aggregate(files, { published });
  const pictures = [await shownPicture('a.png', 1), await shownPicture('b.png', 2)];
  shared.folder = await mkdtemp(join(tmpdir(), 'nic-page-'));
  const path = join(shared.folder, 'report.html');
  await writeFile(path, await formatReport({ report, files, pictures }, 'html'));
  shared.url = pathToFileURL(path).href;
  shared.browser = await launchChromium();
});

anyTest.after.always(async () => {
  await shared.browser?.close();
  await rm(shared.folder, { recursive: true });
});

/** Opens the page; the test fails where it complains on the console or asks for anything. */
async function withPage(
  t: ExecutionContext,
  options: BrowserContextOptions,
  use: (page: Page) => Promise<void>,
): Promise<void> {
  const complaints: string[] = [];
  const context = await shared.browser.newContext(options);
  const page = await context.newPage();
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) complaints.push(message.text());
  });
  page.on('request', (request) => {
    if (request.url() !== shared.url && !/^(data|blob):/.test(request.url())) {
      complaints.push(`request to ${request.url()}`);
    }
  });
  await page.goto(shared.url);
  if (options.javaScriptEnabled !== false) {
    await page.waitForSelector('html[data-ready] #curves .scatterlayer .trace');
  }
  await use(page);
  await context.close();
  t.deepEqual(complaints, []);
}

const laptop = { viewport: { width: 1366, height: 900 } };

function yTitle(page: Page): Promise<string | null> {
  return page.locator('#curves .ytitle').textContent();
}

test('the curves of all codecs are drawn, the published one dashed', async (t) => {
  await withPage(t, laptop, async (page) => {
    const traces = page.locator('#curves .scatterlayer .trace');
    t.is(await traces.count(), 4);
    const dashes = await page
      .locator('#curves .scatterlayer .trace path.js-line')
      .evaluateAll((lines) => lines.map((line) => getComputedStyle(line).strokeDasharray));
    t.is(dashes.filter((dash) => dash !== 'none').length, 1);
    t.is(await page.locator('#curves .annotation-text').textContent(), '120:1');
    t.is(await page.locator('#costs .scatterlayer .trace').count(), 3);
    t.is(await page.locator('#spread .scatterlayer .trace').count(), 2);
  });
});

test('another metric changes the curves and the BD-rates', async (t) => {
  await withPage(t, laptop, async (page) => {
    t.is(await yTitle(page), 'PSNR RGB (dB)');
    await page.click('#metric button[value="ssimulacra2"]');
    await page.waitForFunction(
      () => document.querySelector('#curves .ytitle')?.textContent === 'SSIMULACRA2',
    );
    // The published curve has no SSIMULACRA2.
    t.is(await page.locator('#curves .scatterlayer .trace').count(), 3);
    t.regex((await page.locator('#bd-rates caption').textContent()) ?? '', /equal SSIMULACRA2/);
    t.is(await page.locator('#metric button[aria-pressed="true"]').textContent(), 'SSIMULACRA2');
  });
});

test('a single picture, no published curves and a linear axis can be chosen', async (t) => {
  await withPage(t, laptop, async (page) => {
    const path = () =>
      page.locator('#curves .scatterlayer .trace path.js-line').first().getAttribute('d');
    const mean = await path();
    await page.selectOption('#view', 'a.png');
    t.is(await page.locator('#curves .scatterlayer .trace').count(), 3);
    t.not(await path(), mean);
    await page.selectOption('#view', 'mean');
    await page.selectOption('#published', 'none');
    t.is(await page.locator('#curves .scatterlayer .trace').count(), 3);
    const logarithmic = await path();
    await page.selectOption('#scale', 'linear');
    t.not(await path(), logarithmic);
  });
});

test('another anchor is compared against', async (t) => {
  await withPage(t, laptop, async (page) => {
    const rate = () => page.locator('#bd-rates tr.subject td').first().textContent();
    t.is(await rate(), '−60.0 %');
    await page.selectOption('#anchor', 'webp');
    t.is(await rate(), '−50.0 %');
    t.regex((await page.locator('#bd-rates caption').textContent()) ?? '', /against The webp/);
  });
});

test('the divider of the viewer is dragged, and moved by keys', async (t) => {
  await withPage(t, laptop, async (page) => {
    await page.waitForFunction(() => (document.getElementById('stage')?.clientHeight ?? 0) > 100);
    const stage = page.locator('#stage');
    await stage.scrollIntoViewIfNeeded();
    const box = await stage.boundingBox();
    if (box === null) return t.fail('the viewer is not shown');
    const cut = () =>
      page.locator('#image-right').evaluate((image) => getComputedStyle(image).clipPath);
    const value = () => page.locator('#handle').getAttribute('aria-valuenow');
    t.is(await value(), '50');
    const before = await cut();
    const middle = box.y + box.height / 2;
    await page.mouse.move(box.x + box.width / 2, middle);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width / 4, middle, { steps: 4 });
    await page.mouse.up();
    t.is(await value(), '25');
    t.not(await cut(), before);
    // The cut is a quarter of the picture's own pixels.
    t.regex(await cut(), new RegExp(`inset\\(0px 0px 0px ${pictureSize[0] / 4}(\\.\\d+)?px\\)`));
    await page.locator('#handle').focus();
    await page.keyboard.press('ArrowRight');
    t.is(await value(), '27');
    return undefined;
  });
});

test('the viewer zooms, and shows the codecs that are chosen', async (t) => {
  await withPage(t, laptop, async (page) => {
    const percent = async () =>
      Number((await page.locator('#zoom-value').textContent())?.replace(' %', ''));
    await page.waitForFunction(() => (document.getElementById('stage')?.clientHeight ?? 0) > 100);
    const fit = await percent();
    await page.click('#zoom-in');
    t.true(Math.abs((await percent()) - 2 * fit) <= 1);
    await page.click('#zoom-out');
    t.is(await percent(), fit);
    const source = () => page.locator('#image-left').getAttribute('src');
    const mozjpeg = await source();
    await page.selectOption('#viewer-left', 'original');
    t.not(await source(), mozjpeg);
    t.regex((await page.locator('#tag-left').textContent()) ?? '', /^Original/);
  });
});

test('a click on a point of a curve shows its codec in the viewer', async (t) => {
  await withPage(t, laptop, async (page) => {
    // nic, in focus, is drawn last: mozjpeg is the first trace.
    const mozjpeg = page
      .locator('#curves .scatterlayer .trace')
      .nth(0)
      .locator('path.point')
      .nth(2);
    const box = await mozjpeg.boundingBox();
    if (box === null) return t.fail('the point is not shown');
    const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
    await page.mouse.move(x - 30, y);
    await page.mouse.move(x, y, { steps: 5 });
    // A click counts only for a point that the chart has noticed the pointer over, which may take a slow machine a while.
    await page.locator('#curves .hoverlayer .hovertext').first().waitFor();
    await page.mouse.click(x, y, { delay: 30 });
    await page.waitForFunction(
      () => (document.getElementById('viewer-right') as HTMLSelectElement).value === 'mozjpeg',
    );
    t.regex((await page.locator('#tag-right').textContent()) ?? '', /^The mozjpeg/);
    return undefined;
  });
});

test('without scripts there are the figure, the tables and the pictures', async (t) => {
  await withPage(t, { ...laptop, javaScriptEnabled: false }, async (page) => {
    t.true(await page.locator('#curves svg').isVisible());
    t.is(await page.locator('#bd-rates table').count(), 4);
    t.true(await page.locator('#rate-120 table').isVisible());
    t.is(await page.locator('#gallery figure img').count(), 6);
    t.true(await page.locator('#gallery figure img').first().isVisible());
    t.false(await page.locator('#metric').isVisible());
    t.false(await page.locator('#viewer').isVisible());
  });
});

test('nothing is wider than a phone', async (t) => {
  const phone = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true };
  await withPage(t, phone, async (page) => {
    t.true(await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth));
    t.true(await page.locator('#curves .scatterlayer .trace').first().isVisible());
  });
});

test('the page is dark for readers who want that, its charts too', async (t) => {
  const colors = async (colorScheme: 'dark' | 'light') => {
    let found = { page: '', text: '' };
    await withPage(t, { ...laptop, colorScheme }, async (page) => {
      found = await page.evaluate(() => ({
        page: getComputedStyle(document.body).backgroundColor,
        text: getComputedStyle(document.querySelector('#curves .ytitle') as Element).fill,
      }));
    });
    return found;
  };
  const dark = await colors('dark');
  const light = await colors('light');
  t.not(dark.page, light.page);
  t.not(dark.text, light.text);
});
