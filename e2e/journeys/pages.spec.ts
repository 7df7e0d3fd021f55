/** Pages that move: their contents go elsewhere, and the counts say so. */
import { expect, test } from '@playwright/test';
import { Lab } from '../lab.ts';

test('anonymous memory migrates out of a movable block', async ({ page }) => {
  const lab = await Lab.open(page, '1G-two-processes');
  const anonymous = await lab.frames('Anonymous');
  expect(await lab.fact('Migrated')).toBe('0 pages');
  await lab.type('echo offline > /sys/devices/system/memory/memory6/state');
  await expect(lab.terminal).not.toContainText('write error');
  expect(Number((await lab.fact('Migrated')).replace(/\D/g, ''))).toBeGreaterThan(0);
  expect(await lab.frames('Anonymous')).toBe(anonymous);
  expect(await lab.frames('Offline')).toBe(32768);
  await expect(page.getByRole('treeitem', { name: /offline_pages\(\)/ })).toBeVisible();
});

test('the machine can be stepped event by event', async ({ page }) => {
  const lab = await Lab.open(page, '4G');
  await page.getByRole('button', { name: 'Pause' }).click();
  await lab.prompt.fill('echo offline > /sys/devices/system/memory/memory40/state');
  await lab.prompt.press('Enter');
  await expect(page.getByText('Paused: the command waits for Play or Step.')).toBeVisible();
  const step = page.getByRole('button', { name: 'Step one event' });
  const seq = (): Promise<number> => page.evaluate(() => window.lab?.seq() ?? -1);
  const start = await seq();
  await step.click();
  await expect.poll(seq).toBeGreaterThan(start);
  await page.getByRole('button', { name: 'Run until nothing is left to do' }).click();
  await lab.idle();
  expect(await lab.fact('Offline')).toBe('128 MiB');
});

test('a frame can be found from what holds its block', async ({ page }) => {
  const lab = await Lab.open(page, '4G');
  await lab.select(32);
  await page.getByRole('region', { name: 'What holds this block' }).getByRole('button', { name: /Select its frames/ }).first().click();
  await page.getByRole('tab', { name: 'Inspector' }).click();
  await expect(page.getByRole('heading', { name: /^Frame 0x10/ })).toBeVisible();
  // All frames of the row are lit, and walked through: before the first comes the last.
  const steps = page.getByRole('group', { name: 'Frames that are lit' }).first();
  await expect(steps).toContainText(/^1 of /);
  await expect(page.getByRole('button', { name: /Select its frames/ }).first()).toHaveAttribute('aria-pressed', 'true');
  await steps.getByRole('button', { name: 'Next frame of these' }).click();
  await expect(steps).toContainText(/^2 of /);
  await page.keyboard.press('Shift+N');
  await page.keyboard.press('Shift+N');
  await expect(steps).toContainText(/^(.+) of \1$/);
  // A zone can be looked at by itself: one without a block, too.
  const zone = page.getByRole('combobox', { name: 'Zone', exact: true });
  await expect(page.getByRole('heading', { name: /^Zone/ })).toHaveText('Zone Normal');
  await zone.selectOption('DMA');
  await expect(page.getByRole('heading', { name: /^Zone/ })).toHaveText('Zone DMA');
  await zone.selectOption('of the selected block');
  await expect(page.getByRole('heading', { name: /^Zone/ })).toHaveText('Zone Normal');
});

test('the legend shows one kind alone', async ({ page }) => {
  const lab = await Lab.open(page, '4G');
  const { pixels } = await lab.fingerprint();
  const slab = page.getByRole('button', { name: /^Slab/ });
  await slab.click();
  await expect(slab).toHaveAttribute('aria-pressed', 'true');
  expect((await lab.fingerprint()).pixels).not.toBe(pixels);
  await slab.click();
  expect((await lab.fingerprint()).pixels).toBe(pixels);
});
