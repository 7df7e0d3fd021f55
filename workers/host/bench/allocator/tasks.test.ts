import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { createTasks, type Round } from './tasks.ts';

const hasCompiler = spawnSync('cc', ['--version']).status === 0;

it.skipIf(!hasCompiler)('the C baseline does what the allocator does, to the last bit, in all five tasks', () => {
  const dir = mkdtempSync(join(tmpdir(), 'hotplug-buddy-'));
  try {
    const binary = join(dir, 'buddy');
    expect(spawnSync('cc', ['-O1', '-o', binary, fileURLToPath(new URL('../native/buddy.c', import.meta.url))]).status).toBe(0);
    const { setting: s, round } = createTasks(0.5, 5000, 5000, () => 0);
    const ours = [round()];
    const { stdout } = spawnSync(binary, [s.start, s.pages, s.min, s.low, s.batch, s.high, s.fill, s.pairs, s.churn, 1].map(String), { encoding: 'utf8' });
    const theirs = stdout.trim().split('\n').map((line) => JSON.parse(line) as Round);
    expect(ours.map(({ sums }) => sums)).toEqual(theirs.map(({ sums }) => sums));
  } finally {
    rmSync(dir, { recursive: true });
  }
});
