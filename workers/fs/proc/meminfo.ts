/** Mirrors: fs/proc/meminfo.c and node_read_meminfo() of drivers/base/node.c (6.1). Lines that nothing here counts read 0. */
import { default_hstate, hugetlbCounts } from '../../mm/hugetlb.ts';
import { committed_kb, direct_map } from '../../mm/kernel_use.ts';
import { configured, kb_per_page, M_HARDWARE_CORRUPTED, type Mm } from '../../mm/mm.ts';
import { zone_to_nid } from '../../mm/mmzone.ts';
import { get_nr_swap_pages, swapSpace } from '../../mm/swap.ts';
import { countPages, type PageCounts, si_mem_available, sumCounts, sumZoneColumn } from '../../mm/vmstat.ts';
import { H_TOTALRAM } from '../../uapi/layout.ts';

/** Five-level page tables: 32 PiB of vmalloc space, as the recorded processor has it. */
const VMALLOC_TOTAL_KB = '13743895347199';
/** vm.overcommit_ratio, percent. */
const OVERCOMMIT_RATIO = 50;

type Line = readonly [name: string, kB: number];
const lruLines = (c: PageCounts): Line[] => [
  ['Active', c.active_anon + c.active_file], ['Inactive', c.inactive_anon + c.inactive_file], ['Active(anon)', c.active_anon], ['Inactive(anon)', c.inactive_anon],
  ['Active(file)', c.active_file], ['Inactive(file)', c.inactive_file], ['Unevictable', c.unevictable], ['Mlocked', c.mlock],
];
const huge = (c: PageCounts): Line[] => [['AnonHugePages', c.anon_thp_pages], ['ShmemHugePages', 0], ['ShmemPmdMapped', 0], ['FileHugePages', 0], ['FilePmdMapped', 0]];

const DIRECT_MAPS = ['4k', '2M', '1G'] as const;
const directMapLines = (mm: Mm): string => direct_map(mm).map((kB, i) => `DirectMap${DIRECT_MAPS[i]}: ${String(kB).padStart(11)} kB\n`).join('');
/** Threads of the kernel have theirs on the first node. */
export const kernel_stack_kb = (mm: Mm, c: PageCounts, nid = 0): number => (nid === 0 ? mm.edition.kernel_use.kernel_stack_kb : 0) + c.kernel_stack * kb_per_page(mm);

export function meminfo_show(mm: Mm): string {
  const counts = countPages(mm);
  const c = sumCounts(counts);
  const total = mm.t.header[H_TOTALRAM] as number;
  const use = mm.edition.kernel_use;
  const kb = (n: number, width = 8): string => `${String(n * kb_per_page(mm)).padStart(width)} kB`;
  const line = ([name, pages]: Line): string => `${`${name}:`.padEnd(16)}${kb(pages)}\n`;
  const lines: Line[] = [
    ['MemTotal', total], ['MemFree', sumZoneColumn(mm.t.zone.nr_free_pages)], ['MemAvailable', si_mem_available(mm, counts)],
    ['Buffers', 0], ['Cached', c.file_pages], ['SwapCached', 0], ...lruLines(c), ['SwapTotal', swapSpace(mm)?.total_swap_pages() ?? 0], ['SwapFree', get_nr_swap_pages(mm)], ['Zswap', 0], ['Zswapped', 0],
    ['Dirty', c.dirty], ['Writeback', 0], ['AnonPages', c.anon_pages], ['Mapped', c.mapped], ['Shmem', c.shmem],
    ['KReclaimable', c.slab_reclaimable], ['Slab', c.slab_reclaimable + c.slab_unreclaimable], ['SReclaimable', c.slab_reclaimable], ['SUnreclaim', c.slab_unreclaimable],
    ['KernelStack', kernel_stack_kb(mm, c) / kb_per_page(mm)], ['PageTables', c.page_table_pages], ['SecPageTables', 0], ['NFS_Unstable', 0], ['Bounce', 0], ['WritebackTmp', 0],
    ['CommitLimit', Math.floor(((total - c.hugetlb_pages) * OVERCOMMIT_RATIO) / 100) + (swapSpace(mm)?.total_swap_pages() ?? 0)], ['Committed_AS', committed_kb(mm) / kb_per_page(mm)],
  ];
  let text = lines.map(line).join('');
  text += `VmallocTotal:   ${VMALLOC_TOTAL_KB} kB\n`;
  text += [['VmallocUsed', (use.vmalloc_kb + c.kernel_stack * kb_per_page(mm)) / kb_per_page(mm)], ['VmallocChunk', 0], ['Percpu', (use.percpu_kb * mm.description.cpus) / kb_per_page(mm)], ['HardwareCorrupted', mm.t.misc.word[M_HARDWARE_CORRUPTED] as number] as const, ...huge(c)].map((l) => {
    const [name, pages] = l as Line;
    return `${`${name}:`.padEnd(name.length >= 16 ? 0 : 16)}${kb(pages, name.length >= 16 ? 6 : 8)}\n`;
  }).join('');
  if (configured(mm, 'CMA')) text += line(['CmaTotal', sumZoneColumn(mm.t.zone.cma_pages)]) + line(['CmaFree', sumZoneColumn(mm.t.zone.nr_free_cma)]);
  const pool = hugetlbCounts(mm);
  for (const [name, n] of [['Total', pool.nr], ['Free', pool.free], ['Rsvd', pool.resv], ['Surp', pool.surplus]] as const) text += `HugePages_${name}:${String(n).padStart(name === 'Total' ? 8 : 9)}\n`;
  text += `Hugepagesize:   ${kb(default_hstate(mm).pages)}\nHugetlb:        ${kb(c.hugetlb_pages)}\n`;
  return text + directMapLines(mm);
}

export function node_read_meminfo(mm: Mm, nid: number): string {
  const own = (row: number): boolean => zone_to_nid(row) === nid;
  const c = sumCounts(countPages(mm), own);
  const total = sumZoneColumn(mm.t.zone.managed_pages, own);
  const free = sumZoneColumn(mm.t.zone.nr_free_pages, own);
  const lines: Line[] = [
    ['MemTotal', total], ['MemFree', free], ['MemUsed', total - free], ['SwapCached', 0], ...lruLines(c), ['Dirty', c.dirty], ['Writeback', 0], ['FilePages', c.file_pages],
    ['Mapped', c.mapped], ['AnonPages', c.anon_pages], ['Shmem', c.shmem], ['KernelStack', kernel_stack_kb(mm, c, nid) / kb_per_page(mm)], ['PageTables', c.page_table_pages], ['SecPageTables', 0],
    ['NFS_Unstable', 0], ['Bounce', 0], ['WritebackTmp', 0], ['KReclaimable', c.slab_reclaimable], ['Slab', c.slab_reclaimable + c.slab_unreclaimable],
    ['SReclaimable', c.slab_reclaimable], ['SUnreclaim', c.slab_unreclaimable], ...huge(c),
  ];
  const pool = hugetlbCounts(mm, nid);
  return lines.map(([name, pages]) => `Node ${nid} ${`${name}:`.padEnd(15)} ${String(pages * kb_per_page(mm)).padStart(8)} kB\n`).join('')
    + [['Total', pool.nr], ['Free', pool.free], ['Surp', pool.surplus]].map(([name, n]) => `Node ${nid} HugePages_${name}: ${String(n).padStart(name === 'Total' ? 5 : 6)}\n`).join('');
}
