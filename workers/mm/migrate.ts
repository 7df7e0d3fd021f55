/**
 * Mirrors: mm/migrate.c (6.1): moving pages to other frames. Every user of a page is pointed at the copy before the old frame is freed, so that nothing is lost or doubled.
 * Left out: asynchronous modes, writeback, buffer heads, migration entries seen by running processes. Why: nothing here runs in between.
 */
import type { Kthread } from '../kernel/kthread.ts';
import { ERRNO } from '../uapi/errno.ts';
import { FN } from '../uapi/functions.ts';
import { STATE_ALLOC, STATE_BUDDY, STATE_LRU, STATE_ORDER, STATE_PCP } from '../uapi/layout.ts';
import { MAX_ORDER, MIGRATE_MOVABLE, pageblock_nr_pages, ZONE_MOVABLE, ZONE_NORMAL } from '../uapi/mmzone.ts';
import { COLD_RAW_HWP, KPF, kpf } from '../uapi/page_flags.ts';
import { KIND_ANON, KIND_BALLOON, KIND_COLD, KIND_FILE, KIND_FREE, KIND_MASK, KIND_MLOCKED, KIND_THP } from '../uapi/page_kind.ts';
import { EV } from '../uapi/trace.ts';
import { alloc_huge_page_nodemask, isActiveHugePage, page_hstate, PageHuge, putback_target, release_migrated_huge_page } from './hugetlb.ts';
import { DONE, MUST_YIELD } from './migrate_page.ts';
import { clear_pte_mapped, isPteMapped, leave_split_queue } from './deferred_split.ts';
import { configured, M_NR_MIGRATED, M_WORK_NS, type Mm } from './mm.ts';
import { page_zone_row, zone_idx } from './mmzone.ts';
import type { Buddy } from './page_alloc.ts';
import { markCold, page_pincount } from './page_flags.ts';
import { changed, changedPte, del_page_from_lru_list, lru_add } from './rmap.ts';
import { count_vm_event, count_vm_events, VM } from './vm_event.ts';
import { warn_alloc } from './warn_alloc.ts';
import { adjust_managed_page_count } from './watermarks.ts';

/** enum migrate_reason, migrate_mode (uapi/trace.ts has their words). */
export const MR_COMPACTION = 0;
export const MR_MEMORY_FAILURE = 1;
export const MR_MEMORY_HOTPLUG = 2;
export const MR_CONTIG_RANGE = 6;
export const MR_LONGTERM_PIN = 7;
export const MIGRATE_SYNC = 2;
/** migrate_pages() goes over its list at most this often. */
const MAX_PASSES = 10;
/** Unmapping a page, finding it held, and mapping it again. */
const FAILED_ATTEMPT_NS = 9_000;
/** Others get a turn after so many pages that did not move. */
const RESCHEDULE = 64;

/** No pages. */
const NONE = new Int32Array(0);

export interface MigrationTarget {
  /** Node preferred, and nodes allowed as a bit mask. */
  readonly nid: number;
  readonly nodemask: number;
  /** Absent: as for an offline, by the zone the page leaves. */
  readonly highest_zoneidx?: number;
  readonly migratetype?: number;
  /** Where frames come from and go back to instead of the allocator: pfn, -1 = none. Only for single pages. */
  readonly get_new_page?: () => number;
  readonly put_new_page?: (pfn: number) => void;
  /** MIGRATE_*SYNC*, absent: MIGRATE_SYNC. */
  readonly mode?: number;
}
export interface MigrateResult {
  readonly succeeded: number;
  readonly failed: number;
  readonly thp_succeeded: number;
  /** Heads that did not move, and why: -ENOMEM for the first of them, -ENOSYS (a kernel without CONFIG_MIGRATION), or 1 (-EAGAIN to the end: an extra reference). */
  readonly left: Int32Array;
  readonly ret: number;
}

/**
 * Frame for a page that leaves: order as the page's, and ZONE_MOVABLE only for what comes from there (the gfp mask has __GFP_HIGHMEM only then). -1: none.
 * Source: alloc_migration_target(), 6.1.
 */
export function alloc_migration_target(mm: Mm, buddy: Buddy, pfn: number, target: MigrationTarget): number {
  const order = (mm.t.memmap.state[pfn] as number) & STATE_ORDER;
  return buddy.alloc_pages({ order, migratetype: target.migratetype ?? MIGRATE_MOVABLE, highest_zoneidx: highestZone(mm, pfn, target), nid: target.nid, nodemask: target.nodemask, kind: KIND_FREE });
}

/** Copies contents and cold columns, points the mapping at the copy. Source: migrate_folio(), remove_migration_ptes(). */
function move_to_new_folio(mm: Mm, from: number, to: number, order: number): void {
  const { kind, tag, owner } = mm.t.memmap;
  const { flags, mapcount, pincount } = mm.t.cold;
  const { pfn: pte_pfn } = mm.t.pte;
  const pteMapped = isPteMapped(mm, from);
  if (pteMapped) leave_split_queue(mm, from);
  for (let i = 0; i < 1 << order; i++) {
    const a = from + i;
    const b = to + i;
    kind[b] = kind[a] as number;
    tag[b] = tag[a] as number;
    owner[b] = owner[a] as number;
    if (((kind[a] as number) & KIND_COLD) !== 0) {
      markCold(mm, b);
      // What is broken is the frame, not what was in it.
      flags[b] = (flags[a] as number) & ~((pteMapped ? 0 : COLD_RAW_HWP) | kpf(KPF.HWPOISON));
      mapcount[b] = mapcount[a] as number;
      pincount[b] = pincount[a] as number;
    }
    const slot = owner[a] as number;
    if (slot > 0) {
      pte_pfn[slot] = b;
      changedPte(mm, slot);
    }
  }
  mm.touch(to);
}

/** Zone limit of a target: ZONE_MOVABLE only for what comes from there. */
const highestZone = (mm: Mm, pfn: number, target: MigrationTarget): number =>
  target.highest_zoneidx ?? (zone_idx(page_zone_row(mm, pfn)) === ZONE_MOVABLE ? ZONE_MOVABLE : ZONE_NORMAL);
const isBalloon = (mm: Mm, pfn: number): boolean => ((mm.t.memmap.kind[pfn] as number) & KIND_MASK) === KIND_BALLOON;
/** References that no mapping explains, on any frame of a folio. */
function held(mm: Mm, pfn: number, order: number): boolean {
  for (let i = pfn; i < pfn + (1 << order); i++) if (page_pincount(mm, i) > 0) return true;
  return false;
}
/** A frame found the way it will be needed again: unmapping moves its page table's dirty bit into the page. Source: try_to_migrate_one(). */
function try_to_migrate(mm: Mm, pfn: number): void {
  const kind = mm.t.memmap.kind[pfn] as number;
  // What no process maps has no page table that could say so.
  if ((kind & KIND_COLD) === 0 || ((kind & KIND_MASK) === KIND_FILE && mm.t.cold.mapcount[pfn] === 0)) return;
  mm.t.cold.flags[pfn] = (mm.t.cold.flags[pfn] as number) | kpf(KPF.DIRTY);
  changed(mm, pfn);
}

/** One huge page of the pool: 0, -ENOMEM or -EAGAIN. Source: unmap_and_move_huge_page(). */
function unmap_and_move_huge_page(mm: Mm, buddy: Buddy, pfn: number, target: MigrationTarget): number {
  // Its process ended meanwhile, and it is back in the pool: freed from under us, and done.
  if (!isActiveHugePage(mm, pfn)) return 0;
  const h = page_hstate(mm, pfn);
  const to = alloc_huge_page_nodemask(mm, buddy, h, target.nid, target.nodemask, highestZone(mm, pfn, target));
  if (to.pfn < 0) return -ERRNO.ENOMEM;
  if (held(mm, pfn, h.order)) {
    putback_target(mm, buddy, to);
    return -ERRNO.EAGAIN;
  }
  const owner = mm.t.memmap.owner[pfn] as number;
  move_to_new_folio(mm, pfn, to.pfn, h.order);
  release_migrated_huge_page(mm, buddy, pfn, to);
  for (let i = to.pfn; i < to.pfn + h.pages; i += pageblock_nr_pages) mm.touch(i);
  mm.trace(EV.sim_migrate_page, pfn, to.pfn, h.order, owner);
  return 0;
}

/** One page: 0, -ENOMEM, or -EAGAIN while somebody holds a reference that no mapping explains. A poisoned page's old frame is not freed. Source: unmap_and_move(). */
export function unmap_and_move(mm: Mm, buddy: Buddy, pfn: number, target: MigrationTarget, reason = MR_MEMORY_HOTPLUG): number {
  if (PageHuge(mm, pfn)) return unmap_and_move_huge_page(mm, buddy, pfn, target);
  if (wasFreed(mm, pfn)) return 0;
  const order = (mm.t.memmap.state[pfn] as number) & STATE_ORDER;
  if (isOrphan(mm, pfn)) {
    buddy.free_pages(pfn, order);
    return 0;
  }
  const to = target.get_new_page ? target.get_new_page() : alloc_migration_target(mm, buddy, pfn, target);
  if (to < 0) return -ERRNO.ENOMEM;
  try_to_migrate(mm, pfn);
  if (held(mm, pfn, order)) {
    if (target.put_new_page) target.put_new_page(to);
    else buddy.free_pages(to, order);
    return -ERRNO.EAGAIN;
  }
  const owner = mm.t.memmap.owner[pfn] as number;
  const balloon = isBalloon(mm, pfn);
  move_to_new_folio(mm, pfn, to, order);
  if (balloon) {
    // The driver's pages are out of their zone's care: the zones change places. Source: virtballoon_migratepage().
    adjust_managed_page_count(mm, page_zone_row(mm, pfn), 1);
    adjust_managed_page_count(mm, page_zone_row(mm, to), -1);
  } else lru_add(mm, to);
  if (reason === MR_MEMORY_FAILURE) {
    mm.t.memmap.owner[pfn] = 0;
    changed(mm, pfn);
  } else buddy.free_pages(pfn, order);
  mm.trace(EV.sim_migrate_page, pfn, to, order, owner);
  return 0;
}

/** Splits a compound page into single pages, each isolated on its own; those that nobody maps are freed. Source: split_folio_to_list(). */
export function split_isolated_folio(mm: Mm, buddy: Buddy, pfn: number): number[] {
  const { state, kind } = mm.t.memmap;
  const order = (state[pfn] as number) & STATE_ORDER;
  const parts: number[] = [];
  count_vm_event(mm, VM.thp_split_page);
  if (isPteMapped(mm, pfn)) clear_pte_mapped(mm, pfn);
  else count_vm_event(mm, VM.thp_split_pmd);
  for (let i = pfn; i < pfn + (1 << order); i++) {
    state[i] = STATE_ALLOC;
    if (((kind[i] as number) & KIND_MASK) === KIND_THP) kind[i] = ((kind[i] as number) & ~KIND_MASK) | KIND_ANON;
    parts.push(i);
  }
  mm.touch(pfn);
  const mapped = parts.filter((part) => !isOrphan(mm, part));
  if (mapped.length < parts.length) for (const part of parts) if (isOrphan(mm, part)) buddy.free_pages(part, 0);
  return mapped;
}

/**
 * Moves isolated pages (heads, in list order). Counts are base pages, thp_succeeded huge pages. Pages that did not move stay isolated: the caller puts them back.
 * Source: migrate_pages(), 6.1.
 */
export function* migrate_pages(mm: Mm, buddy: Buddy, pages: readonly number[] | Int32Array, target: MigrationTarget, reason: number): Kthread<MigrateResult> {
  if (!configured(mm, 'MIGRATION')) return { succeeded: 0, failed: pages.length, thp_succeeded: 0, left: Int32Array.from(pages), ret: -ERRNO.ENOSYS };
  mm.trace(EV.sim_func_entry, FN.migrate_pages, pages.length);
  yield;
  const { word } = mm.t.misc;
  const { mover } = buddy;
  // A broken page's old frame is not freed.
  const simple = reason !== MR_MEMORY_FAILURE && target.get_new_page === undefined;
  const highest = target.highest_zoneidx ?? -1;
  const mt = target.migratetype ?? MIGRATE_MOVABLE;
  let list = pages instanceof Int32Array ? pages : Int32Array.from(pages);
  let succeeded = 0;
  let thp_succeeded = 0;
  let left: Int32Array = NONE;
  let why = 1;
  for (let pass = 0; pass < MAX_PASSES && list.length > 0; pass++) {
    const again: number[] = [];
    for (let i = 0; i < list.length; i++) {
      if (simple) {
        i = mover.move(list, i, highest, mt, target.nid, target.nodemask);
        succeeded += mover.last.moved;
        if (mover.last.stopped === DONE) break;
        if (mover.last.stopped === MUST_YIELD) {
          yield;
          i--;
          continue;
        }
      }
      const pfn = list[i] as number;
      const huge = PageHuge(mm, pfn);
      const order = huge ? page_hstate(mm, pfn).order : (mm.t.memmap.state[pfn] as number) & STATE_ORDER;
      const ret = unmap_and_move(mm, buddy, pfn, target, reason);
      if (ret !== 0) word[M_WORK_NS] = (word[M_WORK_NS] as number) + (FAILED_ATTEMPT_NS << Math.min(order, MAX_ORDER));
      if ((ret === 0 || i % RESCHEDULE === RESCHEDULE - 1) && mm.cond_resched()) yield;
      if (ret === 0) {
        succeeded += 1 << order;
        if (order > 0 && !huge) thp_succeeded++;
      } else if (ret === -ERRNO.ENOMEM && order > 0 && !huge) {
        // No huge frame free: the pages travel one by one.
        count_vm_event(mm, VM.thp_migration_split);
        list = Int32Array.from([...list, ...split_isolated_folio(mm, buddy, pfn)]);
      } else if (ret === -ERRNO.ENOMEM) {
        // Trying the rest would fail alike: the pass ends here, as in Linux.
        if (reason !== MR_LONGTERM_PIN && reason !== MR_COMPACTION) warn_alloc(mm, buddy, pfn, target.nodemask);
        why = ret;
        left = new Int32Array(list.length - i + again.length);
        left.set(list.subarray(i));
        left.set(again, list.length - i);
        again.length = 0;
        break;
      } else again.push(pfn);
    }
    list = Int32Array.from(again);
  }
  if (list.length > 0) left = list;
  const failed = why === 1 ? left.length : 1;
  word[M_NR_MIGRATED] = (word[M_NR_MIGRATED] as number) + succeeded;
  count_vm_events(mm, VM.pgmigrate_fail, failed);
  count_vm_events(mm, VM.thp_migration_success, thp_succeeded);
  mm.trace(EV.mm_migrate_pages, succeeded, failed, thp_succeeded, reason, target.mode ?? MIGRATE_SYNC);
  mm.trace(EV.sim_func_exit, FN.migrate_pages, failed);
  yield;
  return { succeeded, failed, thp_succeeded, left, ret: why };
}

/** Takes a page off its LRU so that it can be moved; huge pages of the pool and balloon pages are on none. Source: isolate_lru_page(), isolate_hugetlb(), isolate_movable_page(). */
export function isolate_lru_page(mm: Mm, pfn: number): void {
  if (((mm.t.memmap.state[pfn] as number) & STATE_LRU) !== 0) del_page_from_lru_list(mm, pfn);
}
/** Source: putback_movable_pages(). */
export function putback_movable_pages(mm: Mm, buddy: Buddy, pages: readonly number[] | Int32Array): void {
  for (let i = 0; i < pages.length; i++) {
    i = buddy.mover.putback(pages, i);
    if (i === pages.length) break;
    const pfn = pages[i] as number;
    if (PageHuge(mm, pfn) || isBalloon(mm, pfn) || wasFreed(mm, pfn)) continue;
    if (isOrphan(mm, pfn)) buddy.free_pages(pfn, (mm.t.memmap.state[pfn] as number) & STATE_ORDER);
    else lru_add(mm, pfn);
  }
}
/** Its driver gave it back while it was isolated: nothing is left to move. */
const wasFreed = (mm: Mm, pfn: number): boolean => ((mm.t.memmap.state[pfn] as number) & (STATE_BUDDY | STATE_PCP)) !== 0 || (mm.t.memmap.state[pfn] as number) === 0;
/** Memory of a process that ended while it was isolated: whoever isolated it holds the last reference, so that it is freed when that is given up. */
export function isOrphan(mm: Mm, pfn: number): boolean {
  const { state, owner } = mm.t.memmap;
  if (!isProcessMemory(mm, pfn)) return false;
  for (let i = pfn; i < pfn + (1 << ((state[pfn] as number) & STATE_ORDER)); i++) if (owner[i] !== 0) return false;
  return true;
}
/** Of a kind that is on the LRU unless somebody isolated it. */
export function isProcessMemory(mm: Mm, pfn: number): boolean {
  const kind = (mm.t.memmap.kind[pfn] as number) & KIND_MASK;
  return kind === KIND_ANON || kind === KIND_THP || kind === KIND_MLOCKED || kind === KIND_FILE;
}
/** __PageMovable: not on an LRU, but its driver can move it. */
export const isMovableNonLru = isBalloon;
