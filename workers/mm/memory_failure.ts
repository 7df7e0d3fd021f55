/**
 * Mirrors: mm/memory-failure.c (6.1): a frame is found to be broken. Soft: its contents still can be saved, the page moves away. Hard: they are lost, whoever maps it loses the page.
 * Left out: DAX, swap cache, machine checks in the kernel, killing of processes that asked for it early. Why: poison comes from files here, and nothing swaps.
 */
import type { Kthread } from '../kernel/kthread.ts';
import { ERRNO } from '../uapi/errno.ts';
import { STATE_ALLOC, STATE_BUDDY } from '../uapi/layout.ts';
import { SECTION_ONLINE } from '../uapi/memory_block.ts';
import { COLD_MAPPEDTODISK, KPF, kpf } from '../uapi/page_flags.ts';
import { KIND_COLD, KIND_FILE, KIND_FREE, KIND_HWPOISON, KIND_MLOCKED } from '../uapi/page_kind.ts';
import type { Kernel } from './kernel.ts';
import { pageFlagsText } from './debug.ts';
import { split_huge_page } from './huge_memory.ts';
import { dissolve_free_huge_page, free_huge_page, HPageFreed, hugetlb_clear_page_hwpoison, hugetlb_update_hwpoison, isActiveHugePage, PageHuge, huge_page_head, page_hstate } from './hugetlb.ts';
import { isolate_lru_page, migrate_pages, MR_MEMORY_FAILURE, putback_movable_pages } from './migrate.ts';
import { M_HARDWARE_CORRUPTED, type Mm } from './mm.ts';
import { compound_head, isFree, PageLRU, PageReserved, page_order, page_zone_row } from './mmzone.ts';
import { clearColdFlags, coldFlags, isAnonKind, kindOf, markCold, page_pincount, PageHWPoison, setColdFlags } from './page_flags.ts';
import { changed, makeHugeHwpoisonEntry, makeHwpoisonEntry, ownerName, ownerOf, SHMEM_OWNER } from './rmap.ts';

const LEVEL_ERR = 3;
const LEVEL_INFO = 6;
const hex = (pfn: number): string => `0x${pfn.toString(16)}`;

/** action_page_types[] of the kernel, as far as they occur. */
type PageType = 'free buddy page' | 'free huge page' | 'huge page' | 'unsplit thp' | 'unknown page' | `${'dirty' | 'clean'} ${'mlocked ' | 'unevictable ' | ''}LRU page`;
type Result = 'Ignored' | 'Failed' | 'Recovered';

function action_result(mm: Mm, pfn: number, type: PageType, result: Result): number {
  numPoisoned(mm, 1);
  mm.printk(LEVEL_ERR, `Memory failure: ${hex(pfn)}: recovery action for ${type}: ${result}`);
  return result === 'Recovered' ? 0 : -ERRNO.EBUSY;
}
/** HardwareCorrupted, in pages. */
export const numPoisoned = (mm: Mm, by: number): void => {
  mm.t.misc.word[M_HARDWARE_CORRUPTED] = (mm.t.misc.word[M_HARDWARE_CORRUPTED] as number) + by;
};
/** PG_hwpoison on a page that stays what it is. */
export const SetPageHWPoison = (mm: Mm, pfn: number): void => setColdFlags(mm, pfn, kpf(KPF.HWPOISON));
export const ClearPageHWPoison = (mm: Mm, pfn: number): boolean => clearColdFlags(mm, pfn, kpf(KPF.HWPOISON));
/** The frame belongs to nobody any more and is never handed out. `flags`: KPF bits it keeps. */
export function keepAway(mm: Mm, pfn: number, flags: number): void {
  const { kind, state, owner, tag } = mm.t.memmap;
  kind[pfn] = KIND_HWPOISON | KIND_COLD;
  markCold(mm, pfn);
  state[pfn] = STATE_ALLOC;
  owner[pfn] = 0;
  tag[pfn] = 0;
  mm.t.cold.flags[pfn] = flags;
  mm.t.cold.mapcount[pfn] = mm.t.cold.pincount[pfn] = 0;
  mm.touch(pfn);
}
/** Flags of a page that was in use as they stay behind: what it was, no longer that it is mapped or listed. */
const ANON_LEFTOVER = kpf(KPF.UPTODATE) | kpf(KPF.DIRTY) | kpf(KPF.ANON) | kpf(KPF.SWAPBACKED);
export const leftover = (mm: Mm, pfn: number, k: number): number =>
  isAnonKind(k) ? ANON_LEFTOVER : kpf(KPF.UPTODATE) | (coldFlags(mm, pfn) & (kpf(KPF.DIRTY) | kpf(KPF.SWAPBACKED)));

export const pfn_valid = (mm: Mm, pfn: number): boolean => pfn < mm.t.sizes.max_pfn && mm.t.section.state[Math.floor(pfn / 2 ** mm.PFN_SECTION_SHIFT)] !== 0;
const pfn_to_online_page = (mm: Mm, pfn: number): boolean =>
  pfn_valid(mm, pfn) && ((mm.t.section.state[Math.floor(pfn / 2 ** mm.PFN_SECTION_SHIFT)] as number) & SECTION_ONLINE) !== 0;

/** shake_page(): what waits on a per-cpu list is neither used nor free to the allocator. */
export function drain_for_poison({ mm, buddy }: Kernel, pfn: number): void {
  if (kindOf(mm, pfn) === KIND_FREE && !isFree(mm, pfn)) buddy.drain_all_pages(page_zone_row(mm, pfn));
}
/** 1: a page in use that can be handled; 0: free; -EIO, and the log says so: neither. Source: get_any_page(), HWPoisonHandlable(). */
function get_hwpoison_page(k: Kernel, pfn: number): number {
  const { mm } = k;
  drain_for_poison(k, pfn);
  if (isFree(mm, pfn)) return 0;
  if (PageHuge(mm, pfn)) {
    const head = huge_page_head(mm, pfn);
    // One that is neither free nor a process's is on its way from the one to the other.
    return HPageFreed(mm, head) ? 0 : isActiveHugePage(mm, head) ? 1 : -ERRNO.EIO;
  }
  if (!PageReserved(mm, pfn) && PageLRU(mm, compound_head(mm, pfn))) return 1;
  mm.printk(LEVEL_ERR, `Memory failure: ${hex(pfn)}: unhandlable page.`);
  return -ERRNO.EIO;
}
/** A huge page that can be split leaves single pages, all of them on the LRU again. False: somebody holds a reference. Source: try_to_split_thp_page(). */
export function try_to_split_thp_page({ mm, buddy }: Kernel, pfn: number): boolean {
  const head = compound_head(mm, pfn);
  return page_order(mm, head) === 0 || split_huge_page(mm, buddy, head) === 0;
}

/** A free page, or one of a free huge page, is taken out of the allocator. Source: page_handle_poison(), __page_handle_poison(). */
export function takeFree(k: Kernel, pfn: number): boolean {
  const { mm, buddy } = k;
  if (PageHuge(mm, pfn)) {
    if (dissolve_free_huge_page(mm, buddy, compound_head(mm, pfn)) !== 0) return false;
    buddy.drain_all_pages(page_zone_row(mm, pfn));
  }
  if (!buddy.take_page_off_buddy(pfn)) return false;
  keepAway(mm, pfn, 0);
  return true;
}

/**
 * A frame is to be taken out of use before it breaks: 0 (also if it was already), -ENXIO (no memory there), -EIO (not online, or the kernel's own), -EBUSY or -ENOMEM
 * (it could not be moved). Source: soft_offline_page(), 6.1.
 */
export function* soft_offline_page(k: Kernel, pfn: number): Kthread<number> {
  const { mm } = k;
  if (!pfn_valid(mm, pfn)) return -ERRNO.ENXIO;
  if (!pfn_to_online_page(mm, pfn)) return -ERRNO.EIO;
  if (PageHWPoison(mm, pfn)) {
    mm.printk(LEVEL_INFO, `soft_offline_page: ${hex(pfn)} page already poisoned`);
    return 0;
  }
  const got = get_hwpoison_page(k, pfn);
  if (got < 0) return got;
  if (got > 0) return yield* soft_offline_in_use_page(k, pfn);
  if (!takeFree(k, pfn)) return -ERRNO.EBUSY;
  numPoisoned(mm, 1);
  return 0;
}

function* soft_offline_in_use_page(k: Kernel, pfn: number): Kthread<number> {
  const { mm, buddy } = k;
  const huge = PageHuge(mm, pfn);
  if (!huge && !try_to_split_thp_page(k, pfn)) {
    mm.printk(LEVEL_INFO, `soft offline: ${hex(pfn)}: thp split failed`);
    return -ERRNO.EBUSY;
  }
  // A page of it that nobody has was freed with the split.
  if (kindOf(mm, pfn) === KIND_FREE) {
    if (!takeFree(k, pfn)) return -ERRNO.EBUSY;
    numPoisoned(mm, 1);
    return 0;
  }
  const head = compound_head(mm, pfn);
  const was = kindOf(mm, pfn);
  const flags = leftover(mm, pfn, was);
  if (was === KIND_FILE && isCleanCache(mm, pfn)) {
    // Clean page cache is dropped, it can be read again.
    isolate_lru_page(mm, pfn);
    keepAway(mm, pfn, flags);
    numPoisoned(mm, 1);
    mm.printk(LEVEL_INFO, `soft_offline: ${hex(pfn)}: invalidated`);
    return 0;
  }
  isolate_lru_page(mm, head);
  const { left, ret } = yield* migrate_pages(mm, buddy, [head], { nid: 0, nodemask: -1 }, MR_MEMORY_FAILURE);
  if (left.length > 0) {
    mm.printk(LEVEL_INFO, `soft offline: ${hex(pfn)}: ${huge ? 'hugepage' : 'page'} migration failed ${ret}, type ${pageFlagsText(mm, pfn)}`);
    putback_movable_pages(mm, buddy, [head]);
    return ret > 0 ? -ERRNO.EBUSY : ret;
  }
  if (!huge) keepAway(mm, pfn, flags);
  else if (!takeFree(k, pfn)) return -ERRNO.EBUSY;
  numPoisoned(mm, 1);
  return 0;
}
/** Page cache nobody maps and nothing has to write. */
export const isCleanCache = (mm: Mm, pfn: number): boolean =>
  (mm.t.memmap.owner[pfn] as number) <= 0 && (coldFlags(mm, pfn) & (kpf(KPF.DIRTY) | kpf(KPF.SWAPBACKED))) === 0;

/**
 * A frame has broken. 0: it is out of use; -ENXIO: not memory the kernel has online; -EHWPOISON: known already; -EBUSY: the kernel's own, or still held. However it goes, the
 * frame counts as corrupted from then on. Source: memory_failure(), 6.1.
 */
export function* memory_failure(k: Kernel, pfn: number): Kthread<number> {
  const { mm } = k;
  yield;
  if (!pfn_to_online_page(mm, pfn)) {
    mm.printk(LEVEL_ERR, `Memory failure: ${hex(pfn)}: memory outside kernel control`);
    return -ERRNO.ENXIO;
  }
  if (PageHuge(mm, pfn)) return try_memory_failure_hugetlb(k, pfn);
  if (PageHWPoison(mm, pfn)) return already(mm, pfn);
  const got = get_hwpoison_page(k, pfn);
  if (got < 0) {
    SetPageHWPoison(mm, pfn);
    return action_result(mm, pfn, 'unknown page', 'Ignored');
  }
  if (got === 0) return action_result(mm, pfn, 'free buddy page', takeFree(k, pfn) ? 'Recovered' : 'Failed');
  if (!try_to_split_thp_page(k, pfn)) {
    SetPageHWPoison(mm, pfn);
    return action_result(mm, pfn, 'unsplit thp', 'Ignored');
  }
  if (kindOf(mm, pfn) === KIND_FREE) return action_result(mm, pfn, 'free buddy page', takeFree(k, pfn) ? 'Recovered' : 'Failed');
  const type = lruType(mm, pfn);
  if (type.startsWith('clean')) mm.printk(LEVEL_INFO, `Memory failure: ${hex(pfn)}: corrupted page was clean: dropped without side effects`);
  const users = losePage(mm, pfn);
  if (users === 0) return action_result(mm, pfn, type, 'Recovered');
  mm.printk(LEVEL_ERR, `Memory failure: ${hex(pfn)}: ${type} still referenced by ${users} users`);
  return action_result(mm, pfn, type, 'Failed');
}
/** A single page leaves its list and whoever maps it; how many hold references all the same. Source: hwpoison_user_mappings(), me_pagecache_clean(). */
export function losePage(mm: Mm, pfn: number): number {
  const was = kindOf(mm, pfn);
  const dirty = lruType(mm, pfn).startsWith('dirty');
  makeHwpoisonEntry(mm, pfn);
  isolate_lru_page(mm, pfn);
  const users = page_pincount(mm, pfn);
  // The page was not moved: an anonymous one still counts as one process's own.
  keepAway(mm, pfn, leftover(mm, pfn, was) | (dirty ? kpf(KPF.ERROR) : 0) | (isAnonKind(was) ? COLD_MAPPEDTODISK : 0));
  return users;
}
/** error_states[]: what kind of LRU page it is. Anonymous memory was written to, so it is dirty. */
export function lruType(mm: Mm, pfn: number): PageType {
  const k = kindOf(mm, pfn);
  const flags = coldFlags(mm, pfn);
  const dirty = isAnonKind(k) || (flags & kpf(KPF.DIRTY)) !== 0 ? 'dirty' : 'clean';
  return `${dirty} ${k === KIND_MLOCKED ? 'mlocked ' : (flags & kpf(KPF.UNEVICTABLE)) !== 0 ? 'unevictable ' : ''}LRU page`;
}
function already(mm: Mm, pfn: number): number {
  mm.printk(LEVEL_ERR, `Memory failure: ${hex(pfn)}: already hardware poisoned`);
  return -ERRNO.EHWPOISON;
}
/**
 * A frame of a huge page. One that is free, or that one process alone has, is given up for the sake of the other frames: only this one is lost. Shared memory keeps it, and so does
 * whoever holds a reference: it is unmapped, and no other mapping gets it. Source: try_memory_failure_hugetlb(), me_huge_page().
 */
function try_memory_failure_hugetlb({ mm, buddy }: Kernel, pfn: number): number {
  const head = huge_page_head(mm, pfn);
  const free = HPageFreed(mm, head);
  if (!free && !isActiveHugePage(mm, head)) return action_result(mm, pfn, 'unknown page', 'Ignored');
  const { marked, fresh } = hugetlb_update_hwpoison(mm, pfn);
  if (marked) {
    if (fresh) numPoisoned(mm, 1);
    return already(mm, pfn);
  }
  const dissolved = (): Result => (dissolve_free_huge_page(mm, buddy, head) === 0 ? 'Recovered' : 'Failed');
  if (free) return action_result(mm, pfn, 'free huge page', dissolved());
  const { pages } = page_hstate(mm, head);
  let users = 0;
  for (let i = head; i < head + pages; i++) users += page_pincount(mm, i);
  if (users > 0) {
    mm.printk(LEVEL_ERR, `Memory failure: ${hex(pfn)}: huge page still referenced by ${users - 1} users`);
    return action_result(mm, pfn, 'huge page', 'Failed');
  }
  if (ownerName(mm, ownerOf(mm, head)).startsWith(SHMEM_OWNER)) return action_result(mm, pfn, 'huge page', 'Recovered');
  for (let i = head; i < head + pages; i++) makeHugeHwpoisonEntry(mm, i);
  free_huge_page(mm, buddy, head);
  // A page beyond the pool went to the allocator at once.
  return action_result(mm, pfn, 'huge page', dissolved());
}

/** hwpoison-inject only: the mark is taken off. 0, -ENXIO, or -EBUSY (not poisoned, or still used). Source: unpoison_memory(), 6.1. */
export function unpoison_memory(k: Kernel, pfn: number): number {
  const { mm, buddy } = k;
  if (!pfn_valid(mm, pfn)) return -ERRNO.ENXIO;
  const say = (what: string): void => mm.printk(LEVEL_INFO, `Unpoison: ${what} ${hex(pfn)}`);
  if (!PageHWPoison(mm, pfn)) {
    say('Page was already unpoisoned');
    return -ERRNO.EBUSY;
  }
  if (kindOf(mm, pfn) === KIND_HWPOISON) {
    ClearPageHWPoison(mm, pfn);
    buddy.free_pages(pfn, 0);
  } else if (HPageFreed(mm, pfn)) {
    numPoisoned(mm, 1 - hugetlb_clear_page_hwpoison(mm, pfn).length);
  } else if (PageReserved(mm, pfn) || ((mm.t.memmap.state[compound_head(mm, pfn)] as number) & STATE_BUDDY) === 0) {
    if (!PageReserved(mm, pfn)) {
      say('failed to grab page');
      return -ERRNO.EBUSY;
    }
    ClearPageHWPoison(mm, pfn);
  }
  numPoisoned(mm, -1);
  say('Software-unpoisoned page');
  return 0;
}

/** The memory goes away for good: its marks leave the count. Source: clear_hwpoisoned_pages(), called when a section is removed. */
export function clear_hwpoisoned_pages(mm: Mm, start_pfn: number, nr_pages: number): void {
  for (let pfn = start_pfn; pfn < start_pfn + nr_pages; pfn++) {
    if (!PageHWPoison(mm, pfn)) continue;
    numPoisoned(mm, -1);
    mm.t.memmap.kind[pfn] = mm.t.memmap.state[pfn] = mm.t.cold.flags[pfn] = 0;
    changed(mm, pfn);
  }
}
