import { expect, test } from 'vitest';
import { classify, type TableLens, MOBILITY, ORDER_IN_USE, OWNER_NONE, ownerClass } from './lens.ts';
import { formatMachine, placeTables, STATE_ALLOC, STATE_BUDDY, STATE_LRU, type Tables } from './layout.ts';
import { MIGRATE_MOVABLE, MIGRATE_UNMOVABLE, pageblock_nr_pages } from './mmzone.ts';
import { KIND_ANON, KIND_HWPOISON, KIND_RESERVED, KIND_SLAB } from './page_kind.ts';

/** Four pageblocks, all of one free chunk of order 0 nobody has touched. */
function machine(): Tables {
  const sizes = { max_pfn: 2048, section_shift: 11, block_shift: 11, nodes: 2, slots: 1, trace_rows: 16, text_rows: 16, text_bytes: 64 };
  return formatMachine(new ArrayBuffer(placeTables(sizes).bytes), sizes);
}
/** Runs of equal classes in a pageblock, as '32×1 480×0'. */
function runs(t: Tables, lens: TableLens, pageblock = 0): string {
  const out = new Uint8Array(pageblock_nr_pages);
  classify(t, lens, pageblock, out, 0);
  const words: string[] = [];
  for (let i = 0; i < out.length;) {
    let end = i;
    while (end < out.length && out[end] === out[i]) end++;
    words.push(`${end - i}×${out[i]}`);
    i = end;
  }
  return words.join(' ');
}

test('mobility: what can move, what cannot, what somebody refers to, what is set aside', () => {
  const t = machine();
  t.memmap.kind.set([KIND_ANON, KIND_ANON, KIND_SLAB, KIND_RESERVED, KIND_HWPOISON]);
  t.cold.pincount[1] = 1;
  const by = (name: (typeof MOBILITY)[number]): number => MOBILITY.indexOf(name);
  expect(runs(t, 'mobility')).toBe(`1×${by('movable')} 1×${by('referenced')} 1×${by('unmovable')} 1×${by('aside')} 1×${by('hwpoison')} 507×${by('free')}`);
});

test('migratetype: the whole pageblock has its own', () => {
  const t = machine();
  t.pageblock.migratetype.set([MIGRATE_UNMOVABLE, MIGRATE_MOVABLE]);
  expect([0, 1].map((pageblock) => runs(t, 'migratetype', pageblock))).toEqual(['512×1', '512×2']);
});

test('order: free chunks by their size, from their head on; frames in use alike', () => {
  const t = machine();
  t.memmap.state.set([STATE_BUDDY | 2, 0, 0, 0, STATE_ALLOC, STATE_LRU, STATE_BUDDY | 1]);
  t.memmap.state.fill(STATE_ALLOC, 8, 512);
  expect(runs(t, 'order')).toBe(`4×3 2×${ORDER_IN_USE} 2×2 504×${ORDER_IN_USE}`);
});

test('order: a chunk larger than a pageblock is seen in each of its pageblocks', () => {
  const t = machine();
  t.memmap.state[1024] = STATE_BUDDY | 10;
  expect([2, 3].map((pageblock) => runs(t, 'order', pageblock))).toEqual(['512×11', '512×11']);
});

test('owner: through the page table for what is mapped, straight for the kernel\'s, nobody for the rest', () => {
  const t = machine();
  t.memmap.kind.fill(KIND_ANON, 0, 3);
  t.pte.owner[7] = 20;
  t.memmap.owner.set([7, -2, 0]);
  expect(runs(t, 'owner')).toBe(`1×${ownerClass(20)} 1×${ownerClass(2)} 1×${OWNER_NONE} 509×0`);
});

test('node: the section\'s', () => {
  const t = machine();
  t.section.nid[0] = 1;
  expect(runs(t, 'node')).toBe('512×2');
});

test('order: a section nobody touched is free in chunks of the largest order', () => {
  const t = machine();
  t.section.virgin[0] = 1;
  expect(runs(t, 'order', 3)).toBe('512×11');
});
