/** Files and directories that an option of the kernel's configuration brings: what is absent without it, and which option a path that is not there would need. */
import { type KernelOption, notSet } from './kconfig.ts';
import type { Edition, MachineDescription } from './machine_description.ts';

type Row = readonly [path: string, option: string, ...only: readonly Edition[]];
/** N stands for a number. Editions: those that have such a file; none named: all that know the option. */
const BROUGHT_BY: readonly Row[] = [
  ['proc/config.gz', 'IKCONFIG_PROC'],
  ['proc/sys/vm/compact_memory', 'COMPACTION'],
  ['proc/sys/vm/compaction_proactiveness', 'COMPACTION', '6.1'],
  ['proc/sys/vm/extfrag_threshold', 'COMPACTION'],
  ['proc/sys/vm/nr_hugepages', 'HUGETLB'],
  ['proc/sys/vm/nr_overcommit_hugepages', 'HUGETLB', '3.11', '6.1'],
  ['sys/bus/memory', 'MEMORY_HOTPLUG', '3.11', '6.1'],
  ['sys/bus/memory_tiering', 'NUMA', '6.1'],
  ['sys/bus/node', 'NUMA', '3.11', '6.1'],
  ['sys/devices/system/memory', 'MEMORY_HOTPLUG'],
  ['sys/devices/system/memory/auto_online_blocks', 'MEMORY_HOTPLUG', '6.1'],
  ['sys/devices/system/memory/hard_offline_page', 'MEMORY_FAILURE'],
  ['sys/devices/system/memory/memoryN/nodeN', 'NUMA', '3.11', '6.1'],
  ['sys/devices/system/memory/memoryN/valid_zones', 'MEMORY_HOTREMOVE', '6.1'],
  ['sys/devices/system/memory/probe', 'ARCH_MEMORY_PROBE'],
  ['sys/devices/system/memory/soft_offline_page', 'MEMORY_FAILURE'],
  ['sys/devices/system/node', 'NUMA'],
  ['sys/devices/system/node/has_memory', 'MOVABLE_NODE', '3.11'],
  ['sys/devices/system/node/nodeN/compact', 'COMPACTION'],
  ['sys/devices/system/node/nodeN/hugepages', 'HUGETLB'],
  ['sys/devices/virtual/memory_tiering', 'NUMA', '6.1'],
  ['sys/firmware/acpi/hotplug/memory', 'ACPI_HOTPLUG_MEMORY'],
  ['sys/kernel/debug/cma', 'CMA', '6.1'],
  ['sys/kernel/debug/extfrag', 'COMPACTION'],
  ['sys/kernel/debug/split_huge_pages', 'TRANSPARENT_HUGEPAGE'],
  ['sys/kernel/mm/hugepages', 'HUGETLB'],
  ['sys/kernel/mm/transparent_hugepage', 'TRANSPARENT_HUGEPAGE'],
  ['sys/module/memory_hotplug/parameters', 'MEMORY_HOTPLUG', '6.1'],
  ['sys/module/memory_hotplug/parameters/memmap_on_memory', 'MHP_MEMMAP_ON_MEMORY'],
];
type Configured = Pick<MachineDescription, 'edition' | 'arch' | 'config'>;
const isFor = ([, , ...only]: Row, edition: Edition): boolean => only.length === 0 || only.includes(edition);

/** The option that brings exactly this path, in editions that have such a file at all. */
export const broughtBy = (path: string): string | undefined => BROUGHT_BY.find((row) => row[0] === path)?.[1];

/** As the table has it: no slash in front, numbers of blocks and nodes as N, links of a bus as what they lead to. */
const named = (path: string): string => path.replace(/\/+/g, '/').replace(/^\/|\/$/g, '').replace(/\b(memory|node)\d+(?=\/|$)/g, '$1N').replace(/^sys\/bus\/(memory|node)\/devices(?=\/)/, 'sys/devices/system/$1');

/**
 * The option that this kernel was built without and that would bring the path, or a directory it lies in. A path without a slash in front is known by its end, if that belongs to one
 * file only. undefined: no option of this edition and architecture is missing for it.
 */
export function optionThatBrings(d: Configured, path: string): KernelOption | undefined {
  const rows = BROUGHT_BY.filter((row) => isFor(row, d.edition));
  const missing = notSet(d);
  const optionOf = (row: Row | undefined): KernelOption | undefined => missing.find(({ name }) => name === row?.[1]);
  const wanted = named(path);
  if (!path.startsWith('/')) {
    const ends = rows.filter(([file]) => file.endsWith(`/${wanted}`));
    return ends.length === 1 ? optionOf(ends[0]) : undefined;
  }
  // The highest directory that is missing is what the rest waits for.
  return rows.filter(([file]) => wanted === file || wanted.startsWith(`${file}/`)).sort(([a], [b]) => a.length - b.length).map(optionOf).find((option) => option !== undefined);
}
