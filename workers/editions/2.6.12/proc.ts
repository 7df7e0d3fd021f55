/** Mirrors: fs/proc/proc_misc.c and the vmstat half of mm/page_alloc.c (2.6.12): texts of /proc/meminfo and vmstat. There is no zoneinfo and no pagetypeinfo yet. What nothing counts reads 0. */
import type { Mm } from '../../mm/mm.ts';
import { countPages, sumCounts, sumZoneColumn } from '../../mm/vmstat.ts';
import { H_TOTALRAM } from '../../uapi/layout.ts';
import { ZONE_HIGHMEM, zoneRow } from '../../uapi/mmzone.ts';

const KB_PER_PAGE = 4;
/** 128 MiB less 8 MiB behind 896 MiB of lowmem, as the usual kernel prints it. */
const VMALLOC_TOTAL_KB = 114680;
const OVERCOMMIT_RATIO = 50;

export function meminfo_show(mm: Mm): string {
  const c = sumCounts(countPages(mm));
  const { nr_free_pages, managed_pages } = mm.t.zone;
  const high = zoneRow(0, ZONE_HIGHMEM);
  const total = mm.t.header[H_TOTALRAM] as number;
  const free = sumZoneColumn(nr_free_pages);
  const [highTotal, highFree] = [managed_pages[high] as number, nr_free_pages[high] as number];
  const pages: readonly (readonly [string, number])[] = [
    ['MemTotal', total], ['MemFree', free], ['Buffers', 0], ['Cached', c.file_pages], ['SwapCached', 0], ['Active', c.active_anon + c.active_file], ['Inactive', c.inactive_anon + c.inactive_file],
    ['HighTotal', highTotal], ['HighFree', highFree], ['LowTotal', total - highTotal], ['LowFree', free - highFree], ['SwapTotal', 0], ['SwapFree', 0], ['Dirty', c.dirty], ['Writeback', 0],
    ['Mapped', c.mapped + c.anon_pages], ['Slab', c.slab_reclaimable + c.slab_unreclaimable], ['CommitLimit', Math.floor((total * OVERCOMMIT_RATIO) / 100)], ['Committed_AS', 0],
    ['PageTables', c.page_table_pages],
  ];
  const line = (name: string, kB: number): string => `${`${name}:`.padEnd(14)}${String(kB).padStart(8)} kB\n`;
  return pages.map(([name, n]) => line(name, n * KB_PER_PAGE)).join('') + line('VmallocTotal', VMALLOC_TOTAL_KB) + line('VmallocUsed', 0) + line('VmallocChunk', VMALLOC_TOTAL_KB);
}

/** Events the kernel counts, in its order. */
const EVENTS = [
  'pgpgin', 'pgpgout', 'pswpin', 'pswpout', 'pgalloc_high', 'pgalloc_normal', 'pgalloc_dma', 'pgfree', 'pgactivate', 'pgdeactivate', 'pgfault', 'pgmajfault', 'pgrefill_high', 'pgrefill_normal',
  'pgrefill_dma', 'pgsteal_high', 'pgsteal_normal', 'pgsteal_dma', 'pgscan_kswapd_high', 'pgscan_kswapd_normal', 'pgscan_kswapd_dma', 'pgscan_direct_high', 'pgscan_direct_normal',
  'pgscan_direct_dma', 'pginodesteal', 'slabs_scanned', 'kswapd_steal', 'kswapd_inodesteal', 'pageoutrun', 'allocstall', 'pgrotated',
];
export function vmstat_show(mm: Mm): string {
  const c = sumCounts(countPages(mm));
  const counted: readonly (readonly [string, number])[] = [
    ['nr_dirty', c.dirty], ['nr_writeback', 0], ['nr_unstable', 0], ['nr_page_table_pages', c.page_table_pages], ['nr_mapped', c.mapped + c.anon_pages],
    ['nr_slab', c.slab_reclaimable + c.slab_unreclaimable],
  ];
  return [...counted, ...EVENTS.map((name) => [name, 0] as const)].map(([name, value]) => `${name} ${value}\n`).join('');
}
