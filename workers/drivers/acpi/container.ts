/**
 * Mirrors: drivers/acpi/container.c, drivers/base/container.c and the generic half of acpi_device_hotplug() in drivers/acpi/scan.c (6.1): devices that come and go together. A container
 * wants to be taken offline by user space before it is ejected, and says so by an event; it goes offline only when all its memory is. In 3.11 it has no such device: the event is its
 * ACPI device's, and the eject waits for a write to that device's eject file, which takes the memory offline.
 * Left out: processors and host bridges in a container. Why: this board's hold memory. Without CONFIG_ACPI_CONTAINER its children are ejected as single devices are.
 */
import type { Kernel } from '../../mm/kernel.ts';
import type { Kthread } from '../../kernel/kthread.ts';
import { kobject_uevent } from '../../lib/kobject_uevent.ts';
import { configured, M_CONTAINER_OFFLINE, type Mm } from '../../mm/mm.ts';
import { ERRNO } from '../../uapi/errno.ts';
import { SLOT_EMPTY, SLOT_PLUGGED } from '../../uapi/layout.ts';
import type { ContainerDescription } from '../../uapi/machine_description.ts';
import { MEM_STATE_OFFLINE } from '../../uapi/memory_block.ts';
import { EV } from '../../uapi/trace.ts';
import { lock_device_hotplug, unlock_device_hotplug } from '../base/memory.ts';
import {
  ACPI_NOTIFY_DEVICE_CHECK, ACPI_NOTIFY_EJECT_REQUEST, ACPI_OST_SC_EJECT_IN_PROGRESS, ACPI_OST_SC_SUCCESS, acpi_evaluate_ej0, acpi_memory_device_add, acpi_scan_try_to_offline, blocksOf,
  type Firmware,
} from './acpi_memhotplug.ts';

export const containersOf = (mm: Pick<Mm, 'description'>): readonly ContainerDescription[] => mm.description.containers ?? [];
/** ACPI0004:00: instances are counted for each kind. */
export function containerName(mm: Pick<Mm, 'description'>, n: number): string {
  const all = containersOf(mm);
  const { hid } = all[n] as ContainerDescription;
  return `${hid}:${String(all.slice(0, n).filter((other) => other.hid === hid).length).padStart(2, '0')}`;
}
/** Is anything in it? */
export const isFilled = (mm: Mm, n: number): boolean => (containersOf(mm)[n] as ContainerDescription).slots.some((slot) => mm.t.slot.state[slot] !== SLOT_EMPTY);
const isOffline = (mm: Mm, n: number): boolean => (((mm.t.misc.word[M_CONTAINER_OFFLINE] as number) >> n) & 1) !== 0;
const setOffline = (mm: Mm, n: number, offline: boolean): void => {
  const word = mm.t.misc.word[M_CONTAINER_OFFLINE] as number;
  mm.t.misc.word[M_CONTAINER_OFFLINE] = offline ? word | (1 << n) : word & ~(1 << n);
};
const blocksIn = (k: Kernel, n: number): number[] => (containersOf(k.mm)[n] as ContainerDescription).slots.flatMap((slot) => blocksOf(k, slot));
/** No socket of a device: the column says that a container is meant. A status below 0: nothing is said. */
const ost = (mm: Mm, source: number, status: number): void => {
  if (status >= 0) mm.trace(EV.acpi_ost, source, status, -1);
};
const hasDevice = (mm: Mm): boolean => mm.edition.hotplug.acpi_reports.container_device === 1;
/** User space hears of its ACPI device. */
const acpi_uevent = (mm: Mm, action: 'online' | 'offline', n: number): void => kobject_uevent(mm, action, 'acpi', n, { MODALIAS: `acpi:${(containersOf(mm)[n] as ContainerDescription).hid}:` });
/** Without a handler for containers nobody hears what the firmware says of one, where Notify is the handler's (3.11). */
export const isHeard = (mm: Mm): boolean => hasDevice(mm) || configured(mm, 'ACPI_CONTAINER');

/** Notify(container, device check): all of its memory devices are attached, one after the other. */
export function* acpi_container_check(k: Kernel, n: number): Kthread<void> {
  const { mm } = k;
  if (!isHeard(mm)) return;
  yield* lock_device_hotplug(mm);
  ost(mm, ACPI_NOTIFY_DEVICE_CHECK, mm.edition.hotplug.acpi_reports.insert_in_progress);
  if (hasDevice(mm) && configured(mm, 'ACPI_CONTAINER')) {
    setOffline(mm, n, false);
    kobject_uevent(mm, 'add', 'container', n);
  }
  for (const slot of (containersOf(mm)[n] as ContainerDescription).slots) if (mm.t.slot.state[slot] === SLOT_PLUGGED) yield* acpi_memory_device_add(k, slot);
  if (!hasDevice(mm)) acpi_uevent(mm, 'online', n);
  unlock_device_hotplug(mm);
  ost(mm, ACPI_NOTIFY_DEVICE_CHECK, ACPI_OST_SC_SUCCESS);
  yield;
}

/** Notify(container, eject request), or its `eject` file (source_event). With the driver: -EBUSY and an event until user space has taken the container offline; without: each block is taken offline here. */
export function* acpi_container_eject(k: Kernel, firmware: Firmware, n: number, source_event: number): Kthread<void> {
  const { mm } = k;
  if (!isHeard(mm)) return;
  if (!hasDevice(mm)) return yield* eject_when_told(k, firmware, n, source_event);
  const driver = configured(mm, 'ACPI_CONTAINER');
  yield* lock_device_hotplug(mm);
  ost(mm, ACPI_NOTIFY_EJECT_REQUEST, ACPI_OST_SC_EJECT_IN_PROGRESS);
  let ret = 0;
  if (!driver) ret = yield* acpi_scan_try_to_offline(k, (containersOf(mm)[n] as ContainerDescription).slots);
  else if (!isOffline(mm, n)) {
    kobject_uevent(mm, 'change', 'container', n, { EVENT: 'offline' });
    ret = -ERRNO.EBUSY;
  }
  if (ret === 0) ret = yield* let_go(k, firmware, n);
  if (ret === 0 && driver) kobject_uevent(mm, 'remove', 'container', n);
  unlock_device_hotplug(mm);
  ost(mm, source_event, mm.edition.hotplug.acpi_reports.eject_ended(ret));
  yield;
}
/** All its memory, offline by now, is forgotten, and the firmware takes the devices. 0 or -EIO. */
function* let_go(k: Kernel, firmware: Firmware, n: number): Kthread<number> {
  const { mm } = k;
  let ret = 0;
  for (const slot of (containersOf(mm)[n] as ContainerDescription).slots) {
    if (mm.t.slot.state[slot] === SLOT_EMPTY) continue;
    if (blocksOf(k, slot).length > 0 && !(yield* mm.edition.hotplug.acpi_memory_remove_memory(k, slot))) break;
    mm.t.slot.state[slot] = SLOT_PLUGGED;
    ret = acpi_evaluate_ej0(k, firmware, slot) || ret;
  }
  return ret;
}
/**
 * 3.11: the board's request is only passed on, as an event, and kept in mind; the write to the eject file does it, in the name of whoever asked first. M_CONTAINER_OFFLINE says that one waits.
 * Source: acpi_bus_device_eject(), acpi_eject_store(), acpi_bus_hot_remove_device().
 */
function* eject_when_told(k: Kernel, firmware: Firmware, n: number, source_event: number): Kthread<void> {
  const { mm } = k;
  if (source_event === ACPI_NOTIFY_EJECT_REQUEST) {
    ost(mm, ACPI_NOTIFY_EJECT_REQUEST, ACPI_OST_SC_EJECT_IN_PROGRESS);
    setOffline(mm, n, true);
    acpi_uevent(mm, 'offline', n);
    return;
  }
  const { eject_begins, eject_ended } = mm.edition.hotplug.acpi_reports;
  const source = eject_begins(isOffline(mm, n) ? ACPI_NOTIFY_EJECT_REQUEST : source_event);
  setOffline(mm, n, false);
  ost(mm, source, ACPI_OST_SC_EJECT_IN_PROGRESS);
  yield* lock_device_hotplug(mm);
  const ret = (yield* acpi_scan_try_to_offline(k, (containersOf(mm)[n] as ContainerDescription).slots)) || (yield* let_go(k, firmware, n));
  unlock_device_hotplug(mm);
  ost(mm, source, eject_ended(ret));
  yield;
}

export const container_online_show = (mm: Mm, n: number): string => `${isOffline(mm, n) ? 0 : 1}\n`;
/** A write to the container's online file: 0 takes it offline, -EBUSY while a block of it is online; 1 puts it back. Source: online_store(), acpi_container_offline(). */
export function* container_online_store(k: Kernel, n: number, text: string): Kthread<number> {
  const on = /^[1yY]/.test(text);
  if (!on && !/^[0nN]/.test(text)) return -ERRNO.EINVAL;
  yield* lock_device_hotplug(k.mm);
  const busy = !on && blocksIn(k, n).some((id) => k.mm.t.memory_block.state[id] !== MEM_STATE_OFFLINE);
  if (!busy && isOffline(k.mm, n) === on) {
    setOffline(k.mm, n, !on);
    kobject_uevent(k.mm, on ? 'online' : 'offline', 'container', n);
  }
  unlock_device_hotplug(k.mm);
  return busy ? -ERRNO.EBUSY : text.length;
}
