/** No violation that axe can find, in each state of the page, and the contrasts of each in both themes. */
import AxeBuilder from '@axe-core/playwright';
import { expect, type Page, test } from '@playwright/test';
import { Lab } from '../lab.ts';

const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
/** AxeBuilder's page: the same class from another copy of playwright-core's types. */
type AxePage = ConstructorParameters<typeof AxeBuilder>[0]['page'];

async function found(axe: AxeBuilder): Promise<string[]> {
  const { violations } = await axe.analyze();
  return violations.flatMap(({ id, nodes }) => nodes.map(({ target, failureSummary }) => `${id}: ${target.join(' ')}: ${failureSummary ?? ''}`));
}
/** Everything in the dark theme, then what depends on colours in the light one. The page follows the system's theme. */
async function violations(page: Page, part?: string): Promise<{ dark: string[]; light: string[] }> {
  const axe = (): AxeBuilder => {
    const whole = new AxeBuilder({ page: page as unknown as AxePage });
    return part === undefined ? whole : whole.include(part);
  };
  const dark = await found(axe().withTags(TAGS));
  await page.emulateMedia({ colorScheme: 'light' });
  const light = await found(axe().withRules(['color-contrast']));
  await page.emulateMedia({ colorScheme: 'dark' });
  return { dark, light };
}
const clean = async (page: Page, part?: string): Promise<void> => { expect(await violations(page, part)).toEqual({ dark: [], light: [] }); };
/** A modal dialog alone: what is behind it is inert and was looked at before. */
async function cleanDialog(page: Page): Promise<void> {
  // It is loaded when it is asked for.
  await expect(page.locator('dialog[open]')).toBeVisible();
  await clean(page, 'dialog[open]');
}
test.use({ colorScheme: 'dark' });
// Each look takes a second or two of a computer that does nothing else.
test.slow();

test('a running machine, a refusal, an inspected frame', async ({ page }) => {
  const lab = await Lab.open(page, '4G');
  await clean(page);
  await lab.drag(32, 'Offline');
  await page.getByRole('region', { name: 'What holds this block' }).getByRole('button', { name: /Select its frames/ }).first().click();
  await page.getByRole('tab', { name: 'Inspector' }).click();
  await lab.drag(40, 'Offline');
  await clean(page);
  await page.getByLabel('Colour by').selectOption('Mobility');
  await page.getByRole('button', { name: /^Can move/ }).click();
  await clean(page);
});

test('in the past, a way that led nowhere, and on the way through time', async ({ page }) => {
  const lab = await Lab.open(page, '512M');
  await lab.type('echo offline > /sys/devices/system/memory/memory1/state');
  await page.getByRole('button', { name: 'Mark this place' }).click();
  await page.getByRole('slider', { name: /Time line/ }).focus();
  await page.keyboard.press('Home');
  await expect(page.getByRole('button', { name: 'Now', exact: true })).toBeVisible();
  await page.getByRole('button', { name: 'Step back one event' }).click();
  await expect(page.getByText('This is where the machine had just booted.').first()).toBeVisible();
  const shown = 'footer, #events';
  await clean(page, shown);
  await page.evaluate(() => window.lab?.heading(1e6));
  await expect(page.getByRole('button', { name: 'Stop', exact: true })).toBeVisible();
  await clean(page, shown);
});

test('while it loads, with nothing selected, narrow, and in forced colours', async ({ page }) => {
  let go = (): void => undefined;
  const held = new Promise<void>((resolve) => { go = resolve; });
  await page.route('**/machines/512M.json', async (route) => {
    await held;
    await route.continue();
  });
  await page.goto('./?test=1&machine=512M');
  await expect(page.getByRole('status').filter({ hasText: 'Loading the machine' })).toBeVisible();
  await clean(page);
  go();
  const lab = new Lab(page);
  await expect(lab.grid).toBeVisible();
  await lab.idle();
  await lab.grid.focus();
  await page.keyboard.press('Escape');
  await expect(page.getByRole('heading', { name: /^Select a block/ })).toBeVisible();
  await clean(page);
  await page.setViewportSize({ width: 390, height: 844 });
  await clean(page);
  await page.emulateMedia({ forcedColors: 'active' });
  await clean(page);
});

test('every dialog and list', async ({ page }) => {
  await Lab.open(page, '1G-two-processes');
  for (const [button, name] of [['Plug a DIMM…', 'Plug a DIMM'], ['Listeners…', 'Memory notifier chain'], ['Share', 'Share'], ['Scenarios', 'Scenarios']] as const) {
    // The same offer stands where nothing has run yet.
    await page.getByRole('button', { name: button, exact: true }).first().click();
    const dialog = page.getByRole('dialog', { name });
    await expect(dialog).toBeVisible();
    if (name === 'Share') await expect(dialog.getByRole('list')).toBeVisible();
    await cleanDialog(page);
    if (name === 'Scenarios') {
      for (const tab of ['Blank machine', 'Kept here']) {
        await dialog.getByRole('tab', { name: tab }).click();
        await cleanDialog(page);
      }
    }
    await page.keyboard.press('Escape');
    await expect(dialog).toHaveCount(0);
  }
  await page.keyboard.press('Control+k');
  await expect(page.getByRole('combobox', { name: 'Type a command' })).toBeVisible();
  await cleanDialog(page);
  await page.keyboard.press('Escape');
  await page.getByRole('grid').focus();
  await page.keyboard.press('?');
  await expect(page.getByRole('dialog', { name: 'Keys' })).toBeVisible();
  await cleanDialog(page);
});

test('a terminal with links, a search, a pasted script, a command that waits', async ({ page }) => {
  const lab = await Lab.open(page, '1G-two-processes');
  await lab.type('lsmem; head -30 /proc/zoneinfo; nonsense');
  await lab.prompt.press('Control+r');
  await lab.prompt.pressSequentially('lsm');
  await clean(page);
  await lab.prompt.press('Escape');
  await lab.prompt.evaluate((node) => {
    const data = new DataTransfer();
    data.setData('text/plain', 'sleep 100\nlsmem\n');
    node.dispatchEvent(new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true }));
  });
  await expect(page.getByRole('dialog')).toBeVisible();
  await cleanDialog(page);
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: 'Pause' }).click();
  await lab.prompt.fill('sleep 1');
  await lab.prompt.press('Enter');
  await expect(page.getByRole('button', { name: 'Interrupt (Ctrl+C)' })).toBeVisible();
  await clean(page);
});

test('the dialog that imports a machine, and what it says', async ({ page }) => {
  await Lab.open(page, '512M');
  await page.getByRole('button', { name: 'Import…' }).click();
  await cleanDialog(page);
  for (const text of ['nothing', '{"memory":[{"range":"0x0-0x3fffffff","state":"online"}]}']) {
    await page.getByLabel('Or paste their text').fill(text);
    await page.getByRole('button', { name: 'Read the text' }).click();
    await expect(page.getByRole('button', { name: 'Other files' })).toBeVisible();
    await cleanDialog(page);
    await page.getByRole('button', { name: 'Other files' }).click();
  }
});

test('a scenario that comes out otherwise, two futures side by side, a lecture', async ({ page }) => {
  const lab = new Lab(page);
  await page.goto('./?test=1#s=first-offline');
  await expect(lab.grid).toBeVisible();
  await lab.idle();
  await page.getByRole('button', { name: /^Undo/ }).click();
  await lab.type('echo offline > memory5/state');
  await page.getByRole('button', { name: 'Compare' }).click();
  await expect(page.getByRole('dialog').getByRole('table').first()).toBeVisible();
  await cleanDialog(page);
  await page.keyboard.press('Escape');
  await lab.grid.focus();
  await page.keyboard.press('l');
  await expect(lab.terminal).toBeHidden();
  await clean(page);
});

test('an embedded page, one that has something to say, and one that cannot go on', async ({ page }) => {
  await page.goto('./?embed=1&test=1#s=memory0');
  await expect(page.getByRole('heading', { name: 'memory0 never goes' })).toBeVisible();
  await clean(page);
  await page.goto('./?test=1#v1;AAAA');
  await expect(page.getByRole('alert')).toContainText('damaged');
  await expect(page.getByRole('grid')).toBeVisible();
  await clean(page);
  await page.route('**/machines/index.json', (route) => route.fulfill({ status: 404 }));
  await page.goto('about:blank');
  await page.goto('./');
  await expect(page.getByRole('alert')).toContainText('could not be fetched');
  await clean(page);
});

test('at 400 % of a window of 1280 × 1024, nothing has to be scrolled sideways', async ({ page }) => {
  await page.setViewportSize({ width: 320, height: 256 });
  const wide = (): Promise<string[]> => page.evaluate(() => [document.documentElement, ...document.querySelectorAll('dialog[open], dialog[open] [role=tabpanel]')].filter((node) => node.scrollWidth > node.clientWidth).map((node) => `${node.nodeName}: ${node.scrollWidth} in ${node.clientWidth}`));
  await Lab.open(page, '512M');
  expect(await wide()).toEqual([]);
  await clean(page);
  for (const button of ['Plug a DIMM…', 'Share', 'Import…', 'Scenarios']) {
    await page.getByRole('button', { name: button, exact: true }).first().click();
    await expect(page.getByRole('dialog')).toBeVisible();
    expect(await wide()).toEqual([]);
    if (button === 'Scenarios') {
      for (const tab of ['Blank machine', 'Kept here']) {
        await page.getByRole('tab', { name: tab }).click();
        expect(await wide()).toEqual([]);
      }
    }
    await page.keyboard.press('Escape');
  }
  await page.goto('./?embed=1&test=1#s=memory0');
  await expect(page.getByRole('heading', { name: 'memory0 never goes' })).toBeVisible();
  expect(await wide()).toEqual([]);
});
