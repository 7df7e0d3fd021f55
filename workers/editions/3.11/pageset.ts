/** Mirrors: zone_batchsize(), zone_pcp_update(), zone_pcp_reset() of mm/page_alloc.c (3.11): sizes of the per-cpu lists. They change with hotplug only, never with watermarks. */
import type { Mm } from '../../mm/mm.ts';
import { zone_set_pageset } from '../../mm/watermarks.ts';

/** 512 KiB of pages: more of a zone's 1024th part is not moved at once. */
const MOST = 128;
/** high = this many batches. */
const BATCHES = 6;

/** Batch before it is brought up to 1: `high` follows from this one, and is 0 for the smallest zones. */
function zone_batchsize(managed: number): number {
  const batch = Math.max(1, Math.min(managed >> 10, MOST) >> 2);
  return 2 ** Math.floor(Math.log2(batch + (batch >> 1))) - 1;
}
function set(mm: Mm, row: number, batch: number): void {
  zone_set_pageset(mm, row, Math.max(1, batch), BATCHES * batch);
}
/** The zone's size decides. */
export const zone_pcp_update = (mm: Mm, row: number): void => set(mm, row, zone_batchsize(mm.t.zone.managed_pages[row] as number));
/** A zone that gets its first lists, or loses its last page: as small as can be. A zone populated by hotplug keeps these until the next block comes. */
export const zone_pcp_reset = (mm: Mm, row: number): void => set(mm, row, 0);
