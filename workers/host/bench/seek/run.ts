/**
 * Seeking anywhere in a session of ten minutes on a machine of 64 GiB. The session is made from a seed: processes fill gigabytes and go, blocks of memory full of their pages go offline
 * and come back, DIMMs are plugged, files are read, time passes. Then the machine is put to events drawn at random, one event back from some of them, and to where a slider was drawn; each
 * time its digest is asked for, as the page does. Bundled as the page's worker is. Beside it stands a plain copy of as many bytes as all keyframes hold.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bundle } from '../../../../scripts/bundle.mjs';
import { MAX_KEYFRAME_BYTES } from '../../../machine/history.ts';
import type { SeekFigures } from './node.ts';

export const SEEK = 'seek';
/** Seeks of each round, and how much of a command is printed. */
const SEEKS = 40;
const COMMAND = 60;

export async function seekBench(rounds: number): Promise<SeekFigures> {
  const dir = mkdtempSync(join(tmpdir(), 'hotplug-bench-'));
  try {
    const { stdout, status, stderr } = spawnSync(process.execPath, [await bundle('workers/host/bench/seek/node.ts', dir), String(rounds * SEEKS)], { encoding: 'utf8' });
    if (status !== 0) throw new Error(stderr);
    return JSON.parse(stdout) as SeekFigures;
  } finally {
    rmSync(dir, { recursive: true });
  }
}

export function printSeek(f: SeekFigures): void {
  const ms = (n: number): string => `${n.toFixed(1)} ms`;
  const indent = ' '.repeat(20);
  console.log(`${SEEK.padEnd(20)} ${f.ratio.toFixed(2).padStart(8)} ×   a plain copy of all keyframes: the median, processor time`);
  const line = (kind: string, { seeks, median, p99, max }: SeekFigures['all']): void =>
    console.log(`${indent} ${kind.padEnd(22)} median ${ms(median).padStart(9)}, 99 of 100 under ${ms(p99).padStart(9)}, longest ${ms(max).padStart(9)} (${seeks})`);
  line('all seeks', f.all);
  for (const [kind, times] of Object.entries(f.by)) line(`  ${kind}`, times);
  line('on the wall', f.wall);
  console.log(`${indent}   but for the first of all, which took ${ms(f.firstWall)}`);
  console.log(`${indent} The longest:`);
  for (const s of f.slowest) {
    console.log(`${indent}   ${ms(s.ms)}, ${s.kind}: from event ${s.from} to ${s.to}, in ${s.command.slice(0, COMMAND)}`);
    console.log(`${indent}     keyframe at ${s.keyframe} put back in ${ms(s.putBack)}, ${s.events} events lived again in ${ms(s.lived)}, digest ${ms(s.digest)}`);
  }
  console.log(`${indent} A session of ten minutes, ${f.commands} commands and ${f.events} events on a machine of 64 GiB (${ms(f.session)} with its keyframes).`);
  console.log(`${indent} ${f.keyframes} keyframes hold ${(f.keyframeBytes / 2 ** 20).toFixed(0)} MiB, at most ${MAX_KEYFRAME_BYTES / 2 ** 20}; digests after it ${f.exact ? 'equal' : 'DIFFER FROM'} the straight run's.`);
}
