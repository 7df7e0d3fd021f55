/** The second language: every word of the page, none of the kernel's. */
import { expect, test } from '@playwright/test';
import { Lab } from '../lab.ts';

test('in German the page speaks German and the kernel its own words', async ({ page }) => {
  const lab = await Lab.open(page, '512M', { lang: 'de' });
  await expect(page.locator('html')).toHaveAttribute('lang', 'de');
  await expect(page.getByRole('region', { name: 'Physischer Speicher' })).toBeVisible();
  await page.getByLabel('Befehl für die Shell').fill('cat /sys/devices/system/memory/memory1/state');
  await page.keyboard.press('Enter');
  await lab.idle();
  await expect(lab.terminal).toContainText('online');
});
