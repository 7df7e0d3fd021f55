/**
 * Mirrors: mm/memblock.c (6.1): what is RAM and what of it is taken before the page allocator exists. Numbers are pfns, ends exclusive.
 * Left out: bottom-up search, mirrored memory, regions smaller than a page. Why: nothing on the described machines asks for them.
 */
export interface MemoryRange {
  readonly start: number;
  readonly end: number;
  readonly nid: number;
}
export interface ReservedRange {
  readonly start: number;
  readonly end: number;
  /** KIND_* the frames get. */
  readonly kind: number;
  /** For the inspector: 'memmap', 'per-cpu', 'swiotlb' … */
  readonly name: string;
}

export class Memblock {
  /** Ascending, disjoint. */
  readonly memory: readonly MemoryRange[];
  /** Ascending, disjoint. */
  readonly reserved: ReservedRange[] = [];

  constructor(memory: readonly MemoryRange[]) {
    this.memory = memory;
  }

  /** memblock_reserve(): the part of the range that is RAM and not yet taken. Returns the pages newly taken. */
  reserve(start: number, end: number, kind: number, name: string): number {
    let taken = 0;
    for (const free of this.free(start, end)) {
      this.reserved.push({ ...free, kind, name });
      taken += free.end - free.start;
    }
    this.reserved.sort((a, b) => a.start - b.start);
    return taken;
  }

  /** memblock_phys_free() of a part of one reserved range. */
  release(start: number, end: number): void {
    const parts = this.reserved.flatMap((r) => {
      if (r.end <= start || r.start >= end) return [r];
      return [{ ...r, end: Math.min(r.end, start) }, { ...r, start: Math.max(r.start, end) }].filter((p) => p.start < p.end);
    });
    this.reserved.splice(0, this.reserved.length, ...parts);
  }

  /** Free RAM between two pfns, ascending; a node's own if `nid` is given. */
  free(start = 0, end = Number.MAX_SAFE_INTEGER, nid?: number): { start: number; end: number }[] {
    const out: { start: number; end: number }[] = [];
    for (const range of this.memory) {
      if (nid !== undefined && range.nid !== nid) continue;
      let at = Math.max(range.start, start);
      const stop = Math.min(range.end, end);
      for (const r of this.reserved) {
        if (r.end <= at || r.start >= stop) continue;
        if (r.start > at) out.push({ start: at, end: r.start });
        at = r.end;
      }
      if (at < stop) out.push({ start: at, end: stop });
    }
    return out;
  }

  /** memblock_find_in_range(), top down: the highest aligned start of `pages` free pages inside [lo, hi), or -1. Source: spec crashkernel-kdump.md §2. */
  find(pages: number, align: number, lo = 1, hi = Number.MAX_SAFE_INTEGER, nid?: number): number {
    const free = this.free(lo, hi, nid);
    for (let i = free.length - 1; i >= 0; i--) {
      const { start, end } = free[i] as { start: number; end: number };
      if (end - start < pages) continue;
      const candidate = Math.floor((end - pages) / align) * align;
      if (candidate >= start) return candidate;
    }
    return -1;
  }

  /** memblock_alloc_try_nid(): on the node, else anywhere. Returns the start, or -1 if there is no room at all. */
  alloc(pages: number, align: number, kind: number, name: string, nid?: number, hi?: number): number {
    let at = this.find(pages, align, 1, hi, nid);
    if (at < 0 && nid !== undefined) at = this.find(pages, align, 1, hi);
    if (at >= 0) this.reserve(at, at + pages, kind, name);
    return at;
  }

  /** Pages of RAM between two pfns; a node's own if `nid` is given. */
  present(start: number, end: number, nid?: number): number {
    let pages = 0;
    for (const r of this.memory) {
      if (nid === undefined || r.nid === nid) pages += Math.max(0, Math.min(r.end, end) - Math.max(r.start, start));
    }
    return pages;
  }

  /** One past the highest RAM. */
  get max_pfn(): number {
    return this.memory.at(-1)?.end ?? 0;
  }
}
