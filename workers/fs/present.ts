/** Which files a kernel has: those of its edition that its configuration leaves in. What is left out is not there. */
import { configured, type Mm } from '../mm/mm.ts';
import type { VNode } from './vnode.ts';

/** Files and directories, with the option that brings them. */
const BROUGHT_BY: Readonly<Record<string, string>> = {
  'proc/sys/vm/nr_hugepages': 'HUGETLB',
  'sys/bus/memory': 'MEMORY_HOTPLUG',
  'sys/bus/node': 'NUMA',
  'sys/devices/system/memory': 'MEMORY_HOTPLUG',
  'sys/devices/system/node': 'NUMA',
  'sys/kernel/mm/hugepages': 'HUGETLB',
  'sys/module/memory_hotplug/parameters': 'MEMORY_HOTPLUG',
};
/** Is there a file of that path, as far as edition and configuration go? */
const isThere = (mm: Mm, path: string): boolean =>
  !(mm.edition.files.not_yet?.some((later) => path === later || path.startsWith(`${later}/`)) ?? false) && (BROUGHT_BY[path] === undefined || configured(mm, BROUGHT_BY[path]));
/** The entries of a directory that this kernel has. */
export function present<T extends VNode>(mm: Mm, directory: string, entries: Readonly<Record<string, T>>): Record<string, T> {
  return Object.fromEntries(Object.entries(entries).filter(([name]) => isThere(mm, `${directory}/${name}`)));
}
