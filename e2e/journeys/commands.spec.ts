/** The palette and the keys: everything the page can do, by name. */
import { expect, test } from '@playwright/test';
import { Lab } from '../lab.ts';

test('a block goes offline from the command palette', async ({ page }) => {
  const lab = await Lab.open(page, '4G');
  await lab.select(40);
  await page.keyboard.press('Control+k');
  await page.getByRole('combobox', { name: 'Type a command' }).fill('memory40 offline');
  await expect(page.getByRole('listbox', { name: 'Commands' }).getByRole('option').first()).toHaveText('Move memory40 to Offline: echo offline');
  await page.keyboard.press('Enter');
  await lab.idle();
  await expect(lab.terminal).toContainText('echo offline > /sys/devices/system/memory/memory40/state');
  expect(await lab.fact('Offline')).toBe('128 MiB');
});

test('a key can be changed, and those without a modifier turned off; typing is never taken for a key', async ({ page }) => {
  const lab = await Lab.open(page, '512M');
  await lab.grid.focus();
  await page.keyboard.press('l');
  await expect(lab.terminal).toBeHidden();
  await page.keyboard.press('l');
  await expect(lab.terminal).toBeVisible();

  await page.keyboard.press('?');
  await page.getByRole('button', { name: /^Lecture mode.*L\. Change/ }).click();
  await page.keyboard.press('q');
  await expect(page.getByRole('button', { name: /^Lecture mode.*Q\. Change/ })).toBeVisible();
  await page.keyboard.press('Escape');
  await lab.grid.focus();
  await page.keyboard.press('l');
  await expect(lab.terminal).toBeVisible();
  await page.keyboard.press('q');
  await expect(lab.terminal).toBeHidden();
  await page.keyboard.press('q');

  await lab.prompt.fill('');
  await lab.prompt.press('q');
  await expect(lab.prompt).toHaveValue('q');
  await expect(lab.terminal).toBeVisible();

  await lab.grid.focus();
  await page.keyboard.press('?');
  await page.getByRole('checkbox', { name: /without Ctrl/ }).check();
  await page.keyboard.press('Escape');
  await lab.grid.focus();
  await page.keyboard.press('q');
  await expect(lab.terminal).toBeVisible();
});
