/**
 * Mirrors: the zone half of mm/memory_hotplug.c (6.1): which zone a range goes to, and how spans grow and shrink.
 * Left out: CMA in the auto-movable ratio. Why: the recorded kernel is built without it.
 */
import { MIGRATE_ISOLATE, MAX_NR_ZONES, pageblock_nr_pages, pageblock_order, ZONE_DMA, ZONE_MOVABLE, ZONE_NORMAL, zoneRow } from '../uapi/mmzone.ts';
import { MMOP_ONLINE_KERNEL, MMOP_ONLINE_MOVABLE, SECTION_ONLINE } from '../uapi/memory_block.ts';
import { M_AUTO_MOVABLE_NUMA_AWARE, M_AUTO_MOVABLE_RATIO, M_ONLINE_POLICY, type Mm } from './mm.ts';
import { pfn_to_section_nr, set_pageblock_range, zone_end_pfn, zone_intersects, zone_to_nid } from './mmzone.ts';

/** M_ONLINE_POLICY */
export const ONLINE_POLICY_CONTIG_ZONES = 0;
export const ONLINE_POLICY_AUTO_MOVABLE = 1;

/** Lowest kernel zone whose span meets the range, else ZONE_NORMAL. Value: row of ZONE. */
export function default_kernel_zone_for_pfn(mm: Mm, nid: number, start_pfn: number, nr_pages: number): number {
  for (let zone = ZONE_DMA; zone < ZONE_NORMAL; zone++) {
    const row = zoneRow(nid, zone);
    if (zone_intersects(mm, row, start_pfn, nr_pages)) return row;
  }
  return zoneRow(nid, ZONE_NORMAL);
}

/** Exactly one of kernel and movable span meets the range: that one. Else the kernel zone, or Movable with `movable_node`. */
export function default_zone_for_pfn(mm: Mm, nid: number, start_pfn: number, nr_pages: number): number {
  const kernel = default_kernel_zone_for_pfn(mm, nid, start_pfn, nr_pages);
  const movable = zoneRow(nid, ZONE_MOVABLE);
  const in_kernel = zone_intersects(mm, kernel, start_pfn, nr_pages);
  const in_movable = zone_intersects(mm, movable, start_pfn, nr_pages);
  if (in_kernel !== in_movable) return in_kernel ? kernel : movable;
  return mm.options.movable_node ? movable : kernel;
}

/**
 * Would that many more pages in ZONE_MOVABLE keep MOVABLE : KERNEL within the ratio? Only early kernel pages count, and those of the range's own dynamic group; another dynamic
 * group first uses its own kernel pages for its movable ones, and what these do not carry is not there for anybody else. nid -1: all nodes.
 */
function auto_movable_can_online_movable(mm: Mm, nid: number, group: number, nr_pages: number): boolean {
  const { present_pages, present_early_pages } = mm.t.zone;
  const { slot } = mm.t;
  const ratio = mm.t.misc.word[M_AUTO_MOVABLE_RATIO] as number;
  let kernel = 0;
  let movable = nr_pages;
  for (let row = 0; row < present_pages.length; row++) {
    if (nid >= 0 && zone_to_nid(row) !== nid) continue;
    if (row % MAX_NR_ZONES === ZONE_MOVABLE) movable += present_pages[row] as number;
    else kernel += present_early_pages[row] as number;
  }
  let required = 0;
  slot.unit_pages.forEach((unit, row) => {
    if (unit === 0 || row === group || (nid >= 0 && slot.nid[row] !== nid)) return;
    required += Math.max(0, Math.trunc(((slot.present_movable_pages[row] as number) * 100) / ratio) - (slot.present_kernel_pages[row] as number));
    movable -= slot.present_movable_pages[row] as number;
  });
  if (kernel <= required) return false;
  kernel -= required;
  if (group >= 0 && (slot.unit_pages[group] as number) > 0) kernel += slot.present_kernel_pages[group] as number;
  return movable <= Math.trunc((ratio * kernel) / 100);
}
/** Pages of a dynamic group's unit around the range that still have to come online, -1 if some of it is in a kernel zone already. */
function restOfUnit(mm: Mm, unit: number, start_pfn: number, nr_pages: number): number {
  const { section, pageblock } = mm.t;
  let rest = Math.max(unit, nr_pages);
  const first = Math.floor(start_pfn / unit) * unit;
  const pages = 1 << mm.PFN_SECTION_SHIFT;
  for (let pfn = first; unit > nr_pages && pfn < first + unit; pfn += pages) {
    if (((section.state[pfn >>> mm.PFN_SECTION_SHIFT] as number) & SECTION_ONLINE) === 0) continue;
    if (((pageblock.zone[pfn >>> pageblock_order] as number) - 1) % MAX_NR_ZONES !== ZONE_MOVABLE) return -1;
    rest -= pages;
  }
  return rest;
}

/** online_policy=auto-movable: a whole memory group goes one way. `group`: row of SLOT, -1 = none. Source: auto_movable_zone_for_pfn(). */
function auto_movable_zone_for_pfn(mm: Mm, nid: number, group: number, start_pfn: number, nr_pages: number): number {
  const { word } = mm.t.misc;
  const kernel = default_kernel_zone_for_pfn(mm, nid, start_pfn, nr_pages);
  if (word[M_AUTO_MOVABLE_RATIO] === 0) return kernel;
  let pages = nr_pages;
  if (group >= 0) {
    const { slot } = mm.t;
    const unit = slot.unit_pages[group] as number;
    if (unit > 0) {
      pages = restOfUnit(mm, unit, start_pfn, nr_pages);
      if (pages < 0) return kernel;
    } else {
      if ((slot.present_kernel_pages[group] as number) > 0) return kernel;
      pages = (slot.nr_pages[group] as number) - (slot.present_movable_pages[group] as number);
    }
  }
  if (!auto_movable_can_online_movable(mm, -1, group, pages)) return kernel;
  if (word[M_AUTO_MOVABLE_NUMA_AWARE] !== 0 && !auto_movable_can_online_movable(mm, nid, group, pages)) return kernel;
  return zoneRow(nid, ZONE_MOVABLE);
}

/** Row of ZONE for a range that is to come online. Pages and pfns. Source: zone_for_pfn_range(). */
export function zone_for_pfn_range(mm: Mm, online_type: number, nid: number, group: number, start_pfn: number, nr_pages: number): number {
  if (online_type === MMOP_ONLINE_KERNEL) return default_kernel_zone_for_pfn(mm, nid, start_pfn, nr_pages);
  if (online_type === MMOP_ONLINE_MOVABLE) return zoneRow(nid, ZONE_MOVABLE);
  if (mm.t.misc.word[M_ONLINE_POLICY] === ONLINE_POLICY_AUTO_MOVABLE) return auto_movable_zone_for_pfn(mm, nid, group, start_pfn, nr_pages);
  return default_zone_for_pfn(mm, nid, start_pfn, nr_pages);
}

/** Zone and node grow over the range; every pageblock belongs to the zone and is isolated. Source: move_pfn_range_to_zone(). */
export function move_pfn_range_to_zone(mm: Mm, row: number, start_pfn: number, nr_pages: number): void {
  const { zone_start_pfn, spanned_pages } = mm.t.zone;
  const end = start_pfn + nr_pages;
  if (spanned_pages[row] === 0) {
    zone_start_pfn[row] = start_pfn;
    spanned_pages[row] = nr_pages;
  } else {
    const start = Math.min(zone_start_pfn[row] as number, start_pfn);
    spanned_pages[row] = Math.max(zone_end_pfn(mm, row), end) - start;
    zone_start_pfn[row] = start;
  }
  const nid = zone_to_nid(row);
  update_pgdat_span(mm, nid);
  // memmap_init_range(): every struct page is made anew; marks of broken frames are lost with that.
  for (const column of [mm.t.memmap.state, mm.t.memmap.kind, mm.t.memmap.tag, mm.t.memmap.owner]) column.fill(0, start_pfn, end);
  set_pageblock_range(mm, start_pfn, end, row, MIGRATE_ISOLATE);
}

/** Node span = union of its zones' spans. Source: update_pgdat_span(). */
export function update_pgdat_span(mm: Mm, nid: number): void {
  const { node_start_pfn, node_spanned_pages } = mm.t.node;
  let start = 0;
  let end = 0;
  for (let zone = 0; zone < MAX_NR_ZONES; zone++) {
    const row = zoneRow(nid, zone);
    if (mm.t.zone.spanned_pages[row] === 0) continue;
    const zone_start = mm.t.zone.zone_start_pfn[row] as number;
    start = end === 0 ? zone_start : Math.min(start, zone_start);
    end = Math.max(end, zone_end_pfn(mm, row));
  }
  node_start_pfn[nid] = start;
  node_spanned_pages[nid] = end - start;
}

/** Does this pageblock hold online memory of the zone? Pageblocks (2 MiB) are the kernel's subsections here. */
const isZonesOwn = (mm: Mm, pfn: number, row: number): boolean =>
  mm.t.pageblock.zone[pfn >>> pageblock_order] === row + 1 && ((mm.t.section.state[pfn_to_section_nr(mm, pfn)] as number) & SECTION_ONLINE) !== 0;

/** The range leaves its zone: the span shrinks if the range was at one of its edges. Source: remove_pfn_range_from_zone(), shrink_zone_span(). */
export function remove_pfn_range_from_zone(mm: Mm, row: number, start_pfn: number, nr_pages: number): void {
  const end = start_pfn + nr_pages;
  const { zone_start_pfn, spanned_pages } = mm.t.zone;
  for (let pfn = start_pfn; pfn < end; pfn += pageblock_nr_pages) {
    mm.t.pageblock.zone[pfn >>> pageblock_order] = 0;
    mm.touch(pfn);
  }
  const zone_start = zone_start_pfn[row] as number;
  const zone_end = zone_end_pfn(mm, row);
  if (zone_start === start_pfn) {
    let pfn = end;
    while (pfn < zone_end && !isZonesOwn(mm, pfn, row)) pfn += pageblock_nr_pages;
    zone_start_pfn[row] = pfn < zone_end ? pfn : 0;
    spanned_pages[row] = pfn < zone_end ? zone_end - pfn : 0;
  } else if (zone_end === end) {
    let pfn = start_pfn - pageblock_nr_pages;
    while (pfn >= zone_start && !isZonesOwn(mm, pfn, row)) pfn -= pageblock_nr_pages;
    spanned_pages[row] = pfn >= zone_start ? pfn + pageblock_nr_pages - zone_start : 0;
    if (pfn < zone_start) zone_start_pfn[row] = 0;
  }
  update_pgdat_span(mm, zone_to_nid(row));
}
