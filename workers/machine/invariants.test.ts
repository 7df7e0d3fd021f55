import { describe, expect, it } from 'vitest';
import { guest } from '../testing/guest.ts';
import { X86_64 } from '../uapi/arch.ts';
import { freeRow, PB_COLD, STATE_ALLOC, STATE_BUDDY, STATE_LRU, STATE_ORDER, type Tables } from '../uapi/layout.ts';
import { MIGRATE_ISOLATE, MIGRATE_MOVABLE, MIGRATE_UNMOVABLE, pageblock_order, ZONE_DMA32, zoneRow } from '../uapi/mmzone.ts';
import { KIND_ANON, KIND_COLD } from '../uapi/page_kind.ts';
import { checkAgreements } from './agreements.ts';
import { checkInvariants } from './invariants.ts';

/** A machine that has worked for a while, soundly. */
const { machine } = (() => {
  const g = guest('512M');
  g.run('workload heap size=16M seed=5 > /tmp/a; workload walk files=500 > /tmp/b; workload read files=40 > /tmp/c; workload fork size=2M rounds=1 > /tmp/d');
  return g;
})();
const { mm, buddy } = machine.kernel;
const { t } = mm;
const ROW = zoneRow(0, ZONE_DMA32);
/** The first free chunk of an order from `least` on, of the movable type. */
function freeChunk(least: number): { pfn: number; order: number } {
  for (let order = least; order < 10; order++) {
    const pfn = t.free_area.head[freeRow(X86_64.MAX_ORDER, ROW, order, MIGRATE_MOVABLE)] as number;
    if (pfn >= 0) return { pfn, order };
  }
  throw new Error('no chunk is free');
}
/** Rows of PTE of two mapped pages. */
const mapped = (): readonly [number, number] => {
  const slots = [...t.pte.pfn].flatMap((pfn, slot) => (pfn > 0 && slot > 0 ? [slot] : []));
  return [slots[3] as number, slots[9] as number];
};
const add = (column: { [i: number]: number }, at: number, n: number): void => { column[at] = (column[at] as number) + n; };

/** One thing broken by hand, as a mistake in the allocator would, and what must be said about it. */
const BROKEN: readonly (readonly [rule: string, what: string, mutate: (t: Tables) => void, finding: RegExp])[] = [
  ['free counts equal lists', 'nr_free of an order', () => add(t.free_area.nr_free, freeRow(X86_64.MAX_ORDER, ROW, 3, 0), 1), /nr_free of order 3 says \d+, the lists hold \d+/],
  ['free counts equal lists', 'NR_FREE_PAGES', () => add(t.zone.nr_free_pages, ROW, -1), /NR_FREE_PAGES says \d+, the lists hold \d+/],
  ['free counts equal lists', 'a chunk that left its list by one end only', () => { t.free_area.tail[freeRow(X86_64.MAX_ORDER, ROW, freeChunk(1).order, MIGRATE_MOVABLE)] = 0x7000; }, /free list of order \d+ ends at 28672/],
  ['free counts equal lists', 'pages on per-cpu lists', () => add(t.zone.pageset_count, ROW, 1), /per-cpu lists count \d+ pages and hold \d+/],
  ['one state per frame', 'free and in use at once', () => { const { pfn } = freeChunk(1); t.memmap.state[pfn] = (t.memmap.state[pfn] as number) | STATE_ALLOC; }, /its state is|two states at once/],
  ['one state per frame', 'on the LRU and free', () => { const [slot] = mapped(); t.memmap.state[t.pte.pfn[slot] as number] = STATE_LRU | STATE_BUDDY; }, /two states at once/],
  ['one state per frame', 'in use without anybody knowing', () => { const { pfn } = freeChunk(1); t.memmap.kind[pfn] = KIND_ANON; }, /does not go with state/],
  ['one state per frame', 'a chunk inside a chunk', () => { const { pfn } = freeChunk(2); t.memmap.state[pfn + 1] = STATE_ALLOC; }, /inside another chunk/],
  ['cold frames are marked', 'a pageblock that does not know of a frame with flags of its own', () => { add(t.pageblock.flags, t.memmap.kind.findIndex((k) => (k & KIND_COLD) !== 0) >>> pageblock_order, -PB_COLD); }, /frame 0x[0-9a-f]+ has a row in the cold columns, and its pageblock has no mark of it/],
  ['buddies merged', 'two halves side by side', () => {
    const { pfn, order } = freeChunk(1);
    buddy.del_page_from_free_list(pfn);
    t.zone.nr_free_pages[ROW] = (t.zone.nr_free_pages[ROW] as number) - (1 << order);
    buddy.add_free_chunk(pfn, order - 1, MIGRATE_MOVABLE);
    buddy.add_free_chunk(pfn + (1 << (order - 1)), order - 1, MIGRATE_MOVABLE);
  }, /free buddies of order \d+ and were not merged/],
  ['no isolated page on an allocatable list', 'a pageblock is set aside, its chunks stay', () => {
    const { pfn } = freeChunk(1);
    t.pageblock.migratetype[pfn >>> pageblock_order] = MIGRATE_ISOLATE;
  }, /disagree on whether it is isolated/],
  ['no isolated page on an allocatable list', 'a chunk on the isolated list of a pageblock that is not', () => {
    const { pfn, order } = freeChunk(1);
    buddy.del_page_from_free_list(pfn);
    buddy.add_free_chunk(pfn, order, MIGRATE_ISOLATE);
  }, /disagree on whether it is isolated/],
  ['contents conserved', 'a copy that lost its contents', () => { const [slot] = mapped(); add(t.memmap.tag, t.pte.pfn[slot] as number, 1); }, /slot \d+ expects \d+ in frame 0x[0-9a-f]+ and reads \d+/],
  ['contents conserved', 'two mappings of one frame', () => { const [a, b] = mapped(); t.pte.pfn[a] = t.pte.pfn[b] as number; }, /slot \d+ maps frame 0x[0-9a-f]+, which belongs to \d+/],
  ['contents conserved', 'a frame that is freed while it is mapped', () => { const [slot] = mapped(); t.memmap.owner[t.pte.pfn[slot] as number] = 0; }, /which belongs to 0/],
  ['LRU lists', 'a page that is counted and gone', () => add(t.lru.nr, t.lru.nr.findIndex((n) => n > 0), 1), /counts \d+ pages and holds \d+/],
];

describe('a sound machine', () => {
  it('has no finding', () => { expect([...checkInvariants(mm), ...checkAgreements(machine.kernel)]).toEqual([]); });
  it('has chunks to break', () => { expect((t.memmap.state[freeChunk(1).pfn] as number) & STATE_ORDER).toBeGreaterThan(0); });
});
describe('broken by hand, each rule is found broken', () => {
  it.each(BROKEN)('%s: %s', (_, __, mutate, finding) => {
    const copy = new Uint8Array(t.buffer as ArrayBuffer).slice();
    mutate(t);
    const found = [...checkInvariants(mm), ...checkAgreements(machine.kernel)].join('\n');
    new Uint8Array(t.buffer as ArrayBuffer).set(copy);
    expect(found).toMatch(finding);
    expect(checkInvariants(mm)).toEqual([]);
  });
  it('types of pageblocks are no rule: any mixture is sound', () => {
    const copy = t.pageblock.migratetype.slice();
    t.pageblock.migratetype[freeChunk(1).pfn >>> pageblock_order] = MIGRATE_UNMOVABLE;
    expect(checkInvariants(mm)).toEqual([]);
    t.pageblock.migratetype.set(copy);
  });
});
