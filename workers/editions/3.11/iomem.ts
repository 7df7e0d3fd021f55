/** Mirrors: e820_reserve_resources(), PCI and platform claims of the recorded machine (arch/x86/kernel/e820.c, setup.c; 3.11 on QEMU's pc): /proc/iomem after boot. Bytes. */
import { lowRamEnd } from '../../init/reservations.ts';
import type { BootPlan } from '../../init/layout_plan.ts';
import { createIomem, insert_resource, newResource, request_resource, type Resource } from '../../kernel/resource.ts';
import type { Mm } from '../../mm/mm.ts';
import type { FirmwareRange } from '../../uapi/machine_description.ts';
import { movable_node_configured } from './zone.ts';

const NAMES: Readonly<Record<FirmwareRange['type'], string>> = {
  usable: 'System RAM', reserved: 'reserved', 'ACPI data': 'ACPI Tables', 'ACPI NVS': 'ACPI Non-volatile Storage', persistent: 'Persistent Memory', unusable: 'Unusable memory',
};
const GIB = 2 ** 30;
/** Window for devices above all RAM. */
const PCI_HIGH_WINDOW = 2 * GIB;
/** 40 address bits: what the emulated processor has. */
const ADDRESS_SPACE = 2 ** 40;
/** The two recorded kernels differ by a few hundred bytes of code. */
const IMAGE = [['Kernel code', 0x1000000, 0x1220a27], ['Kernel data', 0x1220a28, 0x13470bf], ['Kernel bss', 0x13d7000, 0x143efff]] as const;
const IMAGE_MOVABLE_NODE = [['Kernel code', 0x1000000, 0x1220967], ['Kernel data', 0x1220968, 0x13470ff], ['Kernel bss', 0x13d7000, 0x143efff]] as const;

export function buildIomem(mm: Mm, plan: BootPlan): Resource {
  const { description } = mm;
  const iomem = createIomem();
  iomem.end = ADDRESS_SPACE - 1;
  for (const r of plan.memory) {
    const first = r.type === 'usable' && r.start === 0 ? 0x1000 : r.start;
    if (first !== r.start) request_resource(iomem, newResource('reserved', 0, first - 1));
    request_resource(iomem, newResource(NAMES[r.type], first, r.end - 1, r.type === 'usable'));
  }
  if (description.profile !== 'linux-3.11-pc') return iomem;
  for (const [name, start, end] of movable_node_configured(mm) ? IMAGE_MOVABLE_NODE : IMAGE) insert_resource(iomem, newResource(name, start, end, true));
  request_resource(iomem, newResource('PCI Bus 0000:00', 0xa0000, 0xbffff));
  request_resource(iomem, newResource('Video ROM', 0xc0000, 0xc05ff));
  iomem.children.find((c) => c.start === 0xf0000 && c.end === 0xfffff)?.children.push(newResource('System ROM', 0xf0000, 0xfffff));
  request_resource(iomem, newResource('PCI Bus 0000:00', lowRamEnd(description.memory), 0xfebfffff));
  for (const [name, start, end] of [['IOAPIC 0', 0xfec00000, 0xfec003ff], ['HPET 0', 0xfed00000, 0xfed003ff], ['Local APIC', 0xfee00000, 0xfee00fff]] as const) request_resource(iomem, newResource(name, start, end));
  const top = Math.max(4 * GIB, ...description.memory.filter((r) => r.type === 'usable').map((r) => r.end), ...description.numa.map((n) => n.end));
  request_resource(iomem, newResource('PCI Bus 0000:00', top, top + PCI_HIGH_WINDOW - 1));
  return iomem;
}
