/**
 * What a machine remembers outside its tables (lib/remember.ts), at one moment: every object reachable from what was shown, with its contents. Putting it back writes the
 * contents into the same objects, so that closures and threads that know them need not be told. Functions and generators are not entered.
 */
import { contentsOf, type ListPiece, type Memory } from '../lib/remember.ts';

export interface HeapImage {
  readonly objects: number;
  /** Parts of long lists. */
  readonly lists: readonly ListPiece[];
  /** Writes everything back; what was shown later than this image gets the contents it had when it was shown. */
  restore(): void;
}

const isGenerator = (value: object): boolean => Object.prototype.toString.call(value) === '[object Generator]';
/** Long lists of numbers are common (frames, slots), and no other lists begin with one. */
const ofNumbers = (list: readonly unknown[]): boolean => typeof list[0] === 'number';

/** Bytes of a number in a list. */
const NUMBER_BYTES = 8;
/** An image is kept: bytes of what no other one held. */
export function holdHeap({ lists }: HeapImage): number {
  let bytes = 0;
  for (const piece of lists) if (piece.refs++ === 0) bytes += piece.numbers.length * NUMBER_BYTES;
  return bytes;
}
/** It is not needed any more: bytes that go with it. */
export function dropHeap({ lists }: HeapImage): number {
  let bytes = 0;
  for (const piece of lists) if (--piece.refs === 0) bytes += piece.numbers.length * NUMBER_BYTES;
  return bytes;
}

/** @param opaque objects not to be entered: tables, and what never changes */
export function captureHeap(memory: Memory, opaque: ReadonlySet<object>): HeapImage {
  const seen = new Set<object>(opaque);
  const lists: ListPiece[] = [];
  const restorers: (() => void)[] = [];
  const stack: object[] = [];
  const visit = (value: unknown): void => {
    if (typeof value !== 'object' || value === null || seen.has(value)) return;
    seen.add(value);
    stack.push(value);
  };
  for (const root of memory.keys()) visit(root);
  for (let object = stack.pop(); object !== undefined; object = stack.pop()) {
    if (isGenerator(object) || object instanceof RegExp || object instanceof WeakMap) continue;
    if (!Object.isFrozen(object) || object instanceof Map || object instanceof Set) restorers.push(contentsOf(object, lists));
    if (ArrayBuffer.isView(object)) continue;
    if (Array.isArray(object)) {
      if (!ofNumbers(object)) for (const value of object) visit(value);
    } else if (object instanceof Map) {
      for (const [key, value] of object) {
        visit(key);
        visit(value);
      }
    } else if (object instanceof Set) for (const value of object) visit(value);
    else for (const key of Object.keys(object)) {
      const field = Object.getOwnPropertyDescriptor(object, key);
      if (field !== undefined && 'value' in field) visit(field.value);
    }
  }
  return {
    objects: restorers.length, lists,
    restore() {
      // Who showed an object keeps it and will not show it again: it stays in the memory.
      for (const [root, asShown] of memory) if (!seen.has(root)) asShown();
      for (const restore of restorers) restore();
    },
  };
}
