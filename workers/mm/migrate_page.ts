/**
 * Mirrors: the common case of mm/migrate.c and mm/vmscan.c (6.1): one small page of a process or of the page cache that one mapping explains. What is anything else (huge, held, of a
 * driver, recorded with flags of its own) takes the long way in migrate.ts. Both ways leave the same tables behind.
 * Shape: a closure over constant views, because an offline spends its time here.
 */
import { STATE_ALLOC, STATE_LRU } from '../uapi/layout.ts';
import { MAX_NR_ZONES, pageblock_order, ZONE_MOVABLE, ZONE_NORMAL } from '../uapi/mmzone.ts';
import { KIND_ANON, KIND_COLD, KIND_FILE, KIND_MASK, KIND_MLOCKED, KIND_PG_RESERVED } from '../uapi/page_kind.ts';
import type { Mm } from './mm.ts';

/** Not a page of the common kind. */
export const OTHER_PAGE = -2;

export interface PageMover {
  /** Takes a small page off its LRU. The caller has seen STATE_LRU and order 0. */
  isolate(pfn: number): void;
  /**
   * Moves an isolated page: the frame it is in now, -1 (no frame was free: nothing changed), or OTHER_PAGE. `highest_zoneidx` below 0: ZONE_MOVABLE only for what comes from there.
   */
  move(pfn: number, highest_zoneidx: number, migratetype: number, nid: number, nodemask: number): number;
}

export function createPageMover(
  mm: Mm, __alloc_pages: (order: number, migratetype: number, highest_zoneidx: number, nid: number, nodemask: number, kind: number) => number, free_pages: (pfn: number, order: number) => void,
): PageMover {
  const { state, kind, tag, next, prev, owner } = mm.t.memmap;
  const { head, tail, nr } = mm.t.lru;
  const { zone: pb_zone } = mm.t.pageblock;
  const { pfn: pte_pfn } = mm.t.pte;

  function isolate(pfn: number): void {
    const row = pb_zone[pfn >>> pageblock_order]! - 1;
    const n = next[pfn]!;
    const p = prev[pfn]!;
    if (p === 0) head[row] = n;
    else next[p] = n;
    if (n === 0) tail[row] = p;
    else prev[n] = p;
    nr[row] = nr[row]! - 1;
    state[pfn] = STATE_ALLOC;
  }
  function add(pfn: number): void {
    const row = pb_zone[pfn >>> pageblock_order]! - 1;
    const first = head[row]!;
    next[pfn] = first;
    prev[pfn] = 0;
    if (first === 0) tail[row] = pfn;
    else prev[first] = pfn;
    head[row] = pfn;
    nr[row] = nr[row]! + 1;
    state[pfn] = STATE_LRU;
  }
  function move(pfn: number, highest_zoneidx: number, migratetype: number, nid: number, nodemask: number): number {
    const raw = kind[pfn]!;
    const slot = owner[pfn]!;
    const what = raw & KIND_MASK;
    if (state[pfn] !== STATE_ALLOC || slot <= 0 || (raw & (KIND_COLD | KIND_PG_RESERVED)) !== 0 || (what !== KIND_ANON && what !== KIND_FILE && what !== KIND_MLOCKED)) return OTHER_PAGE;
    const highest = highest_zoneidx >= 0 ? highest_zoneidx : (pb_zone[pfn >>> pageblock_order]! - 1) % MAX_NR_ZONES === ZONE_MOVABLE ? ZONE_MOVABLE : ZONE_NORMAL;
    const to = __alloc_pages(0, migratetype, highest, nid, nodemask, raw);
    if (to < 0) return -1;
    tag[to] = tag[pfn]!;
    owner[to] = slot;
    pte_pfn[slot] = to;
    add(to);
    free_pages(pfn, 0);
    return to;
  }
  return { isolate, move };
}
