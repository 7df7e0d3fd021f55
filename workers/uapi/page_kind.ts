/**
 * What a frame holds, as the renderer draws it: the low five bits of MEMMAP.kind. Zero is free memory, so that memory nobody has touched needs no initialisation.
 * Isolated, offline and absent are not kinds of content: they follow from the pageblock's migrate type and from the section and block tables.
 */
export const KIND_FREE = 0;
export const KIND_ANON = 1;
export const KIND_FILE = 2;
export const KIND_THP = 3;
export const KIND_HUGETLB = 4;
export const KIND_MLOCKED = 5;
export const KIND_SLAB = 6;
export const KIND_PAGETABLE = 7;
export const KIND_KERNEL = 8;
export const KIND_MEMMAP = 9;
export const KIND_PINNED = 10;
export const KIND_RESERVED = 11;
export const KIND_CRASHKERNEL = 12;
export const KIND_HWPOISON = 13;
export const KIND_UNPLUGGED = 14;
export const KIND_BALLOON = 15;
/** Stored only for pages that were captured (2.6.12): allocated, so that their section can go. Elsewhere isolated memory is free memory in an isolated pageblock. */
export const KIND_ISOLATED = 16;
/** Drawn, never stored. */
export const KIND_OFFLINE = 17;
export const KIND_ABSENT = 18;
export const NR_KINDS = 19;

/** Keys of the palette, in the order above. */
export const KIND_NAMES = [
  'free', 'anon', 'file', 'thp', 'hugetlb', 'mlocked', 'slab', 'pagetable', 'kernel', 'memmap', 'pinned', 'reserved', 'crashkernel', 'hwpoison',
  'unplugged', 'balloon', 'isolated', 'offline', 'absent',
] as const;
export type KindName = (typeof KIND_NAMES)[number];

/** MEMMAP.kind = kind | these. */
export const KIND_MASK = 0x1f;
/** The dump did not say what this frame is; a documented rule filled it in (workers/init/picture.ts). */
export const KIND_INFERRED = 0x20;
/** The frame has a row of its own in the cold columns (flags, map count, pins). */
export const KIND_COLD = 0x40;
/** PageReserved: never given to the allocator (boot reservations, kernel image, memmap of boot, holes inside a section). MEMMAP.state of such a frame is 0. */
export const KIND_PG_RESERVED = 0x80;
