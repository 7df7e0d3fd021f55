/**
 * Mirrors: kswapd and its friends of mm/vmscan.c, and kcompactd_run(), kcompactd_stop() of mm/compaction.c (6.1): each node with memory has its threads; they come with its first memory
 * and go with its last. kswapd sleeps until an allocation finds a zone below its low mark or a mark was boosted, reclaims until a zone is above its high mark, and sleeps again; after 16
 * rounds without a page it gives the node up, until somebody else makes progress.
 * Left out: the tenth of a second it dozes before it sleeps. Why: it would only wake up for work that wakes it anyway.
 */
import type { Kthread } from '../kernel/kthread.ts';
import { MAX_NR_ZONES } from '../uapi/mmzone.ts';
import { EV } from '../uapi/trace.ts';
import type { Reclaim } from './edition.ts';
import type { Kernel } from './kernel.ts';
import { MAX_RECLAIM_RETRIES } from './boost_watermark.ts';
import { __reset_isolation_suitable } from './compact_control.ts';
import { configured, type Mm } from './mm.ts';
import { populated_zone, zone_to_nid } from './mmzone.ts';
import { count_vm_event, VM } from './vm_event.ts';
import { SWAP_CLUSTER_MAX } from './swap.ts';
import { createVmscan, DEF_PRIORITY, scanControl, type Vmscan } from './vmscan.ts';
import { __zone_watermark_ok, ALLOC_WMARK_HIGH, wmark_pages } from './zone_watermark.ts';

/** Their pids, below those of user space: two a node. */
const FIRST_PID = 40;
/** Does this kernel have a kcompactd? Its edition and CONFIG_COMPACTION decide. */
export const hasKcompactd = (mm: Mm): boolean => mm.edition.kcompactd && configured(mm, 'COMPACTION');
/** pid and name of a node's kcompactd. */
export const kcompactdOf = (nid: number): readonly [pid: number, name: string] => [FIRST_PID + 2 * nid + 1, `kcompactd${nid}`];
const pidOf = (nid: number): number => FIRST_PID + 2 * nid;
const threads = (k: Kernel, nid: number): readonly (readonly [pid: number, name: string])[] => {
  const kswapd = [pidOf(nid), `kswapd${nid}`] as const;
  return hasKcompactd(k.mm) ? [kswapd, kcompactdOf(nid)] : [kswapd];
};
/** A node that has them already keeps them; new memory is a new chance for reclaim. */
export function kswapd_run(k: Kernel, nid: number): void {
  for (const [pid, name] of threads(k, nid)) k.kthreads?.run(pid, name);
}
export function kswapd_stop(k: Kernel, nid: number): void {
  for (const [pid] of threads(k, nid)) k.kthreads?.stop(pid);
}

const rowsUpTo = (nid: number, last: number): number[] => Array.from({ length: Math.min(last, MAX_NR_ZONES - 1) + 1 }, (_, zone) => nid * MAX_NR_ZONES + zone);
/** A zone that has enough for a request of this order, above its high mark. Source: pgdat_balanced(). */
function pgdat_balanced(mm: Mm, nid: number, order: number, highest_zoneidx: number): boolean {
  const rows = rowsUpTo(nid, highest_zoneidx).filter((row) => (mm.t.zone.managed_pages[row] as number) > 0);
  return rows.length === 0 || rows.some((row) => __zone_watermark_ok(mm, row, order, wmark_pages(mm, row, ALLOC_WMARK_HIGH), highest_zoneidx, 0));
}
const boosts = (mm: Mm, nid: number, last: number): readonly (readonly [row: number, pages: number])[] => rowsUpTo(nid, last).map((row) => [row, mm.t.zone.watermark_boost[row] as number] as const);

/** One round: from the lowest pressure to the highest, until the node is balanced. The order that is still reclaim's work, not compaction's. Source: balance_pgdat(). */
function* balance_pgdat(k: Kernel, vmscan: Vmscan, nid: number, wanted: number, highest_zoneidx: number, wakeup_kcompactd: WakeCompaction): Kthread<number> {
  const { mm } = k;
  const boosted = boosts(mm, nid, highest_zoneidx);
  let nr_boost_reclaim = boosted.reduce((sum, [, pages]) => sum + pages, 0);
  const rows = rowsUpTo(nid, highest_zoneidx);
  const high = rows.reduce((sum, row) => sum + Math.max(mm.t.zone.managed_pages[row] === 0 ? 0 : SWAP_CLUSTER_MAX, wmark_pages(mm, row, ALLOC_WMARK_HIGH)), 0);
  count_vm_event(mm, VM.pageoutrun);
  let reclaimed = 0;
  let order = wanted;
  // With boosted marks the first pass is gentle: it neither writes nor swaps.
  let priority = DEF_PRIORITY;
  for (; priority >= 1; priority--) {
    const balanced = pgdat_balanced(mm, nid, order, highest_zoneidx);
    if (!balanced && nr_boost_reclaim > 0) {
      nr_boost_reclaim = 0;
      priority = DEF_PRIORITY;
    }
    if (balanced && nr_boost_reclaim === 0) break;
    const sc = scanControl({ order, reclaim_idx: highest_zoneidx, kswapd: true, nr_to_reclaim: high, may_swap: nr_boost_reclaim === 0, priority });
    vmscan.shrink_node(nid, sc);
    reclaimed += sc.nr_reclaimed;
    if (nr_boost_reclaim > 0) {
      nr_boost_reclaim = Math.max(0, nr_boost_reclaim - sc.nr_reclaimed);
      if (priority < DEF_PRIORITY - 1) nr_boost_reclaim = 0;
    }
    yield;
    // So much is free now that compaction can make the chunk.
    if (reclaimed >= 2 << order) order = 0;
    if (sc.nr_reclaimed > 0) priority++;
  }
  const { kswapd_failures } = mm.t.node;
  if (reclaimed === 0 && priority < 1) kswapd_failures[nid] = (kswapd_failures[nid] as number) + 1;
  const { watermark_boost } = mm.t.zone;
  for (const [row, pages] of boosted) watermark_boost[row] = (watermark_boost[row] as number) - Math.min(watermark_boost[row] as number, pages);
  if (boosted.some(([, pages]) => pages > 0)) wakeup_kcompactd(nid, mm.geometry.pageblock_order, highest_zoneidx);
  return order;
}

/** Asks the node's kcompactd for a chunk of an order. */
type WakeCompaction = (nid: number, order: number, highest_zoneidx: number) => void;
/** From being woken to going back to sleep; making chunks of what it freed is left to kcompactd. Source: kswapd(), kswapd_try_to_sleep(). */
function* kswapd(k: Kernel, vmscan: Vmscan, nid: number, wakeup_kcompactd: WakeCompaction): Kthread<void> {
  const { mm } = k;
  const { kswapd_order, kswapd_highest_zoneidx, kswapd_failures } = mm.t.node;
  yield;
  while ((kswapd_order[nid] as number) > 0) {
    const order = (kswapd_order[nid] as number) - 1;
    const highest = (kswapd_highest_zoneidx[nid] as number) - 1;
    mm.trace(EV.mm_vmscan_kswapd_wake, nid, highest, order);
    let reclaim_order = order;
    do reclaim_order = yield* balance_pgdat(k, vmscan, nid, reclaim_order, highest, wakeup_kcompactd);
    while (!pgdat_balanced(mm, nid, reclaim_order, highest) && (kswapd_failures[nid] as number) < MAX_RECLAIM_RETRIES);
    if ((kswapd_order[nid] as number) - 1 === order && (kswapd_highest_zoneidx[nid] as number) - 1 === highest) {
      kswapd_order[nid] = kswapd_highest_zoneidx[nid] = 0;
      // What compaction passed over may be worth a look now that so much is free. Source: reset_isolation_suitable().
      for (const row of rowsUpTo(nid, MAX_NR_ZONES - 1)) if (populated_zone(mm, row)) __reset_isolation_suitable(mm, row);
      wakeup_kcompactd(nid, order, highest);
    }
  }
  mm.trace(EV.mm_vmscan_kswapd_sleep, nid);
  wakeup_kcompactd(nid, 0, MAX_NR_ZONES - 1);
}

/** Without threads (no machine around the kernel) direct reclaim alone. */
function createReclaim(k: Kernel, wakeup_kcompactd: WakeCompaction): Reclaim {
  const { mm } = k;
  const vmscan = createVmscan(k);
  const { kswapd_order, kswapd_highest_zoneidx, kswapd_failures } = mm.t.node;
  function wakeup_kswapd(nid: number, order: number, highest_zoneidx: number): void {
    if (k.kthreads === undefined || (kswapd_failures[nid] as number) >= MAX_RECLAIM_RETRIES) return;
    const asleep = kswapd_order[nid] === 0;
    if (asleep && pgdat_balanced(mm, nid, order, highest_zoneidx) && boosts(mm, nid, highest_zoneidx).every(([, pages]) => pages === 0)) return;
    kswapd_order[nid] = Math.max(kswapd_order[nid] as number, order + 1);
    kswapd_highest_zoneidx[nid] = Math.max(kswapd_highest_zoneidx[nid] as number, highest_zoneidx + 1);
    if (!asleep) return;
    // Pages there are, chunks there are not: compaction need not wait for what reclaim will find.
    if (order > 0 && pgdat_balanced(mm, nid, 0, highest_zoneidx)) wakeup_kcompactd(nid, order, highest_zoneidx);
    mm.trace(EV.mm_vmscan_wakeup_kswapd, nid, highest_zoneidx, order);
    start_kswapd(k, nid, kswapd(k, vmscan, nid, wakeup_kcompactd));
  }
  return { wakeup_kswapd, try_to_free_pages: vmscan.try_to_free_pages, zone_reclaimable_pages: vmscan.zone_reclaimable_pages };
}
/** Wakes a node's kswapd to do this; nothing happens where there are no threads. */
export function start_kswapd(k: Kernel, nid: number, thread: Kthread<void>): void {
  k.kthreads?.work(pidOf(nid), `kswapd${nid}`, thread);
}

/** Gives a kernel its reclaim: kswapd of each node, and what direct reclaim does. */
export function kswapd_init(k: Kernel, wakeup_kcompactd: WakeCompaction): void {
  const { wakeup_kswapd, try_to_free_pages, zone_reclaimable_pages } = k.mm.edition.reclaim.create?.(k) ?? createReclaim(k, wakeup_kcompactd);
  k.mm.wakeup_kswapd = wakeup_kswapd;
  k.buddy.under_pressure({
    wakeup_kswapd: (zone_row, order, highest_zoneidx) => wakeup_kswapd(zone_to_nid(zone_row), order, highest_zoneidx), try_to_free_pages, zone_reclaimable_pages,
  });
}
