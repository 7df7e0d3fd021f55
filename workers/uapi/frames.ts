/** What frames hold (MEMMAP.kind), copied by the pageblock. */
import { pageblock_nr_pages } from './mmzone.ts';

/** A column of bytes as words: a pageblock is 128 of them, which a plain loop copies faster than two views and set(). */
export const asWords = ({ buffer, byteOffset, length }: Uint8Array): Int32Array => new Int32Array(buffer, byteOffset, length >> 2);
export const PAGEBLOCK_WORDS = pageblock_nr_pages >> 2;

/** Copies what the frames of these pageblocks hold (MEMMAP.kind) from the engine's memory to that of a reader who shares it. */
export function copyFrames(from: Uint8Array, to: Uint8Array, pageblocks: Int32Array): void {
  const source = asWords(from);
  const target = asWords(to);
  for (let i = 0; i < pageblocks.length; i++) {
    const start = (pageblocks[i] as number) * PAGEBLOCK_WORDS;
    for (let k = start; k < start + PAGEBLOCK_WORDS; k++) target[k] = source[k] as number;
  }
}
