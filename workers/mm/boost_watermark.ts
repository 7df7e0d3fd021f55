/**
 * Mirrors: boost_watermark() of mm/page_alloc.c and the boost half of balance_pgdat() (6.1): a piece of a pageblock of another type was taken, so the zone's marks rise and kswapd is to
 * make room. kswapd takes the boost back when it is done; with nothing to reclaim it gives up, and the marks stay raised until they are computed anew.
 */
import { pageblock_nr_pages } from '../uapi/mmzone.ts';
import type { Mm } from './mm.ts';

/** `factor`: vm.watermark_boost_factor. Zones of fewer than four pageblocks are left alone. */
export function boost_watermark(mm: Mm, row: number, factor: number): void {
  const { nr_free_pages, managed_pages, watermark_high, watermark_boost } = mm.t.zone;
  if (pageblock_nr_pages * 4 > (managed_pages[row] as number)) return;
  const high = watermark_high[row] as number;
  const boost = Math.min((watermark_boost[row] as number) + pageblock_nr_pages, Math.max(pageblock_nr_pages, Math.floor((high * factor) / 10000)));
  watermark_boost[row] = (nr_free_pages[row] as number) >= high + boost ? 0 : boost;
}
