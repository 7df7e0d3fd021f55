/** How an edition boots, beside what it is when it runs (mm/edition.ts). A further edition is a folder of editions/ and a line in its index.ts. */
import type { Resource } from '../kernel/resource.ts';
import type { Edition } from '../mm/edition.ts';
import type { Kernel } from '../mm/kernel.ts';
import type { Mm } from '../mm/mm.ts';
import type { CoreSizes } from '../mm/mm_init.ts';
import type { Buddy } from '../mm/page_alloc.ts';
import type { Geometry } from '../uapi/arch.ts';
import type { Refusal } from '../uapi/command.ts';
import type { MachineDescription } from '../uapi/machine_description.ts';
import type { CmaReservation } from './cma.ts';
import type { BootPlan } from './layout_plan.ts';
import type { Memblock } from './memblock.ts';

/** What boot took early and gave back late. */
export interface EarlyBoot {
  /** Set aside for devices, where that was done here. */
  readonly cma?: CmaReservation;
  /** Given back after the first watermarks were computed. */
  readonly freedLater: readonly { readonly start: number; readonly end: number }[];
  /** What of it, and of what was given back before, is freed page by page once the kernel has what it uses, in this order. Absent: nothing. */
  readonly freedByPage?: readonly { readonly start: number; readonly end: number }[];
  readonly crash: { readonly lines: readonly string[]; readonly ranges: readonly { readonly start: number; readonly end: number }[]; readonly size: number };
}
/** From a described machine to a kernel's first look at it. */
export interface BootFunctions {
  /** kernelcore= and movablecore= as this kernel reads them. */
  core(values: { readonly kernelcore: string | undefined; readonly movablecore: string | undefined }, pageSize: number): CoreSizes;
  /** 1: a Movable border at or behind the end of a node stays where it is instead of being dropped. */
  readonly keep_border_behind_end: 0 | 1;
  /** Highest pfn that a write to `probe` may make known beyond what the board has; 0 = no such file. */
  probe_limit(description: MachineDescription): number;
  /** log2 of the bytes of a memory block, for a machine whose boot RAM ends at `boot_end` bytes. */
  block_shift(boot_end: number, geometry: Geometry, description: MachineDescription): number;
  /** Makes the early reservations of the described profile, or says what found no room. */
  setup_arch(plan: BootPlan, mb: Memblock, description: MachineDescription): EarlyBoot | Refusal;
  /** Pages of ZONE_DMA that are reserved before the first zonelists are counted. */
  dma_reserved(mb: Memblock, description: MachineDescription): number;
  /** /proc/iomem as boot leaves it. */
  iomem(mm: Mm, plan: BootPlan): Resource;
  /** Lines of the log at three moments: before zones exist, after, and when memory was given to the allocator. */
  log_memory_map(mm: Mm, plan: BootPlan, early: EarlyBoot): void;
  log_zones(mm: Mm, plan: BootPlan): void;
  log_freed(mm: Mm, plan: BootPlan, mb: Memblock, early: EarlyBoot): void;
  /** What differs in the zones that boot memory gives, before any of it is with the allocator. */
  fix_zones(mm: Mm, plan: BootPlan, mb: Memblock, early: EarlyBoot): void;
  /** Memory that a driver finds once the kernel is there, offline; `limit`: where mem= ends memory, bytes. */
  detect_memory?(k: Kernel, limit: number): void;
  /** What is set up once all memory is with the allocator. */
  late_init(mm: Mm, buddy: Buddy): void;
  /** What differs in the blocks that boot memory gives, once all of them are registered. */
  fix_blocks?(mm: Mm): void;
  /** Memory the kernel uses when boot is over, before what boot needed is freed. */
  occupy(mm: Mm, buddy: Buddy, plan: BootPlan): void;
  /** Memory of the first program. */
  run_init?(mm: Mm, buddy: Buddy, plan: BootPlan): void;
}

export interface BootEdition extends Edition {
  readonly boot: BootFunctions;
}
