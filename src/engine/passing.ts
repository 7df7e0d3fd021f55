/**
 * Which records of the log pass a filter. By type a million are looked through in milliseconds, so that is done at once; what has to be put into words first is looked
 * through in slices, the newest records first, because they are on the screen.
 */
import { type EventLog, typeAt, WORDS } from './drain.ts';

/** True if record `i` of the log passes. */
type Says = (i: number) => boolean;

export interface Passing {
  /** Another filter: `types` has 1 for wire types that pass; `says`, if there is one, decides about those. */
  restart(log: EventLog, types: Uint8Array, says: Says | undefined): void;
  /** The log has grown, and may have let go of its oldest records. */
  follow(log: EventLog): void;
  /** Looks at records that wait for it while `may()` says so, new ones first. True: some are left. */
  look(may: () => boolean): boolean;
  /** Records found so far. */
  length(): number;
  /** Index in the log of the i-th of them, oldest first. */
  at(i: number): number;
}

/** Records looked at between two questions whether there is time. */
const STEP = 64;
const LEAST = 1024;

function roomFor(list: Int32Array<ArrayBuffer>, length: number): Int32Array<ArrayBuffer> {
  if (length <= list.length) return list;
  const larger = new Int32Array(Math.max(length, list.length * 2));
  larger.set(list);
  return larger;
}

export function createPassing(): Passing {
  let log: EventLog | undefined;
  let types: Uint8Array = new Uint8Array(256);
  let says: Says | undefined;
  /** Numbers of records counted from boot (modulo 2³²): found going back, the newest first; and going forward, the oldest first, from `head` on. */
  let back = new Int32Array(LEAST);
  let nrBack = 0;
  let forth = new Int32Array(LEAST);
  let head = 0;
  let nrForth = 0;
  /** The next record to look at on the way back, and on the way forward. */
  let down = -1;
  let up = 0;

  const end = (of: EventLog): number => of.first + of.length;
  const passes = (of: EventLog, id: number): boolean => types[typeAt(of, id - of.first)] === 1 && (says === undefined || says(id - of.first));

  function forward(of: EventLog, to: number): void {
    forth = roomFor(forth, nrForth + to - up);
    if (says === undefined) {
      // Thousands with every picture: nothing but their types is looked at.
      const { words } = of;
      const last = words.length / WORDS - 1;
      for (; up < to; up++) if (types[(words[(up & last) * WORDS + 2] as number) & 0xff] === 1) forth[nrForth++] = up;
      return;
    }
    for (; up < to; up++) if (passes(of, up)) forth[nrForth++] = up;
  }
  function backward(of: EventLog, to: number): void {
    back = roomFor(back, nrBack + down - to + 1);
    for (; down >= to; down--) if (passes(of, down)) back[nrBack++] = down;
  }
  /** Forgets records that the log has let go of. */
  function forget(of: EventLog): void {
    const gone = (id: number): boolean => ((id - of.first) | 0) < 0;
    while (nrBack > 0 && gone(back[nrBack - 1] as number)) nrBack--;
    if (nrBack === 0) while (head < nrForth && gone(forth[head] as number)) head++;
    if (head > LEAST && head > nrForth >> 1) {
      forth.copyWithin(0, head, nrForth);
      nrForth -= head;
      head = 0;
    }
    up = Math.max(up, of.first);
  }

  return {
    restart(of, wanted, how) {
      log = of;
      types = wanted;
      says = how;
      nrBack = 0;
      nrForth = 0;
      head = 0;
      up = says === undefined ? of.first : end(of);
      down = up - 1;
      if (says === undefined) forward(of, end(of));
    },
    follow(of) {
      log = of;
      forget(of);
      if (says === undefined) forward(of, end(of));
    },
    look(may) {
      const of = log;
      if (of === undefined) return false;
      while (may()) {
        if (up < end(of)) forward(of, Math.min(end(of), up + STEP));
        else if (down >= of.first) backward(of, Math.max(of.first, down - STEP + 1));
        else return false;
      }
      return up < end(of) || down >= of.first;
    },
    length: () => nrBack + nrForth - head,
    at: (i) => (((i < nrBack ? back[nrBack - 1 - i] : forth[head + i - nrBack]) as number) - (log?.first ?? 0)) | 0,
  };
}
