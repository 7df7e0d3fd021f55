/**
 * Mirrors: drivers/acpi/acpi_memhotplug.c and the hot-plug half of drivers/acpi/scan.c (6.1): a DIMM is plugged, or asked back, and the firmware is told how it went.
 * Left out: devices with several ranges. Why: QEMU's DIMMs have one range each. Containers: container.ts.
 */
import { SYSTEM_RAM } from '../../kernel/firmware_map.ts';
import type { Kernel } from '../../mm/kernel.ts';
import type { Kthread } from '../../kernel/kthread.ts';
import { device_offline, device_online } from '../../mm/memory_block.ts';
import { add_memory, MHP_MEMMAP_ON_MEMORY, MHP_NID_IS_MGID, mhp_supports_memmap_on_memory, try_remove_memory } from '../../mm/memory_hotplug_add.ts';
import { pfn_to_block_id } from '../../mm/mmzone.ts';
import { FN } from '../../uapi/functions.ts';
import { called, noted, passed, within } from '../../mm/call_path.ts';
import { configured, M_ACPI_HOTPLUG_OFF, type Mm } from '../../mm/mm.ts';
import { SLOT_ADDED, SLOT_PLUGGED } from '../../uapi/layout.ts';
import { MEM_ABSENT, MMOP_ONLINE } from '../../uapi/memory_block.ts';
import type { EjectAnswer } from '../../uapi/machine_description.ts';
import type { AcpiReports } from '../../mm/edition.ts';
import { EV } from '../../uapi/trace.ts';
import { ERRNO } from '../../uapi/errno.ts';
import { lock_device_hotplug, unlock_device_hotplug } from '../base/memory.ts';

export const ACPI_NOTIFY_DEVICE_CHECK = 1;
export const ACPI_NOTIFY_EJECT_REQUEST = 3;
/** Source of an eject that was asked for through sysfs. */
export const ACPI_OST_EC_OSPM_EJECT = 0x103;
export const ACPI_OST_SC_SUCCESS = 0;
export const ACPI_OST_SC_NON_SPECIFIC_FAILURE = 1;
const ACPI_OST_SC_EJECT_NOT_SUPPORTED = 0x80;
const ACPI_OST_SC_DEVICE_BUSY = 0x82;
export const ACPI_OST_SC_EJECT_IN_PROGRESS = 0x84;

/** The firmware's side: what evaluating _EJ0 and _OST does. */
export interface Firmware {
  ejected(slot: number): EjectAnswer;
  ost(slot: number, sourceEvent: number, status: number): void;
}

/** A status below 0: nothing is said. */
function acpi_evaluate_ost(k: Kernel, firmware: Firmware, slot: number, source_event: number, status: number): void {
  if (status < 0) return;
  noted(k.mm, k.mm.edition.hotplug.acpi.ost, () => {
    const { slot: row } = k.mm.t;
    row.ost_event[slot] = source_event;
    row.ost_status[slot] = status;
    k.mm.trace(EV.acpi_ost, source_event, status, slot);
    firmware.ost(slot, source_event, status);
  }, source_event, status);
}

/** A range of the device's memory that Linux took. Source: struct acpi_memory_info, those that are `enabled`. */
export interface AcpiMemoryInfo {
  readonly start_pfn: number;
  readonly nr_pages: number;
}
/** Ranges of the device's _CRS; one that begins where an earlier one ends is part of that. Source: acpi_memory_get_resource(). */
export function acpi_memory_get_device_resources(k: Kernel, slot: number): AcpiMemoryInfo[] {
  const { slot: row } = k.mm.t;
  const ranges: AcpiMemoryInfo[] = [];
  for (const range of k.acpi_crs?.(slot) ?? [{ start_pfn: row.start_pfn[slot] as number, nr_pages: row.nr_pages[slot] as number }]) {
    const before = ranges.findIndex((r) => r.start_pfn + r.nr_pages === range.start_pfn);
    if (before < 0) ranges.push(range);
    else ranges[before] = { start_pfn: (ranges[before] as AcpiMemoryInfo).start_pfn, nr_pages: (ranges[before] as AcpiMemoryInfo).nr_pages + range.nr_pages };
  }
  return ranges;
}
/**
 * Blocks of a range that was known before become the device's as well; false, with a line in the log: one of them is another device's, and then all of the range are nobody's.
 * Source: acpi_bind_memory_blocks(), acpi_unbind_memory_blocks().
 */
export function acpi_bind_memory_blocks({ mm }: Kernel, slot: number, { start_pfn, nr_pages }: AcpiMemoryInfo, words: string): boolean {
  const { memory_block: b } = mm.t;
  const last = pfn_to_block_id(mm, start_pfn + nr_pages - 1);
  const ids: number[] = [];
  for (let id = pfn_to_block_id(mm, start_pfn); id <= last; id++) if (b.state[id] !== MEM_ABSENT) ids.push(id);
  const taken = ids.find((id) => (b.slot[id] as number) >= 0 && b.slot[id] !== slot);
  for (const id of ids) b.slot[id] = taken === undefined ? slot : -1;
  if (taken !== undefined) mm.printk(4, `memory memory${taken}: ${words}`);
  return taken === undefined;
}

/**
 * Each range of the device is added, all of them as one static memory group. A range that Linux refuses is passed over as long as it takes another; one that is known already counts as taken.
 * 0, -EINVAL: nothing was taken, -ENODEV: a block belongs to another device. Source: acpi_memory_enable_device(), 6.1.
 */
export function* acpi_memory_enable_device(k: Kernel, slot: number): Kthread<number> {
  const { mm } = k;
  yield* passed(mm, 'memory_group_register_static', slot);
  const enabled: AcpiMemoryInfo[] = [];
  for (const info of acpi_memory_get_device_resources(k, slot)) {
    const altmap = mhp_supports_memmap_on_memory(mm, info.nr_pages) ? MHP_MEMMAP_ON_MEMORY : 0;
    const ret = yield* add_memory(k, { nid: mm.t.slot.nid[slot] as number, ...info, mhp_flags: MHP_NID_IS_MGID | altmap, slot, resource_name: SYSTEM_RAM });
    if (ret !== 0 && ret !== -ERRNO.EEXIST) continue;
    if (!(yield* called(mm, 'acpi_bind_memory_blocks', () => acpi_bind_memory_blocks(k, slot, info, 'ACPI companion already set'), slot))) return -ERRNO.ENODEV;
    enabled.push(info);
  }
  k.acpi_memory_devices.set(slot, enabled);
  if (enabled.length > 0) return 0;
  mm.printk(3, `${acpiName(slot)}: add_memory failed`);
  return -ERRNO.EINVAL;
}
/** Source: acpi_memory_remove_memory(), 6.1. */
export function* acpi_memory_remove_memory(k: Kernel, slot: number): Kthread<boolean> {
  yield* within(k.mm, 'acpi_memory_device_remove', (function* () {
    for (const { start_pfn, nr_pages } of k.acpi_memory_devices.get(slot) ?? []) yield* try_remove_memory(k, start_pfn, nr_pages);
  })(), slot);
  k.acpi_memory_devices.delete(slot);
  return true;
}
/** PNP0C80:0a: the instance number follows the order of the sockets. Source: acpi_device_set_name(). */
export const acpi_device_id = (slot: number): string => `PNP0C80:${slot.toString(16).padStart(2, '0')}`;
export const acpiName = (slot: number): string => `acpi ${acpi_device_id(slot)}`;

/** The device below which the board's memory devices hang. */
export const MEMORY_HOTPLUG_CONTROLLER = 'LNXSYSTM:00/LNXSYBUS:00/PNP0A06:04';

/** Handlers that can be switched off in /sys/firmware/acpi/hotplug. */
export const ACPI_HOTPLUG_PROFILES = ['memory', 'pci_root', 'processor'] as const;
type Profile = (typeof ACPI_HOTPLUG_PROFILES)[number];
export const acpi_hotplug_enabled = (mm: Mm, profile: Profile): boolean => (((mm.t.misc.word[M_ACPI_HOTPLUG_OFF] as number) >> ACPI_HOTPLUG_PROFILES.indexOf(profile)) & 1) === 0;
export function set_acpi_hotplug_enabled(mm: Mm, profile: Profile, enabled: boolean): void {
  const bit = 1 << ACPI_HOTPLUG_PROFILES.indexOf(profile);
  const off = mm.t.misc.word[M_ACPI_HOTPLUG_OFF] as number;
  mm.t.misc.word[M_ACPI_HOTPLUG_OFF] = enabled ? off & ~bit : off | bit;
}

/** A bit behind those of the profiles. */
const FORCE_REMOVE = 1 << 8;
export const acpi_force_hot_remove = (mm: Mm): boolean => ((mm.t.misc.word[M_ACPI_HOTPLUG_OFF] as number) & FORCE_REMOVE) !== 0;
export function set_acpi_force_hot_remove(mm: Mm, on: boolean): void {
  const off = mm.t.misc.word[M_ACPI_HOTPLUG_OFF] as number;
  mm.t.misc.word[M_ACPI_HOTPLUG_OFF] = on ? off | FORCE_REMOVE : off & ~FORCE_REMOVE;
}

/** The driver takes a memory device. The device lock is held. Source: acpi_memory_device_add(). */
export function* acpi_memory_device_add(k: Kernel, slot: number): Kthread<void> {
  const { mm } = k;
  mm.trace(EV.sim_func_entry, FN.acpi_memory_device_add, slot);
  yield;
  yield* passed(mm, 'acpi_memory_get_device_resources', slot);
  const ret = yield* within(mm, 'acpi_memory_enable_device', mm.edition.hotplug.acpi_memory_enable_device(k, slot), slot);
  if (ret < 0) mm.printk(3, `${acpiName(slot)}: acpi_memory_enable_device() error`);
  else mm.t.slot.state[slot] = SLOT_ADDED;
  mm.trace(EV.sim_func_exit, FN.acpi_memory_device_add, ret);
}

/** A DIMM was plugged. However it goes, the firmware hears success: Linux looks only at whether the device could be enumerated. Source: acpi_device_hotplug(), acpi_scan_bus_device_check() (3.11). */
export function* acpi_device_check(k: Kernel, firmware: Firmware, slot: number): Kthread<void> {
  const { mm } = k;
  // Nobody in this kernel knows such a device: it is there, and stays without a driver.
  if (!configured(mm, 'ACPI_HOTPLUG_MEMORY')) return;
  const { acpi: names, acpi_reports: { insert_in_progress, insert_not_supported } } = mm.edition.hotplug;
  if (insert_not_supported >= 0 && !acpi_hotplug_enabled(mm, 'memory')) {
    acpi_evaluate_ost(k, firmware, slot, ACPI_NOTIFY_DEVICE_CHECK, insert_not_supported);
    return;
  }
  yield* within(mm, names.check, (function* () {
    yield* lock_device_hotplug(mm);
    acpi_evaluate_ost(k, firmware, slot, ACPI_NOTIFY_DEVICE_CHECK, insert_in_progress);
    yield* acpi_memory_device_add(k, slot);
    unlock_device_hotplug(mm);
    acpi_evaluate_ost(k, firmware, slot, ACPI_NOTIFY_DEVICE_CHECK, ACPI_OST_SC_SUCCESS);
    yield;
  })(), slot, ACPI_NOTIFY_DEVICE_CHECK);
}

/** Blocks of a slot's DIMM, ascending. */
export function blocksOf(k: Kernel, slot: number): number[] {
  const { memory_block: b } = k.mm.t;
  const ids: number[] = [];
  b.state.forEach((state, id) => {
    if (state !== 0 && b.slot[id] === slot) ids.push(id);
  });
  return ids;
}

/**
 * Every block goes offline, in two passes because one may depend on another; if a block still refuses, those that went are brought online again, with plain "online".
 * 0 or -EBUSY. Source: acpi_scan_try_to_offline().
 */
export const acpi_scan_try_to_offline = (k: Kernel, slots: readonly number[]): Kthread<number> => within(k.mm, k.mm.edition.hotplug.acpi.offline, try_to_offline(k, slots), slots[0] ?? -1);
function* try_to_offline(k: Kernel, slots: readonly number[]): Kthread<number> {
  const went: number[] = [];
  let failed: number[] = [];
  for (const id of slots.flatMap((slot) => blocksOf(k, slot))) {
    const ret = yield* device_offline(k, id);
    if (ret < 0) failed.push(id);
    else if (ret === 0) went.push(id);
  }
  for (const id of acpi_force_hot_remove(k.mm) ? [] : failed) {
    const ret = yield* device_offline(k, id);
    if (ret >= 0) {
      if (ret === 0) went.push(id);
      continue;
    }
    k.mm.printk(4, `memory memory${id}: Offline failed.`);
    for (const back of went.sort((a, b) => a - b)) yield* device_online(k, back, MMOP_ONLINE);
    failed = [];
    return -ERRNO.EBUSY;
  }
  return 0;
}

/** Source: acpi_device_hotplug(), acpi_generic_hotplug_event(), 6.1. */
export const acpi_reports: AcpiReports = {
  insert_in_progress: -1, insert_not_supported: -1, eject_needs_driver: 0, eject_disabled: 'Eject disabled', container_device: 1, may_force_remove: 0,
  // The board's event is named as the cause of the beginning, whoever asked.
  eject_begins: () => ACPI_NOTIFY_EJECT_REQUEST,
  eject_ended: (ret) =>
    ret === 0 ? ACPI_OST_SC_SUCCESS : ret === -ERRNO.EPERM ? ACPI_OST_SC_EJECT_NOT_SUPPORTED : ret === -ERRNO.EBUSY ? ACPI_OST_SC_DEVICE_BUSY : ACPI_OST_SC_NON_SPECIFIC_FAILURE,
};

/** AE_ERROR: what a method that gives up returns. */
const AE_ERROR = 1;
/** _STA of a device that is still there: present, enabled, shown, functioning. */
const STA_ENABLED = 0xf;
/** The firmware is to let go: 0, or -EIO when the method fails. A device that says it is enabled afterwards is only worth a line. Source: acpi_scan_hot_remove(), the end. */
export const acpi_evaluate_ej0 = (k: Kernel, firmware: Firmware, slot: number): number => noted(k.mm, k.mm.edition.hotplug.acpi.ej0, () => evaluate_ej0(k, firmware, slot), slot);
function evaluate_ej0({ mm }: Kernel, firmware: Firmware, slot: number): number {
  const handle = `ACPI: \\_SB_.MHPC.MP${slot.toString(16).toUpperCase().padStart(2, '0')}`;
  const answer = firmware.ejected(slot);
  if (answer === 'fails') mm.printk(4, `${handle}: Eject failed (0x${AE_ERROR.toString(16)})`);
  else if (answer === 'keeps') mm.printk(4, `${handle}: Eject incomplete - status 0x${STA_ENABLED.toString(16)}`);
  return answer === 'fails' ? -ERRNO.EIO : 0;
}

/** The board, or the `eject` file (source_event), asks for a DIMM back. The firmware hears first that it goes on. Source: acpi_device_hotplug(), acpi_bus_device_eject() (3.11). */
export const acpi_scan_hot_remove = (k: Kernel, firmware: Firmware, slot: number, source_event: number): Kthread<void> =>
  within(k.mm, k.mm.edition.hotplug.acpi.eject, hot_remove(k, firmware, slot, source_event), slot, source_event);
function* hot_remove(k: Kernel, firmware: Firmware, slot: number, source_event: number): Kthread<void> {
  const { mm } = k;
  const { slot: row } = mm.t;
  if (!configured(mm, 'ACPI_HOTPLUG_MEMORY')) return;
  const { eject_needs_driver, eject_disabled, eject_begins, eject_ended } = mm.edition.hotplug.acpi_reports;
  yield* lock_device_hotplug(mm);
  const taken = row.state[slot] === SLOT_ADDED;
  if (taken ? !acpi_hotplug_enabled(mm, 'memory') : eject_needs_driver === 1) {
    if (eject_disabled !== '') mm.printk(6, `${acpiName(slot)}: ${eject_disabled}`);
    unlock_device_hotplug(mm);
    acpi_evaluate_ost(k, firmware, slot, source_event, ACPI_OST_SC_EJECT_NOT_SUPPORTED);
    return;
  }
  mm.trace(EV.sim_func_entry, FN.acpi_scan_hot_remove, slot);
  acpi_evaluate_ost(k, firmware, slot, eject_begins(source_event), ACPI_OST_SC_EJECT_IN_PROGRESS);
  yield;
  let ret = yield* acpi_scan_try_to_offline(k, [slot]);
  if (ret === 0) {
    if (blocksOf(k, slot).length > 0 && !(yield* mm.edition.hotplug.acpi_memory_remove_memory(k, slot))) {
      unlock_device_hotplug(mm);
      return;
    }
    row.state[slot] = SLOT_PLUGGED;
    ret = acpi_evaluate_ej0(k, firmware, slot);
  }
  mm.trace(EV.sim_func_exit, FN.acpi_scan_hot_remove, ret);
  unlock_device_hotplug(mm);
  acpi_evaluate_ost(k, firmware, slot, source_event, eject_ended(ret));
  yield;
}
