/**
 * Mirrors: fs/proc/page.c (6.1): /proc/kpageflags and /proc/kpagecount, one u64 (little endian) per frame. Flags follow from state and kind; what a recording shows beyond that
 * is kept in the cold columns and added.
 */
import { STATE_BUDDY, STATE_LRU, STATE_ORDER } from '../../uapi/layout.ts';
import { SECTION_ONLINE } from '../../uapi/memory_block.ts';
import { COLD_INACTIVE, COLD_MAPPEDTODISK, COLD_MLOCKED, COLD_OLD, COLD_PRIVATE, COLD_RAW_HWP, KPF, kpf } from '../../uapi/page_flags.ts';
import {
  KIND_ANON, KIND_BALLOON, KIND_FILE, KIND_FREE, KIND_HUGETLB, KIND_HWPOISON, KIND_KERNEL, KIND_MASK, KIND_MEMMAP, KIND_MLOCKED, KIND_PAGETABLE, KIND_PG_RESERVED,
  KIND_PINNED, KIND_SLAB, KIND_THP, KIND_UNPLUGGED,
} from '../../uapi/page_kind.ts';
import { PageActive, swapbacked } from '../../mm/lru.ts';
import type { Mm } from '../../mm/mm.ts';
import { isPteMapped } from '../../mm/deferred_split.ts';
import { compound_head, page_state } from '../../mm/mmzone.ts';
import { hasCold, isAnonKind, mapcountOf } from '../../mm/page_flags.ts';

const COLD_OWN = COLD_INACTIVE | COLD_MLOCKED | COLD_MAPPEDTODISK | COLD_PRIVATE | COLD_OLD | COLD_RAW_HWP;

/** Two halves of a kpageflags entry. */
export interface PageFlags {
  readonly low: number;
  readonly high: number;
}
const bits = (...names: (keyof typeof KPF)[]): number => names.reduce((all, name) => (KPF[name] < 32 ? all | (1 << KPF[name]) : all), 0) >>> 0;
/** As the bit of the high word. */
const highBit = (name: 'RESERVED' | 'MLOCKED' | 'MAPPEDTODISK' | 'PRIVATE'): number => 1 << (KPF[name] - 32);

const ANON = bits('UPTODATE', 'MMAP', 'ANON', 'SWAPBACKED');
const LOW_OF_KIND: Readonly<Record<number, number>> = {
  [KIND_ANON]: ANON, [KIND_PINNED]: ANON, [KIND_THP]: ANON | kpf(KPF.THP), [KIND_MLOCKED]: ANON | kpf(KPF.UNEVICTABLE), [KIND_FILE]: kpf(KPF.UPTODATE), [KIND_SLAB]: kpf(KPF.SLAB),
  [KIND_PAGETABLE]: kpf(KPF.PGTABLE), [KIND_HUGETLB]: bits('UPTODATE', 'MMAP', 'HUGE'), [KIND_HWPOISON]: kpf(KPF.HWPOISON), [KIND_UNPLUGGED]: kpf(KPF.OFFLINE), [KIND_BALLOON]: kpf(KPF.OFFLINE),
};
/** Kinds whose chunks of order > 0 are compound pages. */
const COMPOUND: readonly number[] = [KIND_THP, KIND_HUGETLB, KIND_SLAB, KIND_KERNEL];
/** A tail has no flags of its own but those that its compound page gives it. */
const LOW_OF_TAIL: Readonly<Record<number, number>> = { [KIND_THP]: bits('MMAP', 'ANON', 'THP'), [KIND_HUGETLB]: bits('MMAP', 'HUGE'), [KIND_SLAB]: kpf(KPF.SLAB) };

/** What state and kind say of a frame's flags, without the cold columns. Source: stable_page_flags(). */
export function impliedFlags(mm: Mm, pfn: number): PageFlags {
  const section = mm.t.section.state[pfn >>> mm.PFN_SECTION_SHIFT] as number;
  if ((section & SECTION_ONLINE) === 0) return { low: kpf(KPF.NOPAGE), high: 0 };
  const raw = mm.t.memmap.kind[pfn] as number;
  const kind = raw & KIND_MASK;
  if ((raw & KIND_PG_RESERVED) !== 0) return { low: 0, high: highBit('RESERVED') | (kind === KIND_MEMMAP ? highBit('PRIVATE') : 0) };
  const head = compound_head(mm, pfn);
  const state = page_state(mm, head);
  if (kind === KIND_FREE) return { low: (state & STATE_BUDDY) !== 0 ? kpf(KPF.BUDDY) : 0, high: 0 };
  const anonymous = isAnonKind(kind);
  const compound = (state & STATE_ORDER) > 0 && COMPOUND.includes(kind);
  if (compound && head !== pfn) return { low: (LOW_OF_TAIL[kind] ?? 0) | kpf(KPF.COMPOUND_TAIL), high: 0 };
  let low = LOW_OF_KIND[kind] ?? 0;
  if ((state & STATE_LRU) !== 0) low |= kpf(KPF.LRU);
  if (compound) low |= kpf(KPF.COMPOUND_HEAD);
  return { low: low >>> 0, high: anonymous ? highBit('MAPPEDTODISK') | (kind === KIND_MLOCKED ? highBit('MLOCKED') : 0) : 0 };
}

/** A page of a huge one that its process gave back. */
const isUnmappedPart = (mm: Mm, pfn: number): boolean => ((mm.t.memmap.kind[pfn] as number) & KIND_MASK) === KIND_THP && mm.t.memmap.owner[pfn] === 0 && isPteMapped(mm, compound_head(mm, pfn));
/** Where memory of processes begins on the active list, that is no flag of its own. */
const withActive = (mm: Mm, pfn: number, { low, high }: PageFlags): PageFlags => ({ low: (low & kpf(KPF.LRU)) !== 0 && PageActive(mm, pfn) ? (low | kpf(KPF.ACTIVE)) >>> 0 : low, high });
/** A kpageflags entry. */
export function stable_page_flags(mm: Mm, pfn: number): PageFlags {
  const implied = withActive(mm, pfn, impliedFlags(mm, pfn));
  const { high } = implied;
  // Files in memory have nowhere to be written to but swap, and are dirty from the first byte on.
  const inMemory = ((mm.t.memmap.kind[pfn] as number) & KIND_MASK) === KIND_FILE && (implied.low & kpf(KPF.LRU)) !== 0 && swapbacked(mm, pfn);
  const low = inMemory ? (implied.low | bits('SWAPBACKED', 'DIRTY')) >>> 0 : isUnmappedPart(mm, pfn) ? (implied.low & ~kpf(KPF.MMAP)) >>> 0 : implied.low;
  if (!hasCold(mm, pfn)) return { low, high };
  const cold = mm.t.cold.flags[pfn] as number;
  let more = 0;
  if ((cold & COLD_MLOCKED) !== 0) more |= highBit('MLOCKED');
  if ((cold & COLD_PRIVATE) !== 0) more |= highBit('PRIVATE');
  if ((cold & COLD_MAPPEDTODISK) !== 0) more ^= highBit('MAPPEDTODISK');
  return { low: (low | (cold & ~COLD_OWN)) >>> 0, high: high ^ (more & highBit('MAPPEDTODISK')) | (more & ~highBit('MAPPEDTODISK')) };
}
/** What COLD.flags must hold so that the frame reads as recorded; undefined if state and kind imply a bit that the recording lacks. */
export function coldFlagsFor(implied: PageFlags, recorded: PageFlags): number | undefined {
  const differ = implied.high ^ recorded.high;
  const known = highBit('MLOCKED') | highBit('MAPPEDTODISK') | highBit('PRIVATE');
  if ((implied.low & ~recorded.low) !== 0 || (differ & ~known) !== 0 || (differ & implied.high & ~highBit('MAPPEDTODISK')) !== 0) return undefined;
  let cold = recorded.low & ~implied.low;
  if ((differ & highBit('MLOCKED')) !== 0) cold |= COLD_MLOCKED;
  if ((differ & highBit('MAPPEDTODISK')) !== 0) cold |= COLD_MAPPEDTODISK;
  if ((differ & highBit('PRIVATE')) !== 0) cold |= COLD_PRIVATE;
  return cold;
}

export const page_mapcount = (mm: Mm, pfn: number): number => (isUnmappedPart(mm, pfn) ? 0 : mapcountOf(mm, pfn));

/** One past the last frame the files know: the end of the highest section there is. Source: get_max_dump_pfn(). */
export function max_dump_pfn(mm: Mm): number {
  const { state } = mm.t.section;
  let nr = state.length;
  while (nr > 0 && state[nr - 1] === 0) nr--;
  return nr << mm.PFN_SECTION_SHIFT;
}

const ENTRY = 8;
/** Reads entries as bytes. Offset and count must be multiples of 8: -EINVAL (22). */
export function readEntries(mm: Mm, offset: number, count: number, entry: (pfn: number) => PageFlags): string | number {
  if (offset % ENTRY !== 0 || count % ENTRY !== 0) return -22;
  const first = offset / ENTRY;
  const last = Math.min(first + count / ENTRY, max_dump_pfn(mm));
  const parts: string[] = [];
  for (let pfn = first; pfn < last; pfn++) {
    const { low, high } = entry(pfn);
    parts.push(String.fromCharCode(low & 255, (low >>> 8) & 255, (low >>> 16) & 255, low >>> 24, high & 255, (high >>> 8) & 255, (high >>> 16) & 255, high >>> 24));
  }
  return parts.join('');
}
