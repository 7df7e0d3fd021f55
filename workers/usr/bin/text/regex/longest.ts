/**
 * POSIX matching: of the matches that start first the longest counts, and each part from left to right takes as much as it can without making
 * the whole shorter. For every (node, position) the set of possible ends is found once, so the time is polynomial where backtracking would be exponential.
 */
import { type Assertion, type Node, WORD_BYTES } from './ast.ts';

type Small =
  | { readonly kind: 'set'; readonly id: number; readonly set: Uint8Array }
  | { readonly kind: 'assert'; readonly id: number; readonly what: Assertion }
  | { readonly kind: 'empty'; readonly id: number }
  | { readonly kind: 'cat' | 'alt'; readonly id: number; readonly a: Small; readonly b: Small }
  | { readonly kind: 'opt' | 'star'; readonly id: number; readonly a: Small }
  | { readonly kind: 'group'; readonly id: number; readonly n: number; readonly a: Small };

/** [start, end] of the whole and of each group; undefined where a group took no part. */
export type Spans = (readonly [start: number, end: number] | undefined)[];

export class LongestMatcher {
  readonly #root: Small;
  readonly #groups: number;
  #ids = 0;
  /** A tree without back-references. */
  constructor(root: Node, groups: number) {
    this.#root = this.#lower(root);
    this.#groups = groups;
  }
  #lower(node: Node): Small {
    const id = this.#ids++;
    switch (node.kind) {
      case 'empty': return { kind: 'empty', id };
      case 'set': return { kind: 'set', id, set: node.set };
      case 'assert': return { kind: 'assert', id, what: node.what };
      case 'group': return { kind: 'group', id, n: node.n, a: this.#lower(node.item) };
      case 'cat': return this.#chain('cat', node.items);
      case 'alt': return this.#chain('alt', node.items);
      case 'rep': return this.#repeat(node.item, node.min, node.max);
      case 'ref': throw new Error('back-references are matched elsewhere');
    }
  }
  #chain(kind: 'cat' | 'alt', items: readonly Node[]): Small {
    let tail = this.#lower(items.at(-1) as Node);
    for (let i = items.length - 2; i >= 0; i--) tail = { kind, id: this.#ids++, a: this.#lower(items[i] as Node), b: tail };
    return tail;
  }
  /** x{2,3} → x x (x)?, x{1,} → x x*. */
  #repeat(item: Node, min: number, max: number): Small {
    let tail: Small | undefined;
    if (max === Number.POSITIVE_INFINITY) tail = { kind: 'star', id: this.#ids++, a: this.#lower(item) };
    else {
      for (let i = min; i < max; i++) {
        const once = this.#lower(item);
        tail = { kind: 'opt', id: this.#ids++, a: tail ? { kind: 'cat', id: this.#ids++, a: once, b: tail } : once };
      }
    }
    for (let i = 0; i < min; i++) {
      const once = this.#lower(item);
      tail = tail ? { kind: 'cat', id: this.#ids++, a: once, b: tail } : once;
    }
    return tail ?? { kind: 'empty', id: this.#ids++ };
  }
  /** The match that starts first at or after `from` and is the longest there. */
  exec(text: string, from: number): Spans | undefined {
    const run = new Run(text, this.#ids);
    for (let start = from; start <= text.length; start++) {
      const end = run.ends(this.#root, start)[0];
      if (end === undefined) continue;
      const spans: Spans = new Array<undefined>(this.#groups + 1).fill(undefined);
      spans[0] = [start, end];
      run.assign(this.#root, start, end, spans);
      return spans;
    }
    return undefined;
  }
}

const isWord = (text: string, i: number): boolean => i >= 0 && i < text.length && WORD_BYTES[text.charCodeAt(i)] === 1;

export function asserts(what: Assertion, text: string, i: number): boolean {
  switch (what) {
    case 'start': return i === 0;
    case 'end': return i === text.length;
    case 'bol': return i === 0 || text[i - 1] === '\n';
    case 'eol': return i === text.length || text[i] === '\n';
    case 'wordb': return isWord(text, i - 1) !== isWord(text, i);
    case 'nwordb': return isWord(text, i - 1) === isWord(text, i);
    case 'wordstart': return !isWord(text, i - 1) && isWord(text, i);
    case 'wordend': return isWord(text, i - 1) && !isWord(text, i);
  }
}

class Run {
  readonly #text: string;
  readonly #ids: number;
  readonly #memo = new Map<number, readonly number[]>();
  constructor(text: string, ids: number) {
    this.#text = text;
    this.#ids = ids;
  }
  /** Where a match of `node` from `i` may end, the longest first. */
  ends(node: Small, i: number): readonly number[] {
    const key = i * this.#ids + node.id;
    const known = this.#memo.get(key);
    if (known) return known;
    const found = this.#find(node, i);
    this.#memo.set(key, found);
    return found;
  }
  #find(node: Small, i: number): readonly number[] {
    switch (node.kind) {
      case 'empty': return [i];
      case 'set': return i < this.#text.length && node.set[this.#text.charCodeAt(i)] ? [i + 1] : [];
      case 'assert': return asserts(node.what, this.#text, i) ? [i] : [];
      case 'group': return this.ends(node.a, i);
      case 'alt': return sorted([...this.ends(node.a, i), ...this.ends(node.b, i)]);
      case 'opt': return sorted([...this.ends(node.a, i), i]);
      case 'cat': return sorted(this.ends(node.a, i).flatMap((middle) => this.ends(node.b, middle)));
      case 'star': {
        const seen = new Set([i]);
        for (const at of seen) for (const end of this.ends(node.a, at)) seen.add(end);
        return sorted([...seen]);
      }
    }
  }
  /** Which parts matched what, given that `node` goes from `i` to `end`. */
  assign(node: Small, i: number, end: number, spans: Spans): void {
    switch (node.kind) {
      case 'group':
        spans[node.n] = [i, end];
        this.assign(node.a, i, end, spans);
        return;
      case 'alt':
        this.assign(this.ends(node.a, i).includes(end) ? node.a : node.b, i, end, spans);
        return;
      case 'opt':
        if (this.ends(node.a, i).includes(end)) this.assign(node.a, i, end, spans);
        return;
      case 'cat': {
        const middle = this.ends(node.a, i).find((m) => this.ends(node.b, m).includes(end)) as number;
        this.assign(node.a, i, middle, spans);
        this.assign(node.b, middle, end, spans);
        return;
      }
      case 'star': {
        if (i === end && this.ends(node.a, i).includes(end)) this.assign(node.a, i, end, spans);
        for (let at = i; at < end; ) {
          const next = this.ends(node.a, at).find((m) => m > at && this.ends(node, m).includes(end)) as number;
          this.assign(node.a, at, next, spans);
          at = next;
        }
        return;
      }
      default:
    }
  }
}
const sorted = (ends: readonly number[]): readonly number[] => (ends.length < 2 ? ends : [...new Set(ends)].sort((a, b) => b - a));
