/** Mirrors: struct virtio_mem and what both modes of drivers/virtio/virtio_mem.c (6.1) share: requests to the device, adding and removing memory. Bytes unless said. */
import type { Kernel } from '../../mm/kernel.ts';
import type { Kthread } from '../../kernel/kthread.ts';
import { add_memory, MHP_MERGE_RESOURCE, MHP_NID_IS_MGID, offline_and_remove_memory, try_remove_memory } from '../../mm/memory_hotplug_add.ts';
import { page_size } from '../../mm/mm.ts';
import { ERRNO } from '../../uapi/errno.ts';
import type { Response, VirtioMemDevice } from './virtio_mem_config.ts';

/** errno of a busy host: the one value of <errno.h> that only this driver returns. */
export const ETXTBSY = 26;

export interface VirtioMem {
  readonly k: Kernel;
  readonly device: VirtioMemDevice;
  /** 'virtio0' */
  readonly name: string;
  /** Row of SLOT: its dynamic memory group. */
  readonly group: number;
  /** How much offline memory there may be before nothing more is added. */
  readonly offline_threshold: number;
  /** Module parameter: may online memory be unplugged? */
  readonly unplug_online: boolean;
  offline_size: number;
  plugged_size: number;
  requested_size: number;
  usable_region_size: number;
  config_changed: boolean;
}

const errnoOf = (response: Response, nack: number): number => ({ ACK: 0, NACK: -nack, BUSY: -ETXTBSY, ERROR: -ERRNO.EINVAL })[response];
/** 0, -EAGAIN, -ETXTBSY or -EINVAL. With news from the host waiting, nothing is asked. Source: virtio_mem_send_plug_request(). */
export function send_plug_request(vm: VirtioMem, addr: number, size: number): number {
  if (vm.config_changed) return -ERRNO.EAGAIN;
  const ret = errnoOf(vm.device.plug(addr, size), ERRNO.EAGAIN);
  if (ret === 0) vm.plugged_size += size;
  return ret;
}
/** Source: virtio_mem_send_unplug_request(). */
export function send_unplug_request(vm: VirtioMem, addr: number, size: number): number {
  if (vm.config_changed) return -ERRNO.EAGAIN;
  const ret = errnoOf(vm.device.unplug(addr, size), ERRNO.ENOMEM);
  if (ret === 0) vm.plugged_size -= size;
  return ret;
}

/** Could that much be added without too much memory being offline? Source: virtio_mem_could_add_memory(). */
export const could_add_memory = (vm: VirtioMem, size: number): boolean => vm.offline_size + size <= vm.offline_threshold;

/** Source: virtio_mem_add_memory(). Counted as offline first, so that it can come online while it is being added. */
export function* virtio_mem_add_memory(vm: VirtioMem, addr: number, size: number): Kthread<number> {
  vm.offline_size += size;
  const ret = yield* add_memory(vm.k, {
    nid: vm.device.nid, start_pfn: addr / page_size(vm.k.mm), nr_pages: size / page_size(vm.k.mm), mhp_flags: MHP_MERGE_RESOURCE | MHP_NID_IS_MGID, slot: -1, group: vm.group,
    resource_name: 'System RAM (virtio_mem)',
  });
  if (ret === 0) return 0;
  vm.offline_size -= size;
  vm.k.mm.printk(4, `virtio_mem ${vm.name}: adding memory failed: ${ret}`);
  return ret;
}
/** Source: virtio_mem_remove_memory(). */
export function* virtio_mem_remove_memory(vm: VirtioMem, addr: number, size: number): Kthread<number> {
  const ret = yield* try_remove_memory(vm.k, addr / page_size(vm.k.mm), size / page_size(vm.k.mm));
  if (ret === 0) vm.offline_size -= size;
  return ret;
}
/** Source: virtio_mem_offline_and_remove_memory(). */
export function* virtio_mem_offline_and_remove_memory(vm: VirtioMem, addr: number, size: number): Kthread<number> {
  const ret = yield* offline_and_remove_memory(vm.k, addr / page_size(vm.k.mm), size / page_size(vm.k.mm));
  if (ret === 0) vm.offline_size -= size;
  return ret;
}

/** What a mode (sub-blocks, big blocks) does. Plug and unplug: 0, or the errno the work loop acts on. */
export interface VirtioMemMode {
  /** Tries to be rid of blocks that were plugged but could not be added. */
  cleanup_pending(): number;
  plug_request(diff: number): Kthread<number>;
  unplug_request(diff: number): Kthread<number>;
  /** A chunk of an online block: is it (pfn, pages) plugged? undefined: partly. */
  mayComeOnline(pfn: number, nr_pages: number): boolean | undefined;
  /** Size in pages in which a chunk is wholly the one or the other. */
  readonly granule: number;
  /** A block is going online: may it? */
  goingOnline(pfn: number): boolean;
  online(pfn: number): void;
  offline(pfn: number): void;
  /** Ranges of a block that are not plugged though it is online, in pfns. */
  heldBack(pfn: number): { readonly pfn: number; readonly nr_pages: number }[];
}
