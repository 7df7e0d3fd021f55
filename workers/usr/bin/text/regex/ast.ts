/** The tree of a POSIX regular expression over bytes. */

/** One flag for each byte. */
export type ByteSet = Uint8Array;
export type Assertion = 'bol' | 'eol' | 'start' | 'end' | 'wordb' | 'nwordb' | 'wordstart' | 'wordend';
export type Node =
  | { readonly kind: 'empty' }
  | { readonly kind: 'set'; readonly set: ByteSet }
  | { readonly kind: 'cat'; readonly items: readonly Node[] }
  | { readonly kind: 'alt'; readonly items: readonly Node[] }
  | { readonly kind: 'group'; readonly n: number; readonly item: Node }
  | { readonly kind: 'rep'; readonly min: number; readonly max: number; readonly item: Node }
  | { readonly kind: 'assert'; readonly what: Assertion }
  | { readonly kind: 'ref'; readonly n: number };

/** The pattern cannot be compiled; the text is regerror(3)'s. */
export class RegexError extends Error {}

const range = (from: string, to: string): number[] => {
  const out: number[] = [];
  for (let c = from.charCodeAt(0); c <= to.charCodeAt(0); c++) out.push(c);
  return out;
};
const digit = range('0', '9');
const upper = range('A', 'Z');
const lower = range('a', 'z');
const graph = range('!', '~');
/** Character classes of the C locale. */
const CLASSES: Readonly<Record<string, readonly number[]>> = {
  digit, upper, lower, graph, alpha: [...upper, ...lower], alnum: [...digit, ...upper, ...lower],
  space: [9, 10, 11, 12, 13, 32], blank: [9, 32], print: [32, ...graph], cntrl: [...range('\0', '\x1f'), 127],
  punct: graph.filter((c) => !digit.includes(c) && !upper.includes(c) && !lower.includes(c)), xdigit: [...digit, ...range('A', 'F'), ...range('a', 'f')],
};
/** Bytes of [:name:], ascending; undefined for an unknown name. */
export const classBytes = (name: string): readonly number[] | undefined => (Object.hasOwn(CLASSES, name) ? CLASSES[name] : undefined);

export const setOf = (bytes: Iterable<number>): ByteSet => {
  const set = new Uint8Array(256);
  for (const b of bytes) set[b] = 1;
  return set;
};
export const inverted = (set: ByteSet): ByteSet => set.map((flag) => 1 - flag);
/** Adds the other case of every letter in the set. */
export function foldCase(set: ByteSet): ByteSet {
  const folded = set.slice();
  for (let i = 0; i < 26; i++) if (set[65 + i] || set[97 + i]) folded[65 + i] = folded[97 + i] = 1;
  return folded;
}
export const WORD_BYTES: ByteSet = setOf([...(classBytes('alnum') ?? []), 95]);
