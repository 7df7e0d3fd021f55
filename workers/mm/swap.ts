/**
 * Mirrors: swp_entry_t of include/linux/swapops.h (6.1): what stands in a page table's entry whose page is not in memory. PTE.pfn holds the frame above 0, -pfn of a poisoned frame
 * just below 0, and swap entries from SWAP_ENTRY downwards: the type (number of the swap area) and the offset in it.
 */
import type { Mm } from './mm.ts';

/** No machine has so many frames. */
const SWAP_ENTRY = -(2 ** 29);
const OFFSET_BITS = 24;
/** Pages of the largest area: 64 GiB. Areas at most: MAX_SWAPFILES of 6.1 is 29 and more. */
export const MAX_SWAP_PAGES = 2 ** OFFSET_BITS;
export const MAX_SWAPFILES = 24;

export const swp_entry = (type: number, offset: number): number => SWAP_ENTRY - (type * MAX_SWAP_PAGES + offset);
export const is_swap_pte = (entry: number): boolean => entry <= SWAP_ENTRY;
export const swp_type = (entry: number): number => Math.floor((SWAP_ENTRY - entry) / MAX_SWAP_PAGES);
export const swp_offset = (entry: number): number => (SWAP_ENTRY - entry) % MAX_SWAP_PAGES;
/** A hwpoison entry: it names the frame that is lost. */
export const is_hwpoison_entry = (entry: number): boolean => entry < 0 && entry > SWAP_ENTRY;

/** Pages that reclaim takes from a list, or is asked for, at once. Source: include/linux/swap.h. */
export const SWAP_CLUSTER_MAX = 32;

/** The areas there are: what reclaim needs of them. */
export interface SwapSpace {
  /** Free and all pages of all areas. */
  nr_swap_pages(): number;
  total_swap_pages(): number;
  /** A place for a page of this kind that holds this; 0: there is none. */
  get_swap_page(tag: number, kind: number): number;
  /** What the page at the entry holds, and its kind. */
  read(entry: number): { readonly tag: number; readonly kind: number };
  /** The place is free again. Source: swap_free(). */
  free(entry: number): void;
}
const spaces = new WeakMap<Mm, SwapSpace>();
/** The machine's swap areas, undefined before the first swapon(2). */
export const swapSpace = (mm: Mm): SwapSpace | undefined => spaces.get(mm);
export function setSwapSpace(mm: Mm, space: SwapSpace): void {
  spaces.set(mm, space);
}
export const get_nr_swap_pages = (mm: Mm): number => spaces.get(mm)?.nr_swap_pages() ?? 0;
