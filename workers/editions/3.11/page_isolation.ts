/**
 * Mirrors: mm/page_isolation.c, has_unmovable_pages() and is_mem_section_removable() (3.11). A pageblock typed Movable is taken at its word: nobody looks at its pages.
 * Left out: the isolate notifier chain (MEM_ISOLATE_COUNT). Why: its one user is a balloon driver of another architecture.
 */
import type { Kernel } from '../../mm/kernel.ts';
import type { Kthread } from '../../kernel/kthread.ts';
import { called } from '../../mm/call_path.ts';
import { M_FREE_UNCOUNTED, type Mm } from '../../mm/mm.ts';
import { compound_head, page_zone_row, PageReserved, zone_end_pfn, zone_idx } from '../../mm/mmzone.ts';
import { unset_migratetype_isolate } from '../../mm/page_isolation.ts';
import { ERRNO } from '../../uapi/errno.ts';
import { FN } from '../../uapi/functions.ts';
import { STATE_BUDDY, STATE_LRU, STATE_ORDER, STATE_PCP } from '../../uapi/layout.ts';
import { SECTION_ONLINE, SECTION_PRESENT } from '../../uapi/memory_block.ts';
import { MAX_ORDER, MIGRATE_ISOLATE, MIGRATE_MOVABLE, pageblock_nr_pages, pageblock_order, ZONE_MOVABLE } from '../../uapi/mmzone.ts';
import { KIND_HWPOISON, KIND_MASK } from '../../uapi/page_kind.ts';
import { EV } from '../../uapi/trace.ts';

const typeOf = (mm: Mm, pfn: number): number => mm.t.pageblock.migratetype[pfn >>> pageblock_order] as number;
/** Reserved since its block is offline: 3.11 marks the pages of offline blocks so. */
const isOffline = (mm: Mm, pfn: number): boolean => ((mm.t.section.state[pfn >>> mm.PFN_SECTION_SHIFT] ?? 0) & SECTION_ONLINE) === 0;

/** First page of a pageblock that is in the way, -1 if none: what is in use and on no LRU list. Source: has_unmovable_pages(), 3.11. */
export function has_unmovable_pages(mm: Mm, start_pfn: number): number {
  if (zone_idx(page_zone_row(mm, start_pfn)) === ZONE_MOVABLE || typeOf(mm, start_pfn) === MIGRATE_MOVABLE) return -1;
  return first_unmovable(mm, start_pfn, start_pfn + pageblock_nr_pages);
}
/** First page of a range that is in use, on no LRU list and not poisoned; -1 if none. */
export function first_unmovable(mm: Mm, start_pfn: number, end_pfn: number): number {
  const { state, kind } = mm.t.memmap;
  for (let pfn = start_pfn; pfn < end_pfn; pfn++) {
    const head = compound_head(mm, pfn);
    const s = state[head] as number;
    if ((s & STATE_BUDDY) !== 0) {
      pfn = head + (1 << (s & STATE_ORDER)) - 1;
      continue;
    }
    if (((kind[pfn] as number) & KIND_MASK) === KIND_HWPOISON) continue;
    const used = (s & ~STATE_ORDER & ~STATE_PCP) !== 0 || PageReserved(mm, pfn) || isOffline(mm, pfn);
    if (used && (s & STATE_LRU) === 0) return pfn;
  }
  return -1;
}

/** zone_spans_pfn() */
function zone_spans_pfn(mm: Mm, row: number, pfn: number): boolean {
  return row >= 0 && (mm.t.zone.zone_start_pfn[row] as number) <= pfn && pfn < zone_end_pfn(mm, row);
}
/** What memoryN/removable says: 1 if every pageblock of the block could be isolated now. Pageblocks outside their zone's span cannot. Source: is_mem_section_removable(). */
export function removable(mm: Mm, start_pfn: number, nr_pages: number): boolean {
  for (let pfn = start_pfn; pfn < start_pfn + nr_pages; ) {
    if (((mm.t.section.state[pfn >>> mm.PFN_SECTION_SHIFT] as number) & SECTION_PRESENT) === 0) {
      pfn += 1 << mm.PFN_SECTION_SHIFT;
      continue;
    }
    if (!zone_spans_pfn(mm, page_zone_row(mm, pfn), pfn) || has_unmovable_pages(mm, pfn) >= 0) return false;
    const s = mm.t.memmap.state[pfn] as number;
    pfn += (s & STATE_BUDDY) !== 0 && (s & STATE_ORDER) > pageblock_order ? 1 << (s & STATE_ORDER) : pageblock_nr_pages;
  }
  return true;
}

/**
 * A pageblock that its zone's span does not reach to the end cannot change its lists (move_freepages_block()): its free pages stay where they can be had and stay counted, what is freed
 * in it meanwhile is not counted, and is not when the isolation ends either. The zone's NR_FREE_PAGES is off from then on, also when the span comes back.
 */
function noteUncounted(mm: Mm, row: number): void {
  const { word } = mm.t.misc;
  const at = M_FREE_UNCOUNTED + Math.trunc(row / 32);
  word[at] = (word[at] as number) | (1 << (row % 32));
}
function set_migratetype_isolate({ mm, buddy }: Kernel, pfn: number): number {
  if (has_unmovable_pages(mm, pfn) >= 0) return -ERRNO.EBUSY;
  const row = page_zone_row(mm, pfn);
  if (row >= 0 && !zone_spans_pfn(mm, row, pfn | (pageblock_nr_pages - 1))) noteUncounted(mm, row);
  const moved = row < 0 ? 0 : buddy.move_freepages_block(pfn, MIGRATE_ISOLATE);
  mm.t.pageblock.migratetype[pfn >>> pageblock_order] = MIGRATE_ISOLATE;
  if (row >= 0) {
    mm.t.zone.nr_isolate_pageblock[row] = (mm.t.zone.nr_isolate_pageblock[row] as number) + 1;
    mm.t.zone.nr_free_pages[row] = (mm.t.zone.nr_free_pages[row] as number) - moved;
  }
  mm.touch(pfn);
  return 0;
}

/** Isolates every pageblock, ascending. -EBUSY: what was done is undone, and nothing is said about it. Source: start_isolate_page_range(), 3.11. */
export function* start_isolate_page_range(k: Kernel, start_pfn: number, end_pfn: number): Kthread<number> {
  const { mm } = k;
  mm.trace(EV.start_isolate_page_range, start_pfn, end_pfn, MIGRATE_MOVABLE, 0);
  mm.trace(EV.sim_func_entry, FN.start_isolate_page_range, start_pfn, end_pfn);
  yield;
  let err = 0;
  let pfn = start_pfn;
  for (; pfn < end_pfn && err === 0; pfn += pageblock_nr_pages) {
    mm.trace(EV.sim_func_entry, FN.set_migratetype_isolate, pfn);
    yield;
    err = set_migratetype_isolate(k, pfn);
    mm.trace(EV.sim_isolate_pageblock, pfn, err);
    yield;
    mm.trace(EV.sim_func_exit, FN.set_migratetype_isolate, err);
    yield;
  }
  if (err === 0) yield* called(mm, 'drain_all_pages', () => k.buddy.drain_all_pages());
  if (err !== 0) yield* undo_isolate_page_range(k, start_pfn, pfn - pageblock_nr_pages);
  mm.trace(EV.sim_func_exit, FN.start_isolate_page_range, err);
  mm.trace(EV.start_isolate_page_range_ret, err, err === 0 ? -1 : pfn - pageblock_nr_pages);
  yield;
  return err;
}
/** Every pageblock becomes Movable, whatever it was. */
export function* undo_isolate_page_range({ mm, buddy }: Kernel, start_pfn: number, end_pfn: number): Kthread<void> {
  for (let pfn = start_pfn; pfn < end_pfn; pfn += pageblock_nr_pages) {
    if (page_zone_row(mm, pfn) >= 0) yield* called(mm, 'unset_migratetype_isolate', () => unset_migratetype_isolate(mm, buddy, pfn, MIGRATE_MOVABLE), pfn);
    else mm.t.pageblock.migratetype[pfn >>> pageblock_order] = MIGRATE_MOVABLE;
  }
}

/** Is every page of the range free (or poisoned), and every pageblock isolated? 0 or -EBUSY. Source: test_pages_isolated(), 3.11. */
export function test_pages_isolated(mm: Mm, start_pfn: number, end_pfn: number): number {
  const { state, kind } = mm.t.memmap;
  let pfn = start_pfn;
  while (pfn < end_pfn && typeOf(mm, pfn) === MIGRATE_ISOLATE) {
    const s = state[pfn] as number;
    if ((s & STATE_BUDDY) !== 0) pfn += 1 << (s & STATE_ORDER);
    else if (((kind[pfn] as number) & KIND_MASK) === KIND_HWPOISON) pfn++;
    else break;
  }
  mm.trace(EV.test_pages_isolated, start_pfn, end_pfn, pfn, pfn < end_pfn ? 1 : 0);
  return pfn < end_pfn ? -ERRNO.EBUSY : 0;
}

/** Does the range lie in one zone? One page of each 4 MiB is looked at; a frame behind the end of RAM counts as the lowest zone's. Source: test_pages_in_a_zone(). */
export function test_pages_in_a_zone(mm: Mm, start_pfn: number, end_pfn: number): boolean {
  const zoneOf = (pfn: number): number => Math.max(0, page_zone_row(mm, pfn));
  for (let pfn = start_pfn; pfn < end_pfn; pfn += 1 << (MAX_ORDER - 1)) if (zoneOf(pfn) !== zoneOf(start_pfn)) return false;
  return true;
}
