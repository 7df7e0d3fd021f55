/**
 * The tables of a machine at one moment. The large ones (frames, page tables) know what was written (row_image.ts); the others are small, are cut into chunks and looked through.
 * An image shares with the one before what did not change meanwhile, and what is all zero is not kept at all.
 */
import { H_BRANCH, H_GENERATION, H_REPLAY, H_TRACE_HEAD, HEADER_WORDS, type TableName, type Tables } from '../uapi/layout.ts';
import type { Changes } from './changes.ts';
import type { Digest } from './digest.ts';
import { drop, hold, type Ledger, type Piece, pieceOf, samePiece, writePiece } from './pieces.ts';
import { createRowImages, type RowImage } from './row_image.ts';
import { frameColumns, pteColumns } from './rows.ts';

/** Small: what happens between two images writes a few rows of many columns. */
const CHUNK_BYTES = 1 << 11;
/** Tables that know what was written, and what does not go back: marks for readers. */
const APART: ReadonlySet<string> = new Set<string>(['header', 'buffer', 'sizes', 'memmap', 'cold', 'pte', 'pte_chunk'] satisfies (TableName | 'header' | 'buffer' | 'sizes')[]);

export interface TableImage {
  readonly header: Int32Array;
  /** By chunk; absent: all zero. */
  readonly chunks: readonly (Piece | undefined)[];
  readonly frames: RowImage;
  readonly ptes: RowImage;
  /** Bytes that the image before does not hold. */
  readonly bytes: number;
}
export interface TableImages {
  capture(): TableImage;
  /** Writes an image back; pageblocks that look different then are stamped as changed. */
  restore(image: TableImage): void;
  /** An image is not needed any more. */
  release(image: TableImage): void;
}

/** A part of a column, looked at as a whole. */
interface Chunk {
  readonly words: Int32Array;
  /** First pageblock of a part that readers see, -1: they do not. */
  readonly pageblock: number;
}
function chunksOf(t: Tables): Chunk[] {
  const chunks: Chunk[] = [];
  for (const name of Object.keys(t).filter((key) => !APART.has(key)) as TableName[]) {
    for (const [column, view] of Object.entries(t[name]) as [string, Uint8Array][]) {
      if (name === 'pageblock' && (column === 'generation' || column === 'dirty')) continue;
      const seen = name === 'pageblock' && (column === 'migratetype' || column === 'zone');
      // Columns begin on 64 bytes and are padded to 64: whole words throughout.
      const bytes = Math.ceil(view.byteLength / 4) * 4;
      for (let at = 0; at < bytes; at += CHUNK_BYTES) {
        chunks.push({ words: new Int32Array(t.buffer as ArrayBuffer, view.byteOffset + at, Math.min(CHUNK_BYTES, bytes - at) >>> 2), pageblock: seen ? at : -1 });
      }
    }
  }
  return chunks;
}
export function createTableImages(t: Tables, changes: Changes, digest: Pick<Digest, 'knownFrames' | 'knownPtes'>, ledger: Ledger): TableImages {
  const chunks = chunksOf(t);
  const frames = createRowImages(frameColumns(t), changes.frames, ledger);
  const ptes = createRowImages(pteColumns(t), changes.ptes, ledger);
  const { generation } = t.pageblock;
  const kind = Object.keys(t.memmap).indexOf('kind');
  /** What the chunks held when they were last looked at. */
  let base: readonly (Piece | undefined)[] = chunks.map(() => undefined);

  return {
    capture() {
      let bytes = 0;
      base = chunks.map(({ words }, i) => {
        const was = base[i];
        if (samePiece(words, 0, words.length, was)) return was;
        const piece = pieceOf(words, 0, words.length);
        bytes += piece?.bytes ?? 0;
        return piece;
      });
      hold(ledger, base);
      const [f, p] = [frames.capture(), ptes.capture()];
      return { header: t.header.slice(0, HEADER_WORDS), chunks: base, frames: f.image, ptes: p.image, bytes: bytes + f.bytes + p.bytes };
    },
    restore(image) {
      const stamp = (t.header[H_GENERATION] as number) + 1;
      chunks.forEach(({ words, pageblock }, i) => {
        const next = image.chunks[i];
        if (samePiece(words, 0, words.length, next)) return;
        const were = pageblock >= 0 ? words.slice() : undefined;
        writePiece(words, 0, words.length, next);
        // Four pageblocks a word.
        were?.forEach((word, at) => {
          if (words[at] !== word) generation.fill(stamp, pageblock + at * 4, pageblock + at * 4 + 4);
        });
      });
      frames.restore(image.frames, {
        changed: (unit, column) => {
          if (column === kind) generation[unit] = stamp;
        },
        known: digest.knownFrames,
      });
      ptes.restore(image.ptes, { changed: () => {}, known: digest.knownPtes });
      base = image.chunks;
      // How often slices were published is the host's business: its counts never go back.
      for (let i = H_TRACE_HEAD; i < HEADER_WORDS; i++) if (i !== H_BRANCH && i !== H_REPLAY) t.header[i] = image.header[i] as number;
    },
    release(image) {
      drop(ledger, image.chunks);
      frames.release(image.frames);
      ptes.release(image.ptes);
    },
  };
}
