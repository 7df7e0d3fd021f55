/** Mirrors: setup_zone_migrate_reserve() of mm/page_alloc.c (3.11): the first pageblocks of each zone are kept for when nothing else is left. As many as the min mark is high, at most two. */
import type { Mm } from '../../mm/mm.ts';
import { PageReserved, zone_end_pfn } from '../../mm/mmzone.ts';
import type { Buddy } from '../../mm/page_alloc.ts';
import { SECTION_ONLINE } from '../../uapi/memory_block.ts';
import { MIGRATE_HIGHATOMIC, MIGRATE_MOVABLE, pageblock_nr_pages, pageblock_order } from '../../uapi/mmzone.ts';

/** The type has another meaning in later kernels, the same number and the same place in reports. */
export const MIGRATE_RESERVE = MIGRATE_HIGHATOMIC;

function pageblock_is_reserved(mm: Mm, pfn: number, end: number): boolean {
  if (((mm.t.section.state[pfn >>> mm.PFN_SECTION_SHIFT] ?? 0) & SECTION_ONLINE) === 0) return true;
  for (let at = pfn; at < end; at++) if (PageReserved(mm, at)) return true;
  return false;
}
/** Runs with every change of the watermarks. Cost: a look at each pageblock of each zone. */
export function setup_zone_migrate_reserve(mm: Mm, buddy: Buddy): void {
  const { zone, migratetype } = mm.t.pageblock;
  const { zone_start_pfn, watermark_min, present_pages } = mm.t.zone;
  for (let row = 0; row < zone_start_pfn.length; row++) {
    if (present_pages[row] === 0) continue;
    let reserve = Math.min(mm.edition.alloc.reserve_blocks, Math.ceil((watermark_min[row] as number) / pageblock_nr_pages));
    const end = zone_end_pfn(mm, row);
    for (let pfn = Math.ceil((zone_start_pfn[row] as number) / pageblock_nr_pages) * pageblock_nr_pages; pfn < end; pfn += pageblock_nr_pages) {
      const i = pfn >>> pageblock_order;
      if (zone[i] !== row + 1) continue;
      const type = migratetype[i];
      if (reserve > 0) {
        if (pageblock_is_reserved(mm, pfn, Math.min(pfn + pageblock_nr_pages, end))) continue;
        if (type === MIGRATE_RESERVE || type === MIGRATE_MOVABLE) reserve--;
        if (type === MIGRATE_MOVABLE) retype(mm, buddy, pfn, MIGRATE_RESERVE);
        if (type === MIGRATE_RESERVE || type === MIGRATE_MOVABLE) continue;
      }
      if (type === MIGRATE_RESERVE) retype(mm, buddy, pfn, MIGRATE_MOVABLE);
    }
  }
}
function retype(mm: Mm, buddy: Buddy, pfn: number, type: number): void {
  mm.t.pageblock.migratetype[pfn >>> pageblock_order] = type;
  buddy.move_freepages_block(pfn, type);
  mm.touch(pfn);
}
