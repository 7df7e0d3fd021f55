/** Rules of mm/vmscan.c (3.11), each quoted by the name of the function that has it. Zones are drawn: a anonymous, f page cache, . free. */
import { describe, expect, it } from 'vitest';
import { PageActive, putback, test_clear_young } from '../../mm/lru.ts';
import { setSwapSpace } from '../../mm/swap.ts';
import { zoneReclaim } from '../../mm/zone_reclaim.ts';
import { zone_watermark_ok } from '../../mm/zone_watermark.ts';
import { guest } from '../../testing/guest.ts';
import { block, LOW, machine, type Machine311 } from '../../testing/linux-3.11/machine.ts';
import { ZONE_DMA32, ZONE_NORMAL } from '../../uapi/mmzone.ts';
import { createReclaim } from './reclaim.ts';
import { zoneinfo_show } from './proc.ts';
import { vm_events } from './vmstat.ts';
import { countPages, sumCounts } from '../../mm/vmstat.ts';

const low = block(1);
const normal = block(3);
/** DMA32 and, above it, Normal: a block each. */
const drawn = (in_dma32: string, in_normal = ''): Machine311 => machine({ zones: [LOW, { zone: ZONE_NORMAL, start: normal, end: block(4) }], pictures: { [low]: in_dma32, [normal]: in_normal } });
const event = (m: Machine311, name: string): number => vm_events(m.mm, sumCounts(countPages(m.mm))).find(([of]) => of === name)?.[1] as number;
/** The same with 16 free pages in each zone and kernel memory everywhere else. */
const full = (in_dma32: string, in_normal = ''): Machine311 => {
  const fill = (picture: string): string => `${picture}${'.'.repeat(16)}${'s'.repeat(block(1) - 16 - picture.replaceAll(' ', '').length)}`;
  return drawn(fill(in_dma32), fill(in_normal));
};
/** Swap with room for everything. */
function swapOn(m: Machine311): void {
  setSwapSpace(m.mm, { nr_swap_pages: () => 1000, total_swap_pages: () => 1000, get_swap_page: () => -(2 ** 29) - 7, read: () => ({ tag: 0, kind: 0 }), free: () => {} });
}

describe('direct reclaim', () => {
  it('shrink_zones(): only zones that the request could have a page from', () => {
    const m = drawn('ffff ffff', 'ffff ffff');
    expect(createReclaim(m.k).try_to_free_pages(0, ZONE_DMA32, 0, -1)).toBe(8);
    expect([m.draw(low, 8), m.draw(normal, 8)]).toEqual(['........', 'ffffffff']);
    expect([event(m, 'pgsteal_direct_dma32'), event(m, 'pgscan_direct_dma32'), event(m, 'pgscan_direct_normal'), event(m, 'allocstall')]).toEqual([8, 8, 0, 1]);
  });
  it('get_scan_count(), SCAN_FILE: without swap anonymous memory is not even looked at, however old it is', () => {
    const m = drawn('aaaa ffff aaaa');
    createReclaim(m.k).try_to_free_pages(0, ZONE_DMA32, 0, -1);
    expect(m.draw(low, 12)).toBe('aaaa....aaaa');
    expect(event(m, 'pgrefill_dma32')).toBe(0);
  });
  it('page_add_new_anon_rmap(): memory of processes begins on the active list, page cache on the inactive one', () => {
    const m = drawn('aaff');
    expect([0, 1, 2, 3].map((at) => PageActive(m.mm, low + at))).toEqual([true, true, false, false]);
  });
  it('page_check_references(): anonymous memory in use goes back to the active list at the first look, a page of a file that was read again stays for another round', () => {
    const m = drawn(`${'a'.repeat(64)} ff`);
    swapOn(m);
    // Both lists of anonymous memory have pages: the first half is inactive, and unused but for one.
    for (let pfn = low; pfn < low + 32; pfn++) {
      putback(m.mm, pfn, false);
      if (pfn !== low + 5) test_clear_young(m.mm, pfn);
    }
    expect(createReclaim(m.k).try_to_free_pages(0, ZONE_DMA32, 0, -1)).toBeGreaterThanOrEqual(32);
    expect(PageActive(m.mm, low + 5)).toBe(true);
    expect(m.draw(low, 32).replaceAll('p', 'a')).toBe(`${'.'.repeat(5)}a${'.'.repeat(26)}`);
    expect(event(m, 'pgactivate')).toBeGreaterThanOrEqual(1);
    expect(zoneinfo_show(m.k)).toMatch(/nr_vmscan_write 3\d/);
  });
});

describe('all_unreclaimable', () => {
  it('do_try_to_free_pages(): what frees nothing is hopeless only when kswapd found every zone so; then 0, and the OOM killer has its turn', () => {
    const m = full('aaaa', 'aaaa');
    expect(createReclaim(m.k).try_to_free_pages(0, ZONE_NORMAL, 0, -1)).toBe(0);
    expect([...zoneReclaim(m.mm).all_unreclaimable].slice(0, 4)).toEqual([0, 1, 1, 0]);
    expect(zoneinfo_show(m.k).match(/all_unreclaimable: \d/g)).toEqual(['all_unreclaimable: 1', 'all_unreclaimable: 1']);
  });
  it('zone_reclaimable(): not before six times as many pages were looked at as could be reclaimed', () => {
    const m = full('pppp pppp');
    const { pages_scanned, all_unreclaimable } = zoneReclaim(m.mm);
    swapOn(m);
    // Pinned: looked at again and again.
    for (let pfn = low; pfn < low + 8; pfn++) test_clear_young(m.mm, pfn);
    expect(createReclaim(m.k).try_to_free_pages(0, ZONE_DMA32, 0, -1)).toBe(0);
    expect(all_unreclaimable[ZONE_DMA32]).toBe(1);
    expect(pages_scanned[ZONE_DMA32]).toBeGreaterThanOrEqual(6 * 8);
  });
  it('free_one_page(), free_pcppages_bulk(): a page that goes back to the free lists makes the zone worth a look again', () => {
    const m = full('aaaa ssss');
    const { pages_scanned, all_unreclaimable } = zoneReclaim(m.mm);
    createReclaim(m.k).try_to_free_pages(0, ZONE_DMA32, 0, -1);
    pages_scanned[ZONE_DMA32] = 7;
    expect(all_unreclaimable[ZONE_DMA32]).toBe(1);
    m.buddy.free_pages(low + 4, 2);
    expect([pages_scanned[ZONE_DMA32], all_unreclaimable[ZONE_DMA32]]).toEqual([0, 0]);
  });
});

describe('marks', () => {
  it('zone_watermark_ok(): for a chunk smaller ones count for nothing, and the mark is halved from order to order', () => {
    // 64 single pages free and one chunk of 64; the rest is in use.
    const m = drawn(`${'a.'.repeat(64)}${'.'.repeat(64)}${'s'.repeat(block(1) - 192)}`);
    const ok = (order: number, mark: number): boolean => zone_watermark_ok(m.mm, ZONE_DMA32, order, mark, 0);
    expect(m.mm.t.zone.nr_free_pages[ZONE_DMA32]).toBe(128);
    // 128 > 127, but not > 128. Order 1: 127 - 64 single ones = 63 > 126 / 2 is false, > 125 / 2 is true.
    expect([ok(0, 127), ok(0, 128), ok(1, 126), ok(1, 125), ok(6, 60), ok(7, 0)]).toEqual([true, false, false, true, false, false]);
  });
});

describe('kswapd', () => {
  it('balance_pgdat(): works until every zone is above its high mark, naps, and sleeps; kswapd_try_to_sleep(): woken in its nap it had stopped too early', () => {
    const g = guest('512M', { edition: '3.11', mods: ['zram'] });
    g.run('echo 300M > /sys/block/zram0/disksize && mkswap /dev/zram0 > /dev/null && swapon /dev/zram0');
    g.run('mh anon 470 nothp; mh anon 60 nothp');
    g.wait(500);
    const of = (name: string): number => Number(new RegExp(`^${name} (\\d+)`, 'm').exec(g.file('/proc/vmstat'))?.[1]);
    const z = g.machine.kernel.mm.t.zone;
    expect([...z.nr_free_pages.slice(0, 2)].every((free, row) => free > (z.watermark_high[row] as number))).toBe(true);
    expect(of('pageoutrun')).toBeGreaterThan(0);
    expect(of('pswpout')).toBe(of('pgsteal_kswapd_dma32') + of('pgsteal_direct_dma32') + of('pgsteal_kswapd_dma') + of('pgsteal_direct_dma'));
    expect(of('nr_vmscan_write')).toBe(of('pswpout'));
    expect(g.machine.kernel.mm.t.node.kswapd_order[0]).toBe(0);
  });
});
