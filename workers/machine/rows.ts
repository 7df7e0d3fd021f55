/** The large tables in units of 512 rows: what images and the digest go through. */
import type { Tables } from '../uapi/layout.ts';

/** Rows of a unit: a pageblock of frames, a row of PTE_CHUNK. */
const UNIT_ROWS = 512;

/** A column as words. */
export interface WordColumn {
  readonly words: Int32Array;
  /** Words of a unit. */
  readonly per: number;
  /** The same column two words at a time, where no value is -2³¹ (links, owners, slots): then a number is 0 only if both words are. */
  readonly pairs: Float64Array | undefined;
}
const wordsOf = (columns: object): WordColumn[] =>
  (Object.values(columns) as Uint8Array[]).map((view) => {
    // Columns begin on 64 bytes and are padded to 64.
    const count = Math.ceil(view.byteLength / 4);
    return {
      words: new Int32Array(view.buffer as ArrayBuffer, view.byteOffset, count), per: (UNIT_ROWS * view.BYTES_PER_ELEMENT) / 4,
      pairs: (view as ArrayBufferView) instanceof Int32Array ? new Float64Array(view.buffer as ArrayBuffer, view.byteOffset, count >>> 1) : undefined,
    };
  });
/** Nothing in a part of a column. Most parts that changed hold nothing in most columns, and two words at a time are looked at twice as fast. */
export function emptyPart({ words, pairs }: WordColumn, from: number, to: number): boolean {
  let i = from;
  if (pairs !== undefined && (from & 1) === 0) {
    let k = from >>> 1;
    for (const end = to >>> 1; k + 3 < end; k += 4) if (pairs[k] !== 0 || pairs[k + 1] !== 0 || pairs[k + 2] !== 0 || pairs[k + 3] !== 0) return false;
    i = k << 1;
  }
  for (; i + 7 < to; i += 8) if ((words[i]! | words[i + 1]! | words[i + 2]! | words[i + 3]! | words[i + 4]! | words[i + 5]! | words[i + 6]! | words[i + 7]!) !== 0) return false;
  for (; i < to; i++) if (words[i] !== 0) return false;
  return true;
}

export const frameColumns = (t: { readonly memmap: object; readonly cold: object }): readonly WordColumn[] => [...wordsOf(t.memmap), ...wordsOf(t.cold)];
export const pteColumns = (t: Tables): readonly WordColumn[] => wordsOf(t.pte);
export const unitsOf = (columns: readonly WordColumn[]): number => Math.ceil((columns[0] as WordColumn).words.length / (columns[0] as WordColumn).per);

const PRIME = 0x01000193;
const [LANE_A, LANE_B, LANE_C, LANE_D] = [0x811c9dc5, 0x2545f491, 0x51ed270b, 0x6a09e667];

/** What a unit holds, as a number: FNV-1a in four lanes, so that one multiplication need not wait for the last. */
export function hashUnit(columns: readonly WordColumn[], unit: number): number {
  let a = Math.imul(unit ^ LANE_A, PRIME);
  let b = LANE_B;
  let c = LANE_C;
  let d = LANE_D;
  for (const column of columns) {
    const { words, per } = column;
    const end = Math.min(words.length, (unit + 1) * per);
    let i = unit * per;
    if (end - i === per && per % 4 === 0 && words[i] === 0 && words[end - 1] === 0 && emptyPart(column, i, end)) {
      const power = powerOf(per / 4);
      a = Math.imul(a, power);
      b = Math.imul(b, power);
      c = Math.imul(c, power);
      d = Math.imul(d, power);
      continue;
    }
    for (; i + 3 < end; i += 4) {
      a = Math.imul(a ^ (words[i] as number), PRIME);
      b = Math.imul(b ^ (words[i + 1] as number), PRIME);
      c = Math.imul(c ^ (words[i + 2] as number), PRIME);
      d = Math.imul(d ^ (words[i + 3] as number), PRIME);
    }
    for (; i < end; i++) a = Math.imul(a ^ (words[i] as number), PRIME);
  }
  return mix(a, b, c, d);
}
function mix(a: number, b: number, c: number, d: number): number {
  let h = a ^ (a >>> 15);
  h = Math.imul(h ^ b ^ (b >>> 13), PRIME);
  h = Math.imul(h ^ c ^ (c >>> 13), PRIME);
  h = Math.imul(h ^ d ^ (d >>> 13), PRIME);
  return h ^ (h >>> 16);
}
/** A lane into which nothing is folded so many times is multiplied by this. */
const powers: number[] = [1];
function powerOf(times: number): number {
  while (powers.length <= times) powers.push(Math.imul(powers.at(-1) as number, PRIME));
  return powers[times] as number;
}
/** The same of units that hold nothing, without a look at them. */
export function zeroHashes(columns: readonly WordColumn[]): (unit: number) => number {
  const power = powerOf(columns.reduce((sum, { per }) => sum + Math.ceil(per / 4), 0));
  const whole = Math.min(...columns.map(({ words, per }) => (per % 4 === 0 ? Math.floor(words.length / per) : 0)));
  return (unit) => {
    if (unit >= whole) return hashUnit(columns, unit);
    return mix(Math.imul(Math.imul(unit ^ LANE_A, PRIME), power), Math.imul(LANE_B, power), Math.imul(LANE_C, power), Math.imul(LANE_D, power));
  };
}
