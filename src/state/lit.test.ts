import { expect, it } from 'vitest';
import { type Lit, light, placeIn, stepFrom, useLit } from './lit.ts';
import { selectBlock, selectFrame } from './view.ts';

const lit: Lit = { block: 0, cause: 'slab', owner: '', pfns: new Int32Array([10, 11, 40]) };

it('is walked from frame to frame, round and round, from wherever one stands', () => {
  const walk = (pfn: number | undefined, by: 1 | -1, times: number): number[] => Array.from({ length: times }, () => { pfn = stepFrom(lit, pfn, by); return pfn; });
  expect(walk(undefined, 1, 4)).toEqual([10, 11, 40, 10]);
  expect(walk(undefined, -1, 4)).toEqual([40, 11, 10, 40]);
  expect([stepFrom(lit, 25, 1), stepFrom(lit, 25, -1), stepFrom(lit, 99, 1), stepFrom(lit, 0, -1)]).toEqual([40, 11, 10, 40]);
  expect([10, 40, 12, undefined].map((pfn) => placeIn(lit, pfn))).toEqual([1, 3, undefined, undefined]);
});

it('goes out with another block, and stays with another frame of its own', () => {
  selectBlock(0);
  light(lit);
  selectFrame(40, 32768);
  expect(useLit.getState().lit).toBe(lit);
  selectBlock(1);
  expect(useLit.getState().lit).toBeUndefined();
  light({ ...lit, pfns: new Int32Array(0) });
  expect(useLit.getState().lit).toBeUndefined();
});
