/**
 * Mirrors: the zone half of mm/memory_hotplug.c (3.11): a zone grows when memory is added and shrinks when it is removed; between the two, ZONE_MOVABLE and the zone below it may only
 * trade what lies at their common border. Spans are unsigned 64-bit numbers in Linux and may wrap around: here a wrapped span is a negative number of pages.
 * Source: recordings of 3.11, findings A1 to A4 and "adjacency rule".
 */
import { MAX_NR_ZONES, MIGRATE_MOVABLE, pageblock_order } from '../../uapi/mmzone.ts';
import { NODE_MEMORY, NODE_NORMAL_MEMORY } from '../../uapi/layout.ts';
import { SECTION_PRESENT } from '../../uapi/memory_block.ts';
import { configured, M_ZONE_INITIALIZED, type Mm } from '../../mm/mm.ts';
import { page_zone_row, pfn_to_section_nr, set_pageblock_range, zone_end_pfn, zone_to_nid } from '../../mm/mmzone.ts';

/** CONFIG_MOVABLE_NODE: a node may have nothing but movable memory. */
export const movable_node_configured = (mm: Mm): boolean => configured(mm, 'MOVABLE_NODE');
/** N_NORMAL_MEMORY is a set of its own only with CONFIG_MOVABLE_NODE, else another name for N_MEMORY. */
export const N_NORMAL_MEMORY = (mm: Mm): number => (movable_node_configured(mm) ? NODE_NORMAL_MEMORY : NODE_MEMORY);

const BITS = 32;
/** zone_is_initialized(): it was set up once, be it empty now. */
export const zone_is_initialized = (mm: Mm, row: number): boolean => (((mm.t.misc.word[M_ZONE_INITIALIZED + Math.trunc(row / BITS)] as number) >>> (row % BITS)) & 1) !== 0;
export function mark_initialized(mm: Mm, row: number, on: boolean): void {
  const { word } = mm.t.misc;
  const at = M_ZONE_INITIALIZED + Math.trunc(row / BITS);
  const bit = 1 << (row % BITS);
  word[at] = on ? (word[at] as number) | bit : (word[at] as number) & ~bit;
}
/** A zone that was never set up begins at this frame from now on, and spans nothing: the one trace a refused move leaves. Source: ensure_zone_is_initialized(). */
function ensure_zone_is_initialized(mm: Mm, row: number, start_pfn: number): void {
  if (zone_is_initialized(mm, row)) return;
  mark_initialized(mm, row, true);
  mm.t.zone.zone_start_pfn[row] = start_pfn;
}

/** The span [start_pfn, end_pfn); an empty one begins at 0. An end before the start wraps around. Source: resize_zone(). */
function resize_zone(mm: Mm, row: number, start_pfn: number, end_pfn: number): void {
  const empty = end_pfn === start_pfn;
  mm.t.zone.zone_start_pfn[row] = empty ? 0 : start_pfn;
  mm.t.zone.spanned_pages[row] = empty ? 0 : end_pfn - start_pfn;
}
/** The pages belong to the zone from now on; their types stay. Source: fix_zone_id(). */
function fix_zone_id(mm: Mm, row: number, start_pfn: number, end_pfn: number): void {
  for (let i = start_pfn >>> pageblock_order; i < end_pfn >>> pageblock_order; i++) {
    mm.t.pageblock.zone[i] = row + 1;
    mm.touch(i << pageblock_order);
  }
}
/** A wrapped end is larger than any frame. */
const unsigned = (pfn: number): number => (pfn < 0 ? Number.POSITIVE_INFINITY : pfn);

/** May [start_pfn, end_pfn) leave z2 for z1, being its left-most part? Source: move_pfn_range_left(). */
export function can_move_left(mm: Mm, z2: number, start_pfn: number, end_pfn: number): boolean {
  const z2_start = mm.t.zone.zone_start_pfn[z2] as number;
  return end_pfn <= unsigned(zone_end_pfn(mm, z2)) && start_pfn <= z2_start && end_pfn > z2_start;
}
/** z1, below, takes the left-most part of z2. False: refused, and nothing moved. Where z1 reached further it is cut short. */
export function move_pfn_range_left(mm: Mm, z1: number, z2: number, start_pfn: number, end_pfn: number): boolean {
  ensure_zone_is_initialized(mm, z1, start_pfn);
  if (!can_move_left(mm, z2, start_pfn, end_pfn)) return false;
  const { zone_start_pfn, spanned_pages } = mm.t.zone;
  const z2_end = zone_end_pfn(mm, z2);
  resize_zone(mm, z1, spanned_pages[z1] === 0 ? start_pfn : (zone_start_pfn[z1] as number), end_pfn);
  resize_zone(mm, z2, end_pfn, z2_end);
  fix_zone_id(mm, z1, start_pfn, end_pfn);
  return true;
}
/** May [start_pfn, end_pfn) leave z1 for z2, being its right-most part? Source: move_pfn_range_right(). */
export function can_move_right(mm: Mm, z1: number, start_pfn: number, end_pfn: number): boolean {
  const z1_end = unsigned(zone_end_pfn(mm, z1));
  return (mm.t.zone.zone_start_pfn[z1] as number) <= start_pfn && z1_end <= end_pfn && start_pfn < z1_end;
}
/** z2, above, takes the right-most part of z1. That z2 begins where the range ends is not asked: it becomes [start_pfn, its old end), whichever is larger. */
export function move_pfn_range_right(mm: Mm, z1: number, z2: number, start_pfn: number, end_pfn: number): boolean {
  ensure_zone_is_initialized(mm, z2, start_pfn);
  if (!can_move_right(mm, z1, start_pfn, end_pfn)) return false;
  const { zone_start_pfn, spanned_pages } = mm.t.zone;
  const z2_end = spanned_pages[z2] === 0 ? end_pfn : zone_end_pfn(mm, z2);
  resize_zone(mm, z1, zone_start_pfn[z1] as number, start_pfn);
  resize_zone(mm, z2, start_pfn, z2_end);
  fix_zone_id(mm, z2, start_pfn, end_pfn);
  return true;
}

/** A section that was added belongs to the zone: zone and node grow over it. Source: __add_zone(). */
export function add_zone(mm: Mm, row: number, start_pfn: number, nr_pages: number): void {
  ensure_zone_is_initialized(mm, row, start_pfn);
  const { zone, node } = mm.t;
  const nid = zone_to_nid(row);
  grow(zone.zone_start_pfn, zone.spanned_pages, row, start_pfn, nr_pages);
  grow(node.node_start_pfn, node.node_spanned_pages, nid, start_pfn, nr_pages);
  set_pageblock_range(mm, start_pfn, start_pfn + nr_pages, row, MIGRATE_MOVABLE);
}
function grow(starts: Int32Array, spans: Int32Array, at: number, start_pfn: number, nr_pages: number): void {
  const end = (starts[at] as number) + (spans[at] as number);
  if (spans[at] === 0 || start_pfn < (starts[at] as number)) starts[at] = start_pfn;
  spans[at] = Math.max(end, start_pfn + nr_pages) - (starts[at] as number);
}

/** A section that goes away leaves its zone and node: an edge moves to the next section there is, a hole in the middle changes nothing. Source: __remove_zone(). */
export function remove_zone(mm: Mm, row: number, start_pfn: number): void {
  const { zone, node } = mm.t;
  const nid = zone_to_nid(row);
  shrink(mm, zone.zone_start_pfn, zone.spanned_pages, row, start_pfn, (pfn) => page_zone_row(mm, pfn) === row);
  shrink(mm, node.node_start_pfn, node.node_spanned_pages, nid, start_pfn, (pfn) => mm.t.section.nid[pfn_to_section_nr(mm, pfn)] === nid);
}
/** Steps are whole sections, from wherever the span begins. Source: shrink_zone_span(), shrink_pgdat_span(). */
function shrink(mm: Mm, starts: Int32Array, spans: Int32Array, at: number, start_pfn: number, own: (pfn: number) => boolean): void {
  const step = 1 << mm.PFN_SECTION_SHIFT;
  const isOwn = (pfn: number): boolean => ((mm.t.section.state[pfn_to_section_nr(mm, pfn)] ?? 0) & SECTION_PRESENT) !== 0 && own(pfn);
  const start = starts[at] as number;
  const end = start + (spans[at] as number);
  if (start === start_pfn) {
    let pfn = start_pfn + step;
    while (pfn < end && !isOwn(pfn)) pfn += step;
    if (pfn < end) {
      starts[at] = pfn;
      spans[at] = end - pfn;
    }
  } else if (end === start_pfn + step) {
    let pfn = start_pfn - 1;
    while (pfn >= start && !isOwn(pfn)) pfn -= step;
    if (pfn >= start) spans[at] = pfn - start + 1;
  }
  for (let pfn = start; pfn < end; pfn += step) if (pfn !== start_pfn && isOwn(pfn)) return;
  starts[at] = spans[at] = 0;
}

/** All zones of a node are as if they had never been: the node is gone. */
export function forget_node(mm: Mm, nid: number): void {
  for (let zone = 0; zone < MAX_NR_ZONES; zone++) mark_initialized(mm, nid * MAX_NR_ZONES + zone, false);
}
