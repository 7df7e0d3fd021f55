/** Mirrors: include/linux/mmzone.h (6.1, x86_64). Orders, zones, migrate types and watermarks shared by kernel and page. */

/** Zone indexes inside a node, lowest address first; ZONE_DEVICE is always empty here. */
export const ZONE_DMA = 0;
export const ZONE_DMA32 = 1;
export const ZONE_NORMAL = 2;
export const ZONE_MOVABLE = 3;
/**
 * The place above Normal that the kernel itself cannot use is HighMem on an i386 of 2005, which has no ZONE_MOVABLE. The two never meet on one machine here, and the allocator
 * treats both alike: only memory of processes and files comes from there.
 */
export const ZONE_HIGHMEM = 3;
export const ZONE_DEVICE = 4;
export const MAX_NR_ZONES = 5;
/** As printed by /proc/zoneinfo and valid_zones of x86_64; each architecture has its own (arch.ts). */
export const ZONE_NAMES = ['DMA', 'DMA32', 'Normal', 'Movable', 'Device'] as const;

export const MIGRATE_UNMOVABLE = 0;
export const MIGRATE_MOVABLE = 1;
export const MIGRATE_RECLAIMABLE = 2;
export const MIGRATE_HIGHATOMIC = 3;
export const MIGRATE_ISOLATE = 4;
/** Linux numbers it before Isolate, and only where it is configured; /proc/pagetypeinfo shows it there. */
export const MIGRATE_CMA = 5;
export const MIGRATE_TYPES = 6;
/** As printed by /proc/pagetypeinfo. */
export const MIGRATE_NAMES = ['Unmovable', 'Movable', 'Reclaimable', 'HighAtomic', 'Isolate', 'CMA'] as const;
/** Pageblocks that movable pages may be in. */
export const is_migrate_movable = (migratetype: number): boolean => migratetype === MIGRATE_MOVABLE || migratetype === MIGRATE_CMA;

/**
 * Of x86_64: exclusive upper bound of orders (the largest chunk has order 10, 4 MiB), and its pageblocks. Other architectures have their own (arch.ts); 512 frames are the rows of
 * PAGEBLOCK on all of them.
 */
export const MAX_ORDER = 11;
export const pageblock_order = 9;
export const pageblock_nr_pages = 1 << pageblock_order;
export const MAX_ORDER_NR_PAGES = 1 << (MAX_ORDER - 1);

/** Row of a zone in the ZONE table: node-major. */
export const zoneRow = (nid: number, zone: number): number => nid * MAX_NR_ZONES + zone;
