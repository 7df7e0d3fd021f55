import { describe, expect, it } from 'vitest';
import { createPrng } from '../lib/prng.ts';
import { drop, hold, pieceOf, samePiece, writePiece } from './pieces.ts';

/** Words as tables have them: nothing, a head and nothing behind it, slots that follow one another, links, anything; negative ones and those that wrap, too. */
function words(seed: number): Int32Array {
  const { below } = createPrng(seed);
  const out = new Int32Array(512);
  for (let at = 0; at < out.length; ) {
    const length = [1, 7, 64, 512][below(4)] as number;
    const [first, step] = [below(2 ** 31) * (below(2) * 2 - 1), [0, 0, 1, -1, 0x00020002][below(5)] as number];
    const noise = below(6) === 0;
    for (const end = Math.min(out.length, at + length), begun = at; at < end; at++) out[at] = seed % 7 === 0 ? 0 : noise ? below(2 ** 31) : first + (at - begun) * step;
  }
  return out;
}

describe('a piece of a table', () => {
  it.each(Array.from({ length: 40 }, (_, i) => i + 1))('says what the words were, and nothing else: seed %i', (seed) => {
    const all = words(seed);
    const { below } = createPrng(seed + 1000);
    const [from, to] = [below(100), 300 + below(200)];
    const piece = pieceOf(all, from, to);
    expect(samePiece(all, from, to, piece)).toBe(true);
    const other = words(seed + 1).fill(7, from, to);
    const around = other.slice();
    writePiece(other, from, to, piece);
    around.set(all.subarray(from, to), from);
    expect(other).toEqual(around);
    const at = from + below(to - from);
    other[at] = (other[at] as number) ^ 1;
    expect(samePiece(other, from, to, piece)).toBe(false);
  });

  it('takes little room where words follow one another, none where nothing is, and never much more than the words', () => {
    expect(pieceOf(new Int32Array(512), 0, 512)).toBe(undefined);
    expect(pieceOf(Int32Array.from({ length: 512 }, (_, i) => 1000 - i), 0, 512)?.runs).toEqual([1, 1000, 511, -1]);
    expect(pieceOf(Int32Array.from({ length: 512 }, (_, i) => (i * i * 7919) % 1009), 0, 512)?.words?.length).toBe(512);
  });

  it('counts once, however many hold it, and no longer than somebody does', () => {
    const ledger = { bytes: 0 };
    const [a, b] = [pieceOf(Int32Array.of(1, 2, 3), 0, 3), pieceOf(Int32Array.of(4, 4, 4), 0, 3)];
    const each = a?.bytes as number;
    hold(ledger, [a, undefined, b]);
    hold(ledger, [a]);
    expect(ledger.bytes).toBe(each + (b?.bytes as number));
    drop(ledger, [a, b]);
    expect(ledger.bytes).toBe(each);
    drop(ledger, [a]);
    expect(ledger.bytes).toBe(0);
  });
});
