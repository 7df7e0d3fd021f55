/** Mirrors: fill_contig_page_info(), unusable_free_index(), fragmentation_index() of mm/vmstat.c (6.1): how far free memory of a zone is in pieces too small for an order. */
import { freeRow } from '../uapi/layout.ts';
import { MAX_ORDER } from '../uapi/mmzone.ts';
import type { Mm } from './mm.ts';

interface ContigPageInfo {
  readonly free_pages: number;
  readonly free_blocks_total: number;
  readonly free_blocks_suitable: number;
}
function fill_contig_page_info(mm: Mm, zone_row: number, suitable_order: number): ContigPageInfo {
  let free_pages = 0;
  let free_blocks_total = 0;
  let free_blocks_suitable = 0;
  for (let order = 0; order < MAX_ORDER; order++) {
    const blocks = mm.t.free_area.nr_free[freeRow(zone_row, order, 0)] as number;
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
