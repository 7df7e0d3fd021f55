/**
 * Mirrors: boost_watermark() of mm/page_alloc.c (6.1): a piece of a pageblock of another type was taken, so the zone's marks rise and kswapd is to make room. kswapd takes the boost
 * back when it is done. Where so much is free that its work is nothing it is done at once; a node whose kswapd has given up keeps its boost until somebody makes progress.
 */
import type { Mm } from './mm.ts';
import { zone_to_nid } from './mmzone.ts';

/** Rounds without a page after which kswapd gives a node up. */
export const MAX_RECLAIM_RETRIES = 16;

/** `factor`: vm.watermark_boost_factor. Zones of fewer than four pageblocks are left alone. True: the marks are raised now. */
export function boost_watermark(mm: Mm, row: number, factor: number): boolean {
  const { nr_free_pages, managed_pages, watermark_high, watermark_boost } = mm.t.zone;
  const pageblock_nr_pages = 1 << mm.geometry.pageblock_order;
  if (pageblock_nr_pages * 4 > (managed_pages[row] as number)) return false;
  const high = watermark_high[row] as number;
  const boost = Math.min((watermark_boost[row] as number) + pageblock_nr_pages, Math.max(pageblock_nr_pages, Math.floor((high * factor) / 10000)));
  const hopeless = (mm.t.node.kswapd_failures[zone_to_nid(row)] as number) >= MAX_RECLAIM_RETRIES;
  watermark_boost[row] = !hopeless && (nr_free_pages[row] as number) >= high + boost ? 0 : boost;
  return watermark_boost[row] !== 0;
}
