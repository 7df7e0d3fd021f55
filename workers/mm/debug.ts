/**
 * Mirrors: mm/debug.c (6.1): dump_page(). Pointers are printed as the recordings' readers see them: they differ on every boot, so zeros stand for them.
 */
import { STATE_LRU, STATE_ORDER } from '../uapi/layout.ts';
import {
  KIND_ANON, KIND_FILE, KIND_MASK, KIND_MLOCKED, KIND_PAGETABLE, KIND_SLAB, KIND_THP,
} from '../uapi/page_kind.ts';
import { KPF } from '../uapi/page_flags.ts';
import { PageActive } from './lru.ts';
import type { Mm } from './mm.ts';
import { compound_head, page_zone_row, PageReserved, zone_idx, zone_to_nid } from './mmzone.ts';
import { coldFlags, mapcountOf, page_pincount } from './page_flags.ts';

const LEVEL_WARNING = 4;

/** Bit numbers of enum pageflags (6.1), lowest first, as %pGp prints them. */
const PAGEFLAGS = [
  ['referenced', 1], ['uptodate', 2], ['dirty', 3], ['lru', 4], ['active', 5], ['slab', 9], ['reserved', 12], ['head', 16], ['mappedtodisk', 17], ['swapbacked', 19],
  ['unevictable', 20], ['mlocked', 21],
] as const;
type PageFlag = (typeof PAGEFLAGS)[number][0];

/** PG_* flags of a frame, from its state, kind and recorded flags. An anonymous page's PG_anon_exclusive shares the bit that prints as mappedtodisk. */
function page_flags(mm: Mm, pfn: number): Set<PageFlag> {
  const flags = new Set<PageFlag>();
  const s = mm.t.memmap.state[compound_head(mm, pfn)] as number;
  const k = (mm.t.memmap.kind[pfn] as number) & KIND_MASK;
  const cold = coldFlags(mm, pfn);
  const recorded = (bit: number): boolean => ((cold >>> bit) & 1) !== 0;
  const anon = isAnon(k);
  if (recorded(KPF.REFERENCED)) flags.add('referenced');
  if (recorded(KPF.UPTODATE) || anon || k === KIND_FILE) flags.add('uptodate');
  if (recorded(KPF.DIRTY)) flags.add('dirty');
  if ((s & STATE_LRU) !== 0) flags.add('lru');
  if ((anon || k === KIND_FILE) && PageActive(mm, pfn)) flags.add('active');
  if (k === KIND_SLAB) flags.add('slab');
  if (PageReserved(mm, pfn)) flags.add('reserved');
  if ((s & STATE_ORDER) > 0 && k !== KIND_PAGETABLE && compound_head(mm, pfn) === pfn) flags.add('head');
  if (anon) flags.add('mappedtodisk').add('swapbacked');
  if (k === KIND_MLOCKED) flags.add('unevictable').add('mlocked');
  return flags;
}
const isAnon = (k: number): boolean => k === KIND_ANON || k === KIND_THP || k === KIND_MLOCKED;

/** page->flags in hex: x86_64 keeps the node from bit 54, the zone from bit 51 and the last cpu (none: 0x1fffff) from bit 30. */
function flagsWord(flags: ReadonlySet<PageFlag>, nid: number, zone: number): string {
  let word = (BigInt(nid) << 54n) | (BigInt(zone) << 51n) | (0x1fffffn << 30n);
  for (const [name, bit] of PAGEFLAGS) if (flags.has(name)) word |= 1n << BigInt(bit);
  return word.toString(16);
}

/** page->flags as %pGp prints them. */
export function pageFlagsText(mm: Mm, pfn: number): string {
  const row = page_zone_row(mm, pfn);
  const flags = page_flags(mm, pfn);
  const names = PAGEFLAGS.filter(([name]) => flags.has(name)).map(([name]) => name);
  const fields = [...names, `node=${zone_to_nid(row)}`, `zone=${zone_idx(row)}`, 'lastcpupid=0x1fffff'].join('|');
  return `0x${flagsWord(flags, zone_to_nid(row), zone_idx(row))}(${fields})`;
}

/** The lines the kernel logs about a page that stopped something, at level `warning`. */
export function dump_page(mm: Mm, pfn: number, reason: string): void {
  const head = compound_head(mm, pfn);
  const k = (mm.t.memmap.kind[pfn] as number) & KIND_MASK;
  // The two pages at the top of page tables are taken together and are no compound page.
  const order = k === KIND_PAGETABLE ? 0 : (mm.t.memmap.state[head] as number) & STATE_ORDER;
  const anon = isAnon(k);
  const mapped = mapcountOf(mm, pfn);
  const refcount = 1 + mapped + page_pincount(mm, pfn);
  const say = (line: string): void => mm.printk(LEVEL_WARNING, line);
  say(`page:(____ptrval____) refcount:${refcount} mapcount:${k === KIND_PAGETABLE ? -512 : mapped} mapping:0000000000000000 index:0x0 pfn:0x${pfn.toString(16)}`);
  if (order > 0) say(`head:(____ptrval____) order:${order} compound_mapcount:0 compound_pincount:0`);
  // A plain address, not a hashed one: all memory belongs to one control group.
  if (anon || k === KIND_FILE) say('memcg:ff11000000000000');
  say(`${anon ? 'anon ' : ''}flags: ${pageFlagsText(mm, pfn)}`);
  for (let i = 0; i < 2; i++) say(`raw: ${'0000000000000000 '.repeat(4).trimEnd()}`);
  say(`page dumped because: ${reason}`);
}
