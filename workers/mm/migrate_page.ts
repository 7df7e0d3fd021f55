/**
 * Mirrors: the common case of mm/migrate.c and mm/vmscan.c (6.1): one small page of a process or of the page cache that one mapping explains. What is anything else (huge, held, of a
 * driver, recorded with flags of its own) takes the long way in migrate.ts. Both ways leave the same tables behind.
 * Shape: a closure over constant views, because an offline spends its time here.
 */
import { PTE_CHUNK_ORDER, STATE_ALLOC, STATE_LRU } from '../uapi/layout.ts';
import { MAX_NR_ZONES, MIGRATE_ISOLATE, pageblock_order, ZONE_MOVABLE, ZONE_NORMAL } from '../uapi/mmzone.ts';
import { EV } from '../uapi/trace.ts';
import type { FreeArea } from './free_area.ts';
import { createRunMover, STEPS } from './migrate_run.ts';
import type { Mm } from './mm.ts';
import { leaveWalked, LRU_WALKED, NR_LRU_LISTS } from './rmap.ts';

/** Why moving stopped: the list ended, the path has to yield, no frame was free, not a page of the common kind. */
export const DONE = 1;
export const MUST_YIELD = 0;
export const NO_FRAME = -1;
export const OTHER_PAGE = -2;

export interface PageMover {
  /** Room for so many pfns, until it is given back: a fresh list costs more than what is written to it. Whoever ends without giving it back takes it along. */
  borrow(length: number): Int32Array;
  giveBack(list: Int32Array): void;
  /** Takes small pages off their LRU, from pfn on, as far as one follows the other, and writes them to the list from `count` on. Entries then: as many more as frames were taken. */
  isolate(pfn: number, end: number, list: Int32Array, count: number): number;
  /**
   * Moves isolated pages of the list, from index `at` on, until the path has to yield, or one does not move. The index of the next one to look at: `stopped` says why it is not the
   * end, `moved` how many moved. `highest_zoneidx` below 0: ZONE_MOVABLE only for what comes from there.
   */
  move(list: Int32Array, at: number, highest_zoneidx: number, migratetype: number, nid: number, nodemask: number): number;
  /** Pages of the list go back to their LRU, from index `at` on, as long as they are of the common kind. The index of the first that is not. */
  putback(list: readonly number[] | Int32Array, at: number): number;
  readonly last: { moved: number; stopped: number };
}
/** What moving needs of the allocator. */
export interface Frames {
  readonly area: FreeArea;
  __alloc_pages(order: number, migratetype: number, highest_zoneidx: number, nid: number, nodemask: number, kind: number): number;
  free_pages(pfn: number, order: number): void;
  /** The zone such a request for one page is served from while it has more than low_mark() free, straight from its buddy lists: its per-cpu lists are off. -1: not so simple. */
  direct_zone(highest_zoneidx: number, nid: number, nodemask: number): number;
  /** Pages free from which on a zone serves a page at once. */
  low_mark(zone_row: number, highest_zoneidx: number): number;
}

export function createPageMover(mm: Mm, { area, __alloc_pages, free_pages, direct_zone, low_mark }: Frames): PageMover {
  const { state, kind, tag, next, prev, owner } = mm.t.memmap;
  const { head, tail, nr } = mm.t.lru;
  const { zone: pb_zone, migratetype: pb_type, dirty } = mm.t.pageblock;
  const { pfn: pte_pfn } = mm.t.pte;
  const { dirty: pte_dirty } = mm.t.pte_chunk;
  const { froms, tos, slots, isSimple, move_run } = createRunMover(mm, area);
  /** lru_add() of a small page. */
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
    dirty[pfn >>> pageblock_order] = 1;
    head[row] = pfn;
    nr[row] = nr[row]! + 1;
    state[pfn] = STATE_LRU;
  }
  /** Contents and mapping move to a frame of the allocator; the old one is freed. */
  function move_to(pfn: number, to: number): void {
    const slot = owner[pfn]!;
    tag[to] = tag[pfn]!;
    owner[to] = slot;
    pte_pfn[slot] = to;
    pte_dirty[slot >>> PTE_CHUNK_ORDER] = 1;
    add(to);
    free_pages(pfn, 0);
    froms[0] = pfn;
    tos[0] = to;
    slots[0] = slot;
  }
  const last = { moved: 0, stopped: DONE };
  const shelf: Int32Array[] = [];
  return {
    borrow(length) {
      const list = shelf.pop();
      return list !== undefined && list.length >= length ? list : new Int32Array(length);
    },
    giveBack(list) {
      if (shelf.length === 0) shelf.push(list);
    },
    isolate(pfn, end, list, count) {
      let at = pfn | 0;
      let n = count | 0;
      while (at < end && state[at] === STATE_LRU) {
        // Frames of a pageblock are on the same list.
        const row = pb_zone[at >>> pageblock_order]! - 1;
        const begun = at;
        const walked = mm.lru_walked !== undefined && mm.lru_walked[row * LRU_WALKED + NR_LRU_LISTS] !== 0 ? mm.lru_walked : undefined;
        const stop = Math.min(end, ((at >>> pageblock_order) + 1) << pageblock_order);
        while (at < stop && state[at] === STATE_LRU) {
          // Pages that came to the list one after the other, side by side, leave it together.
          const first = at;
          const after = next[at]!;
          state[at] = STATE_ALLOC;
          list[n++] = at;
          while (at + 1 < stop && prev[at] === at + 1 && state[at + 1] === STATE_LRU) {
            at++;
            next[at] = after;
            state[at] = STATE_ALLOC;
            list[n++] = at;
          }
          const before = prev[at]!;
          if (before === 0) head[row] = after;
          else {
            next[before] = after;
            dirty[before >>> pageblock_order] = 1;
          }
          if (after === 0) tail[row] = before;
          else {
            prev[after] = before;
            dirty[after >>> pageblock_order] = 1;
          }
          if (walked !== undefined) for (let pfn = first; pfn <= at; pfn++) leaveWalked(walked, row, pfn, after);
          at++;
        }
        nr[row] = nr[row]! - (at - begun);
        dirty[begun >>> pageblock_order] = 1;
      }
      return n;
    },
    putback(list, at) {
      let i = at;
      for (; i < list.length && isSimple(list[i]!); i++) add(list[i]!);
      return i;
    },
    move(list, at, highest_zoneidx, migratetype, nid, nodemask) {
      let moved = 0;
      let i = at;
      last.stopped = DONE;
      // Steps that need not be looked at one by one.
      let ahead = 0;
      while (i < list.length) {
        const pfn = list[i]!;
        if (!isSimple(pfn)) {
          last.stopped = OTHER_PAGE;
          break;
        }
        const pageblock = pfn >>> pageblock_order;
        const highest = highest_zoneidx >= 0 ? highest_zoneidx : (pb_zone[pageblock]! - 1) % MAX_NR_ZONES === ZONE_MOVABLE ? ZONE_MOVABLE : ZONE_NORMAL;
        const direct = pb_type[pageblock] === MIGRATE_ISOLATE ? direct_zone(highest, nid, nodemask) : -1;
        let n = direct >= 0 ? move_run(list, i, Math.max(1, Math.min(ahead, STEPS, list.length - i)), direct, migratetype, low_mark(direct, highest)) : 0;
        if (n === 0) {
          // Finding a frame may say something of its own.
          ahead = 0;
          const to = __alloc_pages(0, migratetype, highest, nid, nodemask, kind[pfn]!);
          if (to < 0) {
            last.stopped = NO_FRAME;
            break;
          }
          move_to(pfn, to);
          n = 1;
        }
        i += n;
        moved += n;
        if (ahead > 0) {
          mm.steps_taken(EV.sim_migrate_page, n, froms, tos, 0, slots);
          ahead -= n;
          continue;
        }
        mm.trace(EV.sim_migrate_page, froms[0], tos[0], 0, slots[0]);
        if (mm.cond_resched()) {
          last.stopped = MUST_YIELD;
          break;
        }
        ahead = mm.steps_ahead(EV.sim_migrate_page);
      }
      last.moved = moved;
      return i;
    },
    last,
  };
}
