/**
 * Mirrors: mm/vmstat.c, fs/proc/meminfo.c and node_read_meminfo() of drivers/base/node.c (3.11): texts of /proc/zoneinfo, meminfo and vmstat (whose events are vmstat.ts). What nothing
 * counts reads 0.
 */
import { numaStats } from '../../mm/alloc_stat.ts';
import { hugetlbCounts } from '../../mm/hugetlb.ts';
import { kernel_stack_kb } from '../../fs/proc/meminfo.ts';
import { committed_kb, direct_map } from '../../mm/kernel_use.ts';
import { M_HARDWARE_CORRUPTED, type Mm, zoneName } from '../../mm/mm.ts';
import { populated_zone, zone_to_nid } from '../../mm/mmzone.ts';
import { get_nr_swap_pages, swapSpace } from '../../mm/swap.ts';
import { countPages, type PageCounts, sumCounts, sumZoneColumn } from '../../mm/vmstat.ts';
import { onlineNodes } from '../../mm/zonelist.ts';
import { zoneReclaim } from '../../mm/zone_reclaim.ts';
import { H_TOTALRAM } from '../../uapi/layout.ts';
import { pageblock_nr_pages, ZONE_DEVICE, zoneRow } from '../../uapi/mmzone.ts';
import type { Kernel } from '../../mm/kernel.ts';
import { inactive_ratio } from './vmscan.ts';
import { vm_events } from './vmstat.ts';

type Item = readonly [name: string, value: number];
const zeros = (names: string): Item[] => names.split(' ').map((name) => [name, 0]);
/** Counters of a zone, or of several, in the kernel's order; `rows` says of which. */
const items = (mm: Mm, free: number, c: PageCounts, rows: (row: number) => boolean): Item[] => [
  ['nr_free_pages', free], ['nr_inactive_anon', c.inactive_anon], ['nr_active_anon', c.active_anon], ['nr_inactive_file', c.inactive_file], ['nr_active_file', c.active_file],
  ['nr_unevictable', c.unevictable], ['nr_mlock', c.mlock], ['nr_anon_pages', c.anon_pages], ['nr_mapped', c.mapped], ['nr_file_pages', c.file_pages], ['nr_dirty', c.dirty],
  ['nr_writeback', 0], ['nr_slab_reclaimable', c.slab_reclaimable], ['nr_slab_unreclaimable', c.slab_unreclaimable], ['nr_page_table_pages', c.page_table_pages],
  ...zeros('nr_kernel_stack nr_unstable nr_bounce'), ['nr_vmscan_write', sumZoneColumn(zoneReclaim(mm).nr_vmscan_write, rows)],
  ['nr_vmscan_immediate_reclaim', sumZoneColumn(zoneReclaim(mm).nr_vmscan_immediate, rows)], ...zeros('nr_writeback_temp nr_isolated_anon nr_isolated_file'), ['nr_shmem', c.shmem],
  ...zeros('nr_dirtied nr_written'), ...numaStats(mm, rows),
  ['nr_anon_transparent_hugepages', c.anon_thp_pages / pageblock_nr_pages], ['nr_free_cma', 0],
];
/** A span that wrapped around prints as the 64-bit number it is. */
export const unsigned64 = (n: number): string => (n < 0 ? BigInt.asUintN(64, BigInt(n)).toString() : String(n));
/** Populated zones of all nodes, lowest first; there is no ZONE_DEVICE. */
const populated = (mm: Mm): { nid: number; zone: number; row: number }[] =>
  onlineNodes(mm).flatMap((nid) => Array.from({ length: ZONE_DEVICE }, (_, zone) => ({ nid, zone, row: zoneRow(nid, zone) })).filter(({ row }) => populated_zone(mm, row)));

export function zoneinfo_show({ mm }: Kernel): string {
  const counts = countPages(mm);
  const z = mm.t.zone;
  const reclaim = zoneReclaim(mm);
  return populated(mm).map(({ nid, zone, row }) => {
    const protection = [z.protection0, z.protection1, z.protection2, z.protection3].map((p) => p[row]).join(', ');
    const free = z.nr_free_pages[row] as number;
    let text = `Node ${nid}, zone ${zoneName(mm, zone).padStart(8)}`
      + `\n  pages free     ${unsigned64(free)}\n        min      ${z.watermark_min[row]}\n        low      ${z.watermark_low[row]}\n        high     ${z.watermark_high[row]}\n        scanned  ${reclaim.pages_scanned[row]}`
      + `\n        spanned  ${unsigned64(z.spanned_pages[row] as number)}\n        present  ${z.present_pages[row]}\n        managed  ${z.managed_pages[row]}`;
    for (const [name, value] of items(mm, free, counts[row] as PageCounts, (other) => other === row)) text += `\n    ${name.padEnd(12)} ${value}`;
    text += `\n        protection: (${protection})\n  pagesets`;
    for (let cpu = 0; cpu < mm.description.cpus; cpu++) {
      text += `\n    cpu: ${cpu}\n              count: ${cpu === 0 ? z.pageset_count[row] : 0}\n              high:  ${z.pageset_high[row]}\n              batch: ${z.pageset_batch[row]}`
        + `\n  vm stats threshold: ${z.stat_threshold[row]}`;
    }
    return `${text}\n  all_unreclaimable: ${reclaim.all_unreclaimable[row]}\n  start_pfn:         ${z.zone_start_pfn[row]}\n  inactive_ratio:    ${inactive_ratio(mm, row)}\n`;
  }).join('');
}

export function vmstat_show(mm: Mm): string {
  const counts = sumCounts(countPages(mm));
  const all = [...items(mm, sumZoneColumn(mm.t.zone.nr_free_pages), counts, () => true), ...vm_events(mm, counts)];
  return all.map(([name, value]) => `${name} ${value}\n`).join('');
}
export function node_vmstat_show(mm: Mm, nid: number): string {
  const own = (row: number): boolean => zone_to_nid(row) === nid;
  return items(mm, sumZoneColumn(mm.t.zone.nr_free_pages, own), sumCounts(countPages(mm), own), own).map(([name, value]) => `${name} ${value}\n`).join('');
}

const KB_PER_PAGE = 4;
/** 32 TiB of vmalloc space: four-level page tables. */
const VMALLOC_TOTAL_KB = 34359738367;
/** vm.overcommit_ratio, percent. */
const OVERCOMMIT_RATIO = 50;
const HUGEPAGE_KB = 2048;
const lru = (c: PageCounts): Item[] => [
  ['Active', c.active_anon + c.active_file], ['Inactive', c.inactive_anon + c.inactive_file], ['Active(anon)', c.active_anon], ['Inactive(anon)', c.inactive_anon],
  ['Active(file)', c.active_file], ['Inactive(file)', c.inactive_file], ['Unevictable', c.unevictable], ['Mlocked', c.mlock],
];

export function meminfo_show(mm: Mm): string {
  const c = sumCounts(countPages(mm));
  const total = mm.t.header[H_TOTALRAM] as number;
  const swap = swapSpace(mm)?.total_swap_pages() ?? 0;
  const line = (name: string, kB: number): string => `${`${name}:`.padEnd(16)}${String(kB).padStart(8)} kB\n`;
  const pages: readonly Item[] = [
    ['MemTotal', total], ['MemFree', sumZoneColumn(mm.t.zone.nr_free_pages)], ['Buffers', 0], ['Cached', c.file_pages], ['SwapCached', 0], ...lru(c), ['SwapTotal', swap], ['SwapFree', get_nr_swap_pages(mm)],
    ['Dirty', c.dirty], ['Writeback', 0], ['AnonPages', c.anon_pages], ['Mapped', c.mapped], ['Shmem', c.shmem], ['Slab', c.slab_reclaimable + c.slab_unreclaimable],
    ['SReclaimable', c.slab_reclaimable], ['SUnreclaim', c.slab_unreclaimable], ['KernelStack', kernel_stack_kb(mm, c) / KB_PER_PAGE], ['PageTables', c.page_table_pages], ['NFS_Unstable', 0], ['Bounce', 0],
    ['WritebackTmp', 0], ['CommitLimit', Math.floor(((total - c.hugetlb_pages) * OVERCOMMIT_RATIO) / 100) + swap], ['Committed_AS', committed_kb(mm) / KB_PER_PAGE],
  ];
  const pool = hugetlbCounts(mm);
  // The page that guards the last area is in no chunk.
  const { vmalloc_kb } = mm.edition.kernel_use;
  const [k4, m2] = direct_map(mm);
  const corrupted = mm.t.misc.word[M_HARDWARE_CORRUPTED] as number;
  return pages.map(([name, n]) => line(name, n * KB_PER_PAGE)).join('')
    + `VmallocTotal:   ${VMALLOC_TOTAL_KB} kB\n${line('VmallocUsed', vmalloc_kb)}VmallocChunk:   ${VMALLOC_TOTAL_KB - vmalloc_kb - KB_PER_PAGE} kB\n`
    + `HardwareCorrupted: ${String(corrupted * KB_PER_PAGE).padStart(5)} kB\n${line('AnonHugePages', c.anon_thp_pages * KB_PER_PAGE)}`
    + [['Total', pool.nr], ['Free', pool.free], ['Rsvd', pool.resv], ['Surp', pool.surplus]].map(([name, n]) => `${`HugePages_${name}:`.padEnd(18)} ${String(n).padStart(5)}\n`).join('')
    + `${line('Hugepagesize', HUGEPAGE_KB)}${line('DirectMap4k', k4)}${line('DirectMap2M', m2)}`;
}

export function node_meminfo_show(mm: Mm, nid: number): string {
  const own = (row: number): boolean => zone_to_nid(row) === nid;
  const c = sumCounts(countPages(mm), own);
  const total = sumZoneColumn(mm.t.zone.managed_pages, own);
  const free = sumZoneColumn(mm.t.zone.nr_free_pages, own);
  const pages: readonly Item[] = [
    ['MemTotal', total], ['MemFree', free], ['MemUsed', total - free], ...lru(c), ['Dirty', c.dirty], ['Writeback', 0], ['FilePages', c.file_pages], ['Mapped', c.mapped],
    ['AnonPages', c.anon_pages], ['Shmem', c.shmem], ['KernelStack', kernel_stack_kb(mm, c, nid) / KB_PER_PAGE], ['PageTables', c.page_table_pages], ['NFS_Unstable', 0], ['Bounce', 0], ['WritebackTmp', 0],
    ['Slab', c.slab_reclaimable + c.slab_unreclaimable], ['SReclaimable', c.slab_reclaimable], ['SUnreclaim', c.slab_unreclaimable], ['AnonHugePages', c.anon_thp_pages],
  ];
  const pool = hugetlbCounts(mm, nid);
  return pages.map(([name, n]) => `Node ${nid} ${`${name}:`.padEnd(15)}${String(n * KB_PER_PAGE).padStart(9)} kB\n`).join('')
    + [['Total', pool.nr], ['Free', pool.free], ['Surp', pool.surplus]].map(([name, n]) => `Node ${nid} ${`HugePages_${name}:`.padEnd(16)} ${String(n).padStart(5)}\n`).join('');
}
