/** Enough to know that the page works in another browser (@firefox), and in Chromium. */
import { expect, test } from '@playwright/test';
import { Lab } from '../lab.ts';

test('boots, draws, and takes a block offline @firefox', async ({ page }) => {
  await page.goto('./?test=1&machine=4G');
  const lab = new Lab(page);
  await expect(lab.grid).toBeVisible();
  await lab.idle();
  await lab.type('echo offline > /sys/devices/system/memory/memory40/state');
  await expect.poll(() => lab.fact('Offline')).toBe('128 MiB');
  await expect(page.getByRole('gridcell', { name: /memory40, offline/ })).toHaveCount(1);
});
