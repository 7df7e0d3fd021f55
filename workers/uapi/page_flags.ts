/** Mirrors: include/uapi/linux/kernel-page-flags.h (6.1). Bit numbers of /proc/kpageflags; those from 32 on are the kernel's unofficial ones. */
export const KPF = {
  LOCKED: 0, ERROR: 1, REFERENCED: 2, UPTODATE: 3, DIRTY: 4, LRU: 5, ACTIVE: 6, SLAB: 7, WRITEBACK: 8, RECLAIM: 9, BUDDY: 10, MMAP: 11, ANON: 12,
  SWAPCACHE: 13, SWAPBACKED: 14, COMPOUND_HEAD: 15, COMPOUND_TAIL: 16, HUGE: 17, UNEVICTABLE: 18, HWPOISON: 19, NOPAGE: 20, KSM: 21, THP: 22, OFFLINE: 23,
  ZERO_PAGE: 24, IDLE: 25, PGTABLE: 26, RESERVED: 32, MLOCKED: 33, OWNER_PRIVATE: 34, PRIVATE: 35, PRIVATE_2: 36, ARCH: 37, UNCACHED: 38, SOFTDIRTY: 39, ARCH_2: 40,
} as const;
/** `1 << bit` for the bits below 32, as the low word of a kpageflags entry. */
export const kpf = (bit: number): number => (1 << bit) >>> 0;
