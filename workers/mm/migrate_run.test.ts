import { describe, expect, it } from 'vitest';
import { linux_3_11 } from '../editions/3.11/edition.ts';
import { linux_6_1 } from '../editions/6.1/edition.ts';
import { ftraceOf } from '../kernel/ftrace.ts';
import { createPrng } from '../lib/prng.ts';
import { checkInvariants } from '../machine/invariants.ts';
import { type Sketch, sketch } from '../testing/picture.ts';
import { STATE_LRU } from '../uapi/layout.ts';
import { MIGRATE_MOVABLE, pageblock_nr_pages, pageblock_order, ZONE_NORMAL, zoneRow } from '../uapi/mmzone.ts';
import { KIND_ANON, KIND_FILE } from '../uapi/page_kind.ts';
import { TE_PAGE_ALLOC } from '../uapi/trace_events.ts';
import type { Edition } from './edition.ts';
import type { Mm } from './mm.ts';
import { DONE, MUST_YIELD } from './migrate_page.ts';
import { MIGRATE_SYNC } from './migrate.ts';
import { set_migratetype_isolate } from './page_isolation.ts';
import { addOwner, del_page_from_lru_list, lru_add, mapPage, unmapPage } from './rmap.ts';

const START = 0x8000;
const PAGES = 32768;
const ROW = zoneRow(0, ZONE_NORMAL);
/** So many pages become empty, in isolated pageblocks. */
const BLOCK = 4 * pageblock_nr_pages;

/** A zone that was used: `heaped` of 16 pages came side by side, some of the rest are free again, and the LRU knows the others in any order. Then a block in the middle of them is set aside. */
function used(seed: number, heaped: number, edition: Edition): Sketch & { readonly block: number } {
  const s = sketch([{ zone: ZONE_NORMAL, start: START, end: START + PAGES }], undefined, edition);
  s.fill({});
  const { mm, buddy } = s;
  const { below } = createPrng(seed);
  const owner = addOwner(mm, KIND_ANON, 'process', 100);
  const held: number[] = [];
  for (let i = 0; i < 12000; i++) {
    const pfn = buddy.alloc_pages({ order: 0, migratetype: MIGRATE_MOVABLE, highest_zoneidx: ZONE_NORMAL, nid: 0, kind: below(8) === 0 ? KIND_FILE : KIND_ANON });
    mapPage(mm, owner, pfn, 1 + below(0xffff));
    lru_add(mm, pfn);
    held.push(pfn);
  }
  for (const pfn of held) {
    if (below(16) < heaped) continue;
    del_page_from_lru_list(mm, pfn);
    if (below(2) === 0) lru_add(mm, pfn);
    else {
      unmapPage(mm, pfn);
      buddy.free_pages(pfn, 0);
    }
  }
  buddy.zone_pcp_disable(ROW);
  const block = (held[held.length >> 1] as number) & -BLOCK;
  for (let pfn = block; pfn < block + BLOCK; pfn += pageblock_nr_pages) expect(set_migratetype_isolate(mm, buddy, pfn, MIGRATE_SYNC).err).toBe(0);
  return { ...s, block };
}
/** Moves all there is in the block; where each page went, in order. */
function empty({ mm, buddy: { mover }, block }: ReturnType<typeof used>, room: number): [from: number, to: number, slot: number][] {
  const { state } = mm.t.memmap;
  const moves: [number, number, number][] = [];
  Object.assign(mm, {
    trace: (_: number, from: number, to: number, __: number, slot: number) => moves.push([from, to, slot]),
    steps_taken: (_: number, n: number, froms: Int32Array, tos: Int32Array, __: number, slots: Int32Array) => {
      for (let i = 0; i < n; i++) moves.push([froms[i] as number, tos[i] as number, slots[i] as number]);
    },
    cond_resched: () => room === 0,
    steps_ahead: () => room,
  } satisfies Partial<Mm>);
  const list = new Int32Array(BLOCK);
  let count = 0;
  for (let pfn = block; pfn < block + BLOCK; pfn++) {
    if (state[pfn] !== STATE_LRU) continue;
    const taken = mover.isolate(pfn, block + BLOCK, list, count);
    pfn += taken - count - 1;
    count = taken;
  }
  for (let i = 0; i < count; ) {
    i = mover.move(list.subarray(0, count), i, -1, MIGRATE_MOVABLE, 0, 1);
    if (mover.last.stopped !== MUST_YIELD && mover.last.stopped !== DONE) throw new Error(`stopped at ${i} of ${count}: ${mover.last.stopped}`);
  }
  return moves;
}
/** All that says what became of memory, by name; but for marks of what has to be looked at again. */
function columns({ mm: { t } }: Sketch): Map<string, Column> {
  const found = new Map<string, Column>([['pageblock.generation', t.pageblock.generation], ['pageblock.migratetype', t.pageblock.migratetype]]);
  for (const table of ['memmap', 'chunk', 'free_area', 'lru', 'zone', 'pcp', 'pte'] as const) for (const [name, column] of Object.entries(t[table])) found.set(`${table}.${name}`, column);
  return found;
}
type Column = Int32Array | Uint32Array | Uint16Array | Uint8Array;
const firstOther = (a: Column, b: Column): number => a.findIndex((value, i) => value !== b[i]);

describe('pages that move side by side', () => {
  it.each([
    [1, 16, linux_6_1], [2, 15, linux_6_1], [3, 12, linux_6_1], [4, 4, linux_6_1], [5, 0, linux_6_1], [6, 15, linux_3_11], [7, 8, linux_3_11],
  ] as const)('leave behind what moving one after the other does: seed %i, %i of 16 pages undisturbed', (seed, heaped, edition) => {
    const [together, alone, heard] = [used(seed, heaped, edition), used(seed, heaped, edition), used(seed, heaped, edition)] as const;
    const { memmap, pageblock: { dirty, generation } } = together.mm.t;
    const before = Object.values(memmap).map((column) => column.slice());
    dirty.fill(0);
    const stamps = generation.slice();
    // Whoever listens hears of each frame: these go the long way, by __alloc_pages() and free_pages().
    ftraceOf(heard.mm.t).enable(TE_PAGE_ALLOC, true);
    const moves = empty(together, Number.POSITIVE_INFINITY);
    expect(moves.length).toBeGreaterThan(500);
    const left = columns(together);
    for (const other of [alone, heard]) {
      expect(empty(other, 0)).toEqual(moves);
      const differ = [...columns(other)].filter(([name, column]) => firstOther(column, left.get(name) as Column) >= 0);
      expect(differ.map(([name]) => name)).toEqual([]);
    }
    const unmarked = Object.values(memmap).flatMap((column, at) =>
      Array.from(column.keys()).filter((pfn) => column[pfn] !== before[at]?.[pfn] && dirty[pfn >>> pageblock_order] === 0 && generation[pfn >>> pageblock_order] === stamps[pfn >>> pageblock_order]));
    expect(unmarked).toEqual([]);
    expect(checkInvariants(together.mm)).toEqual([]);
  });
});
