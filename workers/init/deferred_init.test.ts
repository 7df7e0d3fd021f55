/** What a boot leaves on the lists, held against recorded guests of the same size. */
import { describe, expect, it } from 'vitest';
import { guest } from '../testing/guest.ts';
import { MIGRATE_MOVABLE, MIGRATE_UNMOVABLE, pageblock_order } from '../uapi/mmzone.ts';
import { KIND_MASK, KIND_MEMMAP } from '../uapi/page_kind.ts';

const FOUR_GIB = 0x100000;

describe('a boot of 4 GiB: DMA32, whose struct pages are initialised at once, and Normal, of which a section is', () => {
  const { mm } = guest('4G').machine.kernel;
  const { kind } = mm.t.memmap;
  const typeOf = (pfn: number): number => mm.t.pageblock.migratetype[pfn >>> pageblock_order] as number;

  it('deferred_free_range(): pageblocks that were reserved from their first frame on keep type 0', () => {
    const heads = Array.from({ length: 512 }, (_, i) => FOUR_GIB + i * 1024).flatMap((pfn) => [pfn, pfn + 512]);
    const memmap = heads.filter((pfn) => ((kind[pfn] as number) & KIND_MASK) === KIND_MEMMAP);
    expect(memmap.length).toBeGreaterThanOrEqual(31);
    expect(new Set(memmap.map(typeOf))).toEqual(new Set([MIGRATE_UNMOVABLE]));
  });
  it('memmap_init_range(): elsewhere a pageblock is Movable, whoever has it', () => {
    expect([0x1000, 0x2a00, 0x7fc00].map(typeOf)).toEqual([MIGRATE_MOVABLE, MIGRATE_MOVABLE, MIGRATE_MOVABLE]);
  });
  it('free_reserved_area(): the initrd and the rest of the image wait on the per-cpu list of their zone, which nobody asks: 3349 and 2011 pages', () => {
    expect(mm.t.zone.pageset_count[1]).toBe(3349 + 2011);
  });
});
