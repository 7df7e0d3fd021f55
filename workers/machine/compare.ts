/** Two places in time side by side: numbers of zones and counters, blocks that differ, and how much of each block holds something else. */
import { MEM_ABSENT, MEM_STATE_GOING_OFFLINE, MEM_STATE_OFFLINE, MEM_STATE_ONLINE, stateWord } from '../uapi/memory_block.ts';
import { zoneName } from '../mm/mm.ts';
import { MAX_NR_ZONES } from '../uapi/mmzone.ts';
import { H_MIGRATED, H_TOTALRAM } from '../uapi/layout.ts';
import type { Comparison, Numbers, Place } from '../uapi/time.ts';
import { readClock } from './clock.ts';
import type { Machine } from './types.ts';

/** What is kept of a place to compare it. */
export interface Look extends Numbers {
  readonly blocks: readonly string[];
  readonly kinds: Uint8Array;
  readonly blockShift: number;
}

/** Looks at the machine as it stands. */
export function lookAt(machine: Machine): Look {
  const { mm } = machine.kernel;
  const { t } = mm;
  const { zone, memory_block: block } = t;
  const counts: Record<string, number> = {};
  for (let row = 0; row < zone.present_pages.length; row++) {
    if ((zone.present_pages[row] as number) + (zone.spanned_pages[row] as number) === 0) continue;
    const name = `Node ${Math.trunc(row / MAX_NR_ZONES)}, zone ${zoneName(mm, row % MAX_NR_ZONES)}`;
    counts[`${name}: present`] = zone.present_pages[row] as number;
    counts[`${name}: managed`] = zone.managed_pages[row] as number;
    counts[`${name}: nr_free_pages`] = zone.nr_free_pages[row] as number;
  }
  const states = [...block.state];
  counts['memory blocks'] = states.filter((s) => s !== MEM_ABSENT).length;
  for (const state of [MEM_STATE_ONLINE, MEM_STATE_GOING_OFFLINE, MEM_STATE_OFFLINE]) counts[`memory blocks: ${stateWord(state)}`] = states.filter((s) => s === state).length;
  counts.totalram_pages = t.header[H_TOTALRAM] as number;
  counts['pages migrated'] = t.header[H_MIGRATED] as number;
  const blocks = states.map((state, id) => (state === MEM_ABSENT ? '' : [stateWord(state), zoneName(mm, block.zone[id] as number)].filter(Boolean).join(' ')));
  return { digest: machine.digest(), time: readClock(t), counts, blocks, kinds: t.memmap.kind.slice(), blockShift: t.sizes.block_shift };
}

/** Frames of each block that hold another kind of page. */
function changedFrames(a: Look, b: Look): Int32Array {
  const changed = new Int32Array(a.blocks.length);
  for (let pfn = 0; pfn < a.kinds.length; pfn++) if (a.kinds[pfn] !== b.kinds[pfn]) changed[pfn >>> a.blockShift] = (changed[pfn >>> a.blockShift] as number) + 1;
  return changed;
}

export function compareLooks(a: Place & Look, b: Place & Look): Comparison {
  const frames = changedFrames(a, b);
  const known = 1 + Math.max(a.blocks.findLastIndex((of) => of !== ''), b.blocks.findLastIndex((of) => of !== ''));
  const place = ({ branch, seq, digest, time, counts }: Place & Look): Place & Numbers => ({ branch, seq, digest, time, counts });
  return {
    a: place(a), b: place(b), states: { a: a.blocks.slice(0, known), b: b.blocks.slice(0, known) },
    blocks: a.blocks.flatMap((of, id) => (of !== b.blocks[id] || frames[id] !== 0 ? [{ id, a: of, b: b.blocks[id] ?? '', frames: frames[id] as number }] : [])),
    changed: [...frames].slice(0, known).map((n) => n / 2 ** a.blockShift),
  };
}
