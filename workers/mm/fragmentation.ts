/** Mirrors: fill_contig_page_info(), unusable_free_index(), fragmentation_index(), extfrag_for_order() of mm/vmstat.c and the scores of mm/compaction.c (6.1): how far free memory of a zone is in pieces too small for an order. */
import { freeRow } from '../uapi/layout.ts';
import { MAX_NR_ZONES } from '../uapi/mmzone.ts';
import { M_COMPACTION_PROACTIVENESS, type Mm } from './mm.ts';
import { populated_zone } from './mmzone.ts';

interface ContigPageInfo {
  readonly free_pages: number;
  readonly free_blocks_total: number;
  readonly free_blocks_suitable: number;
}
function fill_contig_page_info(mm: Mm, zone_row: number, suitable_order: number): ContigPageInfo {
  let free_pages = 0;
  let free_blocks_total = 0;
  let free_blocks_suitable = 0;
  for (let order = 0; order < mm.geometry.MAX_ORDER; order++) {
    const blocks = mm.t.free_area.nr_free[freeRow(mm.geometry.MAX_ORDER, zone_row, order, 0)] as number;
    free_blocks_total += blocks;
    free_pages += blocks << order;
    if (order >= suitable_order) free_blocks_suitable += blocks << (order - suitable_order);
  }
  return { free_pages, free_blocks_total, free_blocks_suitable };
}
/** Thousandths of the free memory that an allocation of this order cannot use; 1000 when nothing is free. */
export function unusable_free_index(mm: Mm, zone_row: number, order: number): number {
  const { free_pages, free_blocks_suitable } = fill_contig_page_info(mm, zone_row, order);
  return free_pages === 0 ? 1000 : Math.floor(((free_pages - (free_blocks_suitable << order)) * 1000) / free_pages);
}
/** Why an allocation of this order would fail: towards 0 for lack of memory, towards 1000 for fragmentation; -1000: it would not. */
export function fragmentation_index(mm: Mm, zone_row: number, order: number): number {
  const { free_pages, free_blocks_total, free_blocks_suitable } = fill_contig_page_info(mm, zone_row, order);
  if (free_blocks_total === 0) return 0;
  if (free_blocks_suitable > 0) return -1000;
  return 1000 - Math.floor((1000 + Math.floor((free_pages * 1000) / 2 ** order)) / free_blocks_total);
}

/** Percent of a zone's free memory that is in pieces smaller than a huge page. Source: extfrag_for_order(). */
export function fragmentation_score_zone(mm: Mm, zone_row: number): number {
  const { free_pages, free_blocks_suitable } = fill_contig_page_info(mm, zone_row, mm.geometry.hpage_order);
  return free_pages === 0 ? 0 : Math.floor(((free_pages - (free_blocks_suitable << mm.geometry.hpage_order)) * 100) / free_pages);
}
/** The same of a node: each zone counts by its size, so that small ones never decide. */
export function fragmentation_score_node(mm: Mm, nid: number): number {
  const rows = Array.from({ length: MAX_NR_ZONES }, (_, zone) => nid * MAX_NR_ZONES + zone).filter((row) => populated_zone(mm, row));
  const { present_pages } = mm.t.zone;
  const present = rows.reduce((sum, row) => sum + (present_pages[row] as number), 0);
  return rows.reduce((sum, row) => sum + Math.floor(((present_pages[row] as number) * fragmentation_score_zone(mm, row)) / (present + 1)), 0);
}
const DEFAULT_PROACTIVENESS = 20;
/** vm.compaction_proactiveness: 0 (never) to 100. */
export const compaction_proactiveness = (mm: Mm): number => DEFAULT_PROACTIVENESS + (mm.t.misc.word[M_COMPACTION_PROACTIVENESS] as number);
export function setProactiveness(mm: Mm, percent: number): void {
  mm.t.misc.word[M_COMPACTION_PROACTIVENESS] = percent - DEFAULT_PROACTIVENESS;
}
/** Compaction of the kernel's own accord begins above the high mark and ends at the low one. */
export function fragmentation_score_wmark(mm: Mm, low: boolean): number {
  const wmark_low = Math.max(100 - compaction_proactiveness(mm), 5);
  return low ? wmark_low : Math.min(wmark_low + 10, 100);
}
export const kswapd_is_running = (mm: Mm, nid: number): boolean => mm.t.node.kswapd_order[nid] !== 0;
/** Source: should_proactive_compact_node(). */
export const should_proactive_compact_node = (mm: Mm, nid: number): boolean =>
  compaction_proactiveness(mm) > 0 && !kswapd_is_running(mm, nid) && fragmentation_score_node(mm, nid) > fragmentation_score_wmark(mm, false);
