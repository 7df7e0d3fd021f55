import { describe, expect, it } from 'vitest';
import { EV } from '../../workers/uapi/trace.ts';
import { append, createLog, type EventLog, seqAt } from './drain.ts';
import { createPassing, type Passing } from './passing.ts';

/** Records numbered from `first`: every third one is a uevent, the others are moved pages. */
const batch = (first: number, n: number): Int32Array =>
  Int32Array.from({ length: n * 8 }, (_, i) => (i % 8 === 0 ? first + Math.floor(i / 8) : i % 8 === 2 ? ((first + Math.floor(i / 8)) % 3 === 0 ? EV.uevent : EV.sim_migrate_page) : 0));
const uevents = Uint8Array.from({ length: 256 }, (_, type) => (type === EV.uevent ? 1 : 0));
const seqs = (log: EventLog, passing: Passing): number[] => Array.from({ length: passing.length() }, (_, i) => seqAt(log, passing.at(i)));
/** Says yes so many times. */
const times = (n: number): (() => boolean) => () => n-- > 0;

describe('what passes the filter', () => {
  it('is found at once by type, and as records come', () => {
    const [log, passing] = [createLog(), createPassing()];
    append(log, batch(1, 10), 0);
    passing.restart(log, uevents, undefined);
    expect(passing.look(() => true)).toBe(false);
    expect(seqs(log, passing)).toEqual([3, 6, 9]);
    append(log, batch(11, 5), 0);
    passing.follow(log);
    expect(seqs(log, passing)).toEqual([3, 6, 9, 12, 15]);
  });
  it('is found by words in slices, the newest first, and new records before old ones', () => {
    const [log, passing] = [createLog(), createPassing()];
    append(log, batch(1, 200), 0);
    passing.restart(log, uevents, (i) => seqAt(log, i) % 2 === 0);
    expect(passing.look(times(1))).toBe(true);
    expect(seqs(log, passing)).toEqual(Array.from({ length: 11 }, (_, i) => 138 + 6 * i));
    append(log, batch(201, 10), 0);
    passing.follow(log);
    expect(passing.look(times(1))).toBe(true);
    expect(seqs(log, passing).at(-1)).toBe(210);
    expect(passing.look(() => true)).toBe(false);
    expect(seqs(log, passing)).toEqual(Array.from({ length: 35 }, (_, i) => 6 + 6 * i));
  });
  it('forgets what the log lets go of', () => {
    const [log, passing] = [createLog(4096), createPassing()];
    append(log, batch(1, 4096), 0);
    passing.restart(log, uevents, undefined);
    append(log, batch(4097, 6), 0);
    passing.follow(log);
    expect(seqs(log, passing)).toEqual(Array.from({ length: 1365 }, (_, i) => 9 + 3 * i));
  });
});
