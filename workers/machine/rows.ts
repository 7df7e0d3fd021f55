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
