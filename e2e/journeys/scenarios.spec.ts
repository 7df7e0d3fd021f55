/** Scenarios: chosen from the gallery, played, shared by address, gone on with after a reload. */
import { expect, type Page, test } from '@playwright/test';
import { deflateRawSync } from 'node:zlib';
import { Lab } from '../lab.ts';

const linkOf = (text: string): string => `#v1;${deflateRawSync(Buffer.from(text)).toString('base64url')}`;
async function openLink(page: Page, hash: string): Promise<Lab> {
  const lab = new Lab(page);
  await page.goto(`./?test=1${hash}`);
  await page.waitForFunction(() => window.lab !== undefined);
  return lab;
}
const addressHas = (page: Page, pattern: RegExp): Promise<void> => expect.poll(() => page.evaluate(() => location.hash)).toMatch(pattern);

test('a scenario is found in the gallery and played step by step', async ({ page }) => {
  const lab = await Lab.open(page, '1G');
  await page.getByRole('button', { name: 'Scenarios' }).click();
  await page.getByRole('searchbox', { name: 'Search the library' }).fill('unmovable EBUSY recorded');
  await page.getByRole('button', { name: /^One unmovable page stops it/ }).click();
  await expect(page.getByRole('heading', { name: 'One unmovable page stops it' })).toBeVisible();
  const next = page.getByRole('button', { name: 'Next step' });
  await next.click();
  await expect(lab.terminal).toContainText('cd /sys/devices/system/memory');
  await next.click();
  await expect(lab.terminal).toContainText('Device or resource busy');
  await page.getByRole('button', { name: 'Play the rest' }).click();
  await expect(page.getByText('8 as expected')).toBeVisible();
  await addressHas(page, /^#s=unmovable-page;v1;/);
  await page.goBack();
  await expect(page.getByRole('heading', { name: '1 GiB, as booted' })).toBeVisible();
});

test('the address is the session: a reload goes on where it was', async ({ page }) => {
  const lab = await openLink(page, '#s=first-offline');
  await lab.idle();
  await expect(page.getByText('7 as expected')).toBeVisible();
  const plain = await page.evaluate(() => location.hash);
  await lab.type('echo beyond the scenario');
  const before = await page.evaluate(() => window.lab?.digest());
  await expect.poll(() => page.evaluate(() => location.hash)).not.toBe(plain);
  await page.waitForTimeout(0);
  await expect.poll(async () => {
    await page.reload();
    await page.waitForFunction(() => window.lab !== undefined);
    await lab.idle();
    return page.evaluate(() => window.lab?.digest());
  }).toBe(before);
  await expect(lab.terminal).toContainText('beyond the scenario');
});

test('a link whose outcome differs says so and shows both', async ({ page }) => {
  await openLink(page, linkOf('scenario 1\nmemory 512M\n$ echo one\nstart end\nmoment 1+0 settled digest=00c0ffee\n'));
  await expect(page.getByRole('alert')).toContainText('is not the one it was made from');
  await expect(page.getByRole('alert')).toContainText('then: digest 00c0ffee');
});

for (const [what, hash, sentence] of [
  ['damaged', '#v1;AAAA', /damaged/],
  ['from a newer version', linkOf('scenario 9\n'), /A newer Hotplug Lab opens it/],
  ['with a word that is not known', linkOf('scenario 1\nmemory 1G\nteleport memory6\n'), /"teleport" is not a statement/],
  ['to a machine beyond all bounds', linkOf('scenario 1\nmemory 4T\n'), /./],
] as const) {
  test(`a link ${what} is refused with a sentence, and a machine is there all the same`, async ({ page }) => {
    const lab = await openLink(page, hash);
    await expect(page.getByRole('alert')).toContainText(sentence);
    await expect(lab.grid).toBeVisible();
  });
}

test('markup in a link stays text', async ({ page }) => {
  let alarmed = false;
  page.on('dialog', (dialog) => {
    alarmed = true;
    void dialog.dismiss();
  });
  const evil = '<img src=x onerror=alert(1)><script>alert(2)</script>';
  await openLink(page, linkOf(`scenario 1\ntitle ${evil}\nnote ${evil}\nmemory 512M\ncaption ${evil}\n$ echo '${evil}'\n  expect stdout is "${evil}!"\nstart play\n`));
  await expect(page.getByRole('heading', { name: evil })).toBeVisible();
  await expect(page.getByText('1 otherwise')).toBeVisible();
  expect(await page.locator('img[src="x"]').count()).toBe(0);
  expect(alarmed).toBe(false);
});

test('a blank machine is built, and its text shown', async ({ page }) => {
  const lab = await Lab.open(page, '1G');
  await page.getByRole('button', { name: 'Scenarios' }).click();
  await page.getByRole('tab', { name: 'Blank machine' }).click();
  await page.getByRole('combobox', { name: /^Memory/ }).selectOption('512M');
  const text = page.getByLabel(/The scenario as text/);
  await expect(text).toHaveValue(/memory 512M/);
  await text.fill(`${await text.inputValue()}nod 1\n`);
  await expect(page.getByText('"nod" is not a statement. Did you mean "node"?')).toBeVisible();
  await text.fill((await text.inputValue()).replace('nod 1\n', ''));
  await page.getByRole('button', { name: 'Open', exact: true }).click();
  await expect(page.getByRole('heading', { name: 'A machine of my own' })).toBeVisible();
  await lab.idle();
  await expect(page.getByRole('gridcell', { name: /^memory32, online/ }).first()).toBeAttached();
});

test('sessions are kept, and offered when the page is opened again', async ({ page, context }) => {
  const lab = await openLink(page, '#s=memory0');
  await page.getByRole('button', { name: 'Play the rest' }).click();
  await lab.idle();
  await addressHas(page, /^#s=memory0;v1;/);
  await page.getByRole('button', { name: 'Scenarios' }).click();
  await page.getByRole('tab', { name: 'Kept here' }).click();
  await expect(page.getByRole('list', { name: /Sessions kept/ }).getByText('memory0 never goes')).toBeVisible();
  await page.close();
  const again = await context.newPage();
  await again.goto('./');
  await again.getByRole('button', { name: 'Go on' }).click();
  await expect(again.getByRole('heading', { name: 'memory0 never goes' })).toBeVisible();
});

test('everything that can be copied is there', async ({ page }) => {
  const lab = await openLink(page, '#s=memory0');
  await page.getByRole('button', { name: 'Play the rest' }).click();
  await lab.idle();
  await page.getByRole('button', { name: 'Share' }).click();
  for (const name of ['Save .scn file', 'Save trace for Perfetto', 'Save picture as SVG', 'Save picture as PNG']) {
    const download = page.waitForEvent('download');
    await page.getByRole('button', { name }).click();
    expect((await download).suggestedFilename()).toMatch(/^memory0-never-goes\./);
  }
  await expect(page.getByLabel(/^Link, \d+ characters/)).toHaveValue(/#s=memory0/);
});
