/**
 * Mirrors: mm/mmap.c, mm/memory.c, mm/huge_memory.c, mm/mlock.c, mm/gup.c, fs/proc/task_mmu.c (6.1), as far as a process that maps, touches, locks and pins its memory can tell.
 * Left out: munmap(2) of a part. Why: what programs give back of a mapping they keep, they give back by madvise(2).
 */
import { ftraceOf, NOBODY } from '../kernel/ftrace.ts';
import type { Kthread } from '../kernel/kthread.ts';
import type { AddressSpace } from '../kernel/vnode.ts';
import { remember } from '../lib/remember.ts';
import { ERRNO } from '../uapi/errno.ts';
import { H_TOTALRAM, NODE_MEMORY, NODE_NORMAL_MEMORY, STATE_ORDER } from '../uapi/layout.ts';
import { MIGRATE_CMA, MIGRATE_ISOLATE, MIGRATE_MOVABLE, MIGRATE_RECLAIMABLE, MIGRATE_UNMOVABLE, pageblock_order, ZONE_MOVABLE, ZONE_NORMAL } from '../uapi/mmzone.ts';
import { COLD_MLOCKED, KPF, kpf } from '../uapi/page_flags.ts';
import { KIND_ANON, KIND_COLD, KIND_FILE, KIND_KERNEL, KIND_MASK, KIND_MLOCKED, KIND_PAGETABLE, KIND_SLAB, KIND_THP } from '../uapi/page_kind.ts';
import { TE_PAGE_FREE_BATCHED } from '../uapi/trace_events.ts';
import type { Kernel } from './kernel.ts';
import { deferred_split_huge_page, leave_split_queue, split_huge_pmd } from './deferred_split.ts';
import { deferred_split_shrinker, do_huge_pmd_anonymous_page, hugepage_allowed } from './huge_memory.ts';
import { alloc_huge_page, default_hstate, free_huge_page, HPAGE_1G, hstates, huge_page_head, hugetlb_reserve_pages, hugetlb_unreserve_pages, page_hstate, PageHuge } from './hugetlb.ts';
import { AGENT, hasAgent } from './guest_agent.ts';
import { configured, M_FOLL_PIN_ACQUIRED, M_FOLL_PIN_RELEASED, type Mm, page_size } from './mm.ts';
import { is_swap_pte, swapSpace } from './swap.ts';
import { do_swap_page } from './swap_in.ts';
import { consider_proactive_compaction } from './kcompactd.ts';
import { createKhugepaged } from './khugepaged.ts';
import { isProcessMemory, migrate_pages, MR_LONGTERM_PIN, putback_movable_pages } from './migrate.ts';
import { compound_head, page_zone_row, PageLRU, zone_idx, zone_to_nid } from './mmzone.ts';
import { PageHWPoison } from './page_flags.ts';
import { addOwner, changed, changedPte, del_page_from_lru_list, freePte, lru_add, mapPage, ownKernelPage, removeOwner, unmapPage, SHMEM_OWNER } from './rmap.ts';
import { ALL_NODES } from './page_alloc.ts';
import { oom_score, out_of_memory, type Task, WANTED, type Wanted } from './oom_kill.ts';
import { mark_young } from './lru.ts';
import type { CacheName } from './slub.ts';
import { count_vm_event, VM } from './vm_event.ts';
import { RECLAIMABLE_OWNER } from './vmstat.ts';

/** THREAD_SIZE of x86_64 is 16 KiB; with VMAP_STACK these are single pages. */
const STACK_PAGES = 4;
/**
 * Slab pages (dentries, inodes, task structures) that stay behind when a program ends, one for each that was started, up to the size at which caches begin to be reused.
 * They are why a kernel zone that has just come online is soon busy: recorded machines without another ZONE_NORMAL could hardly ever take it offline again.
 */
const SLAB_PAGES_MAX = 2048;
/** Dentries in a page. */
const OBJECTS_PER_SLAB = 21;
/** A page of page table maps 512 pages. */
const PTRS_PER_PTE = 512;
/** Where a process's mappings begin, downwards; not on a multiple of 2 MiB, as on a machine with randomised addresses. */
const MMAP_TOP = 0x7fff_f7c3_d000;

export interface MapOptions {
  /** Shared memory (tmpfs pages) instead of anonymous. */
  readonly shared?: boolean;
  /** madvise(MADV_HUGEPAGE), or huge pages wherever they fit: aligned 2 MiB pieces are huge pages where one is free. */
  readonly thp?: boolean;
  /** It asked for them (MADV_HUGEPAGE): more is done to get one. */
  readonly madvised?: boolean;
  /** MAP_HUGETLB: huge pages of the pool. */
  readonly hugetlb?: boolean;
  /** With it, MAP_HUGE_1GB: pages of 1 GiB. */
  readonly gigantic?: boolean;
  /** Only the first page of each 2 MiB is touched: what then grows is page tables. */
  readonly sparse?: boolean;
}
/** Who pins: io_uring counts what all processes of a user pin, RDMA what the process pins, VFIO what the process pins or locks. */
export type PinDriver = 'io_uring' | 'rdma' | 'vfio';
/** A mapping: where it is, and its PTE slots in address order. */
export interface Area {
  readonly address: number;
  readonly slots: readonly number[];
}

export interface ProcessVm {
  /** A process starts: its kernel stack and the top of its page tables. Where there is none left, and nobody to kill for it, it starts with less. */
  start(pid: number, name: string): void;
  /**
   * Maps and touches `pages` pages on the process's node. -ENOMEM: nothing was mapped (more than the machine has, or the pool of huge pages is too small).
   * `signal`: a page could not be had while touching (the OOM killer's SIGKILL).
   */
  mmap(pid: number, pages: number, options?: MapOptions): Area | number | { readonly signal: number };
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

interface Mapping extends Area {
  readonly slots: number[];
  /** Entries it takes in page tables of the last level: huge pages take none, each page of a sparse mapping a table of its own. */
  entries: number;
  /** May have huge pages, and whether it asked for them. */
  readonly thp?: boolean;
  readonly madvised?: boolean;
  /** Shared memory (tmpfs pages); huge pages of the pool. */
  readonly shared?: boolean;
  readonly hugetlb?: boolean;
  /** Held by a long-term pin, and by whose. */
  pinned?: PinDriver;
  /** mlock(2). */
  locked?: boolean;
}
interface Held {
  readonly pid: number;
  readonly name: string;
  readonly owner: number;
  /** Owner of its shared memory, made when it is first needed. */
  shmem: number;
  readonly areas: Mapping[];
  readonly kernel: { readonly pfn: number; readonly order: number }[];
  /** Pages the page tables cover so far. */
  mapped: number;
  /** Pages it touched so far, for what they contain. */
  touched: number;
  /** Lowest address in use. */
  floor: number;
  /** Owner of what it shares with its parent or children, 0 = nothing. */
  family: number;
  readonly files: { readonly mapping: AddressSpace; readonly from: number; pages: number }[];
  /** Objects of the kernel's, by cache: the first frames of their slabs. */
  readonly objects: Map<CacheName, number[]>;
}

/** Memory that has to stay movable holds no page that must not move: ZONE_MOVABLE, and pageblocks of devices. Source: is_longterm_pinnable_page(). */
function is_longterm_pinnable_page(mm: Mm, pfn: number): boolean {
  const mt = mm.t.pageblock.migratetype[pfn >>> pageblock_order];
  return zone_idx(page_zone_row(mm, pfn)) !== ZONE_MOVABLE && (!configured(mm, 'CMA') || (mt !== MIGRATE_CMA && mt !== MIGRATE_ISOLATE));
}
const SIGKILL = 9;
const SIGBUS = 7;
const isHeld = (value: Area | number | { readonly signal: number }): value is Area => typeof value === 'object' && 'slots' in value;
/** The mapping, for callers that know it fits. */
export const mapped = (value: Area | number | { readonly signal: number }): Area | undefined => (isHeld(value) ? value : undefined);

export function createProcessVm(k: Kernel): ProcessVm {
  const { mm, buddy } = k;
  const { memmap, pte, cold } = mm.t;
  const { listening, emit } = ftraceOf(mm.t);
  const processes = remember(new Map<number, Held>());

  /** Rows of PTE that more than one process maps, with how many. */
  const shares = remember(new Map<number, number>());

  /** Nodes it may take memory from. Source: policy_nodemask(), apply_policy_zone(): a set of nodes without kernel memory does not bind what the kernel takes. */
  const policy = (held: Held): number => (k.membind?.(held.pid) ?? 0) || ALL_NODES;
  const kernelPolicy = (held: Held): number => {
    const nodes = policy(held);
    return nodes === ALL_NODES || mm.t.node.state.some((state, nid) => (state & NODE_NORMAL_MEMORY) !== 0 && (nodes & (1 << nid)) !== 0) ? nodes : ALL_NODES;
  };
  const user = (held: Held): number => buddy.alloc_pages({ order: 0, migratetype: MIGRATE_MOVABLE, highest_zoneidx: ZONE_MOVABLE, nid: 0, nodemask: policy(held), kind: KIND_ANON });
  const khugepaged = createKhugepaged(k, () => [...processes.values()].flatMap(({ pid, areas }) =>
    areas.filter(({ thp, madvised = false }) => thp === true && hugepage_allowed(mm, madvised)).map(({ address, slots }) => ({ pid, address, slots }))));
  function takeKernel(held: Held, order: number, kind: number): boolean {
    const pfn = orKill(held, () => buddy.alloc_pages({ order, migratetype: MIGRATE_UNMOVABLE, highest_zoneidx: ZONE_NORMAL, nid: 0, nodemask: kernelPolicy(held), kind }), WANTED.pgd);
    if (pfn < 0) return false;
    for (let i = 0; i < 1 << order; i++) ownKernelPage(mm, held.owner, pfn + i);
    held.kernel.push({ pfn, order });
    return true;
  }
  const { program_tables: tables } = mm.edition;
  /** The top level, and so many pages below it. */
  function takeTables(held: Held, pages: number): void {
    takeKernel(held, tables.pgd_order, KIND_PAGETABLE);
    for (let i = 0; i < pages; i++) takeKernel(held, 0, KIND_PAGETABLE);
  }
  /** Stacks of processes that ended wait for the next ones, the last one first. Source: cached_stacks of kernel/fork.c. */
  const stacks = remember<(readonly { readonly pfn: number; readonly order: number }[])[]>([]);
  /** Slab pages of programs, and how many; owners of both kinds and of the stacks. */
  const slab = remember({ owner: 0, reclaimable: 0, stacks: 0, pages: 0 });
  /** The top level does not count. */
  const isTable = ({ pfn, order }: { readonly pfn: number; readonly order: number }): boolean => order === 0 && ((memmap.kind[pfn] as number) & KIND_MASK) === KIND_PAGETABLE;
  function taskOf(p: Held): Task {
    const swapents = p.areas.reduce((sum, { slots }) => sum + slots.filter((slot) => is_swap_pte(pte.pfn[slot] as number)).length, 0);
    return { pid: p.pid, name: p.name, anon: p.touched - swapents, swapents, tables: p.kernel.filter(isTable).length, oom_score_adj: k.oom_score_adj?.(p.pid) ?? 0 };
  }
  /** An allocation that finds nothing kills the largest process, takes its memory back and is tried again; -1: the one that asks is killed itself, or nobody is left. */
  function orKill(held: Held, allocate: () => number, wanted: Wanted): number {
    for (;;) {
      const pfn = allocate();
      // What is kept for atomic requests goes before any process does.
      if (pfn < 0 && buddy.unreserve_highatomic_pageblock(0, ZONE_MOVABLE, MIGRATE_MOVABLE, true)) continue;
      if (pfn >= 0 || mm.description.profile !== 'debian-6.1-q35' || k.kill === undefined) return pfn;
      // While it is being forked a process is still called as its parent: a shell's is the guest's agent, which must never be killed.
      const forked = held.areas.length === 0;
      const byAgent = forked && held.name === 'bash';
      const who = byAgent ? { pid: held.pid, comm: 'agent', oom_score_adj: AGENT.oom_score_adj } : { pid: held.pid, comm: forked ? 'bash' : held.name };
      const tasks = [...processes.values()].map((p) => (p === held && byAgent ? { ...AGENT, pid: p.pid, name: 'agent', swapents: 0 } : taskOf(p)));
      const victim = out_of_memory(mm, buddy, who, byAgent ? WANTED.child : wanted, tasks);
      if (victim === undefined) return -1;
      k.kill(victim.pid, SIGKILL);
      if (victim.pid === held.pid) return -1;
      exit(victim.pid);
    }
  }
  function growSlab(reclaimable: boolean): void {
    // The amount is that of the recorded 6.1 guest; another profile has its own, or none.
    if (mm.description.profile !== 'debian-6.1-q35' || slab.pages >= SLAB_PAGES_MAX) return;
    // Task structures and the like cannot be given back, dentries and inodes can: the two never share a pageblock if that can be helped.
    const pfn = buddy.alloc_pages({ order: 0, migratetype: reclaimable ? MIGRATE_RECLAIMABLE : MIGRATE_UNMOVABLE, highest_zoneidx: ZONE_NORMAL, nid: 0, kind: KIND_SLAB });
    if (pfn < 0) return;
    slab.owner ||= addOwner(mm, KIND_SLAB, 'slab caches of programs', 0);
    slab.reclaimable ||= addOwner(mm, KIND_SLAB, `${RECLAIMABLE_OWNER}: dentries and inodes of programs`, 0);
    ownKernelPage(mm, reclaimable ? slab.reclaimable : slab.owner, pfn);
    if (reclaimable) dentries.push(pfn);
    slab.pages++;
  }
  /** Reclaimable slab pages of programs, oldest first: what is left of those that ended can be given back. */
  const dentries = remember<number[]>([]);
  k.shrinkers ??= [];
  k.shrinkers.push(deferred_split_shrinker(k));
  k.shrinkers.push({
    count_objects: () => Math.max(0, dentries.length - processes.size) * OBJECTS_PER_SLAB,
    scan_objects(nr_to_scan) {
      const given = dentries.splice(0, Math.ceil(nr_to_scan / OBJECTS_PER_SLAB));
      for (const pfn of given) buddy.free_pages(pfn, 0);
      slab.pages -= given.length;
      return given.length * OBJECTS_PER_SLAB;
    },
  });
  function growTables(held: Held, pages: number): boolean {
    for (let have = Math.ceil(held.mapped / PTRS_PER_PTE), need = Math.ceil((held.mapped + pages) / PTRS_PER_PTE); have < need; have++) {
      if (!takeKernel(held, 0, KIND_PAGETABLE)) return false;
    }
    held.mapped += pages;
    return true;
  }
  /** What page i of a process holds: never 0. */
  const tagOf = (held: Held, i: number): number => ((held.owner * 509 + i * 31) & 0xffff) | 1;
  function putPage(slot: number): void {
    // Given back before, and not used since.
    if (slot === 0) return;
    const pfn = pte.pfn[slot] as number;
    const users = shares.get(slot);
    if (users !== undefined) {
      if (users > 2) shares.set(slot, users - 1);
      else shares.delete(slot);
      if (pfn <= 0) return;
      cold.mapcount[pfn] = users - 1;
      changed(mm, pfn);
      return;
    }
    if (pfn <= 0) {
      if (is_swap_pte(pfn)) swapSpace(mm)?.free(pfn);
      freePte(mm, slot);
      return;
    }
    const head = compound_head(mm, pfn);
    const order = (memmap.state[head] as number) & STATE_ORDER;
    unmapPage(mm, pfn);
    // A huge page goes as a whole, with the last of its pages.
    if (order > 0) for (let i = head; i < head + (1 << order); i++) if ((memmap.owner[i] as number) > 0) return;
    if (PageHuge(mm, head)) {
      const whole = huge_page_head(mm, head);
      // One of 1 GiB is 256 chunks: the others are mapped from their first page on, or not at all.
      for (let i = whole; i < whole + page_hstate(mm, head).pages; i += 1 << order) if ((memmap.owner[i] as number) > 0) return;
      free_huge_page(mm, buddy, whole);
      return;
    }
    if (order > 0) leave_split_queue(mm, head);
    if (listening[0] !== NOBODY && order === 0) emit(TE_PAGE_FREE_BATCHED, head);
    if (PageLRU(mm, head)) del_page_from_lru_list(mm, head);
    else if (isProcessMemory(mm, head)) return;
    buddy.free_pages(head, order);
  }
  const makeCold = (pfn: number): void => {
    if (((memmap.kind[pfn] as number) & KIND_COLD) !== 0) return;
    memmap.kind[pfn] = (memmap.kind[pfn] as number) | KIND_COLD;
    cold.mapcount[pfn] = 1;
  };
  const setKind = (pfn: number, kind: number): void => {
    memmap.kind[pfn] = ((memmap.kind[pfn] as number) & ~KIND_MASK) | kind;
    mm.touch(pfn);
  };
  /** A page that was given back is used again: a new one, unless there is none. Source: do_anonymous_page(). */
  function refault(held: Held, area: Mapping, index: number): boolean {
    const pfn = orKill(held, () => user(held), WANTED.page);
    if (pfn < 0) return false;
    area.slots[index] = mapPage(mm, held.owner, pfn, tagOf(held, held.touched++));
    lru_add(mm, pfn);
    return true;
  }
  /** handle_mm_fault() for each page of a mapping: what lies in swap comes back, as far as there is room; and its user was here. */
  function touch(area: Area): void {
    for (let i = 0; i < area.slots.length; i++) {
      if (area.slots[i] === 0) {
        const held = [...processes.values()].find(({ areas }) => areas.includes(area as Mapping));
        if (held === undefined || !refault(held, area as Mapping, i)) return;
        continue;
      }
      const slot = area.slots[i] as number;
      const pfn = pte.pfn[slot] as number;
      if (is_swap_pte(pfn)) do_swap_page(mm, buddy, slot);
      else if (pfn > 0) mark_young(mm, pfn);
    }
  }
  const framesOf = (area: Area): number[] => area.slots.map((slot) => pte.pfn[slot] as number);
  /** get_user_pages() with FOLL_TOUCH: a reference, and the page counts as referenced. */
  function addReference(area: Area): void {
    for (const pfn of framesOf(area)) {
      if (pfn <= 0) continue;
      makeCold(pfn);
      changed(mm, pfn);
      cold.pincount[pfn] = (cold.pincount[pfn] as number) + 1;
      cold.flags[pfn] = (cold.flags[pfn] as number) | kpf(KPF.REFERENCED);
    }
  }
  /** Pages that a process may keep in memory, Infinity with CAP_IPC_LOCK; and pages of some mappings. */
  const lock_limit = (pid: number): number => Math.floor((k.credentials?.(pid).memlock ?? Number.POSITIVE_INFINITY) / page_size(mm));
  const pagesOf = (areas: readonly Mapping[], which: (area: Mapping) => boolean): number => areas.reduce((sum, area) => sum + (which(area) ? area.slots.length : 0), 0);
  const HPAGE_PMD_NR = 1 << mm.geometry.hpage_order;
  const bytes = page_size(mm);
  /** The frame (or head of a huge one) a fault gets, -1: none. */
  function fault(held: Held, address: number, left: number, options: MapOptions): { readonly pfn: number; readonly pages: number } {
    if (options.hugetlb) {
      const h = options.gigantic ? HPAGE_1G : default_hstate(mm);
      return { pfn: alloc_huge_page(mm, 0, h, policy(held)), pages: h.pages };
    }
    const whole = options.thp && !options.shared && left >= HPAGE_PMD_NR && (address / bytes) % HPAGE_PMD_NR === 0;
    const huge = whole && hugepage_allowed(mm, options.madvised === true) ? do_huge_pmd_anonymous_page(mm, buddy, 0, options.madvised === true, policy(held)) : -1;
    return huge >= 0 ? { pfn: huge, pages: HPAGE_PMD_NR } : { pfn: orKill(held, () => user(held), WANTED.page), pages: 1 };
  }
  /** Source: gup_folio_to_pin(), gup_put_folio(): each page counts on its node. */
  function countPins(first: number, area: Area): void {
    const { word } = mm.t.misc;
    for (const pfn of framesOf(area)) {
      if (pfn <= 0) continue;
      const at = first + zone_to_nid(page_zone_row(mm, pfn));
      word[at] = (word[at] as number) + 1;
    }
  }
  function freeMemoryChanged(): void {
    for (let nid = 0; nid < mm.t.sizes.nodes; nid++) if (((mm.t.node.state[nid] as number) & NODE_MEMORY) !== 0) consider_proactive_compaction(k, nid);
  }
  /** Page tables of mappings that are gone. Source: free_pgtables(). */
  function shrinkTables(held: Held, pages: number): void {
    const before = Math.ceil(held.mapped / PTRS_PER_PTE);
    held.mapped -= pages;
    for (let spare = before - Math.ceil(held.mapped / PTRS_PER_PTE), at = held.kernel.length - 1; spare > 0 && at >= 0; at--) {
      const { pfn, order } = held.kernel[at] as { pfn: number; order: number };
      if (((memmap.kind[pfn] as number) & KIND_MASK) !== KIND_PAGETABLE) continue;
      held.kernel.splice(at, 1);
      buddy.free_pages(pfn, order);
      spare--;
    }
  }
  /** The owner of what is shared after a fork. */
  function familyOf(held: Held): number {
    held.family ||= addOwner(mm, KIND_ANON, `${held.name}, pid ${held.pid}, and its children`, held.pid);
    return held.family;
  }
  function leaveFamily(held: Held): void {
    const { family } = held;
    if (family === 0 || (mm.t.owner.nr_ptes[family] as number) > 0) return;
    for (const other of processes.values()) if (other.family === family) return;
    removeOwner(mm, family);
  }
  function shmemOwner(held: Held): number {
    held.shmem ||= addOwner(mm, KIND_FILE, `${SHMEM_OWNER}: shared memory of ${held.name}, pid ${held.pid}`, held.pid);
    return held.shmem;
  }

  function exit(pid: number): void {
    const held = processes.get(pid);
    if (held === undefined) return;
    processes.delete(pid);
    for (const area of held.areas) if (area.pinned !== undefined) countPins(M_FOLL_PIN_RELEASED, area);
    for (const area of held.areas) for (const slot of area.slots) putPage(slot);
    unmapFiles(held);
    for (const [name, slabs] of held.objects) for (const slab of slabs) k.slab?.free(name, slab);
    const keep = stacks.length < mm.edition.cached_stacks ? held.kernel.splice(0, STACK_PAGES) : [];
    if (keep.length === STACK_PAGES && keep.every(({ pfn }) => ((memmap.kind[pfn] as number) & KIND_MASK) === KIND_KERNEL)) {
      slab.stacks ||= addOwner(mm, KIND_KERNEL, 'cached kernel stacks', 0);
      for (const { pfn } of keep) ownKernelPage(mm, slab.stacks, pfn);
      stacks.push(keep);
    } else held.kernel.unshift(...keep);
    // The last level of page tables goes first, the top one last.
    for (const { pfn, order } of held.kernel.reverse()) buddy.free_pages(pfn, order);
    removeOwner(mm, held.owner);
    if (held.shmem > 0) removeOwner(mm, held.shmem);
    leaveFamily(held);
    freeMemoryChanged();
  }
  /** One process more maps a page. Source: page_dup_rmap(). */
  function share(family: number, slot: number, pfn: number): void {
    const users = (shares.get(slot) ?? 1) + 1;
    shares.set(slot, users);
    makeCold(pfn);
    cold.mapcount[pfn] = users;
    changed(mm, pfn);
    const owner = pte.owner[slot] as number;
    if (owner === family) return;
    mm.t.owner.nr_ptes[owner] = (mm.t.owner.nr_ptes[owner] as number) - 1;
    mm.t.owner.nr_ptes[family] = (mm.t.owner.nr_ptes[family] as number) + 1;
    pte.owner[slot] = family;
    changedPte(mm, slot);
  }
  function addObject(held: Held, name: CacheName): number {
    const slab = k.slab?.alloc(name) ?? -ERRNO.ENOSYS;
    if (slab < 0) return slab;
    const own = held.objects.get(name) ?? [];
    own.push(slab);
    held.objects.set(name, own);
    return 0;
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
      const held: Held = { pid, name, owner, shmem: 0, areas: [], kernel: [], mapped: 0, touched: 0, floor: Math.floor(MMAP_TOP / bytes) * bytes, family: 0, files: [], objects: new Map() };
      processes.set(pid, held);
      const cached = stacks.pop();
      if (cached !== undefined) {
        for (const stack of cached) {
          ownKernelPage(mm, owner, stack.pfn);
          held.kernel.push(stack);
        }
      } else for (let page = 0; page < STACK_PAGES; page++) takeKernel(held, 0, KIND_KERNEL);
      const first = held.kernel.length;
      const byAgent = name === 'bash' && hasAgent(mm);
      if (byAgent) {
        // fork(2) of the agent copies its page tables, its pipes want inodes and names, and what the child writes before it runs its program is copied; all but the slab is given back then.
        takeTables(held, AGENT.tables);
        growSlab(true);
        const copies = Array.from({ length: AGENT.copied }, () => orKill(held, () => user(held), WANTED.child));
        for (const pfn of copies) if (pfn >= 0) buddy.free_pages(pfn, 0);
        for (const { pfn, order } of held.kernel.splice(first)) buddy.free_pages(pfn, order);
      }
      takeTables(held, name === 'bash' ? tables.shell : tables.other);
      if (!byAgent) growSlab(slab.pages % 2 === 1);
    },
    mmap(pid, pages, options = {}) {
      const held = processes.get(pid);
      if (held === undefined || pages <= 0 || (options.hugetlb && !configured(mm, 'HUGETLB'))) return -ERRNO.EINVAL;
      // Overcommit in its default mode refuses only what could never be.
      if ((options.sparse ? pages / PTRS_PER_PTE : pages) > (mm.t.header[H_TOTALRAM] as number)) return -ERRNO.ENOMEM;
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
      while (area.slots.length < wanted) {
        const at = area.slots.length;
        const { pfn, pages: got } = fault(held, address + at * bytes, wanted - at, options);
        const entries = got > 1 ? 0 : options.sparse ? PTRS_PER_PTE : 1;
        if (pfn < 0) {
          if (!options.hugetlb) return { signal: SIGKILL };
          hugetlb_unreserve_pages(mm, buddy, (wanted - at) / h.pages, h);
          return { signal: SIGBUS };
        }
        if (!growTables(held, entries)) {
          if (options.hugetlb) hugetlb_unreserve_pages(mm, buddy, (wanted - at) / h.pages - 1, h);
          if (options.hugetlb) free_huge_page(mm, buddy, pfn);
          else buddy.free_pages(pfn, got > 1 ? mm.geometry.hpage_order : 0);
          return { signal: SIGKILL };
        }
        area.entries += entries;
        const owner = options.shared ? shmemOwner(held) : held.owner;
        for (let i = 0; i < got; i++) area.slots.push(mapPage(mm, owner, pfn + i, tagOf(held, held.touched++)));
        if (options.hugetlb) continue;
        if (options.shared === true) {
          setKind(pfn, KIND_FILE);
          makeCold(pfn);
          changed(mm, pfn);
          cold.flags[pfn] = kpf(KPF.DIRTY) | kpf(KPF.SWAPBACKED) | kpf(KPF.MMAP);
        }
        lru_add(mm, pfn);
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
        if (pfn < 0 || !growTables(held, 1)) return -ERRNO.ENOMEM;
        k.filemap.map(pfn, 1);
        area.pages++;
      }
      return 0;
    },
    munmap(pid, area) {
      const held = processes.get(pid);
      const at = held?.areas.indexOf(area as Mapping) ?? -1;
      if (held === undefined || at < 0) return;
      held.areas.splice(at, 1);
      if ((area as Mapping).pinned !== undefined) countPins(M_FOLL_PIN_RELEASED, area);
      for (const slot of area.slots) putPage(slot);
      shrinkTables(held, (area as Mapping).entries);
      held.touched -= area.slots.length;
      freeMemoryChanged();
    },
    dontneed(pid, area, from, pages) {
      const held = processes.get(pid);
      const own = held?.areas.find((a) => a === area);
      if (held === undefined || own === undefined || own.locked === true || own.hugetlb === true || from < 0 || pages < 0) return -ERRNO.EINVAL;
      // What is shared stays in its file.
      if (own.shared === true) return 0;
      const end = Math.min(own.slots.length, from + pages);
      for (let at = from; at < end; ) {
        const slot = own.slots[at] as number;
        const pfn = pte.pfn[slot] as number;
        const head = slot > 0 && pfn > 0 && !shares.has(slot) ? compound_head(mm, pfn) : -1;
        const huge = head >= 0 && ((memmap.state[head] as number) & STATE_ORDER) > 0;
        const part = huge ? Math.min(end - at, head + HPAGE_PMD_NR - pfn) : 1;
        if (huge && part < HPAGE_PMD_NR) split_huge_pmd(mm, head);
        for (let i = at; i < at + part; i++) {
          if ((own.slots[i] as number) > 0) held.touched--;
          putPage(own.slots[i] as number);
          own.slots[i] = 0;
        }
        if (huge && part < HPAGE_PMD_NR) {
          if (memmap.owner[head] === 0) cold.mapcount[head] = 0;
          if (((memmap.kind[head] as number) & KIND_MASK) === KIND_THP) deferred_split_huge_page(mm, head);
          mm.touch(head);
        }
        at += part;
      }
      freeMemoryChanged();
      return 0;
    },
    fork(pid, child) {
      const from = processes.get(pid);
      const to = processes.get(child);
      if (from === undefined || to === undefined) return -ERRNO.ESRCH;
      to.family ||= familyOf(from);
      for (const area of from.areas) {
        const copy: Mapping = { address: area.address, slots: [], entries: 0 };
        to.areas.push(copy);
        for (const slot of area.slots) {
          const pfn = pte.pfn[slot] as number;
          if (pfn <= 0) continue;
          if (!growTables(to, 1)) return -ERRNO.ENOMEM;
          share(familyOf(from), slot, pfn);
          copy.slots.push(slot);
          copy.entries++;
          to.touched++;
        }
        to.floor = Math.min(to.floor, area.address);
      }
      return 0;
    },
    write(pid, area, index) {
      const held = processes.get(pid);
      // A child knows its parent's mapping by its address.
      const own = held?.areas.findLast((a) => a.address === area.address);
      const slot = own?.slots[index];
      if (held === undefined || own === undefined || slot === undefined) return -ERRNO.EINVAL;
      if (slot === 0) return refault(held, own, index) ? 0 : -ERRNO.ENOMEM;
      if (!shares.has(slot)) return 0;
      const pfn = orKill(held, () => user(held), WANTED.page);
      if (pfn < 0) return -ERRNO.ENOMEM;
      own.slots[index] = mapPage(mm, held.owner, pfn, pte.tag[slot] as number);
      lru_add(mm, pfn);
      putPage(slot);
      return 0;
    },
    threads(pid, count) {
      const held = processes.get(pid);
      if (held === undefined) return -ERRNO.ESRCH;
      for (let n = 0; n < count; n++) {
        for (let page = 0; page < STACK_PAGES; page++) if (!takeKernel(held, 0, KIND_KERNEL)) return -ERRNO.ENOMEM;
        if (addObject(held, 'task_struct') < 0) return -ERRNO.ENOMEM;
      }
      return 0;
    },
    objects(pid, name, count, pick) {
      const held = processes.get(pid);
      if (held === undefined) return -ERRNO.ESRCH;
      for (let n = 0; n < count; n++) if (addObject(held, name) < 0) return -ERRNO.ENOMEM;
      const own = held.objects.get(name) ?? [];
      for (let n = 0; n > count && own.length > 0; n--) {
        const at = pick(own.length);
        k.slab?.free(name, own[at] as number);
        own[at] = own.at(-1) as number;
        own.pop();
      }
      return 0;
    },
    mlock(pid, area) {
      const limit = lock_limit(pid);
      if (limit === 0) return -ERRNO.EPERM;
      const held = processes.get(pid);
      const locked = pagesOf(held?.areas ?? [], (own) => own.locked === true && own !== area);
      if (locked + area.slots.length > limit) return -ERRNO.ENOMEM;
      (area as Mapping).locked = true;
      touch(area);
      for (const pfn of framesOf(area)) {
        if (pfn <= 0) continue;
        const kind = (memmap.kind[pfn] as number) & KIND_MASK;
        if (kind === KIND_ANON) setKind(pfn, KIND_MLOCKED);
        else if (kind === KIND_THP && compound_head(mm, pfn) === pfn) {
          // A huge page stays one; its head says that it is locked.
          makeCold(pfn);
          cold.flags[pfn] = (cold.flags[pfn] as number) | kpf(KPF.UNEVICTABLE) | COLD_MLOCKED;
          changed(mm, pfn);
        }
        count_vm_event(mm, VM.unevictable_pgs_mlocked);
      }
      return 0;
    },
    *pin(pid, area, driver = 'io_uring') {
      const counted = driver === 'io_uring' ? [...processes.values()].filter((p) => k.credentials?.(p.pid).uid === k.credentials?.(pid).uid).flatMap(({ areas }) => areas) : (processes.get(pid)?.areas ?? []);
      if (pagesOf(counted, (own) => own.pinned === driver || (driver === 'vfio' && own.locked === true)) + area.slots.length > lock_limit(pid)) return -ERRNO.ENOMEM;
      touch(area);
      const movable = framesOf(area).filter((pfn) => pfn > 0 && !is_longterm_pinnable_page(mm, pfn) && compound_head(mm, pfn) === pfn);
      if (movable.length > 0) {
        for (const pfn of movable) if (PageLRU(mm, pfn)) del_page_from_lru_list(mm, pfn);
        const { left } = yield* migrate_pages(mm, buddy, movable, { nid: 0, nodemask: -1, highest_zoneidx: ZONE_NORMAL, migratetype: MIGRATE_UNMOVABLE }, MR_LONGTERM_PIN);
        // Its process may have ended meanwhile.
        putback_movable_pages(mm, buddy, left);
        if (left.length > 0) return -ERRNO.ENOMEM;
      }
      addReference(area);
      (area as Mapping).pinned = driver;
      countPins(M_FOLL_PIN_ACQUIRED, area);
      return 0;
    },
    atomic(pid, order, count) {
      const held = processes.get(pid);
      if (held === undefined) return -ERRNO.ESRCH;
      for (let n = 0; n < count; n++) {
        const pfn = buddy.alloc_pages_atomic({ order, migratetype: MIGRATE_UNMOVABLE, highest_zoneidx: ZONE_NORMAL, nid: 0, kind: KIND_KERNEL });
        if (pfn < 0) {
          for (const row of new Set(buddy.zonelist(0, ZONE_NORMAL).map((zone) => zone_to_nid(zone)))) mm.wakeup_kswapd?.(row, order, ZONE_NORMAL);
          return n;
        }
        for (let i = 0; i < 1 << order; i++) ownKernelPage(mm, held.owner, pfn + i);
        held.kernel.push({ pfn, order });
      }
      return count;
    },
    touch,
    hold(area) {
      touch(area);
      addReference(area);
    },
    pagemap: (area) => framesOf(area).map((pfn) => (pfn > 0 && PageHuge(mm, pfn) && PageHWPoison(mm, huge_page_head(mm, pfn)) ? 0 : pfn)),
    area: (pid) => processes.get(pid)?.areas.at(-1),
    has: (pid) => processes.has(pid),
    oom_score(pid) {
      const held = processes.get(pid);
      return held === undefined ? 0 : oom_score(mm, taskOf(held));
    },
    rss: (pid) => (processes.get(pid)?.areas ?? []).reduce((sum, area) => sum + framesOf(area).filter((pfn) => pfn > 0).length, 0),
    exit,
  };
}
