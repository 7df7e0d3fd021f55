/**
 * The five tasks of the allocator bench, on the machine's own kernel: native/buddy.c does the same in C, and the checksums after each task must be equal.
 * Runs in Node and in a browser's worker. One machine a module evaluation: V8 compiles a closure's constants in only while there is one of it (research, §2).
 */
import { createMachine } from '../../../machine/machine.ts';
import { runToEnd } from '../../../kernel/kthread.ts';
import { allocStat } from '../../../mm/alloc_stat.ts';
import { do_migrate_range } from '../../../mm/memory_hotplug.ts';
import { MIGRATE_SYNC } from '../../../mm/migrate.ts';
import { set_migratetype_isolate, unset_migratetype_isolate } from '../../../mm/page_isolation.ts';
import { addOwner, del_page_from_lru_list, lru_add, mapPage, unmapPage } from '../../../mm/rmap.ts';
import { STATE_ALLOC } from '../../../uapi/layout.ts';
import { MAX_ORDER, MIGRATE_MOVABLE, MIGRATE_UNMOVABLE, pageblock_nr_pages, pageblock_order, ZONE_NORMAL } from '../../../uapi/mmzone.ts';
import { KIND_ANON, KIND_SLAB } from '../../../uapi/page_kind.ts';

const GiB = 2 ** 30;
const PAGE = 4096;
/** Below 4 GiB there is nothing: the machine has one zone, Normal. */
const START = (4 * GiB) / PAGE;

/** What both sides are told: pfns, pages and counts, in the order of native/buddy.c's arguments (without the rounds). */
export interface Setting {
  readonly start: number;
  readonly pages: number;
  readonly min: number;
  readonly low: number;
  readonly batch: number;
  readonly high: number;
  readonly fill: number;
  readonly pairs: number;
  readonly churn: number;
}
export interface Round {
  /** ns per operation of each task. */
  readonly ns: readonly number[];
  readonly sums: readonly number[];
}
export const TASKS = ['order-0 pairs through the per-cpu list', 'fill with order 0', 'free in random order', 'orders 0 to 9 at 70 % full', 'migrate a full 128 MiB block'] as const;

export function createTasks(gib: number, pairs: number, churn: number, clock: () => number): { readonly setting: Setting; round(): Round } {
  const booted = createMachine({
    description: {
      format: 'hotplug-lab machine', version: 1, name: 'bench', edition: '6.1', arch: 'x86_64', memory: [{ start: START * PAGE, end: START * PAGE + gib * GiB, type: 'usable' }], numa: [], cmdline: '',
      cpus: 1, hypervisor: true, profile: 'bare',
    },
  });
  if (!booted.ok) throw new Error(booted.reason);
  const { kernel } = booted.machine;
  const { mm, buddy } = kernel;
  // Nobody reclaims, as in C: what is measured is the allocator, and a request that finds no chunk of its order fails.
  buddy.under_pressure(undefined);
  const { zone, memmap, pageblock, chunk } = mm.t;
  const row = ZONE_NORMAL;
  const pages = zone.managed_pages[row] as number;
  const block_pages = 1 << mm.PFN_SECTION_SHIFT;
  const setting: Setting = {
    start: START, pages, min: zone.watermark_min[row] as number, low: zone.watermark_low[row] as number, batch: zone.pcp_batch[row] as number, high: zone.pcp_high[row] as number,
    fill: pages - (zone.watermark_low[row] as number) - 4096, pairs, churn,
  };
  const { fill } = setting;
  // Inside, because a bundle makes variables of what stands outside, and V8 compiles in only what is declared constant.
  const ALL = -1;
  /** What a slot of the mixed task asks for: an order, and whether for the kernel's own. */
  const ASK_ORDER = 0x0f;
  const ASK_SLAB_SHIFT = 4;
  const frames = new Int32Array(pages);
  const orders = new Uint8Array(pages);
  /** What the loop of mixed orders does, drawn before its time is taken, there as here: which slot, and what it asks for. The slot of the turn after the last is read, too. */
  const picks = new Int32Array(churn + 1);
  const asks = new Uint8Array(churn);
  // The generator's state lives in a typed array: a variable beyond 31 bits would be boxed.
  const random = new Uint32Array(1);
  const rnd = (): number => {
    const s = (Math.imul(random[0] as number, 1664525) + 1013904223) >>> 0;
    random[0] = s;
    return s;
  };
  const below = (n: number): number => Math.floor((rnd() * n) / 2 ** 32);
  const user = (order: number): number => buddy.__alloc_pages(order, MIGRATE_MOVABLE, ZONE_NORMAL, 0, ALL, KIND_ANON);
  const owner = addOwner(mm, KIND_ANON, 'bench', 1);
  /** What boot counted. */
  const atFirst = Array.from({ length: MAX_ORDER }, (_, order) => allocStat(mm).allocated[order * allocStat(mm).taken.length + row] as number);
  const takenAtFirst = allocStat(mm).taken[row] as number;

  function fold(h: number, column: Uint8Array | Uint16Array | Int32Array, from: number, rows: number): number {
    const words = new Int32Array(column.buffer as ArrayBuffer, column.byteOffset + from * column.BYTES_PER_ELEMENT, (rows * column.BYTES_PER_ELEMENT) >>> 2);
    for (let i = 0; i < words.length; i++) h = Math.imul(h ^ (words[i] as number), 0x01000193);
    return h;
  }
  function checksum(): number {
    let h = 0x811c9dc5 | 0;
    for (const column of [memmap.state, memmap.kind, memmap.tag, memmap.next, memmap.prev, memmap.owner]) h = fold(h, column, START, pages);
    h = fold(h, chunk.next, START >>> (MAX_ORDER - 1), pages >>> (MAX_ORDER - 1));
    h = fold(h, pageblock.migratetype, START >>> pageblock_order, pages >>> pageblock_order);
    h = Math.imul(h ^ (zone.nr_free_pages[row] as number), 0x01000193);
    const { allocated, taken } = allocStat(mm);
    for (let order = 0; order < MAX_ORDER; order++) h = Math.imul(h ^ ((allocated[order * taken.length + row] as number) - (atFirst[order] as number)), 0x01000193);
    h = Math.imul(h ^ ((taken[row] as number) - takenAtFirst), 0x01000193);
    return Math.imul(h ^ (zone.pageset_count[row] as number), 0x01000193) >>> 0;
  }

  // One loop a function, so that each is compiled for itself; and called piece by piece, as the kernel's own paths are: a loop that V8 compiles while it runs, and never enters again,
  // looks up at every turn what a function that is called knows (V8 makes no constants of a closure's variables there).
  const PIECE = 8192;
  function inPieces(n: number, loop: (from: number, to: number) => void): void {
    for (let at = 0; at < n; at += PIECE) loop(at, Math.min(n, at + PIECE));
  }
  function loopPairs(from: number, to: number): void {
    for (let i = from; i < to; i++) buddy.free_pages(user(0), 0);
  }
  function loopFill(from: number, to: number): void {
    for (let i = from; i < to; i++) frames[i] = user(0);
  }
  function loopFree(from: number, to: number): void {
    for (let i = from; i < to; i++) buddy.free_pages(frames[i]!, 0);
  }
  function shuffle(n: number): void {
    for (let i = n - 1; i > 0; i--) {
      const j = below(i + 1);
      const f = frames[i]!;
      frames[i] = frames[j]!;
      frames[j] = f;
    }
  }
  /** Order 0 to 9, each half as often as the one before; one in four of the kernel's own, that cannot move. */
  function ask(): number {
    const r = rnd() >>> 8;
    return (31 - Math.clz32((r | 0x200) & -(r | 0x200))) | (((r >>> 12) & 3) === 0 ? 1 << ASK_SLAB_SHIFT : 0);
  }
  function take(slot: number, asked: number): void {
    const order = asked & ASK_ORDER;
    // Without a branch, as C's compiler does it: one request in four is the kernel's own, and no processor foresees which.
    const kernels = asked >>> ASK_SLAB_SHIFT;
    const movable = 1 - kernels;
    frames[slot] = buddy.__alloc_pages(order, movable * MIGRATE_MOVABLE + kernels * MIGRATE_UNMOVABLE, ZONE_NORMAL, 0, ALL, movable * KIND_ANON + kernels * KIND_SLAB) | 0;
    orders[slot] = order;
  }
  function fillSlots(): number {
    let slots = 0;
    for (let used = 0; used < Math.floor((pages * 7) / 10); slots++) {
      const asked = ask();
      take(slots, asked);
      if (frames[slots]! < 0) break;
      used += 1 << (asked & ASK_ORDER);
    }
    return slots;
  }
  function draw(slots: number): void {
    for (let i = 0; i < churn; i++) {
      picks[i] = below(slots);
      asks[i] = ask();
    }
  }
  function loopChurn(from: number, to: number): void {
    let slot = picks[from]!;
    let frame = frames[slot]!;
    let order = orders[slot]!;
    for (let i = from; i < to; i++) {
      // What the next turn finds in its slot is read now, there as here: it lies far away, and to wait for it is no work of the allocator's.
      const next = picks[i + 1]!;
      const next_frame = frames[next]!;
      const next_order = orders[next]!;
      if (frame >= 0) buddy.free_pages(frame, order);
      take(slot, asks[i]!);
      frame = next === slot ? frames[slot]! : next_frame;
      order = next === slot ? orders[slot]! : next_order;
      slot = next;
    }
  }
  const full = (block: number): boolean => memmap.state.subarray(block, block + block_pages).every((s) => (s & STATE_ALLOC) !== 0);
  /** A block full of one process's memory, isolated; everything else free. */
  function prepareBlock(): number {
    inPieces(fill, loopFill);
    let block = START + pages - block_pages;
    while (block > START && !full(block)) block -= block_pages;
    if (!full(block) || pages < 3 * block_pages) throw new Error(`no block of ${block_pages} pages is full, or there is no room for its pages elsewhere: the tasks take a larger zone`);
    for (let i = 0; i < fill; i++) if (frames[i]! < block || frames[i]! >= block + block_pages) buddy.free_pages(frames[i]!, 0);
    for (let pfn = block, slot = 1; pfn < block + block_pages; pfn++, slot++) {
      mapPage(mm, owner, pfn, (slot * 31) & 0xffff | 1);
      lru_add(mm, pfn);
    }
    buddy.zone_pcp_disable(row);
    for (let pfn = block; pfn < block + block_pages; pfn += pageblock_nr_pages) set_migratetype_isolate(mm, buddy, pfn, MIGRATE_SYNC);
    return block;
  }
  function releaseBlock(block: number): void {
    for (let pfn = block; pfn < block + block_pages; pfn += pageblock_nr_pages) unset_migratetype_isolate(mm, buddy, pfn, MIGRATE_MOVABLE);
    buddy.zone_pcp_enable(row);
    const moved = mm.t.pte.pfn.slice(1, block_pages + 1);
    // Given back from the last on, slots are taken from the first on again.
    for (let i = block_pages - 1; i >= 0; i--) unmapPage(mm, moved[i]!);
    for (const pfn of moved) {
      del_page_from_lru_list(mm, pfn);
      buddy.free_pages(pfn, 0);
    }
  }

  return {
    setting,
    round() {
      const ns: number[] = [];
      const sums: number[] = [];
      const timed = (operations: number, work: () => void): void => {
        const begun = clock();
        work();
        ns.push(((clock() - begun) * 1e6) / operations);
        sums.push(checksum());
      };
      random[0] = 1;
      timed(pairs, () => inPieces(pairs, loopPairs));
      timed(fill, () => inPieces(fill, loopFill));
      shuffle(fill);
      timed(fill, () => inPieces(fill, loopFree));
      const slots = fillSlots();
      draw(slots);
      timed(churn, () => inPieces(churn, loopChurn));
      for (let i = 0; i < slots; i++) if (frames[i]! >= 0) buddy.free_pages(frames[i]!, orders[i]!);
      const block = prepareBlock();
      timed(block_pages, () => runToEnd(do_migrate_range(kernel, block, block + block_pages)));
      releaseBlock(block);
      return { ns, sums };
    },
  };
}
