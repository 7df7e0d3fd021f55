/**
 * Mirrors: do_shrink_slab() and shrink_slab() of mm/vmscan.c (6.1): caches of the kernel give something back when memory is short: few objects while there is time, all at the end.
 * What was due and not done, because it was less than a batch, adds to what is due the next time.
 */
import type { Kernel, Shrinker } from './kernel.ts';

const SHRINK_BATCH = 128;
const DEFAULT_SEEKS = 2;

/** Objects each cache was to look at and did not yet: nr_deferred. */
export type Deferred = Map<Shrinker, number>;

function do_shrink_slab(shrinker: Shrinker, deferred: Deferred, priority: number, told: (objects: number) => void): number {
  const freeable = shrinker.count_objects();
  if (freeable === 0) return 0;
  const batch = shrinker.batch ?? SHRINK_BATCH;
  const nr = deferred.get(shrinker) ?? 0;
  const delta = Math.floor(((freeable >>> priority) * 4) / DEFAULT_SEEKS);
  let total_scan = Math.min((nr >>> priority) + delta, 2 * freeable);
  let scanned = 0;
  let freed = 0;
  while (total_scan > 0 && (total_scan >= batch || total_scan >= freeable)) {
    const nr_to_scan = Math.min(batch, total_scan);
    freed += shrinker.scan_objects(nr_to_scan);
    told(nr_to_scan);
    total_scan -= nr_to_scan;
    scanned += nr_to_scan;
  }
  deferred.set(shrinker, Math.min(2 * freeable, Math.max(0, nr + delta - scanned)));
  return freed;
}
/** Objects that all caches gave back at this priority. `told`: how many were looked at. */
export function shrink_slab(k: Pick<Kernel, 'shrinkers'>, deferred: Deferred, priority: number, told: (objects: number) => void): number {
  let freed = 0;
  for (const shrinker of k.shrinkers ?? []) freed += do_shrink_slab(shrinker, deferred, priority, told);
  return freed;
}
