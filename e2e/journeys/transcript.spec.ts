/** A terminal with as much on it as anyone will scroll through. */
import { expect, test } from '@playwright/test';
import { Lab } from '../lab.ts';

// A trace would write down a hundred thousand lines at every action: most of a minute.
test.use({ trace: 'off' });
test('a hundred thousand lines are all there: text that can be searched', async ({ page }) => {
  const lab = await Lab.open(page, '512M');
  for (let i = 0; i < 11; i++) await lab.type(`seq ${i * 10_000 + 1} ${(i + 1) * 10_000}`);
  await expect(lab.terminal).toContainText('110000');
  const { lines, first } = await lab.terminal.evaluate((node) => {
    const text = (node.textContent ?? '').length;
    return { lines: node.querySelectorAll('div div').length, first: text };
  });
  expect(lines).toBeGreaterThan(90_000);
  expect(first).toBeGreaterThan(500_000);
  await lab.type('echo still here');
  await expect(lab.terminal.getByText('still here', { exact: true })).toBeInViewport();
});
