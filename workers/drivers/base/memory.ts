/**
 * Mirrors: the files of drivers/base/memory.c (6.1): what /sys/devices/system/memory reads and takes, with exact text and errno.
 */
import type { Kernel } from '../../mm/kernel.ts';
import type { Kthread } from '../../kernel/kthread.ts';
import { within } from '../../mm/call_path.ts';
import { device_offline, device_online } from '../../mm/memory_block.ts';
import { configured, M_AUTO_ONLINE, M_DEVICE_HOTPLUG_LOCK, M_DEVICE_LOCK, type Mm, page_size } from '../../mm/mm.ts';
import { block_start_pfn } from '../../mm/mmzone.ts';
import { arch_get_memory_phys_device } from '../s390/char/sclp_cmd.ts';
import { ERESTARTNOINTR, ERRNO } from '../../uapi/errno.ts';
import { MEM_ABSENT, MEM_STATE_ONLINE, MMOP_OFFLINE, MMOP_ONLINE, MMOP_WORDS, stateWord } from '../../uapi/memory_block.ts';

/** Each reads one file of memoryN, with its newline. */
export const state_show = (mm: Mm, id: number): string => `${stateWord(mm.t.memory_block.state[id] as number)}\n`;
/** Waits (-EAGAIN to whoever reads for it) while the block goes online or offline. Source: online_show() of drivers/base/core.c, device_lock(). */
export const online_show = (mm: Mm, id: number): string | number =>
  mm.t.misc.word[M_DEVICE_LOCK] === id + 1 ? -ERRNO.EAGAIN : `${mm.t.memory_block.state[id] === MEM_STATE_ONLINE ? 1 : 0}\n`;
export const phys_index_show = (_mm: Mm, id: number): string => `${id.toString(16).padStart(8, '0')}\n`;
/** 0 but on s390x: the storage increment. Source: phys_device_show(), arch_get_memory_phys_device(). */
export const phys_device_show = (mm: Mm, id: number): string => `${mm.geometry.arch === 's390x' ? arch_get_memory_phys_device(mm, block_start_pfn(mm, id)) : 0}\n`;
/** Since 5.x: 1 as soon as the kernel can offline memory at all; it says nothing about the block. */
export const removable_show = (mm: Mm): string => (configured(mm, 'MEMORY_HOTREMOVE') ? '1\n' : '0\n');
export function valid_zones_show(mm: Mm, id: number): string {
  const zones = mm.t.memory_block.valid_zones[id] as number;
  const names = [zones & 15, zones >> 4].flatMap((zone) => mm.geometry.zone_names[zone] ?? []);
  return `${names.length === 0 ? 'none' : names.join(' ')}\n`;
}
/** Hex without 0x, bytes. */
export const block_size_bytes_show = (mm: Mm): string => `${(page_size(mm) * 2 ** mm.PFN_BLOCK_SHIFT).toString(16)}\n`;

/** The word a write holds: text counts up to a NUL, one newline at the end is dropped. Source: sysfs_streq(). */
const word = (text: string): string => (text.split('\0', 1)[0] as string).replace(/\n$/, '');
const mhp_online_type_from_str = (text: string): number => MMOP_WORDS.indexOf(word(text) as (typeof MMOP_WORDS)[number]);

export const auto_online_blocks_show = (mm: Mm): string => `${MMOP_WORDS[mm.t.misc.word[M_AUTO_ONLINE] as number]}\n`;
export function auto_online_blocks_store(mm: Mm, text: string): number {
  const type = mhp_online_type_from_str(text);
  if (type < 0) return -ERRNO.EINVAL;
  mm.t.misc.word[M_AUTO_ONLINE] = type;
  return text.length;
}

/** Waits for device_hotplug_lock, which every change of a memory device holds. Source: lock_device_hotplug(). */
export function* lock_device_hotplug(mm: Mm): Kthread<void> {
  const { word: misc } = mm.t.misc;
  while (misc[M_DEVICE_HOTPLUG_LOCK] !== 0) yield;
  misc[M_DEVICE_HOTPLUG_LOCK] = 1;
}
/** The same for a write to a file: 0, or -ERESTARTNOINTR, with which the whole write begins anew after 5 ms. Source: lock_device_hotplug_sysfs(). */
function lock_device_hotplug_sysfs(mm: Mm): number {
  const { word: misc } = mm.t.misc;
  if (misc[M_DEVICE_HOTPLUG_LOCK] !== 0) return -ERESTARTNOINTR;
  misc[M_DEVICE_HOTPLUG_LOCK] = 1;
  return 0;
}
export const unlock_device_hotplug = (mm: Mm): void => {
  mm.t.misc.word[M_DEVICE_HOTPLUG_LOCK] = 0;
};

/**
 * A write to memoryN/state: bytes taken, or -EINVAL (no such word, or the block is in that state already), -ENODEV (the block is gone), else what online or offline answer.
 * A wrong word is refused before the lock is waited for. Source: state_store().
 */
export function* state_store(k: Kernel, id: number, text: string): Kthread<number> {
  const { mm } = k;
  const online_type = mhp_online_type_from_str(text);
  if (online_type < 0) return -ERRNO.EINVAL;
  const locked = lock_device_hotplug_sysfs(mm);
  if (locked < 0) return locked;
  try {
    const state = mm.t.memory_block.state[id] as number;
    if (state === MEM_ABSENT) return -ERRNO.ENODEV;
    if (online_type !== MMOP_OFFLINE && state === MEM_STATE_ONLINE) return -ERRNO.EINVAL;
    const ret = yield* within(mm, 'state_store', online_type === MMOP_OFFLINE ? device_offline(k, id) : device_online(k, id, online_type), id);
    if (ret < 0) return ret;
    return ret > 0 ? -ERRNO.EINVAL : text.length;
  } finally {
    unlock_device_hotplug(mm);
  }
}

/** kstrtobool(): undefined for what is no boolean. Only the first letters count. */
export function kstrtobool(text: string): boolean | undefined {
  if (/^[1yYtT]/.test(text)) return true;
  if (/^[0nNfF]/.test(text)) return false;
  if (/^[oO][nN]/.test(text)) return true;
  if (/^[oO][fF]/.test(text)) return false;
  return undefined;
}
/** The work of a write to memoryN/online, under device_hotplug_lock: 0, or -errno. Asking for the state it is in is no error. */
export function* set_online(k: Kernel, id: number, on: boolean): Kthread<number> {
  if (k.mm.t.memory_block.state[id] === MEM_ABSENT) return -ERRNO.ENODEV;
  const ret = on ? yield* device_online(k, id, MMOP_ONLINE) : yield* device_offline(k, id);
  return Math.min(ret, 0);
}
/** A write to memoryN/online: 1 and 0 in the kernel's spellings. Source: online_store() of drivers/base/core.c. */
export function* online_store(k: Kernel, id: number, text: string): Kthread<number> {
  const { mm } = k;
  const on = kstrtobool(text);
  if (on === undefined) return -ERRNO.EINVAL;
  const locked = lock_device_hotplug_sysfs(mm);
  if (locked < 0) return locked;
  try {
    const ret = yield* set_online(k, id, on);
    return ret < 0 ? ret : text.length;
  } finally {
    unlock_device_hotplug(mm);
  }
}
