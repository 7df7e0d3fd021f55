import { expect, it } from 'vitest';
import { H_SEQ } from '../../workers/uapi/layout.ts';
import type { TraceEvent } from '../../workers/uapi/trace.ts';
import { AGE_UNTOUCHED, ageClass } from '../map/index.ts';
import { machine } from '../map/testing/machine.ts';
import { createAges } from './age.ts';

it('counts in events, a class for each power of ten', () => {
  expect([0, 100, 101, 1000, 10_000, 100_000, 1_000_000, 1_000_001].map((events) => ageClass(5, 5 + events))).toEqual([1, 1, 2, 2, 3, 4, 5, 6]);
});
it('knows nothing of what was so before, nor of what is yet to come', () => {
  expect(ageClass(0, 1_000_000)).toBe(AGE_UNTOUCHED);
  expect(ageClass(300, 200)).toBe(AGE_UNTOUCHED);
});
it('stamps a pageblock when its class changes, and only then', () => {
  const t = machine('Normal:....');
  const classes = new Uint8Array(t.memmap.kind.length);
  const generation = new Uint32Array(t.pageblock.generation.length);
  const ages = createAges(t, { end: () => 0, between: () => [] });
  t.header[H_SEQ] = 50;
  ages.changed(Int32Array.of(1));
  ages.classify(classes, generation);
  const seen = generation.slice(0, 3);
  expect([classes[0], classes[512], classes[1023], classes[1024]]).toEqual([AGE_UNTOUCHED, 1, 1, AGE_UNTOUCHED]);
  t.header[H_SEQ] = 150;
  ages.classify(classes, generation);
  expect([...generation.slice(0, 3)]).toEqual([...seen]);
  t.header[H_SEQ] = 151;
  ages.classify(classes, generation);
  expect(classes[512]).toBe(2);
  expect([...generation.slice(0, 3)]).toEqual([seen[0], (seen[1] ?? 0) + 1, seen[2]]);
});
it('in the past says what the log says, however one came there', () => {
  const t = machine('Normal:....');
  const log = [5, 250].map((seq, i) => ({ type: 'sim_isolate_pageblock', seq, time: 0, task: 0, pfn: 512 * i, ret: 0 }) as TraceEvent);
  const classes = new Uint8Array(t.memmap.kind.length);
  const generation = new Uint32Array(t.pageblock.generation.length);
  const ages = createAges(t, { end: () => 300, between: (from, to) => log.filter(({ seq }) => seq > from && seq <= to) });
  const at = (seq: number): (number | undefined)[] => {
    t.header[H_SEQ] = seq;
    // All of it was written anew on the way.
    ages.changed(Int32Array.of(0, 1, 2));
    ages.classify(classes, generation);
    return [0, 512, 1024].map((pfn) => classes[pfn]);
  };
  expect(at(50)).toEqual([1, AGE_UNTOUCHED, AGE_UNTOUCHED]);
  expect(at(260)).toEqual([2, 1, AGE_UNTOUCHED]);
  expect(at(300)).toEqual([2, 1, AGE_UNTOUCHED]);
  expect(at(50)).toEqual([1, AGE_UNTOUCHED, AGE_UNTOUCHED]);
});
