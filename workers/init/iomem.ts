/**
 * Mirrors: e820__reserve_resources(), PCI and platform claims of the recorded machine (arch/x86/kernel/e820.c, setup.c; 6.1): /proc/iomem after boot. Bytes.
 * Source: spec machine-profile.md §1 and the recorded texts.
 */
import { createIomem, insert_resource, newResource, request_resource, reserve_region_with_split, type Resource } from '../kernel/resource.ts';
import { type FirmwareRange, hasMmconfig, MMCONFIG, type NumaRange } from '../uapi/machine_description.ts';
import { KERNEL_IMAGE, lowRamEnd } from './reservations.ts';

const NAMES: Readonly<Record<FirmwareRange['type'], string>> = {
  usable: 'System RAM', reserved: 'Reserved', 'ACPI data': 'ACPI Tables', 'ACPI NVS': 'ACPI Non-volatile Storage', persistent: 'Persistent Memory', unusable: 'Unusable memory',
};
const GiB = 2 ** 30;
/** Behind all memory: q35's window for devices, and i440FX's. */
const PCI_HIGH_WINDOW = { q35: 32 * GiB, pc: 2 * GiB };

/** `memory`: the map after mem= and memmap=; `board`: as the firmware gave it. `x86`: elsewhere nothing is kept around RAM. */
export function buildIomem(memory: readonly FirmwareRange[], board: readonly FirmwareRange[], numa: readonly NumaRange[], debian: boolean, x86 = true): Resource {
  const iomem = createIomem();
  for (const r of memory) {
    const busy = r.type === 'usable';
    // Page 0 is never given to anybody: the kernel turns it into a reserved range.
    const start = x86 && busy && r.start === 0 ? 0x1000 : r.start;
    if (start !== r.start) request_resource(iomem, newResource('Reserved', 0, 0xfff));
    request_resource(iomem, newResource(NAMES[r.type], start, r.end - 1, busy));
  }
  if (debian) addPlatform(iomem, board, numa);
  for (const r of memory) {
    if (x86 && r.type === 'usable') reserve_region_with_split(iomem, r.end, Math.ceil(r.end / ram_alignment(r.end)) * ram_alignment(r.end) - 1, 'RAM buffer');
  }
  return iomem;
}
/** RAM rarely ends in the middle of such a piece: the rest is kept from PCI. Source: ram_alignment(). */
export const ram_alignment = (end: number): number => (end < 2 ** 20 ? 2 ** 16 : end < 16 * 2 ** 20 ? 2 ** 20 : 64 * 2 ** 20);

function addPlatform(iomem: Resource, board: readonly FirmwareRange[], numa: readonly NumaRange[]): void {
  for (const part of KERNEL_IMAGE.parts) insert_resource(iomem, newResource(part.name, part.start, part.end, true));
  request_resource(iomem, newResource('PCI Bus 0000:00', 0xa0000, 0xbffff));
  request_resource(iomem, newResource('Video ROM', 0xc0000, 0xc05ff));
  nest(iomem, 0xf0000, 0xfffff, 'System ROM');
  const low = lowRamEnd(board);
  // An i440FX has neither MMCONFIG nor AHCI, and its RAM may reach higher.
  const q35 = hasMmconfig(board);
  if (q35) {
    request_resource(iomem, newResource('PCI Bus 0000:00', low, MMCONFIG.start - 1));
    insert_resource(iomem, newResource('PCI MMCONFIG 0000 [bus 00-ff]', MMCONFIG.start, MMCONFIG.end - 1));
    nest(iomem, MMCONFIG.start, MMCONFIG.end - 1, 'pnp 00:05');
  }
  request_resource(iomem, newResource('PCI Bus 0000:00', q35 ? MMCONFIG.end : low, 0xfebfffff));
  if (q35) insert_resource(iomem, newResource('0000:00:1f.2', 0xfebff000, 0xfebfffff));
  request_resource(iomem, newResource('IOAPIC 0', 0xfec00000, 0xfec003ff));
  request_resource(iomem, newResource('HPET 0', 0xfed00000, 0xfed003ff));
  nest(iomem, 0xfed00000, 0xfed003ff, 'PNP0103:00');
  request_resource(iomem, newResource('Local APIC', 0xfee00000, 0xfee00fff));
  const top = Math.max(4 * GiB, ...board.filter((r) => r.type === 'usable').map((r) => r.end), ...numa.map((n) => n.end));
  const high = Math.ceil(top / GiB) * GiB;
  request_resource(iomem, newResource('PCI Bus 0000:00', high, high + PCI_HIGH_WINDOW[q35 ? 'q35' : 'pc'] - 1));
}

/** A child as large as the innermost range that starts and ends there. */
function nest(parent: Resource, start: number, end: number, name: string): void {
  const same = parent.children.find((c) => c.start === start && c.end === end);
  if (same) nest(same, start, end, name);
  else if (parent.start === start && parent.end === end) parent.children.push(newResource(name, start, end));
}
