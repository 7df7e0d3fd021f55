/**
 * How long ago each pageblock changed: one word a pageblock, a hundred and twenty-eighth of a byte a frame. As long as the machine goes on it is what this page sees change, in events; in
 * the past, and on another branch, it is what the log says, so that a place in time looks the same however one came there. What was so when the machine was opened has no age.
 */
import { H_SEQ, type Tables } from '../../workers/uapi/layout.ts';
import { pageblock_nr_pages } from '../../workers/uapi/mmzone.ts';
import type { TraceEvent } from '../../workers/uapi/trace.ts';
import { ageClass, stampAges } from '../map/index.ts';

/** Events of the log that are looked through after a jump in time. */
const LOOKED_THROUGH = 100_000;

/** What ages read of the log (state/events.ts). */
export interface Log {
  /** Number of its last event. */
  end(): number;
  /** Events after `from` up to and with `to`. */
  between(from: number, to: number): Iterable<TraceEvent>;
}
export interface Ages {
  /** These pageblocks have just changed. */
  changed(pageblocks: Int32Array): void;
  /** The log is another one. */
  relearn(): void;
  /** Brings classes up to date; a pageblock whose class is another one now gets a new stamp. */
  classify(classes: Uint8Array, generation: Uint32Array): void;
}

export function createAges(t: Tables, log: Log): Ages {
  const at = new Uint32Array(t.pageblock.generation.length);
  /** Stands where something has happened after, or did: what differs has not changed just then. */
  let past = false;
  let stale = false;
  return {
    changed(pageblocks) {
      const now = t.header[H_SEQ] as number;
      const before = past;
      past = now < log.end();
      stale ||= past || before;
      if (!stale) for (const pageblock of pageblocks) at[pageblock] = now;
    },
    relearn() { stale = true; },
    classify(classes, generation) {
      const now = t.header[H_SEQ] as number;
      if (stale) stampAges(at.fill(0), log.between(Math.max(0, now - LOOKED_THROUGH), now));
      stale = false;
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
