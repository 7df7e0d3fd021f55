/**
 * Mirrors: capture_page_range() of the hot-remove patches (2005), by the steps of seed 002 of 2004: a section is taken away by allocating all of it.
 *   mark_section_going_offline() cages it: from then on __free_pages() keeps every page freed in it;
 *   some_alloc_pages() takes the whole range at once if nobody uses any of it, else the halves of it, and so on down to single pages ("try smaller pieces");
 *   try_to_migrate_pages() moves what processes and files use: the frames they leave are freed, and so captured;
 *   a round that moves nothing ends it. Pages captured so far then go back to the allocator.
 * The patches' own text is lost: order and names are the seeds', how often it tries is inferred.
 */
import { called } from '../../mm/call_path.ts';
import type { Kernel } from '../../mm/kernel.ts';
import type { Kthread } from '../../kernel/kthread.ts';
import { isolate_lru_page, putback_movable_pages, unmap_and_move } from '../../mm/migrate.ts';
import { M_NR_MIGRATED, type Mm } from '../../mm/mm.ts';
import { page_zone_row, pfn_to_section_nr } from '../../mm/mmzone.ts';
import { FN } from '../../uapi/functions.ts';
import { STATE_ALLOC, STATE_BUDDY, STATE_LRU, STATE_ORDER } from '../../uapi/layout.ts';
import { SECTION_GOING_OFFLINE } from '../../uapi/memory_block.ts';
import { MAX_ORDER, MIGRATE_UNMOVABLE, pageblock_nr_pages, ZONE_HIGHMEM } from '../../uapi/mmzone.ts';
import { KIND_ISOLATED, KIND_MASK } from '../../uapi/page_kind.ts';
import { EV } from '../../uapi/trace.ts';

/** Pieces down to the largest chunk of the allocator are steps of their own; smaller ones are tried within one. */
const SHOWN_ORDER = MAX_ORDER - 1;

/** Owned by whoever takes the section away. */
const isCaptured = (mm: Mm, pfn: number): boolean => ((mm.t.memmap.kind[pfn] as number) & KIND_MASK) === KIND_ISOLATED && ((mm.t.memmap.state[pfn] as number) & STATE_ALLOC) !== 0;

function mark_section_going_offline(mm: Mm, nr: number): void {
  mm.t.section.state[nr] = (mm.t.section.state[nr] as number) | SECTION_GOING_OFFLINE;
}
/** The cage opens: freed pages go to the allocator again. */
function clear_section_going_offline(mm: Mm, nr: number): void {
  mm.t.section.state[nr] = (mm.t.section.state[nr] as number) & ~SECTION_GOING_OFFLINE;
}

/** Takes a free chunk out of the allocator. */
function capture_free(k: Kernel, pfn: number, order: number): void {
  const { mm, buddy } = k;
  const row = page_zone_row(mm, pfn);
  buddy.del_page_from_free_list(pfn);
  mm.t.zone.nr_free_pages[row] = (mm.t.zone.nr_free_pages[row] as number) - (1 << order);
  mm.t.memmap.state[pfn] = STATE_ALLOC | order;
  mm.t.memmap.kind.fill(KIND_ISOLATED, pfn, pfn + (1 << order));
  for (let at = pfn; at < pfn + (1 << order); at += pageblock_nr_pages) mm.touch(at);
  mm.trace(EV.sim_capture_page, pfn, order);
}

/** Is the piece free, or captured already, to its last page? No chunk reaches into it from outside: the piece that holds such a chunk was tried first. */
function isAllocable(mm: Mm, start: number, order: number): boolean {
  const { state } = mm.t.memmap;
  for (let pfn = start; pfn < start + (1 << order); ) {
    const s = state[pfn] as number;
    if ((s & STATE_BUDDY) === 0 && !isCaptured(mm, pfn)) return false;
    pfn += 1 << (s & STATE_ORDER);
  }
  return true;
}
function take(k: Kernel, start: number, order: number): void {
  const { state } = k.mm.t.memmap;
  for (let pfn = start; pfn < start + (1 << order); ) {
    const s = state[pfn] as number;
    if ((s & STATE_BUDDY) !== 0) capture_free(k, pfn, s & STATE_ORDER);
    pfn += 1 << (s & STATE_ORDER);
  }
}
/** The same for pieces below SHOWN_ORDER. Pages somebody still uses. */
function alloc_small_pieces(k: Kernel, order: number, pfn: number): number {
  if (isAllocable(k.mm, pfn, order)) {
    take(k, pfn, order);
    return 0;
  }
  if (order === 0) return 1;
  return alloc_small_pieces(k, order - 1, pfn) + alloc_small_pieces(k, order - 1, pfn + (1 << (order - 1)));
}
/** Allocates exactly [pfn, pfn + 2^order), or as much of it as nobody uses. Value: pages somebody still uses. */
function* some_alloc_pages(k: Kernel, order: number, pfn: number): Kthread<number> {
  const { mm } = k;
  mm.trace(EV.sim_func_entry, FN.some_alloc_pages, pfn, order);
  yield;
  let left = 0;
  if (isAllocable(mm, pfn, order)) take(k, pfn, order);
  else if (order <= SHOWN_ORDER) left = alloc_small_pieces(k, order, pfn);
  else {
    const half = order - 1;
    left = (yield* some_alloc_pages(k, half, pfn)) + (yield* some_alloc_pages(k, half, pfn + (1 << half)));
  }
  mm.trace(EV.sim_func_exit, FN.some_alloc_pages, left);
  yield;
  return left;
}

/** Steals pages from the LRU list and moves them to where pages of processes may be. Value: pages moved. */
function* try_to_migrate_pages(k: Kernel, start: number, end: number): Kthread<number> {
  const { mm, buddy } = k;
  const { state } = mm.t.memmap;
  const target = { nid: 0, nodemask: -1, highest_zoneidx: ZONE_HIGHMEM, migratetype: MIGRATE_UNMOVABLE };
  mm.trace(EV.sim_func_entry, FN.try_to_migrate_pages, start, end);
  yield;
  let moved = 0;
  for (let pfn = start; pfn < end; pfn++) {
    const s = state[pfn] as number;
    if ((s & STATE_LRU) === 0) continue;
    isolate_lru_page(mm, pfn);
    if (unmap_and_move(mm, buddy, pfn, target) === 0) {
      moved += 1 << (s & STATE_ORDER);
      mm.trace(EV.sim_capture_page, pfn, s & STATE_ORDER);
    } else putback_movable_pages(mm, buddy, [pfn]);
    yield;
  }
  mm.t.misc.word[M_NR_MIGRATED] = (mm.t.misc.word[M_NR_MIGRATED] as number) + moved;
  mm.trace(EV.sim_func_exit, FN.try_to_migrate_pages, moved);
  yield;
  return moved;
}

/** Everything captured goes back to the allocator. */
function release_captured(k: Kernel, start: number, end: number): void {
  const { mm, buddy } = k;
  for (let pfn = start; pfn < end; pfn++) if (isCaptured(mm, pfn)) buddy.free_pages(pfn, (mm.t.memmap.state[pfn] as number) & STATE_ORDER);
}

/** offline_section() of seed 002. True: every page is captured, the cage stays shut. False: as it was, but for pages that moved. */
function* offline_section(k: Kernel, nr: number): Kthread<boolean> {
  const { mm } = k;
  const start = nr << mm.PFN_SECTION_SHIFT;
  const end = start + (1 << mm.PFN_SECTION_SHIFT);
  mm.trace(EV.sim_func_entry, FN.offline_section, nr);
  yield;
  yield* called(mm, 'mark_section_going_offline', () => mark_section_going_offline(mm, nr), nr);
  k.buddy.touch_section(nr);
  let left = yield* some_alloc_pages(k, mm.PFN_SECTION_SHIFT, start);
  while (left > 0 && (yield* try_to_migrate_pages(k, start, end)) > 0) left = yield* some_alloc_pages(k, mm.PFN_SECTION_SHIFT, start);
  if (left === 0) yield* called(mm, 'mark_section_offline', () => mm.touch(start), nr);
  else {
    clear_section_going_offline(mm, nr);
    release_captured(k, start, end);
  }
  mm.trace(EV.sim_func_exit, FN.offline_section, left === 0 ? 0 : -1);
  yield;
  return left === 0;
}

/** Owns the whole range, a section, when it answers 0; else -1, and the allocator has its pages back. */
export function* capture_page_range(k: Kernel, start_pfn: number): Kthread<number> {
  const { mm } = k;
  mm.trace(EV.sim_func_entry, FN.capture_page_range, start_pfn, mm.PFN_SECTION_SHIFT);
  yield;
  const ret = (yield* offline_section(k, pfn_to_section_nr(mm, start_pfn))) ? 0 : -1;
  mm.trace(EV.sim_func_exit, FN.capture_page_range, ret);
  yield;
  return ret;
}
