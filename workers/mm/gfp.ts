/** Mirrors: include/linux/gfp_types.h (6.1): what an allocation may do to get its pages. Only flags that something here asks about. */
export const __GFP_IO = 0x40;
export const __GFP_FS = 0x80;
export const __GFP_DIRECT_RECLAIM = 0x400;
export const __GFP_KSWAPD_RECLAIM = 0x800;
export const __GFP_RETRY_MAYFAIL = 0x4000;
export const __GFP_NORETRY = 0x10000;
export const GFP_KERNEL = __GFP_DIRECT_RECLAIM | __GFP_KSWAPD_RECLAIM | __GFP_IO | __GFP_FS;
