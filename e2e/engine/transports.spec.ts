/** The same machine over shared memory, over posted patches, and in Node. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from '@playwright/test';
import { Lab } from '../lab.ts';

const COMMANDS = ['echo offline > /sys/devices/system/memory/memory6/state', 'echo offline > /sys/devices/system/memory/memory0/state', 'echo online_movable > /sys/devices/system/memory/memory6/state'];
const root = fileURLToPath(new URL('../..', import.meta.url));

test('both transports show the same machine, event for event and pixel for pixel', async ({ page }) => {
  const seen = [];
  for (const [query, badge] of [[{}, 'shared memory'], [{ transport: 'copy' }, 'copied memory']] as const) {
    const lab = await Lab.open(page, '1G-two-processes', query);
    await expect(page.getByText(badge)).toBeVisible();
    await lab.select(4);
    for (const command of COMMANDS) await lab.type(command);
    seen.push({ ...(await lab.fingerprint()), events: await page.getByRole('slider', { name: /Time line/ }).getAttribute('aria-valuetext'), anonymous: await lab.frames('Anonymous') });
  }
  expect(seen[1]).toEqual(seen[0]);
});

test('the digest is the one that Node computes', async ({ page }) => {
  const lab = await Lab.open(page, '1G-two-processes');
  for (const command of COMMANDS) await lab.type(command);
  const { seq, digest } = await lab.fingerprint();
  const args = ['run', '-s', 'lab', '--', 'digest', '--machine', 'public/machines/1G-two-processes.json', ...COMMANDS.flatMap((command) => ['-c', command])];
  const { stdout } = await promisify(execFile)('npm', args, { cwd: root });
  expect(`${seq} ${digest}`).toBe(stdout.trim());
});
