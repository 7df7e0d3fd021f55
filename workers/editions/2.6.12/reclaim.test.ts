/** Rules of mm/vmscan.c (2.6.12), each quoted by the name of the function that has it. Zones are drawn: a anonymous, A mlocked, f page cache, . free. */
import { describe, expect, it } from 'vitest';
import { createFirmwareMap } from '../../kernel/firmware_map.ts';
import { createNotifierChain } from '../../kernel/notifier.ts';
import { createIomem } from '../../kernel/resource.ts';
import { dirOf } from '../../kernel/vnode.ts';
import type { Kernel } from '../../mm/kernel.ts';
import { PageActive, test_clear_young } from '../../mm/lru.ts';
import { setSwapSpace } from '../../mm/swap.ts';
import { PGREFILL, PGSCAN_DIRECT, PGSTEAL_DIRECT, zone_vm_events, zoneReclaim } from '../../mm/zone_reclaim.ts';
import { guest } from '../../testing/guest.ts';
import { type Sketch, sketch } from '../../testing/picture.ts';
import { ZONE_HIGHMEM, ZONE_NORMAL } from '../../uapi/mmzone.ts';
import { linux_2_6_12 } from './edition.ts';
import { createReclaim } from './reclaim.ts';
import { createVmscan } from './vmscan.ts';

const LOW = 32768;
const HIGH = 3 * 32768;
/** Normal and HighMem. */
function drawn(in_normal: string, in_high = ''): Sketch & { readonly k: Kernel } {
  const s = sketch([{ zone: ZONE_NORMAL, start: LOW, end: LOW + 1024 }, { zone: ZONE_HIGHMEM, start: HIGH, end: HIGH + 1024 }], { pending: false }, linux_2_6_12);
  s.fill({ [LOW]: in_normal, [HIGH]: in_high });
  const k: Kernel = { mm: s.mm, buddy: s.buddy, memory_chain: createNotifierChain(), iomem: createIomem(), acpi_memory_devices: new Map(), memmap_chunks: new Map(), firmware_map: createFirmwareMap([]), root: dirOf(0o755, () => ({})) };
  return { ...s, k };
}
const swapOn = ({ mm }: Sketch): void => setSwapSpace(mm, { nr_swap_pages: () => 1000, total_swap_pages: () => 1000, get_swap_page: () => -(2 ** 29) - 7, read: () => ({ tag: 0, kind: 0 }), free: () => {} });
const events = (s: Sketch, event: number, zone = ZONE_NORMAL): number => zone_vm_events(zoneReclaim(s.mm), event, zone);
const control = (priority: number, nr_mapped: number) => ({ kswapd: false, priority, nr_mapped, nr_to_reclaim: 32, nr_scanned: 0, nr_reclaimed: 0 });

describe('shrink_zone()', () => {
  it('takes page cache from the old end in turns of 32, and counts one more as scanned each time', () => {
    const s = drawn('f'.repeat(64));
    createVmscan(s.k, 2048).shrink_zone(ZONE_NORMAL, control(1, 0));
    // 64 >> 1 and one more are due: 32, then 1; the first turn freed what was asked for.
    expect(s.draw(LOW, 64)).toBe(`${'.'.repeat(32)}${'f'.repeat(32)}`);
    expect([events(s, PGSCAN_DIRECT), events(s, PGSTEAL_DIRECT), zoneReclaim(s.mm).pages_scanned[ZONE_NORMAL]]).toEqual([33, 32, 0]);
  });
  it('what is due adds up until it is 32 (nr_scan_inactive): twenty pages are looked at in the second round', () => {
    const s = drawn('f'.repeat(20));
    const { shrink_zone } = createVmscan(s.k, 2048);
    shrink_zone(ZONE_NORMAL, control(0, 0));
    expect(s.draw(LOW, 20)).toBe('f'.repeat(20));
    shrink_zone(ZONE_NORMAL, control(0, 0));
    expect(s.draw(LOW, 20)).toBe('.'.repeat(20));
  });
});

describe('refill_inactive_zone(): swap_tendency = mapped_ratio / 2 + distress + swappiness', () => {
  /** Is memory of processes given up that nobody used? Of 2048 pages so many are mapped. */
  function gives(nr_mapped: number, prev_priority: number): boolean {
    const s = drawn('a'.repeat(64));
    swapOn(s);
    for (let pfn = LOW; pfn < LOW + 64; pfn++) test_clear_young(s.mm, pfn);
    const vmscan = createVmscan(s.k, 2048);
    vmscan.prev_priority[ZONE_NORMAL] = prev_priority;
    vmscan.shrink_zone(ZONE_NORMAL, control(0, nr_mapped));
    expect(events(s, PGREFILL)).toBeGreaterThanOrEqual(33);
    return Array.from({ length: 64 }, (_, at) => PageActive(s.mm, LOW + at)).includes(false) || s.draw(LOW, 64).includes('.');
  }
  it('60 of swappiness and 39 of 79 % mapped memory leave it alone; with 80 % it goes', () => {
    expect([gives(1637, 12), gives(1639, 12)]).toEqual([false, true]);
  });
  it('distress = 100 >> prev_priority: 25 is not enough without mapped memory, 50 is', () => {
    expect([gives(0, 2), gives(0, 1)]).toEqual([false, true]);
  });
  it('without swap anonymous memory stays, however great the distress', () => {
    const s = drawn('a'.repeat(64));
    const vmscan = createVmscan(s.k, 2048);
    vmscan.prev_priority[ZONE_NORMAL] = 0;
    vmscan.shrink_zone(ZONE_NORMAL, control(0, 2000));
    expect(Array.from({ length: 64 }, (_, at) => PageActive(s.mm, LOW + at))).not.toContain(false);
  });
});

describe('try_to_free_pages()', () => {
  it('fewer than 32 pages are as good as none', () => {
    const few = drawn('f'.repeat(31));
    expect(createReclaim(few.k).try_to_free_pages(0, ZONE_NORMAL, 0, -1)).toBe(0);
    expect(few.draw(LOW, 31)).toBe('.'.repeat(31));
    const enough = drawn('f'.repeat(40));
    expect(createReclaim(enough.k).try_to_free_pages(0, ZONE_NORMAL, 0, -1)).toBeGreaterThanOrEqual(32);
  });
  it('a request for HighMem presses on the zones below as well, one for lowmem not on HighMem', () => {
    const s = drawn('f'.repeat(40), 'f'.repeat(40));
    createReclaim(s.k).try_to_free_pages(0, ZONE_NORMAL, 0, -1);
    expect([s.draw(LOW, 40).includes('.'), s.draw(HIGH, 40)]).toEqual([true, 'f'.repeat(40)]);
  });
});

describe('kswapd', () => {
  it('balance_pgdat(): goes on until every zone is above its high mark', () => {
    const g = guest('512M', { edition: '2.6.12-mhp', mods: ['zram'] });
    g.run('echo 300M > /sys/block/zram0/disksize && mkswap /dev/zram0 > /dev/null && swapon /dev/zram0');
    g.run('mh anon 430; mh anon 60');
    g.wait(500);
    const of = (name: string): number => Number(new RegExp(`^${name} (\\d+)`, 'm').exec(g.file('/proc/vmstat'))?.[1]);
    const z = g.machine.kernel.mm.t.zone;
    expect([...z.nr_free_pages.slice(0, 4)].every((free, row) => z.present_pages[row] === 0 || free > (z.watermark_high[row] as number))).toBe(true);
    expect(of('pageoutrun')).toBeGreaterThan(0);
    expect(of('kswapd_steal')).toBeLessThanOrEqual(of('pgsteal_normal') + of('pgsteal_dma') + of('pgsteal_high'));
    expect(of('pswpout')).toBe(of('pgsteal_normal') + of('pgsteal_dma') + of('pgsteal_high'));
  });
});
