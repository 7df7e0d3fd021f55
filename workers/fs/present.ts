/** What a kernel's configuration leaves out is not there: files and directories, and lines of texts. Decided by the edition and by the options of the machine's description. */
import { configured, type Mm } from '../mm/mm.ts';
import type { VNode } from '../kernel/vnode.ts';

/** Files and directories, with the option that brings them. N stands for a number. */
const BROUGHT_BY: Readonly<Record<string, string>> = {
  'proc/config.gz': 'IKCONFIG_PROC',
  'proc/sys/vm/compact_memory': 'COMPACTION',
  'proc/sys/vm/compaction_proactiveness': 'COMPACTION',
  'proc/sys/vm/extfrag_threshold': 'COMPACTION',
  'proc/sys/vm/nr_hugepages': 'HUGETLB',
  'proc/sys/vm/nr_overcommit_hugepages': 'HUGETLB',
  'sys/bus/memory': 'MEMORY_HOTPLUG',
  'sys/bus/node': 'NUMA',
  'sys/devices/system/memory': 'MEMORY_HOTPLUG',
  'sys/devices/system/memory/hard_offline_page': 'MEMORY_FAILURE',
  'sys/devices/system/memory/memoryN/valid_zones': 'MEMORY_HOTREMOVE',
  'sys/devices/system/memory/probe': 'ARCH_MEMORY_PROBE',
  'sys/devices/system/memory/soft_offline_page': 'MEMORY_FAILURE',
  'sys/devices/system/node': 'NUMA',
  'sys/devices/system/node/nodeN/compact': 'COMPACTION',
  'sys/devices/system/node/nodeN/hugepages': 'HUGETLB',
  'sys/firmware/acpi/hotplug/memory': 'ACPI_HOTPLUG_MEMORY',
  'sys/kernel/mm/hugepages': 'HUGETLB',
  'sys/kernel/mm/transparent_hugepage': 'TRANSPARENT_HUGEPAGE',
  'sys/module/memory_hotplug/parameters': 'MEMORY_HOTPLUG',
  'sys/module/memory_hotplug/parameters/memmap_on_memory': 'MHP_MEMMAP_ON_MEMORY',
};
/** Is there a file of that path, as far as edition and configuration go? */
const isThere = (mm: Mm, path: string): boolean =>
  !(mm.edition.files.not_yet?.some((later) => path === later || path.startsWith(`${later}/`)) ?? false) && (BROUGHT_BY[path] === undefined || configured(mm, BROUGHT_BY[path]));
/** The entries of a directory that this kernel has. */
export function present<T extends VNode>(mm: Mm, directory: string, entries: Readonly<Record<string, T>>): Record<string, T> {
  return Object.fromEntries(Object.entries(entries).filter(([name]) => isThere(mm, `${directory}/${name}`)));
}

/** Lines of /proc/meminfo, vmstat, zoneinfo and their like, by the first word. */
const LINES: readonly (readonly [option: string, lines: RegExp])[] = [
  ['CMA', /^cma_/],
  ['COMPACTION', /^compact_/],
  ['HUGETLB', /^(HugePages_|Hugepagesize|Hugetlb|htlb_)/],
  ['MEMORY_FAILURE', /^HardwareCorrupted/],
  ['MIGRATION', /^(pgmigrate_|thp_migration_)/],
  ['NUMA', /^numa_/],
  ['TRANSPARENT_HUGEPAGE', /^(AnonHugePages|ShmemHugePages|ShmemPmdMapped|FileHugePages|FilePmdMapped|thp_(?!migration_))/],
];
/** The text without the lines that this kernel does not print. */
export function withoutLines(mm: Mm, text: string): string {
  const gone = LINES.filter(([option]) => !configured(mm, option)).map(([, lines]) => lines);
  if (gone.length === 0) return text;
  return text.split('\n').filter((line) => {
    const word = line.replace(/^\s*(Node +\d+ +)?/, '');
    return !gone.some((lines) => lines.test(word));
  }).join('\n');
}
