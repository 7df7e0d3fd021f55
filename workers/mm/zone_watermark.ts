/** Mirrors: __zone_watermark_ok() of mm/page_alloc.c (6.1) with all of its flags, for slow paths. The fast path has the common case of it in page_alloc.ts. */
import { freeRow } from '../uapi/layout.ts';
import { MIGRATE_CMA, MIGRATE_HIGHATOMIC, MIGRATE_RECLAIMABLE } from '../uapi/mmzone.ts';
import type { Mm } from './mm.ts';

/** enum zone_watermarks, as the low bits of alloc_flags. */
export const ALLOC_WMARK_MIN = 0;
export const ALLOC_WMARK_LOW = 1;
export const ALLOC_WMARK_HIGH = 2;
const ALLOC_WMARK_MASK = 3;
/** The request may have half of the pages below the mark, or a quarter of them and what is kept for atomic ones. */
export const ALLOC_HARDER = 0x10;
export const ALLOC_HIGH = 0x20;
/** It is for movable pages, which may be where devices' buffers will be. */
export const ALLOC_CMA = 0x80;

/** wmark_pages(): a mark with its boost. */
export function wmark_pages(mm: Mm, row: number, mark: number): number {
  const { watermark_min, watermark_low, watermark_high, watermark_boost } = mm.t.zone;
  const marks = [watermark_min, watermark_low, watermark_high][mark & ALLOC_WMARK_MASK] as Int32Array;
  return (marks[row] as number) + (watermark_boost[row] as number);
}

/** Would the zone still have `mark` pages beyond what it keeps from such requests, and a chunk of the order? */
export function __zone_watermark_ok(mm: Mm, row: number, order: number, mark: number, highest_zoneidx: number, alloc_flags: number): boolean {
  const z = mm.t.zone;
  const harder = (alloc_flags & ALLOC_HARDER) !== 0;
  const reserve = [z.protection0, z.protection1, z.protection2, z.protection3, z.protection4][highest_zoneidx] as Int32Array;
  let min = mark;
  if ((alloc_flags & ALLOC_HIGH) !== 0) min -= Math.trunc(min / 2);
  if (harder) min -= Math.trunc(min / 4);
  const cma = (alloc_flags & ALLOC_CMA) !== 0;
  const unusable = (1 << order) - 1 + (harder ? 0 : (z.nr_reserved_highatomic[row] as number)) + (cma ? 0 : (z.nr_free_cma[row] as number));
  if ((z.nr_free_pages[row] as number) - unusable <= min + (reserve[row] as number)) return false;
  return order === 0 || hasChunk(mm, row, order, harder, cma);
}
function hasChunk(mm: Mm, row: number, order: number, harder: boolean, cma: boolean): boolean {
  const { nr_free, head } = mm.t.free_area;
  const { MAX_ORDER } = mm.geometry;
  for (let o = order; o < MAX_ORDER; o++) {
    const at = freeRow(MAX_ORDER, row, o, 0);
    if (nr_free[at] === 0) continue;
    for (let mt = 0; mt <= MIGRATE_RECLAIMABLE; mt++) if ((head[at + mt] as number) >= 0) return true;
    if (cma && (head[at + MIGRATE_CMA] as number) >= 0) return true;
    if (harder && (head[at + MIGRATE_HIGHATOMIC] as number) >= 0) return true;
  }
  return false;
}
/**
 * The same until 4.2: a chunk's order makes smaller chunks worthless one order after the other, and halves the mark each time; whether there is a chunk at all nobody asks.
 * Source: zone_watermark_ok() of 2.6.12 and 3.11.
 */
export function zone_watermark_ok(mm: Mm, row: number, order: number, mark: number, classzone_idx: number): boolean {
  const z = mm.t.zone;
  const reserve = [z.protection0, z.protection1, z.protection2, z.protection3][classzone_idx] as Int32Array;
  let free = (z.nr_free_pages[row] as number) - ((1 << order) - 1);
  if (free - (z.nr_free_cma[row] as number) <= mark + (reserve[row] as number)) return false;
  for (let o = 0, min = mark >> 1; o < order; o++, min >>= 1) {
    free -= (mm.t.free_area.nr_free[freeRow(mm.geometry.MAX_ORDER, row, o, 0)] as number) << o;
    if (free <= min) return false;
  }
  return true;
}
