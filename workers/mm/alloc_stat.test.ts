import { describe, expect, it } from 'vitest';
import { linux_3_11 } from '../editions/3.11/edition.ts';
import { linux_6_1 } from '../editions/6.1/edition.ts';
import { createPrng } from '../lib/prng.ts';
import { guest } from '../testing/guest.ts';
import { type Sketch, sketch } from '../testing/picture.ts';
import { MIGRATE_ISOLATE, MIGRATE_MOVABLE, pageblock_order, ZONE_DMA32, ZONE_NORMAL, zoneRow } from '../uapi/mmzone.ts';
import { KIND_ANON } from '../uapi/page_kind.ts';
import { numaStats, numastat_show, pgalloc, pgfree } from './alloc_stat.ts';
import { set_pageblock_migratetype } from './mmzone.ts';

const START = 0x8000;
const request = { migratetype: MIGRATE_MOVABLE, highest_zoneidx: ZONE_NORMAL, nid: 0, kind: KIND_ANON };
/** pgalloc of DMA32, pgfree, numa_hit since it was asked last. */
function counts({ mm }: Sketch) {
  const now = (): number[] => [pgalloc(mm, ZONE_DMA32), pgfree(mm), (numaStats(mm)[0] as readonly [string, number])[1]];
  let before = now();
  return (): string => {
    const after = now();
    const text = after.map((n, i) => n - (before[i] as number)).join(' ');
    before = after;
    return text;
  };
}

describe.each([['6.1', linux_6_1, '0 0 0'], ['3.11', linux_3_11, '0 1 0']] as const)('PGALLOC, PGFREE, NUMA_HIT of %s', (_, edition, isolated) => {
  const s = sketch([{ zone: ZONE_DMA32, start: START, end: START + 32768 }], { pending: false }, edition);
  s.fill({});
  const since = counts(s);
  it('the first two are pages, the third is requests; what waits on a per-cpu list was not handed out', () => {
    const pfns = [0, 0, 2, 9].map((order) => [s.buddy.alloc_pages({ ...request, order }), order] as const);
    expect(since()).toBe(`${1 + 1 + 4 + 512} 0 4`);
    for (const [pfn, order] of pfns) s.buddy.free_pages(pfn, order);
    expect(since()).toBe(`0 ${1 + 1 + 4 + 512} 0`);
    s.buddy.drain_all_pages();
    expect(since()).toBe('0 0 0');
  });
  it.each([0x5ea, 0xfee])('seed %i: a thousand requests of orders 0 to 9 and their ends, added up by hand', (seed) => {
    const { below } = createPrng(seed);
    const held: { readonly pfn: number; readonly order: number }[] = [];
    const sum = { allocated: 0, freed: 0, requests: 0 };
    for (let i = 0; i < 1000; i++) {
      const order = below(10);
      const pfn = below(3) > 0 ? s.buddy.alloc_pages({ ...request, order }) : -1;
      if (pfn >= 0) {
        held.push({ pfn, order });
        sum.allocated += 1 << order;
        sum.requests++;
      } else if (held.length > 0) {
        const [gone] = held.splice(below(held.length), 1) as [{ pfn: number; order: number }];
        s.buddy.free_pages(gone.pfn, gone.order);
        sum.freed += 1 << gone.order;
      }
      if (below(100) === 0) s.buddy.drain_all_pages();
    }
    expect(since()).toBe(`${sum.allocated} ${sum.freed} ${sum.requests}`);
    for (const { pfn, order } of held) s.buddy.free_pages(pfn, order);
    since();
  });
  it('a page freed in an isolated pageblock', () => {
    const pfn = s.buddy.alloc_pages({ ...request, order: 0 });
    since();
    s.buddy.drain_all_pages();
    s.buddy.move_freepages_block(pfn, MIGRATE_ISOLATE);
    set_pageblock_migratetype(s.mm, pfn, MIGRATE_ISOLATE);
    expect(s.mm.t.pageblock.migratetype[pfn >>> pageblock_order]).toBe(MIGRATE_ISOLATE);
    s.buddy.free_pages(pfn, 0);
    expect(since()).toBe(isolated);
  });
});

it('a node that is full: the request is a miss of the node that served it, and foreign to the one it was meant for', () => {
  const s = sketch([{ zone: ZONE_NORMAL, start: START, end: START + 32768, nid: 0 }, { zone: ZONE_NORMAL, start: START + 32768, end: START + 65536, nid: 1 }]);
  s.fill({});
  for (let i = 0; i < 33; i++) s.buddy.alloc_pages({ ...request, order: 10 });
  expect(s.mm.t.zone.nr_free_pages[zoneRow(0, ZONE_NORMAL)]).toBeLessThan(2048);
  s.buddy.alloc_pages({ ...request, order: 0, nid: 1 });
  const served = [0, 1].map((nid) => numastat_show(s.mm, nid).trim().replaceAll('\n', ', '));
  const [hit, miss] = [31, 2];
  expect(served).toEqual([
    `numa_hit ${hit}, numa_miss 0, numa_foreign ${miss}, interleave_hit 0, local_node ${hit}, other_node 0`,
    `numa_hit 1, numa_miss ${miss}, numa_foreign 0, interleave_hit 0, local_node 0, other_node ${miss + 1}`,
  ]);
});

describe('/proc/vmstat and /proc/zoneinfo', () => {
  const of = (text: string, name: string): number => Number(new RegExp(`^ *${name} +(\\d+)`, 'm').exec(text)?.[1]);
  it.each(['6.1', '3.11', '2.6.12-mhp'] as const)('%s: a process that takes 4 MiB more in small pages faults 1024 times more, and all comes back', (edition) => {
    const g = guest('512M', { edition });
    // The first fills caches of the kernel's own.
    const rises = [1, 4, 8].map((mib) => {
      const before = g.file('/proc/vmstat');
      g.run(`mh anon ${mib} nothp; kill -9 $(ls /tmp/mh.* | sed s/.*mh.//); rm /tmp/mh.*`);
      const after = g.file('/proc/vmstat');
      const rise = (name: string): number => of(after, name) - of(before, name);
      const handedOut = [...after.matchAll(/^pgalloc_\w+/gm)].reduce((n, [name]) => n + rise(name), 0);
      return { faults: rise('pgfault'), handedOut, freed: rise('pgfree') };
    });
    const [, small, large] = rises as [(typeof rises)[0], (typeof rises)[0], (typeof rises)[0]];
    expect(large.faults - small.faults).toBe(1024);
    // Page tables and the pages of the program's own come and go with it.
    expect(large.handedOut - small.handedOut).toBeGreaterThanOrEqual(1024);
    expect(large.freed - small.freed).toBeGreaterThanOrEqual(1024);
  });
  it('all memory was given back to the allocator once, at boot', () => {
    const g = guest('512M');
    const z = g.machine.kernel.mm.t.zone;
    const managed = z.managed_pages.reduce((n, pages) => n + pages, 0);
    const text = g.file('/proc/vmstat');
    const used = managed - z.nr_free_pages.reduce((n, pages) => n + pages, 0) - z.pageset_count.reduce((n, pages) => n + pages, 0);
    expect(of(text, 'pgfree') - (of(text, 'pgalloc_dma') + of(text, 'pgalloc_dma32'))).toBe(managed - used);
    expect(of(g.file('/proc/zoneinfo'), 'numa_hit')).toBe(of(g.file('/proc/zoneinfo'), 'numa_local'));
  });
});
