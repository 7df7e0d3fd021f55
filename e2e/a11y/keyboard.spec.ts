/** The whole journey without a pointer. */
import { expect, test } from '@playwright/test';
import { Lab } from '../lab.ts';

test('a block goes offline and comes back by keys alone', async ({ page }) => {
  const lab = await Lab.open(page, '4G');
  await lab.grid.focus();
  const active = page.locator('[role=gridcell][aria-selected=true]');
  // From wherever the page begins to memory33, the second block of Normal.
  await page.keyboard.press('Home');
  for (let steps = 0; steps < 6 && !/memory3\d/.test(await active.textContent() ?? ''); steps++) await page.keyboard.press(/memory4/.test(await active.textContent() ?? '') ? 'ArrowUp' : 'ArrowDown');
  await page.keyboard.press('Home');
  await page.keyboard.press('ArrowRight');
  await expect(active).toHaveText(/memory33, online, could go offline/);

  await page.keyboard.press('Enter');
  await expect(lab.status.filter({ hasText: 'memory33 picked up' })).toHaveCount(1);
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('ArrowDown');
  await expect(page.getByText(/Drop: echo offline(?!,)/).first()).toBeVisible();
  await page.keyboard.press('Enter');
  await lab.idle();
  expect(await lab.fact('Offline')).toBe('128 MiB');
  await expect(active).toHaveText(/memory33, offline/);
  await expect(lab.grid).toBeFocused();

  await page.keyboard.press(' ');
  await page.keyboard.press('ArrowUp');
  await page.keyboard.press('Escape');
  await expect(active).toHaveText(/memory33, offline/);
  await page.keyboard.press(' ');
  await page.keyboard.press('ArrowUp');
  await page.keyboard.press('Enter');
  await lab.idle();
  expect(await lab.fact('Offline')).toBe('0 B');
  await expect(page.getByRole('heading', { name: 'memory33 ' })).toContainText('Movable');
});

test('the terminal completes, remembers and lets go', async ({ page }) => {
  const lab = await Lab.open(page, '4G');
  await lab.prompt.focus();
  await page.keyboard.type('cat /sys/devices/system/memory/memory40/sta');
  await page.keyboard.press('Tab');
  await expect(lab.prompt).toHaveValue(/memory40\/state ?$/);
  await page.keyboard.press('Enter');
  await lab.idle();
  await expect(lab.terminal).toContainText('online');
  await page.keyboard.press('ArrowUp');
  await expect(lab.prompt).toHaveValue(/^cat /);
  // Given up twice: what is typed next stands there letter by letter.
  for (let times = 0; times < 2; times++) {
    await page.keyboard.press('Control+c');
    await expect(lab.prompt).toHaveValue('');
  }
  await page.keyboard.type('ls');
  await expect(lab.prompt).toHaveValue('ls');
  await page.keyboard.press('Control+u');
  await expect(lab.prompt).toHaveValue('');
  await page.keyboard.press('Tab');
  await expect(lab.prompt).not.toBeFocused();
});

test('the palette opens with what was typed before it was loaded', async ({ page }) => {
  let load = (): void => undefined;
  const asked = new Promise<void>((resolve) => { load = resolve; });
  await page.route('**/panels-*.js', async (route) => {
    await asked;
    await route.continue();
  });
  await page.goto('./?machine=512M');
  await expect(page.getByRole('grid')).toBeVisible();
  await page.keyboard.press('Control+k');
  await page.keyboard.type('plug');
  load();
  await expect(page.getByRole('combobox', { name: 'Type a command' })).toHaveValue('plug');
  await expect(page.getByRole('option', { name: 'Plug a DIMM…' })).toBeVisible();
});

test('panels are resized by keys and stay so', async ({ page }) => {
  const lab = await Lab.open(page, '512M');
  const separator = page.getByRole('separator', { name: 'Width of the side panel' });
  const before = Number(await separator.getAttribute('aria-valuenow'));
  await separator.focus();
  await page.keyboard.press('ArrowLeft');
  await expect(separator).toHaveAttribute('aria-valuenow', String(before + 16));
  await page.reload();
  await lab.idle();
  await expect(separator).toHaveAttribute('aria-valuenow', String(before + 16));
});
