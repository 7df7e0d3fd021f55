/** Mirrors: stealing in mm/page_alloc.c (6.1, 3.11): what a request takes when the lists of its own migrate type are empty, and which pageblocks change their type for it. */
import { STATE_LRU } from '../uapi/layout.ts';
import { MIGRATE_HIGHATOMIC, MIGRATE_ISOLATE, MIGRATE_MOVABLE, MIGRATE_RECLAIMABLE, MIGRATE_UNMOVABLE, pageblock_order } from '../uapi/mmzone.ts';
import { EV } from '../uapi/trace.ts';
import type { FreeArea } from './free_area.ts';
import { M_ISOLATED_TAKEN, type Mm } from './mm.ts';
import { typeBlockPages } from './mmzone.ts';

export interface Fallback {
  /** 6.1: chunks of another type move to the lists of this one; false: there is none. `nofragment`: only whole pageblocks. Source: __rmqueue_fallback(). */
  __rmqueue_fallback(zone_row: number, order: number, mt: number, nofragment: boolean): boolean;
  /** Before 4.0: the chunk itself, split for this request; -1: there is none. */
  take_fallback(zone_row: number, order: number, mt: number): number;
}

/** @param boost_watermark a pageblock is about to be mixed: kswapd is to make room */
export function createFallback(mm: Mm, area: FreeArea, boost_watermark: (zone_row: number) => void): Fallback {
  const { state } = mm.t.memmap;
  const { migratetype: pb_type } = mm.t.pageblock;
  const { word } = mm.t.misc;
  const { fallbacks } = mm.edition.alloc;
  const { MAX_ORDER, pageblock_order: order_of_block } = mm.geometry;
  const block_pages = typeBlockPages(mm);
  const rows = block_pages >>> pageblock_order;
  /** All rows of the pageblocks in [pfn, pfn + pages), one at least. */
  function retype(pfn: number, pages: number, mt: number): void {
    const from = (pfn >>> pageblock_order) & ~(rows - 1);
    const to = Math.max(from + rows, (pfn + pages) >>> pageblock_order);
    for (let i = from; i < to; i++) {
      if (pb_type[i] === MIGRATE_ISOLATE && i % rows === 0) word[M_ISOLATED_TAKEN] = word[M_ISOLATED_TAKEN]! + 1;
      pb_type[i] = mt;
    }
  }
  const { first, move_to, move_freepages_block, del_page_from_free_list, expand, touch_section } = area;

  /** The free pages of the chunk's pageblock change their type; the pageblock does when at least half of it was free. Source: __rmqueue_fallback() before 4.0. */
  function claim_pageblock(pfn: number, order: number, mt: number): void {
    const pages = move_freepages_block(pfn, mt);
    if (pages >= block_pages / 2) retype(pfn, 1, mt);
    if (order >= order_of_block) retype(pfn, 1 << order, mt);
  }
  /** The largest foreign chunk. Kernel memory and large chunks take their whole pageblock along. */
  function take_fallback(zone_row: number, order: number, mt: number): number {
    for (let o = MAX_ORDER - 1; o >= order; o--) {
      for (const from of fallbacks[mt] ?? []) {
        const pfn = first(zone_row, o, from);
        if (pfn < 0) continue;
        mm.trace(EV.mm_page_alloc_extfrag, pfn, order, o, mt, from);
        touch_section(pfn >>> mm.PFN_SECTION_SHIFT);
        if (o >= order_of_block >> 1 || mt === MIGRATE_RECLAIMABLE) claim_pageblock(pfn, o, mt);
        del_page_from_free_list(pfn);
        expand(pfn, order, o, zone_row, mt);
        return pfn;
      }
    }
    return -1;
  }

  /** Mirrors steal_suitable_fallback(): re-types the pageblock when at least half of it then serves the new type. */
  function steal_suitable_fallback(pfn: number, order: number, zone_row: number, mt: number, whole_block: boolean): void {
    // A page of a pageblock kept for atomic requests that came to another list: it alone.
    if (pb_type[pfn >>> pageblock_order] === MIGRATE_HIGHATOMIC) {
      move_to(pfn, mt);
      return;
    }
    if (1 << order >= block_pages) {
      retype(pfn, 1 << order, mt);
      move_to(pfn, mt);
      return;
    }
    boost_watermark(zone_row);
    if (!whole_block) {
      move_to(pfn, mt);
      return;
    }
    const start = pfn & ~(block_pages - 1);
    const old = pb_type[start >>> pageblock_order];
    let movable = 0;
    for (let at = start; at < start + block_pages; at++) if ((state[at]! & STATE_LRU) !== 0) movable++;
    const free = move_freepages_block(start, mt);
    const alike = mt === MIGRATE_MOVABLE ? movable : old === MIGRATE_MOVABLE ? block_pages - free - movable : 0;
    if (free + alike >= block_pages / 2) retype(start, 1, mt);
  }

  /** The largest foreign chunk, unless stealing it whole would not pay: then the smallest that will do. */
  function __rmqueue_fallback(zone_row: number, order: number, mt: number, nofragment: boolean): boolean {
    const others = fallbacks[mt];
    if (others === undefined) return false;
    const least = nofragment && order < order_of_block ? order_of_block : order;
    for (let o = MAX_ORDER - 1; o >= least; o--) {
      for (const from of others) {
        let pfn = first(zone_row, o, from);
        if (pfn < 0) continue;
        const can_steal = o >= order_of_block >> 1 || mt === MIGRATE_RECLAIMABLE || mt === MIGRATE_UNMOVABLE;
        let taken = o;
        let of = from;
        if (!can_steal && mt === MIGRATE_MOVABLE && o > order) {
          [taken, of] = smallestOf(zone_row, order, o, others);
          pfn = first(zone_row, taken, of);
        }
        mm.trace(EV.mm_page_alloc_extfrag, pfn, order, taken, mt, of);
        steal_suitable_fallback(pfn, taken, zone_row, mt, can_steal);
        return true;
      }
    }
    return false;
  }
  function smallestOf(zone_row: number, from: number, to: number, others: readonly number[]): readonly [order: number, type: number] {
    for (let o = from; o <= to; o++) for (const type of others) if (first(zone_row, o, type) >= 0) return [o, type];
    throw new Error('__rmqueue_fallback: the chunk found a moment ago is gone');
  }
  return { __rmqueue_fallback, take_fallback };
}
