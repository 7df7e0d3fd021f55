/** What a browser keeps: sessions of several tabs, named, taken along as a file; nothing where it is forbidden; the last second where the kernel's worker is lost. */
import { expect, type Page, test } from '@playwright/test';
import { Lab } from '../lab.ts';

const hash = (page: Page): Promise<string> => page.evaluate(() => location.hash);

test('two tabs keep two sessions; they are named, doubled, taken along, deleted and brought back, and the last is offered again', async ({ page, context }) => {
  page.on('dialog', (dialog) => void dialog.accept('My lesson'));
  const one = await Lab.openLink(page, '#s=memory0');
  await one.idle();
  await one.type('echo one');
  // A tab made from this one has its storage, and must not write into its record.
  const [twin] = await Promise.all([context.waitForEvent('page'), page.evaluate(() => { open(location.href); })]);
  const two = new Lab(twin);
  await twin.waitForFunction(() => window.lab !== undefined);
  await two.idle();
  const before = await hash(twin);
  await two.type('echo two');
  await expect.poll(() => hash(twin)).not.toBe(before);
  await one.type('echo more of one');

  await page.getByRole('button', { name: 'Scenarios' }).click();
  await page.getByRole('tab', { name: 'Kept here' }).click();
  const list = page.getByRole('list', { name: /Sessions kept/ });
  const names = list.getByRole('listitem').locator('b');
  await expect(names).toHaveText(['memory0 never goes', 'memory0 never goes']);
  await list.getByRole('button', { name: 'Name…' }).first().click();
  await expect(names).toContainText(['My lesson']);
  await list.getByRole('listitem').filter({ hasText: 'My lesson' }).getByRole('button', { name: 'Duplicate' }).click();
  await expect(names).toHaveCount(3);

  const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'Save all as one file' }).click()]);
  const parts: Buffer[] = [];
  for await (const part of await download.createReadStream()) parts.push(part as Buffer);
  const file = Buffer.concat(parts);
  for (let left = 3; left > 0; left--) {
    await list.getByRole('button', { name: 'Delete' }).first().click();
    await expect(names).toHaveCount(left - 1);
  }
  await page.getByLabel('Open a file…').setInputFiles({ name: download.suggestedFilename(), mimeType: 'application/json', buffer: file });
  await expect(names).toHaveCount(3);
  // Each tab's own: what the other typed is not in it.
  const texts = (JSON.parse(file.toString('utf8')) as { sessions: { text: string }[] }).sessions.map(({ text }) => [text.includes('echo more of one'), text.includes('echo two')]);
  expect(texts.filter(([first, second]) => first && !second).length).toBeGreaterThan(0);
  expect(texts.filter(([first, second]) => second && !first).length).toBeGreaterThan(0);
  expect(texts.filter(([first, second]) => first && second)).toEqual([]);

  await twin.close();
  await page.close();
  const again = await context.newPage();
  await again.goto('./');
  await again.getByRole('button', { name: 'Go on' }).click();
  await expect(again.getByRole('heading', { name: 'memory0 never goes' })).toBeVisible();
});

for (const [what, forbid] of [
  ['forbidden', () => {
    const refuse = (): never => { throw new DOMException('The operation is insecure.', 'SecurityError'); };
    for (const name of ['indexedDB', 'localStorage', 'sessionStorage']) Object.defineProperty(globalThis, name, { get: refuse });
  }],
  ['full', () => { IDBObjectStore.prototype.put = () => { throw new DOMException('The quota has been exceeded.', 'QuotaExceededError'); }; }],
] as const) {
  test(`storage is ${what}: the page says so and works`, async ({ page }) => {
    await page.addInitScript(forbid);
    const lab = await Lab.openLink(page, '#s=memory0');
    await lab.idle();
    await lab.type('echo still here');
    await expect(lab.terminal.getByText('still here', { exact: true })).toBeVisible();
    await expect(page.getByText(/This browser keeps nothing for this page \(The .*\)\. Everything else works/)).toBeVisible();
    await page.getByRole('button', { name: 'Dismiss' }).click();
    await expect(page.getByText(/This browser keeps nothing/)).toHaveCount(0);
  });
}

test('the kernel\'s worker fails, or is ended without a word: the session goes on where it was', async ({ page }) => {
  const lab = await Lab.openLink(page, '#s=first-offline');
  await lab.idle();
  await lab.type('echo the last thing');
  const digest = await lab.told();
  const goOn = page.getByRole('button', { name: 'Go on where it was' });
  const back = async (): Promise<void> => {
    await goOn.click();
    await page.waitForFunction(() => window.lab !== undefined);
    await lab.idle();
    await expect(lab.terminal).toContainText('the last thing');
    expect((await lab.fingerprint()).digest).toBe(digest);
  };
  await page.workers()[0]?.evaluate(() => { setTimeout(() => { throw new Error('a fault made for this test'); }); });
  await expect(page.getByRole('alert')).toHaveText(/has stopped because of a fault/);
  await expect(page.getByRole('button', { name: 'Begin anew' })).toBeVisible();
  await back();

  await page.workers()[0]?.evaluate(() => { close(); });
  await expect(page.getByText(/has not answered for some seconds/)).toBeVisible();
  await back();
});
