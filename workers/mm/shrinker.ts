/**
 * Mirrors: do_shrink_slab() and shrink_slab() of mm/vmscan.c (6.1): caches of the kernel give something back when memory is short: few objects while there is time, all at the end.
 * Left out: what was not done is not remembered for the next time. Why: what is here is small.
 */
import type { Kernel } from './kernel.ts';

const SHRINK_BATCH = 128;
const DEFAULT_SEEKS = 2;

/** Objects that all caches gave back at this priority. `scanned`: how many were looked at. */
export function shrink_slab(k: Pick<Kernel, 'shrinkers'>, priority: number, scanned: (objects: number) => void): number {
  let freed = 0;
  for (const { count_objects, scan_objects } of k.shrinkers ?? []) {
    const freeable = count_objects();
    const total_scan = Math.floor(((freeable >>> priority) * 4) / DEFAULT_SEEKS);
    if (freeable === 0 || (total_scan < SHRINK_BATCH && total_scan < freeable)) continue;
    const nr_to_scan = Math.min(total_scan, freeable);
    scanned(nr_to_scan);
    freed += scan_objects(nr_to_scan);
  }
  return freed;
}
