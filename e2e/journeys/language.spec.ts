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
  await page.getByRole('button', { name: 'Szenarien', exact: true }).click();
  const library = page.getByRole('list', { name: /Szenarien/ });
  await expect(library.getByRole('button', { name: /^Ein Block geht offline/ })).toBeVisible();
  // By its German words, and by its own.
  for (const words of ['Zuhörer der Architektur', 'kdump architecture']) {
    await page.getByRole('searchbox', { name: 'Die Sammlung durchsuchen' }).fill(words);
    await expect(library.getByRole('button')).toHaveText([/^arm64: was beim Start da war, bleibt/]);
  }
});
