/** Why a block would not go offline, or may not: a code and what belongs to it. The words are the page's (src/strings); what the kernel logs itself is OFFLINE_REASONS. */
import type { Pfn } from './units.ts';

/** What an offline does whose pages cannot all be moved: 6.1 tries without end, 3.11 for two minutes, the patches of 2005 until a round moves nothing. */
export type StuckHow = 'endless' | 'two_minutes' | 'idle_round';

export type OfflineReason =
  | { readonly code: 'not_configured'; /** Without CONFIG_. */ readonly option: string }
  /** state: MEM_STATE_*, not online. */
  | { readonly code: 'state'; readonly state: number }
  | { readonly code: 'two_zones' | 'memory_holes' | 'last_normal' | 'bootmem' | 'unmovable_page' | 'not_written' | 'not_highmem' }
  /** The first page that keeps its pageblock from being isolated. */
  | { readonly code: 'isolate'; readonly pfn: Pfn }
  /** 3.11: a page on no LRU list, found when all others have moved. */
  | { readonly code: 'no_lru'; readonly pfn: Pfn }
  /** 2.6.12-mhp: the first page that nobody would give up. */
  | { readonly code: 'capture'; readonly pfn: Pfn; readonly is: 'reserved' | 'no_lru' | 'held' }
  | { readonly code: 'referenced'; readonly how: StuckHow; /** Frames somebody holds a reference to. */ readonly pages: number }
  /** Pages to move, and free ones elsewhere that an allocation may take. */
  | { readonly code: 'no_room'; readonly how: StuckHow; readonly pages: number; readonly room: number };
