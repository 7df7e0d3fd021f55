/** The first journey: memory of the recorded 4 GiB machine is taken offline and brought online again. */
import { expect, test } from '@playwright/test';
import { Lab } from '../lab.ts';

/** memory40 lies at 0x140000000 in Normal and is wholly free after boot (recorded); a block has 32768 frames. */
const BLOCK = 40;
const FRAMES = 32768;

test('a block is dragged from Normal to Offline and back', async ({ page }) => {
  const lab = await Lab.open(page, '4G');
  await lab.select(BLOCK);
  const before = await lab.fingerprint();
  expect(await lab.fact('Online')).toBe('4.00 GiB');
  // What a shell's command leaves behind in the slab caches and as cached kernel stacks was free before: they are counted together.
  const spare = async (): Promise<number> => (await lab.frames('Free')) + (await lab.frames('Slab')) + (await lab.frames('Kernel'));
  const free = await spare();

  await lab.hold(BLOCK, 'Offline');
  await expect(page.getByText('Drop: echo offline')).toBeVisible();
  await page.mouse.up();
  await lab.idle();

  await expect(lab.terminal).toContainText(`echo offline > /sys/devices/system/memory/memory${BLOCK}/state`);
  await expect(page.getByRole('heading', { name: `memory${BLOCK} ` })).toContainText('offline');
  expect(await lab.fact('Offline')).toBe('128 MiB');
  expect(await spare()).toBe(free - FRAMES);
  const offline = await lab.fingerprint();
  expect(offline.pixels).not.toBe(before.pixels);
  expect(offline.pixels).toMatchSnapshot('memory40-offline.txt');

  await page.getByRole('searchbox', { name: 'Filter events' }).fill('memory40');
  for (const text of ['MEM_GOING_OFFLINE', 'MEM_OFFLINE', 'uevent offline memory40']) await expect(lab.events.getByText(text, { exact: true })).toBeVisible();
  await page.getByRole('searchbox', { name: 'Filter events' }).fill('');
  // The chain's verdicts: every callback of both actions answered.
  await expect(lab.events.getByText('slab_memory_callback').last()).toBeVisible();

  await lab.drag(BLOCK, 'Normal');
  await expect(lab.terminal).toContainText(`echo online_kernel > /sys/devices/system/memory/memory${BLOCK}/state`);
  expect(await lab.fact('Offline')).toBe('0 B');
  expect(await spare()).toBe(free);
  const after = await lab.fingerprint();
  expect(after.pixels).not.toBe(offline.pixels);
  expect(after.seq).toBeGreaterThan(offline.seq);
});

test('from Normal to Movable is two commands', async ({ page }) => {
  const lab = await Lab.open(page, '4G');
  const state = `/sys/devices/system/memory/memory${BLOCK}/state`;
  await lab.hold(BLOCK, 'Movable');
  await expect(page.getByText('Drop: echo offline, then echo online_movable')).toBeVisible();
  await page.mouse.up();
  await lab.idle();
  await expect(lab.terminal).toContainText(`echo offline > ${state} && echo online_movable > ${state}`);
  await expect(page.getByRole('heading', { name: `memory${BLOCK} ` })).toContainText('Movable · online');
});

test('a block that holds the kernel\'s memory is refused, in the kernel\'s words', async ({ page }) => {
  const lab = await Lab.open(page, '4G');
  await lab.hold(32, 'Offline');
  await expect(page.getByText(/would be refused: EBUSY/)).toBeVisible();
  await page.mouse.up();
  await lab.idle();
  await expect(lab.terminal).toContainText('bash: echo: write error: Device or resource busy');
  await expect(page.getByText('EBUSY failure to isolate range')).toBeVisible();
  await expect(lab.status.filter({ hasText: 'Refused: EBUSY' })).toHaveCount(1);
  expect(await lab.fact('Offline')).toBe('0 B');
});

test('what no command does is said before the drop, and nothing is submitted', async ({ page }) => {
  const lab = await Lab.open(page, '4G');
  const { seq } = await lab.fingerprint();
  await lab.hold(BLOCK, 'DMA32');
  await expect(page.getByText(/Kernel zones go by address/)).toBeVisible();
  await page.mouse.up();
  expect((await lab.fingerprint()).seq).toBe(seq);
});

test('a move can be given up, and made by buttons instead', async ({ page }) => {
  const lab = await Lab.open(page, '4G');
  await lab.hold(BLOCK, 'Offline');
  await page.keyboard.press('Escape');
  await page.mouse.up();
  await lab.idle();
  expect(await lab.fact('Offline')).toBe('0 B');
  await lab.select(BLOCK);
  await page.getByRole('group', { name: 'Move to' }).getByRole('button', { name: 'Offline' }).click();
  await lab.idle();
  expect(await lab.fact('Offline')).toBe('128 MiB');
});

test('a DIMM is plugged, brought online, and taken out again', async ({ page }) => {
  const lab = await Lab.open(page, '1G-two-processes');
  await page.getByRole('banner').getByRole('button', { name: 'Plug a DIMM…' }).click();
  await page.getByLabel('Size').selectOption({ label: '128\u00a0MiB' });
  await page.getByRole('button', { name: 'Plug', exact: true }).click();
  await lab.idle();
  await expect(lab.terminal).toContainText('device_add pc-dimm,id=dimm0');
  expect(await lab.fact('Offline')).toBe('128 MiB');
  await lab.drag(32, 'Movable');
  expect(await lab.fact('Offline')).toBe('0 B');
  await lab.drag(32, 'Slots');
  await expect(page.getByRole('rowheader', { name: 'Slots 0 of 16' })).toBeVisible();
  await expect(lab.events.getByText('uevent remove memory32')).toBeVisible();
});
