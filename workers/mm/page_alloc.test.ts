import { describe, expect, it } from 'vitest';
import { checkInvariants } from '../machine/invariants.ts';
import { sketch } from '../testing/picture.ts';
import { MIGRATE_MOVABLE, MIGRATE_UNMOVABLE, ZONE_DMA32, ZONE_MOVABLE, ZONE_NORMAL, zoneRow } from '../uapi/mmzone.ts';
import { KIND_ANON, KIND_SLAB } from '../uapi/page_kind.ts';

const START = 0x8000;
const movable = { migratetype: MIGRATE_MOVABLE, nid: 0, kind: KIND_ANON };
const kernel = { migratetype: MIGRATE_UNMOVABLE, nid: 0, kind: KIND_SLAB, highest_zoneidx: ZONE_NORMAL };

function oneZone(zone = ZONE_DMA32) {
  const s = sketch([{ zone, start: START, end: START + 32768 }]);
  s.fill({});
  return s;
}

describe('splitting and merging', () => {
  it('a fresh zone is all order 10', () => {
    expect(oneZone().buddyinfo(ZONE_DMA32)).toBe('0 0 0 0 0 0 0 0 0 0 32');
  });
  it('one page splits one chunk: the low half is returned, each upper half is listed', () => {
    const s = oneZone();
    const pfn = s.buddy.alloc_pages({ ...movable, order: 0, highest_zoneidx: ZONE_NORMAL });
    expect(pfn % 1024).toBe(0);
    // Seven pages at once, for the per-cpu list: 1 + 2 + 4, and of the next chunk of eight one is left.
    expect(s.mm.t.zone.pcp_batch[zoneRow(0, ZONE_DMA32)]).toBe(7);
    expect(s.buddyinfo(ZONE_DMA32)).toBe('1 0 0 1 1 1 1 1 1 1 31');
    expect(s.buddy.alloc_pages({ ...movable, order: 0, highest_zoneidx: ZONE_NORMAL })).toBe(pfn + 1);
  });
  it('freeing it merges everything back', () => {
    const s = oneZone();
    const pfn = s.buddy.alloc_pages({ ...movable, order: 0, highest_zoneidx: ZONE_NORMAL });
    s.buddy.free_pages(pfn, 0);
    expect(s.mm.t.zone.pageset_count[zoneRow(0, ZONE_DMA32)]).toBe(7);
    s.buddy.drain_all_pages();
    expect(s.buddyinfo(ZONE_DMA32)).toBe('0 0 0 0 0 0 0 0 0 0 32');
    expect(checkInvariants(s.mm)).toEqual([]);
  });
  it('a page in use keeps its buddies apart', () => {
    const s = sketch([{ zone: ZONE_DMA32, start: START, end: START + 32768 }]);
    s.fill({ [START]: '.... s... ........' });
    expect(s.buddyinfo(ZONE_DMA32)).toBe('1 1 1 1 1 1 1 1 1 1 31');
    expect(checkInvariants(s.mm)).toEqual([]);
  });
});

describe('migrate types', () => {
  it('an unmovable request takes a whole pageblock from the movable ones, and the pageblock changes its type', () => {
    const s = oneZone();
    const pfn = s.buddy.alloc_pages({ ...kernel, order: 0 });
    expect(s.mm.t.pageblock.migratetype[pfn >>> 9]).toBe(MIGRATE_UNMOVABLE);
    expect(s.events().map((e) => e.type)).toEqual(['mm_page_alloc_extfrag']);
    expect(checkInvariants(s.mm)).toEqual([]);
  });
  it('the next unmovable request stays in that pageblock', () => {
    const s = oneZone();
    const first = s.buddy.alloc_pages({ ...kernel, order: 0 });
    const second = s.buddy.alloc_pages({ ...kernel, order: 0 });
    expect(second >>> 9).toBe(first >>> 9);
  });
});

describe('zones', () => {
  it('user memory goes to Movable first, kernel memory never', () => {
    const s = sketch([{ zone: ZONE_DMA32, start: START, end: START + 32768 }, { zone: ZONE_MOVABLE, start: 2 * START, end: 2 * START + 32768 }]);
    s.fill({});
    expect(s.buddy.alloc_pages({ ...movable, order: 0, highest_zoneidx: ZONE_MOVABLE })).toBeGreaterThanOrEqual(2 * START);
    expect(s.buddy.alloc_pages({ ...kernel, order: 0 })).toBeLessThan(2 * START);
  });
  it('the min watermark is what an allocation leaves standing', () => {
    const s = oneZone();
    const row = zoneRow(0, ZONE_DMA32);
    while (s.buddy.alloc_pages({ ...movable, order: 0, highest_zoneidx: ZONE_NORMAL }) >= 0);
    // The per-cpu list is filled by whole batches: the last one may cross the mark, and once it is used up nothing more is had.
    const { nr_free_pages, watermark_min, pcp_batch } = s.mm.t.zone;
    expect(nr_free_pages[row]).toBeLessThanOrEqual(watermark_min[row] as number);
    expect(nr_free_pages[row]).toBeGreaterThan((watermark_min[row] as number) - (pcp_batch[row] as number));
  });
});

describe('isolated pageblocks', () => {
  it('do not merge with their neighbours', () => {
    const s = oneZone();
    s.buddy.split_free_page_at(START + 512);
    s.buddy.move_freepages_block(START, 4);
    s.mm.t.pageblock.migratetype[START >>> 9] = 4;
    const row = zoneRow(0, ZONE_DMA32);
    s.mm.t.zone.nr_free_pages[row] = (s.mm.t.zone.nr_free_pages[row] as number) - 512;
    expect(checkInvariants(s.mm)).toEqual([]);
    s.buddy.unset_isolate_freepages(START, MIGRATE_MOVABLE);
    expect(s.buddyinfo(ZONE_DMA32)).toBe('0 0 0 0 0 0 0 0 0 0 32');
    expect(checkInvariants(s.mm)).toEqual([]);
  });
});
