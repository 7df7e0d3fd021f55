/**
 * Mirrors: mm/page_alloc.c (6.1): buddy lists by zone, order and migrate type; merging, splitting, fallback, zonelists and watermark checks.
 * Left out: per-cpu lists, HIGHATOMIC reserve, watermark boost, reclaim. Why: the allocator's full policy is a piece of its own.
 * Shape: one closure over constant views, because that is what V8 compiles best (research, §2); every number here is a pfn, a page count or a table row.
 */
import { freeRow, H_GENERATION, STATE_ALLOC, STATE_BUDDY, STATE_LRU, STATE_ORDER } from '../uapi/layout.ts';
import {
  MAX_NR_ZONES, MAX_ORDER, MIGRATE_ISOLATE, MIGRATE_MOVABLE, MIGRATE_RECLAIMABLE, MIGRATE_TYPES, MIGRATE_UNMOVABLE, pageblock_nr_pages, pageblock_order,
} from '../uapi/mmzone.ts';
import { SECTION_GOING_OFFLINE } from '../uapi/memory_block.ts';
import { KPF, kpf } from '../uapi/page_flags.ts';
import { KIND_COLD, KIND_FREE, KIND_HWPOISON, KIND_ISOLATED } from '../uapi/page_kind.ts';
import { EV } from '../uapi/trace.ts';
import { remember } from '../lib/remember.ts';
import type { Mm } from './mm.ts';

export interface AllocRequest {
  readonly order: number;
  readonly migratetype: number;
  /** gfp_zone(): highest zone index allowed. */
  readonly highest_zoneidx: number;
  /** Node whose zonelist is walked. */
  readonly nid: number;
  /** Nodes allowed, as a bit mask; absent: all. */
  readonly nodemask?: number;
  /** KIND_* the frames become. */
  readonly kind: number;
}

export interface Buddy {
  /** Frees a chunk at boot or when memory comes online: to the tail, merging. Source: __free_pages_core(). */
  __free_pages_core(pfn: number, order: number): void;
  /** Places exactly this chunk on a list's tail without merging: loading a picture of a machine. */
  add_free_chunk(pfn: number, order: number, migratetype: number): void;
  /** Chunks of one order in a zone, all types together: what /proc/buddyinfo prints. */
  nr_free(zone_row: number, order: number): number;
  /** Chunks on one list, counted by walking it, as /proc/pagetypeinfo does. */
  nr_free_type(zone_row: number, order: number, migratetype: number): number;
  /** pfn, or -1: no zone on the list had a chunk above its watermark. */
  alloc_pages(request: AllocRequest): number;
  /** Gives an allocated chunk back. Owner, tag and cold columns are cleared. */
  free_pages(pfn: number, order: number): void;
  /** Moves the free chunks of one pageblock to another type's lists; pages moved. Source: move_freepages_block(). */
  move_freepages_block(pfn: number, migratetype: number): number;
  /** Takes a free chunk off its list without giving it to anybody. */
  del_page_from_free_list(pfn: number): void;
  /** Un-isolating a pageblock: chunks of pageblock order or more are freed again so that they merge. Source: unset_migratetype_isolate(). */
  unset_isolate_freepages(pfn: number, migratetype: number): void;
  /** Splits the free chunk that holds `pfn` so that none crosses it. Source: split_free_page(). */
  split_free_page_at(pfn: number): void;
  /** Takes one frame out of the free chunk it is in; the rest stays free. False: it is not free. Source: take_page_off_buddy(). */
  take_page_off_buddy(pfn: number): boolean;
  /** Zone rows in the order they are tried: nearest node first, inside a node from the highest populated zone down. */
  zonelist(nid: number, highest_zoneidx: number): readonly number[];
  /** Makes the zonelists anew: after boot, and when a zone became populated or empty. */
  build_all_zonelists(): void;
}

export function createBuddy(mm: Mm): Buddy {
  const { state, kind, tag, next, prev, owner } = mm.t.memmap;
  const { migratetype: pb_type, zone: pb_zone, generation } = mm.t.pageblock;
  const { head, tail, nr_free } = mm.t.free_area;
  const { nr_free_pages, watermark_min, watermark_low, managed_pages } = mm.t.zone;
  const protection = [mm.t.zone.protection0, mm.t.zone.protection1, mm.t.zone.protection2, mm.t.zone.protection3, mm.t.zone.protection4];
  const { flags: cold_flags, mapcount, pincount } = mm.t.cold;
  const { header } = mm.t;
  const max_pfn = state.length;
  const nodes = mm.t.sizes.nodes;
  const { core_free_to_tail, move_to_tail, merge_by_type, take_found_fallback, fallbacks, reserve_type, move_needs_span, group_by_mobility, intercept_freed } = mm.edition.alloc;
  const { state: section_state } = mm.t.section;
  const { PFN_SECTION_SHIFT } = mm;
  const { zone_start_pfn, spanned_pages } = mm.t.zone;
  for (let row = 0; row < head.length; row++) head[row] = tail[row] = ~row;

  // Lists end in ~row instead of a plain nil, so that a chunk can leave a list without knowing which: after a steal a chunk may sit on another type's list.
  function add_to_free_list(pfn: number, row: number, order: number): void {
    const first = head[row] as number;
    next[pfn] = first;
    prev[pfn] = ~row;
    if (first < 0) tail[row] = pfn;
    else prev[first] = pfn;
    head[row] = pfn;
    state[pfn] = STATE_BUDDY | order;
    const count = countRow(row);
    nr_free[count] = (nr_free[count] as number) + 1;
  }
  function add_to_free_list_tail(pfn: number, row: number, order: number): void {
    const last = tail[row] as number;
    prev[pfn] = last;
    next[pfn] = ~row;
    if (last < 0) head[row] = pfn;
    else next[last] = pfn;
    tail[row] = pfn;
    state[pfn] = STATE_BUDDY | order;
    const count = countRow(row);
    nr_free[count] = (nr_free[count] as number) + 1;
  }
  function del_page_from_free_list(pfn: number): void {
    const n = next[pfn] as number;
    const p = prev[pfn] as number;
    if (p < 0) head[~p] = n;
    else next[p] = n;
    if (n < 0) tail[~n] = p;
    else prev[n] = p;
    const count = freeRow(zoneOf(pfn), (state[pfn] as number) & STATE_ORDER, 0);
    nr_free[count] = (nr_free[count] as number) - 1;
    state[pfn] = 0;
  }
  /** nr_free is kept per order, as struct free_area does: in the row of type 0. */
  const countRow = (row: number): number => row - (row % MIGRATE_TYPES);
  const typeOf = (pfn: number): number => pb_type[pfn >>> pageblock_order] as number;
  const zoneOf = (pfn: number): number => (pb_zone[pfn >>> pageblock_order] as number) - 1;

  /** At pageblock order and above only like with like merges, so that an isolated pageblock never joins its neighbour. */
  function mayMerge(pfn: number, buddy: number): boolean {
    if (pb_zone[pfn >>> pageblock_order] !== pb_zone[buddy >>> pageblock_order]) return false;
    const a = typeOf(pfn);
    const b = typeOf(buddy);
    return a === b || (a <= MIGRATE_RECLAIMABLE && b <= MIGRATE_RECLAIMABLE);
  }
  /** Mirrors buddy_merge_likely(): the buddy of the next-higher order is free, so this chunk had better not be handed out soon. */
  function buddy_merge_likely(pfn: number, buddy: number, order: number): boolean {
    if (order >= MAX_ORDER - 2) return false;
    const higher = (pfn & buddy) ^ (1 << (order + 1));
    return higher < max_pfn && state[higher] === (STATE_BUDDY | (order + 1));
  }

  function __free_one_page(pfn: number, order: number, to_tail: boolean): void {
    const zone_row = zoneOf(pfn);
    const mt = typeOf(pfn);
    if (mt !== MIGRATE_ISOLATE) nr_free_pages[zone_row] = (nr_free_pages[zone_row] as number) + (1 << order);
    let buddy = pfn ^ (1 << order);
    while (order < MAX_ORDER - 1) {
      if (buddy >= max_pfn || state[buddy] !== (STATE_BUDDY | order)) break;
      if (merge_by_type === 1 ? order >= pageblock_order && !mayMerge(pfn, buddy) : pb_zone[pfn >>> pageblock_order] !== pb_zone[buddy >>> pageblock_order]) break;
      del_page_from_free_list(buddy);
      pfn &= buddy;
      order++;
      buddy = pfn ^ (1 << order);
    }
    const row = freeRow(zone_row, order, mt);
    if (to_tail || buddy_merge_likely(pfn, buddy, order)) add_to_free_list_tail(pfn, row, order);
    else add_to_free_list(pfn, row, order);
  }

  /** Upper halves go to the heads of their lists, the low half is kept: one big chunk is handed out in ascending order. */
  function expand(pfn: number, low: number, high: number, zone_row: number, mt: number): void {
    let size = 1 << high;
    while (high > low) {
      high--;
      size >>= 1;
      add_to_free_list(pfn + size, freeRow(zone_row, high, mt), high);
    }
  }

  function __rmqueue_smallest(zone_row: number, order: number, mt: number): number {
    for (let o = order; o < MAX_ORDER; o++) {
      const pfn = head[freeRow(zone_row, o, mt)] as number;
      if (pfn < 0) continue;
      del_page_from_free_list(pfn);
      expand(pfn, order, o, zone_row, mt);
      return pfn;
    }
    return -1;
  }

  function move_to(pfn: number, mt: number): number {
    const order = (state[pfn] as number) & STATE_ORDER;
    del_page_from_free_list(pfn);
    if (move_to_tail === 1) add_to_free_list_tail(pfn, freeRow(zoneOf(pfn), order, mt), order);
    else add_to_free_list(pfn, freeRow(zoneOf(pfn), order, mt), order);
    return 1 << order;
  }
  /** zone_spans_pfn(), with a span that may have wrapped around. */
  function zone_spans(zone_row: number, pfn: number): boolean {
    const start = zone_start_pfn[zone_row] as number;
    return start <= pfn && pfn < start + (spanned_pages[zone_row] as number);
  }
  function move_freepages_block(pfn: number, mt: number): number {
    const start = pfn & ~(pageblock_nr_pages - 1);
    if (move_needs_span === 1 && !zone_spans(zoneOf(pfn), start + pageblock_nr_pages - 1)) return 0;
    let moved = 0;
    for (let at = start; at < start + pageblock_nr_pages; ) {
      if (((state[at] as number) & STATE_BUDDY) === 0) {
        at++;
        continue;
      }
      const pages = move_to(at, mt);
      moved += pages;
      at += pages;
    }
    return moved;
  }

  /** The free pages of the chunk's pageblock change their type; the pageblock does when at least half of it was free. Source: __rmqueue_fallback() before 4.0. */
  function claim_pageblock(pfn: number, order: number, mt: number): void {
    const pages = move_freepages_block(pfn, mt);
    if (pages >= pageblock_nr_pages / 2) pb_type[pfn >>> pageblock_order] = mt;
    for (let at = pfn; order >= pageblock_order && at < pfn + (1 << order); at += pageblock_nr_pages) pb_type[at >>> pageblock_order] = mt;
  }
  /** The largest foreign chunk, split for this request; -1: there is none. Kernel memory and large chunks take their whole pageblock along. */
  function take_fallback(zone_row: number, order: number, mt: number): number {
    for (let o = MAX_ORDER - 1; o >= order; o--) {
      for (const from of fallbacks[mt] ?? []) {
        const pfn = head[freeRow(zone_row, o, from)] as number;
        if (pfn < 0) continue;
        mm.trace(EV.mm_page_alloc_extfrag, pfn, order, o, mt, from);
        if (o >= pageblock_order >> 1 || mt === MIGRATE_RECLAIMABLE) claim_pageblock(pfn, o, mt);
        del_page_from_free_list(pfn);
        expand(pfn, order, o, zone_row, mt);
        return pfn;
      }
    }
    return -1;
  }

  /** Mirrors steal_suitable_fallback(): re-types the pageblock when at least half of it then serves the new type. */
  function steal_suitable_fallback(pfn: number, order: number, mt: number, whole_block: boolean): void {
    if (order >= pageblock_order) {
      for (let at = pfn; at < pfn + (1 << order); at += pageblock_nr_pages) pb_type[at >>> pageblock_order] = mt;
      move_to(pfn, mt);
      return;
    }
    if (!whole_block) {
      move_to(pfn, mt);
      return;
    }
    const start = pfn & ~(pageblock_nr_pages - 1);
    const old = typeOf(start);
    let movable = 0;
    for (let at = start; at < start + pageblock_nr_pages; at++) if (((state[at] as number) & STATE_LRU) !== 0) movable++;
    const free = move_freepages_block(start, mt);
    const alike = mt === MIGRATE_MOVABLE ? movable : old === MIGRATE_MOVABLE ? pageblock_nr_pages - free - movable : 0;
    if (free + alike >= pageblock_nr_pages / 2) pb_type[start >>> pageblock_order] = mt;
  }

  /** Mirrors __rmqueue_fallback(): the largest foreign chunk, unless stealing it whole would not pay: then the smallest that will do. */
  function __rmqueue_fallback(zone_row: number, order: number, mt: number): boolean {
    const others = fallbacks[mt];
    if (others === undefined) return false;
    for (let o = MAX_ORDER - 1; o >= order; o--) {
      for (const from of others) {
        let pfn = head[freeRow(zone_row, o, from)] as number;
        if (pfn < 0) continue;
        const can_steal = o >= pageblock_order >> 1 || mt === MIGRATE_RECLAIMABLE || mt === MIGRATE_UNMOVABLE;
        let taken = o;
        if (!can_steal && mt === MIGRATE_MOVABLE && o > order) [pfn, taken] = smallestOf(zone_row, order, o, others);
        mm.trace(EV.mm_page_alloc_extfrag, pfn, order, taken, mt, from);
        steal_suitable_fallback(pfn, taken, mt, can_steal);
        return true;
      }
    }
    return false;
  }
  function smallestOf(zone_row: number, from: number, to: number, others: readonly number[]): [number, number] {
    for (let o = from; o <= to; o++) {
      for (const type of others) {
        const pfn = head[freeRow(zone_row, o, type)] as number;
        if (pfn >= 0) return [pfn, o];
      }
    }
    throw new Error('__rmqueue_fallback: the chunk found a moment ago is gone');
  }

  function rmqueue(zone_row: number, order: number, mt: number): number {
    for (;;) {
      const pfn = __rmqueue_smallest(zone_row, order, mt);
      if (pfn >= 0) return pfn;
      if (take_found_fallback === 1) {
        const found = take_fallback(zone_row, order, mt);
        return found >= 0 || reserve_type < 0 ? found : __rmqueue_smallest(zone_row, order, reserve_type);
      }
      if (!__rmqueue_fallback(zone_row, order, mt)) return -1;
    }
  }

  /** Types any request may have in the end. */
  const usable_types = Math.max(MIGRATE_RECLAIMABLE, reserve_type);

  /** Mirrors zone_watermark_ok(): enough left after this one, and a chunk of the order at all. Pages set aside for lower zones count as gone. */
  function zone_watermark_ok(zone_row: number, order: number, mark: number, highest_zoneidx: number): boolean {
    const reserve = (protection[highest_zoneidx] as Int32Array)[zone_row] as number;
    if ((nr_free_pages[zone_row] as number) - ((1 << order) - 1) <= mark + reserve) return false;
    if (order === 0) return true;
    for (let o = order; o < MAX_ORDER; o++) {
      if (nr_free[freeRow(zone_row, o, 0)] === 0) continue;
      for (let mt = 0; mt <= usable_types; mt++) if ((head[freeRow(zone_row, o, mt)] as number) >= 0) return true;
    }
    return false;
  }

  const zonelists = remember<(number[] | undefined)[]>([]);
  const zonelist_order = remember<{ now: 0 | 1 }>({ now: 0 });
  function zonelist(nid: number, highest_zoneidx: number): readonly number[] {
    const key = nid * MAX_NR_ZONES + highest_zoneidx;
    const known = zonelists[key];
    if (known !== undefined) return known;
    const rows: number[] = [];
    const add = (node: number, z: number): void => {
      if ((managed_pages[node * MAX_NR_ZONES + z] as number) > 0) rows.push(node * MAX_NR_ZONES + z);
    };
    // Distances are 10 to oneself and 20 to all others: the others follow in ascending order, wrapping, which spreads the load as find_next_best_node() does.
    const order = Array.from({ length: nodes }, (_, step) => (nid + step) % nodes);
    if (zonelist_order.now === 1) for (let z = highest_zoneidx; z >= 0; z--) for (const node of order) add(node, z);
    else for (const node of order) for (let z = highest_zoneidx; z >= 0; z--) add(node, z);
    zonelists[key] = rows;
    return rows;
  }

  function prep_new_page(pfn: number, order: number, new_kind: number): void {
    state[pfn] = STATE_ALLOC | order;
    if (order === 0) kind[pfn] = new_kind;
    else kind.fill(new_kind, pfn, pfn + (1 << order));
    stamp(pfn, order);
  }
  function stamp(pfn: number, order: number): void {
    const now = (header[H_GENERATION] as number) + 1;
    const last = (pfn + (1 << order) - 1) >>> pageblock_order;
    for (let i = pfn >>> pageblock_order; i <= last; i++) generation[i] = now;
  }

  function get_page_from_freelist(request: AllocRequest, rows: readonly number[], marks: Int32Array): number {
    const { order, migratetype, highest_zoneidx, nodemask } = request;
    for (const row of rows) {
      if (nodemask !== undefined && (nodemask & (1 << Math.trunc(row / MAX_NR_ZONES))) === 0) continue;
      if (!zone_watermark_ok(row, order, marks[row] as number, highest_zoneidx)) continue;
      const pfn = rmqueue(row, order, group_by_mobility === 1 ? migratetype : MIGRATE_UNMOVABLE);
      if (pfn < 0) continue;
      nr_free_pages[row] = (nr_free_pages[row] as number) - (1 << order);
      prep_new_page(pfn, order, request.kind);
      return pfn;
    }
    return -1;
  }

  function alloc_pages(request: AllocRequest): number {
    const rows = zonelist(request.nid, request.highest_zoneidx);
    const pfn = get_page_from_freelist(request, rows, watermark_low);
    return pfn >= 0 ? pfn : get_page_from_freelist(request, rows, watermark_min);
  }

  function free_pages(pfn: number, order: number): void {
    // A page known to be broken is not handed out again. Source: free_pages_prepare().
    if (order === 0 && ((kind[pfn] as number) & KIND_COLD) !== 0 && ((cold_flags[pfn] as number) & kpf(KPF.HWPOISON)) !== 0) {
      kind[pfn] = KIND_HWPOISON | KIND_COLD;
      state[pfn] = STATE_ALLOC;
      tag[pfn] = owner[pfn] = mapcount[pfn] = pincount[pfn] = 0;
      stamp(pfn, 0);
      return;
    }
    for (let at = pfn; at < pfn + (1 << order); at++) {
      if (((kind[at] as number) & KIND_COLD) !== 0) cold_flags[at] = mapcount[at] = pincount[at] = 0;
      kind[at] = KIND_FREE;
      tag[at] = 0;
      owner[at] = 0;
    }
    state[pfn] = 0;
    stamp(pfn, order);
    if (intercept_freed === 1 && ((section_state[pfn >>> PFN_SECTION_SHIFT] as number) & SECTION_GOING_OFFLINE) !== 0) {
      // Whoever takes the section away owns it from here on.
      state[pfn] = STATE_ALLOC | order;
      kind.fill(KIND_ISOLATED, pfn, pfn + (1 << order));
      return;
    }
    __free_one_page(pfn, order, false);
  }

  function nr_free_type(zone_row: number, order: number, mt: number): number {
    let n = 0;
    for (let pfn = head[freeRow(zone_row, order, mt)] as number; pfn >= 0; pfn = next[pfn] as number) n++;
    return n;
  }

  /** Head of the free chunk that holds the frame, -1 if none does. */
  function free_head(pfn: number): number {
    for (let o = 0; o < MAX_ORDER; o++) {
      const at = pfn & ~((1 << o) - 1);
      const s = state[at] as number;
      if ((s & STATE_BUDDY) !== 0) return (s & STATE_ORDER) >= o ? at : -1;
    }
    return -1;
  }

  return {
    __free_pages_core: (pfn, order) => {
      stamp(pfn, order);
      __free_one_page(pfn, order, core_free_to_tail === 1);
    },
    add_free_chunk: (pfn, order, mt) => {
      const row = zoneOf(pfn);
      kind.fill(KIND_FREE, pfn, pfn + (1 << order));
      add_to_free_list_tail(pfn, freeRow(row, order, mt), order);
      if (mt !== MIGRATE_ISOLATE) nr_free_pages[row] = (nr_free_pages[row] as number) + (1 << order);
      stamp(pfn, order);
    },
    nr_free: (zone_row, order) => nr_free[freeRow(zone_row, order, 0)] as number,
    nr_free_type,
    alloc_pages,
    free_pages,
    move_freepages_block,
    del_page_from_free_list,
    unset_isolate_freepages: (pfn, mt) => {
      const s = state[pfn] as number;
      const order = s & STATE_ORDER;
      if (merge_by_type === 1 && (s & STATE_BUDDY) !== 0 && order >= pageblock_order && order < MAX_ORDER - 1) {
        const buddy = pfn ^ (1 << order);
        if (buddy < max_pfn && state[buddy] === (STATE_BUDDY | order) && typeOf(buddy) !== MIGRATE_ISOLATE) {
          del_page_from_free_list(pfn);
          pb_type[pfn >>> pageblock_order] = mt;
          __free_one_page(pfn, order, true);
          return;
        }
      }
      const moved = move_freepages_block(pfn, mt);
      const row = zoneOf(pfn);
      nr_free_pages[row] = (nr_free_pages[row] as number) + moved;
      pb_type[pfn >>> pageblock_order] = mt;
    },
    split_free_page_at: (pfn) => {
      const at = free_head(pfn);
      if (at < 0 || at === pfn) return;
      const order = (state[at] as number) & STATE_ORDER;
      const row = zoneOf(at);
      const mt = typeOf(at);
      del_page_from_free_list(at);
      for (let part = at, left = order; part < at + (1 << order); ) {
        // The largest aligned chunk that does not cross the boundary.
        while (left > 0 && (part % (1 << left) !== 0 || (part < pfn && part + (1 << left) > pfn))) left--;
        add_to_free_list_tail(part, freeRow(row, left, mt), left);
        part += 1 << left;
        left = order;
      }
    },
    take_page_off_buddy: (pfn) => {
      const at = free_head(pfn);
      if (at < 0) return false;
      const row = zoneOf(at);
      const mt = typeOf(at);
      let high = (state[at] as number) & STATE_ORDER;
      del_page_from_free_list(at);
      for (let low = at; high > 0; ) {
        high--;
        const upper = low + (1 << high);
        add_to_free_list(pfn >= upper ? low : upper, freeRow(row, high, mt), high);
        if (pfn >= upper) low = upper;
      }
      if (mt !== MIGRATE_ISOLATE) nr_free_pages[row] = (nr_free_pages[row] as number) - 1;
      state[pfn] = STATE_ALLOC;
      stamp(pfn, 0);
      return true;
    },
    zonelist,
    build_all_zonelists: () => {
      zonelists.length = 0;
      zonelist_order.now = mm.edition.zonelists.zone_order(mm);
    },
  };
}
