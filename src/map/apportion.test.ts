import fc from 'fast-check';
import { expect, test } from 'vitest';
import { apportion } from './apportion.ts';

const divide = (counts: number[], pixels: number): number[] => {
  const out = new Int32Array(counts.length);
  apportion(Int32Array.from(counts), counts.length, pixels, out);
  return [...out];
};

test('a pageblock of 500 free and 12 slab frames in a cell of 10 pixels is ten pixels free', () => expect(divide([500, 12], 10)).toEqual([10, 0]));
test('halves are halves', () => expect(divide([256, 256], 10)).toEqual([5, 5]));
test('one pixel: the kind with most frames', () => expect(divide([100, 212, 200], 1)).toEqual([0, 1, 0]));
test('a tie goes to the kind listed first', () => expect(divide([1, 1], 1)).toEqual([1, 0]));
test('nothing to show takes no pixels', () => expect(divide([0, 0], 7)).toEqual([0, 0]));

test('pixels sum up, and every share is within one of the exact one (seed 6)', () => {
  fc.assert(fc.property(fc.array(fc.nat(40_000_000), { minLength: 1, maxLength: 21 }), fc.nat(4000), (counts, pixels) => {
    const total = counts.reduce((a, b) => a + b, 0);
    fc.pre(total > 0);
    const shares = divide(counts, pixels);
    expect(shares.reduce((a, b) => a + b, 0)).toBe(pixels);
    for (const [i, share] of shares.entries()) expect(Math.abs(share - ((counts[i] as number) * pixels) / total)).toBeLessThan(1);
  }), { seed: 6 });
});
