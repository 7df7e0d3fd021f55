import fc from 'fast-check';
import { expect, test } from 'vitest';
import { MEM_STATE_OFFLINE, MEM_STATE_ONLINE } from '../../workers/uapi/memory_block.ts';
import { KIND_NAMES, NR_KINDS } from '../../workers/uapi/page_kind.ts';
import { createCounts } from './counts.ts';
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
