/**
 * Mirrors: kcompactd of mm/compaction.c (6.1): a thread a node that makes chunks of an order somebody could not get and did not wait for.
 * Every half second it looks whether a node's free memory is in too many pieces. Here it looks when somebody mapped, unmapped or reclaimed, and again while it is: a machine on which nobody
 * works stands still.
 */
import type { Kthread } from '../kernel/kthread.ts';
import { remember } from '../lib/remember.ts';
import { MAX_NR_ZONES } from '../uapi/mmzone.ts';
import { EV } from '../uapi/trace.ts';
import type { Kernel } from './kernel.ts';
import { COMPACT_COMPLETE, COMPACT_CONTINUE, COMPACT_PARTIAL_SKIPPED, COMPACT_SUCCESS, MIGRATE_SYNC_LIGHT } from './compact_control.ts';
import { COMPACT_MAX_DEFER_SHIFT, compaction_defer_reset, compaction_deferred, defer_compaction } from './compact_defer.ts';
import { compact_control, compact_zone, compaction_suitable } from './compaction.ts';
import { hasKcompactd, kcompactdOf } from './kswapd.ts';
import { populated_zone } from './mmzone.ts';
import { fragmentation_score_node, should_proactive_compact_node } from './fragmentation.ts';
import { count_vm_event, count_vm_events, VM } from './vm_event.ts';

interface Wish {
  /** The largest order and the lowest zone limit asked for since it slept. */
  max_order: number;
  highest_zoneidx: number;
  awake: boolean;
  /** It will look at the node's fragmentation after a while. */
  looks: boolean;
}
const wishes = new WeakMap<Kernel, Map<number, Wish>>();
function wishOf(k: Kernel, nid: number): Wish {
  const nodes = wishes.get(k) ?? remember(new Map<number, Wish>());
  wishes.set(k, nodes);
  const wish = nodes.get(nid) ?? remember({ max_order: 0, highest_zoneidx: MAX_NR_ZONES - 1, awake: false, looks: false });
  nodes.set(nid, wish);
  return wish;
}
const zonesUpTo = (k: Kernel, nid: number, highest_zoneidx: number): number[] =>
  Array.from({ length: highest_zoneidx + 1 }, (_, zone) => nid * MAX_NR_ZONES + zone).filter((row) => populated_zone(k.mm, row));

/** Somebody failed to get a chunk of this order on the node. If compaction could make one, the thread is woken. Source: wakeup_kcompactd(). */
export function wakeup_kcompactd(k: Kernel, nid: number, order: number, highest_zoneidx: number): void {
  if (!hasKcompactd(k.mm) || k.kthreads === undefined) return;
  consider_proactive_compaction(k, nid);
  if (order === 0) return;
  const wish = wishOf(k, nid);
  wish.max_order = Math.max(wish.max_order, order);
  wish.highest_zoneidx = Math.min(wish.highest_zoneidx, highest_zoneidx);
  if (!zonesUpTo(k, nid, wish.highest_zoneidx).some((row) => compaction_suitable(k.mm, row, wish.max_order, 0, wish.highest_zoneidx) === COMPACT_CONTINUE)) return;
  k.mm.trace(EV.mm_compaction_wakeup_kcompactd, nid, order, highest_zoneidx);
  if (wish.awake) return;
  wish.awake = true;
  const [pid, name] = kcompactdOf(nid);
  k.kthreads.work(pid, name, kcompactd(k, nid, wish));
}
function* kcompactd(k: Kernel, nid: number, wish: Wish): Kthread<void> {
  while (wish.max_order > 0) {
    const { max_order, highest_zoneidx } = wish;
    wish.max_order = 0;
    wish.highest_zoneidx = MAX_NR_ZONES - 1;
    yield* kcompactd_do_work(k, nid, max_order, highest_zoneidx);
  }
  wish.awake = false;
  k.mm.trace(EV.mm_compaction_kcompactd_sleep, nid);
}

const HPAGE_FRAG_CHECK_INTERVAL_MSEC = 500;
/** Without success it looks again after 32 s. */
const DEFERRED_MSEC = HPAGE_FRAG_CHECK_INTERVAL_MSEC << COMPACT_MAX_DEFER_SHIFT;
/** Memory of a node was taken or given back: if what is free is in too many pieces, kcompactd will see it at its next look. */
export function consider_proactive_compaction(k: Kernel, nid: number, ms = HPAGE_FRAG_CHECK_INTERVAL_MSEC): void {
  if (!hasKcompactd(k.mm) || k.kthreads === undefined || k.queue_delayed_work === undefined) return;
  const wish = wishOf(k, nid);
  if (wish.looks || !should_proactive_compact_node(k.mm, nid)) return;
  wish.looks = true;
  k.queue_delayed_work(ms, () => {
    wish.looks = false;
    proactive_compact_trigger(k, nid);
  });
}
/** Somebody set vm.compaction_proactiveness: it looks at once. Source: compaction_proactiveness_sysctl_handler(). */
export function wake_for_proactiveness(k: Kernel, nid: number): void {
  k.mm.trace(EV.mm_compaction_wakeup_kcompactd, nid, -1, MAX_NR_ZONES - 1);
  proactive_compact_trigger(k, nid);
}
function proactive_compact_trigger(k: Kernel, nid: number): void {
  const wish = wishOf(k, nid);
  if (wish.awake || !should_proactive_compact_node(k.mm, nid)) return;
  wish.awake = true;
  const [pid, name] = kcompactdOf(nid);
  k.kthreads?.work(pid, name, proactive_compact_node(k, nid, wish));
}
function* proactive_compact_node(k: Kernel, nid: number, wish: Wish): Kthread<void> {
  const { mm, buddy } = k;
  const before = fragmentation_score_node(mm, nid);
  for (const zone of zonesUpTo(k, nid, MAX_NR_ZONES - 1)) {
    const cc = compact_control({ zone, order: -1, mode: MIGRATE_SYNC_LIGHT, ignore_skip_hint: true, whole_zone: true, proactive_compaction: true });
    yield* compact_zone(mm, buddy, cc);
    count_vm_events(mm, VM.compact_daemon_migrate_scanned, cc.total_migrate_scanned);
    count_vm_events(mm, VM.compact_daemon_free_scanned, cc.total_free_scanned);
  }
  consider_proactive_compaction(k, nid, fragmentation_score_node(mm, nid) >= before ? DEFERRED_MSEC : HPAGE_FRAG_CHECK_INTERVAL_MSEC);
  // What somebody asked for meanwhile comes next.
  yield* kcompactd(k, nid, wish);
}
function* kcompactd_do_work(k: Kernel, nid: number, order: number, highest_zoneidx: number): Kthread<void> {
  const { mm, buddy } = k;
  mm.trace(EV.mm_compaction_kcompactd_wake, nid, order, highest_zoneidx);
  count_vm_event(mm, VM.compact_daemon_wake);
  for (const zone of zonesUpTo(k, nid, highest_zoneidx)) {
    if (compaction_deferred(mm, zone, order) || compaction_suitable(mm, zone, order, 0, zone % MAX_NR_ZONES) !== COMPACT_CONTINUE) continue;
    const cc = compact_control({ zone, order, mode: MIGRATE_SYNC_LIGHT, highest_zoneidx });
    const status = yield* compact_zone(mm, buddy, cc);
    if (status === COMPACT_SUCCESS) compaction_defer_reset(mm, zone, order, false);
    else if (status === COMPACT_PARTIAL_SKIPPED || status === COMPACT_COMPLETE) {
      buddy.drain_all_pages(zone);
      defer_compaction(mm, zone, order);
    }
    count_vm_events(mm, VM.compact_daemon_migrate_scanned, cc.total_migrate_scanned);
    count_vm_events(mm, VM.compact_daemon_free_scanned, cc.total_free_scanned);
  }
}
