/**
 * The page allocator once more, slow and obvious: lists are arrays, a chunk is found by looking through all of them, nothing is kept twice. One zone, the rules of 6.1:
 * what the fast one is held against on random commands: requests of all orders and types, per-cpu lists, fallback and stealing, pageblocks set aside and given back.
 */
import { MAX_ORDER, MIGRATE_ISOLATE, MIGRATE_MOVABLE, MIGRATE_RECLAIMABLE, MIGRATE_UNMOVABLE, pageblock_nr_pages, pageblock_order } from '../uapi/mmzone.ts';

interface Chunk {
  readonly pfn: number;
  readonly order: number;
}
const TYPES = [MIGRATE_UNMOVABLE, MIGRATE_MOVABLE, MIGRATE_RECLAIMABLE] as const;
const OTHERS: Readonly<Record<number, readonly number[]>> = {
  [MIGRATE_UNMOVABLE]: [MIGRATE_RECLAIMABLE, MIGRATE_MOVABLE], [MIGRATE_MOVABLE]: [MIGRATE_RECLAIMABLE, MIGRATE_UNMOVABLE], [MIGRATE_RECLAIMABLE]: [MIGRATE_UNMOVABLE, MIGRATE_MOVABLE],
};
const HUGE_LIST = 12;

export class SlowBuddy {
  /** Free chunks of each type, the first to be handed out first; of all orders together. */
  readonly #free: Chunk[][] = TYPES.map(() => []);
  /** Free chunks of pageblocks that are set aside. */
  #isolated: Chunk[] = [];
  readonly #asideBlocks = new Set<number>();
  readonly #pcp: Chunk[][] = Array.from({ length: HUGE_LIST + 1 }, () => []);
  readonly #typeOf: (pfn: number) => number;
  readonly #setType: (pfn: number, type: number) => void;
  /** Movable pages in use, for judging a pageblock. */
  readonly #lru = new Set<number>();
  readonly batch: number;
  readonly high: number;
  #factor = 0;

  constructor(start: number, pages: number, batch: number, high: number) {
    const types = new Map<number, number>();
    this.#typeOf = (pfn) => types.get(pfn >>> pageblock_order) ?? MIGRATE_MOVABLE;
    this.#setType = (pfn, type) => types.set(pfn >>> pageblock_order, type);
    this.batch = batch;
    this.high = high;
    for (let pfn = start; pfn < start + pages; pfn += 1 << (MAX_ORDER - 1)) this.#free[MIGRATE_MOVABLE]?.push({ pfn, order: MAX_ORDER - 1 });
  }

  /** Free chunks by order: /proc/buddyinfo. */
  buddyinfo(): number[] {
    const counts = new Array<number>(MAX_ORDER).fill(0);
    for (const list of this.#all()) for (const { order } of list) counts[order] = (counts[order] as number) + 1;
    return counts;
  }
  #all(): Chunk[][] {
    return [...this.#free, this.#isolated];
  }
  /** Sets the pageblocks of a range aside: nothing of them is handed out, what is freed there stays there. */
  isolate(start: number, end: number): void {
    for (let pfn = start; pfn < end; pfn += pageblock_nr_pages) {
      for (const chunk of this.#inBlock(pfn)) {
        this.#remove(chunk);
        this.#isolated.push(chunk);
      }
      this.#setType(pfn, MIGRATE_ISOLATE);
      this.#asideBlocks.add(pfn);
    }
  }
  /** Gives them back, one after the other, as movable ones. A whole free pageblock joins its free neighbour that is back already. */
  giveAsideBack(start: number, end: number): void {
    for (let pfn = start; pfn < end; pfn += pageblock_nr_pages) {
      const whole = this.#isolated.find((c) => c.pfn === pfn && c.order >= pageblock_order && c.order < MAX_ORDER - 1);
      const beside = whole && this.#free.flat().find((c) => c.pfn === (pfn ^ (1 << whole.order)) && c.order === whole.order);
      const chunks = this.#inBlock(pfn);
      this.#setType(pfn, MIGRATE_MOVABLE);
      this.#asideBlocks.delete(pfn);
      for (const chunk of chunks) {
        this.#remove(chunk);
        if (beside) this.#giveBack(chunk, MIGRATE_MOVABLE, true);
        else this.#free[MIGRATE_MOVABLE]?.push(chunk);
      }
    }
  }
  /** Chunks that begin in a pageblock, ascending. */
  #inBlock(start: number): Chunk[] {
    return this.#all().flat().filter((c) => c.pfn >= start && c.pfn < start + pageblock_nr_pages).sort((a, b) => a.pfn - b.pfn);
  }
  #remove(chunk: Chunk): void {
    for (const list of this.#all()) if (list.includes(chunk)) list.splice(list.indexOf(chunk), 1);
  }
  type(pfn: number): number {
    return this.#typeOf(pfn);
  }
  waiting(): number {
    return this.#pcp.flat().reduce((sum, c) => sum + (1 << c.order), 0);
  }
  /** A page of a process: it counts as movable when its pageblock is judged. */
  onLru(pfn: number, on: boolean): void {
    if (on) this.#lru.add(pfn);
    else this.#lru.delete(pfn);
  }

  alloc(order: number, type: number): number {
    const list = listOf(order, type);
    if (list === undefined) return this.#take(order, type)?.pfn ?? -1;
    const waiting = this.#pcp[list] as Chunk[];
    this.#factor >>= 1;
    for (let n = this.batch > 1 ? Math.max(this.batch >> order, 2) : this.batch; waiting.length === 0 && n > 0; ) {
      const some: Chunk[] = [];
      for (; n > 0; n--) {
        const chunk = this.#take(order, type);
        if (chunk === undefined) break;
        some.push(chunk);
      }
      if (some.length === 0) return -1;
      waiting.push(...some);
    }
    return waiting.shift()?.pfn ?? -1;
  }
  free(pfn: number, order: number): void {
    const type = this.#typeOf(pfn);
    const list = type === MIGRATE_ISOLATE ? undefined : listOf(order, type);
    if (list === undefined) {
      this.#giveBack({ pfn, order }, type);
      return;
    }
    (this.#pcp[list] as Chunk[]).unshift({ pfn, order });
    const many = this.#factor > 0 && order > 0 && order <= 3;
    const limit = many ? 0 : this.high;
    const count = this.waiting();
    if (count < limit) return;
    let drain = count;
    if (!many && limit < this.batch) drain = 1;
    else if (!many) {
      const most = limit - this.batch;
      const wanted = this.batch << this.#factor;
      if (wanted < most) this.#factor++;
      drain = Math.max(this.batch, Math.min(wanted, most));
    }
    this.#drain(drain, list);
  }
  drain(): void {
    this.#drain(this.waiting(), 0);
  }
  #drain(pages: number, first: number): void {
    let left = pages;
    for (let list = first; left > 0; list = (list + 1) % (HUGE_LIST + 1)) {
      for (let chunk = (this.#pcp[list] as Chunk[]).at(-1); left > 0 && chunk !== undefined; chunk = (this.#pcp[list] as Chunk[]).at(-1)) {
        this.#pcp[list]?.pop();
        left -= 1 << chunk.order;
        this.#giveBack(chunk, list === HUGE_LIST || this.#asideBlocks.size > 0 ? this.#typeOf(chunk.pfn) : list % TYPES.length);
      }
    }
  }

  /** Merged with its buddy as long as that is free and of the same order; then to the tail if it will probably merge again. */
  #giveBack({ pfn, order }: Chunk, type: number, toTail = false): void {
    const freeAt = (at: number, o: number): Chunk[] | undefined => this.#all().find((list) => list.some((c) => c.pfn === at && c.order === o));
    let at = pfn;
    let o = order;
    for (; o < MAX_ORDER - 1; o++) {
      const buddy = at ^ (1 << o);
      const list = freeAt(buddy, o);
      // Whole pageblocks merge only where both or none are set aside.
      if (list === undefined || (o >= pageblock_order && this.#asideBlocks.has(at) !== this.#asideBlocks.has(buddy))) break;
      list.splice(list.findIndex((c) => c.pfn === buddy), 1);
      at = Math.min(at, buddy);
    }
    const next = (at & (at ^ (1 << o))) ^ (1 << (o + 1));
    const soon = toTail || (o < MAX_ORDER - 2 && freeAt(next, o + 1) !== undefined);
    const list = type === MIGRATE_ISOLATE ? this.#isolated : (this.#free[type] as Chunk[]);
    if (soon) list.push({ pfn: at, order: o });
    else list.unshift({ pfn: at, order: o });
  }
  #firstOf(type: number, order: number): Chunk | undefined {
    return this.#free[type]?.find((c) => c.order === order);
  }
  /** The smallest chunk of the type that will do; if there is none, one of another type is brought over first. */
  #take(order: number, type: number): Chunk | undefined {
    for (;;) {
      for (let o = order; o < MAX_ORDER; o++) {
        const chunk = this.#firstOf(type, o);
        if (chunk === undefined) continue;
        const list = this.#free[type] as Chunk[];
        list.splice(list.indexOf(chunk), 1);
        // Upper halves stay, the low one is handed out.
        for (let half = o - 1; half >= order; half--) list.unshift({ pfn: chunk.pfn + (1 << half), order: half });
        return { pfn: chunk.pfn, order };
      }
      if (!this.#steal(order, type)) return undefined;
    }
  }
  #steal(order: number, type: number): boolean {
    for (let o = MAX_ORDER - 1; o >= order; o--) {
      const from = OTHERS[type]?.find((other) => this.#firstOf(other, o) !== undefined);
      if (from === undefined) continue;
      const whole = o >= pageblock_order / 2 - 0.5 || type !== MIGRATE_MOVABLE;
      let chunk = this.#firstOf(from, o) as Chunk;
      for (let small = order; !whole && small <= o; small++) {
        const other = OTHERS[type]?.find((t) => this.#firstOf(t, small) !== undefined);
        if (other === undefined) continue;
        chunk = this.#firstOf(other, small) as Chunk;
        break;
      }
      if (chunk.order >= pageblock_order) {
        for (let pfn = chunk.pfn; pfn < chunk.pfn + (1 << chunk.order); pfn += pageblock_nr_pages) this.#setType(pfn, type);
        this.#bringOver([chunk], type);
      } else if (!whole) this.#bringOver([chunk], type);
      else this.#claim(chunk.pfn, type);
      return true;
    }
    return false;
  }
  /** All free chunks of a pageblock come over; the pageblock changes its type if at least half of it then serves the new one. */
  #claim(pfn: number, type: number): void {
    const start = pfn & ~(pageblock_nr_pages - 1);
    const inside = (c: Chunk): boolean => c.pfn >= start && c.pfn < start + pageblock_nr_pages;
    const chunks = this.#free.flat().filter(inside).sort((a, b) => a.pfn - b.pfn);
    const free = chunks.reduce((sum, c) => sum + (1 << c.order), 0);
    const movable = [...this.#lru].filter((at) => at >= start && at < start + pageblock_nr_pages).length;
    const old = this.#typeOf(start);
    const alike = type === MIGRATE_MOVABLE ? movable : old === MIGRATE_MOVABLE ? pageblock_nr_pages - free - movable : 0;
    this.#bringOver(chunks, type);
    if (free + alike >= pageblock_nr_pages / 2) this.#setType(start, type);
  }
  #bringOver(chunks: readonly Chunk[], type: number): void {
    for (const chunk of chunks) {
      for (const list of this.#free) {
        const at = list.findIndex((c) => c.pfn === chunk.pfn);
        if (at >= 0) list.splice(at, 1);
      }
      this.#free[type]?.push(chunk);
    }
  }
}
/** Which per-cpu list keeps it, undefined: none. */
const listOf = (order: number, type: number): number | undefined => (order <= 3 ? order * TYPES.length + type : order === pageblock_order ? HUGE_LIST : undefined);
