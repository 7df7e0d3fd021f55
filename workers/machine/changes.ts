/**
 * What of the large tables (frames, page tables) may have changed since somebody last looked, in units of 512 rows. Kernel paths mark what they write: PAGEBLOCK.generation where a
 * picture shows it, PAGEBLOCK.dirty and PTE_CHUNK.dirty where none does. A mark that is missing is found by testing/fuzz, which compares with a look at everything.
 */
import { H_GENERATION, type Tables } from '../uapi/layout.ts';
import { pageblock_order } from '../uapi/mmzone.ts';

/** Who looks. Each has its own count of what it has seen. */
export const FOR_IMAGES = 1;
export const FOR_DIGEST = 2;
export type Reader = typeof FOR_IMAGES | typeof FOR_DIGEST;
const EVERYBODY = FOR_IMAGES | FOR_DIGEST;

export interface Marks {
  /** Units marked since this reader last asked, ascending. */
  each(reader: Reader, visit: (unit: number) => void): void;
  /** A unit was written by the machine's past itself: this reader has to look again, or knows what it holds. */
  rewritten(reader: Reader, unit: number): void;
  seen(reader: Reader, unit: number): void;
}
export interface Changes {
  /** By pageblock. */
  readonly frames: Marks;
  /** By row of PTE_CHUNK. */
  readonly ptes: Marks;
  /** Frames were stamped so, by the machine's past itself: whoever reads for a picture has to look, nobody else. What the machine stamps from now on is newer. */
  stamped(stamp: number): void;
  /**
   * The machine's past itself is about to write the table of sections back, its pageblocks' frames after it. Call what is returned once the sections are written: it gives the first
   * pageblocks of those that count now and did not before, or the other way round. Nobody has to look at them: their frames are what the past says.
   */
  sectionsPutBack(): () => readonly number[];
  /** Pageblocks of a section. */
  readonly perSection: number;
}

/** @param held by group of 2^shift units: any of them was ever marked */
function marksOf(pending: Uint8Array, held: Uint8Array, shift: number, collect: () => void): Marks {
  return {
    each(reader, visit) {
      collect();
      for (let group = 0; group < held.length; group++) {
        if (held[group] === 0) continue;
        for (let unit = group << shift; unit < Math.min(pending.length, (group + 1) << shift); unit++) {
          const p = pending[unit] as number;
          if ((p & reader) === 0) continue;
          pending[unit] = p & ~reader;
          visit(unit);
        }
      }
    },
    rewritten(reader, unit) {
      pending[unit] = (pending[unit] as number) | reader;
    },
    seen(reader, unit) {
      pending[unit] = (pending[unit] as number) & ~reader;
    },
  };
}

/** Chunks of page-table entries, as a power of two, that are looked through together. */
const PTE_GROUP = 8;

/** Sections of memory that is there and was touched. To begin with, all of theirs counts as changed. */
export function createChanges(t: Tables): Changes {
  const { header } = t;
  const { generation, dirty } = t.pageblock;
  const { state, virgin } = t.section;
  const sectionShift = t.sizes.section_shift - pageblock_order;
  const perSection = 1 << sectionShift;
  const frames = new Uint8Array(generation.length);
  const ptes = new Uint8Array(t.pte_chunk.dirty.length);
  /** Of each section: whether it is there, and SECTION.virgin. */
  const known = { present: new Uint8Array(state.length), virgin: new Uint8Array(virgin.length) };
  const held = { frames: new Uint8Array(state.length), ptes: new Uint8Array(Math.ceil(ptes.length / 2 ** PTE_GROUP)) };
  let looked = 0;

  function sections(flipped: (nr: number, was: number) => void): void {
    for (let nr = 0; nr < state.length; nr++) {
      const was = known.present[nr] as number;
      const is = state[nr] === 0 ? 0 : 1;
      if (was === is && known.virgin[nr] === virgin[nr]) continue;
      known.present[nr] = is;
      known.virgin[nr] = virgin[nr] as number;
      flipped(nr, was);
    }
  }
  /** Whether its frames count is no frame's business: all of them do then, or none. */
  function came(nr: number, was: number): void {
    // Memory that has just come and that nobody touched holds nothing yet.
    if (was === 0 && virgin[nr] === 1) return;
    frames.fill(EVERYBODY, nr * perSection, (nr + 1) * perSection);
    held.frames[nr] = 1;
  }
  /** Frames of a section that nobody has touched are stamped for the picture, and still hold nothing: all of them count once somebody does. */
  const untouched = (nr: number): boolean => held.frames[nr] === 0 && (virgin[nr] === 1 || state[nr] === 0);
  function collectFrames(): void {
    sections(came);
    let newest = looked;
    for (let nr = 0; nr < state.length; nr++) {
      if (untouched(nr)) continue;
      for (let i = nr * perSection; i < (nr + 1) * perSection; i++) {
        if ((generation[i] as number) <= looked && dirty[i] === 0) continue;
        frames[i] = EVERYBODY;
        held.frames[nr] = 1;
        dirty[i] = 0;
        if ((generation[i] as number) > newest) newest = generation[i] as number;
      }
    }
    // Stamps of the slice under way are one ahead of the count: those that follow have to be told from those seen now.
    looked = newest;
    if (newest > (header[H_GENERATION] as number)) header[H_GENERATION] = newest;
  }
  return {
    perSection,
    sectionsPutBack() {
      sections(came);
      return () => {
        const firsts: number[] = [];
        sections((nr) => { firsts.push(nr * perSection); });
        return firsts;
      };
    },
    stamped(stamp) {
      looked = Math.max(looked, stamp);
      header[H_GENERATION] = Math.max(header[H_GENERATION] as number, stamp);
    },
    frames: marksOf(frames, held.frames, sectionShift, collectFrames),
    ptes: marksOf(ptes, held.ptes, PTE_GROUP, () => {
      const marks = t.pte_chunk.dirty;
      for (let i = 0; i < ptes.length; i++) {
        if (marks[i] === 0) continue;
        ptes[i] = EVERYBODY;
        held.ptes[i >>> PTE_GROUP] = 1;
        marks[i] = 0;
      }
    }),
  };
}
