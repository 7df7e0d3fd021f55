/** A real machine from its own files, and this one saved as files. */
import { expect, type Page, test } from '@playwright/test';
import { gzipSync } from 'node:zlib';
import { Lab } from '../lab.ts';

const lsmem = JSON.stringify({ memory: [
  { range: '0x0000000000000000-0x0000000007ffffff', size: '128M', state: 'online', removable: true, block: '0', node: 0, zones: 'None' },
  { range: '0x0000000008000000-0x0000000037ffffff', size: '768M', state: 'online', removable: true, block: '1-6', node: 0, zones: 'DMA32' },
  { range: '0x0000000038000000-0x000000003fffffff', size: '128M', state: 'offline', removable: true, block: '7', node: 0, zones: 'DMA32/Movable' },
] });
async function open(page: Page): Promise<Lab> {
  const lab = await Lab.open(page, '512M');
  await page.getByRole('button', { name: 'Import…' }).click();
  return lab;
}
async function boot(page: Page, lab: Lab): Promise<void> {
  await page.getByRole('button', { name: 'Open this machine' }).click();
  await expect(page.getByRole('dialog')).toHaveCount(0);
  await lab.idle();
}

test('the output of lsmem --json is pasted, looked at, and opened', async ({ page }) => {
  const lab = await open(page);
  await page.getByLabel('Or paste their text').fill(lsmem);
  await page.getByRole('button', { name: 'Read the text' }).click();
  const dialog = page.getByRole('dialog');
  await expect(dialog.getByText('of RAM in 8 memory blocks, 1 of them offline')).toBeVisible();
  await expect(dialog.getByText('8 memory blocks and their states: the text.')).toBeVisible();
  await expect(dialog.getByText('What is in use: a quiet system.')).toBeVisible();
  await boot(page, lab);
  expect(await lab.fact('Offline')).toBe('128 MiB');
  // All but the offline block, which has no frames.
  await expect(page.getByText('88 % inferred')).toBeVisible();
  await lab.type('lsmem --summary=never -o RANGE,STATE,BLOCK');
  await expect(lab.terminal).toContainText('0x0000000038000000-0x000000003fffffff offline     7');
  await lab.type('echo online_movable > /sys/devices/system/memory/memory7/state');
  expect(await lab.fact('Offline')).toBe('0 B');
});

test('a machine saved as one file opens again, frame by frame, also packed', async ({ page }) => {
  const lab = await Lab.open(page, '1G-two-processes');
  await lab.type('echo offline > /sys/devices/system/memory/memory6/state');
  const anonymous = await lab.frames('Anonymous');
  await page.getByRole('button', { name: 'Import…' }).click();
  const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'One text file' }).click()]);
  const parts: Buffer[] = [];
  for await (const part of await download.createReadStream()) parts.push(part as Buffer);
  const file = { name: 'machine.txt.gz', mimeType: 'application/gzip', buffer: gzipSync(Buffer.concat(parts)) };
  await page.locator('input[type=file]').first().setInputFiles(file);
  await expect(page.getByText('of RAM in 8 memory blocks, 1 of them offline')).toBeVisible();
  await boot(page, lab);
  expect(await lab.frames('Anonymous')).toBe(anonymous);
  expect(await lab.fact('Offline')).toBe('128 MiB');
});

test('files are dropped anywhere on the page', async ({ page }) => {
  await Lab.open(page, '512M');
  await page.evaluate((text) => {
    const data = new DataTransfer();
    data.items.add(new File([text], 'lsmem.json'));
    document.body.dispatchEvent(new DragEvent('drop', { dataTransfer: data, bubbles: true, cancelable: true }));
  }, lsmem);
  await expect(page.getByRole('dialog').getByText('of RAM in 8 memory blocks')).toBeVisible();
});

test('a file that describes nothing is refused in one sentence, and the machine stays', async ({ page }) => {
  const lab = await open(page);
  await page.locator('input[type=file]').first().setInputFiles({ name: 'cat.png', mimeType: 'image/png', buffer: Buffer.from([0x89, 0x50, 0x4e, 0x47]) });
  await expect(page.getByRole('alert')).toContainText('cat.png is nothing that describes a machine\'s memory.');
  await expect(page.getByRole('alert')).toContainText('Try: name the files as they are named under /proc');
  await page.getByRole('button', { name: 'Other files' }).click();
  await expect(page.getByText('Drop files or a folder here')).toBeVisible();
  await page.keyboard.press('Escape');
  await lab.type('echo alive');
  await expect(lab.terminal.getByText('alive', { exact: true })).toBeVisible();
});

test('the collector script can be copied, and is what the site serves', async ({ page, context }) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  await open(page);
  await page.getByRole('button', { name: 'Copy the script' }).click();
  await expect(page.getByText('Copied')).toBeVisible();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toMatch(/^#!\/bin\/sh\n# Writes down what Linux knows of this machine's memory/);
});
