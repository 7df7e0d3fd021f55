/** Several blocks at once, DIMMs between slots and board, and undo as a step back in time: by mouse, and by keys. */
import { expect, type Page, test } from '@playwright/test';
import { Lab } from '../lab.ts';

const middle = async (lab: Lab, id: number): Promise<[number, number]> => {
  const { x, y, width, height } = await lab.block(id);
  return [x + width / 2, y + height / 2];
};
const said = (page: Page, words: RegExp): Promise<void> => expect(page.getByRole('status').filter({ hasText: words }).first()).toBeAttached();
const seq = (page: Page): Promise<number> => page.evaluate(() => window.lab?.seq() ?? -1);

test('several blocks go offline by one drag, come back by one button, and each move is undone as a step back in time', async ({ page }) => {
  const lab = await Lab.open(page, '4G');
  const boot = await lab.fingerprint();
  await page.mouse.click(...await middle(lab, 36));
  await page.keyboard.down('Shift');
  await page.mouse.click(...await middle(lab, 38));
  await page.keyboard.up('Shift');
  await page.keyboard.down('Control');
  await page.mouse.click(...await middle(lab, 41));
  await page.keyboard.up('Control');
  await expect(page.getByRole('group', { name: /Move 4 blocks to|Move to.*4/ })).toBeVisible();
  // Each one's command stands there before the drop.
  await lab.hold(37, 'Offline');
  await expect(page.getByRole('listitem').filter({ hasText: /^memory(36|37|38|41): / })).toHaveCount(4);
  await page.mouse.up();
  await lab.idle();
  expect(await lab.fact('Offline')).toBe('512 MiB');
  const gone = await lab.fingerprint();

  await page.getByRole('group', { name: /Move 4 blocks to|Move to.*4/ }).getByRole('button', { name: 'Movable' }).click();
  await lab.idle();
  expect(await lab.fact('Offline')).toBe('0 B');
  await expect(page.getByRole('heading', { name: 'memory36 ' })).toContainText('Movable · online');

  const undo = page.getByRole('button', { name: /^Undo/ });
  await undo.click();
  await expect.poll(() => seq(page)).toBe(gone.seq);
  expect((await lab.fingerprint()).digest).toBe(gone.digest);
  await page.keyboard.press('z');
  await expect.poll(() => seq(page)).toBe(boot.seq);
  expect((await lab.fingerprint()).digest).toBe(boot.digest);
  // Nothing is lost: what was undone lies ahead.
  await page.getByRole('button', { name: 'Now', exact: true }).click();
  await expect(page.getByRole('heading', { name: 'memory36 ' })).toContainText('Movable · online');
});

test('several blocks by keys: taken along with Ctrl, carried over the lanes, given up, dropped', async ({ page }) => {
  const lab = await Lab.open(page, '4G');
  await lab.select(36);
  await lab.grid.focus();
  await page.keyboard.press('Control+ArrowRight');
  await page.keyboard.press('Control+ArrowRight');
  await said(page, /3 blocks/);
  await page.keyboard.press('Enter');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('ArrowDown');
  await said(page, /Offline/);
  await page.keyboard.press('Escape');
  expect(await lab.fact('Offline')).toBe('0 B');
  await page.keyboard.press(' ');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press(' ');
  await lab.idle();
  expect(await lab.fact('Offline')).toBe('384 MiB');
  await page.keyboard.press('z');
  await expect.poll(() => seq(page)).toBe(0);
  await expect.poll(() => lab.fact('Offline')).toBe('0 B');
});

test('a DIMM is dragged out of its box onto the board and back into the slots, and by keys', async ({ page }) => {
  const lab = await Lab.open(page, '1G-two-processes');
  const spare = page.getByRole('button', { name: '+ DIMM' });
  const carry = async (over: string): Promise<void> => {
    const from = await spare.boundingBox();
    const to = await lab.lane(over);
    if (!from) throw new Error('no DIMM');
    await page.mouse.move(from.x + 10, from.y + 10);
    await page.mouse.down();
    await page.mouse.move(from.x, to.y + to.height / 2, { steps: 3 });
  };
  // A zone takes no DIMM: said before the drop, and nothing is plugged.
  await carry('Movable');
  await expect(page.getByText(/comes offline; bring it online in Movable/)).toBeVisible();
  await page.mouse.up();
  await expect(page.getByRole('rowheader', { name: 'Slots 0 of 16' })).toBeVisible();
  await carry('Offline');
  await expect(page.getByText(/Drop: device_add pc-dimm, 1\sGiB, socket 0/)).toBeVisible();
  await page.mouse.up();
  await lab.idle();
  await expect(page.getByRole('dialog')).toHaveCount(0);
  await expect(lab.terminal).toContainText('device_add pc-dimm,id=dimm0');
  expect(await lab.fact('Offline')).toBe('1 GiB');
  await lab.drag(33, 'Slots');
  await expect(page.getByRole('rowheader', { name: 'Slots 0 of 16' })).toBeVisible();
  await expect.poll(() => lab.fact('Offline')).toBe('0 B');

  // By keys: the same button asks for size and socket; a block of the DIMM goes down to the slots.
  await spare.focus();
  await page.keyboard.press('Enter');
  await page.getByRole('dialog').getByRole('combobox', { name: 'Size' }).selectOption({ label: '128\u00a0MiB' });
  await page.getByRole('button', { name: 'Plug', exact: true }).press('Enter');
  await lab.idle();
  expect(await lab.fact('Offline')).toBe('128 MiB');
  await lab.select(32);
  await lab.grid.focus();
  await page.keyboard.press('Enter');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  await lab.idle();
  await expect(page.getByRole('rowheader', { name: 'Slots 0 of 16' })).toBeVisible();
});

test('a bug report is one click: link, event, digest, browser', async ({ page, context, browser }) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  const lab = await Lab.open(page, '4G');
  await lab.type('echo offline > /sys/devices/system/memory/memory32/state');
  const { seq: at, digest } = await lab.fingerprint();
  await page.getByRole('button', { name: /^Copy a bug report/ }).click();
  await said(page, /Bug report copied/);
  const text = await page.evaluate(() => navigator.clipboard.readText());
  expect(text).toContain(`Linux 6.1, event ${at}, digest ${digest}`);
  expect(text).toContain(`Chrome/${browser.version().split('.')[0]}.`);
  expect(text).toMatch(/failure to isolate range/);
  const link = /^Session: (\S+)$/m.exec(text)?.[1] ?? '';
  await page.goto('about:blank');
  await page.goto(link.replace('#', '?test=1#'));
  await page.waitForFunction(() => window.lab !== undefined);
  await expect.poll(async () => (await lab.fingerprint()).digest).toBe(digest);
});
