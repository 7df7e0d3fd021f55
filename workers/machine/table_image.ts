/**
 * The tables of a machine at one moment. They are cut into chunks; an image shares with the one before every chunk that did not change meanwhile, and one that was never
 * written to is not kept at all. A section nobody has touched is not even looked at.
 */
import { H_BRANCH, H_GENERATION, H_REPLAY, H_TRACE_HEAD, HEADER_WORDS, type TableName, type Tables } from '../uapi/layout.ts';
import { pageblock_nr_pages, pageblock_order } from '../uapi/mmzone.ts';

const CHUNK_BYTES = 1 << 14;
/** Tables with a row per frame. */
const BY_FRAME: ReadonlySet<string> = new Set<TableName>(['memmap', 'cold']);

export interface TableImage {
  readonly header: Int32Array;
  /** By chunk; undefined: all zero. */
  readonly chunks: readonly (Int32Array | undefined)[];
  /** Bytes that only this image and later ones hold. */
  readonly bytes: number;
}
export interface TableImages {
  capture(): TableImage;
  /** Writes an image back; pageblocks that look different then are stamped as changed. */
  restore(image: TableImage): void;
}

interface Chunk {
  readonly words: Int32Array;
  /** First pageblock it tells something about, and how many; 0: a reader does not see it. */
  readonly pageblock: number;
  /** Bytes in it for each pageblock. */
  readonly stride: number;
  /** Section its frames are of, -1: none. */
  readonly section: number;
}

export function createTableImages(t: Tables): TableImages {
  const chunks: Chunk[] = [];
  const names = Object.keys(t).filter((name) => !['header', 'buffer', 'sizes'].includes(name)) as TableName[];
  for (const name of names) {
    for (const [column, view] of Object.entries(t[name]) as [string, Uint8Array][]) {
      if (view === (t.pageblock.generation as unknown)) continue;
      const size = view.BYTES_PER_ELEMENT;
      // Columns begin on 64 bytes and are padded to 64: whole words throughout.
      const bytes = Math.ceil(view.byteLength / 4) * 4;
      for (let at = 0; at < bytes; at += CHUNK_BYTES) {
        const seen = (name === 'memmap' && column === 'kind') || (name === 'pageblock' && (column === 'migratetype' || column === 'zone'));
        chunks.push({
          words: new Int32Array(t.buffer as ArrayBuffer, view.byteOffset + at, Math.min(CHUNK_BYTES, bytes - at) >>> 2),
          pageblock: name === 'pageblock' ? at : at >>> pageblock_order, stride: !seen ? 0 : name === 'pageblock' ? 1 : pageblock_nr_pages,
          section: BY_FRAME.has(name) ? Math.trunc(at / size) >>> t.sizes.section_shift : -1,
        });
      }
    }
  }
  const { generation } = t.pageblock;
  const { virgin } = t.section;
  const perSection = 1 << (t.sizes.section_shift - pageblock_order);
  /** What the tables held when they were last looked at. */
  const base: (Int32Array | undefined)[] = chunks.map(() => undefined);
  let looked = 0;
  let changed = 0;

  /** Sections that nobody has touched since the last look, nor ever before. */
  function untouched(): Uint8Array {
    const quiet = new Uint8Array(t.section.state.length);
    for (let nr = 0; nr < quiet.length; nr++) {
      if (virgin[nr] === 0) continue;
      let newest = 0;
      for (let i = nr * perSection; i < (nr + 1) * perSection; i++) newest = Math.max(newest, generation[i] as number);
      quiet[nr] = newest <= looked ? 1 : 0;
    }
    return quiet;
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
  function stamp({ words, pageblock, stride }: Chunk, next: Int32Array | undefined): void {
    const per = stride === 1 ? 4 : 1;
    const step = stride === 1 ? 1 : stride >>> 2;
    for (let at = 0, block = pageblock; at < words.length; at += step, block += per) {
      for (let i = at; i < at + step; i++) {
        if (words[i] === (next === undefined ? 0 : next[i])) continue;
        for (let k = block; k < block + per && k < generation.length; k++) generation[k] = changed;
        break;
      }
    }
  }

  return {
    capture() {
      const quiet = untouched();
      let bytes = 0;
      for (const [i, { words, section }] of chunks.entries()) {
        if (section >= 0 && base[i] === undefined && quiet[section] === 1) continue;
        if (equal(words, base[i])) continue;
        base[i] = words.slice();
        bytes += words.byteLength;
      }
      looked = t.header[H_GENERATION] as number;
      return { header: t.header.slice(0, HEADER_WORDS), chunks: [...base], bytes };
    },
    restore(image) {
      const quiet = untouched();
      changed = (t.header[H_GENERATION] as number) + 1;
      for (const [i, chunk] of chunks.entries()) {
        const { words, section, stride } = chunk;
        const next = image.chunks[i];
        if (section >= 0 && next === undefined && base[i] === undefined && quiet[section] === 1) continue;
        base[i] = next;
        if (equal(words, next)) continue;
        if (stride > 0) stamp(chunk, next);
        if (next === undefined) words.fill(0);
        else words.set(next);
      }
      // How often slices were published is the host's business: its counts never go back.
      for (let i = H_TRACE_HEAD; i < HEADER_WORDS; i++) if (i !== H_BRANCH && i !== H_REPLAY) t.header[i] = image.header[i] as number;
      looked = changed;
    },
  };
}
