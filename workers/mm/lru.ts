/**
 * Mirrors: include/linux/mm_inline.h and mm/swap.c (6.1): which of the five LRU lists a page belongs to, how long they are, and how pages pass between them. 6.1 as recorded runs
 * without MGLRU. All lists of a zone run through one chain of links, newest first (rmap.ts): a list is the pages of its kind in that order, so that moving memory need not know of
 * them. Who walks one list from its old end keeps a hand on where it stood, and how far up from the old end there is nothing of the list: the pages of other lists are passed once, not
 * on every walk.
 */
import { remember } from '../lib/remember.ts';
import { STATE_LRU, STATE_ORDER } from '../uapi/layout.ts';
import { COLD_INACTIVE, COLD_MLOCKED, COLD_OLD, KPF, kpf } from '../uapi/page_flags.ts';
import { KIND_FILE, KIND_MASK, KIND_MLOCKED } from '../uapi/page_kind.ts';
import type { Mm } from './mm.ts';
import { page_zone_row } from './mmzone.ts';
import { clearColdFlags, coldFlags, setColdFlags } from './page_flags.ts';
import { del_page_from_lru_list, lru_add, LRU_WALKED, NR_LRU_LISTS, ownerName, ownerOf, SHMEM_OWNER } from './rmap.ts';
import { count_vm_event, VM } from './vm_event.ts';

/** enum lru_list. */
export const LRU_INACTIVE_ANON = 0;
export const LRU_ACTIVE_ANON = 1;
export const LRU_INACTIVE_FILE = 2;
export const LRU_ACTIVE_FILE = 3;
export const LRU_UNEVICTABLE = 4;

const ACTIVE = kpf(KPF.ACTIVE);
const REFERENCED = kpf(KPF.REFERENCED);
const UNEVICTABLE = kpf(KPF.UNEVICTABLE) | COLD_MLOCKED;

const isFile = (mm: Mm, pfn: number): boolean => ((mm.t.memmap.kind[pfn] as number) & KIND_MASK) === KIND_FILE;
/** folio_test_swapbacked(): memory that goes to swap, files in memory included. */
export function swapbacked(mm: Mm, pfn: number): boolean {
  if (!isFile(mm, pfn)) return true;
  return (coldFlags(mm, pfn) & kpf(KPF.SWAPBACKED)) !== 0 || ownerName(mm, ownerOf(mm, pfn)).startsWith(SHMEM_OWNER);
}
/** Is it memory of a process, in an edition in which that begins on the active list? */
const beginsActive = (mm: Mm, pfn: number): boolean => mm.edition.reclaim.anon_begins_active === 1 && !isFile(mm, pfn);
export const PageActive = (mm: Mm, pfn: number): boolean => (beginsActive(mm, pfn) ? (coldFlags(mm, pfn) & COLD_INACTIVE) === 0 : (coldFlags(mm, pfn) & ACTIVE) !== 0);
/** To which list it goes when it is put on an LRU. */
export function setActive(mm: Mm, pfn: number, active: boolean): void {
  const [flag, set] = beginsActive(mm, pfn) ? [COLD_INACTIVE, !active] : [ACTIVE, active];
  if (set) setColdFlags(mm, pfn, flag);
  else clearColdFlags(mm, pfn, flag);
}
/** folio_lru_list() of a head on an LRU. */
export function folio_lru_list(mm: Mm, pfn: number): number {
  const flags = coldFlags(mm, pfn);
  if (((mm.t.memmap.kind[pfn] as number) & KIND_MASK) === KIND_MLOCKED || (flags & UNEVICTABLE) !== 0) return LRU_UNEVICTABLE;
  return (swapbacked(mm, pfn) ? LRU_INACTIVE_ANON : LRU_INACTIVE_FILE) + (PageActive(mm, pfn) ? 1 : 0);
}

/** pte_young() and clearing it: was the page used since it was last looked at? What was just mapped was. Page cache nobody maps has no such bit. */
export function test_clear_young(mm: Mm, pfn: number): boolean {
  if (isFile(mm, pfn) && (coldFlags(mm, pfn) & kpf(KPF.MMAP)) === 0) return false;
  if ((coldFlags(mm, pfn) & COLD_OLD) !== 0) return false;
  setColdFlags(mm, pfn, COLD_OLD);
  return true;
}
/** Its user reads or writes it. */
export const mark_young = (mm: Mm, pfn: number): boolean => clearColdFlags(mm, pfn, COLD_OLD);
export const test_clear_referenced = (mm: Mm, pfn: number): boolean => clearColdFlags(mm, pfn, REFERENCED);
export const set_referenced = (mm: Mm, pfn: number): void => setColdFlags(mm, pfn, REFERENCED);
/** To the young end of the active (or the inactive) list. */
export function putback(mm: Mm, pfn: number, active: boolean): void {
  if (((mm.t.memmap.state[pfn] as number) & STATE_LRU) !== 0) del_page_from_lru_list(mm, pfn);
  setActive(mm, pfn, active);
  lru_add(mm, pfn);
}
/** A page of a file is read: the second time, unless reclaim came by in between, it becomes active. Source: folio_mark_accessed(). */
export function mark_page_accessed(mm: Mm, pfn: number): void {
  const flags = coldFlags(mm, pfn);
  if ((flags & REFERENCED) === 0) {
    set_referenced(mm, pfn);
    return;
  }
  if ((flags & (ACTIVE | UNEVICTABLE)) !== 0 || ((mm.t.memmap.state[pfn] as number) & STATE_LRU) === 0) return;
  test_clear_referenced(mm, pfn);
  putback(mm, pfn, true);
  count_vm_event(mm, VM.pgactivate);
}
export interface LruLists {
  /** Pages on a list of a zone, as far as known: counted anew when an eighth of them may have changed. */
  size(zone_row: number, lru: number): number;
  /** The oldest head of a list that was not handed out since the walk began; 0: the walk is over, and begins anew. */
  next(zone_row: number, lru: number): number;
  /** So many pages of a list are on none of the zone's now. */
  left(zone_row: number, lru: number, pages: number): void;
  /** So many pages of one list are on another one now. */
  moved(zone_row: number, from: number, to: number, pages: number): void;
}
/** Share of a zone's pages that may have changed before they are counted anew. */
const STALE = 8;
/** Walks over the lists of all zones. `listOf`: which of five at most a page is on, where they are not 6.1's. */
export function createLruLists(mm: Mm, listOf: (mm: Mm, pfn: number) => number = folio_lru_list): LruLists {
  const rows = mm.t.lru.head.length;
  const { head, tail, nr } = mm.t.lru;
  const { state, next, prev } = mm.t.memmap;
  const sizes = remember(new Int32Array(rows * NR_LRU_LISTS));
  /** Pages on all lists of the zone when they were counted, -1: not yet; and pages handed out since. */
  const counted = remember(new Int32Array(rows).fill(-1));
  const handed = remember(new Int32Array(rows));
  /** Where the hand of each list stands: the next head to look at, 0: at the old end. */
  const hand = remember(new Int32Array(rows * NR_LRU_LISTS));
  const walked = remember(new Int32Array(rows * LRU_WALKED));
  mm.lru_walked = walked;

  /** Of this list there is nothing at `pfn` and below it; 0: nobody knows. */
  function know(row: number, lru: number, pfn: number): void {
    const at = row * LRU_WALKED + lru;
    const all = row * LRU_WALKED + NR_LRU_LISTS;
    walked[all] = (walked[all] as number) + (pfn !== 0 ? 1 : 0) - (walked[at] !== 0 ? 1 : 0);
    walked[at] = pfn;
  }
  function count(row: number): void {
    sizes.fill(0, row * NR_LRU_LISTS, (row + 1) * NR_LRU_LISTS);
    for (let pfn = head[row] as number; pfn !== 0; pfn = next[pfn] as number) {
      const at = row * NR_LRU_LISTS + listOf(mm, pfn);
      sizes[at] = (sizes[at] as number) + (1 << ((state[pfn] as number) & STATE_ORDER));
    }
    counted[row] = nr[row] as number;
    handed[row] = 0;
    // A page may have come to a list where it lies, by a flag of its own: then it is found again from here on.
    walked.fill(0, row * LRU_WALKED, (row + 1) * LRU_WALKED);
  }
  return {
    size(row, lru) {
      const now = nr[row] as number;
      const then = counted[row] as number;
      if (then < 0 || Math.max(Math.abs(now - then), handed[row] as number) * STALE > then) count(row);
      return sizes[row * NR_LRU_LISTS + lru] as number;
    },
    next(row, lru) {
      const at = row * NR_LRU_LISTS + lru;
      const below = walked[row * LRU_WALKED + lru] as number;
      let pfn = hand[at] as number;
      const valid = pfn !== 0 && ((state[pfn] as number) & STATE_LRU) !== 0 && page_zone_row(mm, pfn) === row;
      if (!valid) pfn = below === 0 ? (tail[row] as number) : (prev[below] as number);
      // It begins right above what is known to be of other lists (what was given out before has left its place): then all it passes is known, too.
      const known = pfn !== 0 && next[pfn] === below;
      while (pfn !== 0 && listOf(mm, pfn) !== lru) pfn = prev[pfn] as number;
      if (known) know(row, lru, pfn === 0 ? (head[row] as number) : (next[pfn] as number));
      // A whole walk without a page of a list that was thought to have some: as many came to other lists, and the zone's sum did not tell.
      if (pfn === 0 && !valid && (sizes[at] as number) > 0) counted[row] = -1;
      hand[at] = pfn === 0 ? 0 : (prev[pfn] as number);
      if (pfn !== 0) handed[row] = (handed[row] as number) + (1 << ((state[pfn] as number) & STATE_ORDER));
      return pfn;
    },
    left(row, lru, pages) {
      const at = row * NR_LRU_LISTS + lru;
      sizes[at] = Math.max(0, (sizes[at] as number) - pages);
      counted[row] = Math.max(0, (counted[row] as number) - pages);
    },
    moved(row, from, to, pages) {
      const at = row * NR_LRU_LISTS;
      sizes[at + from] = Math.max(0, (sizes[at + from] as number) - pages);
      sizes[at + to] = (sizes[at + to] as number) + pages;
    },
  };
}
