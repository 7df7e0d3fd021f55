import { expect, it } from 'vitest';
import { createPrng } from '../lib/prng.ts';
import { formatMachine, H_GENERATION, H_TRACE_HEAD, placeTables, type Tables } from './layout.ts';
import { MIGRATE_MOVABLE } from './mmzone.ts';
import { KIND_ANON } from './page_kind.ts';
import { applyPatch, collectPatch, START } from './patch.ts';
import { EV, traceWriter } from './trace.ts';

/** Sections of four pageblocks. */
function machine(sections = 2): Tables {
  const sizes = { max_pfn: sections * 2048, section_shift: 11, block_shift: 11, nodes: 1, slots: 1, trace_rows: 16, text_rows: 16, text_bytes: 64 };
  return formatMachine(new ArrayBuffer(placeTables(sizes).bytes), sizes);
}
function stamp(t: Tables, generation: number, pageblocks: readonly number[]): void {
  t.header[H_GENERATION] = generation;
  for (const i of pageblocks) t.pageblock.generation[i] = generation;
}

it('tells a first reader the types of pageblocks that nobody touched, and not their frames', () => {
  const [machineTables, copy] = [machine(), machine()];
  stamp(machineTables, 1, [0, 1, 2, 3, 4, 5, 6, 7]);
  machineTables.section.virgin[0] = 1;
  machineTables.pageblock.migratetype.fill(MIGRATE_MOVABLE);
  machineTables.memmap.kind[5 * 512] = KIND_ANON;

  const first = collectPatch(machineTables, START);
  expect([...first.pageblocks]).toEqual([4, 5, 6, 7, 0, 1, 2, 3]);
  expect(first.kinds.length).toBe(4 * 512);
  applyPatch(copy, first);
  expect(copy.memmap.kind).toEqual(machineTables.memmap.kind);
  expect(copy.pageblock.migratetype).toEqual(machineTables.pageblock.migratetype);
});

it('tells a reader who has been here all frames, also of a section that is as if nobody had touched it again', () => {
  const [machineTables, copy] = [machine(), machine()];
  stamp(machineTables, 1, [0, 1]);
  machineTables.memmap.kind[512] = KIND_ANON;
  const first = collectPatch(machineTables, START);
  applyPatch(copy, first);

  machineTables.memmap.kind[512] = 0;
  machineTables.section.virgin[0] = 1;
  stamp(machineTables, 2, [1]);
  const next = collectPatch(machineTables, first.cursor);
  expect([...next.pageblocks]).toEqual([1]);
  applyPatch(copy, next);
  expect(copy.memmap.kind).toEqual(machineTables.memmap.kind);
});

it('tells the same of long runs of pageblocks, of short ones and of single ones (seed 3)', () => {
  const [t, copy] = [machine(128), machine(128)];
  const { below } = createPrng(3);
  let cursor = START;
  for (let generation = 1; generation < 20; generation++) {
    for (let runs = 0; runs < 3; runs++) {
      const first = below(512);
      const end = Math.min(512, first + [1, 2, 70, 300][below(4)]!);
      t.pageblock.migratetype.fill(below(4), first, end);
      t.pageblock.zone.fill(below(3), first, end);
      t.pageblock.generation.fill(generation, first, end);
    }
    t.header[H_GENERATION] = generation;
    const patch = collectPatch(t, cursor);
    applyPatch(copy, patch);
    ({ cursor } = patch);
    expect(copy.pageblock.migratetype).toEqual(t.pageblock.migratetype);
    expect(copy.pageblock.zone).toEqual(t.pageblock.zone);
  }
});

it('passes over records of single frames before the last that the reader still takes, and says how many', () => {
  const t = machine();
  const write = traceWriter(t);
  // Of 16 rows, written over once: u stands for a uevent, m for a page that moved.
  for (const letter of 'mmmmmmmm' + 'mumm' + 'mmum' + 'mmmm' + 'mmum') write(letter === 'u' ? EV.uevent : EV.sim_migrate_page, 0);
  const seqs = (events: Int32Array): number[] => Array.from(events.filter((_, i) => i % 8 === 0));
  const all = collectPatch(t, START);
  expect(seqs(all.events)).toEqual([9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24]);
  expect([all.lost, all.cursor.trace]).toEqual([8, t.header[H_TRACE_HEAD]]);
  const thin = collectPatch(t, { ...START, spare: 3 });
  expect(seqs(thin.events)).toEqual([10, 15, 22, 23, 24]);
  expect([thin.lost, thin.cursor.trace]).toEqual([8 + 11, t.header[H_TRACE_HEAD]]);
  const none = collectPatch(t, { ...START, spare: 0 });
  expect(seqs(none.events)).toEqual([10, 15, 23]);
});
