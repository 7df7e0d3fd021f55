/**
 * The page around the canvas, pixel by pixel, at moments at which it stands still. What our rasteriser draws is hidden: canvas.spec.ts holds that, and the digest, to what they were. So a
 * failure there says kernel or paint, and one here page. baselines.ts says what is compared with what; the last lines of a run say how much was (reporter.ts).
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { type Browser, expect, type Locator, type Page, test } from '@playwright/test';
import { Lab } from '../lab.ts';
import { pictureOf, whyNot } from './baselines.ts';
import { tooManySkipped } from './reporter.ts';

const { resolve } = createRequire(import.meta.url);
const font = (file: string): string => readFileSync(resolve(file)).toString('base64');
/** Letters of both fonts, edges, corners, a line of dots: drawn by nothing of the page's. */
const CARD = `<style>
  @font-face { font-family: A; src: url(data:font/woff2;base64,${font('@fontsource-variable/inter/files/inter-latin-wght-normal.woff2')}); font-weight: 100 900; }
  @font-face { font-family: B; src: url(data:font/woff2;base64,${font('@fontsource/jetbrains-mono/files/jetbrains-mono-latin-400-normal.woff2')}); }
  body { margin: 8px; background: #123; color: #dde; font: 13px/1.5 A; } b { font-weight: 650; } code { font: 12px/1.5 B; } p { border: 1px dashed; border-radius: 5px; padding: 3px; box-shadow: 0 2px 6px #000; }
</style><p>Offline <b>memory32</b> § ≠ → <code>0x100000000 EBUSY</code></p><select><option>Page kind</select> <progress value=".4"></progress> <input type="checkbox" checked>`;

let cannot: Promise<string | undefined> | undefined;
/** Asked once by each worker of the runner. */
function compared(browser: Browser): Promise<string | undefined> {
  cannot ??= (async () => {
    const context = await browser.newContext({ viewport: { width: 420, height: 100 }, deviceScaleFactor: 1 });
    const page = await context.newPage();
    await page.setContent(CARD);
    await page.evaluate(() => document.fonts.ready);
    const card = await page.screenshot();
    await context.close();
    return whyNot(browser.version(), card);
  })();
  return cannot;
}

interface Scene {
  /** What is not the page's alone to decide, or the machine's: hidden, and its place kept. */
  readonly hidden?: string;
  /** A part instead of the window. */
  readonly of?: Locator;
}
/** Map and frames are the rasteriser's; the memory graph has a sample for each time the page looked; the small map is a layer of its own, whose corners meet the page's as the compositor likes. */
const DRAWN = 'canvas, [class*="minimap"]';

async function scene(page: Page, name: string, { hidden = DRAWN, of }: Scene = {}): Promise<void> {
  const { annotations } = test.info();
  const reason = await compared(page.context().browser() as Browser);
  const version = (page.context().browser() as Browser).version();
  const { path, stale } = pictureOf(version, name, await page.evaluate(() => window.lab?.digest()) ?? 'none');
  if (reason !== undefined || stale !== undefined) {
    annotations.push({ type: reason === undefined ? 'picture of another machine' : 'picture skipped', description: reason ?? `${name}: ${stale}` });
    return;
  }
  await page.mouse.move(1, 1);
  await page.evaluate(() => document.fonts.ready);
  const hide = (what: string, how: string): Promise<void> => page.evaluate(([selector, visibility]) => {
    for (const node of document.querySelectorAll<HTMLElement>(selector ?? '')) node.style.visibility = visibility ?? '';
  }, [what, how]);
  await hide(hidden, 'hidden');
  // Softly, so that one run tells everything that looks different.
  const picture = { threshold: 0, maxDiffPixels: 0 };
  const failed = test.info().errors.length;
  if (of) await expect.soft(of, `page: ${name}`).toHaveScreenshot(path, picture);
  else await expect.soft(page, `page: ${name}`).toHaveScreenshot(path, picture);
  annotations.push({ type: test.info().errors.length > failed ? 'picture differs' : 'picture compared', description: name });
  await hide(hidden, '');
}
/** The status line says the digest when the machine has rested for a while, and the verdicts come block by block. */
async function rests(page: Page): Promise<void> {
  await expect(page.getByText(/^Digest /)).toBeVisible();
  await expect(page.locator('[data-asking]')).toHaveCount(0);
}

test.use({ colorScheme: 'dark', serviceWorkers: 'block', reducedMotion: 'reduce' });
test('pictures of another browser may all be skipped, for a year; of machines that changed, fewer than half', () => {
  const none = { compared: 0, differ: [], stale: [], skipped: [] };
  const reasons = (n: number): string[] => Array.from({ length: n }, (_, i) => `picture ${i}`);
  expect(tooManySkipped({ ...none, skipped: reasons(14) }, '160.0.1.2', ['156.0.1.1'])).toBeUndefined();
  expect(tooManySkipped({ ...none, skipped: reasons(14) }, '148.0.1.2', ['156.0.1.1'])).toBeUndefined();
  expect(tooManySkipped({ ...none, skipped: reasons(14) }, '169.0.1.2', ['156.0.1.1'])).toContain('more than 12 versions older than 169.0.1.2');
  expect(tooManySkipped({ ...none, compared: 8, stale: reasons(6) }, undefined, ['156.0.1.1'])).toBeUndefined();
  expect(tooManySkipped({ ...none, compared: 7, stale: reasons(7) }, undefined, ['156.0.1.1'])).toContain('7 of 14');
});

test('as it opens, dark, light, in forced colours, narrow', async ({ page }) => {
  await Lab.open(page, '1G-two-processes');
  await rests(page);
  await scene(page, 'opened-dark');
  await page.emulateMedia({ colorScheme: 'light' });
  await scene(page, 'opened-light');
  await page.emulateMedia({ forcedColors: 'active' });
  await scene(page, 'opened-forced');
  await page.emulateMedia({ forcedColors: 'none' });
  await page.setViewportSize({ width: 390, height: 844 });
  await scene(page, 'opened-narrow');
});

test('dialogs', async ({ page }) => {
  await Lab.open(page, '1G-two-processes');
  await rests(page);
  const dialog = page.locator('dialog[open]');
  for (const [button, ready] of [['Plug a DIMM…', 'button'], ['Import…', 'textarea'], ['Share', 'li'], ['Scenarios', 'img'], ['Listeners…', 'table, select']] as const) {
    await page.getByRole('button', { name: button, exact: true }).first().click();
    await expect(dialog.locator(ready).first()).toBeVisible();
    if (button === 'Scenarios') {
      await expect.poll(() => dialog.locator('img').evaluateAll((images) => images.slice(0, 6).every((image) => (image as HTMLImageElement).complete))).toBe(true);
      await page.getByRole('tab', { name: 'Blank machine' }).click();
    }
    // The link has this server's port in it.
    await scene(page, `dialog-${button.replace(/[^A-Za-z]+/g, '-').toLowerCase().replace(/-$/, '')}`, { of: dialog, hidden: 'dialog input[readonly]' });
    await page.keyboard.press('Escape');
    await expect(dialog).toHaveCount(0);
  }
  await page.getByRole('grid').focus();
  for (const [key, name] of [['?', 'keys'], ['Control+k', 'palette']] as const) {
    await page.keyboard.press(key);
    await expect(dialog.locator('input').first()).toBeFocused();
    await scene(page, `dialog-${name}`, { of: dialog });
    await page.keyboard.press('Escape');
    await expect(dialog).toHaveCount(0);
  }
});

test('a refusal, what holds the block, a frame and its rule', async ({ page }) => {
  const lab = await Lab.open(page, '4G');
  await lab.type('echo offline > /sys/devices/system/memory/memory32/state');
  await rests(page);
  await scene(page, 'refused');
  await page.getByRole('region', { name: 'What holds this block' }).getByRole('button', { name: /Select its frames/ }).first().click();
  await page.getByRole('tab', { name: 'Inspector' }).click();
  await expect(page.getByRole('heading', { name: /^Frame 0x/ })).toBeVisible();
  await page.getByRole('button', { name: /^Pin to compare: Frame/ }).click();
  await scene(page, 'inspected');
});

test('a scenario that was played, and a lecture', async ({ page }) => {
  const lab = await Lab.openLink(page, '#s=first-offline');
  await lab.idle();
  await rests(page);
  await scene(page, 'played');
  await lab.grid.focus();
  await page.keyboard.press('l');
  await expect(lab.terminal).toBeHidden();
  await scene(page, 'lecture');
});
