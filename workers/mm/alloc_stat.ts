/**
 * Mirrors: zone_statistics() of mm/page_alloc.c, and what it and mm/memory.c count as PGALLOC, PGFREE and PGFAULT (6.1; pages, not chunks, since 6.1-rc1): rows of /proc/vmstat, /proc/zoneinfo and
 * a node's numastat. The hot path of an allocation adds to one number, that of a free to none: what was freed follows from what was handed out, what the per-cpu lists hold, and what left the
 * free lists for either, which are told by the batch.
 * Left out: NUMA_INTERLEAVE_HIT. Why: nothing here asks for memory by that policy.
 */
import { remember } from '../lib/remember.ts';
import { NODE_CPU } from '../uapi/layout.ts';
import { MAX_NR_ZONES } from '../uapi/mmzone.ts';
import type { Mm } from './mm.ts';

/** Since boot. All wrap at 2³². */
export interface AllocStat {
  /** Chunks handed out, by order × rows of ZONE + row. */
  readonly allocated: Int32Array;
  /** By row of ZONE: pages that left the free lists for somebody or for a per-cpu list, less those that came back from there (but for what PGFREE does not count). */
  readonly taken: Int32Array;
  /** By row of ZONE: chunks it gave because the zones of the preferred node did not; chunks that were wanted of its node, and another one gave. */
  readonly numa_miss: Int32Array;
  readonly numa_foreign: Int32Array;
  /** Page faults. */
  readonly faults: Int32Array;
}
const kept = new WeakMap<Mm['t'], AllocStat>();

export function allocStat({ t, geometry }: Pick<Mm, 't' | 'geometry'>): AllocStat {
  const known = kept.get(t);
  if (known !== undefined) return known;
  const rows = t.zone.spanned_pages.length;
  const column = (length: number): Int32Array => remember(new Int32Array(length));
  const made: AllocStat = { allocated: column(rows * geometry.MAX_ORDER), taken: column(rows), numa_miss: column(rows), numa_foreign: column(rows), faults: column(1) };
  kept.set(t, made);
  return made;
}
/** handle_mm_fault(): so many times. */
export function count_faults(mm: Mm, n: number): void {
  const { faults } = allocStat(mm);
  faults[0] = (faults[0] as number) + n;
}

/** Σ of chunks handed out in some rows of ZONE, each counted as `weight` of its order. */
function allocated(mm: Mm, rows: (row: number) => boolean, weight: (order: number) => number): number {
  const { allocated: chunks, taken } = allocStat(mm);
  let sum = 0;
  for (let order = 0; order < mm.geometry.MAX_ORDER; order++) {
    for (let row = 0; row < taken.length; row++) if (rows(row)) sum = (sum + Math.imul(chunks[order * taken.length + row] as number, weight(order))) | 0;
  }
  return sum;
}
const sum = (column: Int32Array, rows: (row: number) => boolean): number => column.reduce((n, value, row) => (rows(row) ? (n + value) | 0 : n), 0);

/** pgalloc_dma and the like: pages handed out by the zones of this index, of all nodes. */
export const pgalloc = (mm: Mm, zone: number): number => allocated(mm, (row) => row % MAX_NR_ZONES === zone, (order) => 1 << order) >>> 0;
/** pgfree: pages that were given back, those the allocator got at boot and by hotplug among them. */
export const pgfree = (mm: Mm): number => (allocated(mm, () => true, (order) => 1 << order) + sum(mm.t.zone.pageset_count, () => true) - sum(allocStat(mm).taken, () => true)) >>> 0;
export const pgfault = (mm: Mm): number => (allocStat(mm).faults[0] as number) >>> 0;

/** Node of the CPU that everything runs on: the first that has one. Source: numa_node_id(). */
const numa_node_id = (mm: Mm): number => Math.max(0, mm.t.node.state.findIndex((state) => (state & NODE_CPU) !== 0));

/** Requests, not pages, of some rows of ZONE, in the kernel's order of names. Source: zone_statistics(). */
export function numaStats(mm: Mm, rows: (row: number) => boolean = () => true): readonly (readonly [name: string, value: number])[] {
  const here = numa_node_id(mm);
  const isHere = (row: number): boolean => Math.trunc(row / MAX_NR_ZONES) === here;
  const count = (of: (row: number) => boolean): number => allocated(mm, (row) => rows(row) && of(row), () => 1);
  const missed = sum(allocStat(mm).numa_miss, rows);
  return ([
    ['numa_hit', count(() => true) - missed], ['numa_miss', missed], ['numa_foreign', sum(allocStat(mm).numa_foreign, rows)], ['numa_interleave', 0],
    ['numa_local', count(isHere)], ['numa_other', count((row) => !isHere(row))],
  ] as const).map(([name, value]) => [name, value >>> 0] as const);
}
/** nodeN/numastat. Source: node_read_numastat(). */
export function numastat_show(mm: Mm, nid: number): string {
  const names = ['numa_hit', 'numa_miss', 'numa_foreign', 'interleave_hit', 'local_node', 'other_node'];
  return numaStats(mm, (row) => Math.trunc(row / MAX_NR_ZONES) === nid).map(([, value], i) => `${names[i]} ${value}\n`).join('');
}
