/**
 * What the size of a machine costs: boot and the memory its tables take at rest, then operations that must not get dearer with it. Each machine in a process of its own, bundled as the
 * page's worker is; times are the processor's, the fastest of nine.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bundle } from '../../../../scripts/bundle.mjs';
import { COLD, MEMMAP } from '../../../uapi/layout.ts';

export const SIZES = 'sizes';
/** GiB, and whether a process uses all of it. */
const MACHINES: readonly (readonly [gib: number, full: boolean])[] = [[1, false], [16, false], [256, false], [1024, false], [64, true]];

export interface BootFigures {
  readonly bootMs: number;
  /** What the process holds more after boot. */
  readonly residentMiB: number;
  /** The first picture for a reader, ms. */
  readonly firstPullMs: number;
}
export interface WorkFigures {
  /** ns of an order-0 allocation with its free; ms of an offline and online of a 128 MiB block, both typed. */
  readonly pairNs: number;
  readonly cycleMs: number;
  /** ms of each after a command and a page that changed, and of the first one, which looks at everything. */
  readonly digestMs: number;
  readonly keyframeMs: number;
  readonly pullMs: number;
  readonly firstDigestMs: number;
  readonly firstKeyframeMs: number;
  /** ns of a page, of all that one process touched. */
  readonly fillNs?: number;
}
export interface SizeFigures extends BootFigures, WorkFigures {
  readonly gib: number;
  readonly full: boolean;
}

export async function sizesBench(): Promise<SizeFigures[]> {
  const dir = mkdtempSync(join(tmpdir(), 'hotplug-bench-'));
  try {
    const file = await bundle('workers/host/bench/sizes/node.ts', dir);
    const measure = <T>(...words: readonly (string | number)[]): T => {
      const { stdout, status, stderr } = spawnSync(process.execPath, [file, ...words.map(String)], { encoding: 'utf8' });
      if (status !== 0) throw new Error(stderr);
      return JSON.parse(stdout) as T;
    };
    return MACHINES.map(([gib, full]) => ({ gib, full, ...measure<BootFigures>('boot', gib), ...measure<WorkFigures>('work', gib, full ? 1 : 0) }));
  } finally {
    rmSync(dir, { recursive: true });
  }
}

const COLUMNS: readonly (readonly [title: string, value: (f: SizeFigures) => string])[] = [
  ['machine', (f) => `${f.gib} GiB${f.full ? ', all used' : ''}`],
  ['boot ms', (f) => f.bootMs.toFixed(0)],
  ['resident MiB', (f) => f.residentMiB.toFixed(1)],
  ['pair ns', (f) => f.pairNs.toFixed(1)],
  ['off+online ms', (f) => f.cycleMs.toFixed(2)],
  ['digest ms', (f) => f.digestMs.toFixed(2)],
  ['keyframe ms', (f) => f.keyframeMs.toFixed(2)],
  ['pull ms', (f) => f.pullMs.toFixed(2)],
  ['first digest, keyframe, picture ms', (f) => [f.firstDigestMs, f.firstKeyframeMs, f.firstPullMs].map((ms) => ms.toFixed(0)).join(', ')],
  ['fill ns/page', (f) => f.fillNs?.toFixed(0) ?? ''],
];
const bytes = (columns: Readonly<Record<string, { readonly BYTES_PER_ELEMENT: number }>>): number => Object.values(columns).reduce((sum, { BYTES_PER_ELEMENT }) => sum + BYTES_PER_ELEMENT, 0);

export function printSizes(figures: readonly SizeFigures[]): void {
  console.log(`sizes: ${bytes(MEMMAP)} bytes a frame, ${bytes(COLD)} more where something was recorded about it`);
  const rows = [COLUMNS.map(([title]) => title), ...figures.map((f) => COLUMNS.map(([, value]) => value(f)))];
  const widths = COLUMNS.map((_, i) => Math.max(...rows.map((row) => (row[i] as string).length)));
  for (const row of rows) console.log(`  ${row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i] as number) : cell.padStart(widths[i] as number))).join('  ')}`);
}
