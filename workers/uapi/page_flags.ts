/** Mirrors: include/uapi/linux/kernel-page-flags.h (6.1). Bit numbers of /proc/kpageflags; those from 32 on are the kernel's unofficial ones. */
export const KPF = {
  LOCKED: 0, ERROR: 1, REFERENCED: 2, UPTODATE: 3, DIRTY: 4, LRU: 5, ACTIVE: 6, SLAB: 7, WRITEBACK: 8, RECLAIM: 9, BUDDY: 10, MMAP: 11, ANON: 12,
  SWAPCACHE: 13, SWAPBACKED: 14, COMPOUND_HEAD: 15, COMPOUND_TAIL: 16, HUGE: 17, UNEVICTABLE: 18, HWPOISON: 19, NOPAGE: 20, KSM: 21, THP: 22, OFFLINE: 23,
  ZERO_PAGE: 24, IDLE: 25, PGTABLE: 26, RESERVED: 32, MLOCKED: 33, MAPPEDTODISK: 34, PRIVATE: 35, PRIVATE_2: 36, OWNER_PRIVATE: 37, ARCH: 38, UNCACHED: 39, SOFTDIRTY: 40, ARCH_2: 41,
} as const;
/** `1 << bit` for the bits below 32, as the low word of a kpageflags entry. */
export const kpf = (bit: number): number => (1 << bit) >>> 0;
/** COLD.flags holds KPF bits 0 to 26 as they are and these for the bits above 31. */
export const COLD_MLOCKED = 1 << 28;
/** Anonymous memory that left the active list, in editions where it begins there (until 5.8). */
export const COLD_INACTIVE = 1 << 26;
/** Turned over against what the kind implies: PG_anon_exclusive shares the bit, which is set on nearly every anonymous page. */
export const COLD_MAPPEDTODISK = 1 << 29;
export const COLD_PRIVATE = 1 << 30;
/** Ours: its user has not touched the page since reclaim last looked (the page table's accessed bit is clear). */
export const COLD_OLD = 1 << 27;
/** Ours: this frame of a huge page of the pool is broken (raw_hwp_page); PG_hwpoison itself is on the head. */
export const COLD_RAW_HWP = 1 << 31;
/** Ours, the same bit on another kind of frame, the head of a huge page of a process: each of its pages has a page-table entry of its own; some of them may be nobody's. */
export const COLD_PTE_MAPPED = 1 << 31;
/** Ours, in the high word of an entry: nobody gave this frame, a rule filled it in to match given statistics. No kernel prints this bit. */
export const HIGH_SYNTHESISED = 1 << 31;
