/** What the colours mean can be chosen; where the map is can be seen and walked. */
import { expect, test } from '@playwright/test';
import { Lab } from '../lab.ts';

test('the picture is coloured by mobility, migrate type, free order or owner, and back', async ({ page }) => {
  const lab = await Lab.open(page, '1G-two-processes');
  const kinds = (await lab.fingerprint()).pixels;
  const seen = new Set([kinds]);
  for (const [lens, row] of [['Mobility', 'Can move'], ['Migrate type', 'Unmovable'], ['Free order', 'order 10 · 4 MiB'], ['Owner', 'slab']] as const) {
    await page.getByLabel('Colour by').selectOption(lens);
    await expect(page.getByRole('region', { name: `Legend: ${lens}.` }).getByRole('button', { name: new RegExp(`^${row} `) })).toBeVisible();
    await expect.poll(async () => seen.has((await lab.fingerprint()).pixels)).toBe(false);
    seen.add((await lab.fingerprint()).pixels);
  }
  await page.getByLabel('Colour by').selectOption('Page kind');
  await expect.poll(async () => (await lab.fingerprint()).pixels).toBe(kinds);
});

test('the path of what is selected leads back up, step by step', async ({ page }) => {
  const lab = await Lab.open(page, '4G');
  await lab.select(40);
  const where = page.getByRole('navigation', { name: 'Where the map is' });
  await expect(where.getByRole('button')).toHaveText(['Machine', 'Normal', 'memory40']);
  const whole = (await lab.fingerprint()).pixels;
  await where.getByRole('button', { name: 'memory40' }).click();
  await expect.poll(async () => (await lab.fingerprint()).pixels).not.toBe(whole);
  await where.getByRole('button', { name: 'Machine' }).click();
  await expect.poll(async () => (await lab.fingerprint()).pixels).toBe(whole);
});
