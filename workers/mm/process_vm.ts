/**
 * Mirrors: mm/mmap.c, kernel/fork.c, fs/proc/task_mmu.c (6.1), as far as a process that maps, touches, locks and pins its memory can tell: what the system calls of processes about memory do.
 * Its parts: process_memory.ts (pages), process_kernel.ts (what the kernel keeps for it), gup.ts (locks and pins), process_oom.ts (nothing left).
 * Left out: munmap(2) of a part. Why: what programs give back of a mapping they keep, they give back by madvise(2).
 */
import type { Kthread } from '../kernel/kthread.ts';
import type { AddressSpace } from '../kernel/vnode.ts';
import { remember } from '../lib/remember.ts';
import { ERRNO } from '../uapi/errno.ts';
import { H_SEQ, H_TOTALRAM, NODE_MEMORY } from '../uapi/layout.ts';
import { KPF, kpf } from '../uapi/page_flags.ts';
import { KIND_ANON, KIND_FILE } from '../uapi/page_kind.ts';
import { count_faults } from './alloc_stat.ts';
import { createGup, framesOf } from './gup.ts';
import { deferred_split_shrinker, hugepage_allowed } from './huge_memory.ts';
import { default_hstate, free_huge_page, HPAGE_1G, hstates, huge_page_head, hugetlb_reserve_pages, hugetlb_unreserve_pages, PageHuge } from './hugetlb.ts';
import { consider_proactive_compaction } from './kcompactd.ts';
import type { Kernel } from './kernel.ts';
import { createKhugepaged } from './khugepaged.ts';
import { configured, page_size } from './mm.ts';
import type { Area, Held, MapOptions, Mapping, PinDriver } from './mm_types.ts';
import { PageHWPoison, setColdFlags, setKind } from './page_flags.ts';
import { createProcessKernel, PTRS_PER_PTE } from './process_kernel.ts';
import { createProcessMemory } from './process_memory.ts';
import { createProcessOom } from './process_oom.ts';
import { ratelimitClock } from './ratelimit.ts';
import { addOwner, lru_add, mapPage, removeOwner, SHMEM_OWNER, slotsLeft } from './rmap.ts';
import type { CacheName } from './slub.ts';
import { swapSpace } from './swap.ts';

/** Where a process's mappings begin, downwards; not on a multiple of 2 MiB, as on a machine with randomised addresses. */
const MMAP_TOP = 0x7fff_f7c3_d000;

export interface ProcessVm {
  /** A process starts: its kernel stack and the top of its page tables. Where there is none left, and nobody to kill for it, it starts with less. */
  start(pid: number, name: string): void;
  /**
   * Maps and touches `pages` pages on the process's node. -ENOMEM: nothing was mapped (more than the machine has, or the pool of huge pages is too small).
   * `signal`: a page could not be had while touching (the OOM killer's SIGKILL). Between two faults others may run, where something happened in the first: kswapd was woken, pages were
   * reclaimed.
   */
  mmap(pid: number, pages: number, options?: MapOptions): Kthread<Area | number | { readonly signal: number }>;
  /** Maps and touches `pages` pages of a disk's file, from page `from` on. 0, or -ENOMEM: not all of them are there. */
  mmapFile(pid: number, mapping: AddressSpace, from: number, pages: number): number;
  /** munmap(2) of a whole mapping. */
  munmap(pid: number, area: Area): void;
  /**
   * madvise(MADV_DONTNEED) of `pages` pages of a mapping, from page `from` on: what they held is gone, and who uses them again finds new ones. 0; -EINVAL: the mapping is locked, or of
   * the huge page pool. Source: madvise_dontneed_single_vma().
   */
  dontneed(pid: number, area: Area, from: number, pages: number): number;
  /** fork(2), what it means for memory: the child maps the same pages, until one of both writes. 0, or -ENOMEM: the child has a part. */
  fork(pid: number, child: number): number;
  /** Page `index` of a mapping is written to: one that is shared after a fork is copied. 0, or -ENOMEM. */
  write(pid: number, area: Area, index: number): number;
  /** So many threads more: their stacks and task structures. 0, or -ENOMEM. */
  threads(pid: number, count: number): number;
  /** So many objects more (or, below 0, fewer: the ones that `pick` chooses) of a cache that the kernel keeps for the process. 0, or -ENOMEM. */
  objects(pid: number, name: CacheName, count: number, pick: (n: number) => number): number;
  /** mlock(2): 0; -EPERM: it may lock nothing; -ENOMEM: not so much (RLIMIT_MEMLOCK). Source: do_mlock(). */
  mlock(pid: number, area: Area): number;
  /**
   * Long-term pin: pages in ZONE_MOVABLE and in areas of devices move out first. 0, or -ENOMEM where they cannot, or where it is more than RLIMIT_MEMLOCK lets this driver pin.
   * Source: check_and_migrate_movable_pages(); __io_account_mem(), ib_umem_get(), vfio_lock_acct().
   */
  pin(pid: number, area: Area, driver?: PinDriver): Kthread<number>;
  /** The process uses each page of it. */
  touch(area: Area): void;
  /** References without a pin (vmsplice). */
  hold(area: Area): void;
  /** What /proc/PID/pagemap shows of a mapping, in address order: the frame, or below 0 the frame a hwpoison entry names; 0: no entry, a broken huge page of the pool. */
  pagemap(area: Area): number[];
  /** The newest mapping of a process, undefined if it has none (or does not exist). */
  area(pid: number): Area | undefined;
  /** Does the process exist, with memory of its own? */
  has(pid: number): boolean;
  /** Pages of its memory that are present. */
  rss(pid: number): number;
  /** /proc/PID/oom_score. */
  oom_score(pid: number): number;
  /** Chunks of 2^order pages that the kernel takes for the process and may not wait for (GFP_ATOMIC), as a network driver does for what arrives: how many it got. */
  atomic(pid: number, order: number, count: number): number;
  /** Everything of the process is given back. */
  exit(pid: number): void;
}

const SIGKILL = 9;
const SIGBUS = 7;
const isHeld = (value: Area | number | { readonly signal: number }): value is Area => typeof value === 'object' && 'slots' in value;
/** The mapping, for callers that know it fits. */
export const mapped = (value: Area | number | { readonly signal: number }): Area | undefined => (isHeld(value) ? value : undefined);

export function createProcessVm(k: Kernel): ProcessVm {
  const { mm, buddy } = k;
  const { cold } = mm.t;
  const processes = remember(new Map<number, Held>());
  const bytes = page_size(mm);
  k.shrinkers ??= [];
  k.shrinkers.push(deferred_split_shrinker(k));
  const oom = createProcessOom(k, processes, (pid) => exit(pid));
  k.tasks = oom.tasks;
  const kernel = createProcessKernel(k, processes, oom.orKill);
  const memory = createProcessMemory(k, processes, oom.orKill, kernel.growTables);
  const gup = createGup(k, processes, memory.touch);
  const khugepaged = createKhugepaged(k, () => [...processes.values()].flatMap(({ pid, areas }) =>
    areas.filter(({ thp, madvised = false }) => thp === true && hugepage_allowed(mm, madvised)).map(({ address, slots }) => ({ pid, address, slots }))));
  const of = (pid: number, otherwise: number, ask: (held: Held) => number): number => {
    const held = processes.get(pid);
    return held === undefined ? otherwise : ask(held);
  };
  function freeMemoryChanged(): void {
    for (let nid = 0; nid < mm.t.sizes.nodes; nid++) if (((mm.t.node.state[nid] as number) & NODE_MEMORY) !== 0) consider_proactive_compaction(k, nid);
  }
  function shmemOwner(held: Held): number {
    held.shmem ||= addOwner(mm, KIND_FILE, `${SHMEM_OWNER}: shared memory of ${held.name}, pid ${held.pid}`, held.pid);
    return held.shmem;
  }

  function exit(pid: number): void {
    const held = processes.get(pid);
    if (held === undefined) return;
    processes.delete(pid);
    for (const area of held.areas) gup.unpin(area);
    for (const area of held.areas) for (const slot of area.slots) memory.putPage(slot);
    unmapFiles(held);
    kernel.exit(held);
    removeOwner(mm, held.owner);
    memory.leaveFamily(held);
    freeMemoryChanged();
  }
  function unmapFiles(held: Held): void {
    for (const { mapping, from, pages } of held.files) {
      for (let index = from; index < from + pages; index++) {
        const pfn = k.filemap?.find(mapping, index) ?? -1;
        if (pfn >= 0) k.filemap?.map(pfn, -1);
      }
    }
    held.files.length = 0;
  }

  return {
    start(pid, name) {
      const owner = addOwner(mm, KIND_ANON, `${name}, pid ${pid}`, pid);
      const held: Held = { pid, name, owner, started: ratelimitClock(mm), shmem: 0, areas: [], kernel: [], mapped: 0, touched: 0, floor: Math.floor(MMAP_TOP / bytes) * bytes, family: 0, files: [], objects: new Map() };
      processes.set(pid, held);
      kernel.start(held);
    },
    *mmap(pid, pages, options = {}) {
      const held = processes.get(pid);
      if (held === undefined || pages <= 0 || (options.hugetlb && !configured(mm, 'HUGETLB'))) return -ERRNO.EINVAL;
      // Overcommit in its default mode refuses only what could never be. Source: __vm_enough_memory(). And there are slots for so many pages (MAX_PTES of uapi/layout.ts), which no machine below 256 GiB runs out of.
      const touched = options.sparse ? pages / PTRS_PER_PTE : pages;
      if (touched > (mm.t.header[H_TOTALRAM] as number) + (swapSpace(mm)?.total_swap_pages() ?? 0) || touched > slotsLeft(mm)) return -ERRNO.ENOMEM;
      const h = options.gigantic ? HPAGE_1G : default_hstate(mm);
      if (options.hugetlb && !hstates(mm).includes(h)) return -ERRNO.EINVAL;
      const whole = options.hugetlb ? Math.ceil(pages / h.pages) * h.pages : pages;
      if (options.hugetlb && hugetlb_reserve_pages(mm, buddy, whole / h.pages, h) !== 0) return -ERRNO.ENOMEM;
      const below = held.floor - whole * bytes;
      const address = options.hugetlb ? Math.floor(below / (h.pages * bytes)) * h.pages * bytes : below;
      const thp = options.thp === true && !options.shared && !options.hugetlb;
      const area: Mapping = { address, slots: [], entries: 0, ...(thp && { thp, madvised: options.madvised === true }), ...(options.shared && { shared: true }), ...(options.hugetlb && { hugetlb: true }) };
      held.floor = address;
      held.areas.push(area);
      // Page tables grow with each 2 MiB that is touched; a huge page needs none of the last level.
      const wanted = options.sparse ? Math.ceil(whole / PTRS_PER_PTE) : whole;
      let seq = mm.t.header[H_SEQ] as number;
      while (area.slots.length < wanted) {
        const at = area.slots.length;
        const { pfn, pages: got } = memory.fault(held, address + at * bytes, wanted - at, options);
        const entries = got > 1 ? 0 : options.sparse ? PTRS_PER_PTE : 1;
        if (pfn < 0) {
          if (!options.hugetlb) return { signal: SIGKILL };
          hugetlb_unreserve_pages(mm, buddy, (wanted - at) / h.pages, h);
          return { signal: SIGBUS };
        }
        if (!kernel.growTables(held, entries)) {
          if (options.hugetlb) hugetlb_unreserve_pages(mm, buddy, (wanted - at) / h.pages - 1, h);
          if (options.hugetlb) free_huge_page(mm, buddy, pfn);
          else buddy.free_pages(pfn, got > 1 ? mm.geometry.hpage_order : 0);
          return { signal: SIGKILL };
        }
        area.entries += entries;
        const owner = options.shared ? shmemOwner(held) : held.owner;
        for (let i = 0; i < got; i++) area.slots.push(mapPage(mm, owner, pfn + i, memory.nextTag(held)));
        if (options.hugetlb) continue;
        if (options.shared === true) {
          setKind(mm, pfn, KIND_FILE);
          setColdFlags(mm, pfn, kpf(KPF.DIRTY) | kpf(KPF.SWAPBACKED) | kpf(KPF.MMAP));
          cold.mapcount[pfn] = 1;
        }
        lru_add(mm, pfn);
        if (mm.t.header[H_SEQ] === seq) continue;
        if (mm.cond_resched()) yield;
        seq = mm.t.header[H_SEQ] as number;
        // Somebody killed it meanwhile, and all it had is gone.
        if (processes.get(pid) !== held) return { signal: SIGKILL };
      }
      if (thp && hugepage_allowed(mm, options.madvised === true)) khugepaged.enter();
      freeMemoryChanged();
      return area;
    },
    mmapFile(pid, mapping, from, pages) {
      const held = processes.get(pid);
      if (held === undefined || k.filemap === undefined) return -ERRNO.EINVAL;
      const area = { mapping, from, pages: 0 };
      held.files.push(area);
      for (let index = from; index < from + pages; index++) {
        const pfn = k.filemap.read(mapping, index);
        if (pfn < 0 || !kernel.growTables(held, 1)) return -ERRNO.ENOMEM;
        k.filemap.map(pfn, 1);
        if (index === from || index % mm.edition.fault_around === 0) count_faults(mm, 1);
        area.pages++;
      }
      return 0;
    },
    munmap(pid, area) {
      const held = processes.get(pid);
      const own = held?.areas.find((a) => a === area);
      if (held === undefined || own === undefined) return;
      held.areas.splice(held.areas.indexOf(own), 1);
      gup.unpin(own);
      for (const slot of own.slots) memory.putPage(slot);
      kernel.shrinkTables(held, own.entries);
      held.touched -= area.slots.length;
      freeMemoryChanged();
    },
    dontneed(pid, area, from, pages) {
      const held = processes.get(pid);
      const ret = held === undefined ? -ERRNO.EINVAL : memory.dontneed(held, area, from, pages);
      if (ret === 0) freeMemoryChanged();
      return ret;
    },
    fork(pid, child) {
      const from = processes.get(pid);
      const to = processes.get(child);
      return from === undefined || to === undefined ? -ERRNO.ESRCH : memory.copy_page_range(from, to);
    },
    write: (pid, area, index) => of(pid, -ERRNO.EINVAL, (held) => memory.write(held, area, index)),
    threads: (pid, count) => of(pid, -ERRNO.ESRCH, (held) => kernel.threads(held, count)),
    objects: (pid, name, count, pick) => of(pid, -ERRNO.ESRCH, (held) => kernel.objects(held, name, count, pick)),
    mlock: (pid, area) => of(pid, -ERRNO.ESRCH, (held) => gup.mlock(held, area as Mapping)),
    *pin(pid, area, driver = 'io_uring') {
      const held = processes.get(pid);
      return held === undefined ? -ERRNO.ESRCH : yield* gup.pin(held, area as Mapping, driver);
    },
    atomic: (pid, order, count) => of(pid, -ERRNO.ESRCH, (held) => kernel.atomic(held, order, count)),
    touch: memory.touch,
    hold: gup.hold,
    pagemap: (area) => framesOf(mm, area).map((pfn) => (pfn > 0 && PageHuge(mm, pfn) && PageHWPoison(mm, huge_page_head(mm, pfn)) ? 0 : pfn)),
    area: (pid) => processes.get(pid)?.areas.at(-1),
    has: (pid) => processes.has(pid),
    oom_score: (pid) => of(pid, 0, oom.score),
    rss: (pid) => (processes.get(pid)?.areas ?? []).reduce((sum, area) => sum + framesOf(mm, area).filter((pfn) => pfn > 0).length, 0),
    exit,
  };
}
