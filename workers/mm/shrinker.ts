/**
 * Mirrors: do_shrink_slab() and shrink_slab() of mm/vmscan.c (6.1): caches of the kernel give something back when memory is short: few objects while there is time, all at the end.
 * What was due and not done, because it was less than a batch, adds to what is due the next time.
 */
import { SWAP_CLUSTER_MAX } from './swap.ts';
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
/**
 * Before priorities were told to caches (until 4.15): of each as large a part is looked at as of the pages of the LRU lists, twice. Objects that were given back. `capped`: what was put
 * off never makes a cache give up more than half of itself at once (since 3.1). Source: shrink_slab() of 2.6.12 and 3.11.
 */
export function shrink_slab_by_share(k: Pick<Kernel, 'shrinkers'>, deferred: Deferred, nr_pages_scanned: number, lru_pages: number, capped: boolean, told: (objects: number) => void): number {
  let freed = 0;
  for (const shrinker of k.shrinkers ?? []) {
    const max_pass = shrinker.count_objects();
    if (max_pass === 0) continue;
    const delta = Math.floor((Math.floor((4 * (nr_pages_scanned === 0 ? SWAP_CLUSTER_MAX : nr_pages_scanned)) / DEFAULT_SEEKS) * max_pass) / (lru_pages + 1));
    let total_scan = (deferred.get(shrinker) ?? 0) + delta;
    if (capped && delta < max_pass / 4) total_scan = Math.min(total_scan, Math.floor(max_pass / 2));
    if (capped) total_scan = Math.min(total_scan, 2 * max_pass);
    const batch = shrinker.batch ?? SHRINK_BATCH;
    for (; total_scan >= batch; total_scan -= batch) {
      freed += shrinker.scan_objects(batch);
      told(batch);
    }
    deferred.set(shrinker, total_scan);
  }
  return freed;
}
/** Objects that all caches gave back at this priority. `told`: how many were looked at. */
export function shrink_slab(k: Pick<Kernel, 'shrinkers'>, deferred: Deferred, priority: number, told: (objects: number) => void): number {
  let freed = 0;
  for (const shrinker of k.shrinkers ?? []) freed += do_shrink_slab(shrinker, deferred, priority, told);
  return freed;
}
