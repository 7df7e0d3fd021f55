/** Time in both directions: an offline that fails is taken back, what stood in the way is left out, and the two futures are laid side by side. */
import { expect, test } from '@playwright/test';
import { Lab } from '../lab.ts';

/** memory7 of this machine has holes and cannot go offline. */
const MACHINE = '1G-two-processes';
/** Full of a process's memory, and can go. */
const BLOCK = 6;
const state = (id: number): string => `/sys/devices/system/memory/memory${id}/state`;

test('an offline that a listener refuses is undone, done without it, and both futures are compared', async ({ page }) => {
  const lab = await Lab.open(page, MACHINE);
  const slider = page.getByRole('slider', { name: /Time line/ });
  await page.getByLabel('Speed').selectOption('Infinity');
  const held = await lab.fingerprint();
  // A listener is told to refuse, and does.
  await lab.type('modprobe memory-notifier-error-inject; echo -12 > /sys/kernel/debug/notifier-error-inject/memory/actions/MEM_GOING_OFFLINE/error');
  await lab.type(`echo offline > ${state(BLOCK)}`);
  await expect(lab.terminal).toContainText('write error');
  const failed = await lab.fingerprint();

  const undo = page.getByRole('button', { name: /^Undo/ });
  await undo.click();
  await expect(slider).not.toHaveAttribute('aria-valuenow', String(failed.seq));
  await undo.click();
  await expect(slider).toHaveAttribute('aria-valuenow', String(held.seq));
  expect((await lab.fingerprint()).digest).toBe(held.digest);
  await expect(lab.terminal).not.toContainText('write error');

  // Something else is done: a branch, and this time the block goes.
  await lab.type(`echo offline > ${state(BLOCK)}`);
  const branch = page.getByRole('combobox', { name: 'Branch' });
  await expect(branch).toBeVisible();
  expect(await lab.fact('Offline')).toBe('128 MiB');

  await page.getByRole('button', { name: 'Compare' }).click();
  const dialog = page.getByRole('dialog', { name: 'Two branches side by side' });
  await expect(dialog.getByRole('row', { name: new RegExp(`memory${BLOCK} `) })).toContainText('online Movable');
  await expect(dialog.getByRole('row', { name: /memory blocks: offline/ })).toContainText('+1');
  await dialog.getByRole('button', { name: 'Close' }).click();

  // The other future is still there, to the last bit.
  await branch.selectOption('0');
  await expect(slider).toHaveAttribute('aria-valuenow', String(failed.seq));
  expect((await lab.fingerprint()).digest).toBe(failed.digest);
  await expect(lab.terminal).toContainText('write error');
});

test('both futures, their names and a marked place are in the address', async ({ page, context }) => {
  const lab = await Lab.open(page, MACHINE);
  await page.getByLabel('Speed').selectOption('Infinity');
  await lab.type(`echo offline > ${state(BLOCK)}`);
  const gone = await lab.fingerprint();
  await page.getByRole('button', { name: /^Undo/ }).click();
  await lab.type('mh anon 20');
  const name = page.getByLabel('Name of this branch');
  await name.fill('with a process');
  await name.press('Enter');
  await page.getByRole('button', { name: 'Mark this place' }).click();
  await page.getByRole('button', { name: /^Rename the mark/ }).click();
  await page.getByLabel(/^Name of the mark/).fill('before it failed');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('button', { name: /^before it failed · / })).toBeFocused();
  await page.keyboard.press('F2');
  await page.keyboard.type('never mind');
  await page.keyboard.press('Escape');
  await expect(page.getByRole('button', { name: /^before it failed · / })).toBeFocused();
  const kept = await lab.fingerprint();
  // It follows some times a second: a name may be in it before the mark is.
  await expect.poll(() => lab.addressText()).toMatch(/^(?=[\s\S]*with a process)(?=[\s\S]*^bookmark .*before it failed)/m);
  const other = await context.newPage();
  await other.goto(page.url());
  const again = new Lab(other);
  const branch = other.getByRole('combobox', { name: 'Branch' });
  await expect(branch).toHaveValue('1');
  await expect(branch.locator('option')).toContainText(['first', 'with a process']);
  expect((await again.fingerprint()).digest).toBe(kept.digest);
  await expect(other.getByRole('button', { name: /^before it failed · / })).toBeVisible();
  await branch.selectOption('0');
  await expect.poll(async () => (await again.fingerprint()).digest).toBe(gone.digest);
});

test('the time line is a slider: keys step, jump to failures and to both ends', async ({ page }) => {
  const lab = await Lab.open(page, MACHINE);
  await page.getByLabel('Speed').selectOption('Infinity');
  await lab.type(`echo offline > ${state(7)}`);
  const end = await lab.fingerprint();
  const slider = page.getByRole('slider', { name: /Time line/ });
  const seq = async (): Promise<number> => Number(await slider.getAttribute('aria-valuenow'));
  await slider.focus();
  await page.keyboard.press('Home');
  await expect(slider).toHaveAttribute('aria-valuenow', '0');
  await page.keyboard.press(']');
  await expect.poll(seq).toBeGreaterThan(0);
  const failure = await seq();
  await page.keyboard.press('ArrowLeft');
  await expect.poll(seq).toBeLessThan(failure);
  await page.keyboard.press('ArrowRight');
  await expect.poll(seq).toBe(failure);
  await page.keyboard.press('b');
  await page.keyboard.press('End');
  await expect.poll(seq).toBe(end.seq);
  expect((await lab.fingerprint()).digest).toBe(end.digest);
  await page.getByRole('list', { name: 'Marked places' }).getByRole('button', { name: /Mark 1 ·/ }).click();
  await expect.poll(seq).toBe(failure);
  // A line of the event list is a place, too.
  await lab.events.getByText('command 0', { exact: true }).first().click();
  await expect.poll(seq).toBeLessThan(failure);
});
