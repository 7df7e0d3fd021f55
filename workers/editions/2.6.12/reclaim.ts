/**
 * Mirrors: try_to_free_pages(), balance_pgdat(), kswapd() of mm/vmscan.c (2.6.12): who asks gives up, and calls the OOM killer, when thirteen rounds over its zones freed fewer than 32
 * pages; kswapd goes on until every zone is above its high mark, or given up: looking four times at all of it freed nothing.
 * Left out: naps while a disk is congested, suspend. Why: no disk here is, and nothing is suspended.
 */
import type { Kthread } from '../../kernel/kthread.ts';
import { remember } from '../../lib/remember.ts';
import type { Reclaim } from '../../mm/edition.ts';
import type { Kernel } from '../../mm/kernel.ts';
import { start_kswapd } from '../../mm/kswapd.ts';
import { freePages } from '../../mm/reclaim_page.ts';
import { type Deferred, shrink_slab_by_share } from '../../mm/shrinker.ts';
import { count_vm_event, count_vm_events, VM } from '../../mm/vm_event.ts';
import { SWAP_CLUSTER_MAX } from '../../mm/swap.ts';
import { DEF_PRIORITY } from '../../mm/vmscan.ts';
import { zoneReclaim } from '../../mm/zone_reclaim.ts';
import { zone_watermark_ok } from '../../mm/zone_watermark.ts';
import { ZONE_DEVICE, ZONE_HIGHMEM, zoneRow } from '../../uapi/mmzone.ts';
import { EV } from '../../uapi/trace.ts';
import { createVmscan, type ScanControl } from './vmscan.ts';

export function createReclaim(k: Kernel): Reclaim {
  const { mm, buddy } = k;
  const { present_pages, watermark_low, watermark_high } = mm.t.zone;
  const { kswapd_order, kswapd_highest_zoneidx } = mm.t.node;
  const { all_unreclaimable, pages_scanned } = zoneReclaim(mm);
  const deferred = remember<Deferred>(new Map());
  const max_order = remember(new Int32Array(mm.t.sizes.nodes));
  const zones = (nid: number): number[] => Array.from({ length: ZONE_DEVICE }, (_, zone) => zoneRow(nid, zone)).filter((row) => (present_pages[row] as number) > 0);
  const total_memory = zones(0).reduce((sum, row) => sum + Math.max(0, (present_pages[row] as number) - (watermark_high[row] as number)), 0);
  const vmscan = createVmscan(k, total_memory);
  const { prev_priority, temp_priority } = vmscan;
  const control = (kswapd: boolean): ScanControl => ({ kswapd, priority: DEF_PRIORITY, nr_mapped: vmscan.nr_mapped(), nr_to_reclaim: SWAP_CLUSTER_MAX, nr_scanned: 0, nr_reclaimed: 0 });
  const lru_pages = (rows: readonly number[]): number => rows.reduce((sum, row) => sum + vmscan.lru_pages(row), 0);
  const begin = (rows: readonly number[]): void => rows.forEach((row) => { temp_priority[row] = DEF_PRIORITY; });
  const end = (rows: readonly number[]): void => rows.forEach((row) => { prev_priority[row] = temp_priority[row] as number; });
  /** The zone is looked at with this pressure. */
  function press(row: number, priority: number): void {
    temp_priority[row] = priority;
    prev_priority[row] = Math.min(prev_priority[row] as number, priority);
  }
  function shrink_slab(sc: ScanControl, pages: number): void {
    const free = freePages(k);
    const objects = shrink_slab_by_share(k, deferred, sc.nr_scanned, pages, false, (looked) => count_vm_events(mm, VM.slabs_scanned, looked));
    if (objects > 0) sc.nr_reclaimed += Math.max(0, freePages(k) - free);
  }
  function try_to_free_pages(order: number, highest_zoneidx: number, nid: number): number {
    const rows = buddy.zonelist(nid, highest_zoneidx).filter((row) => (present_pages[row] as number) > 0);
    const sc = control(false);
    let [scanned, reclaimed] = [0, 0];
    mm.trace(EV.mm_vmscan_direct_reclaim_begin, order, highest_zoneidx);
    count_vm_event(mm, VM.allocstall_normal);
    begin(rows);
    const pages = lru_pages(rows);
    for (; sc.priority >= 0 && reclaimed < SWAP_CLUSTER_MAX; sc.priority--) {
      sc.nr_mapped = vmscan.nr_mapped();
      sc.nr_scanned = sc.nr_reclaimed = 0;
      for (const row of rows) {
        press(row, sc.priority);
        if (all_unreclaimable[row] === 0 || sc.priority === DEF_PRIORITY) vmscan.shrink_zone(row, sc);
      }
      shrink_slab(sc, pages);
      scanned += sc.nr_scanned;
      reclaimed += sc.nr_reclaimed;
      if (reclaimed < SWAP_CLUSTER_MAX && scanned > SWAP_CLUSTER_MAX + (SWAP_CLUSTER_MAX >> 1)) k.filemap?.writeback();
    }
    end(rows);
    mm.trace(EV.mm_vmscan_direct_reclaim_end, reclaimed);
    return reclaimed >= SWAP_CLUSTER_MAX ? reclaimed : 0;
  }

  /** Until all zones are above their high marks. */
  function* balance_pgdat(nid: number, order: number): Kthread<void> {
    const rows = zones(nid);
    const short = (row: number, classzone: number): boolean => !zone_watermark_ok(mm, row, order, watermark_high[row] as number, classzone);
    for (let all_zones_ok = false; !all_zones_ok; ) {
      const sc = control(true);
      let reclaimed = 0;
      count_vm_event(mm, VM.pageoutrun);
      begin(rows);
      for (; sc.priority >= 0; sc.priority--) {
        all_zones_ok = true;
        const counts = (row: number): boolean => all_unreclaimable[row] === 0 || sc.priority === DEF_PRIORITY;
        const highest = rows.findLast((row) => counts(row) && short(row, 0));
        if (highest === undefined) break;
        const upTo = rows.filter((row) => row <= highest);
        const pages = lru_pages(upTo);
        for (const row of upTo) {
          if (!counts(row)) continue;
          if (short(row, highest - zoneRow(nid, 0))) all_zones_ok = false;
          press(row, sc.priority);
          sc.nr_scanned = sc.nr_reclaimed = 0;
          vmscan.shrink_zone(row, sc);
          shrink_slab(sc, pages);
          reclaimed += sc.nr_reclaimed;
          if ((pages_scanned[row] as number) >= 4 * vmscan.lru_pages(row)) all_unreclaimable[row] = 1;
        }
        yield;
        if (all_zones_ok || reclaimed >= SWAP_CLUSTER_MAX) break;
      }
      end(rows);
    }
  }
  function* kswapd(nid: number): Kthread<void> {
    yield;
    for (let order = -1; order < (max_order[nid] as number); ) {
      order = max_order[nid] as number;
      max_order[nid] = 0;
      kswapd_order[nid] = order + 1;
      mm.trace(EV.mm_vmscan_kswapd_wake, nid, ZONE_HIGHMEM, order);
      yield* balance_pgdat(nid, order);
    }
    kswapd_order[nid] = kswapd_highest_zoneidx[nid] = 0;
    mm.trace(EV.mm_vmscan_kswapd_sleep, nid);
  }
  function wakeup_kswapd(nid: number, order: number, highest_zoneidx: number): void {
    if (k.kthreads === undefined) return;
    for (const row of zones(nid).toReversed()) {
      if (row - zoneRow(nid, 0) > highest_zoneidx || zone_watermark_ok(mm, row, order, watermark_low[row] as number, 0)) continue;
      max_order[nid] = Math.max(max_order[nid] as number, order);
      if (kswapd_order[nid] !== 0) continue;
      mm.trace(EV.mm_vmscan_wakeup_kswapd, nid, row - zoneRow(nid, 0), order);
      kswapd_order[nid] = order + 1;
      kswapd_highest_zoneidx[nid] = highest_zoneidx + 1;
      start_kswapd(k, nid, kswapd(nid));
    }
  }
  return { wakeup_kswapd, try_to_free_pages, zone_reclaimable_pages: vmscan.lru_pages };
}
