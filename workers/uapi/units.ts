/**
 * Units as branded numbers: a pfn cannot be passed where a block id is wanted. The brand exists for the compiler only; hot loops inside the kernel
 * use plain numbers and brand at their edges.
 */
declare const unit: unique symbol;
type Unit<Name extends string> = number & { readonly [unit]: Name };

/** Page frame number: physical address / page size. Below 2³⁰, so that V8 keeps it a small integer (4 TiB of 4 KiB frames). */
export type Pfn = Unit<'pfn'>;
/** N of /sys/devices/system/memory/memoryN: physical address / block size. */
export type BlockId = Unit<'memory block'>;
/** NUMA node id. */
export type Nid = Unit<'node'>;
/** Event sequence number: orders everything; what seek, links and digests name. Starts at 0 at boot. */
export type EventSeq = Unit<'event'>;
/** Simulated time in nanoseconds since boot. Never a real clock. */
export type SimNs = Unit<'ns'>;

export const PAGE_SHIFT = 12;
export const PAGE_SIZE = 1 << PAGE_SHIFT;

/** pfn → bytes. */
export const pfnToPhys = (pfn: number): number => pfn * PAGE_SIZE;
