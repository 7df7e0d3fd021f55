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
}

function marksOf(pending: Uint8Array, collect: () => void): Marks {
  return {
    each(reader, visit) {
      collect();
      for (let unit = 0; unit < pending.length; unit++) {
        const p = pending[unit] as number;
        if ((p & reader) === 0) continue;
        pending[unit] = p & ~reader;
        visit(unit);
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

/** Sections of memory that is there and was touched. To begin with, all of theirs counts as changed. */
export function createChanges(t: Tables): Changes {
  const { header } = t;
  const { generation, dirty } = t.pageblock;
  const { state, virgin } = t.section;
  const perSection = 1 << (t.sizes.section_shift - pageblock_order);
  const frames = new Uint8Array(generation.length);
  const ptes = new Uint8Array(t.pte_chunk.dirty.length);
  const known = { state: new Uint8Array(state.length), virgin: new Uint8Array(virgin.length) };
  let looked = 0;

  function sections(): void {
    for (let nr = 0; nr < state.length; nr++) {
      const was = known.state[nr] as number;
      if (was === state[nr] && known.virgin[nr] === virgin[nr]) continue;
      known.state[nr] = state[nr] as number;
      known.virgin[nr] = virgin[nr] as number;
      // Memory that has just come and that nobody touched holds nothing yet.
      if (was !== 0 || virgin[nr] === 0) frames.fill(EVERYBODY, nr * perSection, (nr + 1) * perSection);
    }
  }
  return {
    frames: marksOf(frames, () => {
      sections();
      let newest = looked;
      for (let i = 0; i < frames.length; i++) {
        if ((generation[i] as number) <= looked && dirty[i] === 0) continue;
        frames[i] = EVERYBODY;
        dirty[i] = 0;
        if ((generation[i] as number) > newest) newest = generation[i] as number;
      }
      // Stamps of the slice under way are one ahead of the count: those that follow have to be told from those seen now.
      looked = newest;
      if (newest > (header[H_GENERATION] as number)) header[H_GENERATION] = newest;
    }),
    ptes: marksOf(ptes, () => {
      const marks = t.pte_chunk.dirty;
      for (let i = 0; i < ptes.length; i++) {
        if (marks[i] === 0) continue;
        ptes[i] = EVERYBODY;
        marks[i] = 0;
      }
    }),
  };
}
