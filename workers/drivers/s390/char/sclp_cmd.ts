/**
 * Mirrors: the memory half of drivers/s390/char/sclp_cmd.c (6.1). What the hypervisor holds in readiness (standby) becomes memory blocks at boot, offline; its storage increments are
 * asked for when a block comes online and given back when it goes offline.
 * Left out: storage elements that are attached later, increments beyond RAM and standby. Why: the described hypervisor has one element, and all of it is listed.
 */
import type { Kernel } from '../../../mm/kernel.ts';
import { SYSTEM_RAM } from '../../../kernel/firmware_map.ts';
import { runToEnd } from '../../../kernel/kthread.ts';
import { remember } from '../../../lib/remember.ts';
import { noted } from '../../../mm/call_path.ts';
import { add_memory } from '../../../mm/memory_hotplug_add.ts';
import { registerListener } from '../../../mm/memory_listeners.ts';
import { type Mm, page_size } from '../../../mm/mm.ts';
import { ERRNO } from '../../../uapi/errno.ts';
import { type MachineDescription, standbyStart } from '../../../uapi/machine_description.ts';
import { MEM_CANCEL_ONLINE, MEM_GOING_OFFLINE, MEM_GOING_ONLINE, MEM_OFFLINE } from '../../../uapi/memory_block.ts';
import { NOTIFY_BAD, NOTIFY_OK } from '../../../uapi/notifiers.ts';

/** Contained equipment check: the response to a request that the hypervisor cannot fulfil. */
const REFUSED = 0x0340;
const ASSIGN_STORAGE = 0x000d0001;

/** Storage increment in bytes: what the hypervisor gives and takes memory in. */
const rzm = (mm: Mm): number => mm.description.standby?.increment ?? page_size(mm) * 2 ** mm.PFN_BLOCK_SHIFT;
/** Number of the increment that a frame lies in, from 0: what phys_device shows. */
export const arch_get_memory_phys_device = (mm: Mm, start_pfn: number): number => Math.floor((start_pfn * page_size(mm)) / rzm(mm));

/** Registers the listener and adds standby memory, block by block. `limit`: bytes from which on mem= leaves memory out. */
export function sclp_detect_standby_memory(k: Kernel, limit: number): void {
  const { mm } = k;
  const { standby } = mm.description;
  if (standby === undefined) return;
  const { increment } = standby;
  const assigned = standbyStart(mm.description as MachineDescription, increment) / increment;
  /** Increment rn (from 1) is on standby: 1. */
  const increments = remember(new Uint8Array(assigned + standby.size / increment).fill(1, assigned));
  registerListener(k.memory_chain, 'sclp_mem_notifier', (action, { start_pfn, nr_pages }) => {
    const start = start_pfn * page_size(mm);
    const end = start + nr_pages * page_size(mm);
    switch (action) {
      // A block is one thing with its increments: all of them were assigned when it came online.
      case MEM_GOING_OFFLINE: return within(increments, increment, start, end).some((rn) => increments[rn - 1] === 1) ? NOTIFY_BAD : NOTIFY_OK;
      case MEM_GOING_ONLINE: return sclp_mem_change_state(k, increments, within(increments, increment, start, end), true) < 0 ? NOTIFY_BAD : NOTIFY_OK;
      case MEM_CANCEL_ONLINE: case MEM_OFFLINE: sclp_mem_change_state(k, increments, within(increments, increment, start, end), false); return NOTIFY_OK;
      default: return NOTIFY_OK;
    }
  });
  add_standby_memory(k, assigned * increment, Math.min(assigned * increment + standby.size, limit), standby.size);
}

/** Numbers of the increments that meet a range of bytes, ascending. */
function within(increments: Uint8Array, increment: number, start: number, end: number): number[] {
  const numbers: number[] = [];
  for (let rn = Math.floor(start / increment) + 1; (rn - 1) * increment < end && rn <= increments.length; rn++) numbers.push(rn);
  return numbers;
}

/** 0, or -EIO: one of them was not given. The rest is asked for all the same. */
function sclp_mem_change_state(k: Kernel, increments: Uint8Array, numbers: readonly number[], online: boolean): number {
  let rc = 0;
  for (const rn of numbers) {
    if (online) rc = Math.min(rc, noted(k.mm, 'sclp_assign_storage', () => sclp_assign_storage(k, rn), rn));
    else noted(k.mm, 'sclp_unassign_storage', () => 0, rn);
    if (rc === 0) increments[rn - 1] = online ? 0 : 1;
  }
  return rc;
}
function sclp_assign_storage({ mm, hypervisor_gives }: Kernel, rn: number): number {
  if (hypervisor_gives?.() !== false) return 0;
  const hex = (n: number, digits: number): string => `0x${n.toString(16).padStart(digits, '0')}`;
  mm.printk(4, `sclp_cmd: assign storage failed (cmd=${hex(ASSIGN_STORAGE, 8)}, response=${hex(REFUSED, 4)}, rn=${hex(rn, 4)})`);
  return -ERRNO.EIO;
}

/** Whole blocks of [start, end) are added; what is left at either edge is of no use. Source: add_memory_merged(), align_to_block_size(). */
function add_standby_memory(k: Kernel, start: number, end: number, size: number): void {
  if (start >= end) return;
  const { mm } = k;
  const nr_pages = 1 << mm.PFN_BLOCK_SHIFT;
  const block = nr_pages * page_size(mm);
  const first = Math.ceil(start / block) * block;
  const last = Math.floor(end / block) * block;
  const MiB = 2 ** 20;
  mm.printk(6, `sclp_cmd: Standby memory at 0x${start.toString(16)} (${(last - first) / MiB}M of ${Math.min(size, end - start) / MiB}M usable)`);
  for (let at = first; at < last; at += block) runToEnd(add_memory(k, { nid: 0, start_pfn: at / page_size(mm), nr_pages, mhp_flags: 0, slot: -1, resource_name: SYSTEM_RAM }));
}
