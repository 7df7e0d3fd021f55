import { describe, expect, it } from 'vitest';
import { checkInvariants } from '../machine/invariants.ts';
import { guest } from '../testing/guest.ts';
import { sketch } from '../testing/picture.ts';
import { MIGRATE_HIGHATOMIC, MIGRATE_MOVABLE, MIGRATE_UNMOVABLE, pageblock_nr_pages, ZONE_DMA32, ZONE_NORMAL, zoneRow } from '../uapi/mmzone.ts';
import { KIND_ANON, KIND_KERNEL } from '../uapi/page_kind.ts';

const START = 0x8000;
const ROW = zoneRow(0, ZONE_DMA32);
const atomic = { order: 2, migratetype: MIGRATE_UNMOVABLE, highest_zoneidx: ZONE_NORMAL, nid: 0, kind: KIND_KERNEL };
const page = { order: 0, migratetype: MIGRATE_MOVABLE, highest_zoneidx: ZONE_NORMAL, nid: 0, kind: KIND_ANON };

/** 128 MiB, filled until movable pages are refused at the min mark. */
function full() {
  const s = sketch([{ zone: ZONE_DMA32, start: START, end: START + 32768 }]);
  s.fill({});
  while (s.buddy.alloc_pages(page) >= 0);
  return s;
}
const reserved = (s: ReturnType<typeof full>): number => s.mm.t.zone.nr_reserved_highatomic[ROW] as number;

describe('an atomic request of a higher order', () => {
  it('above the low mark is served like any other', () => {
    const s = sketch([{ zone: ZONE_DMA32, start: START, end: START + 32768 }]);
    s.fill({});
    const pfn = s.buddy.alloc_pages_atomic(atomic);
    expect(s.mm.t.pageblock.migratetype[pfn >>> 9]).toBe(MIGRATE_UNMOVABLE);
    expect(reserved(s)).toBe(0);
  });
  it('below it gets what others are refused, and its pageblock is set aside', () => {
    const s = full();
    expect(s.buddy.alloc_pages(atomic)).toBe(-1);
    const pfn = s.buddy.alloc_pages_atomic(atomic);
    expect(pfn).toBeGreaterThanOrEqual(START);
    expect(s.mm.t.pageblock.migratetype[pfn >>> 9]).toBe(MIGRATE_HIGHATOMIC);
    expect(reserved(s)).toBe(pageblock_nr_pages);
    // Freed, it waits there for the next of its kind.
    s.buddy.free_pages(pfn, 2);
    s.buddy.drain_all_pages();
    expect(s.buddy.nr_free_type(ROW, 2, MIGRATE_HIGHATOMIC) + s.buddy.nr_free_type(ROW, 3, MIGRATE_HIGHATOMIC) + s.buddy.nr_free_type(ROW, 4, MIGRATE_HIGHATOMIC)).toBeGreaterThan(0);
    expect(s.buddy.alloc_pages(page)).toBe(-1);
    expect(checkInvariants(s.mm)).toEqual([]);
  });
  it('sets aside no more than 1 % of the zone and a pageblock', () => {
    const s = full();
    while (s.buddy.alloc_pages_atomic({ ...atomic, order: 3 }) >= 0);
    expect(reserved(s)).toBeGreaterThanOrEqual(pageblock_nr_pages);
    expect(reserved(s)).toBeLessThan(Math.trunc((s.mm.t.zone.managed_pages[ROW] as number) / 100) + 2 * pageblock_nr_pages);
    expect(checkInvariants(s.mm)).toEqual([]);
  });
  it('of one page sets nothing aside', () => {
    const s = full();
    expect(s.buddy.alloc_pages_atomic({ ...atomic, order: 0 })).toBeGreaterThanOrEqual(0);
    expect(reserved(s)).toBe(0);
  });
});

it('under pressure the pageblock is given back; the last one only when all else failed', () => {
  const s = full();
  s.buddy.alloc_pages_atomic(atomic);
  expect(s.buddy.unreserve_highatomic_pageblock(0, ZONE_NORMAL, MIGRATE_MOVABLE, false)).toBe(false);
  expect(s.buddy.unreserve_highatomic_pageblock(0, ZONE_NORMAL, MIGRATE_MOVABLE, true)).toBe(true);
  expect(reserved(s)).toBe(0);
  expect(s.mm.t.pageblock.migratetype).not.toContain(MIGRATE_HIGHATOMIC);
  expect(checkInvariants(s.mm)).toEqual([]);
});

it('/proc/pagetypeinfo shows the pageblock, and its free pages', () => {
  const g = guest('1G', { cmdline: 'transparent_hugepage=never' });
  const blocks = (): string[] => g.file('/proc/pagetypeinfo').split('\n').filter((l) => /^Node 0, zone +DMA32 +\d/.test(l)).map((l) => l.trim().split(/\s+/)[7] as string);
  expect(blocks()).toEqual(['0']);
  // Memory to halfway between the low and the min mark, then packets of order 3: first what ZONE_DMA can spare.
  const { nr_free_pages, watermark_low, watermark_min } = g.machine.kernel.mm.t.zone;
  g.run(`mh anonkb ${4 * Math.trunc((nr_free_pages[ROW] as number) - ((watermark_low[ROW] as number) + (watermark_min[ROW] as number)) / 2)} nothp`);
  expect(g.run('mh atomic 3 290; mh atomic 11 1')).toMatch(/^pid=\d+ order=3 chunks=290\nmh: atomic: order 11: the allocator has orders 0 to 10$/);
  expect(blocks()).not.toEqual(['0']);
  expect(g.file('/proc/pagetypeinfo')).toMatch(/zone {4}DMA32, type {3}HighAtomic [ \d]*[1-9]/);
  expect(checkInvariants(g.machine.kernel.mm)).toEqual([]);
});
