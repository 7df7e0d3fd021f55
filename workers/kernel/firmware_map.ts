/** Mirrors: drivers/firmware/memmap.c (6.1): /sys/firmware/memmap, the firmware's map of memory as it was before the kernel changed anything, plus what was plugged since. */
import { remember } from '../lib/remember.ts';
import type { FirmwareRange } from '../uapi/machine_description.ts';

export interface FirmwareMapEntry {
  /** Name of its directory: counted up, never used again. */
  readonly nr: number;
  /** Bytes; `end` inclusive. */
  readonly start: number;
  readonly end: number;
  readonly type: string;
}
export interface FirmwareMap {
  readonly entries: FirmwareMapEntry[];
  /** map_entries_nr. */
  next: number;
}

/** Memory that the firmware knows of: a driver's own resource has another name, and does not appear here. */
export const SYSTEM_RAM = 'System RAM';
/** Source: e820_type_to_string(). */
const TYPES: Readonly<Record<FirmwareRange['type'], string>> = {
  usable: SYSTEM_RAM, reserved: 'Reserved', 'ACPI data': 'ACPI Tables', 'ACPI NVS': 'ACPI Non-volatile Storage', persistent: 'Persistent Memory', unusable: 'Unusable memory',
};

/** One entry a line of the firmware's table. Source: e820__reserve_resources(). */
export function createFirmwareMap(memory: readonly FirmwareRange[]): FirmwareMap {
  const map: FirmwareMap = remember({ entries: [], next: 0 });
  for (const { start, end, type } of memory) firmware_map_add(map, start, end, TYPES[type]);
  return map;
}
/** `end`: exclusive, as the kernel's callers give it. Source: firmware_map_add_hotplug(). */
export function firmware_map_add(map: FirmwareMap, start: number, end: number, type: string): void {
  map.entries.push({ nr: map.next++, start, end: end - 1, type });
}
/** Nothing happens if no entry is exactly this one. Source: firmware_map_remove(). */
export function firmware_map_remove(map: FirmwareMap, start: number, end: number, type: string): void {
  const at = map.entries.findIndex((e) => e.start === start && e.end === end - 1 && e.type === type);
  if (at >= 0) map.entries.splice(at, 1);
}
