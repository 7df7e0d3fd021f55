import { describe, expect, it } from 'vitest';
import { runToEnd } from '../kernel/kthread.ts';
import { checkInvariants } from '../machine/invariants.ts';
import { guest } from '../testing/guest.ts';
import { sketch } from '../testing/picture.ts';
import { MIGRATE_MOVABLE, MIGRATE_UNMOVABLE, pageblock_nr_pages, ZONE_DMA32, zoneRow } from '../uapi/mmzone.ts';
import { KIND_SLAB, KIND_THP } from '../uapi/page_kind.ts';
import { COMPACT_RESULTS } from '../uapi/trace.ts';
import { compact_nodes, compaction_suitable } from './compaction.ts';
import { alloc_pages_compacting } from './direct_compact.ts';
import { fragmentation_index, fragmentation_score_node, unusable_free_index } from './fragmentation.ts';
import { __GFP_NORETRY, GFP_KERNEL } from './gfp.ts';
import { VM } from './vm_event.ts';

const START = 0x8000;
const PAGES = 32768;
const ROW = zoneRow(0, ZONE_DMA32);
/** A zone of 128 MiB whose frames repeat the pattern from its start on, for so many pageblocks; the rest is free. */
function zoneOf(pattern: string, blocks: number) {
  const s = sketch([{ zone: ZONE_DMA32, start: START, end: START + PAGES }]);
  s.fill({ [START]: pattern.repeat((blocks * pageblock_nr_pages) / pattern.length) });
  const count = (name: keyof typeof VM): number => s.mm.t.vm_event.count[VM[name]] as number;
  return { ...s, count };
}
const thp = { order: 9, migratetype: MIGRATE_MOVABLE, highest_zoneidx: ZONE_DMA32, nid: 0, kind: KIND_THP };

describe('echo 1 > /proc/sys/vm/compact_memory', () => {
  it('a zone that has pages and no span any more, as 3.11 leaves behind, is done at once', () => {
    const s = zoneOf(`a${'.'.repeat(511)}`, 64);
    s.mm.t.zone.zone_start_pfn[ROW] = s.mm.t.zone.spanned_pages[ROW] = 0;
    runToEnd(compact_nodes(s.mm, s.buddy));
    expect(s.count('compact_migrate_scanned')).toBe(0);
  });
  it('the migrate scanner goes up, the free scanner comes down, until they meet', () => {
    // Every pageblock has a page in use, so that no free chunk is too large to be taken apart.
    const s = zoneOf(`a${'.'.repeat(511)}`, 64);
    expect(s.buddyinfo(ZONE_DMA32)).toBe('64 64 64 64 64 64 64 64 64 0 0');
    runToEnd(compact_nodes(s.mm, s.buddy));
    s.buddy.drain_all_pages();
    // The 64 pages are in the pageblock the free scanner came to first.
    expect(s.buddyinfo(ZONE_DMA32)).toBe('0 0 0 0 0 0 1 1 1 1 31');
    expect(s.draw(START, 512)).toBe('.'.repeat(512));
    expect(s.draw(START + PAGES - 512, 512)).toBe(`${'a'.repeat(64)}${'.'.repeat(448)}`);
    expect(checkInvariants(s.mm)).toEqual([]);
  });
  it('moves what can move around what cannot', () => {
    const s = zoneOf('a.s.', 64);
    const before = s.draw(START, PAGES);
    runToEnd(compact_nodes(s.mm, s.buddy));
    const after = s.draw(START, PAGES);
    expect([...after].filter((c) => c === 'a')).toHaveLength([...before].filter((c) => c === 'a').length);
    expect([...after].flatMap((c, i) => (c === 's' ? [i] : []))).toEqual([...before].flatMap((c, i) => (c === 's' ? [i] : [])));
    // Low pageblocks were emptied as far as they go, high ones filled.
    expect(after.slice(0, 512)).toBe('..s.'.repeat(128));
    expect(after.slice(-512)).toBe('aasa'.repeat(128));
    expect(checkInvariants(s.mm)).toEqual([]);
  });
  it('pinned pages stay, and the zone says so', () => {
    const s = zoneOf('p...', 64);
    const before = s.draw(START, PAGES);
    runToEnd(compact_nodes(s.mm, s.buddy));
    expect(s.draw(START, PAGES)).toBe(before);
    const ends = s.events().filter((e) => e.type === 'mm_compaction_end');
    expect(ends.map((e) => COMPACT_RESULTS[e.status])).toEqual(['complete']);
  });
  it('never takes the last pages of a zone', () => {
    const s = zoneOf('aaaaaaa.', 64);
    while (s.buddy.alloc_pages({ ...thp, order: 0 }) >= 0);
    runToEnd(compact_nodes(s.mm, s.buddy));
    expect(s.mm.t.zone.nr_free_pages[ROW]).toBeGreaterThanOrEqual((s.mm.t.zone.watermark_min[ROW] as number) - (s.mm.t.zone.pcp_batch[ROW] as number));
    expect(checkInvariants(s.mm)).toEqual([]);
  });
  it('tells what it did', () => {
    const s = zoneOf(`a${'.'.repeat(511)}`, 64);
    s.events();
    runToEnd(compact_nodes(s.mm, s.buddy));
    const events = s.events();
    expect(events[1]).toMatchObject({ type: 'mm_compaction_begin', zone_start: START, migrate_pfn: START, free_pfn: START + PAGES - 512, zone_end: START + PAGES, sync: 1 });
    const taken = events.reduce((sum, e) => sum + (e.type === 'mm_compaction_isolate_migratepages' ? e.nr_taken : 0), 0);
    expect(taken).toBe(events.reduce((sum, e) => sum + (e.type === 'mm_compaction_migratepages' ? e.nr_migrated : 0), 0));
    expect(s.count('compact_isolated')).toBeGreaterThanOrEqual(2 * taken);
    expect(s.count('compact_migrate_scanned')).toBeGreaterThan(0);
    expect(s.count('compact_free_scanned')).toBeGreaterThan(0);
    expect(s.count('compact_stall')).toBe(0);
  });
});

describe('a request that finds no chunk', () => {
  it('makes one, and no more than that', () => {
    const s = zoneOf(`a${'.'.repeat(511)}`, 64);
    expect(s.buddy.alloc_pages(thp)).toBe(-1);
    const pfn = alloc_pages_compacting(s.mm, s.buddy, thp, GFP_KERNEL);
    expect(pfn % pageblock_nr_pages).toBe(0);
    expect(s.count('compact_stall')).toBe(1);
    expect(s.count('compact_success')).toBe(1);
    // Whole pageblocks of the zone are still as they were.
    expect(s.draw(START + 32 * 512, 512)).toBe(`a${'.'.repeat(511)}`);
    expect(checkInvariants(s.mm)).toEqual([]);
  });
  it('is not compacted for when it is said to be cheap to fail, and little is free', () => {
    const s = zoneOf(`${'a'.repeat(31)}.`, 64);
    expect(COMPACT_RESULTS[compaction_suitable(s.mm, ROW, 9, 0, ZONE_DMA32)]).toBe('skipped');
    expect(alloc_pages_compacting(s.mm, s.buddy, thp, GFP_KERNEL | __GFP_NORETRY)).toBe(-1);
    expect(s.count('compact_stall')).toBe(0);
  });
  it('after failures only every second, fourth, eighth request tries', () => {
    const s = zoneOf('s...', 64);
    const tries = Array.from({ length: 12 }, () => {
      const before = s.count('compact_stall');
      alloc_pages_compacting(s.mm, s.buddy, { ...thp, order: 5 }, GFP_KERNEL);
      return s.count('compact_stall') - before;
    });
    expect(tries[0]).toBe(2);
    const deferred = s.events().filter((e) => e.type === 'mm_compaction_deferred');
    expect(deferred.length).toBeGreaterThan(0);
    expect(s.mm.t.zone.compact_defer_shift[ROW]).toBeGreaterThan(1);
    expect(s.mm.t.zone.compact_order_failed[ROW]).toBe(0);
  });
  it('of unmovable memory does not scan movable pageblocks in its quick pass', () => {
    const s = zoneOf('a...', 64);
    s.events();
    alloc_pages_compacting(s.mm, s.buddy, { order: 4, migratetype: MIGRATE_UNMOVABLE, highest_zoneidx: ZONE_DMA32, nid: 0, kind: KIND_SLAB }, GFP_KERNEL | __GFP_NORETRY);
    expect(s.events().filter((e) => e.type === 'mm_compaction_isolate_migratepages')).toEqual([]);
  });
});

describe('who compacts keeps what became whole', () => {
  const finished = (kthread: boolean): (string | undefined)[] => {
    const s = zoneOf(`a${'.'.repeat(511)}`, 64);
    s.events();
    const pfn = alloc_pages_compacting(s.mm, s.buddy, thp, GFP_KERNEL, kthread);
    // The first pageblock found by way of the lists was marked to be skipped, and was: 6.1.y does so.
    expect(pfn).toBe(START + pageblock_nr_pages);
    expect(checkInvariants(s.mm)).toEqual([]);
    return s.events().filter((e) => e.type === 'mm_compaction_finished' || e.type === 'mm_compaction_end').map((e) => `${e.type.slice('mm_compaction_'.length)} ${COMPACT_RESULTS[e.type === 'mm_compaction_end' ? e.status : e.ret]}`);
  };
  it('a task has it before it is on any list', () => expect(finished(false)).toEqual(['finished no_suitable_page', 'end success']));
  it('a thread of the kernel finds it on the lists, as everybody would', () => expect(finished(true)).toEqual(['finished no_suitable_page', 'finished success', 'end success']));
  it('a request of less than a pageblock does not take it out of a movable pageblock', () => {
    const s = zoneOf('aaa.', 64);
    const pfn = alloc_pages_compacting(s.mm, s.buddy, { ...thp, order: 4 }, GFP_KERNEL);
    expect(pfn).toBeGreaterThanOrEqual(START);
    expect(s.events().filter((e) => e.type === 'mm_compaction_finished').at(-1)).toMatchObject({ ret: COMPACT_RESULTS.indexOf('success') });
    expect(checkInvariants(s.mm)).toEqual([]);
  });
  it('free frames come from the top quarter of the zone, found on a list and not frame by frame', () => {
    const s = zoneOf(`a${'.'.repeat(511)}`, 64);
    s.events();
    alloc_pages_compacting(s.mm, s.buddy, thp, GFP_KERNEL);
    const events = s.events();
    expect(events.find((e) => e.type === 'mm_compaction_fast_isolate_freepages')).toMatchObject({ start_pfn: 0xc000, end_pfn: START + PAGES - pageblock_nr_pages, nr_taken: 256 });
    expect(events.some((e) => e.type === 'mm_compaction_isolate_freepages')).toBe(false);
  });
});

describe('vm.compaction_proactiveness', () => {
  it('free memory in small pieces is put together although nobody asked for it', () => {
    const g = guest('1G', { cmdline: 'transparent_hugepage=never' });
    const { mm } = g.machine.kernel;
    g.run('mh anon 730 nothp; for n in $(seq 40); do mh anon 1 nothp > /tmp/$n; done; for n in $(seq 1 2 39); do read p rest < /tmp/$n; kill "${p#pid=}"; done');
    const before = fragmentation_score_node(mm, 0);
    expect(g.run('cat /proc/sys/vm/compaction_proactiveness')).toBe('20');
    const scanned = (): number => mm.t.vm_event.count[VM.compact_daemon_migrate_scanned] as number;
    // At 20 it begins above a score of 90: not yet. At 100 above 15.
    expect([before > 15, before < 90, scanned()]).toEqual([true, true, 0]);
    expect(g.run('echo 101 > /proc/sys/vm/compaction_proactiveness')).toContain('Invalid argument');
    g.run('echo 100 > /proc/sys/vm/compaction_proactiveness');
    g.wait(3000);
    expect(scanned()).toBeGreaterThan(0);
    expect(fragmentation_score_node(mm, 0)).toBeLessThan(before);
    expect(checkInvariants(mm)).toEqual([]);
  });
});

describe('kcompactd', () => {
  it('pageblocks that compaction passed over are worth a look again once kswapd has made room and goes to sleep', () => {
    const g = guest('512M');
    const { compact_blockskip_flush, managed_pages } = g.machine.kernel.mm.t.zone;
    managed_pages.forEach((pages, row) => { if (pages > 0) compact_blockskip_flush[row] = 1; });
    expect(compact_blockskip_flush.some((flush) => flush === 1)).toBe(true);
    g.run('mh anon 300 nothp; workload read files=5000');
    expect([...compact_blockskip_flush].every((flush) => flush === 0)).toBe(true);
  });
  const SCRATCH = '/proc/sys/vm/nr_hugepages';
  it('is woken by a request that found no chunk, and makes one although nobody waits for it', () => {
    const g = guest('1G', { cmdline: 'transparent_hugepage=never' });
    // Half of the pages of four fifths of memory go again: no pageblock of it is free as a whole.
    for (let i = 0; i < 6; i++) g.run('for n in 1 2 3 4 5 6 7 8 9 10; do mh anon 12 nothp > /tmp/$n; done; for n in 2 4 6 8 10; do read p rest < /tmp/$n; kill ${p#pid=}; done');
    g.run(`echo 400 > ${SCRATCH}; sleep 1`);
    const vmstat = g.file('/proc/vmstat');
    const of = (name: string): number => Number(new RegExp(`^${name} (\\d+)$`, 'm').exec(vmstat)?.[1]);
    expect(of('compact_stall')).toBeGreaterThan(0);
    expect(of('compact_daemon_wake')).toBeGreaterThan(0);
    expect(checkInvariants(g.machine.kernel.mm)).toEqual([]);
  });
});

describe('fragmentation', () => {
  it('every second frame free: all of it useless for order 1, and not for lack of memory', () => {
    const s = zoneOf('a.', 64);
    expect(unusable_free_index(s.mm, ROW, 0)).toBe(0);
    expect(unusable_free_index(s.mm, ROW, 1)).toBe(1000);
    expect(fragmentation_index(s.mm, ROW, 0)).toBe(-1000);
    // 16384 pages in 16384 pieces: 1 − (1 + 16384/2) / 16384.
    expect(fragmentation_index(s.mm, ROW, 1)).toBe(500);
    expect(fragmentation_index(s.mm, ROW, 9)).toBe(998);
  });
  it('is shown in debugfs', () => {
    const g = guest('1G');
    expect(g.run('cat /sys/kernel/debug/extfrag/unusable_index')).toMatch(/^Node 0, zone {6}DMA 0\.000 (\d\.\d{3} ){10}\nNode 0, zone {4}DMA32 0\.000 (\d\.\d{3} ){10}$/);
    expect(g.run('cat /sys/kernel/debug/extfrag/extfrag_index')).toMatch(/^Node 0, zone {6}DMA (-1\.000 ){11}\nNode 0, zone {4}DMA32 (-1\.000 ){11}$/);
  });
});

it('compact_memory and a node\'s compact take any words; reading them is refused', () => {
  const g = guest('1G');
  const scanned = (): number => Number(/^compact_migrate_scanned (\d+)$/m.exec(g.file('/proc/vmstat'))?.[1]);
  expect(g.run('echo 1 > /proc/sys/vm/compact_memory')).toBe('');
  const once = scanned();
  expect(once).toBeGreaterThan(0);
  expect(g.run('echo x > /sys/devices/system/node/node0/compact')).toBe('');
  expect(scanned()).toBeGreaterThan(once);
  expect(checkInvariants(g.machine.kernel.mm)).toEqual([]);
});
