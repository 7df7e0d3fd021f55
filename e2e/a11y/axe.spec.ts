/** No violation that axe can find, in both themes, in each state of the page. */
import AxeBuilder from '@axe-core/playwright';
import { expect, type Page, test } from '@playwright/test';
import { Lab } from '../lab.ts';

const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
/** AxeBuilder's page: the same class from another copy of playwright-core's types. */
type AxePage = ConstructorParameters<typeof AxeBuilder>[0]['page'];

async function violations(page: Page): Promise<string[]> {
  const { violations: found } = await new AxeBuilder({ page: page as unknown as AxePage }).withTags(TAGS).analyze();
  return found.flatMap(({ id, nodes }) => nodes.map(({ target, failureSummary }) => `${id}: ${target.join(' ')}: ${failureSummary ?? ''}`));
}

for (const colorScheme of ['dark', 'light'] as const) {
  test.describe(`in the ${colorScheme} theme`, () => {
    test.use({ colorScheme });
    test('a running machine, a refusal, an inspected frame', async ({ page }) => {
      const lab = await Lab.open(page, '4G');
      expect(await violations(page)).toEqual([]);
      await lab.drag(32, 'Offline');
      await page.getByRole('region', { name: 'What holds this block' }).getByRole('button').first().click();
      await page.getByRole('tab', { name: 'Inspector' }).click();
      await lab.drag(40, 'Offline');
      expect(await violations(page)).toEqual([]);
    });
    test('the dialog that plugs a DIMM', async ({ page }) => {
      await Lab.open(page, '1G-two-processes');
      await page.getByRole('button', { name: 'Plug a DIMM…' }).click();
      await expect(page.getByRole('dialog')).toBeVisible();
      expect(await violations(page)).toEqual([]);
    });
    test('a terminal with links, a search, a pasted script, a command that waits', async ({ page }) => {
      // Five looks at a page with thousands of lines.
      test.slow();
      const lab = await Lab.open(page, '1G-two-processes');
      await lab.type('lsmem; cat /proc/zoneinfo; nonsense');
      expect(await violations(page)).toEqual([]);
      await lab.prompt.press('Control+r');
      await lab.prompt.pressSequentially('lsm');
      expect(await violations(page)).toEqual([]);
      await lab.prompt.press('Escape');
      await lab.prompt.evaluate((node) => {
        const data = new DataTransfer();
        data.setData('text/plain', 'sleep 100\nlsmem\n');
        node.dispatchEvent(new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true }));
      });
      await expect(page.getByRole('dialog')).toBeVisible();
      expect(await violations(page)).toEqual([]);
      await page.keyboard.press('Escape');
      await page.getByRole('button', { name: 'Pause' }).click();
      await lab.prompt.fill('sleep 1');
      await lab.prompt.press('Enter');
      await expect(page.getByRole('button', { name: 'Interrupt (Ctrl+C)' })).toBeVisible();
      expect(await violations(page)).toEqual([]);
    });
    test('the dialog that imports a machine, and what it says', async ({ page }) => {
      await Lab.open(page, '512M');
      await page.getByRole('button', { name: 'Import…' }).click();
      expect(await violations(page)).toEqual([]);
      for (const text of ['nothing', '{"memory":[{"range":"0x0-0x3fffffff","state":"online"}]}']) {
        await page.getByLabel('Or paste their text').fill(text);
        await page.getByRole('button', { name: 'Read the text' }).click();
        await expect(page.getByRole('button', { name: 'Other files' })).toBeVisible();
        expect(await violations(page)).toEqual([]);
        await page.getByRole('button', { name: 'Other files' }).click();
      }
    });
    test('a page that cannot go on', async ({ page }) => {
      await page.route('**/machines/index.json', (route) => route.fulfill({ status: 404 }));
      await page.goto('./');
      await expect(page.getByRole('alert')).toBeVisible();
      expect(await violations(page)).toEqual([]);
    });
    test('a narrow screen', async ({ page }) => {
      await page.setViewportSize({ width: 390, height: 844 });
      await Lab.open(page, '512M');
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
      expect(await violations(page)).toEqual([]);
    });
  });
}
