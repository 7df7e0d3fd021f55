import { describe, expect, it } from 'vitest';
import { createPrng } from '../lib/prng.ts';
import { guest } from '../testing/guest.ts';
import { STATE_LRU } from '../uapi/layout.ts';
import { KPF, kpf } from '../uapi/page_flags.ts';
import { createLruLists, folio_lru_list, LRU_ACTIVE_ANON, LRU_ACTIVE_FILE, LRU_INACTIVE_ANON, LRU_INACTIVE_FILE, putback } from './lru.ts';
import type { Mm } from './mm.ts';
import { page_zone_row } from './mmzone.ts';
import { setColdFlags } from './page_flags.ts';
import { del_page_from_lru_list, lru_add, LRU_WALKED } from './rmap.ts';

/** A zone with anonymous memory and page cache, and a page of every list in it. */
function mixed(): { readonly mm: Mm; readonly row: number } {
  const g = guest('512M');
  g.run('mh anon 3 nothp; workload read files=200 rounds=1; mh anon 2 nothp; workload read files=100 rounds=1 seed=9');
  const { mm } = g.machine.kernel;
  const { nr } = mm.t.lru;
  return { mm, row: nr.indexOf(Math.max(...nr)) };
}
const all = ({ t }: Mm, row: number): number[] => {
  const pfns: number[] = [];
  for (let pfn = t.lru.head[row] as number; pfn !== 0; pfn = t.memmap.next[pfn] as number) pfns.push(pfn);
  return pfns;
};
/** The same walk by a look at every page, each time. */
function plainWalk(mm: Mm): (row: number, lru: number) => number {
  const hand = new Map<number, number>();
  const { state, prev } = mm.t.memmap;
  return (row, lru) => {
    let pfn = hand.get(lru) ?? 0;
    if (pfn === 0 || ((state[pfn] as number) & STATE_LRU) === 0 || page_zone_row(mm, pfn) !== row) pfn = mm.t.lru.tail[row] as number;
    while (pfn !== 0 && folio_lru_list(mm, pfn) !== lru) pfn = prev[pfn] as number;
    hand.set(lru, pfn === 0 ? 0 : (prev[pfn] as number));
    return pfn;
  };
}

describe('walks over the lists of a zone', () => {
  it.each([1, 2, 3])('give out what a look at every page gives out, whatever becomes of the pages: seed %i', (seed) => {
    const { mm, row } = mixed();
    const { below } = createPrng(seed);
    const lists = createLruLists(mm);
    const plain = plainWalk(mm);
    const LISTS = [LRU_INACTIVE_ANON, LRU_ACTIVE_ANON, LRU_INACTIVE_FILE, LRU_ACTIVE_FILE] as const;
    const away: number[] = [];
    const given: number[] = [];
    const expected: number[] = [];
    for (let step = 0; step < 3000; step++) {
      const lru = LISTS[below(4)] as number;
      const pfn = lists.next(row, lru);
      given.push(pfn);
      expected.push(plain(row, lru));
      if (pfn !== 0) {
        // It goes to the young end of one list or the other, off all of them, or stays (which no reclaim does).
        const fate = below(8);
        if (fate < 5) putback(mm, pfn, fate < 2);
        else if (fate < 7) {
          del_page_from_lru_list(mm, pfn);
          away.push(pfn);
        }
      }
      if (below(3) === 0 && away.length > 0) lru_add(mm, away.splice(below(away.length), 1)[0] as number);
      // Somebody frees or moves a page in the middle.
      if (step % 97 === 0) {
        const pages = all(mm, row);
        const other = pages[below(pages.length)] as number;
        del_page_from_lru_list(mm, other);
        if (below(2) === 0) lru_add(mm, other);
        else away.push(other);
      }
    }
    expect(given).toEqual(expected);
    expect(given.filter((pfn) => pfn !== 0).length).toBeGreaterThan(500);
  });

  it('are counted anew where a walk finds nothing of a list that was thought to have pages, though no page more is on the LRU than before', () => {
    const { mm, row } = mixed();
    const lists = createLruLists(mm);
    const files = all(mm, row).filter((pfn) => folio_lru_list(mm, pfn) === LRU_INACTIVE_FILE);
    // So few of them that the zone's sum hides it.
    const few = files.splice(0, 3);
    for (const pfn of files) del_page_from_lru_list(mm, pfn);
    expect(lists.size(row, LRU_INACTIVE_FILE)).toBe(few.length);
    for (const pfn of few) setColdFlags(mm, pfn, kpf(KPF.ACTIVE));
    expect([lists.next(row, LRU_INACTIVE_FILE), lists.size(row, LRU_INACTIVE_FILE)]).toEqual([0, 0]);
  });
  it('pass the pages of other lists once: a list in which there is nothing is known to be empty up to the young end', () => {
    const { mm, row } = mixed();
    const lists = createLruLists(mm);
    const files = all(mm, row).filter((pfn) => folio_lru_list(mm, pfn) === LRU_INACTIVE_FILE);
    expect(files.length).toBeGreaterThan(100);
    for (const pfn of files) del_page_from_lru_list(mm, pfn);
    expect(lists.next(row, LRU_INACTIVE_FILE)).toBe(0);
    const known = (): number => mm.lru_walked?.[row * LRU_WALKED + LRU_INACTIVE_FILE] as number;
    expect(known()).toBe(mm.t.lru.head[row]);
    // The page that stands for it goes: the next older one does.
    const second = all(mm, row)[1];
    del_page_from_lru_list(mm, known());
    expect(known()).toBe(second);
    lru_add(mm, files[0] as number);
    expect(lists.next(row, LRU_INACTIVE_FILE)).toBe(files[0]);
  });
});
