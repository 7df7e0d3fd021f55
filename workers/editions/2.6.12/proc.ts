/** Mirrors: fs/proc/proc_misc.c and the vmstat half of mm/page_alloc.c (2.6.12): texts of /proc/meminfo and vmstat. There is no zoneinfo and no pagetypeinfo yet. What nothing counts reads 0. */
import type { Mm } from '../../mm/mm.ts';
import { pgalloc, pgfault, pgfree } from '../../mm/alloc_stat.ts';
import { countPages, sumCounts, sumZoneColumn } from '../../mm/vmstat.ts';
import { H_TOTALRAM } from '../../uapi/layout.ts';
import { get_nr_swap_pages, swapSpace } from '../../mm/swap.ts';
import { VM, type VmEventItem } from '../../mm/vm_event.ts';
import { PGREFILL, PGSCAN_DIRECT, PGSCAN_KSWAPD, PGSTEAL_DIRECT, PGSTEAL_KSWAPD, zone_vm_events, zoneReclaim } from '../../mm/zone_reclaim.ts';
import { ZONE_DMA, ZONE_HIGHMEM, ZONE_NORMAL, zoneRow } from '../../uapi/mmzone.ts';

const KB_PER_PAGE = 4;
/** 128 MiB less 8 MiB behind 896 MiB of lowmem, as the usual kernel prints it. */
const VMALLOC_TOTAL_KB = 114680;
const OVERCOMMIT_RATIO = 50;
type Item = readonly [name: string, value: number];

export function meminfo_show(mm: Mm): string {
  const c = sumCounts(countPages(mm));
  const { nr_free_pages, managed_pages } = mm.t.zone;
  const high = zoneRow(0, ZONE_HIGHMEM);
  const total = mm.t.header[H_TOTALRAM] as number;
  const free = sumZoneColumn(nr_free_pages);
  const [highTotal, highFree] = [managed_pages[high] as number, nr_free_pages[high] as number];
  const swap = swapSpace(mm)?.total_swap_pages() ?? 0;
  const pages: readonly Item[] = [
    ['MemTotal', total], ['MemFree', free], ['Buffers', 0], ['Cached', c.file_pages], ['SwapCached', 0], ['Active', c.active_anon + c.active_file], ['Inactive', c.inactive_anon + c.inactive_file],
    ['HighTotal', highTotal], ['HighFree', highFree], ['LowTotal', total - highTotal], ['LowFree', free - highFree], ['SwapTotal', swap], ['SwapFree', get_nr_swap_pages(mm)], ['Dirty', c.dirty], ['Writeback', 0],
    ['Mapped', c.mapped + c.anon_pages], ['Slab', c.slab_reclaimable + c.slab_unreclaimable], ['CommitLimit', Math.floor((total * OVERCOMMIT_RATIO) / 100) + swap], ['Committed_AS', 0],
    ['PageTables', c.page_table_pages],
  ];
  const line = (name: string, kB: number): string => `${`${name}:`.padEnd(14)}${String(kB).padStart(8)} kB\n`;
  return pages.map(([name, n]) => line(name, n * KB_PER_PAGE)).join('') + line('VmallocTotal', VMALLOC_TOTAL_KB) + line('VmallocUsed', 0) + line('VmallocChunk', VMALLOC_TOTAL_KB);
}

/** Zones as this kernel orders them in its counters: highest first. */
const ZONES: readonly (readonly [name: string, zone: number])[] = [['high', ZONE_HIGHMEM], ['normal', ZONE_NORMAL], ['dma', ZONE_DMA]];

/** Source: struct page_state, vmstat_text[]. What disks read and write is not counted, and reads 0. */
export function vmstat_show(mm: Mm): string {
  const c = sumCounts(countPages(mm));
  const { count } = mm.t.vm_event;
  const scanned = zoneReclaim(mm);
  const one = (name: VmEventItem): Item => [name, count[VM[name]] as number];
  const by_zone = (name: string, ...items: readonly number[]): Item[] => ZONES.map(([zone, at]) => [`${name}_${zone}`, items.reduce((sum, item) => sum + zone_vm_events(scanned, item, at), 0)]);
  const kswapd_steal = by_zone('', PGSTEAL_KSWAPD).reduce((sum, [, pages]) => sum + pages, 0);
  const lines: readonly Item[] = [
    ['nr_dirty', c.dirty], ['nr_writeback', 0], ['nr_unstable', 0], ['nr_page_table_pages', c.page_table_pages], ['nr_mapped', c.mapped + c.anon_pages],
    ['nr_slab', c.slab_reclaimable + c.slab_unreclaimable],
    one('pgpgin'), one('pgpgout'), one('pswpin'), one('pswpout'), ...ZONES.map(([zone, at]): Item => [`pgalloc_${zone}`, pgalloc(mm, at)]), ['pgfree', pgfree(mm)], one('pgactivate'), one('pgdeactivate'), ['pgfault', pgfault(mm)], one('pgmajfault'),
    ...by_zone('pgrefill', PGREFILL), ...by_zone('pgsteal', PGSTEAL_KSWAPD, PGSTEAL_DIRECT), ...by_zone('pgscan_kswapd', PGSCAN_KSWAPD), ...by_zone('pgscan_direct', PGSCAN_DIRECT),
    one('pginodesteal'), one('slabs_scanned'), ['kswapd_steal', kswapd_steal], one('kswapd_inodesteal'), one('pageoutrun'), ['allocstall', count[VM.allocstall_normal] as number], one('pgrotated'),
  ];
  return lines.map(([name, value]) => `${name} ${value}\n`).join('');
}
