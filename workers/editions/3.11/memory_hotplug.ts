/**
 * Mirrors: online_pages() and __offline_pages() of mm/memory_hotplug.c (3.11), in the kernel's own order, with its ways out: 120 seconds at most, five portions that cannot be
 * collected, the cancel before the isolation is undone, and a border moved before anybody may refuse. Source: recordings of 3.11, spec hotplug-callgraph.md.
 * Left out: writeback limits. Why: they cannot be seen here.
 */
import type { Kernel } from '../../mm/kernel.ts';
import type { Kthread } from '../../kernel/kthread.ts';
import { kswapd_run, kswapd_stop } from '../../mm/kswapd.ts';
import { notifier_to_errno } from '../../kernel/notifier.ts';
import { called, passed, within } from '../../mm/call_path.ts';
import { traced } from '../../mm/memory_block.ts';
import { adjust_present_page_count, at as stepAt, markSections, PHASE_ACCOUNT, PHASE_GOING, PHASE_ISOLATE, PHASE_MIGRATE, PHASE_TEST } from '../../mm/memory_hotplug.ts';
import { memory_notify } from '../../mm/memory_notify.ts';
import { configured, type Mm } from '../../mm/mm.ts';
import type { OfflineRefusal } from '../../mm/offline_refusal.ts';
import { block_start_pfn, page_zone_row, populated_zone, sumZones, zone_idx, zone_to_nid } from '../../mm/mmzone.ts';
import { changed, changedRange } from '../../mm/rmap.ts';
import { adjust_managed_page_count, init_per_zone_wmark_min } from '../../mm/watermarks.ts';
import { build_all_zonelists } from '../../mm/zonelist.ts';
import { ERRNO } from '../../uapi/errno.ts';
import { FN } from '../../uapi/functions.ts';
import { H_TIME_HI, H_TIME_LO, NODE_MEMORY, STATE_BUDDY, STATE_ORDER } from '../../uapi/layout.ts';
import {
  MEM_CANCEL_OFFLINE, MEM_CANCEL_ONLINE, MEM_GOING_OFFLINE, MEM_GOING_ONLINE, MEM_OFFLINE, MEM_ONLINE, MMOP_ONLINE_KERNEL, MMOP_ONLINE_MOVABLE,
} from '../../uapi/memory_block.ts';
import { pageblock_nr_pages, ZONE_MOVABLE, ZONE_NORMAL } from '../../uapi/mmzone.ts';
import { KIND_PG_RESERVED, KIND_RESERVED } from '../../uapi/page_kind.ts';
import { EV, OFFLINE_REASONS } from '../../uapi/trace.ts';
import { PAGE_SIZE, type Pfn } from '../../uapi/units.ts';
import { do_migrate_range, scan_lru_pages } from './migrate.ts';
import { setup_zone_migrate_reserve } from './migrate_reserve.ts';
import { first_unmovable, has_unmovable_pages, start_isolate_page_range, test_pages_in_a_zone, test_pages_isolated, undo_isolate_page_range } from './page_isolation.ts';
import { zone_pcp_reset, zone_pcp_update } from './pageset.ts';
import { grow_caches, OBJECTS_OF_ONLINE } from './slab.ts';
import { systemRam } from './system_ram.ts';
import { movable_node_configured, move_pfn_range_left, move_pfn_range_right, N_NORMAL_MEMORY } from './zone.ts';

/** offline_pages() gives up after this: 120 × HZ. */
const TIMEOUT_NS = 120e9;
/** Portions that could not be collected, before the offline gives up. */
const RETRY_MAX = 5;
const LEVEL_INFO = 6;

/** The highest zone that N_NORMAL_MEMORY speaks of. */
const zone_last = (mm: Mm): number => (movable_node_configured(mm) ? ZONE_NORMAL : ZONE_MOVABLE);
const now = (mm: Mm): number => (mm.t.header[H_TIME_HI] as number) * 2 ** 32 + ((mm.t.header[H_TIME_LO] as number) >>> 0);

/** What follows from zones' sizes. */
function init_wmark_min({ mm, buddy }: Kernel): void {
  init_per_zone_wmark_min(mm);
  setup_zone_migrate_reserve(mm, buddy);
}

export const memory_block_online = (k: Kernel, id: number): Kthread<number> => traced(k.mm, 'memory_block_action', id, online_block(k, id));
function* online_block(k: Kernel, id: number): Kthread<number> {
  const { mm } = k;
  const { memory_block: b } = mm.t;
  const start = block_start_pfn(mm, id);
  const ret = yield* online_pages(k, start, 1 << mm.PFN_BLOCK_SHIFT, b.online_type[id] as number, (b.group[id] as number) - 1);
  if (ret === 0) b.zone[id] = test_pages_in_a_zone(mm, start, start + (1 << mm.PFN_BLOCK_SHIFT)) ? zone_idx(page_zone_row(mm, start)) : -1;
  return ret;
}
export const memory_block_offline = (k: Kernel, id: number): Kthread<number> => traced(k.mm, 'memory_block_action', id, offline_block(k, id));
function* offline_block(k: Kernel, id: number): Kthread<number> {
  const { mm } = k;
  const { memory_block: b } = mm.t;
  const start = block_start_pfn(mm, id);
  if (!configured(mm, 'MEMORY_HOTREMOVE')) return -ERRNO.EINVAL;
  const ret = yield* __offline_pages(k, start, start + (1 << mm.PFN_BLOCK_SHIFT), (b.group[id] as number) - 1);
  if (ret === 0) b.zone[id] = -1;
  return ret;
}

/** The border between ZONE_MOVABLE and the zone below it moves, where the type asks for it. 0 or -EINVAL. */
function* move_border(mm: Mm, pfn: number, end: number, online_type: number): Kthread<number> {
  const row = page_zone_row(mm, pfn);
  const zone = zone_idx(row);
  const nid = zone_to_nid(row);
  // Without CONFIG_MOVABLE_NODE a node has normal memory before it has any other.
  if ((zone > ZONE_NORMAL || online_type === MMOP_ONLINE_MOVABLE) && !movable_node_configured(mm) && ((mm.t.node.state[nid] as number) & N_NORMAL_MEMORY(mm)) === 0) return -ERRNO.EINVAL;
  let moved = true;
  if (online_type === MMOP_ONLINE_KERNEL && zone === ZONE_MOVABLE) {
    yield* called(mm, 'move_pfn_range_left', () => {
      moved = move_pfn_range_left(mm, row - 1, row, pfn, end);
    }, pfn, end);
  }
  if (online_type === MMOP_ONLINE_MOVABLE && zone === ZONE_MOVABLE - 1) {
    yield* called(mm, 'move_pfn_range_right', () => {
      moved = move_pfn_range_right(mm, row, row + 1, pfn, end);
    }, pfn, end);
  }
  return moved ? 0 : -ERRNO.EINVAL;
}

/** Brings a block's pages online. 0, -EINVAL (the node or the border does not allow it), or the -errno of a listener that refused: a border that moved stays where it is. */
function* online_pages(k: Kernel, pfn: number, nr_pages: number, online_type: number, group: number): Kthread<number> {
  const { mm, buddy } = k;
  const end = pfn + nr_pages;
  const { state } = mm.t.node;
  mm.trace(EV.online_pages, pfn, nr_pages, zone_idx(page_zone_row(mm, pfn)));
  mm.trace(EV.sim_func_entry, FN.online_pages, pfn, nr_pages);
  stepAt(mm, 'online_pages', PHASE_GOING, pfn, 0);
  yield;
  const refused = yield* move_border(mm, pfn, end, online_type);
  if (refused !== 0) return yield* left(mm, 'online_pages', EV.online_pages_ret, refused);

  const row = page_zone_row(mm, pfn);
  const nid = zone_to_nid(row);
  const arg = {
    start_pfn: pfn, nr_pages,
    status_change_nid_normal: zone_idx(row) <= zone_last(mm) && ((state[nid] as number) & N_NORMAL_MEMORY(mm)) === 0 ? nid : -1,
    status_change_nid: ((state[nid] as number) & NODE_MEMORY) === 0 ? nid : -1,
  };
  const ret = notifier_to_errno(yield* memory_notify(k, MEM_GOING_ONLINE, arg));
  if (ret !== 0) {
    yield* memory_notify(k, MEM_CANCEL_ONLINE, arg);
    return yield* left(mm, 'online_pages', EV.online_pages_ret, ret);
  }

  stepAt(mm, 'online_pages', PHASE_ACCOUNT, pfn, 0);
  const unpopulated = !populated_zone(mm, row);
  if (unpopulated) {
    yield* called(mm, 'zone_pcp_reset', () => zone_pcp_reset(mm, row));
    yield* called(mm, 'build_all_zonelists', () => build_all_zonelists(mm, buddy));
  }
  // Only what is System RAM comes: behind the end of a small DIMM there is none.
  let onlined = 0;
  yield* called(mm, 'online_pages_range', () => {
    markSections(mm, pfn, end, true);
    const ranges = systemRam(k.iomem, pfn, end);
    // The rest stays reserved, as it was while the block was offline.
    for (let at = pfn; at < end; at++) if (!ranges.some((ram) => ram.start <= at && at < ram.end)) mm.t.memmap.kind[at] = KIND_RESERVED | KIND_PG_RESERVED;
    changedRange(mm, pfn, end);
    for (const ram of ranges) {
      // Page by page, over the per-cpu list: the last ones wait there, and are the first to be used. Source: online_pages_range(), __free_page().
      for (let at = ram.start; at < ram.end; at++) buddy.free_pages(at, 0);
      adjust_managed_page_count(mm, row, ram.end - ram.start);
      onlined += ram.end - ram.start;
    }
    adjust_present_page_count(mm, row, group, pfn, onlined);
  }, pfn, nr_pages);
  if (onlined > 0) {
    yield* called(mm, 'node_states_set_node', () => {
      if (arg.status_change_nid_normal >= 0) state[nid] = (state[nid] as number) | N_NORMAL_MEMORY(mm);
      state[nid] = (state[nid] as number) | NODE_MEMORY;
    }, nid);
    if (unpopulated) yield* called(mm, 'build_all_zonelists', () => build_all_zonelists(mm, buddy));
    else yield* called(mm, 'zone_pcp_update', () => zone_pcp_update(mm, row));
  }
  yield* called(mm, 'init_per_zone_wmark_min', () => init_wmark_min(k));
  if (onlined > 0) {
    yield* called(mm, 'kswapd_run', () => kswapd_run(k, nid), nid);
    yield* passed(mm, 'writeback_set_ratelimit');
    yield* memory_notify(k, MEM_ONLINE, arg);
  }
  grow_caches(k, OBJECTS_OF_ONLINE);
  return yield* left(mm, 'online_pages', EV.online_pages_ret, 0);
}

function* left(mm: Mm, fn: 'online_pages' | '__offline_pages', event: number, ret: number, reason = 0): Kthread<number> {
  mm.trace(EV.sim_func_exit, FN[fn], ret);
  mm.trace(event, ret, reason);
  yield;
  return ret;
}

/** The last normal memory of a node stays while there is other memory on it, unless the kernel was configured for nodes of movable memory only. */
function can_offline_normal(mm: Mm, nid: number, nr_pages: number): boolean {
  if (movable_node_configured(mm)) return true;
  const normal = sumZones(mm, nid, 'present_pages', ZONE_NORMAL);
  return normal > nr_pages || sumZones(mm, nid, 'present_pages') === normal;
}

/**
 * Takes [start_pfn, end_pfn) away. 0; -EINVAL (two zones, or the node's last normal memory); -EBUSY (isolation: nobody hears of it; or a page that is not free in the end);
 * a listener's errno; -EINTR (a signal); -EAGAIN (120 seconds). After MEM_GOING_OFFLINE every failure is logged, cancelled, and only then undone.
 */
function* __offline_pages(k: Kernel, start_pfn: number, end_pfn: number, group: number): Kthread<number> {
  const { mm, buddy } = k;
  const nr_pages = end_pfn - start_pfn;
  mm.trace(EV.offline_pages, start_pfn, nr_pages);
  mm.trace(EV.sim_func_entry, FN.__offline_pages, start_pfn, nr_pages);
  stepAt(mm, '__offline_pages', PHASE_ISOLATE, start_pfn, 0);
  yield;
  const done = (ret: number, reason: (typeof OFFLINE_REASONS)[number]): Kthread<number> => left(mm, '__offline_pages', EV.offline_pages_ret, ret, OFFLINE_REASONS.indexOf(reason));
  if (!test_pages_in_a_zone(mm, start_pfn, end_pfn)) return yield* done(-ERRNO.EINVAL, 'multizone range');
  const row = page_zone_row(mm, start_pfn);
  const nid = zone_to_nid(row);
  if (zone_idx(row) <= ZONE_NORMAL && !can_offline_normal(mm, nid, nr_pages)) return yield* done(-ERRNO.EINVAL, 'notifier failure');
  const isolated = yield* start_isolate_page_range(k, start_pfn, end_pfn);
  if (isolated !== 0) return yield* done(isolated, 'failure to isolate range');

  stepAt(mm, '__offline_pages', PHASE_GOING, start_pfn, 0);
  const arg = {
    start_pfn, nr_pages,
    status_change_nid_normal: zone_idx(row) <= zone_last(mm) && sumZones(mm, nid, 'present_pages', zone_last(mm)) <= nr_pages ? nid : -1,
    status_change_nid: sumZones(mm, nid, 'present_pages', ZONE_MOVABLE) <= nr_pages ? nid : -1,
  };
  let ret = notifier_to_errno(yield* memory_notify(k, MEM_GOING_OFFLINE, arg));
  let reason: (typeof OFFLINE_REASONS)[number] = 'notifier failure';
  let offlined = 0;
  if (ret === 0) {
    ret = yield* migrateAll(k, start_pfn, end_pfn);
    reason = ret === -ERRNO.EINTR ? 'signal backoff' : 'unmovable page';
  }
  if (ret === 0) {
    stepAt(mm, '__offline_pages', PHASE_TEST, start_pfn, 0);
    yield* called(mm, 'check_pages_isolated', () => {
      offlined = check_pages_isolated(k, start_pfn, end_pfn);
    }, start_pfn, end_pfn);
    if (offlined < 0) ret = -ERRNO.EBUSY;
  }
  if (ret !== 0) {
    const hex = (pfn: number): string => `0x${(pfn * PAGE_SIZE).toString(16).padStart(8, '0')}`;
    mm.printk(LEVEL_INFO, `memory offlining [mem ${hex(start_pfn)}-0x${(end_pfn * PAGE_SIZE - 1).toString(16).padStart(8, '0')}] failed`);
    yield* memory_notify(k, MEM_CANCEL_OFFLINE, arg);
    yield* within(mm, 'undo_isolate_page_range', undo_isolate_page_range(k, start_pfn, end_pfn), start_pfn, end_pfn);
    return yield* done(ret, reason);
  }

  mm.printk(LEVEL_INFO, `Offlined Pages ${offlined}`);
  stepAt(mm, '__offline_pages', PHASE_ACCOUNT, start_pfn, 0);
  yield* called(mm, 'offline_isolated_pages', () => {
    markSections(mm, start_pfn, end_pfn, false);
    offline_isolated_pages(k, start_pfn, end_pfn);
  }, start_pfn, end_pfn);
  yield* within(mm, 'undo_isolate_page_range', undo_isolate_page_range(k, start_pfn, end_pfn), start_pfn, end_pfn);
  adjust_managed_page_count(mm, row, -offlined);
  adjust_present_page_count(mm, row, group, start_pfn, -offlined);
  yield* called(mm, 'init_per_zone_wmark_min', () => init_wmark_min(k));
  if (populated_zone(mm, row)) yield* called(mm, 'zone_pcp_update', () => zone_pcp_update(mm, row));
  else {
    yield* called(mm, 'zone_pcp_reset', () => zone_pcp_reset(mm, row));
    yield* called(mm, 'build_all_zonelists', () => build_all_zonelists(mm, buddy));
  }
  const { state } = mm.t.node;
  yield* called(mm, 'node_states_clear_node', () => {
    if (arg.status_change_nid_normal >= 0) state[nid] = (state[nid] as number) & ~N_NORMAL_MEMORY(mm);
    if (arg.status_change_nid >= 0) state[nid] = (state[nid] as number) & ~NODE_MEMORY;
  }, nid);
  if (arg.status_change_nid >= 0) yield* called(mm, 'kswapd_stop', () => kswapd_stop(k, nid), nid);
  yield* passed(mm, 'writeback_set_ratelimit');
  yield* memory_notify(k, MEM_OFFLINE, arg);
  return yield* done(0, '');
}

/** The tests above without doing anything. A page that cannot be moved is found at the very end, when the rest has moved. */
export function offline_refusal({ mm }: Kernel, id: number): OfflineRefusal | undefined {
  const start = block_start_pfn(mm, id);
  const end = start + (1 << mm.PFN_BLOCK_SHIFT);
  if (!configured(mm, 'MEMORY_HOTREMOVE')) return { errno: ERRNO.EINVAL, reason: { code: 'not_configured', option: 'MEMORY_HOTREMOVE' } };
  if (!test_pages_in_a_zone(mm, start, end)) return { errno: ERRNO.EINVAL, reason: { code: 'two_zones' } };
  const row = page_zone_row(mm, start);
  if (zone_idx(row) <= ZONE_NORMAL && !can_offline_normal(mm, zone_to_nid(row), end - start)) return { errno: ERRNO.EINVAL, reason: { code: 'last_normal' } };
  for (let pfn = start; pfn < end; pfn += pageblock_nr_pages) {
    const unmovable = has_unmovable_pages(mm, pfn);
    if (unmovable >= 0) return { errno: ERRNO.EBUSY, reason: { code: 'isolate', pfn: unmovable as Pfn } };
  }
  const stays = first_unmovable(mm, start, end);
  return stays >= 0 ? { errno: ERRNO.EBUSY, reason: { code: 'no_lru', pfn: stays as Pfn } } : undefined;
}

/** Portion by portion until no page of the range is on an LRU list. 0, -EAGAIN (time is up), -EINTR, or what the fifth portion that failed as a whole answered. */
function* migrateAll(k: Kernel, start_pfn: number, end_pfn: number): Kthread<number> {
  const { mm } = k;
  const expire = now(mm) + TIMEOUT_NS;
  let retry_max = RETRY_MAX;
  for (let pass = 1; ; pass++) {
    if (now(mm) > expire) return -ERRNO.EAGAIN;
    if (mm.signal_pending()) return -ERRNO.EINTR;
    if (pass > 1) yield* called(mm, 'lru_add_drain_all', () => {});
    const pfn = scan_lru_pages(mm, start_pfn, end_pfn);
    mm.trace(EV.sim_func_entry, FN.scan_lru_pages, start_pfn, end_pfn);
    mm.trace(EV.sim_func_exit, FN.scan_lru_pages, pfn);
    if (pfn < 0) break;
    stepAt(mm, 'do_migrate_range', PHASE_MIGRATE, pfn, pass);
    const ret = yield* do_migrate_range(k, pfn, end_pfn);
    if (ret < 0 && --retry_max === 0) return ret;
  }
  yield* called(mm, 'lru_add_drain_all', () => {});
  yield* passed(mm, 'drain_all_pages');
  return 0;
}

/** Pages of the range that are RAM, if all of them are free and isolated; else -EBUSY. There is no second look. */
function check_pages_isolated({ mm, iomem }: Kernel, start_pfn: number, end_pfn: number): number {
  let pages = 0;
  for (const ram of systemRam(iomem, start_pfn, end_pfn)) {
    const ret = test_pages_isolated(mm, ram.start, ram.end);
    if (ret !== 0) return ret;
    pages += ram.end - ram.start;
  }
  return pages;
}

/** Free pages leave their lists. NR_FREE_PAGES fell when they were isolated. */
function offline_isolated_pages(k: Kernel, start_pfn: number, end_pfn: number): void {
  const { state, kind } = k.mm.t.memmap;
  for (let pfn = start_pfn; pfn < end_pfn; ) {
    const s = state[pfn] as number;
    if ((s & STATE_BUDDY) === 0) {
      // A poisoned page is nobody's from now on.
      state[pfn] = 0;
      changed(k.mm, pfn);
      pfn++;
      continue;
    }
    k.buddy.del_page_from_free_list(pfn);
    pfn += 1 << (s & STATE_ORDER);
  }
  kind.fill(0, start_pfn, end_pfn);
}
