/**
 * State outside the tables. What a closure changes and a later event depends on (a queue, a list of listeners, a driver's counters) is kept in an object that is shown here,
 * so that a machine can be put back to where it was: the object stays the same one, its contents are written back (machine/heap_image.ts).
 * The rule: no `let` of a closure that lives longer than a system call; an object instead, handed to remember() before it first changes.
 */

/** Objects of one machine, in the order they were shown, each with its contents at that moment. */
export type Memory = Map<object, () => void>;

let current: Memory | undefined;

/** Runs `work` of a machine: what it remembers goes to that machine's memory. */
export function within<T>(memory: Memory, work: () => T): T {
  const outer = current;
  current = memory;
  try {
    return work();
  } finally {
    current = outer;
  }
}

/** Shows an object; the same one may be shown again. Outside a machine (a test of one part) nobody asks for it back. */
export function remember<T extends object>(state: T): T {
  if (current !== undefined && !current.has(state)) current.set(state, contentsOf(state));
  return state;
}

/** Lists of numbers from this length on (frames, slots of page tables) are kept in pieces, of which an unchanged one is kept once. */
const LONG = 256;
const PIECE = 4096;
/** A part of a long list at one moment. */
export interface ListPiece {
  readonly numbers: readonly unknown[];
  /** Images that hold it. */
  refs: number;
}
const kept = new WeakMap<readonly unknown[], readonly ListPiece[]>();

function longContents(state: unknown[], held: ListPiece[] | undefined): () => void {
  const before = kept.get(state);
  const { length } = state;
  const pieces: ListPiece[] = [];
  for (let at = 0; at < length; at += PIECE) {
    const was = before?.[at / PIECE];
    const size = Math.min(PIECE, length - at);
    let same = was?.numbers.length === size;
    for (let i = 0; same && i < size; i++) same = (was as ListPiece).numbers[i] === state[at + i];
    pieces.push(same ? (was as ListPiece) : { numbers: state.slice(at, at + size), refs: 0 });
  }
  kept.set(state, pieces);
  if (held) for (const piece of pieces) held.push(piece);
  return () => {
    // Longer it becomes by what is written: a length that is set leaves holes, and lists with holes are slow.
    if (state.length > length) state.length = length;
    for (let n = 0, at = 0; n < pieces.length; n++) {
      const { numbers } = pieces[n] as ListPiece;
      for (let i = 0; i < numbers.length; i++, at++) state[at] = numbers[i];
    }
    kept.set(state, pieces);
  };
}

/**
 * Writes back what an array, Map, Set, typed array or plain object holds now. Nested objects are written back on their own.
 * @param held gets the pieces of long lists
 */
export function contentsOf(state: object, held?: ListPiece[]): () => void {
  if (Array.isArray(state)) {
    if (state.length >= LONG && typeof state[0] === 'number') return longContents(state, held);
    const copy = state.slice();
    return () => {
      state.length = copy.length;
      for (let i = 0; i < copy.length; i++) state[i] = copy[i];
    };
  }
  if (state instanceof Map) {
    const copy = [...state];
    return () => {
      state.clear();
      for (const [key, value] of copy) state.set(key, value);
    };
  }
  if (state instanceof Set) {
    const copy = [...state];
    return () => {
      state.clear();
      for (const value of copy) state.add(value);
    };
  }
  if (ArrayBuffer.isView(state)) {
    const bytes = new Uint8Array(state.buffer, state.byteOffset, state.byteLength);
    const copy = bytes.slice();
    return () => bytes.set(copy);
  }
  const fields = state as Record<string, unknown>;
  const keys = Object.keys(fields).filter((key) => Object.getOwnPropertyDescriptor(fields, key)?.writable === true);
  const values = keys.map((key) => fields[key]);
  return () => {
    const now = Object.keys(fields);
    // The order of fields can be seen (a listing of files): with other fields all are made anew.
    if (now.length !== keys.length || now.some((key, i) => key !== keys[i])) for (const key of now) if (Object.getOwnPropertyDescriptor(fields, key)?.writable === true) delete fields[key];
    for (let i = 0; i < keys.length; i++) fields[keys[i] as string] = values[i];
  };
}
