/**
 * Mirrors: do_try_to_free_pages(), balance_pgdat(), kswapd() and what they ask, of mm/vmscan.c (3.11): zones are reclaimed one by one, and a zone in which looking six times at everything
 * freed nothing counts as balanced (all_unreclaimable) until a page is freed in it.
 * Left out: throttling to pfmemalloc, thresholds of counters, freezing. Why: nobody waits there, counters are exact, nothing is suspended.
 */
import type { Kthread } from '../../kernel/kthread.ts';
import { runToEnd } from '../../kernel/kthread.ts';
import { remember } from '../../lib/remember.ts';
import { COMPACT_SKIPPED, MIGRATE_ASYNC, PAGE_ALLOC_COSTLY_ORDER } from '../../mm/compact_control.ts';
import { compaction_deferred } from '../../mm/compact_defer.ts';
import { compact_control, compact_zone, compaction_suitable } from '../../mm/compaction.ts';
import type { Reclaim } from '../../mm/edition.ts';
import type { Kernel } from '../../mm/kernel.ts';
import { start_kswapd } from '../../mm/kswapd.ts';
import { configured } from '../../mm/mm.ts';
import { populated_zone, zone_to_nid } from '../../mm/mmzone.ts';
import { freePages } from '../../mm/reclaim_page.ts';
import { type Deferred, shrink_slab_by_share } from '../../mm/shrinker.ts';
import { count_vm_event, count_vm_events, VM } from '../../mm/vm_event.ts';
import { SWAP_CLUSTER_MAX } from '../../mm/swap.ts';
import { DEF_PRIORITY } from '../../mm/vmscan.ts';
import { zoneReclaim } from '../../mm/zone_reclaim.ts';
import { zone_watermark_ok } from '../../mm/zone_watermark.ts';
import { ZONE_DEVICE, zoneRow } from '../../uapi/mmzone.ts';
import { EV } from '../../uapi/trace.ts';
import { createVmscan, type ScanControl } from './vmscan.ts';

/** The nap kswapd takes before it sleeps, ms: whoever wakes it so soon finds that it had stopped too early. */
const NAP_MS = 100;
/** A zone counts as having too much when it is above its high mark by a hundredth of itself. */
const KSWAPD_ZONE_BALANCE_GAP_RATIO = 100;

export function createReclaim(k: Kernel): Reclaim {
  const { mm, buddy } = k;
  const { managed_pages, watermark_low, watermark_high } = mm.t.zone;
  const { kswapd_order, kswapd_highest_zoneidx } = mm.t.node;
  const vmscan = createVmscan(k);
  const { all_unreclaimable, pages_scanned } = zoneReclaim(mm);
  const deferred = remember<Deferred>(new Map());
  /** By node: what kswapd is asked for beyond order 0, for whose zones, and (number of the nap) whether it naps. */
  const max_order = remember(new Int32Array(mm.t.sizes.nodes));
  const classzone = remember(new Int32Array(mm.t.sizes.nodes).fill(ZONE_DEVICE - 1));
  const nap = remember({ count: 0, of: new Array<number>(mm.t.sizes.nodes).fill(0) });
  remember(nap.of);
  const populated = (nid: number, last: number): number[] => Array.from({ length: last + 1 }, (_, zone) => zoneRow(nid, zone)).filter((row) => populated_zone(mm, row));
  const suitable = (row: number, order: number): boolean => compaction_suitable(mm, row, order, 0, 0) > COMPACT_SKIPPED;
  const compacts = configured(mm, 'COMPACTION');
  const gap = (row: number): number => Math.min(watermark_low[row] as number, Math.ceil((managed_pages[row] as number) / KSWAPD_ZONE_BALANCE_GAP_RATIO));

  function zone_balanced(row: number, order: number, balance_gap: number, classzone_idx: number): boolean {
    return zone_watermark_ok(mm, row, order, (watermark_high[row] as number) + balance_gap, classzone_idx) && (!compacts || order === 0 || suitable(row, order));
  }
  /** All zones for a single page; for a chunk zones with a quarter of the memory it may come from. */
  function pgdat_balanced(nid: number, order: number, classzone_idx: number): boolean {
    let managed = 0;
    let balanced = 0;
    for (const row of populated(nid, classzone_idx)) {
      managed += managed_pages[row] as number;
      if (all_unreclaimable[row] === 1 || zone_balanced(row, order, 0, row - zoneRow(nid, 0))) balanced += managed_pages[row] as number;
      else if (order === 0) return false;
    }
    return order === 0 || balanced >= managed >> 2;
  }
  /** Objects that caches gave back; what that freed counts as reclaimed. */
  function shrink_slab(sc: ScanControl, lru_pages: number): number {
    const free = freePages(k);
    const objects = shrink_slab_by_share(k, deferred, sc.nr_scanned, lru_pages, true, (looked) => count_vm_events(mm, VM.slabs_scanned, looked));
    if (objects > 0) sc.nr_reclaimed += Math.max(0, freePages(k) - free);
    return objects;
  }
  const control = (order: number, kswapd: boolean): ScanControl => ({ order, kswapd, nr_to_reclaim: SWAP_CLUSTER_MAX, priority: DEF_PRIORITY, nr_scanned: 0, nr_reclaimed: 0 });

  /** True: as much was looked at as would have been enough, so that there is no need to press harder. */
  function kswapd_shrink_zone(row: number, classzone_idx: number, sc: ScanControl, lru_pages: number, attempted: { pages: number }): boolean {
    sc.nr_to_reclaim = Math.max(SWAP_CLUSTER_MAX, watermark_high[row] as number);
    const testorder = compacts && sc.order > 0 && suitable(row, sc.order) ? 0 : sc.order;
    if (zone_balanced(row, testorder, gap(row), classzone_idx)) return true;
    vmscan.shrink_zone(row, sc);
    const objects = shrink_slab(sc, lru_pages);
    attempted.pages += sc.nr_to_reclaim;
    if (objects === 0 && (pages_scanned[row] as number) >= 6 * vmscan.zone_reclaimable_pages(row)) all_unreclaimable[row] = 1;
    if (all_unreclaimable[row] === 0 && zone_balanced(row, testorder, 0, classzone_idx)) vmscan.tail_lru_dirty[row] = 0;
    return sc.nr_scanned >= sc.nr_to_reclaim;
  }
  /** The highest zone that needs it; -1: none does. */
  function end_zone(nid: number, sc: ScanControl): number {
    for (const row of populated(nid, ZONE_DEVICE - 1).toReversed()) {
      if (all_unreclaimable[row] === 1 && sc.priority !== DEF_PRIORITY) continue;
      vmscan.age_active_anon(row, sc);
      if (!zone_balanced(row, sc.order, 0, 0)) return row - zoneRow(nid, 0);
      vmscan.tail_lru_dirty[row] = 0;
    }
    return -1;
  }
  /** From the lowest zone up to the highest that needs it, with rising pressure. The order it ended with, and that zone. */
  function* balance_pgdat(nid: number, wanted: number, classzone_idx: number): Kthread<readonly [order: number, end_zone: number]> {
    const sc = control(wanted, true);
    let end = 0;
    count_vm_event(mm, VM.pageoutrun);
    do {
      const attempted = { pages: 0 };
      let raise_priority = true;
      sc.nr_reclaimed = 0;
      end = end_zone(nid, sc);
      if (end < 0) return [sc.order, 0];
      const rows = populated(nid, end);
      const lru_pages = rows.reduce((sum, row) => sum + vmscan.zone_reclaimable_pages(row), 0);
      const needs_compaction = sc.order > 0 && rows.every((row) => !zone_watermark_ok(mm, row, sc.order, watermark_low[row] as number, classzone_idx));
      for (const row of rows) {
        if (all_unreclaimable[row] === 1 && sc.priority !== DEF_PRIORITY) continue;
        sc.nr_scanned = 0;
        if (kswapd_shrink_zone(row, end, sc, lru_pages, attempted)) raise_priority = false;
      }
      // Twice the chunk was freed: whoever wants it compacts.
      if (sc.order > 0 && sc.nr_reclaimed >= 2 << sc.order) sc.order = 0;
      if (compacts && needs_compaction && sc.nr_reclaimed > attempted.pages) yield* compact_pgdat(nid, sc.order);
      if (raise_priority || sc.nr_reclaimed === 0) sc.priority--;
      yield;
    } while (sc.priority >= 1 && !pgdat_balanced(nid, sc.order, classzone_idx));
    return [sc.order, end];
  }
  function* compact_pgdat(nid: number, order: number): Kthread<void> {
    for (const row of populated(nid, ZONE_DEVICE - 1)) if (order > 0 && !compaction_deferred(mm, row, order)) yield* compact_zone(mm, buddy, compact_control({ zone: row, order, mode: MIGRATE_ASYNC }));
  }

  /** What kswapd is asked for; from now on for nothing. */
  function take(nid: number): readonly [order: number, classzone_idx: number] {
    const asked = [max_order[nid] as number, classzone[nid] as number] as const;
    max_order[nid] = 0;
    classzone[nid] = ZONE_DEVICE - 1;
    return asked;
  }
  /** From waking up to the nap. Source: kswapd(), kswapd_try_to_sleep(). */
  function* kswapd(nid: number): Kthread<void> {
    yield;
    let [order, classzone_idx] = take(nid);
    for (;;) {
      kswapd_order[nid] = order + 1;
      kswapd_highest_zoneidx[nid] = classzone_idx + 1;
      mm.trace(EV.mm_vmscan_kswapd_wake, nid, classzone_idx, order);
      const [balanced_order, balanced_zone] = yield* balance_pgdat(nid, order, classzone_idx);
      if (balanced_zone >= classzone_idx && balanced_order === order) {
        const [new_order, new_zone] = take(nid);
        if (order < new_order || classzone_idx > new_zone) {
          [order, classzone_idx] = [new_order, new_zone];
          continue;
        }
      }
      if (pgdat_balanced(nid, balanced_order, balanced_zone)) return take_nap(nid, balanced_order, balanced_zone);
      count_vm_event(mm, VM.kswapd_high_wmark_hit_quickly);
      [order, classzone_idx] = take(nid);
    }
  }
  function wake(nid: number): void {
    nap.of[nid] = 0;
    start_kswapd(k, nid, kswapd(nid));
  }
  function take_nap(nid: number, order: number, classzone_idx: number): void {
    const number = ++nap.count;
    nap.of[nid] = number;
    const wakes = (): void => {
      if (nap.of[nid] !== number) return;
      if (pgdat_balanced(nid, order, classzone_idx)) {
        nap.of[nid] = kswapd_order[nid] = kswapd_highest_zoneidx[nid] = 0;
        mm.trace(EV.mm_vmscan_kswapd_sleep, nid);
        return;
      }
      count_vm_event(mm, VM.kswapd_high_wmark_hit_quickly);
      wake(nid);
    };
    if (k.queue_delayed_work === undefined) wakes();
    else k.queue_delayed_work(NAP_MS, wakes);
  }
  function wakeup_kswapd(nid: number, order: number, highest_zoneidx: number): void {
    if (k.kthreads === undefined) return;
    for (const row of populated(nid, Math.min(highest_zoneidx, ZONE_DEVICE - 1)).toReversed()) {
      if ((max_order[nid] as number) < order) {
        max_order[nid] = order;
        classzone[nid] = Math.min(classzone[nid] as number, highest_zoneidx);
      }
      const naps = nap.of[nid] !== 0;
      if ((kswapd_order[nid] !== 0 && !naps) || zone_watermark_ok(mm, row, order, watermark_low[row] as number, 0)) continue;
      if (naps) count_vm_event(mm, VM.kswapd_low_wmark_hit_quickly);
      mm.trace(EV.mm_vmscan_wakeup_kswapd, nid, row - zoneRow(nid, 0), order);
      kswapd_order[nid] = order + 1;
      wake(nid);
    }
  }

  /** Compaction has room enough in this zone to make the chunk: reclaim ends, and the request is tried again. */
  function compaction_ready(row: number, order: number): boolean {
    if (!compacts || order <= PAGE_ALLOC_COSTLY_ORDER) return false;
    const enough = zone_watermark_ok(mm, row, 0, (watermark_high[row] as number) + gap(row) + (2 << order), 0);
    return enough && (compaction_deferred(mm, row, order) || suitable(row, order));
  }
  function do_try_to_free_pages(sc: ScanControl, rows: readonly number[]): number {
    let total_scanned = 0;
    let aborted = false;
    for (; sc.priority >= 0 && !aborted; sc.priority--) {
      sc.nr_scanned = 0;
      for (const row of rows) {
        if (all_unreclaimable[row] === 1 && sc.priority !== DEF_PRIORITY) continue;
        if (compaction_ready(row, sc.order)) aborted = true;
        else vmscan.shrink_zone(row, sc);
      }
      shrink_slab(sc, rows.reduce((sum, row) => sum + vmscan.zone_reclaimable_pages(row), 0));
      total_scanned += sc.nr_scanned;
      if (sc.nr_reclaimed >= sc.nr_to_reclaim) break;
      if (total_scanned > sc.nr_to_reclaim + (sc.nr_to_reclaim >> 1)) k.filemap?.writeback();
    }
    return sc.nr_reclaimed > 0 ? sc.nr_reclaimed : aborted ? 1 : 0;
  }
  /** Changes whenever reclaim does anything in these zones. */
  const looked = (rows: readonly number[]): string => `${rows.map((row) => `${pages_scanned[row]} ${all_unreclaimable[row]}`).join(' ')} ${freePages(k)}`;
  function try_to_free_pages(order: number, highest_zoneidx: number, nid: number, nodemask: number): number {
    const rows = buddy.zonelist(nid, highest_zoneidx).filter((row) => (nodemask & (1 << zone_to_nid(row))) !== 0 && populated_zone(mm, row));
    mm.trace(EV.mm_vmscan_direct_reclaim_begin, order, highest_zoneidx);
    for (;;) {
      const sc = control(order, false);
      count_vm_event(mm, VM.allocstall_normal);
      const freed = do_try_to_free_pages(sc, rows);
      if (freed > 0 || rows.every((row) => all_unreclaimable[row] === 1)) {
        mm.trace(EV.mm_vmscan_direct_reclaim_end, freed);
        return freed;
      }
      // There is hope yet: whoever asked waits, and kswapd, which alone can find a zone hopeless, has its turn. Where it has nothing to do reclaim cannot help.
      const before = looked(rows);
      for (const node of new Set(rows.map(zone_to_nid))) runToEnd(balance_pgdat(node, order, ZONE_DEVICE - 1));
      if (looked(rows) !== before) continue;
      mm.trace(EV.mm_vmscan_direct_reclaim_end, 0);
      return 0;
    }
  }
  return { wakeup_kswapd, try_to_free_pages, zone_reclaimable_pages: vmscan.zone_reclaimable_pages };
}
