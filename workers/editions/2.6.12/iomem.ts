/** Mirrors: legacy_init_iomem_resources(), register_memory() of arch/i386/kernel/setup.c (2.6.12): /proc/iomem as boot leaves it. Memory added later claims nothing in it. Bytes. */
import { createIomem, newResource, request_resource, type Resource } from '../../kernel/resource.ts';
import type { BootPlan } from '../../init/layout_plan.ts';
import type { Mm } from '../../mm/mm.ts';
import type { FirmwareRange } from '../../uapi/machine_description.ts';
import { IMAGE, isUsual } from './boot.ts';

const NAMES: Readonly<Record<FirmwareRange['type'], string>> = {
  usable: 'System RAM', reserved: 'reserved', 'ACPI data': 'ACPI Tables', 'ACPI NVS': 'ACPI Non-volatile Storage', persistent: 'reserved', unusable: 'reserved',
};
const FOUR_GIB = 2 ** 32;
const PAGE = 4096;

export function buildIomem(mm: Mm, plan: BootPlan): Resource {
  const iomem = createIomem();
  iomem.end = FOUR_GIB - 1;
  for (const r of plan.memory) {
    if (r.end > FOUR_GIB) continue;
    const ram = newResource(NAMES[r.type], r.start, r.end - 1, r.type === 'usable');
    request_resource(iomem, ram);
    if (!isUsual(mm.description) || r.type !== 'usable' || r.start > IMAGE.code * PAGE || r.end < IMAGE.end * PAGE) continue;
    request_resource(ram, newResource('Kernel code', IMAGE.code * PAGE, IMAGE.data * PAGE - 1, true));
    request_resource(ram, newResource('Kernel data', IMAGE.data * PAGE, IMAGE.init * PAGE - 1, true));
  }
  for (const [name, start, end] of [['Video RAM area', 0xa0000, 0xbffff], ['Video ROM', 0xc0000, 0xc7fff], ['System ROM', 0xf0000, 0xfffff]] as const) request_resource(iomem, newResource(name, start, end));
  return iomem;
}
