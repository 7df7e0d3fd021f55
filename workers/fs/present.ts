/** What a kernel's configuration leaves out is not there: files and directories, and lines of texts. Decided by the edition and by the options of the machine's description. */
import { configured, type Mm } from '../mm/mm.ts';
import type { VNode } from '../kernel/vnode.ts';
import { broughtBy } from '../uapi/kconfig_files.ts';

/** Is there a file of that path, as far as edition and configuration go? */
function isThere(mm: Mm, path: string): boolean {
  if (mm.edition.files.not_yet?.some((later) => path === later || path.startsWith(`${later}/`))) return false;
  const option = broughtBy(path);
  return option === undefined || configured(mm, option);
}
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
