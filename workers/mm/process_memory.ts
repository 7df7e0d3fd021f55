/**
 * Mirrors: mm/memory.c (6.1), and of mm/madvise.c what gives memory back: how the pages of a process come to be, are shared, copied and given back.
 */
import { ftraceOf, NOBODY } from '../kernel/ftrace.ts';
import { remember } from '../lib/remember.ts';
import { ERRNO } from '../uapi/errno.ts';
import { STATE_ORDER } from '../uapi/layout.ts';
import { KIND_ANON, KIND_MASK, KIND_THP } from '../uapi/page_kind.ts';
import { TE_PAGE_FREE_BATCHED } from '../uapi/trace_events.ts';
import { deferred_split_huge_page, leave_split_queue, split_huge_pmd } from './deferred_split.ts';
import { count_faults } from './alloc_stat.ts';
import { do_huge_pmd_anonymous_page, hugepage_allowed } from './huge_memory.ts';
import { alloc_huge_page, default_hstate, free_huge_page, HPAGE_1G, huge_page_head, page_hstate, PageHuge } from './hugetlb.ts';
import type { Kernel } from './kernel.ts';
import { mark_young } from './lru.ts';
import { isProcessMemory } from './migrate.ts';
import { page_size } from './mm.ts';
import type { Area, Held, MapOptions, Mapping } from './mm_types.ts';
import { compound_head, PageLRU } from './mmzone.ts';
import { makeCold } from './page_flags.ts';
import { allocUserPage, policy, type ProcessKernel } from './process_kernel.ts';
import type { ProcessOom } from './process_oom.ts';
import { addOwner, changedPte, del_page_from_lru_list, freePte, lru_add, mapPage, removeOwner, unmapPage } from './rmap.ts';
import { is_swap_pte, swapSpace } from './swap.ts';
import { do_swap_page } from './swap_in.ts';

export interface ProcessMemory {
  /** The frame (or head of a huge one) a fault at `address` gets, -1: none; `left`: pages of the mapping from there on. */
  fault(held: Held, address: number, left: number, options: MapOptions): { readonly pfn: number; readonly pages: number };
  /** The next thing a process writes: never 0. */
  nextTag(held: Held): number;
  /** handle_mm_fault() for each page of a mapping: what lies in swap comes back, as far as there is room; what was given back is new; and its user was here. */
  touch(area: Area): void;
  /** One entry of a page table goes: what nobody maps any more is freed. Source: zap_pte_range(). */
  putPage(slot: number): void;
  /** madvise(MADV_DONTNEED). Source: madvise_dontneed_single_vma(). */
  dontneed(held: Held, area: Area, from: number, pages: number): number;
  /** The child maps what its parent maps, until one of both writes. 0, or -ENOMEM: it has a part. Source: copy_page_range(). */
  copy_page_range(from: Held, to: Held): number;
  /** Page `index` of a mapping is written to. 0, or -ENOMEM. Source: do_wp_page(). */
  write(held: Held, area: Area, index: number): number;
  /** A process has ended: what it shared with its family, and its shared memory, are nobody's if it was the last of them. */
  leaveFamily(held: Held): void;
}

export function createProcessMemory(k: Kernel, processes: ReadonlyMap<number, Held>, orKill: ProcessOom['orKill'], growTables: ProcessKernel['growTables']): ProcessMemory {
  const { mm, buddy } = k;
  const { memmap, pte, cold } = mm.t;
  const { listening, emit } = ftraceOf(mm.t);
  const HPAGE_PMD_NR = 1 << mm.geometry.hpage_order;
  const bytes = page_size(mm);
  /** Rows of PTE that more than one process maps, with how many. */
  const shares = remember(new Map<number, number>());

  const nextTag = (held: Held): number => ((held.owner * 509 + held.touched++ * 31) & 0xffff) | 1;
  function putPage(slot: number): void {
    // Given back before, and not used since.
    if (slot === 0) return;
    const pfn = pte.pfn[slot] as number;
    const users = shares.get(slot);
    if (users !== undefined) {
      if (users > 2) shares.set(slot, users - 1);
      else shares.delete(slot);
      if (pfn <= 0) return;
      setMapcount(pfn, users - 1);
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
  /** A page that was given back is used again: a new one, unless there is none. Source: do_anonymous_page(). */
  function refault(held: Held, area: Mapping, index: number): boolean {
    count_faults(mm, 1);
    const pfn = orKill(held, () => allocUserPage(k, held), 'page');
    if (pfn < 0) return false;
    area.slots[index] = mapPage(mm, held.owner, pfn, nextTag(held));
    lru_add(mm, pfn);
    return true;
  }
  function touch(area: Area): void {
    let held: Held | undefined;
    for (let i = 0; i < area.slots.length; i++) {
      const slot = area.slots[i] as number;
      if (slot === 0) {
        held ??= [...processes.values()].find(({ areas }) => areas.includes(area as Mapping));
        if (held === undefined || !refault(held, area as Mapping, i)) return;
        continue;
      }
      const pfn = pte.pfn[slot] as number;
      if (is_swap_pte(pfn)) {
        count_faults(mm, 1);
        const back = do_swap_page(mm, buddy, slot);
        const users = shares.get(slot);
        if (back >= 0 && users !== undefined) setMapcount(back, users);
      } else if (pfn > 0) mark_young(mm, pfn);
    }
  }
  function fault(held: Held, address: number, left: number, options: MapOptions): { readonly pfn: number; readonly pages: number } {
    count_faults(mm, 1);
    if (options.hugetlb) {
      const h = options.gigantic ? HPAGE_1G : default_hstate(mm);
      return { pfn: alloc_huge_page(mm, 0, h, policy(k, held)), pages: h.pages };
    }
    const whole = options.thp && !options.shared && left >= HPAGE_PMD_NR && (address / bytes) % HPAGE_PMD_NR === 0;
    const huge = whole && hugepage_allowed(mm, options.madvised === true) ? do_huge_pmd_anonymous_page(mm, buddy, 0, options.madvised === true, policy(k, held)) : -1;
    return huge >= 0 ? { pfn: huge, pages: HPAGE_PMD_NR } : { pfn: orKill(held, () => allocUserPage(k, held), 'page'), pages: 1 };
  }
  /** The owner of what is shared after a fork. */
  function familyOf(held: Held): number {
    held.family ||= addOwner(mm, KIND_ANON, `${held.name}, pid ${held.pid}, and its children`, held.pid);
    return held.family;
  }
  function leaveFamily(held: Held): void {
    for (const shared of ['family', 'shmem'] as const) {
      const row = held[shared];
      if (row === 0 || (mm.t.owner.nr_ptes[row] as number) > 0) continue;
      if ([...processes.values()].every((other) => other[shared] !== row)) removeOwner(mm, row);
    }
  }
  /** A page is mapped by so many. */
  function setMapcount(pfn: number, users: number): void {
    makeCold(mm, pfn);
    cold.mapcount[pfn] = users;
  }
  /** One process more maps a page, or names one in swap. Source: page_dup_rmap(), swap_duplicate(). */
  function share(family: number, slot: number): void {
    const users = (shares.get(slot) ?? 1) + 1;
    shares.set(slot, users);
    const pfn = pte.pfn[slot] as number;
    if (pfn > 0) setMapcount(pfn, users);
    const owner = pte.owner[slot] as number;
    if (owner === family) return;
    mm.t.owner.nr_ptes[owner] = (mm.t.owner.nr_ptes[owner] as number) - 1;
    mm.t.owner.nr_ptes[family] = (mm.t.owner.nr_ptes[family] as number) + 1;
    pte.owner[slot] = family;
    changedPte(mm, slot);
  }

  return {
    fault,
    nextTag,
    touch,
    putPage,
    dontneed(held, area, from, pages) {
      const own = held.areas.find((a) => a === area);
      if (own === undefined || own.locked === true || own.hugetlb === true || from < 0 || pages < 0) return -ERRNO.EINVAL;
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
      return 0;
    },
    copy_page_range(from, to) {
      to.family ||= familyOf(from);
      to.shmem ||= from.shmem;
      for (const area of from.areas) {
        const { address, thp, madvised, shared, hugetlb } = area;
        const copy: Mapping = { address, slots: [], entries: 0, ...(thp && { thp, madvised: madvised === true }), ...(shared && { shared }), ...(hugetlb && { hugetlb }) };
        to.areas.push(copy);
        for (const slot of area.slots) {
          const pfn = pte.pfn[slot] as number;
          // What the parent has not (given back, or broken) the child has not, at the same place.
          if (pfn <= 0 && !is_swap_pte(pfn)) {
            copy.slots.push(0);
            continue;
          }
          if (!growTables(to, 1)) return -ERRNO.ENOMEM;
          share(shared === true ? from.shmem : familyOf(from), slot);
          copy.slots.push(slot);
          copy.entries++;
          to.touched++;
        }
        to.floor = Math.min(to.floor, area.address);
      }
      return 0;
    },
    write(held, area, index) {
      // A child knows its parent's mapping by its address.
      const own = held.areas.findLast((a) => a.address === area.address);
      const slot = own?.slots[index];
      if (own === undefined || slot === undefined) return -ERRNO.EINVAL;
      if (slot === 0) return refault(held, own, index) ? 0 : -ERRNO.ENOMEM;
      if (own.shared === true || !shares.has(slot)) return 0;
      count_faults(mm, 1);
      const pfn = orKill(held, () => allocUserPage(k, held), 'copy');
      if (pfn < 0) return -ERRNO.ENOMEM;
      own.slots[index] = mapPage(mm, held.owner, pfn, pte.tag[slot] as number);
      lru_add(mm, pfn);
      putPage(slot);
      return 0;
    },
    leaveFamily,
  };
}
