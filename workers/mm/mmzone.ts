/**
 * Mirrors: include/linux/mmzone.h, include/linux/page-flags.h (6.1). Tests on frames and zones as free functions over the columns.
 * Left out: zone_device, page flags nobody reads here. Why: a frame's flags are its state, kind and cold columns.
 */
import { PCP_TYPES, STATE_BUDDY, STATE_LRU, STATE_ORDER, type ZONE } from '../uapi/layout.ts';
import { MAX_NR_ZONES, MIGRATE_UNMOVABLE, pageblock_nr_pages, pageblock_order, ZONE_NORMAL, zoneRow } from '../uapi/mmzone.ts';
import { KIND_FREE, KIND_MASK, KIND_PG_RESERVED } from '../uapi/page_kind.ts';
import { M_GROUPING_DISABLED, type Mm } from './mm.ts';

/** page_zone(): row of ZONE the frame belongs to, -1 = none. */
export const page_zone_row = (mm: Mm, pfn: number): number => (mm.t.pageblock.zone[pfn >>> pageblock_order] as number) - 1;

/**
 * Puts whole pageblocks into a zone with a migrate type: what memmap_init_range() does for page->flags and pageblock flags. [start, end) in pfns; a partial pageblock
 * at either end counts whole. Source: mm/page_alloc.c, 6.1.
 */
export function set_pageblock_range(mm: Mm, start_pfn: number, end_pfn: number, zone_row: number, migratetype: number): void {
  const { zone, migratetype: type } = mm.t.pageblock;
  const first = start_pfn >>> pageblock_order;
  const end = Math.ceil(end_pfn / pageblock_nr_pages);
  zone.fill(zone_row + 1, first, end);
  type.fill(migratetype, first, end);
  for (let i = first; i < end; i++) mm.touch(i << pageblock_order);
}

/** Frames whose migrate type changes together: a pageblock's, and on s390x two pageblocks', which share a row. */
export const typeBlockPages = ({ geometry }: Pick<Mm, 'geometry'>): number => 1 << Math.max(pageblock_order, geometry.pageblock_order);
/** The type of the pageblock that a frame lies in; of the usual types, Unmovable where mobility grouping is off. Source: set_pageblock_migratetype(). */
export function set_pageblock_migratetype(mm: Mm, pfn: number, wanted: number): void {
  const migratetype = wanted < PCP_TYPES && mm.t.misc.word[M_GROUPING_DISABLED] === 1 ? MIGRATE_UNMOVABLE : wanted;
  const rows = typeBlockPages(mm) >>> pageblock_order;
  const first = (pfn >>> pageblock_order) & ~(rows - 1);
  for (let i = first; i < first + rows; i++) mm.t.pageblock.migratetype[i] = migratetype;
}

/** MEMMAP.state of a frame, or what SECTION.virgin says in its place. Changes nothing: for readers. */
export function page_state(mm: Mm, pfn: number): number {
  if (mm.t.section.virgin[pfn >>> mm.PFN_SECTION_SHIFT] === 0) return mm.t.memmap.state[pfn] as number;
  const top = mm.geometry.MAX_ORDER - 1;
  return (pfn & ((1 << top) - 1)) === 0 ? STATE_BUDDY | top : 0;
}
export const PageBuddy = (mm: Mm, pfn: number): boolean => (page_state(mm, pfn) & STATE_BUDDY) !== 0;
export const PageLRU = (mm: Mm, pfn: number): boolean => ((mm.t.memmap.state[pfn] as number) & STATE_LRU) !== 0;
export const page_order = (mm: Mm, pfn: number): number => (mm.t.memmap.state[pfn] as number) & STATE_ORDER;
/** PageReserved: boot reservations, the kernel image, memmap from memblock, holes. */
export const PageReserved = (mm: Mm, pfn: number): boolean => ((mm.t.memmap.kind[pfn] as number) & KIND_PG_RESERVED) !== 0;

/** Head of the chunk (free, compound or allocated with order > 0) the frame belongs to, or the frame itself. */
export function compound_head(mm: Mm, pfn: number): number {
  const { state } = mm.t.memmap;
  if (state[pfn] !== 0) return pfn;
  if (mm.t.section.virgin[pfn >>> mm.PFN_SECTION_SHIFT] !== 0) return pfn & ~((1 << (mm.geometry.MAX_ORDER - 1)) - 1);
  for (let order = 1; order < mm.geometry.MAX_ORDER; order++) {
    const head = pfn & ~((1 << order) - 1);
    const s = state[head] as number;
    if (s !== 0) return (s & STATE_ORDER) >= order ? head : pfn;
  }
  return pfn;
}
/** In the buddy allocator, as head or tail. */
export const isFree = (mm: Mm, pfn: number): boolean => ((mm.t.memmap.kind[pfn] as number) & KIND_MASK) === KIND_FREE && PageBuddy(mm, compound_head(mm, pfn));

export const zone_end_pfn = (mm: Mm, row: number): number => (mm.t.zone.zone_start_pfn[row] as number) + (mm.t.zone.spanned_pages[row] as number);
export const populated_zone = (mm: Mm, row: number): boolean => (mm.t.zone.present_pages[row] as number) > 0;
/** Does [start, start + nr) meet the zone's span? Source: include/linux/mmzone.h zone_intersects(). */
export function zone_intersects(mm: Mm, row: number, start_pfn: number, nr_pages: number): boolean {
  const spanned = mm.t.zone.spanned_pages[row] as number;
  if (spanned === 0) return false;
  const start = mm.t.zone.zone_start_pfn[row] as number;
  return start_pfn < start + spanned && start < start_pfn + nr_pages;
}
export const zone_to_nid = (row: number): number => Math.trunc(row / MAX_NR_ZONES);
export const zone_idx = (row: number): number => row % MAX_NR_ZONES;

/** Σ over zones 0 … `last` of a node. */
export function sumZones(mm: Mm, nid: number, column: keyof typeof ZONE, last: number = MAX_NR_ZONES - 1): number {
  let sum = 0;
  for (let z = 0; z <= last; z++) sum += mm.t.zone[column][zoneRow(nid, z)] as number;
  return sum;
}
/** Is the zone index one the kernel itself can allocate from? */
export const is_kernel_zone = (zone: number): boolean => zone <= ZONE_NORMAL;

export const pfn_to_section_nr = (mm: Mm, pfn: number): number => pfn >>> mm.PFN_SECTION_SHIFT;
export const pfn_to_block_id = (mm: Mm, pfn: number): number => pfn >>> mm.PFN_BLOCK_SHIFT;
export const block_start_pfn = (mm: Mm, id: number): number => id << mm.PFN_BLOCK_SHIFT;
