/**
 * Mirrors: QEMU hw/mem/memory-device.c and hw/mem/pc-dimm.c (7.2). The window for memory devices, DIMM sockets, and where a new device goes.
 * Refusals carry QEMU's own texts; those marked in qemu.test.ts are recorded, the others follow the same rules and are inferred.
 * Left out: KVM and vhost limits, NVDIMM labels. Why: the recorded board is emulated in software and takes pc-dimm only.
 */
import type { MachineDescription } from '../uapi/machine_description.ts';

const GIB = 2 ** 30;
/** Alignment of a RAM backend on x86: one huge page. */
export const DIMM_ALIGN = 0x20_0000;

/** Address window of memory devices and what may be plugged into it; bytes. */
export interface DeviceMemory {
  readonly base: number;
  readonly size: number;
  /** maxmem - m: how much may be plugged in all. */
  readonly capacity: number;
  readonly slots: number;
}
/** A device in the window; bytes. */
export interface Region {
  readonly id: string;
  readonly addr: number;
  readonly size: number;
}

const alignUp = (n: number, align: number): number => Math.ceil(n / align) * align;
const hex = (n: number): string => `0x${n.toString(16)}`;

/**
 * The window begins behind high RAM at a whole GiB; every slot adds one GiB to it, so that alignment can always be paid for. A partition of ppc64 has no hole below 4 GiB, and nothing to pay.
 * Source: pc_memory_init(), spapr_machine_init().
 */
export function deviceMemory({ arch, memory, slots }: MachineDescription): DeviceMemory {
  const partition = arch === 'ppc64';
  const ram = memory.reduce((top, range) => (range.type === 'usable' ? Math.max(top, range.end) : top), partition ? 0 : 4 * GIB);
  if (slots === undefined) return { base: alignUp(ram, GIB), size: 0, capacity: 0, slots: 0 };
  const capacity = slots.maxmem - slots.ram;
  return { base: alignUp(ram, GIB), size: capacity + (partition ? 0 : slots.count * GIB), capacity, slots: slots.count };
}

/** A refusal: QEMU's words. */
export interface Denied {
  readonly desc: string;
}

/** The slot a DIMM takes: the one asked for, else the first free one. */
export function freeSlot(window: DeviceMemory, taken: (slot: number) => boolean, hint: number | undefined): number | Denied {
  if (hint !== undefined && (hint < 0 || hint >= window.slots)) return { desc: `invalid slot number ${hint}, valid range is [0-${window.slots - 1}]` };
  if (window.slots === 0) return { desc: 'no slots where allocated, please specify the \'slots\' option' };
  if (hint !== undefined) return taken(hint) ? { desc: `slot ${hint} is busy` } : hint;
  for (let slot = 0; slot < window.slots; slot++) if (!taken(slot)) return slot;
  return { desc: 'no free slots available' };
}

/**
 * Where a device of `size` bytes goes (`align`: what its place must be a multiple of): at `hint`, or at the lowest place behind the window's base that no device overlaps. The search steps over a device to the end of it,
 * rounded up to 2 MiB only: a device at an odd 64 MiB shifts all that come after it.
 */
export function freeAddress(window: DeviceMemory, plugged: readonly Region[], size: number, hint: number | undefined, align = DIMM_ALIGN): number | Denied {
  if (window.size === 0) return { desc: 'memory devices (e.g. for memory hotplug) are not enabled, please specify the maxmem option' };
  const used = plugged.reduce((sum, region) => sum + region.size, 0);
  if (used + size > window.capacity) return { desc: `not enough space, currently ${hex(used)} in use of total space for memory devices ${hex(window.capacity)}` };
  if (hint !== undefined && hint % DIMM_ALIGN !== 0) return { desc: `address must be aligned to ${hex(DIMM_ALIGN)} bytes` };
  if (size % DIMM_ALIGN !== 0) return { desc: `backend memory size must be multiple of ${hex(DIMM_ALIGN)}` };
  const inside = (addr: number): boolean => addr >= window.base && addr + size <= window.base + window.size;
  if (hint !== undefined && !inside(hint)) {
    return { desc: `can't add memory device [${hex(hint)}:${hex(size)}], usable range for memory devices [${hex(window.base)}:${hex(window.size)}]` };
  }
  let addr = hint ?? alignUp(window.base, align);
  for (const region of plugged.toSorted((a, b) => a.addr - b.addr)) {
    if (region.addr >= addr + size) break;
    if (region.addr + region.size <= addr) continue;
    if (hint !== undefined) return { desc: `address range conflicts with memory device id='${region.id}'` };
    addr = alignUp(region.addr + region.size, align);
  }
  return inside(addr) ? addr : { desc: 'could not find position in guest address space for memory device - memory fragmented due to alignments' };
}
