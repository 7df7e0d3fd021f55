/** What the recorded Debian kernel (6.1 on q35) takes before the page allocator exists: its early reservations, or the one sentence that says what found no room. */
import type { EarlyBoot } from './edition.ts';
import type { Refusal } from '../uapi/command.ts';
import { ERRNO } from '../uapi/errno.ts';
import type { MachineDescription } from '../uapi/machine_description.ts';
import { PAGE_SIZE } from '../uapi/units.ts';
import { type CmaReservation, reserveCma } from './cma.ts';
import { type CrashReservation, reserve_crashkernel, reserve_crashkernel_s390 } from './crashkernel.ts';
import type { BootPlan } from './layout_plan.ts';
import type { Memblock } from './memblock.ts';
import { reserveEarly } from './reservations.ts';
import { bootZones, presentSections, zoneEstimate } from './zones.ts';

/** End of what counts as reserved in ZONE_DMA: 1 MiB. */
const LOW_MEGABYTE = 0x100;

export const isDebian = (description: MachineDescription): boolean => description.profile === 'debian-6.1-q35';
export const dma_reserved = (mb: Memblock, description: MachineDescription): number => (isDebian(description) ? mb.present(0, LOW_MEGABYTE) : 0);

export function setup_arch(plan: BootPlan, mb: Memblock, description: MachineDescription): EarlyBoot | Refusal {
  let crash: CrashReservation = { lines: [], ranges: [], size: 0 };
  let cma: CmaReservation | undefined;
  if (description.arch === 's390x') crash = reserve_crashkernel_s390(mb, plan.parameters.all);
  if (!isDebian(description)) return { freedLater: [], crash };
  const dmaReserved = dma_reserved(mb, description);
  const { ramdisk } = description;
  const taken = reserveEarly(mb, {
    nodes: plan.possible.length, cpus: description.cpus, hotplugWindow: plan.hotplugWindow,
    sections: presentSections(mb, 2 ** plan.sizes.section_shift),
    total_pages: bootZones(plan, mb).reduce((sum, zone) => sum + zoneEstimate(zone, dmaReserved, plan.geometry.page_size), 0),
    ramdisk: ramdisk && { start: Math.floor(ramdisk.start / PAGE_SIZE), end: Math.ceil(ramdisk.end / PAGE_SIZE) },
    crashkernel: () => {
      cma = reserveCma(mb, description, plan.parameters.all, plan.geometry.page_size);
      crash = reserve_crashkernel(mb, plan.parameters.all);
    },
  });
  if (!('what' in taken)) return { ...taken, crash, ...(cma && { cma }) };
  return {
    ok: false, errno: ERRNO.ENOMEM,
    reason: `The machine is too small for its kernel: there is no room for ${taken.what} (${taken.pages * 4} kB in one piece).`,
    rule: 'the recorded Debian kernel takes about 60 MB of RAM before the page allocator exists', remedy: "give it 256 MiB or more, or use the profile 'bare'",
  };
}
