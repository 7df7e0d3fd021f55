/**
 * Where free chunks lie, when only their numbers are known: a buddy allocator run backwards. A zone's frames are cut into aligned chunks; largest order first, chunks are chosen to be
 * free, and never both halves of one, because the kernel would have merged them. What is not chosen is in use.
 */
import type { Prng } from '../lib/prng.ts';
import { MAX_ORDER } from '../uapi/mmzone.ts';

/** Chunks of frames by order. A `half` is a chunk whose other half is free: it may be cut further, but not be free as a whole. */
export class ChunkPool {
  readonly whole: number[][] = Array.from({ length: MAX_ORDER }, () => []);
  readonly half: number[][] = Array.from({ length: MAX_ORDER }, () => []);
  readonly #random: Prng;
  readonly #scattered: boolean;
  /** `scattered`: free chunks lie anywhere; else at the highest addresses, and what is in use lies together below. */
  constructor(random: Prng, scattered = true) {
    this.#random = random;
    this.#scattered = scattered;
  }

  /** Chunks that could be free at this order, or be cut for it. */
  #hosts(order: number): number {
    let n = (this.whole[order] as number[]).length;
    for (let o = order + 1; o < MAX_ORDER; o++) n += (this.whole[o] as number[]).length + (this.half[o] as number[]).length;
    return n;
  }
  #take(list: number[], at: number): number {
    const pfn = list[at] as number;
    const last = list.pop() as number;
    if (at < list.length) list[at] = last;
    return pfn;
  }

  /** A free chunk of the order, taken out of the pool; -1: there is no place for one. pfn. */
  takeFree(order: number): number {
    const hosts = this.#hosts(order);
    if (hosts === 0) return -1;
    let pick = this.#scattered ? this.#random.below(hosts) : hosts - 1;
    for (let o = order; o < MAX_ORDER; o++) {
      for (const list of o === order ? [this.whole[o] as number[]] : [this.whole[o] as number[], this.half[o] as number[]]) {
        if (pick < list.length) return this.#cut(this.#take(list, pick), o, order);
        pick -= list.length;
      }
    }
    return -1;
  }
  #cut(pfn: number, from: number, to: number): number {
    let at = pfn;
    for (let order = from - 1; order >= to; order--) {
      const other = at + 2 ** order;
      const upper = this.#scattered ? this.#random.below(2) === 1 : true;
      ((order === to ? this.half : this.whole)[order] as number[]).push(upper ? at : other);
      if (upper) at = other;
    }
    return at;
  }

  /** What is left, ascending: chunks in use. */
  rest(): { pfn: number; order: number }[] {
    const all: { pfn: number; order: number }[] = [];
    for (let order = 0; order < MAX_ORDER; order++) for (const list of [this.whole, this.half]) for (const pfn of list[order] as number[]) all.push({ pfn, order });
    return all.sort((a, b) => a.pfn - b.pfn);
  }
}

/** Places `counts` chunks by order and gives them to `free`. What finds no place is tried as halves. Pages that found none at all, and those that found one only in smaller chunks. */
export function placeFree(pool: ChunkPool, counts: readonly number[], free: (pfn: number, order: number) => void): { unplaced: number; smaller: number } {
  let carried = 0;
  let smaller = 0;
  for (let order = MAX_ORDER - 1; order >= 0; order--) {
    let missing = 0;
    for (let n = (counts[order] as number) + carried; n > 0; n--) {
      const pfn = pool.takeFree(order);
      if (pfn < 0) {
        missing = n;
        break;
      }
      free(pfn, order);
    }
    carried = missing * 2;
    smaller += missing * 2 ** order;
  }
  return { unplaced: carried / 2, smaller };
}
