/**
 * The tables of a machine at one moment. They are cut into chunks; an image shares with the one before every chunk that did not change meanwhile, and one that was never
 * written to is not kept at all. A section nobody has touched is not even looked at.
 */
import { H_BRANCH, H_GENERATION, H_REPLAY, H_TRACE_HEAD, HEADER_WORDS, type TableName, type Tables } from '../uapi/layout.ts';
import { pageblock_nr_pages, pageblock_order } from '../uapi/mmzone.ts';
import { M_NR_PTES } from '../mm/mm.ts';

const CHUNK_BYTES = 1 << 14;
/** Tables with a row per frame. */
const BY_FRAME: ReadonlySet<string> = new Set<TableName>(['memmap', 'cold']);

export interface TableImage {
  readonly header: Int32Array;
  /** By chunk; absent: all zero. */
  readonly chunks: ReadonlyMap<number, Int32Array>;
  /** Bytes that only this image and later ones hold. */
  readonly bytes: number;
}
export interface TableImages {
  capture(): TableImage;
  /** Writes an image back; pageblocks that look different then are stamped as changed. */
  restore(image: TableImage): void;
}

/** A column, cut into chunks numbered from `first` on. Views of chunks are made when they are looked at: a machine of a TiB has half a million. */
interface Column {
  readonly view: Uint8Array;
  readonly bytes: number;
  readonly first: number;
  readonly chunks: number;
  /** Bytes of a row. */
  readonly size: number;
  readonly byFrame: boolean;
  /** Bytes for each pageblock in a column that readers see; 0: they do not. */
  readonly stride: number;
  /** Rows in use: behind them all is zero. */
  readonly rows: () => number;
}

export function createTableImages(t: Tables): TableImages {
  const columns: Column[] = [];
  const names = Object.keys(t).filter((name) => !['header', 'buffer', 'sizes'].includes(name)) as TableName[];
  let chunks = 0;
  for (const name of names) {
    for (const [column, view] of Object.entries(t[name]) as [string, Uint8Array][]) {
      if (view === (t.pageblock.generation as unknown)) continue;
      // Columns begin on 64 bytes and are padded to 64: whole words throughout.
      const bytes = Math.ceil(view.byteLength / 4) * 4;
      const seen = (name === 'memmap' && column === 'kind') || (name === 'pageblock' && (column === 'migratetype' || column === 'zone'));
      const rows = name === 'pte' ? (): number => (t.misc.word[M_NR_PTES] as number) + 1 : (): number => Number.POSITIVE_INFINITY;
      columns.push({
        view, bytes, first: chunks, chunks: Math.ceil(bytes / CHUNK_BYTES), size: view.BYTES_PER_ELEMENT, byFrame: BY_FRAME.has(name), rows,
        stride: !seen ? 0 : name === 'pageblock' ? 1 : pageblock_nr_pages,
      });
      chunks += Math.ceil(bytes / CHUNK_BYTES);
    }
  }
  const { generation } = t.pageblock;
  const { virgin } = t.section;
  const perSection = 1 << (t.sizes.section_shift - pageblock_order);
  /** What the tables held when they were last looked at, by chunk; absent: all zero. */
  const base = new Map<number, Int32Array>();
  let looked = 0;
  let changed = 0;

  /** Sections that nobody has touched since the last look: not there, or free as they came. */
  function untouched(): Uint8Array {
    const quiet = new Uint8Array(t.section.state.length);
    for (let nr = 0; nr < quiet.length; nr++) {
      if (t.section.state[nr] !== 0 && virgin?.[nr] !== 1) continue;
      let newest = 0;
      for (let i = nr * perSection; i < (nr + 1) * perSection; i++) newest = Math.max(newest, generation[i] as number);
      quiet[nr] = newest <= looked ? 1 : 0;
    }
    return quiet;
  }
  const wordsOf = ({ view, bytes }: Column, c: number): Int32Array =>
    new Int32Array(t.buffer as ArrayBuffer, view.byteOffset + c * CHUNK_BYTES, Math.min(CHUNK_BYTES, bytes - c * CHUNK_BYTES) >>> 2);
  /** Visits every chunk that may differ from what it was, or is to be (`next`). */
  function visit(next: ReadonlyMap<number, Int32Array>, work: (column: Column, c: number) => void): void {
    const quiet = untouched();
    // Asked before anything is written back.
    const rows = columns.map((column) => column.rows());
    for (const [i, column] of columns.entries()) {
      const used = Math.ceil(((rows[i] as number) * column.size) / CHUNK_BYTES);
      for (let c = 0; c < column.chunks; c++) {
        const id = column.first + c;
        const known = base.has(id) || next.has(id);
        if (!known && (c >= used || (column.byFrame && allQuiet(quiet, column, c)))) continue;
        work(column, c);
      }
    }
  }
  function allQuiet(quiet: Uint8Array, { size }: Column, c: number): boolean {
    const last = Math.trunc(((c + 1) * CHUNK_BYTES - 1) / size) >>> t.sizes.section_shift;
    for (let nr = Math.trunc((c * CHUNK_BYTES) / size) >>> t.sizes.section_shift; nr <= last && nr < quiet.length; nr++) if (quiet[nr] === 0) return false;
    return true;
  }
  function equal(a: Int32Array, b: Int32Array | undefined): boolean {
    if (b === undefined) {
      for (let i = 0; i < a.length; i++) if (a[i] !== 0) return false;
      return true;
    }
    for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
    return true;
  }
  /** Stamps what a reader would see change. */
  function stamp({ stride }: Column, c: number, words: Int32Array, next: Int32Array | undefined): void {
    const per = stride === 1 ? 4 : 1;
    const step = stride === 1 ? 1 : stride >>> 2;
    for (let at = 0, block = stride === 1 ? c * CHUNK_BYTES : (c * CHUNK_BYTES) >>> pageblock_order; at < words.length; at += step, block += per) {
      for (let i = at; i < at + step; i++) {
        if (words[i] === (next === undefined ? 0 : next[i])) continue;
        for (let k = block; k < block + per && k < generation.length; k++) generation[k] = changed;
        break;
      }
    }
  }
  const NOTHING: ReadonlyMap<number, Int32Array> = new Map();

  return {
    capture() {
      let bytes = 0;
      visit(NOTHING, (column, c) => {
        const words = wordsOf(column, c);
        if (equal(words, base.get(column.first + c))) return;
        base.set(column.first + c, words.slice());
        bytes += words.byteLength;
      });
      looked = t.header[H_GENERATION] as number;
      return { header: t.header.slice(0, HEADER_WORDS), chunks: new Map(base), bytes };
    },
    restore(image) {
      changed = (t.header[H_GENERATION] as number) + 1;
      visit(image.chunks, (column, c) => {
        const words = wordsOf(column, c);
        const next = image.chunks.get(column.first + c);
        if (next === undefined) base.delete(column.first + c);
        else base.set(column.first + c, next);
        if (equal(words, next)) return;
        if (column.stride > 0) stamp(column, c, words, next);
        if (next === undefined) words.fill(0);
        else words.set(next);
      });
      // How often slices were published is the host's business: its counts never go back.
      for (let i = H_TRACE_HEAD; i < HEADER_WORDS; i++) if (i !== H_BRANCH && i !== H_REPLAY) t.header[i] = image.header[i] as number;
      looked = changed;
    },
  };
}
