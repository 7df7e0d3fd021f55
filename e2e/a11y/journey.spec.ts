/**
 * The whole way, for everybody: memory is added, brought online, cannot go offline again; the page in the way is found, set free, and the block goes: by what a screen reader has
 * (roles, names and what is said), and without a pointer.
 */
import { expect, type Locator, type Page, test } from '@playwright/test';
import { deflateRawSync } from 'node:zlib';
import { Lab } from '../lab.ts';

const MACHINE = `#v1;${deflateRawSync(Buffer.from('scenario 1\ntitle For everybody\nmemory 1G\nsockets 4 maxmem=8G\n')).toString('base64url')}`;
/** A process hands one page to a pipe: it is held where it lies, in the first block of Movable. */
const HOLD = 'mh anonkb 4 nothp splice';
const FREE = 'kill -9 $(ls /tmp/mh.* | sed s/.*mh.//); sleep 1';

async function open(page: Page): Promise<Lab> {
  const lab = new Lab(page);
  await page.goto(`./?test=1${MACHINE}`);
  await expect(page.getByRole('heading', { name: 'For everybody' })).toBeVisible();
  await expect(lab.grid).toBeVisible();
  await lab.idle();
  return lab;
}

test('by keys alone', async ({ page }) => {
  // A long way, key by key.
  test.slow();
  const lab = await open(page);
  const { keyboard } = page;
  const active = page.locator('[role=gridcell][aria-selected=true]');
  /** Tab until it is reached; a person counts on getting there. */
  async function tabTo(target: Locator): Promise<void> {
    for (let stops = 0; stops < 80; stops++) {
      if (await target.evaluate((node) => node === document.activeElement)) return;
      await keyboard.press('Tab');
    }
    throw new Error('not reached in eighty stops');
  }
  /** From the prompt to the map: Tab leaves an empty prompt, and there is a key for the place. */
  async function toMap(): Promise<void> {
    await keyboard.press('Tab');
    await keyboard.press('m');
    await expect(lab.grid).toBeFocused();
  }
  /** Picks up what is selected in the map and drops it where a command is offered. */
  async function move(direction: 'ArrowUp' | 'ArrowDown', drop: string): Promise<void> {
    await keyboard.press('Enter');
    const offered = page.getByText(new RegExp(`Drop: ${drop}(?!,)`)).first();
    // Lane by lane, as somebody who looks before the next press.
    for (let lanes = 0; lanes < 6; lanes++) {
      await keyboard.press(direction);
      if (await offered.waitFor({ timeout: 3000 }).then(() => true, () => false)) break;
    }
    await expect(offered).toBeVisible();
    await keyboard.press('Enter');
  }

  // Added.
  await keyboard.press('Control+k');
  await expect(page.getByRole('combobox', { name: 'Type a command' })).toBeFocused();
  await keyboard.type('plug a dimm');
  await keyboard.press('Enter');
  const dialog = page.getByRole('dialog', { name: 'Plug a DIMM' });
  await expect(dialog).toBeVisible();
  await tabTo(dialog.getByLabel('Size'));
  await keyboard.type('128');
  await tabTo(dialog.getByRole('button', { name: 'Plug', exact: true }));
  await keyboard.press('Enter');
  await lab.idle();
  // Online.
  await tabTo(lab.grid);
  for (let steps = 0; steps < 8 && !/memory32/.test(await active.textContent() ?? ''); steps++) await keyboard.press('ArrowDown');
  await expect(active).toHaveText(/^memory32, offline/);
  await move('ArrowUp', 'echo online_movable');
  await lab.idle();
  await expect(active).toHaveText(/^memory32, online/);
  // Offline fails: it would go on for ever, and is interrupted.
  await keyboard.press('/');
  await keyboard.type(`${HOLD}\n`);
  await lab.idle();
  await expect(lab.terminal).toContainText('block32:1');
  await toMap();
  await move('ArrowDown', 'echo offline');
  await keyboard.press('/');
  await expect(page.getByRole('button', { name: 'Interrupt (Ctrl+C)' })).toBeVisible();
  await keyboard.press('Control+c');
  await lab.idle();
  await expect(lab.status.filter({ hasText: 'Refused: EINTR, signal backoff.' })).toHaveCount(1);
  // The page is found.
  await tabTo(page.getByRole('region', { name: 'What holds this block' }).getByRole('button', { name: /Select its frames/ }).first());
  await keyboard.press('Enter');
  await keyboard.press('i');
  await expect(page.getByRole('heading', { name: /^Frame 0x/ })).toBeVisible();
  await expect(page.getByRole('region', { name: 'Inspector' })).toContainText('mh, pid');
  // It is set free.
  await keyboard.press('/');
  await keyboard.type(`${FREE}\n`);
  await expect(page.getByRole('region', { name: 'What holds this block' }).getByRole('button', { name: /Select its frames/ })).toHaveCount(0);
  // Offline.
  await toMap();
  await move('ArrowDown', 'echo offline');
  await expect(active).toHaveText(/^memory32, offline/);
  await expect(lab.status.filter({ hasText: /memory32: offline\./ }).first()).toBeAttached();
});

test('by roles, names and what is said alone', async ({ page }) => {
  await open(page);
  const said = (sentence: RegExp): Promise<void> => expect(page.getByRole('status').filter({ hasText: sentence }).first()).toBeAttached();
  const button = (name: string | RegExp): Locator => page.getByRole('button', { name });
  const terminal = page.getByRole('textbox', { name: 'Shell command' });
  const moves = page.getByRole('group', { name: 'Move to' });

  await page.getByRole('banner').getByRole('button', { name: 'Plug a DIMM…' }).click();
  const dialog = page.getByRole('dialog', { name: 'Plug a DIMM' });
  await dialog.getByRole('combobox', { name: 'Size' }).selectOption({ label: '128\u00a0MiB' });
  await dialog.getByRole('button', { name: 'Plug', exact: true }).click();
  await said(/memory32: add\./);
  await expect(page.getByRole('gridcell', { name: /^memory32, offline/ })).toBeAttached();

  await page.getByRole('grid').focus();
  await page.keyboard.press('Control+k');
  await page.getByRole('combobox', { name: 'Type a command' }).fill('select memory32');
  await page.getByRole('option', { name: 'Select memory32' }).click();
  await expect(page.getByRole('region', { name: 'memory32' })).toBeVisible();
  await moves.getByRole('button', { name: 'Movable' }).click();
  await said(/memory32: online\./);
  await expect(page.getByRole('gridcell', { name: /^memory32, online/ })).toBeAttached();

  await terminal.fill(HOLD);
  await terminal.press('Enter');
  await expect(page.getByRole('log')).toContainText('block32:1');
  await moves.getByRole('button', { name: /^Offline/ }).click();
  await button('Interrupt (Ctrl+C)').click();
  await said(/Refused: EINTR, signal backoff\./);

  await page.getByRole('region', { name: 'What holds this block' }).getByRole('button', { name: /^1 .*Select/ }).click();
  await page.getByRole('tab', { name: 'Inspector' }).click();
  await expect(page.getByRole('region', { name: 'Inspector' }).getByRole('heading', { name: /^Frame 0x/ })).toBeVisible();
  await terminal.fill(FREE);
  await terminal.press('Enter');
  await expect(page.getByRole('region', { name: 'What holds this block' }).getByRole('button', { name: /Select its frames/ })).toHaveCount(0);
  await moves.getByRole('button', { name: /^Offline/ }).click();
  await said(/memory32: offline\./);
  await expect(page.getByRole('gridcell', { name: /^memory32, offline/ })).toBeAttached();
});

test.describe('with fingers', () => {
  test.use({ hasTouch: true, isMobile: true, viewport: { width: 390, height: 844 } });
  test('a phone can watch and step: a scenario is played by taps', async ({ page }) => {
    await page.goto('./?test=1#s=memory0');
    await expect(page.getByRole('heading', { name: 'memory0 never goes' })).toBeVisible();
    await page.getByRole('button', { name: 'Next step' }).tap();
    await expect(page.getByText(/^1 of|^Step 1|1 \/ /).first()).toBeVisible();
    await page.getByRole('button', { name: 'Play the rest' }).tap();
    await expect(page.getByText(/\d+ as expected/)).toBeVisible();
    const lab = new Lab(page);
    await lab.grid.scrollIntoViewIfNeeded();
    const { x, y, width, height } = await lab.block(3);
    await page.touchscreen.tap(x + width / 2, y + height / 2);
    await expect(page.getByRole('heading', { name: 'memory3 ' })).toBeVisible();
  });
});

test('who wants no motion gets none', async ({ page }) => {
  await page.emulateMedia({ reducedMotion: 'reduce' });
  const lab = await open(page);
  await lab.type('echo offline > /sys/devices/system/memory/memory6/state');
  await page.getByRole('button', { name: 'Zoom in' }).click();
  expect(await page.evaluate(() => document.getAnimations().filter((animation) => animation.playState === 'running').length)).toBe(0);
  const zoomed = await lab.fingerprint();
  expect((await lab.fingerprint()).pixels).toBe(zoomed.pixels);
});
