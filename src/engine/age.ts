/**
 * How long ago each pageblock was last seen to change: one word a pageblock, a hundred and twenty-eighth of a byte a frame. It is what this page saw, in events: what was so
 * when the machine was opened has no age, and after a jump in time all that differs has changed just then.
 */
import { H_SEQ, type Tables } from '../../workers/uapi/layout.ts';
import { pageblock_nr_pages } from '../../workers/uapi/mmzone.ts';
import { AGE_EVENTS, AGE_UNTOUCHED } from '../map/index.ts';

/** Class of something that changed at event `at` (0: never), seen at event `now`. */
export function ageClass(at: number, now: number): number {
  if (at === 0 || at > now) return AGE_UNTOUCHED;
  let i = 0;
  while (i < AGE_EVENTS.length && now - at > (AGE_EVENTS[i] as number)) i++;
  return i + 1;
}

export interface Ages {
  /** These pageblocks have just changed. */
  changed(pageblocks: Int32Array): void;
  /** Brings classes up to date; a pageblock whose class is another one now gets a new stamp. */
  classify(classes: Uint8Array, generation: Uint32Array): void;
}

export function createAges(t: Tables): Ages {
  const at = new Uint32Array(t.pageblock.generation.length);
  return {
    changed(pageblocks) {
      const now = t.header[H_SEQ] as number;
      for (const pageblock of pageblocks) at[pageblock] = now;
    },
    classify(classes, generation) {
      const now = t.header[H_SEQ] as number;
      for (let pageblock = 0; pageblock < at.length; pageblock++) {
        const of = ageClass(at[pageblock] as number, now);
        const first = pageblock * pageblock_nr_pages;
        if (classes[first] === of) continue;
        classes.fill(of, first, first + pageblock_nr_pages);
        generation[pageblock] = (generation[pageblock] as number) + 1;
      }
    },
  };
}
