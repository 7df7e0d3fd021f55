/**
 * The tables of a machine at one moment. The large ones (frames, page tables) know what was written (row_image.ts); the others are small, are cut into chunks and looked through.
 * An image shares with the one before what did not change meanwhile, and what is all zero is not kept at all.
 */
import { H_BRANCH, H_GENERATION, H_REPLAY, H_TEXT_BYTES_HEAD, H_TEXT_HEAD, H_TEXT_TOTAL, H_TRACE_HEAD, HEADER_WORDS, type TableName, type Tables } from '../uapi/layout.ts';
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
  /** Part of a ring: only what is said is written there. */
  readonly ring: Ring | undefined;
  /** Rows of the ring, or bytes. */
  readonly from: number;
  readonly to: number;
}
/** Where the next row goes, and how many were ever written: words of the header. */
interface Ring {
  readonly rows: number;
  readonly head: number;
  readonly total: number;
}
/** What was written to a ring between two headers, as rows that may go round its end. */
interface Written {
  readonly from: number;
  readonly rows: number;
}
const writtenIn = ({ rows, head, total }: Ring, before: Int32Array, now: Int32Array): Written => ({
  from: (before[head] as number) % rows,
  // Totals wrap at 2³².
  rows: Math.min(rows, ((now[total] as number) - (before[total] as number)) >>> 0),
});
/** Rows of a part, told from the first that was written: does any of them lie in what was? */
const overlaps = (written: Written, ring: Ring, from: number, to: number): boolean => {
  const at = (from - written.from + ring.rows) % ring.rows;
  return at < written.rows || at + (to - from) > ring.rows;
};
function chunksOf(t: Tables): Chunk[] {
  const chunks: Chunk[] = [];
  const rings: Partial<Record<TableName, Ring>> = {
    trace: { rows: t.trace.w0.length, head: H_TRACE_HEAD, total: H_TRACE_HEAD }, text: { rows: t.text.seq.length, head: H_TEXT_HEAD, total: H_TEXT_HEAD },
    text_bytes: { rows: t.text_bytes.byte.length, head: H_TEXT_BYTES_HEAD, total: H_TEXT_TOTAL },
  };
  for (const name of Object.keys(t).filter((key) => !APART.has(key)) as TableName[]) {
    for (const [column, view] of Object.entries(t[name]) as [string, Uint8Array][]) {
      if (name === 'pageblock' && (column === 'generation' || column === 'dirty')) continue;
      const seen = name === 'pageblock' && (column === 'migratetype' || column === 'zone');
      // Columns begin on 64 bytes and are padded to 64: whole words throughout.
      const bytes = Math.ceil(view.byteLength / 4) * 4;
      for (let at = 0; at < bytes; at += CHUNK_BYTES) {
        chunks.push({ words: new Int32Array(t.buffer as ArrayBuffer, view.byteOffset + at, Math.min(CHUNK_BYTES, bytes - at) >>> 2), pageblock: seen ? at : -1, ring: rings[name],
          from: at / view.BYTES_PER_ELEMENT, to: Math.min(at + CHUNK_BYTES, view.byteLength) / view.BYTES_PER_ELEMENT });
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
  let baseHeader: Int32Array | undefined;
  /** Parts of rings that hold what they held: nobody has to look there. */
  function quiet(): (chunk: Chunk) => boolean {
    const before = baseHeader;
    if (before === undefined) return () => false;
    const written = new Map<Ring, Written>();
    for (const { ring } of chunks) if (ring && !written.has(ring)) written.set(ring, writtenIn(ring, before, t.header));
    return ({ ring, from, to }) => ring !== undefined && !overlaps(written.get(ring) as Written, ring, from, to);
  }

  return {
    capture() {
      let bytes = 0;
      const isQuiet = quiet();
      base = chunks.map((chunk, i) => {
        const was = base[i];
        const { words } = chunk;
        if (isQuiet(chunk) || samePiece(words, 0, words.length, was)) return was;
        const piece = pieceOf(words, 0, words.length);
        bytes += piece?.bytes ?? 0;
        return piece;
      });
      hold(ledger, base);
      const [f, p] = [frames.capture(), ptes.capture()];
      baseHeader = t.header.slice(0, HEADER_WORDS);
      return { header: baseHeader, chunks: base, frames: f.image, ptes: p.image, bytes: bytes + f.bytes + p.bytes };
    },
    restore(image) {
      // Ahead of every count that a reader may see before all is written: looking at what was marked (frames.restore) raises it.
      let stamp = 0;
      const stampNow = (): number => {
        if (stamp === 0) stamp = (t.header[H_GENERATION] as number) + 1;
        return stamp;
      };
      /** First pageblocks of four that look different. */
      const differ: number[] = [];
      const isQuiet = quiet();
      const putBack = changes.sectionsPutBack();
      chunks.forEach((chunk, i) => {
        const next = image.chunks[i];
        const { words, pageblock } = chunk;
        if ((base[i] === next && isQuiet(chunk)) || samePiece(words, 0, words.length, next)) return;
        const were = pageblock >= 0 ? words.slice() : undefined;
        writePiece(words, 0, words.length, next);
        // Four pageblocks a word.
        were?.forEach((word, at) => {
          if (words[at] !== word) differ.push(pageblock + at * 4);
        });
      });
      frames.restore(image.frames, {
        seen: kind,
        changed: (unit) => {
          generation[unit] = stampNow();
        },
        known: digest.knownFrames,
      }, putBack(), changes.perSection);
      ptes.restore(image.ptes, { seen: -1, changed: () => {}, known: digest.knownPtes }, [], 0);
      for (const first of differ) generation.fill(stampNow(), first, first + 4);
      changes.stamped(stampNow());
      base = image.chunks;
      baseHeader = image.header;
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
