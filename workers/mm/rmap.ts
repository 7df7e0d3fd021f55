/**
 * Mirrors: mm/rmap.c, mm/swap.c (6.1): who maps a frame, and which LRU list it is on.
 * A frame in use by a process or the page cache is reached through one slot of PTE (its mapping); memory of the kernel itself has an owner but no mapping.
 * Left out: several mappings of one frame (map counts above one are kept as numbers only). Why: moving the one slot moves what all of them would see.
 */
import { remember } from '../lib/remember.ts';
import { PTE_CHUNK_ORDER, STATE_ALLOC, STATE_LRU, STATE_ORDER } from '../uapi/layout.ts';
import { pageblock_order } from '../uapi/mmzone.ts';
import { KIND_FILE } from '../uapi/page_kind.ts';
import { page_zone_row } from './mmzone.ts';
import { M_NR_OWNERS, M_NR_PTES, type Mm } from './mm.ts';

/** Names of owners, by row. Words for people; everything the kernel decides by is in the tables. */
const ownerNames = new WeakMap<Mm, string[]>();

/** Prefix of the names of owners whose pages are files in memory (tmpfs, shared memory): they count as Shmem and live on the anonymous LRU. */
export const SHMEM_OWNER = 'tmpfs';
/** Rows of OWNER of all other files. */
const cacheOwners = new WeakMap<Mm, Set<number>>();
/** Rows of OWNER whose users are gone, newest last. */
const freeOwners = new WeakMap<Mm, number[]>();

/** A frame, or a row of PTE, changed in a way that no picture shows: the machine's past looks at it again. */
export function changed(mm: Mm, pfn: number): void {
  mm.t.pageblock.dirty[pfn >>> pageblock_order] = 1;
}
/** The same for a range of frames. */
export function changedRange(mm: Mm, start_pfn: number, end_pfn: number): void {
  mm.t.pageblock.dirty.fill(1, start_pfn >>> pageblock_order, Math.ceil(end_pfn / 2 ** pageblock_order));
}
export function changedPte(mm: Mm, slot: number): void {
  mm.t.pte_chunk.dirty[slot >>> PTE_CHUNK_ORDER] = 1;
}

/** Registers a user of memory: kind is KIND_*, pid 0 for the kernel's own. Returns its row in OWNER. Throws when the table is full. */
export function addOwner(mm: Mm, kind: number, name: string, pid: number): number {
  const names = ownerNames.get(mm) ?? remember(['']);
  ownerNames.set(mm, names);
  const row = freeOwners.get(mm)?.pop() ?? names.length;
  if (row >= mm.t.owner.kind.length) throw new Error(`no room for another owner of memory: ${row} exist`);
  names[row] = name;
  if (kind === KIND_FILE && !name.startsWith(SHMEM_OWNER)) {
    const files = cacheOwners.get(mm) ?? remember(new Set<number>());
    cacheOwners.set(mm, files);
    files.add(row);
  }
  mm.t.owner.kind[row] = kind;
  mm.t.owner.pid[row] = pid;
  mm.t.misc.word[M_NR_OWNERS] = names.length - 1;
  return row;
}
/** A user of memory that has given everything back is gone. */
export function removeOwner(mm: Mm, row: number): void {
  const names = ownerNames.get(mm);
  if (names !== undefined) names[row] = '';
  cacheOwners.get(mm)?.delete(row);
  mm.t.owner.kind[row] = mm.t.owner.pid[row] = mm.t.owner.nr_ptes[row] = 0;
  const free = freeOwners.get(mm) ?? remember<number[]>([]);
  freeOwners.set(mm, free);
  free.push(row);
}
/** Does any file that is not memory itself have pages in the page cache? */
export function hasPageCache(mm: Mm): boolean {
  for (const row of cacheOwners.get(mm) ?? []) if ((mm.t.owner.nr_ptes[row] as number) > 0) return true;
  return false;
}
export const ownerName = (mm: Mm, row: number): string => ownerNames.get(mm)?.[row] ?? '';
/** Row of OWNER of a frame, 0 = nobody's. */
export function ownerOf(mm: Mm, pfn: number): number {
  const o = mm.t.memmap.owner[pfn] as number;
  return o > 0 ? (mm.t.pte.owner[o] as number) : -o;
}

/** Slots that mapPage() can still give, of frames and of pages that are swapped out. */
export const slotsLeft = (mm: Mm): number => mm.t.pte.pfn.length - 1 - (mm.t.misc.word[M_NR_PTES] as number) + (freeSlots.get(mm)?.length ?? 0);

/** Takes a fresh page-table slot for `owner`, points it at the frame and writes `tag` into both. Returns the slot. */
export function mapPage(mm: Mm, owner: number, pfn: number, tag: number): number {
  const { word } = mm.t.misc;
  let slot = freeSlots.get(mm)?.pop();
  if (slot === undefined) {
    slot = (word[M_NR_PTES] as number) + 1;
    if (slot >= mm.t.pte.pfn.length) throw new Error(`no room for another mapping: ${slot - 1} exist`);
    word[M_NR_PTES] = slot;
  }
  mm.t.pte.pfn[slot] = pfn;
  mm.t.pte.tag[slot] = tag;
  mm.t.pte.owner[slot] = owner;
  mm.t.memmap.owner[pfn] = slot;
  mm.t.memmap.tag[pfn] = tag;
  changed(mm, pfn);
  changedPte(mm, slot);
  mm.t.owner.nr_ptes[owner] = (mm.t.owner.nr_ptes[owner] as number) + 1;
  return slot;
}
/** Slots given back, newest last. */
const freeSlots = new WeakMap<Mm, number[]>();

/** Removes the mapping of a frame: its slot is free again. */
export function unmapPage(mm: Mm, pfn: number): void {
  const slot = mm.t.memmap.owner[pfn] as number;
  if (slot <= 0) return;
  freePte(mm, slot);
  mm.t.memmap.owner[pfn] = 0;
  changed(mm, pfn);
}
/** Gives a slot back, whatever it points at. */
export function freePte(mm: Mm, slot: number): void {
  const owner = mm.t.pte.owner[slot] as number;
  mm.t.owner.nr_ptes[owner] = (mm.t.owner.nr_ptes[owner] as number) - 1;
  mm.t.pte.pfn[slot] = mm.t.pte.tag[slot] = mm.t.pte.owner[slot] = 0;
  changedPte(mm, slot);
  const free = freeSlots.get(mm) ?? remember<number[]>([]);
  freeSlots.set(mm, free);
  free.push(slot);
}
/** The page table's entry becomes a hwpoison entry that names the frame: PTE.pfn < 0. Whoever touches it gets SIGBUS. Source: make_hwpoison_entry(). */
export function makeHwpoisonEntry(mm: Mm, pfn: number): void {
  const slot = mm.t.memmap.owner[pfn] as number;
  if (slot <= 0) return;
  mm.t.pte.pfn[slot] = -pfn;
  mm.t.memmap.owner[pfn] = 0;
  changedPte(mm, slot);
  changed(mm, pfn);
}
/** The same for a frame of a huge page of the pool: /proc/PID/pagemap shows no entry there. Source: set_huge_swap_pte_at(), pagemap_hugetlb_range(). */
export function makeHugeHwpoisonEntry(mm: Mm, pfn: number): void {
  const slot = mm.t.memmap.owner[pfn] as number;
  if (slot <= 0) return;
  mm.t.pte.pfn[slot] = 0;
  mm.t.memmap.owner[pfn] = 0;
  changedPte(mm, slot);
  changed(mm, pfn);
}
/** Memory of the kernel itself: nobody reads it through a page table, so it cannot be moved. */
export function ownKernelPage(mm: Mm, owner: number, pfn: number): void {
  mm.t.memmap.owner[pfn] = -owner;
  changed(mm, pfn);
}

/** Puts an allocated frame (or the head of a compound one) on the LRU of its zone. Source: lru_add_fn(). */
export function lru_add(mm: Mm, pfn: number): void {
  const { state, next, prev } = mm.t.memmap;
  const { head, tail, nr } = mm.t.lru;
  const row = page_zone_row(mm, pfn);
  const order = (state[pfn] as number) & STATE_ORDER;
  // Links end in 0: no machine has frame 0 on an LRU (the firmware's), and an untouched table then needs no initialisation.
  const first = head[row] as number;
  next[pfn] = first;
  prev[pfn] = 0;
  if (first === 0) tail[row] = pfn;
  else {
    prev[first] = pfn;
    changed(mm, first);
  }
  changed(mm, pfn);
  head[row] = pfn;
  nr[row] = (nr[row] as number) + (1 << order);
  state[pfn] = STATE_LRU | order;
}
/** Takes it off again: isolate_lru_page(). The frame stays allocated. */
export function del_page_from_lru_list(mm: Mm, pfn: number): void {
  const { state, next, prev } = mm.t.memmap;
  const { head, tail, nr } = mm.t.lru;
  const row = page_zone_row(mm, pfn);
  const order = (state[pfn] as number) & STATE_ORDER;
  const n = next[pfn] as number;
  const p = prev[pfn] as number;
  if (p === 0) head[row] = n;
  else {
    next[p] = n;
    changed(mm, p);
  }
  if (n === 0) tail[row] = p;
  else {
    prev[n] = p;
    changed(mm, n);
  }
  changed(mm, pfn);
  nr[row] = (nr[row] as number) - (1 << order);
  state[pfn] = STATE_ALLOC | order;
  const walked = mm.lru_walked;
  if (walked !== undefined && walked[row * LRU_WALKED + NR_LRU_LISTS] !== 0) leaveWalked(walked, row, pfn, n);
}
/** LRU lists, and columns of Mm.lru_walked for each zone. */
export const NR_LRU_LISTS = 5;
export const LRU_WALKED = NR_LRU_LISTS + 1;
/** A page leaves its LRU, and `older` is the next older one there, or 0. */
export function leaveWalked(walked: Int32Array, row: number, pfn: number, older: number): void {
  for (let at = row * LRU_WALKED; at < row * LRU_WALKED + NR_LRU_LISTS; at++) {
    if (walked[at] !== pfn) continue;
    walked[at] = older;
    if (older === 0) walked[row * LRU_WALKED + NR_LRU_LISTS] = walked[row * LRU_WALKED + NR_LRU_LISTS]! - 1;
  }
}
