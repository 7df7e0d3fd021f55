/**
 * Mirrors: drivers/base/memory.c of the hot-add patches (2005): a directory for each section under /sys/devices/system/memory, its three files, and `probe`.
 * Source: spec editions.md (a), seed 000.
 */
import { attr } from '../../fs/sysfs/kernfs.ts';
import { blockAttr } from '../../fs/sysfs/memory.ts';
import type { VNode } from '../../kernel/vnode.ts';
import type { Kernel } from '../../mm/kernel.ts';
import type { Kthread } from '../../kernel/kthread.ts';
import { block_size_bytes_show, phys_device_show, phys_index_show } from '../../drivers/base/memory.ts';
import { remember } from '../../lib/remember.ts';
import { memory_notify } from '../../mm/memory_notify.ts';
import { traced, updateValidZones } from '../../mm/memory_block.ts';
import { configured, type Mm } from '../../mm/mm.ts';
import { block_start_pfn, pfn_to_section_nr } from '../../mm/mmzone.ts';
import { ERRNO } from '../../uapi/errno.ts';
import { MEM_ABSENT, MEM_GOING_OFFLINE, MEM_MAPPING_INVALID, MEM_OFFLINE, MEM_ONLINE, MEM_STATE_GOING_OFFLINE, MEM_STATE_OFFLINE, MEM_STATE_ONLINE, SECTION_PRESENT, stateWord } from '../../uapi/memory_block.ts';
import { ZONE_HIGHMEM } from '../../uapi/mmzone.ts';
import { simple_strtoull } from '../3.11/memory_hotplug_add.ts';
import { add_memory, online_pages, remove_memory } from './memory_hotplug.ts';
import { patchSet } from './patch_set.ts';

/** state_sem of each section: one change at a time. */
const busy = new WeakMap<Mm, Set<number>>();
const semaphores = (mm: Mm): Set<number> => {
  const known = busy.get(mm) ?? remember(new Set<number>());
  busy.set(mm, known);
  return known;
};

/** The chain is called with nothing to say which section: what listeners answer is not looked at. */
function* notify(k: Kernel, action: number): Kthread<void> {
  if (patchSet(k.mm.description).calls_chain) yield* memory_notify(k, action, { start_pfn: 0, nr_pages: 0, status_change_nid_normal: -1, status_change_nid: -1 });
}

/** The work between two states: 0 or -errno. */
export function* memory_block_action(k: Kernel, id: number, to_state: number): Kthread<number> {
  if (to_state === MEM_STATE_ONLINE) {
    const ret = yield* traced(k.mm, 'online_pages', block_start_pfn(k.mm, id), online_pages(k, id));
    if (ret === 0) yield* notify(k, MEM_ONLINE);
    return ret;
  }
  k.mm.t.memory_block.state[id] = MEM_STATE_GOING_OFFLINE;
  yield* notify(k, MEM_GOING_OFFLINE);
  const ret = yield* remove_memory(k, id);
  if (ret !== 0) {
    k.mm.t.memory_block.state[id] = MEM_STATE_ONLINE;
    return ret;
  }
  yield* notify(k, MEM_MAPPING_INVALID);
  yield* notify(k, MEM_OFFLINE);
  return 0;
}

function* memory_block_change_state(k: Kernel, id: number, to_state: number, from_state: number): Kthread<number> {
  const { mm } = k;
  const { memory_block: b } = mm.t;
  const held = semaphores(mm);
  while (held.has(id)) yield;
  held.add(id);
  try {
    if (b.state[id] !== from_state) return -ERRNO.EINVAL;
    const ret = yield* traced(mm, 'memory_block_action', id, memory_block_action(k, id, to_state));
    // A section that went is no longer there to have a state.
    if (ret === 0 && b.state[id] !== MEM_ABSENT) b.state[id] = to_state;
    updateValidZones(mm);
    mm.touch(block_start_pfn(mm, id));
    return ret;
  } finally {
    held.delete(id);
  }
}

/** strncmp() over what was written, at most the length of the word. */
const begins = (text: string, word: string): boolean => word.startsWith(text.slice(0, word.length));
/** A write to memoryN/state: bytes taken, or -EINVAL (no such word, or the section is in that state already), else what online and removal answer. */
function* store_mem_state(k: Kernel, id: number, text: string): Kthread<number> {
  const to = begins(text, 'online') ? MEM_STATE_ONLINE : begins(text, 'offline') ? MEM_STATE_OFFLINE : undefined;
  if (to === undefined) return -ERRNO.EINVAL;
  const change = memory_block_change_state(k, id, to, to === MEM_STATE_ONLINE ? MEM_STATE_OFFLINE : MEM_STATE_ONLINE);
  const ret = yield* traced(k.mm, 'store_mem_state', id, traced(k.mm, 'memory_block_change_state', id, change));
  return ret === 0 ? text.length : ret;
}

/** A state that has no name is shown as what it is: an error. */
export function state_show(mm: Mm, id: number): string {
  const state = mm.t.memory_block.state[id] as number;
  if (state === MEM_STATE_ONLINE || state === MEM_STATE_OFFLINE || state === MEM_STATE_GOING_OFFLINE) return `${stateWord(state)}\n`;
  return patchSet(mm.description).february_files ? 'ERROR\n' : `ERROR-UNKNOWN-${state}\n`;
}

export const memory_block_attributes = (k: Kernel, id: number): Readonly<Record<string, VNode>> => ({
  phys_device: blockAttr(k, id, 0o444, phys_device_show),
  phys_index: blockAttr(k, id, 0o444, phys_index_show),
  state: blockAttr(k, id, 0o644, state_show, store_mem_state),
});

/** A write to `probe`: bytes taken, or what add_memory() answers. Any number is an address, and whatever is no number is address 0. */
function* memory_probe_store(k: Kernel, text: string): Kthread<number> {
  const ret = yield* add_memory(k, Math.floor(simple_strtoull(text) / 2 ** k.mm.geometry.page_shift));
  return ret === 0 ? text.length : ret;
}
/** `online` of February: its test is the wrong way round, so that every section there is is refused. */
function online_store(mm: Mm, text: string): number {
  const nr = pfn_to_section_nr(mm, Math.floor(simple_strtoull(text) / 2 ** mm.geometry.page_shift));
  return ((mm.t.section.state[nr] ?? 0) & SECTION_PRESENT) !== 0 ? -ERRNO.EINVAL : text.length;
}

export function memory_attributes(k: Kernel): Readonly<Record<string, VNode>> {
  const { mm } = k;
  const write_only = (): string => '';
  return {
    block_size_bytes: attr(0o444, () => block_size_bytes_show(mm)),
    ...(patchSet(mm.description).february_files && { online: attr(0o700, write_only, (text) => online_store(mm, text)) }),
    ...(configured(mm, 'ARCH_MEMORY_PROBE') && { probe: attr(0o700, write_only, (text) => traced(mm, 'memory_probe_store', 0, memory_probe_store(k, text))) }),
  };
}

/** Hot-added memory is HighMem, whoever asks; boot memory is where it lies. */
export function valid_zones(mm: Mm, id: number): number {
  const NONE = 15;
  const { state, zone } = mm.t.memory_block;
  const own = state[id] === MEM_STATE_ONLINE ? (zone[id] as number) : ZONE_HIGHMEM;
  return (own < 0 ? NONE : own) | (NONE << 4);
}
