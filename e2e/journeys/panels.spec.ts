/** Each panel can be hidden: in its corner, by key, in the menu at the top, which brings it back. */
import { expect, test } from '@playwright/test';
import { Lab } from '../lab.ts';

test('each panel is hidden in its corner and comes back from the menu; keys do it as well; the page remembers', async ({ page }) => {
  const lab = await Lab.open(page, '1G-two-processes');
  const view = page.getByRole('button', { name: /^View/ });
  const panels = {
    'Selected block': page.getByRole('slider', { name: /^Page frames of/ }), Terminal: lab.terminal, 'Call path and inspector': page.getByRole('tablist'), Events: lab.events,
    'Time line': page.getByRole('slider', { name: /^Time line/ }),
  };
  const map = page.getByRole('region', { name: 'Physical memory' });
  const height = async (): Promise<number> => (await map.boundingBox())?.height ?? 0;
  const before = await height();
  for (const [name, panel] of Object.entries(panels)) {
    await expect(panel).toBeVisible();
    await page.getByRole('button', { name: `Hide: ${name}` }).click();
    await expect(panel).toHaveCount(0);
    // Whoever has no mouse stands where it can be brought back.
    await expect(view).toBeFocused();
  }
  // The picture has their room, and what was chosen outlives the visit.
  await expect.poll(height).toBeGreaterThan(before * 1.5);
  await page.reload();
  await lab.idle();
  for (const panel of Object.values(panels)) await expect(panel).toHaveCount(0);
  await view.press('Enter');
  const menu = page.getByRole('dialog', { name: /^View/ });
  await expect(menu.getByRole('checkbox', { name: 'Selected block' })).toBeFocused();
  for (const [name, panel] of Object.entries(panels)) {
    await menu.getByRole('checkbox', { name }).check();
    await expect(panel).toBeVisible();
  }
  await page.keyboard.press('Escape');
  await expect(view).toBeFocused();
  await page.keyboard.press('Shift+E');
  await expect(lab.events).toHaveCount(0);
  // Whoever asks for it gets it.
  await page.keyboard.press('v');
  await expect(lab.events).toBeFocused();
});
