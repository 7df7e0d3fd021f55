/** The terminal as somebody uses it who knows one. */
import { expect, type Page, test } from '@playwright/test';
import { Lab } from '../lab.ts';

const block6 = '/sys/devices/system/memory/memory6/state';
async function paste(page: Page, text: string): Promise<void> {
  await page.getByLabel('Shell command').evaluate((node, words) => {
    const data = new DataTransfer();
    data.setData('text/plain', words);
    node.dispatchEvent(new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true }));
  }, text);
}
async function saved(page: Page, button: string): Promise<{ name: string; text: string }> {
  const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: button }).click()]);
  const stream = await download.createReadStream();
  const parts: Buffer[] = [];
  for await (const part of stream) parts.push(part as Buffer);
  return { name: download.suggestedFilename(), text: Buffer.concat(parts).toString('utf8') };
}

test('a command moves the picture, and a drag prints the command it ran', async ({ page }) => {
  const lab = await Lab.open(page, '1G-two-processes');
  await lab.type(`echo offline > ${block6}`);
  expect(await lab.fact('Offline')).toBe('128 MiB');
  await lab.drag(6, 'Movable');
  await expect(lab.terminal).toContainText(`echo online_movable > ${block6}`);
  expect(await lab.fact('Offline')).toBe('0 B');
});

test('values, paths and commands complete with Tab', async ({ page }) => {
  const lab = await Lab.open(page, '1G-two-processes');
  await lab.prompt.fill(`echo offl > ${block6}`);
  await lab.prompt.evaluate((node: HTMLTextAreaElement) => { node.setSelectionRange(9, 9); });
  await lab.prompt.press('Tab');
  await expect(lab.prompt).toHaveValue(`echo offline  > ${block6}`);
  await lab.prompt.fill('cat /sys/devices/system/memory/memory6/valid');
  await lab.prompt.press('Tab');
  await expect(lab.prompt).toHaveValue('cat /sys/devices/system/memory/memory6/valid_zones ');
  await lab.prompt.fill('lsme');
  await lab.prompt.press('Tab');
  await expect(lab.prompt).toHaveValue('lsmem ');
});

test('history goes up and down, and is searched with Ctrl+R', async ({ page }) => {
  const lab = await Lab.open(page, '512M');
  for (const line of ['echo first one', 'uname -r', 'echo second']) await lab.type(line);
  await lab.prompt.press('ArrowUp');
  await lab.prompt.press('ArrowUp');
  await expect(lab.prompt).toHaveValue('uname -r');
  await lab.prompt.press('ArrowDown');
  await expect(lab.prompt).toHaveValue('echo second');
  await lab.prompt.fill('');
  await lab.prompt.press('Control+r');
  await lab.prompt.pressSequentially('echo');
  await expect(page.getByText('(reverse-i-search)‘echo’:')).toBeVisible();
  await expect(lab.prompt).toHaveValue('echo second');
  await lab.prompt.press('Control+r');
  await expect(lab.prompt).toHaveValue('echo first one');
  await lab.prompt.press('Enter');
  await lab.idle();
  await expect(lab.terminal.getByText('first one', { exact: true })).toHaveCount(2);
});

test('a loop is typed over several lines', async ({ page }) => {
  const lab = await Lab.open(page, '512M');
  await lab.prompt.fill('for i in 1 2 3; do');
  await lab.prompt.press('Enter');
  await expect(lab.prompt).toHaveValue('for i in 1 2 3; do\n');
  await lab.prompt.pressSequentially('echo "number $i"');
  await lab.prompt.press('Enter');
  await expect(lab.prompt).toHaveValue(/number \$i"\n$/);
  await lab.prompt.pressSequentially('done');
  await lab.prompt.press('Enter');
  await lab.idle();
  await expect(lab.terminal).toContainText('number 3');
});

test('a script from the clipboard is shown before it runs', async ({ page }) => {
  const lab = await Lab.open(page, '1G-two-processes');
  await paste(page, `#!/bin/sh\r\nset -e\r\necho offline > ${block6}\r\ncat ${block6}\r\n`);
  const dialog = page.getByRole('dialog', { name: 'Paste 4 lines' });
  await expect(dialog.getByText('set -e')).toBeVisible();
  await dialog.getByRole('button', { name: 'Cancel' }).click();
  expect(await lab.fact('Offline')).toBe('0 B');
  await paste(page, 'if true; then\necho never\n');
  await expect(page.getByRole('dialog').getByText('The text lacks its end')).toBeVisible();
  await expect(page.getByRole('dialog').getByRole('button', { name: 'Run' })).toBeDisabled();
  await page.keyboard.press('Escape');
  await paste(page, `set -e\necho offline > ${block6}\ncat ${block6}\n`);
  await page.getByRole('dialog').getByRole('button', { name: 'Run' }).click();
  await expect(lab.terminal.getByText('offline', { exact: true })).toBeVisible();
  await lab.idle();
  expect(await lab.fact('Offline')).toBe('128 MiB');
});

test('what is typed while a command runs waits for its end, and Ctrl+C ends it', async ({ page }) => {
  const lab = await Lab.open(page, '512M');
  await lab.prompt.fill('while :; do sleep 1; done');
  await lab.prompt.press('Enter');
  await expect(page.getByRole('button', { name: 'Interrupt (Ctrl+C)' })).toBeVisible();
  await lab.prompt.fill('echo afterwards');
  await lab.prompt.press('Enter');
  await expect(page.getByText('next: echo afterwards')).toBeVisible();
  await lab.prompt.press('Control+c');
  await lab.idle();
  await expect(page.getByText('next: echo afterwards')).toHaveCount(0);
  await lab.type('echo again');
  await expect(lab.terminal.getByText('again', { exact: true })).toBeVisible();
  await expect(lab.terminal.getByText('afterwards', { exact: true })).toHaveCount(0);
});

test('blocks, frames and addresses in the output select in the picture, by mouse and by keyboard', async ({ page }) => {
  const lab = await Lab.open(page, '1G-two-processes');
  await lab.type('echo see memory3 and pfn:0x21abd and 0x0000000030000000 and memory99');
  await lab.terminal.getByRole('button', { name: 'memory3', exact: true }).last().click();
  await expect(page.getByRole('heading', { name: 'memory3 ' })).toBeVisible();
  await lab.terminal.getByRole('button', { name: 'pfn:0x21abd' }).last().click();
  await page.getByRole('tab', { name: 'Inspector' }).click();
  await expect(page.getByRole('heading', { name: /^Frame 0x21abd/ })).toBeVisible();
  await lab.terminal.focus();
  await page.keyboard.press('End');
  await expect(lab.terminal.getByRole('button', { name: 'memory99' }).last()).toBeFocused();
  await page.keyboard.press('ArrowUp');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { name: 'memory6 0x30000000' })).toBeVisible();
});

test('what the host is told is printed as its monitor shows it', async ({ page }) => {
  const lab = await Lab.open(page, '1G-two-processes');
  await page.getByRole('banner').getByRole('button', { name: 'Plug a DIMM…' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Plug', exact: true }).click();
  await lab.idle();
  await expect(lab.terminal).toContainText('(qemu) object_add memory-backend-ram');
  await expect(lab.terminal).toContainText('(qemu) device_add pc-dimm');
});

test('the transcript is saved as text and as a scenario', async ({ page }) => {
  const lab = await Lab.open(page, '512M');
  await lab.type('echo hello');
  const text = await saved(page, 'Save the transcript as text');
  expect(text.name).toBe('hotplug-lab-512M.txt');
  expect(text.text).toBe('root@lab:~# echo hello\nhello\n');
  const scenario = await saved(page, 'Save what was done as a scenario');
  expect(scenario.name).toBe('512M.scn');
  expect(scenario.text).toContain('recorded 512M\n');
  expect(scenario.text).toContain('$ echo hello\n');
});

test('letters grow and shrink, lines wrap or not, and the screen is cleared', async ({ page }) => {
  const lab = await Lab.open(page, '512M');
  await lab.type('seq 1 30 | tr "\\n" -; seq 1 3');
  const size = (): Promise<string> => lab.prompt.evaluate((node) => getComputedStyle(node).fontSize);
  expect(await size()).toBe('12px');
  await page.getByRole('button', { name: 'Larger letters' }).click();
  expect(await size()).toBe('13px');
  const wrap = page.getByRole('button', { name: 'Wrap long lines' });
  await expect(wrap).toHaveAttribute('aria-pressed', 'true');
  await wrap.click();
  await expect(wrap).toHaveAttribute('aria-pressed', 'false');
  await page.getByRole('button', { name: 'Clear', exact: true }).click();
  await expect(lab.terminal).not.toContainText('seq 1 30');
  await page.reload();
  await expect(wrap).toHaveAttribute('aria-pressed', 'false');
});
