import fc from 'fast-check';
import { expect, test } from 'vitest';
import { MEM_STATE_OFFLINE, MEM_STATE_ONLINE } from '../../workers/uapi/memory_block.ts';
import { KIND_FREE, KIND_NAMES, NR_KINDS } from '../../workers/uapi/page_kind.ts';
import { addDrawn, addDrawnRun, createCounts } from './counts.ts';
import { fillPageblock, machine } from './testing/machine.ts';

/** Kinds that occur, by name, in pageblocks. */
const named = (counts: Int32Array): Record<string, number> => Object.fromEntries([...counts].map((n, kind) => [KIND_NAMES[kind] as string, n / 512] as const).filter(([, n]) => n > 0));

test('frames are counted by what the picture shows: caged ones as isolated, those of an offline block as offline, absent ones not at all', () => {
  const counts = createCounts(machine('Normal:AF.S Movable:.ia.! offline - Normal:....'));
  expect(named(counts.machine)).toEqual({ free: 7, isolated: 1.9375, anon: 1.0625, file: 1, slab: 1, offline: 4 });
});

test('a block that goes offline takes its free frames out of the sum, with no frame changed', () => {
  const t = machine('Normal:AA.. Movable:....');
  const counts = createCounts(t);
  t.memory_block.state[1] = MEM_STATE_OFFLINE;
  expect(counts.update()).toBe(true);
  expect(named(counts.machine)).toEqual({ anon: 2, free: 2, offline: 4 });
  t.memory_block.state[1] = MEM_STATE_ONLINE;
  counts.update();
  expect(named(counts.machine)).toEqual({ anon: 2, free: 6 });
});

test('a section that nobody has touched counts as its frames do, caged pageblocks in it, too', () => {
  for (const blocks of ['Normal:.... Movable:....', 'Normal:.... Movable:.i..', 'Normal:AF.S - Movable:....', 'Normal:.... Normal:.... - - Normal:..i. Normal:.... Movable:....']) {
    const t = machine(blocks);
    const looked = createCounts(t);
    t.section.state.forEach((_, section) => {
      const pages = 2 ** t.sizes.section_shift;
      if (t.memmap.kind.subarray(section * pages, (section + 1) * pages).every((kind) => kind === KIND_FREE)) t.section.virgin[section] = 1;
    });
    expect(t.section.virgin).toContain(1);
    const counts = createCounts(t);
    for (const column of ['machine', 'histogram', 'mode', 'blocks'] as const) expect(counts[column]).toEqual(looked[column]);
    expect(counts.update()).toBe(false);
    fillPageblock(t, blocks.split(' ').length * 4 - 1, 'A');
    t.section.virgin.fill(0);
    looked.update();
    expect(counts.update()).toBe(true);
    expect(counts.machine).toEqual(looked.machine);
  }
});

test('only the changed block gets a new stamp', () => {
  const t = machine('Normal:AA.. Movable:....');
  const counts = createCounts(t);
  const before = [...counts.stamp];
  expect(counts.update()).toBe(false);
  fillPageblock(t, 5, 'F');
  counts.update();
  expect(counts.stamp[0]).toBe(before[0]);
  expect(counts.stamp[1]).toBeGreaterThan(before[1] as number);
  expect(named(counts.block(1, new Int32Array(NR_KINDS)))).toEqual({ file: 1, free: 3 });
});

test('counting what changed gives what counting everything gives (seed 9)', () => {
  const change = fc.record({ pageblock: fc.nat(11), letter: fc.constantFrom(...'.AFTHLSPKMRCiaxs') });
  fc.assert(fc.property(fc.array(change, { maxLength: 30 }), (changes) => {
    const t = machine('Normal:.... Movable:.... Normal:....');
    const [counts, told] = [createCounts(t), createCounts(t)];
    let stamped: number[] = [];
    for (const { pageblock, letter } of changes) {
      fillPageblock(t, pageblock, letter);
      stamped.push(pageblock);
      if (pageblock % 3 !== 0) continue;
      counts.update();
      told.update(Int32Array.from(stamped));
      stamped = [];
    }
    counts.update();
    told.update(Int32Array.from(stamped));
    expect([...counts.machine]).toEqual([...createCounts(t).machine]);
    expect([...told.machine]).toEqual([...counts.machine]);
  }), { seed: 9, numRuns: 50 });
});

test('a run of pageblocks adds up to what each of them does, however long it is (seed 5)', () => {
  const block = fc.constantFrom('Normal:AF.S', 'Normal:....', 'Normal:AAAA', 'Normal:sxiA', 'Movable:.ia.!', 'offline', '-');
  fc.assert(fc.property(fc.array(block, { minLength: 1, maxLength: 100 }), fc.nat(), fc.nat(), (blocks, x, y) => {
    const counts = createCounts(machine(blocks.join(' ')));
    const [from, to] = [x % (blocks.length * 4 + 1), y % (blocks.length * 4 + 1)].sort((a, b) => a - b) as [number, number];
    const [run, each] = [new Int32Array(NR_KINDS), new Int32Array(NR_KINDS)];
    addDrawnRun(counts, from, to, run);
    for (let pageblock = from; pageblock < to; pageblock++) addDrawn(counts, pageblock, each);
    expect(run).toEqual(each);
  }), { seed: 5, numRuns: 60 });
});
