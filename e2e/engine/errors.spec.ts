/** Whatever goes wrong: one clear sentence, never a blank page. */
import { expect, type Page, test } from '@playwright/test';

const says = async (page: Page, sentence: RegExp): Promise<void> => {
  await expect(page.getByRole('alert')).toHaveText(sentence);
  await expect(page.getByRole('button', { name: 'Load the page again' })).toBeVisible();
};

test('the worker does not load', async ({ page }) => {
  await page.route(/engine\.worker/, (route) => route.abort());
  await page.goto('./');
  await says(page, /simulated kernel could not be started/);
});

test('the worker throws as it starts', async ({ page }) => {
  await page.route(/engine\.worker/, (route) => route.fulfill({ contentType: 'text/javascript', headers: { 'Cross-Origin-Embedder-Policy': 'require-corp' }, body: 'throw new Error("out of order")' }));
  await page.goto('./');
  await says(page, /simulated kernel could not be started/);
});

test('the browser has no workers', async ({ page }) => {
  await page.addInitScript(() => { Reflect.deleteProperty(globalThis, 'Worker'); });
  await page.goto('./');
  await says(page, /This browser lacks Worker/);
});

test('the list of machines is missing', async ({ page }) => {
  await page.route('**/machines/index.json', (route) => route.fulfill({ status: 404 }));
  await page.goto('./');
  await says(page, /machines\/index\.json could not be fetched/);
});

for (const [what, body, sentence] of [
  ['is not JSON', '{"format": ', /4G\.json is not readable/],
  ['describes no machine', '{"format": "something else"}', /4G\.json does not describe a machine/],
] as const) {
  test(`a machine file ${what}`, async ({ page }) => {
    await page.route('**/machines/4G.json', (route) => route.fulfill({ contentType: 'application/json', body }));
    await page.goto('./?machine=4G');
    await says(page, sentence);
  });
}

test('a memory picture is damaged', async ({ page }) => {
  await page.route('**/*.kpageflags.gz', (route) => route.fulfill({ body: Buffer.from([0x1f, 0x8b, 1, 2, 3, 4]) }));
  await page.goto('./?machine=4G');
  await says(page, /kpageflags\.gz is not readable/);
});

test('another machine can be chosen after a bad one', async ({ page }) => {
  await page.route('**/machines/512M.json', (route) => route.fulfill({ status: 500 }));
  await page.goto('./?machine=512M');
  await says(page, /512M\.json could not be fetched/);
  await page.unroute('**/machines/512M.json');
  await page.getByRole('button', { name: 'Load the page again' }).click();
  await expect(page.getByRole('grid')).toBeVisible();
});
