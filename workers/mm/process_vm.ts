/**
 * Mirrors: mm/mmap.c, mm/memory.c, mm/huge_memory.c, mm/mlock.c, mm/gup.c (6.1), as far as a process that maps, touches, locks and pins its memory can tell.
 * Left out: copy on write, unmapping parts, swap, hugetlb. Why: the programs here map memory, use all of it, and end.
 */
import type { Kernel } from '../kernel/kernel.ts';
import type { Kthread } from '../kernel/kthread.ts';
import { ERRNO } from '../uapi/errno.ts';
import { STATE_ORDER } from '../uapi/layout.ts';
import { MIGRATE_MOVABLE, MIGRATE_UNMOVABLE, pageblock_nr_pages, pageblock_order, ZONE_MOVABLE, ZONE_NORMAL } from '../uapi/mmzone.ts';
import { KIND_ANON, KIND_COLD, KIND_FILE, KIND_KERNEL, KIND_MASK, KIND_MLOCKED, KIND_PAGETABLE, KIND_THP } from '../uapi/page_kind.ts';
import { migrate_pages, MR_LONGTERM_PIN } from './migrate.ts';
import { compound_head, page_zone_row, PageLRU, zone_idx } from './mmzone.ts';
import { addOwner, del_page_from_lru_list, lru_add, mapPage, ownKernelPage, unmapPage } from './rmap.ts';

/** THREAD_SIZE of x86_64: 16 KiB. */
const STACK_ORDER = 2;
/** A page of page table maps 512 pages. */
const PTRS_PER_PTE = 512;

export interface MapOptions {
  /** Shared memory (tmpfs pages) instead of anonymous. */
  readonly shared?: boolean;
  /** madvise(MADV_HUGEPAGE): aligned 2 MiB pieces are huge pages where one is free. */
  readonly thp?: boolean;
}
/** PTE slots of one mapping, in address order. */
export type Area = readonly number[];

export interface ProcessVm {
  /** A process starts: its kernel stack and the top of its page tables. Where there is none left it starts with less: the OOM killer is not modelled. */
  start(pid: number, name: string): void;
  /** Maps and touches `pages` pages on the process's node. The mapping, or -ENOMEM (nothing is kept then). */
  mmap(pid: number, pages: number, options?: MapOptions): Area | number;
  /** mlock(2): 0. */
  mlock(area: Area): number;
  /** Long-term pin (io_uring fixed buffers): pages in ZONE_MOVABLE move out first. 0, or -ENOMEM where they cannot. */
  pin(area: Area): Kthread<number>;
  /** References without a pin (vmsplice). */
  hold(area: Area): void;
  /** Frames behind a mapping now, in address order: what /proc/PID/pagemap shows. */
  pagemap(area: Area): number[];
  /** Everything of the process is given back. */
  exit(pid: number): void;
}

interface Held {
  readonly owner: number;
  readonly slots: number[];
  readonly kernel: { readonly pfn: number; readonly order: number }[];
  /** Pages the page tables cover so far. */
  mapped: number;
}

export function createProcessVm(k: Kernel): ProcessVm {
  const { mm, buddy } = k;
  const { memmap, pte, cold } = mm.t;
  const processes = new Map<number, Held>();

  const user = (order: number): number => buddy.alloc_pages({ order, migratetype: MIGRATE_MOVABLE, highest_zoneidx: ZONE_MOVABLE, nid: 0, kind: order > 0 ? KIND_THP : KIND_ANON });
  function takeKernel(held: Held, order: number, kind: number): boolean {
    const pfn = buddy.alloc_pages({ order, migratetype: MIGRATE_UNMOVABLE, highest_zoneidx: ZONE_NORMAL, nid: 0, kind });
    if (pfn < 0) return false;
    for (let i = 0; i < 1 << order; i++) ownKernelPage(mm, held.owner, pfn + i);
    held.kernel.push({ pfn, order });
    return true;
  }
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
    const pfn = pte.pfn[slot] as number;
    const head = compound_head(mm, pfn);
    const order = (memmap.state[head] as number) & STATE_ORDER;
    unmapPage(mm, pfn);
    // A huge page goes as a whole, with the last of its pages.
    if (order > 0) for (let i = head; i < head + (1 << order); i++) if ((memmap.owner[i] as number) > 0) return;
    if (PageLRU(mm, head)) del_page_from_lru_list(mm, head);
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
  const framesOf = (area: Area): number[] => area.map((slot) => pte.pfn[slot] as number);
  function addReference(area: Area): void {
    for (const pfn of framesOf(area)) {
      makeCold(pfn);
      cold.pincount[pfn] = (cold.pincount[pfn] as number) + 1;
    }
  }

  return {
    start(pid, name) {
      const held: Held = { owner: addOwner(mm, KIND_ANON, `${name}, pid ${pid}`, pid), slots: [], kernel: [], mapped: 0 };
      processes.set(pid, held);
      takeKernel(held, STACK_ORDER, KIND_KERNEL);
      // Top level and two below it; the last level grows with what is mapped.
      for (let level = 0; level < 3; level++) takeKernel(held, 0, KIND_PAGETABLE);
    },
    mmap(pid, pages, options = {}) {
      const held = processes.get(pid);
      if (held === undefined) return -ERRNO.EINVAL;
      const area: number[] = [];
      const giveBack = (): number => {
        for (const slot of area) putPage(slot);
        held.slots.length -= area.length;
        return -ERRNO.ENOMEM;
      };
      if (!growTables(held, pages)) return -ERRNO.ENOMEM;
      while (area.length < pages) {
        const huge = options.thp === true && pages - area.length >= pageblock_nr_pages ? user(pageblock_order) : -1;
        const pfn = huge >= 0 ? huge : user(0);
        if (pfn < 0) return giveBack();
        for (let i = 0; i < (huge >= 0 ? pageblock_nr_pages : 1); i++) {
          const slot = mapPage(mm, held.owner, pfn + i, tagOf(held, held.slots.length));
          area.push(slot);
          held.slots.push(slot);
        }
        if (options.shared === true) setKind(pfn, KIND_FILE);
        lru_add(mm, pfn);
      }
      return area;
    },
    mlock(area) {
      for (const pfn of framesOf(area)) if (((memmap.kind[pfn] as number) & KIND_MASK) === KIND_ANON) setKind(pfn, KIND_MLOCKED);
      return 0;
    },
    *pin(area) {
      const movable = framesOf(area).filter((pfn) => zone_idx(page_zone_row(mm, pfn)) === ZONE_MOVABLE && compound_head(mm, pfn) === pfn);
      if (movable.length > 0) {
        for (const pfn of movable) del_page_from_lru_list(mm, pfn);
        const { left } = yield* migrate_pages(mm, buddy, movable, { nid: 0, nodemask: -1, highest_zoneidx: ZONE_NORMAL, migratetype: MIGRATE_UNMOVABLE }, MR_LONGTERM_PIN);
        for (const { pfn } of left) lru_add(mm, pfn);
        if (left.length > 0) return -ERRNO.ENOMEM;
      }
      addReference(area);
      return 0;
    },
    hold: addReference,
    pagemap: framesOf,
    exit(pid) {
      const held = processes.get(pid);
      if (held === undefined) return;
      processes.delete(pid);
      for (const slot of held.slots) putPage(slot);
      for (const { pfn, order } of held.kernel) buddy.free_pages(pfn, order);
    },
  };
}
