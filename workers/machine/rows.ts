/** The large tables in units of 512 rows: what images and the digest go through. */
import type { Tables } from '../uapi/layout.ts';

/** Rows of a unit: a pageblock of frames, a row of PTE_CHUNK. */
const UNIT_ROWS = 512;

/** A column as words. */
export interface WordColumn {
  readonly words: Int32Array;
  /** Words of a unit. */
  readonly per: number;
}
const wordsOf = (columns: object): WordColumn[] =>
  (Object.values(columns) as Uint8Array[]).map((view) => ({
    // Columns begin on 64 bytes and are padded to 64.
    words: new Int32Array(view.buffer as ArrayBuffer, view.byteOffset, Math.ceil(view.byteLength / 4)), per: (UNIT_ROWS * view.BYTES_PER_ELEMENT) / 4,
  }));

export const frameColumns = (t: Tables): readonly WordColumn[] => [...wordsOf(t.memmap), ...wordsOf(t.cold)];
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
  for (const { words, per } of columns) {
    const end = Math.min(words.length, (unit + 1) * per);
    let i = unit * per;
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
/** The same of units that hold nothing, without a look at them: nothing is folded in, so that each lane is multiplied by a power. */
export function zeroHashes(columns: readonly WordColumn[]): (unit: number) => number {
  let power = 1;
  for (const { per } of columns) for (let i = 0; i < per; i += 4) power = Math.imul(power, PRIME);
  const whole = Math.min(...columns.map(({ words, per }) => (per % 4 === 0 ? Math.floor(words.length / per) : 0)));
  return (unit) => {
    if (unit >= whole) return hashUnit(columns, unit);
    return mix(Math.imul(Math.imul(unit ^ LANE_A, PRIME), power), Math.imul(LANE_B, power), Math.imul(LANE_C, power), Math.imul(LANE_D, power));
  };
}
