/** The tables of specification page-allocator.md, one test each, quoted as they stand there: free list placement, limits of merging, per-cpu lists, order of fallback, marks, sizes of orders. */
import { describe, expect, it } from 'vitest';
import { linux_2_6_12 } from '../editions/2.6.12/edition.ts';
import { zone_batch } from '../editions/2.6.12/watermarks.ts';
import { linux_3_11 } from '../editions/3.11/edition.ts';
import { zone_pcp_update } from '../editions/3.11/pageset.ts';
import { linux_6_1 } from '../editions/6.1/edition.ts';
import { sketch } from '../testing/picture.ts';
import { freeRow, pcpRow } from '../uapi/layout.ts';
import { geometryOf } from '../uapi/arch.ts';
import {
  MAX_ORDER, MIGRATE_ISOLATE, MIGRATE_MOVABLE, MIGRATE_RECLAIMABLE, MIGRATE_UNMOVABLE, ZONE_DMA, ZONE_DMA32, ZONE_MOVABLE, ZONE_NORMAL, zoneRow,
} from '../uapi/mmzone.ts';
import { KIND_ANON, KIND_SLAB } from '../uapi/page_kind.ts';
import type { Edition } from './edition.ts';
import { zone_set_pageset } from './watermarks.ts';
import { __zone_watermark_ok, ALLOC_HARDER, ALLOC_HIGH } from './zone_watermark.ts';

const START = 0x8000;
const TYPE_NAMES = ['Unmovable', 'Movable', 'Reclaimable'] as const;

/** 128 MiB of Normal whose per-cpu lists keep nothing, so that what is freed goes to the lists at once. */
function machine(edition: Edition, picture: Readonly<Record<number, string>> = {}) {
  const s = sketch([{ zone: ZONE_NORMAL, start: START, end: START + 32768 }], { pending: false }, edition);
  s.fill(picture);
  const { mm, buddy } = s;
  const row = zoneRow(0, ZONE_NORMAL);
  zone_set_pageset(mm, row, 1, 0);
  const { head } = mm.t.free_area;
  /** A list of the zone, first to last: frames counted from the zone's first. */
  const usual = edition.alloc.group_by_mobility === 1 ? MIGRATE_MOVABLE : MIGRATE_UNMOVABLE;
  const list = (order: number, type: number = usual): number[] => {
    const found: number[] = [];
    const top = order === MAX_ORDER - 1;
    for (let pfn = head[freeRow(MAX_ORDER, row, order, type)] as number; pfn >= 0; pfn = (top ? mm.t.chunk.next[pfn >>> order] : mm.t.memmap.next[pfn]) as number) found.push(pfn - START);
    return found;
  };
  return { ...s, row, list, take: (order: number) => buddy.alloc_pages({ order, migratetype: MIGRATE_MOVABLE, highest_zoneidx: ZONE_NORMAL, nid: 0, kind: KIND_ANON }) - START, free: (at: number, order = 0) => buddy.free_pages(START + at, order) };
}

describe('"Free list placement"', () => {
  // Frames 0, 2 and 4 to 7: freeing 2 leaves 3 in use; the buddy of the pair it would be part of, 0 and 1, is not free, that of 4 (6, 7) is.
  const FULL = 'ssss ssss ssss ssss';
  it('"normal free, 2.6.12: head"', () => {
    const m = machine(linux_2_6_12, { [START]: FULL });
    m.free(8);
    // 2 and 3 are free: a pair. 0 alone would make four of them.
    for (const at of [2, 3, 0]) m.free(at);
    expect(m.list(0)).toEqual([0, 8]);
  });
  it.each([['3.11', linux_3_11], ['6.1', linux_6_1]] as const)('"normal free, %s: head, but tail if the buddy of the next-higher-order merged page is free"', (_, edition) => {
    const m = machine(edition, { [START]: FULL });
    m.free(8);
    for (const at of [2, 3, 0]) m.free(at);
    expect(m.list(0), '0 will probably merge').toEqual([8, 0]);
    m.free(12);
    expect(m.list(0), '12 will not').toEqual([12, 8, 0]);
  });
  it('"order ≥ MAX_ORDER−2 never likely": one of order 9 goes to the head though its neighbour of order 10 is free', () => {
    const m = machine(linux_6_1);
    const first = m.take(9);
    expect(m.list(9)).toEqual([first + 512]);
    const rest = m.take(9);
    m.take(9);
    m.free(rest, 9);
    expect(m.list(9)[0]).toBe(rest);
  });
  it('"onlining / boot core free, 6.1: tail always"; in 3.11 what was freed last is handed out first', () => {
    const blocks = Array.from({ length: 32 }, (_, i) => i * 1024);
    expect(machine(linux_6_1).list(10)).toEqual(blocks);
    expect(machine(linux_3_11).list(10)).toEqual(blocks.toReversed());
  });
  it.each([['2.6.12', linux_2_6_12], ['3.11', linux_3_11], ['6.1', linux_6_1]] as const)('"split remainder (expand): head of each lower order list; the low half is returned" in %s', (_, edition) => {
    const m = machine(edition, { [START + 1024]: '.... ssss' });
    // 4 frames beside those in use, and everything above them.
    expect(m.list(2)).toEqual([1024]);
    expect(m.take(0)).toBe(1024);
    expect([m.list(0), m.list(1)]).toEqual([[1025], [1026]]);
  });
  it.each([['3.11', linux_3_11, [4, 2, 0]], ['6.1', linux_6_1, [0, 2, 4]]] as const)('"steal/move_freepages (type change), isolate: 3.11: head, 6.1: tail": single pages of a pageblock in %s', (_, edition, expected) => {
    const m = machine(edition, { [START]: '.s.s .s' });
    const before = m.list(0, MIGRATE_ISOLATE);
    m.buddy.move_freepages_block(START, MIGRATE_ISOLATE);
    expect(before).toEqual([]);
    expect(m.list(0, MIGRATE_ISOLATE)).toEqual(expected);
  });
  it('"Allocation always takes the first entry of the list of the smallest sufficient order"', () => {
    const m = machine(linux_6_1, { [START]: '.s.. ssss ....', [START + 512]: '..' });
    expect([m.take(0), m.take(1), m.take(2)]).toEqual([0, 2, 8]);
  });
});

describe('"Merging limits (__free_one_page)"', () => {
  const halves = (edition: Edition, other: number) => {
    const m = machine(edition);
    const low = m.take(9);
    m.mm.t.pageblock.migratetype[(START + low + 512) >>> 9] = other;
    m.buddy.move_freepages_block(START + low + 512, other);
    m.free(low, 9);
    return { ...m, low };
  };
  it('"3.11: no migratetype check when merging"', () => {
    const m = halves(linux_3_11, MIGRATE_ISOLATE);
    expect(m.list(10).concat(m.list(10, MIGRATE_ISOLATE))).toContain(m.low);
  });
  it.each([[MIGRATE_UNMOVABLE, true], [MIGRATE_RECLAIMABLE, true], [MIGRATE_ISOLATE, false]])('6.1, "at order ≥ pageblock_order": a movable pageblock beside one of type %i merges: %s', (type, merges) => {
    const m = halves(linux_6_1, type);
    expect(m.list(10).includes(m.low)).toBe(merges);
    expect(m.list(9).includes(m.low)).toBe(!merges);
  });
  it('"NR_FREE_PAGES excludes pages of ISOLATE pageblocks; nr_free (buddyinfo) includes them"', async () => {
    const { set_migratetype_isolate } = await import('./page_isolation.ts');
    const m = machine(linux_6_1);
    const info = m.buddyinfo(ZONE_NORMAL);
    const free = m.mm.t.zone.nr_free_pages[m.row] as number;
    set_migratetype_isolate(m.mm, m.buddy, START, 0);
    expect(m.mm.t.zone.nr_free_pages[m.row]).toBe(free - 1024);
    expect(m.buddyinfo(ZONE_NORMAL)).toBe(info);
  });
});

describe('"pcp lists"', () => {
  it.each([[3840, [1, 1]], [32768, [8, 7]], [131072, [16, 31]], [760000, [16, 31]]] as const)('"Test vector (managed → batch)": %i pages: 2.6.12 and 3.11 %j', (managed, [old, middle]) => {
    expect(zone_batch(managed)).toBe(old);
    const { mm } = machine(linux_3_11);
    const row = zoneRow(0, ZONE_DMA32);
    mm.t.zone.managed_pages[row] = managed;
    zone_pcp_update(mm, row);
    expect(mm.t.zone.pageset_batch[row]).toBe(middle);
    // "high: 6×batch"; of the smallest zones the batch is 1 only after that.
    expect(mm.t.zone.pageset_high[row]).toBe(managed === 3840 ? 0 : 6 * middle);
  });
  it('6.1: "refill takes batch>>order (min 2) chunks, appended to tail, alloc from head; free puts at head"', () => {
    const m = machine(linux_6_1);
    zone_set_pageset(m.mm, m.row, 7, 100);
    const waiting = (order: number): number[] => {
      const found: number[] = [];
      for (let pfn = m.mm.t.pcp.head[pcpRow(m.row, order * 3 + MIGRATE_MOVABLE)] as number; pfn >= 0; pfn = m.mm.t.memmap.next[pfn] as number) found.push(pfn - START);
      return found;
    };
    expect(m.take(0)).toBe(0);
    expect(waiting(0)).toEqual([1, 2, 3, 4, 5, 6]);
    m.free(0);
    expect(waiting(0)).toEqual([0, 1, 2, 3, 4, 5, 6]);
    expect(m.take(3)).toBe(8);
    expect(waiting(3), '7 >> 3 is 0: two').toEqual([16]);
  });
  it('6.1, "disabled: high=0, batch=1, drained, freed one by one"; renewed with what they were', () => {
    const m = machine(linux_6_1);
    zone_set_pageset(m.mm, m.row, 7, 100);
    m.take(0);
    m.buddy.zone_pcp_disable(m.row);
    const { pageset_count, pcp_high, pcp_batch } = m.mm.t.zone;
    expect([pageset_count[m.row], pcp_high[m.row], pcp_batch[m.row]]).toEqual([0, 0, 1]);
    m.free(m.take(0));
    expect(pageset_count[m.row]).toBe(0);
    m.buddy.zone_pcp_enable(m.row);
    expect([pcp_high[m.row], pcp_batch[m.row]]).toEqual([100, 7]);
  });
});

describe('"Fallback and stealing": order of fallback types', () => {
  const WANTED = [
    ['3.11', linux_3_11, MIGRATE_UNMOVABLE, 'Reclaimable Movable'], ['3.11', linux_3_11, MIGRATE_RECLAIMABLE, 'Unmovable Movable'], ['3.11', linux_3_11, MIGRATE_MOVABLE, 'Reclaimable Unmovable'],
    ['6.1', linux_6_1, MIGRATE_UNMOVABLE, 'Reclaimable Movable'], ['6.1', linux_6_1, MIGRATE_RECLAIMABLE, 'Unmovable Movable'], ['6.1', linux_6_1, MIGRATE_MOVABLE, 'Reclaimable Unmovable'],
  ] as const;
  it.each(WANTED)('%s', (_, edition, want, order) => {
    const m = machine(edition);
    m.mm.t.zone.watermark_min.fill(0);
    m.mm.t.zone.watermark_low.fill(0);
    while (m.take(10) >= 0);
    // Everything is used: then one pageblock of each other type comes back.
    const blocks = order.split(' ').map((name, i) => ({ at: i * 1024, type: TYPE_NAMES.indexOf(name as (typeof TYPE_NAMES)[number]) }));
    for (const { at, type } of blocks) m.mm.t.pageblock.migratetype.fill(type, (START + at) >>> 9, ((START + at) >>> 9) + 2);
    for (const { at } of blocks.toReversed()) m.free(at, 10);
    const taken = blocks.map(() => m.buddy.alloc_pages({ order: 10, migratetype: want, highest_zoneidx: ZONE_NORMAL, nid: 0, kind: KIND_SLAB }) - START);
    expect(taken).toEqual(blocks.map(({ at }) => at));
  });
});

describe('"Check (6.1): fail if free(usable) ≤ min(adjusted) + reserve"', () => {
  it.each([
    ['an ordinary request', 0, 1100, false], ['one page more', 0, 1101, true], ['"HIGH requests use min/2"', ALLOC_HIGH, 600, false], ['', ALLOC_HIGH, 601, true],
    ['"HARDER min×3/4 of that"', ALLOC_HIGH | ALLOC_HARDER, 475, false], ['', ALLOC_HIGH | ALLOC_HARDER, 476, true],
  ] as const)('%s', (_, flags, free, ok) => {
    const { mm, row } = machine(linux_6_1);
    mm.t.zone.protection3[row] = 100;
    mm.t.zone.nr_free_pages[row] = free;
    expect(__zone_watermark_ok(mm, row, 0, 1000, ZONE_MOVABLE, flags)).toBe(ok);
  });
  it('"order>0 additionally needs one chunk of sufficient order"', () => {
    const { mm, row } = machine(linux_6_1, Object.fromEntries(Array.from({ length: 64 }, (_, i) => [START + i * 512, 's'])));
    expect([8, 9].map((order) => __zone_watermark_ok(mm, row, order, 0, ZONE_NORMAL, 0))).toEqual([true, false]);
  });
});

describe('"Zone and zonelist selection"', () => {
  const two = () => {
    const block = (zone: number, nid: number, at: number) => ({ zone, nid, start: START * at, end: START * (at + 1) });
    const s = sketch([block(ZONE_DMA, 0, 1), block(ZONE_DMA32, 0, 2), block(ZONE_NORMAL, 0, 3), block(ZONE_MOVABLE, 0, 4), block(ZONE_NORMAL, 1, 5)]);
    s.fill({});
    return s;
  };
  const names = ['DMA', 'DMA32', 'Normal', 'Movable'];
  const list = (rows: readonly number[]): string => rows.map((row) => `${Math.trunc(row / 5)}:${names[row % 5]}`).join(' ');
  it('"node order, inside each node zones from highest to lowest populated zone"', () => {
    const { buddy } = two();
    expect(list(buddy.zonelist(0, ZONE_MOVABLE))).toBe('0:Movable 0:Normal 0:DMA32 0:DMA 1:Normal');
    expect(list(buddy.zonelist(1, ZONE_MOVABLE))).toBe('1:Normal 0:Movable 0:Normal 0:DMA32 0:DMA');
    expect(list(buddy.zonelist(1, ZONE_NORMAL)), '"Page tables, slab, stacks: NORMAL"').toBe('1:Normal 0:Normal 0:DMA32 0:DMA');
    expect(list(buddy.zonelist(0, ZONE_DMA32))).toBe('0:DMA32 0:DMA');
  });
});

describe('"Orders, pageblocks, migratetypes": "Other sizes"', () => {
  const MiB = 2 ** 20;
  it.each([
    ['x86_64', 4096, 11, 4, 2], ['arm64', 65536, 14, 512, 512], ['arm64', 16384, 12, 32, 32], ['ppc64', 4096, 13, 16, 2],
  ] as const)('%s with pages of %i: MAX_ORDER %i, the largest chunk %i MiB, a pageblock %i MiB', (arch, pageSize, max, chunk, block) => {
    const g = geometryOf(arch, pageSize);
    expect([g?.MAX_ORDER, (pageSize << ((g?.MAX_ORDER ?? 0) - 1)) / MiB, (pageSize << (g?.pageblock_order ?? 0)) / MiB]).toEqual([max, chunk, block]);
  });
  it.each([['x86_64', 4096, 27], ['i386', 4096, 28], ['ppc64', 4096, 24], ['ia64', 16384, 30], ['s390x', 4096, 28], ['arm64', 4096, 27], ['arm64', 16384, 27], ['arm64', 65536, 29]] as const)(
    'zones-at-boot, "Section and block sizes": %s with pages of %i: 2^%i bytes', (arch, pageSize, bits) => expect(geometryOf(arch, pageSize)?.section_size_bits).toBe(bits));
});
