/**
 * Mirrors: drivers/acpi/device_sysfs.c (6.1): the board's memory devices as ACPI lists them, one a socket, and the file that gives one back.
 * Left out: all other devices of the namespace. Why: nothing here stands behind them.
 */
import { acpi_device_id, acpi_hotplug_enabled, ACPI_OST_EC_OSPM_EJECT } from '../../drivers/acpi/acpi_memhotplug.ts';
import { containerName, containersOf, isFilled, isHeard } from '../../drivers/acpi/container.ts';
import type { Kernel } from '../../mm/kernel.ts';
import type { ContainerDescription } from '../../uapi/machine_description.ts';
import { ERRNO } from '../../uapi/errno.ts';
import { SLOT_ADDED, SLOT_EMPTY } from '../../uapi/layout.ts';
import type { DirNode, LinkNode } from '../../kernel/vnode.ts';
import { attr, kdir, klink, powerDir } from './kernfs.ts';
import { blockIds } from './memory.ts';

/** _STA of a DIMM that is there: present, enabled, shown, functioning. */
const STA_PRESENT = 15;
/** What the board counts its sockets with, in two hex digits. */
const hex = (slot: number): string => slot.toString(16).toUpperCase().padStart(2, '0');

/**
 * eject: '1' asks for the DIMM back and returns at once; the work is done by a worker. -EINVAL: another word; -ENODEV: no driver holds the device (the socket is empty, its memory was
 * refused), or memory hotplug is switched off. Source: eject_store().
 */
function eject_store(k: Kernel, slot: number, text: string): number {
  if (!text.startsWith('1')) return -ERRNO.EINVAL;
  if (k.mm.t.slot.state[slot] !== SLOT_ADDED || !acpi_hotplug_enabled(k.mm, 'memory') || k.acpi_hotplug_schedule === undefined) return -ERRNO.ENODEV;
  k.acpi_hotplug_schedule(slot, ACPI_OST_EC_OSPM_EJECT);
  return text.length;
}

/** The same for a container: it is there while one of its sockets is filled. */
function container_eject_store(k: Kernel, n: number, text: string): number {
  if (!text.startsWith('1')) return -ERRNO.EINVAL;
  if (!isFilled(k.mm, n) || !isHeard(k.mm) || k.acpi_container_schedule === undefined) return -ERRNO.ENODEV;
  k.acpi_container_schedule(n, ACPI_OST_EC_OSPM_EJECT);
  return text.length;
}
function containerDir(k: Kernel, n: number): DirNode {
  const { hid } = containersOf(k.mm)[n] as ContainerDescription;
  return kdir({
    eject: attr(0o200, () => -ERRNO.EIO, (text) => container_eject_store(k, n, text)),
    hid: attr(0o444, () => `${hid}\n`),
    modalias: attr(0o444, () => `acpi:${hid}:\n`),
    path: attr(0o444, () => `\\_SB_.CON${n}\n`),
    power: powerDir(),
    status: attr(0o444, () => `${isFilled(k.mm, n) ? STA_PRESENT : 0}\n`),
    subsystem: klink('../../../../../bus/acpi'),
    uevent: attr(0o644, () => `MODALIAS=acpi:${hid}:\n`, (text) => text.length),
  });
}

/** Links to the memory blocks that came from the device: physical_node, physical_node1, and so on. Source: acpi_bind_one(). */
function physicalNodes({ mm }: Kernel, slot: number): Readonly<Record<string, LinkNode>> {
  const ids = blockIds(mm).filter((id) => mm.t.memory_block.slot[id] === slot);
  return Object.fromEntries(ids.map((id, n) => [`physical_node${n === 0 ? '' : n}`, klink(`../../../../system/memory/memory${id}`)]));
}

function deviceDir(k: Kernel, slot: number): DirNode {
  const fixed = {
    eject: attr(0o200, () => -ERRNO.EIO, (text) => eject_store(k, slot, text)),
    hid: attr(0o444, () => 'PNP0C80\n'),
    modalias: attr(0o444, () => 'acpi:PNP0C80:\n'),
    path: attr(0o444, () => `\\_SB_.MHPC.MP${hex(slot)}\n`),
    power: powerDir(),
    status: attr(0o444, () => `${k.mm.t.slot.state[slot] === SLOT_EMPTY ? 0 : STA_PRESENT}\n`),
    subsystem: klink('../../../../../bus/acpi'),
    uevent: attr(0o644, () => 'MODALIAS=acpi:PNP0C80:\n', (text) => text.length),
    uid: attr(0o444, () => `0x${hex(slot)}\n`),
  };
  return kdir(fixed, { list: () => Object.keys(physicalNodes(k, slot)), lookup: (name) => (/^physical_node\d*$/.test(name) ? physicalNodes(k, slot)[name] : undefined) });
}

/** Directories of the board's containers and of the sockets' devices by name; none on a board without sockets. */
export function memoryDevices(k: Kernel): ReadonlyMap<string, DirNode> {
  const count = k.mm.description.slots?.count ?? 0;
  return new Map([...containersOf(k.mm).map((_, n) => [containerName(k.mm, n), containerDir(k, n)] as const), ...Array.from({ length: count }, (_, slot) => [acpi_device_id(slot), deviceDir(k, slot)] as const)]);
}
