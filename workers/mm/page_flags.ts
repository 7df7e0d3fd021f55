/**
 * Mirrors: include/linux/page-flags.h and the counts of include/linux/mm.h (6.1), as far as a frame's state, kind and owner do not tell them: flags, map count and pins of a frame
 * that has a row in the cold columns. Without one it has what its kind implies.
 */
import { PB_COLD } from '../uapi/layout.ts';
import { pageblock_order } from '../uapi/mmzone.ts';
import { KPF, kpf } from '../uapi/page_flags.ts';
import { KIND_ANON, KIND_COLD, KIND_HWPOISON, KIND_MASK, KIND_MLOCKED, KIND_PINNED, KIND_THP } from '../uapi/page_kind.ts';
import type { Mm } from './mm.ts';
import { changed } from './rmap.ts';

export const hasCold = (mm: Mm, pfn: number): boolean => ((mm.t.memmap.kind[pfn] as number) & KIND_COLD) !== 0;
/** Its flags that have a column (KPF bits below 32, COLD_*). */
export const coldFlags = (mm: Mm, pfn: number): number => (hasCold(mm, pfn) ? (mm.t.cold.flags[pfn] as number) : 0);
/** KIND_* of a frame. */
export const kindOf = (mm: Mm, pfn: number): number => (mm.t.memmap.kind[pfn] as number) & KIND_MASK;
/** Is a page of this KIND_* anonymous memory of a process? Source: PageAnon(). */
export const isAnonKind = (kind: number): boolean => kind === KIND_ANON || kind === KIND_THP || kind === KIND_MLOCKED || kind === KIND_PINNED;
/** Map count without a row of its own, by KIND_*: processes' memory is mapped once, everything else not. */
export const impliedMapcount = (kind: number): number => (isAnonKind(kind) ? 1 : 0);
/** How many page table entries map it. */
export const mapcountOf = (mm: Mm, pfn: number): number =>
  hasCold(mm, pfn) ? (mm.t.cold.mapcount[pfn] as number) : impliedMapcount(kindOf(mm, pfn));
/** References nobody's mapping explains: they keep a page from moving. */
export const page_pincount = (mm: Mm, pfn: number): number => (hasCold(mm, pfn) ? (mm.t.cold.pincount[pfn] as number) : 0);

/** What a frame is used for changes; the picture shows it. */
export function setKind(mm: Mm, pfn: number, kind: number): void {
  mm.t.memmap.kind[pfn] = ((mm.t.memmap.kind[pfn] as number) & ~KIND_MASK) | kind;
  mm.touch(pfn);
}
/** A frame's kind has KIND_COLD now, or is about to: its pageblock says so to who frees chunks without a look at their kinds. */
export function markCold(mm: Mm, pfn: number): void {
  const { flags } = mm.t.pageblock;
  flags[pfn >>> pageblock_order] = (flags[pfn >>> pageblock_order] as number) | PB_COLD;
}
/** Gives a frame a row in the cold columns, which is about to be written: it begins with what the frame's kind implied. */
export function makeCold(mm: Mm, pfn: number): void {
  changed(mm, pfn);
  if (hasCold(mm, pfn)) return;
  const kind = mm.t.memmap.kind[pfn] as number;
  mm.t.memmap.kind[pfn] = kind | KIND_COLD;
  markCold(mm, pfn);
  mm.t.cold.flags[pfn] = mm.t.cold.pincount[pfn] = 0;
  mm.t.cold.mapcount[pfn] = impliedMapcount(kind & KIND_MASK);
}
/** Sets flags of a frame. */
export function setColdFlags(mm: Mm, pfn: number, flags: number): void {
  makeCold(mm, pfn);
  mm.t.cold.flags[pfn] = (mm.t.cold.flags[pfn] as number) | flags;
}
/** Clears flags; were any of them set? */
export function clearColdFlags(mm: Mm, pfn: number, flags: number): boolean {
  if ((coldFlags(mm, pfn) & flags) === 0) return false;
  mm.t.cold.flags[pfn] = (mm.t.cold.flags[pfn] as number) & ~flags;
  changed(mm, pfn);
  return true;
}
/** The frame was found to be broken: taken out of use, or marked where it stays in use. */
export const PageHWPoison = (mm: Mm, pfn: number): boolean =>
  kindOf(mm, pfn) === KIND_HWPOISON || (coldFlags(mm, pfn) & kpf(KPF.HWPOISON)) !== 0;
