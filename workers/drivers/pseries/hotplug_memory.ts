/**
 * Mirrors: arch/powerpc/platforms/pseries/hotplug-memory.c (6.1): memory of a logical partition comes and goes in logical memory blocks (LMBs), each known by its DRC index. By a write to
 * /sys/kernel/dlpar (dlpar.ts), or because the hypervisor says so: a DIMM that is plugged or asked back is an RTAS event that names a row of LMBs (handle_dlpar_errorlog()).
 * Left out: the device tree, associativity. Why: a block's node follows from its address here. Of the tree's properties only the flags of the LMBs count.
 */
import type { Kernel } from '../../mm/kernel.ts';
import { SYSTEM_RAM } from '../../kernel/firmware_map.ts';
import type { Kthread } from '../../kernel/kthread.ts';
import { remember } from '../../lib/remember.ts';
import { noted, within } from '../../mm/call_path.ts';
import { add_memory, try_remove_memory } from '../../mm/memory_hotplug_add.ts';
import { device_offline, device_online } from '../../mm/memory_block.ts';
import { configured, type Mm, page_size } from '../../mm/mm.ts';
import { ERRNO } from '../../uapi/errno.ts';
import { SLOT_ADDED, SLOT_DEVICE, SLOT_EMPTY, SLOT_PLUGGED } from '../../uapi/layout.ts';
import { MEM_ABSENT, MEM_STATE_OFFLINE, MEM_STATE_ONLINE, MMOP_ONLINE } from '../../uapi/memory_block.ts';
import { lock_device_hotplug, unlock_device_hotplug } from '../base/memory.ts';

/** Type of a connector to memory, in the high bits of its index. */
const DRC_LMB = 0x8000_0000;

/** LMBs of the partition, in the order of their addresses. An LMB is a memory block; its number is the block's. */
export interface Lmbs {
  readonly k: Kernel;
  /** DRCONF_MEM_ASSIGNED: 1. */
  readonly assigned: Uint8Array;
}
/** What the firmware lists: LMBs from address 0 to the partition's maximum (bytes); those with memory are assigned. */
export function drmem_init(k: Kernel, maximum: number): Lmbs {
  const { state } = k.mm.t.memory_block;
  const count = Math.min(state.length, Math.ceil(maximum / (page_size(k.mm) * 2 ** k.mm.PFN_BLOCK_SHIFT)));
  const lmbs = { k, assigned: remember(Uint8Array.from({ length: count }, (_, lmb) => (state[lmb] === MEM_ABSENT ? 0 : 1))) };
  partitions.set(k.mm, lmbs);
  return lmbs;
}
const partitions = new WeakMap<Mm, Lmbs>();
/** The socket whose DIMM holds the LMB, -1: none. */
function socketOf({ k: { mm } }: Lmbs, lmb: number): number {
  const { state, start_pfn, nr_pages } = mm.t.slot;
  const pfn = lmb << mm.PFN_BLOCK_SHIFT;
  return state.findIndex((s, slot) => s !== SLOT_EMPTY && s !== SLOT_DEVICE && (start_pfn[slot] as number) <= pfn && pfn < (start_pfn[slot] as number) + (nr_pages[slot] as number));
}
const base_addr = ({ k: { mm } }: Lmbs, lmb: number): number => lmb * page_size(mm) * 2 ** mm.PFN_BLOCK_SHIFT;
const drc_index = (lmb: number): number => DRC_LMB + lmb;
const say = ({ k }: Lmbs, level: number, line: string): void => k.mm.printk(level, `pseries-hotplug-mem: ${line}`);
const all = ({ assigned }: Lmbs): number[] => Array.from(assigned, (_, lmb) => lmb);

/** 0, or -1: the hypervisor has none to give. Source: dlpar_acquire_drc(). */
const dlpar_acquire_drc = ({ k }: Lmbs, lmb: number): number => noted(k.mm, 'dlpar_acquire_drc', () => (k.hypervisor_gives?.() === false ? -1 : 0), lmb);
const dlpar_release_drc = ({ k }: Lmbs, lmb: number): number => noted(k.mm, 'dlpar_release_drc', () => 0, lmb);

/** Added, and brought online at once; an LMB that cannot come online is removed again. */
const dlpar_add_lmb = (lmbs: Lmbs, lmb: number): Kthread<number> => within(lmbs.k.mm, 'dlpar_add_lmb', add_lmb(lmbs, lmb), lmb);
function* add_lmb(lmbs: Lmbs, lmb: number): Kthread<number> {
  const { k, assigned } = lmbs;
  const { mm } = k;
  if (assigned[lmb] === 1) return -ERRNO.EINVAL;
  const nr_pages = 1 << mm.PFN_BLOCK_SHIFT;
  const start = base_addr(lmbs, lmb);
  const slot = socketOf(lmbs, lmb);
  const nid = slot >= 0 ? (mm.t.slot.nid[slot] as number) : (mm.description.numa.find((n) => n.start <= start && start < n.end)?.nid ?? 0);
  let rc = yield* add_memory(k, { nid, start_pfn: lmb * nr_pages, nr_pages, mhp_flags: 0, slot, group: -1, resource_name: SYSTEM_RAM });
  if (rc !== 0) return rc;
  rc = yield* device_online(k, lmb, MMOP_ONLINE);
  if (rc !== 0) yield* try_remove_memory(k, lmb * nr_pages, nr_pages);
  else assigned[lmb] = 1;
  return rc;
}
const dlpar_remove_lmb = (lmbs: Lmbs, lmb: number): Kthread<number> => within(lmbs.k.mm, 'dlpar_remove_lmb', remove_lmb(lmbs, lmb), lmb);
function* remove_lmb(lmbs: Lmbs, lmb: number): Kthread<number> {
  const { k, assigned } = lmbs;
  const { state } = k.mm.t.memory_block;
  if (!configured(k.mm, 'MEMORY_HOTREMOVE')) return -ERRNO.EOPNOTSUPP;
  if (assigned[lmb] !== 1 || state[lmb] === MEM_ABSENT) return -ERRNO.EINVAL;
  const rc = state[lmb] === MEM_STATE_ONLINE ? yield* device_offline(k, lmb) : state[lmb] === MEM_STATE_OFFLINE ? 0 : -ERRNO.EINVAL;
  if (rc < 0) return rc;
  yield* try_remove_memory(k, lmb << k.mm.PFN_BLOCK_SHIFT, 1 << k.mm.PFN_BLOCK_SHIFT);
  assigned[lmb] = 0;
  return 0;
}

/** All that were asked for, or none: what was added before one failed is removed again. Source: dlpar_memory_add_by_count(). */
export function* dlpar_memory_add_by_count(lmbs: Lmbs, count: number): Kthread<number> {
  say(lmbs, 6, `Attempting to hot-add ${count | 0} LMB(s)`);
  if (count === 0 || all(lmbs).filter((lmb) => lmbs.assigned[lmb] === 0).length < count) return -ERRNO.EINVAL;
  const added: number[] = [];
  for (const lmb of all(lmbs)) {
    if (lmbs.assigned[lmb] === 1) continue;
    if (dlpar_acquire_drc(lmbs, lmb) !== 0) continue;
    if ((yield* dlpar_add_lmb(lmbs, lmb)) !== 0) {
      dlpar_release_drc(lmbs, lmb);
      continue;
    }
    added.push(lmb);
    if (added.length === count) return 0;
  }
  say(lmbs, 3, 'Memory hot-add failed, removing any added LMBs');
  yield* removeAgain(lmbs, added);
  return -ERRNO.EINVAL;
}
function* removeAgain(lmbs: Lmbs, added: readonly number[]): Kthread<void> {
  for (const lmb of added) {
    if ((yield* dlpar_remove_lmb(lmbs, lmb)) !== 0) say(lmbs, 3, `Failed to remove LMB, drc index ${drc_index(lmb).toString(16)}`);
    else dlpar_release_drc(lmbs, lmb);
  }
}
const found = (lmbs: Lmbs, index: number): number => all(lmbs).find((lmb) => drc_index(lmb) === index) ?? -1;
const at = (lmbs: Lmbs, lmb: number): string => `Memory at ${base_addr(lmbs, lmb).toString(16)}`;
const named = (lmb: number): string => `(drc index ${drc_index(lmb).toString(16)})`;

/** Source: dlpar_memory_add_by_index(). -EINVAL: no such LMB, or it has memory already; -1: the hypervisor has none. */
export function* dlpar_memory_add_by_index(lmbs: Lmbs, index: number): Kthread<number> {
  say(lmbs, 6, `Attempting to hot-add LMB, drc index ${index.toString(16)}`);
  const lmb = found(lmbs, index);
  let rc = lmb < 0 ? -ERRNO.EINVAL : lmbs.assigned[lmb] === 1 ? -1 : dlpar_acquire_drc(lmbs, lmb);
  if (rc === 0) {
    rc = yield* dlpar_add_lmb(lmbs, lmb);
    if (rc !== 0) dlpar_release_drc(lmbs, lmb);
  }
  say(lmbs, 6, rc !== 0 ? `Failed to hot-add memory, drc index ${index.toString(16)}` : `${at(lmbs, lmb)} ${named(lmb)} was hot-added`);
  return rc;
}
/** The LMBs of a range of indexes; undefined: it leaves the list. Source: get_lmb_range(). */
function rangeOf(lmbs: Lmbs, count: number, index: number): number[] | undefined {
  const first = found(lmbs, index);
  return count === 0 || first < 0 || first + count > lmbs.assigned.length ? undefined : Array.from({ length: count }, (_, i) => first + i);
}
/** A row of LMBs from an index on; those with memory are passed over. Source: dlpar_memory_add_by_ic(). */
export function* dlpar_memory_add_by_ic(lmbs: Lmbs, count: number, index: number): Kthread<number> {
  say(lmbs, 6, `Attempting to hot-add ${count} LMB(s) at index ${index.toString(16)}`);
  const range = rangeOf(lmbs, count, index);
  if (range === undefined) return -ERRNO.EINVAL;
  const added: number[] = [];
  for (const lmb of range) {
    if (lmbs.assigned[lmb] === 1) continue;
    const acquired = dlpar_acquire_drc(lmbs, lmb) === 0;
    if (acquired && (yield* dlpar_add_lmb(lmbs, lmb)) === 0) {
      added.push(lmb);
      continue;
    }
    if (acquired) dlpar_release_drc(lmbs, lmb);
    say(lmbs, 3, 'Memory indexed-count-add failed, removing any added LMBs');
    yield* removeAgain(lmbs, added);
    return -ERRNO.EINVAL;
  }
  for (const lmb of added) say(lmbs, 6, `${at(lmbs, lmb)} ${named(lmb)} was hot-added`);
  return 0;
}

/** The lowest that can go, go; if they are not enough, those that went come back. Source: dlpar_memory_remove_by_count(). */
export function* dlpar_memory_remove_by_count(lmbs: Lmbs, count: number): Kthread<number> {
  say(lmbs, 6, `Attempting to hot-remove ${count | 0} LMB(s)`);
  if (count === 0) return -ERRNO.EINVAL;
  const available = lmbs.assigned.reduce((sum, assigned) => sum + assigned, 0);
  if (available < count) {
    say(lmbs, 6, `Not enough LMBs available (${available} of ${count}) to satisfy request`);
    return -ERRNO.EINVAL;
  }
  const removed: number[] = [];
  for (const lmb of all(lmbs)) {
    if (removed.length === count) break;
    if ((yield* dlpar_remove_lmb(lmbs, lmb)) === 0) removed.push(lmb);
  }
  if (removed.length < count) {
    say(lmbs, 3, "Memory hot-remove failed, adding LMB's back");
    for (const lmb of removed) if ((yield* dlpar_add_lmb(lmbs, lmb)) !== 0) say(lmbs, 3, `Failed to add LMB back, drc index ${drc_index(lmb).toString(16)}`);
    return -ERRNO.EINVAL;
  }
  for (const lmb of removed) {
    dlpar_release_drc(lmbs, lmb);
    say(lmbs, 6, `${at(lmbs, lmb)} was hot-removed`);
  }
  return 0;
}
/** Source: dlpar_memory_remove_by_index(), silent at the usual log level. */
export function* dlpar_memory_remove_by_index(lmbs: Lmbs, index: number): Kthread<number> {
  const lmb = found(lmbs, index);
  const rc = lmb < 0 ? -ERRNO.EINVAL : yield* dlpar_remove_lmb(lmbs, lmb);
  if (rc === 0) dlpar_release_drc(lmbs, lmb);
  return rc;
}
/** Source: dlpar_memory_remove_by_ic(). */
export function* dlpar_memory_remove_by_ic(lmbs: Lmbs, count: number, index: number): Kthread<number> {
  say(lmbs, 6, `Attempting to hot-remove ${count} LMB(s) at ${index.toString(16)}`);
  const range = rangeOf(lmbs, count, index);
  if (range === undefined) return -ERRNO.EINVAL;
  const removed: number[] = [];
  for (const lmb of range) {
    if (lmbs.assigned[lmb] === 0) continue;
    if ((yield* dlpar_remove_lmb(lmbs, lmb)) === 0) {
      removed.push(lmb);
      continue;
    }
    say(lmbs, 3, 'Memory indexed-count-remove failed, adding any removed LMBs');
    for (const back of removed) if ((yield* dlpar_add_lmb(lmbs, back)) !== 0) say(lmbs, 3, `Failed to add LMB, drc index ${drc_index(back).toString(16)}`);
    return -ERRNO.EINVAL;
  }
  for (const lmb of removed) {
    dlpar_release_drc(lmbs, lmb);
    say(lmbs, 6, `${at(lmbs, lmb)} ${named(lmb)} was hot-removed`);
  }
  return 0;
}

/** How much of the memory is meant: so many LMBs, one by its index, or so many from an index on. */
export type LmbRequest = { readonly count: number } | { readonly index: number } | { readonly count: number; readonly index: number };
/** Under device_hotplug_lock, as one task. 0, -EINVAL, or what add and remove of a single one answer. Source: dlpar_memory(). */
export function* dlpar_memory(lmbs: Lmbs, action: 'add' | 'remove', request: LmbRequest): Kthread<number> {
  const { mm } = lmbs.k;
  yield* lock_device_hotplug(mm);
  try {
    return yield* within(mm, 'dlpar_memory', chosen(lmbs, action === 'add', request));
  } finally {
    unlock_device_hotplug(mm);
  }
}
function chosen(lmbs: Lmbs, add: boolean, request: LmbRequest): Kthread<number> {
  if (!('index' in request)) return add ? dlpar_memory_add_by_count(lmbs, request.count) : dlpar_memory_remove_by_count(lmbs, request.count);
  if (!('count' in request)) return add ? dlpar_memory_add_by_index(lmbs, request.index) : dlpar_memory_remove_by_index(lmbs, request.index);
  return add ? dlpar_memory_add_by_ic(lmbs, request.count, request.index) : dlpar_memory_remove_by_ic(lmbs, request.count, request.index);
}

/** The LMBs of a socket's DIMM. */
function lmbsOf({ mm }: Kernel, slot: number): { readonly count: number; readonly index: number } {
  const { start_pfn, nr_pages } = mm.t.slot;
  return { count: (nr_pages[slot] as number) >> mm.PFN_BLOCK_SHIFT, index: drc_index((start_pfn[slot] as number) >> mm.PFN_BLOCK_SHIFT) };
}
/** RTAS event "hotplug, memory, add, by count and index": the hypervisor has plugged a DIMM. Source: pseries_hp_work_fn(), handle_dlpar_errorlog(). */
export function* pseries_hotplug_add(k: Kernel, slot: number): Kthread<void> {
  const lmbs = partitions.get(k.mm);
  if (lmbs && (yield* dlpar_memory(lmbs, 'add', lmbsOf(k, slot))) === 0) k.mm.t.slot.state[slot] = SLOT_ADDED;
}
/** RTAS event "… remove": it wants the DIMM back. With the last LMB released the socket is empty (`released`); one that refuses keeps them all. */
export function* pseries_hotplug_remove(k: Kernel, slot: number, released: (slot: number) => void): Kthread<void> {
  const lmbs = partitions.get(k.mm);
  if (!lmbs || (yield* dlpar_memory(lmbs, 'remove', lmbsOf(k, slot))) !== 0) return;
  k.mm.t.slot.state[slot] = SLOT_PLUGGED;
  released(slot);
}
