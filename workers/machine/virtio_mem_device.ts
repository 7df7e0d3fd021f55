/**
 * Mirrors: QEMU hw/virtio/virtio-mem.c (7.2): the device that gives the guest memory in blocks, and takes it back. Texts of refusals are QEMU's.
 * Left out: migration, discarding of RAM, preallocation. Why: no guest can see them.
 */
import { remember } from '../lib/remember.ts';
import type { Response, VirtioMemDevice } from '../drivers/virtio/virtio_mem_config.ts';
import type { VirtioMemDescription } from '../uapi/machine_description.ts';

/** How far beyond the requested size the guest may reach: two memory blocks of 128 MiB. */
const USABLE_EXTENT = 2 * 2 ** 27;
const hex = (n: number): string => `0x${n.toString(16)}`;

/** The host's side of it. */
export interface HostVirtioMem extends VirtioMemDevice {
  readonly id: string;
  readonly memdev: string;
  /** The guest's driver: told whenever the host changed something. */
  onConfig(interrupt: () => void): void;
  /** qom-set requested-size: undefined, or why not. */
  setRequested(bytes: number): string | undefined;
}

/** @param sizeChanged told after every change of the plugged size */
export function createVirtioMem({ id, memdev, size, blockSize, requestedSize, node }: VirtioMemDescription, addr: number, sizeChanged: (device: HostVirtioMem) => void): HostVirtioMem {
  const plugged = remember(new Uint8Array(Math.floor(size / blockSize)));
  const state = remember({ requested: requestedSize, usable: Math.min(size, requestedSize + USABLE_EXTENT), total: 0, interrupt: (): void => {} });

  /** Blocks of a request, or undefined if it is none the guest may make. */
  const blocksOf = (at: number, bytes: number): { readonly first: number; readonly count: number } | undefined => {
    const valid = bytes > 0 && at % blockSize === 0 && bytes % blockSize === 0 && at >= addr && at + bytes <= addr + state.usable;
    return valid ? { first: (at - addr) / blockSize, count: bytes / blockSize } : undefined;
  };
  function change(at: number, bytes: number, plug: boolean): Response {
    const blocks = blocksOf(at, bytes);
    if (blocks === undefined) return 'ERROR';
    if (plug && state.total + bytes > state.requested) return 'NACK';
    const range = plugged.subarray(blocks.first, blocks.first + blocks.count);
    if (range.some((bit) => (bit === 1) === plug)) return 'ERROR';
    range.fill(plug ? 1 : 0);
    state.total += plug ? bytes : -bytes;
    sizeChanged(device);
    return 'ACK';
  }
  const device: HostVirtioMem = {
    id, memdev, addr, region_size: size, block_size: blockSize, nid: node,
    requested_size: () => state.requested,
    plugged_size: () => state.total,
    usable_region_size: () => state.usable,
    plug: (at, bytes) => change(at, bytes, true),
    unplug: (at, bytes) => change(at, bytes, false),
    unplug_all() {
      const before = state.total;
      plugged.fill(0);
      state.total = 0;
      state.usable = Math.min(size, state.requested + USABLE_EXTENT);
      if (before !== 0) sizeChanged(device);
      return 'ACK';
    },
    onConfig: (handler) => {
      state.interrupt = handler;
    },
    setRequested(bytes) {
      if (bytes % blockSize !== 0) return `'requested-size' has to be multiples of 'block-size' (${hex(blockSize)})`;
      // QEMU reads what is below 0 as a number of 64 bits.
      if (bytes > size || bytes < 0) return `'requested-size' cannot exceed the memory backend size (${hex(size)})`;
      // The usable region only grows while memory beyond it may be plugged.
      if (bytes !== state.requested) state.usable = Math.max(state.usable, Math.min(size, bytes + USABLE_EXTENT));
      state.requested = bytes;
      state.interrupt();
      return undefined;
    },
  };
  return device;
}
