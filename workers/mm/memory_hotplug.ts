/**
 * Mirrors: mm/memory_hotplug.c (6.1): online_pages() and offline_pages(), in the kernel's own order, with its ways out.
 * Each is a kernel path that can be paused between any two events; where it stands is kept in its row of TASK (phase, pfn, pass).
 * Left out: writeback limits, shuffling. Why: none of them changes what can be seen here.
 */
import type { Kthread } from '../kernel/kthread.ts';
import { notifier_to_errno } from '../kernel/notifier.ts';
import { system_ram_bytes } from '../kernel/resource.ts';
import { ERRNO } from '../uapi/errno.ts';
import { FN, type FunctionName } from '../uapi/functions.ts';
import { NODE_MEMORY, NODE_NORMAL_MEMORY, STATE_BUDDY, STATE_LRU, STATE_ORDER } from '../uapi/layout.ts';
import {
  MEM_CANCEL_OFFLINE, MEM_CANCEL_ONLINE, MEM_GOING_OFFLINE, MEM_GOING_ONLINE, MEM_OFFLINE, MEM_ONLINE, SECTION_EARLY, SECTION_ONLINE,
} from '../uapi/memory_block.ts';
import { MIGRATE_MOVABLE, pageblock_nr_pages, ZONE_NORMAL } from '../uapi/mmzone.ts';
import { KIND_HWPOISON, KIND_MASK, KIND_UNPLUGGED } from '../uapi/page_kind.ts';
import { EV, OFFLINE_REASONS } from '../uapi/trace.ts';
import type { Kernel } from './kernel.ts';
import { called, passed, within } from './call_path.ts';
import { dump_page } from './debug.ts';
import { move_pfn_range_to_zone, remove_pfn_range_from_zone } from './memory_hotplug_zone.ts';
import { hasKcompactd, kswapd_run, kswapd_stop } from './kswapd.ts';
import { memory_notify } from './memory_notify.ts';
import { dissolve_free_huge_pages, isActiveHugePage, huge_page_head, page_hstate, PageGigantic } from './hugetlb.ts';
import { isMovableNonLru, isolate_lru_page, migrate_pages, MR_MEMORY_HOTPLUG, putback_movable_pages } from './migrate.ts';
import { configured, M_WORK_NS, type Mm, page_size } from './mm.ts';
import { compound_head, page_zone_row, pfn_to_section_nr, populated_zone, sumZones, typeBlockPages, zone_idx, zone_to_nid } from './mmzone.ts';
import { MEMORY_OFFLINE, OFFLINE_RESTORE_TYPE, REPORT_FAILURE, start_isolate_page_range, test_pages_isolated, undo_isolate_page_range } from './page_isolation.ts';
import { hold_back, migrate_ratelimit } from './ratelimit.ts';
import { adjust_managed_page_count, init_per_zone_wmark_min } from './watermarks.ts';
import { build_all_zonelists } from './zonelist.ts';

/** Taking one page off its LRU, to be moved. */
const ISOLATE_PAGE_NS = 2_000;

/** Phases of the long paths, as TASK.phase shows them. */
export const PHASE_ISOLATE = 1;
export const PHASE_GOING = 2;
export const PHASE_SCAN = 3;
export const PHASE_MIGRATE = 4;
export const PHASE_TEST = 5;
export const PHASE_ACCOUNT = 6;

/** Notes where the running task stands. */
export function at(mm: Mm, fn: FunctionName, phase: number, pfn: number, pass: number): void {
  const { task } = mm.t;
  const row = mm.currentTask();
  task.fn[row] = FN[fn];
  task.phase[row] = phase;
  task.pfn[row] = pfn;
  task.pass[row] = pass;
}
export function markSections(mm: Mm, start_pfn: number, end_pfn: number, online: boolean): void {
  const { state } = mm.t.section;
  for (let nr = pfn_to_section_nr(mm, start_pfn); nr <= pfn_to_section_nr(mm, end_pfn - 1); nr++) {
    state[nr] = online ? (state[nr] as number) | SECTION_ONLINE : (state[nr] as number) & ~SECTION_ONLINE;
  }
}

/** present_pages of zone, node and group; present_early_pages only for memory that was there at boot. Source: adjust_present_page_count(). */
export function adjust_present_page_count(mm: Mm, row: number, group: number, start_pfn: number, nr_pages: number): void {
  const { zone, node, slot, section } = mm.t;
  if (((section.state[pfn_to_section_nr(mm, start_pfn)] as number) & SECTION_EARLY) !== 0) zone.present_early_pages[row] = (zone.present_early_pages[row] as number) + nr_pages;
  zone.present_pages[row] = (zone.present_pages[row] as number) + nr_pages;
  const nid = zone_to_nid(row);
  node.node_present_pages[nid] = (node.node_present_pages[nid] as number) + nr_pages;
  if (group < 0) return;
  const column = zone_idx(row) > ZONE_NORMAL ? slot.present_movable_pages : slot.present_kernel_pages;
  column[group] = (column[group] as number) + nr_pages;
}

/** A chunk that comes online goes to the allocator. Source: generic_online_page(). */
export function generic_online_page({ mm, buddy }: Kernel, pfn: number, order: number): void {
  buddy.__free_pages_core(pfn, order);
  adjust_managed_page_count(mm, page_zone_row(mm, pfn), 1 << order);
}
/** Chunks of the range go to the allocator, the largest naturally aligned first come, unless a driver keeps them. They stay isolated for now. Source: online_pages_range(). */
function online_pages_range(k: Kernel, start_pfn: number, nr_pages: number): void {
  const top = k.mm.geometry.MAX_ORDER - 1;
  const end = start_pfn + nr_pages;
  for (let pfn = start_pfn; pfn < end; ) {
    let order = pfn === 0 ? top : Math.min(top, 31 - Math.clz32(pfn & -pfn));
    while (pfn + (1 << order) > end) order--;
    if (k.online_page_callback?.(pfn, order) !== true) generic_online_page(k, pfn, order);
    pfn += 1 << order;
  }
}

/**
 * Brings [start_pfn, start_pfn + nr_pages) into the zone. 0, or the -errno of a listener that refused; then the zone is as it was.
 * Source: online_pages(), 6.1. `group`: row of SLOT, -1 = none.
 */
export function* online_pages(k: Kernel, start_pfn: number, nr_pages: number, row: number, group: number): Kthread<number> {
  const { mm, buddy } = k;
  const nid = zone_to_nid(row);
  const zone = zone_idx(row);
  const end = start_pfn + nr_pages;
  mm.trace(EV.online_pages, start_pfn, nr_pages, zone);
  mm.trace(EV.sim_func_entry, FN.online_pages, start_pfn, nr_pages);
  at(mm, 'online_pages', PHASE_GOING, start_pfn, 0);
  yield;
  yield* called(mm, 'move_pfn_range_to_zone', () => move_pfn_range_to_zone(mm, row, start_pfn, nr_pages), start_pfn, nr_pages);

  const { state } = mm.t.node;
  const arg = {
    start_pfn, nr_pages,
    status_change_nid_normal: zone <= ZONE_NORMAL && ((state[nid] as number) & NODE_NORMAL_MEMORY) === 0 ? nid : -1,
    status_change_nid: ((state[nid] as number) & NODE_MEMORY) === 0 ? nid : -1,
  };
  const ret = notifier_to_errno(yield* memory_notify(k, MEM_GOING_ONLINE, arg));
  if (ret !== 0) {
    yield* memory_notify(k, MEM_CANCEL_ONLINE, arg);
    yield* called(mm, 'remove_pfn_range_from_zone', () => remove_pfn_range_from_zone(mm, row, start_pfn, nr_pages), start_pfn, nr_pages);
      return yield* leave(mm, 'online_pages', EV.online_pages_ret, ret);
  }

  at(mm, 'online_pages', PHASE_ACCOUNT, start_pfn, 0);
  const blocks = nr_pages / typeBlockPages(mm);
  mm.t.zone.nr_isolate_pageblock[row] = (mm.t.zone.nr_isolate_pageblock[row] as number) + blocks;
  const need_zonelists_rebuild = !populated_zone(mm, row);
  yield* called(mm, 'online_pages_range', () => {
    online_pages_range(k, start_pfn, nr_pages);
    markSections(mm, start_pfn, end, true);
  }, start_pfn, nr_pages);
  yield* called(mm, 'adjust_present_page_count', () => adjust_present_page_count(mm, row, group, start_pfn, nr_pages), start_pfn, nr_pages);
  yield* called(mm, 'node_states_set_node', () => {
    if (arg.status_change_nid_normal >= 0) state[nid] = (state[nid] as number) | NODE_NORMAL_MEMORY;
    if (arg.status_change_nid >= 0) state[nid] = (state[nid] as number) | NODE_MEMORY;
  }, nid);
  if (need_zonelists_rebuild) yield* called(mm, 'build_all_zonelists', () => build_all_zonelists(mm, buddy));
  yield* within(mm, 'undo_isolate_page_range', undo_isolate_page_range(mm, buddy, start_pfn, end, MIGRATE_MOVABLE), start_pfn, end);
  yield* called(mm, 'init_per_zone_wmark_min', () => init_per_zone_wmark_min(mm));
  yield* called(mm, 'kswapd_run', () => kswapd_run(k, nid), nid);
  if (hasKcompactd(mm)) yield* passed(mm, 'kcompactd_run', nid);
  yield* passed(mm, 'writeback_set_ratelimit');
  yield* memory_notify(k, MEM_ONLINE, arg);
  return yield* leave(mm, 'online_pages', EV.online_pages_ret, 0);
}

function* leave(mm: Mm, fn: FunctionName, event: number, ret: number, reason = 0): Kthread<number> {
  mm.trace(EV.sim_func_exit, FN[fn], ret);
  mm.trace(event, ret, reason);
  yield;
  return ret;
}

/** Next page at or after pfn that has to move: its pfn, -ENOENT if there is none, -EBUSY if one can never be moved. Source: scan_movable_pages(), 6.1. */
export function scan_movable_pages(mm: Mm, start_pfn: number, end_pfn: number): number {
  const { state, kind } = mm.t.memmap;
  for (let pfn = start_pfn; pfn < end_pfn; pfn++) {
    const s = state[pfn] as number;
    if ((s & STATE_LRU) !== 0 || isMovableNonLru(mm, pfn)) return pfn;
    const k = (kind[pfn] as number) & KIND_MASK;
    // A page taken out by a driver that still counts on it: a driver that knows of the offline has let go of it by now.
    if (k === KIND_UNPLUGGED && s !== 0) return -ERRNO.EBUSY;
    if (s !== 0 && isActiveHugePage(mm, pfn)) return pfn;
    if ((s & STATE_BUDDY) !== 0) pfn += (1 << (s & STATE_ORDER)) - 1;
  }
  return -ERRNO.ENOENT;
}

/** Everything movable from pfn to the end of the range is collected and moved; what fails is put back and, now and then, reported. Source: do_migrate_range(), 6.1. */
export function* do_migrate_range(k: Kernel, start_pfn: number, end_pfn: number): Kthread<void> {
  const { mm, buddy } = k;
  mm.trace(EV.sim_func_entry, FN.do_migrate_range, start_pfn, end_pfn);
  yield;
  const source = buddy.mover.borrow(end_pfn - start_pfn);
  let count = 0;
  const { state, kind } = mm.t.memmap;
  for (let pfn = start_pfn; pfn < end_pfn; pfn++) {
    const taken = buddy.mover.isolate(pfn, end_pfn, source, count);
    pfn += taken - count;
    count = taken;
    if (pfn === end_pfn) break;
    const head = compound_head(mm, pfn);
    const s = state[head] as number;
    const order = s & STATE_ORDER;
    if ((s & STATE_BUDDY) !== 0) {
      pfn = head + (1 << order) - 1;
      continue;
    }
    if (((kind[pfn] as number) & KIND_MASK) === KIND_HWPOISON) continue;
    if (PageGigantic(mm, pfn)) {
      const whole = huge_page_head(mm, pfn);
      if (isActiveHugePage(mm, whole)) source[count++] = whole;
      pfn = whole + page_hstate(mm, pfn).pages - 1;
      continue;
    }
    if ((s & STATE_LRU) === 0 && !isActiveHugePage(mm, head) && !isMovableNonLru(mm, head)) continue;
    isolate_lru_page(mm, head);
    source[count++] = head;
    pfn = head + (1 << order) - 1;
  }
  if (count > 0) {
    const { word } = mm.t.misc;
    word[M_WORK_NS] = (word[M_WORK_NS] as number) + count * ISOLATE_PAGE_NS;
    const nid = zone_to_nid(page_zone_row(mm, source[0] as number));
    const nodemask = targetNodes(mm, nid);
    const { left, ret } = yield* migrate_pages(mm, buddy, source.subarray(0, count), { nid, nodemask }, MR_MEMORY_HOTPLUG);
    if (left.length > 0) {
      for (let i = 0; i < left.length; i++) {
        if (!migrate_ratelimit(mm)) {
          // No time passes over those that are held back: so are all others.
          hold_back(mm, left.length - i - 1);
          break;
        }
        const pfn = left[i] as number;
        mm.printk(4, `migrating pfn ${pfn.toString(16)} failed ret:${ret}`);
        dump_page(mm, pfn, 'migration failure');
        yield;
      }
      yield* called(mm, 'putback_movable_pages', () => putback_movable_pages(mm, buddy, left), left.length);
    }
  }
  buddy.mover.giveBack(source);
  mm.trace(EV.sim_func_exit, FN.do_migrate_range, 0);
  yield;
}
/** Nodes with memory except the source's own; if that leaves none, the own one. */
function targetNodes(mm: Mm, nid: number): number {
  let mask = 0;
  mm.t.node.state.forEach((state, node) => {
    if (node !== nid && (state & NODE_MEMORY) !== 0) mask |= 1 << node;
  });
  return mask === 0 ? 1 << nid : mask;
}

/** Free pages of the range leave their lists; NR_FREE_PAGES does not change, isolated pages are not in it. Source: __offline_isolated_pages(). */
function __offline_isolated_pages(k: Kernel, start_pfn: number, end_pfn: number): void {
  const { state } = k.mm.t.memmap;
  for (let pfn = start_pfn; pfn < end_pfn; ) {
    const s = state[pfn] as number;
    if ((s & STATE_BUDDY) === 0) {
      pfn++;
      continue;
    }
    k.buddy.del_page_from_free_list(pfn);
    pfn += 1 << (s & STATE_ORDER);
  }
}

/**
 * Takes [start_pfn, start_pfn + nr_pages) away. 0, or -EINVAL (a hole, two zones), -EBUSY (a page that cannot move), -EINTR (a signal), a listener's errno; then all is undone.
 * A page that fails to move for now makes it try again without end, as the real one does, until it moves or a signal comes. Source: offline_pages(), 6.1.
 */
export function* offline_pages(k: Kernel, start_pfn: number, nr_pages: number, row: number, group: number): Kthread<number> {
  const { mm, buddy } = k;
  const end = start_pfn + nr_pages;
  const nid = zone_to_nid(row);
  mm.trace(EV.offline_pages, start_pfn, nr_pages);
  mm.trace(EV.sim_func_entry, FN.offline_pages, start_pfn, nr_pages);
  at(mm, 'offline_pages', PHASE_ISOLATE, start_pfn, 0);
  yield;

  // A block with holes is never offlined: no test for holes is needed anywhere below.
  const ram = system_ram_bytes(k.iomem, start_pfn * page_size(mm), end * page_size(mm) - 1);
  if (ram !== nr_pages * page_size(mm)) return yield* failOffline(mm, -ERRNO.EINVAL, 'memory holes');
  for (let pfn = start_pfn; pfn < end; pfn += pageblock_nr_pages) {
    if (page_zone_row(mm, pfn) !== row) return yield* failOffline(mm, -ERRNO.EINVAL, 'multizone range');
  }
  yield* called(mm, 'zone_pcp_disable', () => buddy.zone_pcp_disable(row));
  yield* called(mm, 'lru_cache_disable', () => {});
  let ret = yield* start_isolate_page_range(mm, buddy, start_pfn, end, OFFLINE_RESTORE_TYPE, MEMORY_OFFLINE | REPORT_FAILURE);
  if (ret !== 0) {
    yield* enableAgain(k, row);
    return yield* failOffline(mm, ret, 'failure to isolate range');
  }

  at(mm, 'offline_pages', PHASE_GOING, start_pfn, 0);
  const arg = {
    start_pfn, nr_pages,
    status_change_nid_normal: zone_idx(row) <= ZONE_NORMAL && sumZones(mm, nid, 'present_pages', ZONE_NORMAL) <= nr_pages ? nid : -1,
    status_change_nid: sumZones(mm, nid, 'present_pages') <= nr_pages ? nid : -1,
  };
  ret = notifier_to_errno(yield* memory_notify(k, MEM_GOING_OFFLINE, arg));
  let reason: (typeof OFFLINE_REASONS)[number] = 'notifier failure';
  for (let pass = 1; ret === 0; pass++) {
    ret = yield* migrateAll(k, start_pfn, end, pass);
    if (ret !== 0) {
      reason = ret === -ERRNO.EINTR ? 'signal backoff' : 'unmovable page';
      break;
    }
    at(mm, 'offline_pages', PHASE_TEST, start_pfn, pass);
    if (configured(mm, 'HUGETLB')) {
      yield* called(mm, 'dissolve_free_huge_pages', () => {
        ret = dissolve_free_huge_pages(mm, buddy, start_pfn, end);
      });
    }
    if (ret !== 0) {
      reason = 'failure to dissolve huge pages';
      break;
    }
    mm.trace(EV.sim_func_entry, FN.test_pages_isolated, start_pfn, end);
    const busy = test_pages_isolated(mm, start_pfn, end);
    mm.trace(EV.sim_func_exit, FN.test_pages_isolated, busy);
    yield;
    if (busy === 0) break;
  }
  if (ret !== 0) {
    yield* within(mm, 'undo_isolate_page_range', undo_isolate_page_range(mm, buddy, start_pfn, end, OFFLINE_RESTORE_TYPE), start_pfn, end);
    yield* memory_notify(k, MEM_CANCEL_OFFLINE, arg);
    yield* enableAgain(k, row);
    return yield* failOffline(mm, ret, reason);
  }

  at(mm, 'offline_pages', PHASE_ACCOUNT, start_pfn, 0);
  yield* called(mm, '__offline_isolated_pages', () => {
    markSections(mm, start_pfn, end, false);
    __offline_isolated_pages(k, start_pfn, end);
  }, start_pfn, end);
  mm.t.zone.nr_isolate_pageblock[row] = (mm.t.zone.nr_isolate_pageblock[row] as number) - nr_pages / typeBlockPages(mm);
  yield* enableAgain(k, row);
  yield* called(mm, 'adjust_managed_page_count', () => adjust_managed_page_count(mm, row, -nr_pages), start_pfn, nr_pages);
  yield* called(mm, 'adjust_present_page_count', () => adjust_present_page_count(mm, row, group, start_pfn, -nr_pages), start_pfn, nr_pages);
  yield* called(mm, 'init_per_zone_wmark_min', () => init_per_zone_wmark_min(mm));
  if (!populated_zone(mm, row)) {
    yield* passed(mm, 'zone_pcp_reset');
    yield* called(mm, 'build_all_zonelists', () => build_all_zonelists(mm, buddy));
  }
  const { state } = mm.t.node;
  yield* called(mm, 'node_states_clear_node', () => {
    if (arg.status_change_nid_normal >= 0) state[nid] = (state[nid] as number) & ~NODE_NORMAL_MEMORY;
    if (arg.status_change_nid >= 0) state[nid] = (state[nid] as number) & ~NODE_MEMORY;
  }, nid);
  if (arg.status_change_nid >= 0) {
    if (hasKcompactd(mm)) yield* passed(mm, 'kcompactd_stop', nid);
    yield* called(mm, 'kswapd_stop', () => kswapd_stop(k, nid), nid);
  }
  yield* passed(mm, 'writeback_set_ratelimit');
  yield* memory_notify(k, MEM_OFFLINE, arg);
  yield* called(mm, 'remove_pfn_range_from_zone', () => remove_pfn_range_from_zone(mm, row, start_pfn, nr_pages), start_pfn, nr_pages);
  return yield* leave(mm, 'offline_pages', EV.offline_pages_ret, 0);
}

/** Lists that keep pages back may do so again. */
function* enableAgain({ mm, buddy }: Kernel, row: number): Kthread<void> {
  yield* passed(mm, 'lru_cache_enable');
  yield* called(mm, 'zone_pcp_enable', () => buddy.zone_pcp_enable(row));
}

/** Scan and migrate until nothing movable is found. A scan goes on from the page it found, not from the start. 0, -EINTR or -EBUSY. */
function* migrateAll(k: Kernel, start_pfn: number, end_pfn: number, pass: number): Kthread<number> {
  const { mm } = k;
  for (let pfn = start_pfn; ; ) {
    if (mm.signal_pending()) return -ERRNO.EINTR;
    at(mm, 'scan_movable_pages', PHASE_SCAN, pfn, pass);
    mm.trace(EV.sim_func_entry, FN.scan_movable_pages, pfn, end_pfn);
    yield;
    const found = scan_movable_pages(mm, pfn, end_pfn);
    mm.trace(EV.sim_func_exit, FN.scan_movable_pages, found);
    yield;
    if (found === -ERRNO.ENOENT) return 0;
    if (found < 0) return found;
    pfn = found;
    at(mm, 'do_migrate_range', PHASE_MIGRATE, pfn, pass);
    yield* do_migrate_range(k, pfn, end_pfn);
  }
}

/** The reason is only a debug message in Linux, off by default: here it goes with the event. */
function* failOffline(mm: Mm, ret: number, reason: (typeof OFFLINE_REASONS)[number]): Kthread<number> {
  return yield* leave(mm, 'offline_pages', EV.offline_pages_ret, ret, OFFLINE_REASONS.indexOf(reason));
}
