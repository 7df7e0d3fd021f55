/**
 * Mirrors: the device half of drivers/base/memory.c and device_online()/device_offline() of drivers/base/core.c (6.1): memory blocks as devices with a state.
 * The files of a block are drivers/base/memory.ts; this is what they, hot-add and eject all use.
 */
import type { Kthread } from '../kernel/kthread.ts';
import { kobject_uevent } from '../lib/kobject_uevent.ts';
import { ERRNO } from '../uapi/errno.ts';
import { FN, type FunctionName } from '../uapi/functions.ts';
import { MEM_ABSENT, MEM_STATE_GOING_OFFLINE, MEM_STATE_OFFLINE, MEM_STATE_ONLINE, MMOP_OFFLINE, MMOP_ONLINE, MMOP_ONLINE_KERNEL, MMOP_ONLINE_MOVABLE } from '../uapi/memory_block.ts';
import { MAX_NR_ZONES, MIGRATE_UNMOVABLE } from '../uapi/mmzone.ts';
import { KIND_MEMMAP, KIND_PG_RESERVED } from '../uapi/page_kind.ts';
import { EV } from '../uapi/trace.ts';
import type { Kernel } from './kernel.ts';
import { called, noted, passed, within } from './call_path.ts';
import { adjust_present_page_count, offline_pages, online_pages } from './memory_hotplug.ts';
import { move_pfn_range_to_zone, remove_pfn_range_from_zone, zone_for_pfn_range } from './memory_hotplug_zone.ts';
import { configured, M_DEVICE_LOCK, type Mm } from './mm.ts';
import { block_start_pfn, set_pageblock_range, zone_idx } from './mmzone.ts';
import { changedRange } from './rmap.ts';

/** Value of MEMORY_BLOCK.valid_zones: low nibble the zone (offline: the default one), high nibble the other possible one; 15 = none. */
export const NO_ZONE = 15;

/** What zone_for_pfn_range() would choose for each way to come online. */
export function valid_zones(mm: Mm, id: number): number {
  const { memory_block: b } = mm.t;
  if (b.state[id] === MEM_STATE_ONLINE) return ((b.zone[id] as number) < 0 ? NO_ZONE : (b.zone[id] as number)) | (NO_ZONE << 4);
  const nid = b.nid[id] as number;
  const ask = (online_type: number): number => zone_idx(zone_for_pfn_range(mm, online_type, nid, (b.group[id] as number) - 1, block_start_pfn(mm, id), 1 << mm.PFN_BLOCK_SHIFT));
  const first = ask(MMOP_ONLINE);
  const others = [ask(MMOP_ONLINE_KERNEL), ask(MMOP_ONLINE_MOVABLE)].filter((zone) => zone !== first);
  return first | ((others[0] ?? NO_ZONE) << 4);
}
/** Any online, offline, add or remove may change what every other offline block could become. Cost: the number of blocks. */
export function updateValidZones(mm: Mm): void {
  const { state, valid_zones } = mm.t.memory_block;
  for (let id = 0; id < state.length; id++) if (state[id] !== MEM_ABSENT) valid_zones[id] = mm.edition.hotplug.valid_zones(mm, id);
}

/** A block appears, offline. Source: add_memory_block(). */
export function create_memory_block_device(mm: Mm, id: number, nid: number, slot: number, group: number, nr_vmemmap_pages: number): void {
  const { memory_block: b } = mm.t;
  b.state[id] = MEM_STATE_OFFLINE;
  b.nid[id] = nid;
  b.zone[id] = -1;
  b.online_type[id] = MMOP_OFFLINE;
  b.slot[id] = slot;
  b.group[id] = group + 1;
  b.nr_vmemmap_pages[id] = nr_vmemmap_pages;
  noted(mm, 'kobject_uevent', () => kobject_uevent(mm, 'add', 'memory', id), id);
}
export function remove_memory_block_device(mm: Mm, id: number): void {
  const { memory_block: b } = mm.t;
  b.state[id] = MEM_ABSENT;
  b.zone[id] = b.slot[id] = -1;
  b.group[id] = b.nr_vmemmap_pages[id] = 0;
  mm.touch(block_start_pfn(mm, id));
  noted(mm, 'kobject_uevent', () => kobject_uevent(mm, 'remove', 'memory', id), id);
}

/** Runs a kernel path as a function of the call path: entered, left with its answer. */
export function* traced(mm: Mm, fn: FunctionName, id: number, body: Kthread<number>): Kthread<number> {
  mm.trace(EV.sim_func_entry, FN[fn], id);
  if (mm.cond_resched()) yield;
  const ret = yield* body;
  mm.trace(EV.sim_func_exit, FN[fn], ret);
  if (mm.cond_resched()) yield;
  return ret;
}

/** Around what changes which memory there is. 6.1.192 takes the lock here, not in online_pages() and offline_pages() as 6.1.0 did [recorded]. */
function* hotplugLocked(mm: Mm, path: Kthread<number>): Kthread<number> {
  yield* passed(mm, 'mem_hotplug_begin');
  const ret = yield* path;
  yield* passed(mm, 'mem_hotplug_done');
  return ret;
}

export const memory_block_online = (k: Kernel, id: number): Kthread<number> => traced(k.mm, 'memory_block_online', id, block_online(k, id));
function* block_online(k: Kernel, id: number): Kthread<number> {
  const { mm } = k;
  const { memory_block: b } = mm.t;
  const start = block_start_pfn(mm, id);
  const nr_pages = 1 << mm.PFN_BLOCK_SHIFT;
  const row = zone_for_pfn_range(mm, b.online_type[id] as number, b.nid[id] as number, (b.group[id] as number) - 1, start, nr_pages);
  mm.trace(EV.sim_func_entry, FN.zone_for_pfn_range, start, nr_pages);
  mm.trace(EV.sim_func_exit, FN.zone_for_pfn_range, zone_idx(row));
  if (mm.cond_resched()) yield;
  const ret = yield* hotplugLocked(mm, into_zone(k, id, row));
  if (ret === 0) b.zone[id] = zone_idx(row);
  return ret;
}
/** The block's own memmap, where it has one, then the rest of its pages. */
function* into_zone(k: Kernel, id: number, row: number): Kthread<number> {
  const { mm } = k;
  const { memory_block: b } = mm.t;
  const start = block_start_pfn(mm, id);
  const group = (b.group[id] as number) - 1;
  const vmemmap = b.nr_vmemmap_pages[id] as number;
  if (vmemmap > 0) {
    yield* called(mm, 'mhp_init_memmap_on_memory', () => {
      move_pfn_range_to_zone(mm, row, start, vmemmap);
      // Nothing of it is ever isolated.
      set_pageblock_range(mm, start, start + vmemmap, row, MIGRATE_UNMOVABLE);
      mm.t.memmap.kind.fill(KIND_MEMMAP | KIND_PG_RESERVED, start, start + vmemmap);
      changedRange(mm, start, start + vmemmap);
    }, start, vmemmap);
  }
  const ret = yield* online_pages(k, start + vmemmap, (1 << mm.PFN_BLOCK_SHIFT) - vmemmap, row, group);
  if (ret !== 0) {
    if (vmemmap > 0) remove_pfn_range_from_zone(mm, row, start, vmemmap);
    return ret;
  }
  if (vmemmap > 0) adjust_present_page_count(mm, row, group, start, vmemmap);
  return 0;
}

export const memory_block_offline = (k: Kernel, id: number): Kthread<number> => traced(k.mm, 'memory_block_offline', id, block_offline(k, id));
function* block_offline(k: Kernel, id: number): Kthread<number> {
  const { mm } = k;
  const { memory_block: b } = mm.t;
  // Without CONFIG_MEMORY_HOTREMOVE offline_pages() is a line that says so.
  if ((b.zone[id] as number) < 0 || !configured(mm, 'MEMORY_HOTREMOVE')) return -ERRNO.EINVAL;
  const ret = yield* hotplugLocked(mm, out_of_zone(k, id));
  if (ret === 0) b.zone[id] = -1;
  return ret;
}
function* out_of_zone(k: Kernel, id: number): Kthread<number> {
  const { mm } = k;
  const { memory_block: b } = mm.t;
  const start = block_start_pfn(mm, id);
  const row = (b.nid[id] as number) * MAX_NR_ZONES + (b.zone[id] as number);
  const group = (b.group[id] as number) - 1;
  const vmemmap = b.nr_vmemmap_pages[id] as number;
  if (vmemmap > 0) adjust_present_page_count(mm, row, group, start, -vmemmap);
  const ret = yield* offline_pages(k, start + vmemmap, (1 << mm.PFN_BLOCK_SHIFT) - vmemmap, row, group);
  if (vmemmap > 0) {
    if (ret !== 0) adjust_present_page_count(mm, row, group, start, vmemmap);
    else {
      mm.t.memmap.kind.fill(0, start, start + vmemmap);
      changedRange(mm, start, start + vmemmap);
      remove_pfn_range_from_zone(mm, row, start, vmemmap);
    }
  }
  return ret;
}

/** Source: memory_block_change_state(). The block reads going-offline while it goes; a failure puts the old state back. -EINVAL: it is not in `from_state`. */
export function* memory_block_change_state(k: Kernel, id: number, to_state: number, from_state: number): Kthread<number> {
  const { mm } = k;
  const { memory_block: b } = mm.t;
  if (b.state[id] !== from_state) return -ERRNO.EINVAL;
  if (to_state === MEM_STATE_OFFLINE) {
    b.state[id] = MEM_STATE_GOING_OFFLINE;
    b.valid_zones[id] = mm.edition.hotplug.valid_zones(mm, id);
  }
  const { hotplug } = mm.edition;
  const ret = to_state === MEM_STATE_OFFLINE ? yield* hotplug.memory_block_offline(k, id) : yield* hotplug.memory_block_online(k, id);
  b.state[id] = ret === 0 ? to_state : from_state;
  updateValidZones(mm);
  mm.touch(block_start_pfn(mm, id));
  return ret;
}

/** Runs a path under the block's device lock, which readers of its `online` file wait for. One block goes at a time: device_hotplug_lock is held around all of this. */
export function* device_locked<T>(mm: Mm, id: number, path: Kthread<T>): Kthread<T> {
  const { word } = mm.t.misc;
  word[M_DEVICE_LOCK] = id + 1;
  try {
    return yield* path;
  } finally {
    word[M_DEVICE_LOCK] = 0;
  }
}

/**
 * Brings a block online as `online_type` says. 0 (also when it is online already), or -errno. The uevent comes last.
 * Source: device_online(), memory_subsys_online().
 */
export const device_online = (k: Kernel, id: number, online_type: number): Kthread<number> => within(k.mm, 'device_online', bring_online(k, id, online_type), id);
function* bring_online(k: Kernel, id: number, online_type: number): Kthread<number> {
  const { mm } = k;
  const { memory_block: b } = mm.t;
  if (b.state[id] === MEM_STATE_ONLINE) return 0;
  b.online_type[id] = online_type === MMOP_OFFLINE ? MMOP_ONLINE : online_type;
  const change = traced(mm, 'memory_block_change_state', id, memory_block_change_state(k, id, MEM_STATE_ONLINE, MEM_STATE_OFFLINE));
  const ret = yield* device_locked(mm, id, traced(mm, 'memory_subsys_online', id, change));
  b.online_type[id] = MMOP_OFFLINE;
  if (ret === 0) {
    yield* called(mm, 'kobject_uevent', () => kobject_uevent(mm, 'online', 'memory', id), id);
  }
  return ret;
}
/** Takes a block offline. 0, 1 if it is offline already, or -errno. Source: device_offline(), memory_subsys_offline(). */
export const device_offline = (k: Kernel, id: number): Kthread<number> => within(k.mm, 'device_offline', take_offline(k, id), id);
function* take_offline(k: Kernel, id: number): Kthread<number> {
  const { mm } = k;
  if (mm.t.memory_block.state[id] === MEM_STATE_OFFLINE) return 1;
  const change = traced(mm, 'memory_block_change_state', id, memory_block_change_state(k, id, MEM_STATE_OFFLINE, MEM_STATE_ONLINE));
  const ret = yield* device_locked(mm, id, traced(mm, 'memory_subsys_offline', id, change));
  if (ret === 0) {
    yield* called(mm, 'kobject_uevent', () => kobject_uevent(mm, 'offline', 'memory', id), id);
  }
  return ret;
}
