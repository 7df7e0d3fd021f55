/** Mirrors: the files of drivers/base/memory.c and drivers/base/node.c (3.11): what /sys/devices/system/memory and node read and take. Source: recordings of 3.11, findings A9, A14, "Parsing". */
import { block_size_bytes_show, lock_device_hotplug, online_show, set_online, phys_device_show, phys_index_show, state_show, unlock_device_hotplug } from '../../drivers/base/memory.ts';
import { withoutLines } from '../../fs/present.ts';
import { hugepagesDir } from '../../fs/sysfs/hugepages.ts';
import { attr, klink } from '../../fs/sysfs/kernfs.ts';
import { blockAttr, poison_store } from '../../fs/sysfs/memory.ts';
import { bitmapList, distance, nodesWith } from '../../fs/sysfs/node.ts';
import { kobject_synth_uevent } from '../../fs/sysfs/uevent.ts';
import { kobject_uevent } from '../../lib/kobject_uevent.ts';
import type { VNode } from '../../kernel/vnode.ts';
import { numastat_show } from '../../mm/alloc_stat.ts';
import { called, within } from '../../mm/call_path.ts';
import type { Kernel } from '../../mm/kernel.ts';
import type { Kthread } from '../../kernel/kthread.ts';
import { device_locked, memory_block_change_state, traced } from '../../mm/memory_block.ts';
import { configured, type Mm } from '../../mm/mm.ts';
import { block_start_pfn, page_zone_row, zone_idx } from '../../mm/mmzone.ts';
import { ERRNO } from '../../uapi/errno.ts';
import { NODE_CPU, NODE_MEMORY, NODE_ONLINE, NODE_POSSIBLE } from '../../uapi/layout.ts';
import {
  MEM_ABSENT, MEM_STATE_OFFLINE, MEM_STATE_ONLINE, MMOP_OFFLINE, MMOP_ONLINE, MMOP_ONLINE_KERNEL, MMOP_ONLINE_MOVABLE, SECTION_ONLINE,
} from '../../uapi/memory_block.ts';
import { ZONE_MOVABLE } from '../../uapi/mmzone.ts';
import { memory_failure, soft_offline_page } from './memory_failure.ts';
import { memory_probe_store } from './memory_hotplug_add.ts';
import { removable } from './page_isolation.ts';
import { node_meminfo_show, node_vmstat_show } from './proc.ts';
import { can_move_left, can_move_right, movable_node_configured, N_NORMAL_MEMORY } from './zone.ts';

/** Words in the order they are tried: a write matches if it begins the word, or the word begins it. Hence "o" is online_kernel, and "online\n" plain online. */
const WORDS = [['online_kernel', MMOP_ONLINE_KERNEL], ['online_movable', MMOP_ONLINE_MOVABLE], ['online', MMOP_ONLINE], ['offline', MMOP_OFFLINE]] as const;
/** strncmp() of the shorter of the two lengths; a NUL in the text would have to be one in the word. -1: no word. */
export const online_type_from_text = (text: string): number => WORDS.find(([word]) => text.slice(0, word.length) === word.slice(0, text.length))?.[1] ?? -1;

/** The change and, before anybody else may look, its uevent. Source: memory_block_change_state(), __memory_block_change_state_uevent(). */
function* change_state(k: Kernel, id: number, online_type: number): Kthread<number> {
  const { mm } = k;
  const { memory_block: b } = mm.t;
  const offline = online_type === MMOP_OFFLINE;
  if (!offline) b.online_type[id] = online_type;
  const ret = yield* offline ? memory_block_change_state(k, id, MEM_STATE_OFFLINE, MEM_STATE_ONLINE) : memory_block_change_state(k, id, MEM_STATE_ONLINE, MEM_STATE_OFFLINE);
  b.online_type[id] = MMOP_OFFLINE;
  if (ret === 0) yield* called(mm, 'kobject_uevent', () => kobject_uevent(mm, offline ? 'offline' : 'online', 'memory', id), id);
  return ret;
}
/** A write to memoryN/state: bytes taken, -EINVAL (no such word, or the block is not in the state the word starts from), or what online and offline answer. Source: store_mem_state(). */
export function* store_mem_state(k: Kernel, id: number, text: string): Kthread<number> {
  const { mm } = k;
  yield* lock_device_hotplug(mm);
  try {
    const online_type = online_type_from_text(text);
    const state = mm.t.memory_block.state[id];
    if (state === MEM_ABSENT) return -ERRNO.ENODEV;
    if (online_type < 0 || state !== (online_type === MMOP_OFFLINE ? MEM_STATE_ONLINE : MEM_STATE_OFFLINE)) return -ERRNO.EINVAL;
    const ret = yield* within(mm, 'store_mem_state', device_locked(mm, id, traced(mm, 'memory_block_change_state', id, change_state(k, id, online_type))), id);
    return ret === 0 ? text.length : ret;
  } finally {
    unlock_device_hotplug(mm);
  }
}

/** A write to memoryN/online: the first letter counts, and words are not known yet. */
function* store_online(k: Kernel, id: number, text: string): Kthread<number> {
  const { mm } = k;
  if (!/^[01yYnN]/.test(text)) return -ERRNO.EINVAL;
  yield* lock_device_hotplug(mm);
  try {
    const ret = yield* set_online(k, id, /^[1yY]/.test(text));
    return ret < 0 ? ret : text.length;
  } finally {
    unlock_device_hotplug(mm);
  }
}
/** A word that is no action is logged, and the write succeeds all the same. */
function store_uevent(mm: Mm, subsystem: 'memory' | 'node', id: number, text: string): number {
  if (kobject_synth_uevent(mm, subsystem, id, text) < 0) mm.printk(3, `${subsystem} ${subsystem}${id < 0 ? '' : id}: uevent: unknown action-string`);
  return text.length;
}

export function memory_block_attributes(k: Kernel, id: number): Readonly<Record<string, VNode>> {
  const { mm } = k;
  const show_removable = (): string => `${configured(mm, 'MEMORY_HOTREMOVE') && removable(mm, block_start_pfn(mm, id), 1 << mm.PFN_BLOCK_SHIFT) ? 1 : 0}\n`;
  return {
    // Both count in blocks: the end is that of the section before it, divided.
    end_phys_index: blockAttr(k, id, 0o444, phys_index_show),
    online: blockAttr(k, id, 0o644, online_show, store_online),
    phys_device: blockAttr(k, id, 0o444, phys_device_show),
    phys_index: blockAttr(k, id, 0o444, phys_index_show),
    removable: blockAttr(k, id, 0o444, show_removable),
    state: blockAttr(k, id, 0o644, state_show, store_mem_state),
    subsystem: klink('../../../../bus/memory'),
    uevent: attr(0o644, () => '', (text) => store_uevent(mm, 'memory', id, text)),
  };
}

/** A page of an offline block is reserved: it is neither free nor on a list, and cannot be taken out. */
function* soft_offline(k: Kernel, pfn: number): Kthread<number> {
  const { mm } = k;
  const section = mm.t.section.state[Math.floor(pfn / 2 ** mm.PFN_SECTION_SHIFT)] ?? 0;
  if (section === 0) return -ERRNO.ENXIO;
  return (section & SECTION_ONLINE) === 0 ? -ERRNO.EIO : yield* soft_offline_page(k, pfn);
}
export function memory_attributes(k: Kernel): Readonly<Record<string, VNode>> {
  const { mm } = k;
  const write_only = (): number => -ERRNO.EIO;
  return {
    block_size_bytes: attr(0o444, () => block_size_bytes_show(mm)),
    hard_offline_page: attr(0o200, write_only, poison_store(k, memory_failure)),
    probe: attr(0o200, write_only, (text) => within(mm, 'memory_probe_store', memory_probe_store(k, text))),
    soft_offline_page: attr(0o200, write_only, poison_store(k, soft_offline)),
    uevent: attr(0o644, () => '', (text) => store_uevent(mm, 'memory', -1, text)),
  };
}

/** MEMORY_BLOCK.valid_zones: the zone the block is in; an offline block at the common border may also go to the other side of it. */
export function valid_zones(mm: Mm, id: number): number {
  const NONE = 15;
  const { memory_block: b } = mm.t;
  const start = block_start_pfn(mm, id);
  const end = start + (1 << mm.PFN_BLOCK_SHIFT);
  const row = page_zone_row(mm, start);
  const zone = row < 0 ? NONE : zone_idx(row);
  if (b.state[id] === MEM_STATE_ONLINE) return ((b.zone[id] as number) < 0 ? NONE : (b.zone[id] as number)) | (NONE << 4);
  const allowed = movable_node_configured(mm) || ((mm.t.node.state[b.nid[id] as number] ?? 0) & N_NORMAL_MEMORY(mm)) !== 0;
  let other = NONE;
  if (zone === ZONE_MOVABLE && allowed && can_move_left(mm, row, start, end)) other = ZONE_MOVABLE - 1;
  if (zone === ZONE_MOVABLE - 1 && allowed && can_move_right(mm, row, start, end)) other = ZONE_MOVABLE;
  return zone | (other << 4);
}

export function node_attributes(k: Kernel, nid: number): Readonly<Record<string, VNode>> {
  const { mm } = k;
  const cpus = ((mm.t.node.state[nid] as number) & NODE_CPU) !== 0 ? Array.from({ length: mm.description.cpus }, (_, cpu) => cpu) : [];
  return {
    compact: attr(0o200, () => '', (text) => text.length),
    ...Object.fromEntries(cpus.map((cpu) => [`cpu${cpu}`, klink(`../../cpu/cpu${cpu}`)])),
    cpulist: attr(0o444, () => `${bitmapList(cpus)}\n`),
    cpumap: attr(0o444, () => `${cpus.reduce((bits, cpu) => bits + 2 ** cpu, 0).toString(16)}\n`),
    distance: attr(0o444, () => `${nodesWith(mm, NODE_ONLINE).map((to) => distance(mm, nid, to)).join(' ')}\n`),
    hugepages: hugepagesDir(k, nid),
    meminfo: attr(0o444, () => withoutLines(mm, node_meminfo_show(mm, nid))),
    numastat: attr(0o444, () => numastat_show(mm, nid)),
    scan_unevictable_pages: attr(0o644, () => '0\n', (text) => text.length),
    subsystem: klink('../../../../bus/node'),
    uevent: attr(0o644, () => '', (text) => store_uevent(mm, 'node', nid, text)),
    vmstat: attr(0o444, () => node_vmstat_show(mm, nid)),
  };
}
export function nodes_attributes(k: Kernel): Readonly<Record<string, VNode>> {
  const { mm } = k;
  const list = (bit: () => number) => (): string => `${bitmapList(nodesWith(mm, bit()))}\n`;
  return {
    // The set of nodes with processors is never filled in here.
    has_cpu: attr(0o444, () => '\n'),
    ...(movable_node_configured(mm) && { has_memory: attr(0o444, list(() => NODE_MEMORY)) }),
    has_normal_memory: attr(0o444, list(() => N_NORMAL_MEMORY(mm))),
    online: attr(0o444, list(() => NODE_ONLINE)),
    possible: attr(0o444, list(() => NODE_POSSIBLE)),
    uevent: attr(0o644, () => '', (text) => text.length),
  };
}
