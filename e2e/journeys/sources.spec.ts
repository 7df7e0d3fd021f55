/** Where an answer comes from: asked by pointer and by keys, of a refusal, a verdict, a fact, a function, an event. */
import { expect, test } from '@playwright/test';
import { Lab } from '../lab.ts';

test('every answer tells its rule, the kernel\'s file and function, and whether a recording shows it', async ({ page }) => {
  const lab = await Lab.open(page, '1G-two-processes');
  const card = page.getByRole('dialog');
  await lab.type('echo offline > /sys/devices/system/memory/memory0/state');
  await lab.idle();
  // A refusal, by keys: the sign is a button as any other, Escape gives the focus back to it.
  const refused = page.getByRole('button', { name: /comes from: EINVAL/ });
  await refused.focus();
  await page.keyboard.press('Enter');
  await expect(card).toContainText('drivers/base/memory.c, memory_block_offline()');
  await expect(card).toContainText('Recorded');
  await expect(card).toContainText('off-kernel-block');
  await page.keyboard.press('Escape');
  await expect(card).toBeHidden();
  await expect(refused).toBeFocused();
  // A verdict, a function, facts, an event: the same card.
  await page.getByRole('button', { name: 'Where it comes from: Would go offline' }).click();
  await expect(card).toContainText('mm/memory_hotplug.c, offline_pages()');
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: /comes from: \w+\(\)$/ }).click();
  await expect(card).toContainText('drivers/base/memory.c');
  await page.keyboard.press('Escape');
  await page.getByRole('tab', { name: 'Inspector' }).click();
  await page.getByRole('button', { name: /comes from: .*valid_zones/ }).click();
  await expect(card).toContainText('valid_zones_show()');
  await page.keyboard.press('Escape');
  await lab.events.getByRole('option', { name: /write error/ }).click();
  await page.locator('#events').getByRole('button', { name: /comes from/ }).click();
  await expect(card).toContainText('memory_block_offline()');
  await expect(card).toContainText('Left out here');
});
