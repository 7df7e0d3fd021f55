/**
 * Mirrors: the common case of mm/migrate.c and mm/vmscan.c (6.1): one small page of a process or of the page cache that one mapping explains. What is anything else (huge, held, of a
 * driver, recorded with flags of its own) takes the long way in migrate.ts. Both ways leave the same tables behind.
 * Shape: a closure over constant views, because an offline spends its time here.
 */
import { PTE_CHUNK_ORDER, STATE_ALLOC, STATE_LRU } from '../uapi/layout.ts';
import { MAX_NR_ZONES, pageblock_order, ZONE_MOVABLE, ZONE_NORMAL } from '../uapi/mmzone.ts';
import { KIND_ANON, KIND_COLD, KIND_FILE, KIND_MASK, KIND_MLOCKED, KIND_PG_RESERVED } from '../uapi/page_kind.ts';
import { EV } from '../uapi/trace.ts';
import type { Mm } from './mm.ts';

/** Why moving stopped: the list ended, the path has to yield, no frame was free, not a page of the common kind. */
export const DONE = 1;
export const MUST_YIELD = 0;
export const NO_FRAME = -1;
export const OTHER_PAGE = -2;

export interface PageMover {
  /** Takes small pages off their LRU, from pfn on, as far as one follows the other; appends them to the list. The first frame that is not one, or `end`. */
  isolate(pfn: number, end: number, list: number[]): number;
  /**
   * Moves isolated pages of the list, from index `at` on, until the path has to yield, or one does not move. The index of the next one to look at: `stopped` says why it is not the
   * end, `moved` how many moved. `highest_zoneidx` below 0: ZONE_MOVABLE only for what comes from there.
   */
  move(list: readonly number[], at: number, highest_zoneidx: number, migratetype: number, nid: number, nodemask: number): number;
  readonly last: { moved: number; stopped: number };
}

export function createPageMover(
  mm: Mm, __alloc_pages: (order: number, migratetype: number, highest_zoneidx: number, nid: number, nodemask: number, kind: number) => number, free_pages: (pfn: number, order: number) => void,
): PageMover {
  const { state, kind, tag, next, prev, owner } = mm.t.memmap;
  const { head, tail, nr } = mm.t.lru;
  const { zone: pb_zone, dirty } = mm.t.pageblock;
  const { pfn: pte_pfn } = mm.t.pte;
  const { dirty: pte_dirty } = mm.t.pte_chunk;

  function add(pfn: number): void {
    const row = pb_zone[pfn >>> pageblock_order]! - 1;
    const first = head[row]!;
    next[pfn] = first;
    prev[pfn] = 0;
    if (first === 0) tail[row] = pfn;
    else {
      prev[first] = pfn;
      dirty[first >>> pageblock_order] = 1;
    }
    head[row] = pfn;
    nr[row] = nr[row]! + 1;
    state[pfn] = STATE_LRU;
    dirty[pfn >>> pageblock_order] = 1;
  }
  /** The frame the page is in now, NO_FRAME (nothing changed) or OTHER_PAGE. */
  function move_page(pfn: number, highest_zoneidx: number, migratetype: number, nid: number, nodemask: number): number {
    const raw = kind[pfn]!;
    const slot = owner[pfn]!;
    const what = raw & KIND_MASK;
    if (state[pfn] !== STATE_ALLOC || slot <= 0 || (raw & (KIND_COLD | KIND_PG_RESERVED)) !== 0 || (what !== KIND_ANON && what !== KIND_FILE && what !== KIND_MLOCKED)) return OTHER_PAGE;
    const highest = highest_zoneidx >= 0 ? highest_zoneidx : (pb_zone[pfn >>> pageblock_order]! - 1) % MAX_NR_ZONES === ZONE_MOVABLE ? ZONE_MOVABLE : ZONE_NORMAL;
    const to = __alloc_pages(0, migratetype, highest, nid, nodemask, raw);
    if (to < 0) return NO_FRAME;
    tag[to] = tag[pfn]!;
    owner[to] = slot;
    pte_pfn[slot] = to;
    pte_dirty[slot >>> PTE_CHUNK_ORDER] = 1;
    add(to);
    free_pages(pfn, 0);
    return to;
  }
  const last = { moved: 0, stopped: DONE };
  return {
    isolate(pfn, end, list) {
      let at = pfn;
      while (at < end && state[at] === STATE_LRU) {
        // Frames of a pageblock are on the same list.
        const row = pb_zone[at >>> pageblock_order]! - 1;
        const begun = at;
        const stop = Math.min(end, ((at >>> pageblock_order) + 1) << pageblock_order);
        for (; at < stop && state[at] === STATE_LRU; at++) {
          const n = next[at]!;
          const p = prev[at]!;
          if (p === 0) head[row] = n;
          else {
            next[p] = n;
            dirty[p >>> pageblock_order] = 1;
          }
          if (n === 0) tail[row] = p;
          else {
            prev[n] = p;
            dirty[n >>> pageblock_order] = 1;
          }
          state[at] = STATE_ALLOC;
          list.push(at);
        }
        dirty[begun >>> pageblock_order] = 1;
        nr[row] = nr[row]! - (at - begun);
      }
      return at;
    },
    move(list, at, highest_zoneidx, migratetype, nid, nodemask) {
      let moved = 0;
      let stopped = DONE;
      let i = at;
      while (i < list.length) {
        const pfn = list[i]!;
        const to = move_page(pfn, highest_zoneidx, migratetype, nid, nodemask);
        if (to < 0) {
          stopped = to;
          break;
        }
        moved++;
        i++;
        mm.trace(EV.sim_migrate_page, pfn, to, 0, owner[to]);
        if (mm.cond_resched()) {
          stopped = MUST_YIELD;
          break;
        }
      }
      last.moved = moved;
      last.stopped = stopped;
      return i;
    },
    last,
  };
}
