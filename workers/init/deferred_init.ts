/**
 * Mirrors: defer_init() and deferred_init_memmap() of mm/page_alloc.c (6.1, CONFIG_DEFERRED_STRUCT_PAGE_INIT, as Debian sets it): most of a node's highest zone is initialised by threads of its own,
 * late in boot, and only what is free of it.
 */
import type { Mm } from '../mm/mm.ts';
import { set_pageblock_migratetype, zone_to_nid } from '../mm/mmzone.ts';
import { MIGRATE_UNMOVABLE, pageblock_nr_pages, pageblock_order } from '../uapi/mmzone.ts';
import type { BootPlan } from './layout_plan.ts';
import type { Memblock } from './memblock.ts';
import { bootZones } from './zones.ts';

/**
 * Where a node's memory is no longer initialised early, by node: in its highest zone, at the first section behind as many pages as a section has.
 * Source: defer_init().
 */
export function first_deferred_pfns(plan: BootPlan, mb: Memblock): Map<number, number> {
  const section = 2 ** plan.sizes.section_shift;
  const last = new Map(bootZones(plan, mb).filter((zone) => zone.present > 0).map((zone) => [zone.nid, zone]));
  return new Map([...last].map(([nid, { start, end }]) => {
    let pfn = start;
    for (let left = section; left > 0 && pfn < end; ) {
      const range = mb.memory.find((r) => r.nid === nid && r.end > pfn);
      if (!range) break;
      const from = Math.max(pfn, range.start);
      const taken = Math.min(left, range.end - from);
      left -= taken;
      pfn = from + taken;
    }
    return [nid, Math.min(end, Math.ceil(pfn / section) * section)];
  }));
}

/**
 * A pageblock gets its type with its first frame: where that is not free when the threads come by, be it freed later, the pageblock keeps what zeroed memory says.
 * `later`: ranges that are free in `mb`, but were not yet. Source: deferred_free_range(), init_reserved_page().
 */
export function deferred_types(mm: Mm, plan: BootPlan, mb: Memblock, later: readonly { readonly start: number; readonly end: number }[]): void {
  const zones = bootZones(plan, mb);
  const { zone } = mm.t.pageblock;
  for (const [nid, first] of first_deferred_pfns(plan, mb)) {
    const end = Math.max(...zones.filter((z) => z.nid === nid).map((z) => z.end));
    const reserved = (from: number, to: number): void => {
      for (let pfn = Math.ceil(from / pageblock_nr_pages) * pageblock_nr_pages; pfn < to; pfn += pageblock_nr_pages) {
        if (zone_to_nid((zone[pfn >>> pageblock_order] as number) - 1) === nid) set_pageblock_migratetype(mm, pfn, MIGRATE_UNMOVABLE);
      }
    };
    let at = first;
    for (const free of mb.free(first, end, nid)) {
      reserved(at, free.start);
      at = free.end;
    }
    reserved(at, end);
    for (const l of later) reserved(Math.max(l.start, first), Math.min(l.end, end));
  }
}
