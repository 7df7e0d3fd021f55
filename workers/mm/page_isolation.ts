/**
 * Mirrors: mm/page_isolation.c (6.1): setting pageblocks aside so that no page of them is handed out, and testing that all of them are free.
 * Left out: compound pages that cross the range. Why: blocks and areas are aligned to pageblocks, and no page is larger.
 */
import type { Kthread } from '../kernel/kthread.ts';
import { ERRNO } from '../uapi/errno.ts';
import { FN } from '../uapi/functions.ts';
import { STATE_BUDDY, STATE_LRU, STATE_ORDER } from '../uapi/layout.ts';
import { MIGRATE_CMA, MIGRATE_ISOLATE, MIGRATE_MOVABLE, pageblock_nr_pages, pageblock_order, ZONE_MOVABLE } from '../uapi/mmzone.ts';
import { KIND_BALLOON, KIND_FREE, KIND_HUGETLB, KIND_HWPOISON, KIND_MASK, KIND_UNPLUGGED } from '../uapi/page_kind.ts';
import { EV } from '../uapi/trace.ts';
import { called } from './call_path.ts';
import { dump_page } from './debug.ts';
import type { Mm } from './mm.ts';
import { compound_head, page_zone_row, PageReserved, set_pageblock_migratetype, typeBlockPages, zone_idx } from './mmzone.ts';
import type { Buddy } from './page_alloc.ts';
import { PageHWPoison } from './page_flags.ts';

/** isolate_flags */
export const MEMORY_OFFLINE = 1;
export const REPORT_FAILURE = 2;

/**
 * First page in [start, end) that cannot be moved, -1 if there is none. The order of the tests is the kernel's: reserved pages refuse even in ZONE_MOVABLE. Only an offline
 * looks past poisoned pages and those a driver took out. Source: has_unmovable_pages(), 6.1.
 */
export function has_unmovable_pages(mm: Mm, start_pfn: number, end_pfn: number, flags = MEMORY_OFFLINE, migratetype = MIGRATE_MOVABLE): number {
  const { state, kind } = mm.t.memmap;
  // What is set aside for devices moves for them alone.
  if (mm.t.pageblock.migratetype[start_pfn >>> pageblock_order] === MIGRATE_CMA) return migratetype === MIGRATE_CMA ? -1 : start_pfn;
  for (let pfn = start_pfn; pfn < end_pfn; pfn++) {
    if (PageReserved(mm, pfn)) return pfn;
    if (zone_idx(page_zone_row(mm, pfn)) === ZONE_MOVABLE) continue;
    const head = compound_head(mm, pfn);
    const s = state[head] as number;
    const order = s & STATE_ORDER;
    if ((s & STATE_BUDDY) !== 0) {
      pfn = head + (1 << order) - 1;
      continue;
    }
    const k = (kind[pfn] as number) & KIND_MASK;
    // Free on a per-cpu list: nobody holds a reference.
    if (s === 0 || k === KIND_FREE || k === KIND_BALLOON) continue;
    if ((flags & MEMORY_OFFLINE) !== 0 && (PageHWPoison(mm, pfn) || k === KIND_UNPLUGGED)) continue;
    if ((s & STATE_LRU) === 0 && k !== KIND_HUGETLB) return pfn;
    if (order > 0) pfn = head + (1 << order) - 1;
  }
  return -1;
}

/** One pageblock: 0 and isolated, or -EBUSY with the page in the way. Source: set_migratetype_isolate(). */
export function set_migratetype_isolate(mm: Mm, buddy: Buddy, pfn: number, flags: number, migratetype = MIGRATE_MOVABLE): { err: number; unmovable: number } {
  const pageblock = pfn >>> pageblock_order;
  const pages = typeBlockPages(mm);
  if (mm.t.pageblock.migratetype[pageblock] === MIGRATE_ISOLATE) return { err: -ERRNO.EBUSY, unmovable: -1 };
  const unmovable = has_unmovable_pages(mm, pfn, pfn + pages, flags, migratetype);
  if (unmovable >= 0) return { err: -ERRNO.EBUSY, unmovable };
  const zone = page_zone_row(mm, pfn);
  const moved = buddy.move_freepages_block(pfn, MIGRATE_ISOLATE);
  if (mm.t.pageblock.migratetype[pageblock] === MIGRATE_CMA) mm.t.zone.nr_free_cma[zone] = (mm.t.zone.nr_free_cma[zone] as number) - moved;
  set_pageblock_migratetype(mm, pfn, MIGRATE_ISOLATE);
  mm.t.zone.nr_isolate_pageblock[zone] = (mm.t.zone.nr_isolate_pageblock[zone] as number) + 1;
  mm.t.zone.nr_free_pages[zone] = (mm.t.zone.nr_free_pages[zone] as number) - moved;
  touchPageblock(mm, pfn);
  return { err: 0, unmovable: -1 };
}

/** Source: unset_migratetype_isolate(). */
export function unset_migratetype_isolate(mm: Mm, buddy: Buddy, pfn: number, migratetype: number): void {
  if (mm.t.pageblock.migratetype[pfn >>> pageblock_order] !== MIGRATE_ISOLATE) return;
  const zone = page_zone_row(mm, pfn);
  buddy.unset_isolate_freepages(pfn, migratetype);
  mm.t.zone.nr_isolate_pageblock[zone] = (mm.t.zone.nr_isolate_pageblock[zone] as number) - 1;
  touchPageblock(mm, pfn);
}
/** All of it is to be drawn anew. */
function touchPageblock(mm: Mm, pfn: number): void {
  const pages = typeBlockPages(mm);
  for (let at = pfn; at < pfn + pages; at += pageblock_nr_pages) mm.touch(at);
}

/**
 * Isolates every pageblock of [start, end): the first, the last, then the middle ascending. A failure undoes what was done and is reported with the page in the way.
 * 0 or -EBUSY. Source: start_isolate_page_range(), 6.1.
 */
export function* start_isolate_page_range(mm: Mm, buddy: Buddy, start_pfn: number, end_pfn: number, migratetype: number, flags: number): Kthread<number> {
  mm.trace(EV.start_isolate_page_range, start_pfn, end_pfn, migratetype, flags);
  mm.trace(EV.sim_func_entry, FN.start_isolate_page_range, start_pfn, end_pfn);
  if (mm.cond_resched()) yield;
  const block_pages = typeBlockPages(mm);
  const last = end_pfn - block_pages;
  const done: number[] = [];
  buddy.split_free_page_at(start_pfn);
  // Memory blocks end where the largest chunks do; areas of devices need not.
  if (end_pfn % (1 << (mm.geometry.MAX_ORDER - 1)) !== 0) buddy.split_free_page_at(end_pfn);
  // The last pageblock goes before the one below it: meanwhile nobody may take from a chunk that reaches over both.
  let joined = -1;
  for (let i = 0, pfn = start_pfn; pfn < end_pfn; i++) {
    // One that begins in the first pageblock is isolated already.
    if (pfn === last && i === 1 && last - start_pfn > block_pages && mm.t.pageblock.migratetype[compound_head(mm, last) >>> pageblock_order] !== MIGRATE_ISOLATE) joined = buddy.split_free_page_at(last);
    mm.trace(EV.sim_func_entry, FN.set_migratetype_isolate, pfn, flags);
    if (mm.cond_resched()) yield;
    const { err, unmovable } = set_migratetype_isolate(mm, buddy, pfn, flags, migratetype);
    mm.trace(EV.sim_isolate_pageblock, pfn, err);
    if (mm.cond_resched()) yield;
    mm.trace(EV.sim_func_exit, FN.set_migratetype_isolate, err);
    if (mm.cond_resched()) yield;
    if (err !== 0) {
      if ((flags & REPORT_FAILURE) !== 0 && unmovable >= 0) dump_page(mm, unmovable, 'unmovable page');
      for (const back of done) yield* called(mm, 'unset_migratetype_isolate', () => unset_migratetype_isolate(mm, buddy, back, migratetype), back);
      mm.trace(EV.sim_func_exit, FN.start_isolate_page_range, err);
      mm.trace(EV.start_isolate_page_range_ret, err, unmovable);
      if (mm.cond_resched()) yield;
      return err;
    }
    done.push(pfn);
    // First, last, then the middle.
    if (i === 0 && last > start_pfn) pfn = last;
    else if (i === 1) pfn = start_pfn + block_pages;
    else pfn += block_pages;
    if (i >= 1 && pfn >= last) break;
  }
  if (joined > 0) buddy.rejoin_free_page_at(last, joined);
  mm.trace(EV.sim_func_exit, FN.start_isolate_page_range, 0);
  mm.trace(EV.start_isolate_page_range_ret, 0, -1);
  if (mm.cond_resched()) yield;
  return 0;
}

/** Un-isolates what is isolated in [start, end). Source: undo_isolate_page_range(). */
export function* undo_isolate_page_range(mm: Mm, buddy: Buddy, start_pfn: number, end_pfn: number, migratetype: number): Kthread<void> {
  for (let pfn = start_pfn; pfn < end_pfn; pfn += typeBlockPages(mm)) yield* called(mm, 'unset_migratetype_isolate', () => unset_migratetype_isolate(mm, buddy, pfn, migratetype), pfn);
}

/**
 * Are all pages of the range isolated and free? For an offline poisoned pages and those a driver took out, and let go of, count as well. 0 or -EBUSY.
 * Source: test_pages_isolated(), 6.1.
 */
export function test_pages_isolated(mm: Mm, start_pfn: number, end_pfn: number, flags = MEMORY_OFFLINE): number {
  const { state, kind } = mm.t.memmap;
  let pfn = start_pfn;
  while (pfn < end_pfn) {
    if (mm.t.pageblock.migratetype[pfn >>> pageblock_order] !== MIGRATE_ISOLATE) break;
    const s = state[pfn] as number;
    const k = (kind[pfn] as number) & KIND_MASK;
    if ((s & STATE_BUDDY) !== 0) pfn += 1 << (s & STATE_ORDER);
    else if ((flags & MEMORY_OFFLINE) !== 0 && (k === KIND_HWPOISON || (k === KIND_UNPLUGGED && s === 0))) pfn++;
    else break;
  }
  mm.trace(EV.test_pages_isolated, start_pfn, end_pfn, pfn, pfn < end_pfn ? 1 : 0);
  return pfn < end_pfn ? -ERRNO.EBUSY : 0;
}

/** The type pages come back to when isolation of an offline is undone: MOVABLE, whatever they were. */
export const OFFLINE_RESTORE_TYPE = MIGRATE_MOVABLE;
