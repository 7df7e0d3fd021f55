/** Mirrors: deferral of mm/compaction.c (6.1): a zone where compaction failed is left alone for a while: after n failures in a row every 2ⁿth request tries, at most every 64th. */
import { EV } from '../uapi/trace.ts';
import type { Mm } from './mm.ts';
import { zone_idx, zone_to_nid } from './mmzone.ts';

export const COMPACT_MAX_DEFER_SHIFT = 6;
function trace(mm: Mm, type: number, row: number, order: number): void {
  mm.trace(type, zone_to_nid(row), zone_idx(row), order, mm.t.zone.compact_defer_shift[row], mm.t.zone.compact_order_failed[row]);
}
/** It failed for this order. */
export function defer_compaction(mm: Mm, row: number, order: number): void {
  const z = mm.t.zone;
  z.compact_considered[row] = 0;
  z.compact_defer_shift[row] = Math.min((z.compact_defer_shift[row] as number) + 1, COMPACT_MAX_DEFER_SHIFT);
  if (order < (z.compact_order_failed[row] as number)) z.compact_order_failed[row] = order;
  trace(mm, EV.mm_compaction_defer_compaction, row, order);
}
/** Is it to be left alone this time? Asking counts. */
export function compaction_deferred(mm: Mm, row: number, order: number): boolean {
  const z = mm.t.zone;
  const limit = 1 << (z.compact_defer_shift[row] as number);
  if (order < (z.compact_order_failed[row] as number)) return false;
  z.compact_considered[row] = Math.min((z.compact_considered[row] as number) + 1, limit);
  if (z.compact_considered[row] === limit) return false;
  trace(mm, EV.mm_compaction_deferred, row, order);
  return true;
}
/** It made a chunk of this order; `alloc_success`: which somebody got. */
export function compaction_defer_reset(mm: Mm, row: number, order: number, alloc_success: boolean): void {
  const z = mm.t.zone;
  if (alloc_success) z.compact_considered[row] = z.compact_defer_shift[row] = 0;
  if (order >= (z.compact_order_failed[row] as number)) z.compact_order_failed[row] = order + 1;
  trace(mm, EV.mm_compaction_defer_reset, row, order);
}
/** It was left alone for as long as can be: it begins at the ends again. */
export function compaction_restarting(mm: Mm, row: number, order: number): boolean {
  const z = mm.t.zone;
  if (order < (z.compact_order_failed[row] as number)) return false;
  return z.compact_defer_shift[row] === COMPACT_MAX_DEFER_SHIFT && (z.compact_considered[row] as number) >= 1 << COMPACT_MAX_DEFER_SHIFT;
}
