import { describe, expect, it } from 'vitest';
import { alloc_pages_compacting } from './direct_compact.ts';
import { GFP_KERNEL } from './gfp.ts';
import { guest } from '../testing/guest.ts';
import { sketch } from '../testing/picture.ts';
import { readFailedAllocation, refusedBy, writeFailedAllocation } from '../uapi/failed_alloc.ts';
import { MIGRATE_MOVABLE, MIGRATE_UNMOVABLE, ZONE_DMA32, ZONE_MOVABLE, ZONE_NAMES, ZONE_NORMAL } from '../uapi/mmzone.ts';
import { KIND_ANON, KIND_HUGETLB, KIND_SLAB, KIND_THP } from '../uapi/page_kind.ts';

const START = 0x8000;
/** What refused in each zone that was looked at, in order: 'Movable watermark'. */
const why = (mm: Parameters<typeof readFailedAllocation>[0]): string[] => {
  const failed = readFailedAllocation(mm);
  return (failed?.zones ?? []).map((zone) => `${ZONE_NAMES[zone.row % 5]} ${refusedBy(failed as NonNullable<typeof failed>, zone)}`);
};

describe('an allocation that gets nothing', () => {
  it('leaves behind which zones it looked at, the highest first, and that none was above its mark', () => {
    const s = sketch([{ zone: ZONE_DMA32, start: START, end: 2 * START }, { zone: ZONE_MOVABLE, start: 2 * START, end: 3 * START }]);
    s.fill({});
    const page = { order: 0, migratetype: MIGRATE_MOVABLE, highest_zoneidx: ZONE_MOVABLE, nid: 0, kind: KIND_ANON };
    expect(readFailedAllocation(s.mm.t)).toBeUndefined();
    while (s.buddy.alloc_pages(page) >= 0);
    expect(why(s.mm.t)).toEqual(['Movable watermark', 'DMA32 watermark']);
    expect(readFailedAllocation(s.mm.t)).toMatchObject({ n: 1, order: 0, kind: KIND_ANON, migratetype: MIGRATE_MOVABLE });
    while (s.buddy.alloc_pages({ ...page, highest_zoneidx: ZONE_NORMAL, migratetype: MIGRATE_UNMOVABLE, kind: KIND_SLAB }) >= 0);
    expect(why(s.mm.t), 'the kernel does not look at Movable').toEqual(['DMA32 watermark']);
  });
  it('or that enough was free, but no chunk of the order', () => {
    const s = sketch([{ zone: ZONE_DMA32, start: START, end: 2 * START }]);
    s.fill(Object.fromEntries(Array.from({ length: 64 }, (_, i) => [START + i * 512 + 256, 's'])));
    const chunk = { order: 9, migratetype: MIGRATE_MOVABLE, highest_zoneidx: ZONE_NORMAL, nid: 0, kind: KIND_HUGETLB };
    expect(s.buddy.alloc_pages(chunk)).toBe(-1);
    expect(why(s.mm.t)).toEqual(['DMA32 order']);
    s.buddy.alloc_pages({ ...chunk, kind: KIND_THP });
    expect(readFailedAllocation(s.mm.t)?.n, 'a fault that would have liked a huge page does not complain').toBe(1);
  });
  it('is not one as long as reclaim or compaction still bring it', () => {
    const g = guest('1G');
    g.run('mh anon 450 nothp; workload write size=256M files=2 rounds=1 > /dev/null; sync; echo 100 > /proc/sys/vm/nr_hugepages');
    expect(readFailedAllocation(g.machine.kernel.mm.t)).toBeUndefined();
    g.run('mh anon 900 nothp');
    expect(why(g.machine.kernel.mm.t)).toEqual(['DMA32 watermark', 'DMA watermark']);
  });
  it('none of its nodes has a zone for it: neither kswapd, nor reclaim, nor compaction is asked', () => {
    const g = guest('1G');
    const { mm, buddy } = g.machine.kernel;
    const counters = (): string => (g.file('/proc/vmstat').match(/^(allocstall\w*|pageoutrun|compact_stall|pgscan_\w+) .*$/gm) ?? []).join('\n');
    const before = counters();
    const asked: number[] = [];
    mm.wakeup_kswapd = (nid) => { asked.push(nid); };
    // There is no node 1.
    const page = { order: 0, migratetype: MIGRATE_MOVABLE, highest_zoneidx: ZONE_MOVABLE, nid: 0, nodemask: 1 << 1, kind: KIND_ANON };
    expect([buddy.alloc_pages(page), alloc_pages_compacting(mm, buddy, { ...page, order: 9, kind: KIND_HUGETLB }, GFP_KERNEL)]).toEqual([-1, -1]);
    expect([counters(), asked]).toEqual([before, []]);
    expect([readFailedAllocation(mm.t)?.n, why(mm.t)]).toEqual([2, []]);
  });
  it('and touches no word that is somebody else\'s', () => {
    const g = guest('1G');
    const { word } = g.machine.kernel.mm.t.misc;
    const failed = { order: 0, migratetype: 1, highest_zoneidx: 3, kind: KIND_ANON, nid: 0, nodemask: -1, seq: 9, zones: Array.from({ length: 10 }, (_, row) => ({ row, free: 1, min: 2, reserve: 3, chunk: true })) };
    writeFailedAllocation(g.machine.kernel.mm.t, failed);
    expect(word.length).toBe(512);
    expect(['nr', 'free', 'resv', 'surplus'].map((name) => g.file(`/sys/kernel/mm/hugepages/hugepages-1048576kB/${name}_hugepages`))).toEqual(['0\n', '0\n', '0\n', '0\n']);
    expect(readFailedAllocation(g.machine.kernel.mm.t)).toMatchObject({ n: 1, seq: 9, zones: failed.zones.slice(0, 4) });
  });
});
