/** Mirrors: fs/proc/root.c and its files about memory (6.1). Left out: processes. Why: their directories are laid over this one by whoever has processes. */
import type { Kernel } from '../../kernel/kernel.ts';
import { formatIomem } from '../../kernel/resource.ts';
import { M_MIN_FREE_KBYTES, M_NR_MIGRATED, type Mm } from '../../mm/mm.ts';
import { countPages, sumCounts, sumZoneColumn } from '../../mm/vmstat.ts';
import { H_TIME_HI, H_TIME_LO } from '../../uapi/layout.ts';
import { type DirNode, dirOf, type FileNode, textFile } from '../vnode.ts';
import { meminfo_show } from './meminfo.ts';
import { max_dump_pfn, page_mapcount, readEntries, stable_page_flags } from './page.ts';
import { buddyinfo_show, nodeStats, NUMA_STATS, pagetypeinfo_show, zoneinfo_show, zoneStats } from './zoneinfo.ts';

const DEFAULT_RELEASE = '6.1.0';
const DEFAULT_VERSION = '#1 SMP PREEMPT_DYNAMIC';

const SWAPS_HEADER = 'Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n';

/** Seconds with two decimals, as /proc/uptime has them, from a time in ns. */
const seconds = (ns: number): string => `${Math.floor(ns / 1e9)}.${String(Math.floor((ns % 1e9) / 1e7)).padStart(2, '0')}`;

function vmstat_show(mm: Mm): string {
  const c = sumCounts(countPages(mm));
  const lines = [...zoneStats(sumZoneColumn(mm.t.zone.nr_free_pages), c), ...NUMA_STATS, ...nodeStats(c), ['pgmigrate_success', mm.t.misc.word[M_NR_MIGRATED] as number] as const];
  return lines.map(([name, value]) => `${name} ${value}\n`).join('');
}

export function createProcfs(kernel: Kernel): DirNode {
  const { mm } = kernel;
  const { description: d } = mm;
  const perFrame = (entry: (pfn: number) => { low: number; high: number }): FileNode => ({
    kind: 'file', mode: 0o400, size: () => 0, read: (offset, count) => (offset / 8 >= max_dump_pfn(mm) ? '' : readEntries(mm, offset, count, entry)),
  });
  const uptime = (): string => seconds((mm.t.header[H_TIME_HI] as number) * 2 ** 32 + ((mm.t.header[H_TIME_LO] as number) >>> 0));
  const version = `Linux version ${d.release ?? DEFAULT_RELEASE} ${d.kernelVersion ?? DEFAULT_VERSION}\n`;
  const vm = dirOf(0o555, () => vmFiles);
  const vmFiles = { min_free_kbytes: textFile(0o444, () => `${mm.t.misc.word[M_MIN_FREE_KBYTES]}\n`) };
  const sysDir = dirOf(0o555, () => sysFiles);
  const sysFiles = { vm };
  const files = {
    buddyinfo: textFile(0o444, () => buddyinfo_show(kernel)),
    cmdline: textFile(0o444, () => `${d.cmdline}\n`),
    iomem: textFile(0o444, () => formatIomem(kernel.iomem)),
    kpagecount: perFrame((pfn) => ({ low: page_mapcount(mm, pfn), high: 0 })),
    kpageflags: perFrame((pfn) => stable_page_flags(mm, pfn)),
    meminfo: textFile(0o444, () => meminfo_show(mm)),
    pagetypeinfo: textFile(0o400, () => pagetypeinfo_show(kernel)),
    swaps: textFile(0o444, () => SWAPS_HEADER),
    sys: sysDir,
    uptime: textFile(0o444, () => `${uptime()} ${uptime()}\n`),
    version: textFile(0o444, () => version),
    vmstat: textFile(0o444, () => vmstat_show(mm)),
    zoneinfo: textFile(0o444, () => zoneinfo_show(kernel)),
  };
  return dirOf(0o555, () => files);
}
