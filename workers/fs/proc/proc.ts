/** Mirrors: fs/proc/root.c and its files about memory (6.1). Left out: processes. Why: their directories are laid over this one by whoever has processes. */
import type { Kernel } from '../../mm/kernel.ts';
import { formatIomem } from '../../kernel/resource.ts';
import type { Kthread } from '../../kernel/kthread.ts';
import { compact_nodes, EXTFRAG_THRESHOLD } from '../../mm/compaction.ts';
import { compaction_proactiveness, setProactiveness } from '../../mm/fragmentation.ts';
import { hugetlbCounts } from '../../mm/hugetlb.ts';
import { set_max_huge_pages } from '../../mm/hugetlb_pool.ts';
import { wake_for_proactiveness } from '../../mm/kcompactd.ts';
import { M_ADMIN_RESERVE_KBYTES, M_HUGETLB_OVERCOMMIT, M_MIN_FREE_KBYTES, M_USER_RESERVE_KBYTES } from '../../mm/mm.ts';
import { SWAPS_HEADER } from '../../mm/swapfile.ts';
import { set_min_free_kbytes } from '../../mm/watermarks.ts';
import { ERRNO } from '../../uapi/errno.ts';
import { H_TIME_HI, H_TIME_LO } from '../../uapi/layout.ts';
import { type DirNode, dirOf, type FileNode, textFile } from '../../kernel/vnode.ts';
import { present, withoutLines } from '../present.ts';
import { configText } from '../../uapi/kconfig.ts';
import { gzip } from '../../lib/gzip.ts';
import { max_dump_pfn, page_mapcount, readEntries, stable_page_flags } from './page.ts';
import { slabinfo } from './slabinfo.ts';
import { proc_dointvec_minmax } from './sysctl.ts';
import { cpuinfo, filesystems, kernelDir } from './system.ts';
import { buddyinfo_show, onlineNodes } from './zoneinfo.ts';

/** Seconds with two decimals, as /proc/uptime has them, from a time in ns. */
const seconds = (ns: number): string => `${Math.floor(ns / 1e9)}.${String(Math.floor((ns % 1e9) / 1e7)).padStart(2, '0')}`;

/** A whole number that is not negative: a count of huge pages of the usual size, a size in kB. Source: hugetlb_sysctl_handler(), hugetlb_overcommit_handler(). */
const counter = (show: () => number, store: (count: number) => Kthread<unknown>): FileNode => textFile(0o644, () => `${show()}\n`, {
  *write(data): Kthread<number> {
    const count = /^\s*(0[xX][0-9a-fA-F]+|\d+)(?:\s|$)/.exec(data)?.[1];
    if (count === undefined) return -ERRNO.EINVAL;
    const refused = yield* store(Number(count));
    return typeof refused === 'number' && refused < 0 ? refused : data.length;
  },
  truncate: () => 0,
});

/** Shrinkers are asked until less than this comes of it. */
const ENOUGH_FREED = 10;
/** Every shrinker gives back what it can, until little comes of it. Source: drop_slab(). */
function drop_slab(k: Kernel): void {
  for (let freed = ENOUGH_FREED + 1; freed > ENOUGH_FREED; ) freed = (k.shrinkers ?? []).reduce((sum, s) => sum + s.scan_objects(s.count_objects()), 0);
}
/**
 * /proc/sys/vm/drop_caches: 1 clean page cache, 2 slab that can shrink, 3 both, 4 says nothing more in the log. Files in memory have no clean pages, and the slab of the recorded
 * guest, whose objects are not known one by one, did not shrink by it. Source: drop_caches_sysctl_handler().
 */
const dropCaches = (k: Kernel): FileNode => textFile(0o200, () => -ERRNO.EPERM, {
  *write(data): Kthread<number> {
    const value = Number(/^\s*(\d+)(?:\s|$)/.exec(data)?.[1] ?? 0);
    if (value < 1 || value > 4) return -ERRNO.EINVAL;
    if ((value & 1) !== 0) k.filemap?.invalidate();
    if ((value & 2) !== 0) drop_slab(k);
    const { name, pid } = k.current?.() ?? { name: 'swapper/0', pid: 0 };
    if ((value & 4) === 0) k.mm.printk(6, `${name} (${pid}): drop_caches: ${value}`);
    return data.length;
  },
  truncate: () => 0,
});

/** /proc/sys/vm/compact_memory: any write compacts every zone of every node, before it returns. Source: sysctl_compaction_handler(). */
const compactMemory = (k: Kernel): FileNode => textFile(0o200, () => -ERRNO.EPERM, {
  *write(data): Kthread<number> {
    yield* compact_nodes(k.mm, k.buddy);
    return data.length;
  },
  truncate: () => 0,
});

export function createProcfs(kernel: Kernel): DirNode {
  const { mm } = kernel;
  const { description: d } = mm;
  const show = mm.edition.files;
  const perFrame = (entry: (pfn: number) => { low: number; high: number }): FileNode => ({
    kind: 'file', mode: 0o400, size: () => 0, read: (offset, count) => (offset / 8 >= max_dump_pfn(mm) ? '' : readEntries(mm, offset, count, entry)),
  });
  const uptime = (): string => seconds((mm.t.header[H_TIME_HI] as number) * 2 ** 32 + ((mm.t.header[H_TIME_LO] as number) >>> 0));
  const release = d.release ?? mm.edition.release;
  const version = `Linux version ${release} ${d.kernelVersion ?? mm.edition.version}\n`;
  const vm = dirOf(0o555, () => vmFiles);
  const reserve = (at: number): FileNode => counter(() => mm.t.misc.word[at] as number, function* (kbytes) {
    mm.t.misc.word[at] = kbytes;
  });
  const vmFiles = present(mm, 'proc/sys/vm', {
    admin_reserve_kbytes: reserve(M_ADMIN_RESERVE_KBYTES), user_reserve_kbytes: reserve(M_USER_RESERVE_KBYTES),
    compact_memory: compactMemory(kernel), extfrag_threshold: textFile(0o444, () => `${EXTFRAG_THRESHOLD}\n`),
    compaction_proactiveness: counter(() => compaction_proactiveness(mm), function* (percent) {
      if (percent > 100) return -ERRNO.EINVAL;
      setProactiveness(mm, percent);
      if (percent > 0) for (const nid of onlineNodes(mm)) wake_for_proactiveness(kernel, nid);
      return 0;
    }),
    drop_caches: dropCaches(kernel), min_free_kbytes: proc_dointvec_minmax(() => mm.t.misc.word[M_MIN_FREE_KBYTES] as number, (kbytes) => set_min_free_kbytes(mm, kernel.buddy, kbytes)), nr_hugepages: counter(() => hugetlbCounts(mm).nr, (count) => set_max_huge_pages(kernel, count)),
    nr_overcommit_hugepages: counter(() => mm.t.misc.word[M_HUGETLB_OVERCOMMIT] as number, function* (count) {
      mm.t.misc.word[M_HUGETLB_OVERCOMMIT] = count;
    }),
  });
  const sysDir = dirOf(0o555, () => sysFiles);
  const sysFiles = { kernel: kernelDir(mm, show.proc_sys_kernel?.(kernel)), vm };
  const files = {
    buddyinfo: textFile(0o444, () => buddyinfo_show(kernel)),
    'config.gz': textFile(0o444, () => gzip(configText(d, release))),
    cmdline: textFile(0o444, () => `${d.cmdline}\n`),
    cpuinfo: textFile(0o444, () => cpuinfo(d.cpus, mm.geometry.arch === 'x86_64' || mm.geometry.arch === 'i386')),
    filesystems: textFile(0o444, filesystems),
    iomem: textFile(0o444, (uid) => formatIomem(kernel.iomem, uid === 0)),
    kpagecount: perFrame((pfn) => ({ low: page_mapcount(mm, pfn), high: 0 })),
    kpageflags: perFrame((pfn) => stable_page_flags(mm, pfn)),
    meminfo: textFile(0o444, () => withoutLines(mm, show.meminfo(mm))),
    pagetypeinfo: textFile(0o400, () => show.pagetypeinfo(kernel)),
    slabinfo: textFile(0o400, () => slabinfo(kernel)),
    swaps: textFile(0o444, () => kernel.swapfile?.swaps_show() ?? SWAPS_HEADER),
    sys: sysDir,
    uptime: textFile(0o444, () => `${uptime()} ${uptime()}\n`),
    version: textFile(0o444, () => version),
    vmstat: textFile(0o444, () => withoutLines(mm, show.vmstat(mm))),
    zoneinfo: textFile(0o444, () => withoutLines(mm, show.zoneinfo(kernel))),
  };
  const there = present(mm, 'proc', files);
  return dirOf(0o555, () => there);
}
