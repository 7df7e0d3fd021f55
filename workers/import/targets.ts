/** What each zone must hold: pages by use and free chunks by order, from the statistics that were given, shared out where they count more than one zone. */
import { MAX_NR_ZONES, MAX_ORDER, pageblock_nr_pages, ZONE_MOVABLE, ZONE_NAMES } from '../uapi/mmzone.ts';
import type { Evidence } from './evidence.ts';
import { Problem } from './problem.ts';

/** Uses of memory that statistics tell apart. */
export const USES = ['kernel', 'slab', 'reclaimable', 'pagetables', 'anon', 'anonActive', 'thp', 'mlocked', 'unevictable', 'shmem', 'file', 'fileActive', 'hugetlb'] as const;
export type Use = (typeof USES)[number];
export const KERNEL_USES: readonly Use[] = ['kernel', 'slab', 'reclaimable', 'pagetables'];

export interface ZoneTarget {
  readonly row: number;
  /** Pages of RAM in it, and those given to the allocator. */
  readonly ram: number;
  managed: number;
  /** Free chunks by order, and whether somebody listed them. */
  readonly free: number[];
  readonly listed: boolean;
  /** By MIGRATE_*, where known: free chunks by order, and pageblocks. */
  readonly types: { readonly free: readonly (readonly number[])[]; readonly blocks: readonly number[] } | undefined;
  readonly uses: Record<Use, number>;
}

const pagesIn = (free: readonly number[]): number => free.reduce((sum, n, order) => sum + n * 2 ** order, 0);
/** Whole parts of `total` by weight, what is left over to the heaviest. */
export function share(total: number, weights: readonly number[]): number[] {
  const sum = weights.reduce((a, b) => a + b, 0);
  if (sum === 0) return weights.map(() => 0);
  const parts = weights.map((w) => Math.floor((total * w) / sum));
  const heaviest = weights.indexOf(Math.max(...weights));
  parts[heaviest] = (parts[heaviest] as number) + total - parts.reduce((a, b) => a + b, 0);
  return parts;
}
/** Free pages as chunks: nearly all in the largest, and one of each smaller order where that adds up. */
function chunksOf(pages: number): number[] {
  const free = new Array<number>(MAX_ORDER).fill(0);
  let rest = pages;
  for (let order = MAX_ORDER - 1; order >= 0; order--) {
    const n = Math.floor(rest / 2 ** order);
    free[order] = n;
    rest -= n * 2 ** order;
  }
  return free;
}
/** Of memory that nobody says anything about: pages that describe each page, and pages that a quiet system uses, as parts of all. */
const MEMMAP_PART = 64;
const QUIET_PART = 25;

/** `ram`: online pages by row of ZONE. Problem: numbers that contradict each other. */
export function zoneTargets(evidence: Evidence, ram: ReadonlyMap<number, number>): ZoneTarget[] {
  const rows = [...ram.keys()].toSorted((a, b) => a - b);
  const at = (list: readonly { readonly nid: number; readonly zone: number }[] | undefined, row: number): number => list?.findIndex((z) => z.nid * MAX_NR_ZONES + z.zone === row) ?? -1;
  const zone = (row: number) => evidence.zoneinfo?.zones[at(evidence.zoneinfo.zones, row)];
  const pagesOf = (row: number): number => ram.get(row) as number;
  const total = rows.reduce((sum, row) => sum + pagesOf(row), 0);
  const memTotal = Math.min(evidence.meminfo?.get('MemTotal') ?? total - Math.ceil(total / MEMMAP_PART), total);
  const managedShares = share(memTotal, rows.map(pagesOf));
  const memFree = evidence.meminfo?.get('MemFree');
  const freeShares = share(memFree ?? 0, rows.map(pagesOf));
  const targets = rows.map((row, i): ZoneTarget => {
    const info = zone(row);
    const types = evidence.pagetypeinfo?.[at(evidence.pagetypeinfo, row)];
    const listed = evidence.buddyinfo?.[at(evidence.buddyinfo, row)]?.free ?? (types?.free.reduce((sum, list) => sum.map((n, order) => n + (list[order] as number)), new Array<number>(MAX_ORDER).fill(0)));
    const managed = info ? Math.min(info.managed, pagesOf(row)) : Math.min(pagesOf(row), Math.max(managedShares[i] as number, listed ? pagesIn(listed) : 0));
    const quiet = row % MAX_NR_ZONES === ZONE_MOVABLE ? managed : managed - Math.ceil(managed / QUIET_PART);
    const free = [...(listed ?? chunksOf(Math.min(managed, info?.free ?? (memFree === undefined ? quiet : (freeShares[i] as number)))))];
    if (pagesIn(free) > managed) {
      throw new Problem(`The free lists of zone ${ZONE_NAMES[row % MAX_NR_ZONES]} hold ${pagesIn(free)} pages, but the zone has only ${managed}.`, 'what is free is part of what the zone manages', 'give files that were read on one machine at one time');
    }
    return { row, ram: pagesOf(row), managed, free, listed: listed !== undefined, types, uses: Object.fromEntries(USES.map((use) => [use, 0])) as Record<Use, number> };
  });
  if (evidence.zoneinfo === undefined && evidence.meminfo) balance(targets, memTotal);
  fillUses(evidence, targets);
  return targets;
}

/** Zones that had to be given more than their share take it from those with most to spare, so that the sum is the machine's. */
function balance(targets: ZoneTarget[], total: number): void {
  const spare = (t: ZoneTarget): number => t.managed - pagesIn(t.free);
  let over = targets.reduce((sum, t) => sum + t.managed, 0) - total;
  for (const t of targets.toSorted((a, b) => spare(b) - spare(a))) {
    const n = Math.min(Math.max(0, over), spare(t));
    t.managed -= n;
    over -= n;
  }
}

/** [use, counter of a zone or node, word of meminfo] */
const COUNTERS: readonly (readonly [Use, string, string])[] = [
  ['anon', 'inactive_anon', 'Inactive(anon)'], ['anonActive', 'active_anon', 'Active(anon)'], ['file', 'inactive_file', 'Inactive(file)'], ['fileActive', 'active_file', 'Active(file)'],
  ['unevictable', 'unevictable', 'Unevictable'], ['mlocked', 'mlock', 'Mlocked'], ['slab', 'slab_unreclaimable', 'SUnreclaim'], ['reclaimable', 'slab_reclaimable', 'SReclaimable'],
  ['pagetables', 'page_table_pages', 'PageTables'], ['shmem', 'shmem', 'Shmem'],
];
function fillUses({ zoneinfo, meminfo }: Evidence, targets: readonly ZoneTarget[]): void {
  const used = (t: ZoneTarget): number => t.managed - pagesIn(t.free);
  const left = (t: ZoneTarget): number => Math.max(0, used(t) - USES.reduce((sum, use) => sum + t.uses[use], 0));
  const onlyKernelZones = (use: Use): ((t: ZoneTarget) => number) => (KERNEL_USES.includes(use) ? (t) => (t.row % MAX_NR_ZONES === ZONE_MOVABLE ? 0 : left(t)) : left);
  const spread = (pages: number, use: Use, among: readonly ZoneTarget[]): void => {
    share(pages, among.map(onlyKernelZones(use))).forEach((n, i) => { (among[i] as ZoneTarget).uses[use] += Math.min(n, onlyKernelZones(use)(among[i] as ZoneTarget)); });
  };
  // Shared memory is on the anonymous lists: where these are is where it is.
  const anonymous = (t: ZoneTarget): number => t.uses.anon + t.uses.anonActive + t.uses.unevictable;
  for (const [use, counter, word] of COUNTERS) {
    if (use === 'shmem') {
      const pages = zoneinfo ? [...zoneinfo.nodes.values()].reduce((sum, node) => sum + (node.get('nr_shmem') ?? 0), 0) : (meminfo?.get(word) ?? 0);
      share(pages, targets.map(anonymous)).forEach((n, i) => { (targets[i] as ZoneTarget).uses.shmem = Math.min(n, anonymous(targets[i] as ZoneTarget)); });
      continue;
    }
    if (zoneinfo === undefined) spread(meminfo?.get(word) ?? 0, use, targets);
    for (const nid of zoneinfo ? new Set(zoneinfo.zones.map((z) => z.nid)) : []) {
      const own = targets.filter((t) => Math.trunc(t.row / MAX_NR_ZONES) === nid);
      const perZone = own.map((t) => {
        const stats = zoneinfo?.zones.find((z) => z.nid * MAX_NR_ZONES + z.zone === t.row)?.stats;
        return stats?.get(`nr_zone_${counter}`) ?? stats?.get(`nr_${counter}`);
      });
      if (perZone.some((n) => n !== undefined)) own.forEach((t, i) => { t.uses[use] += Math.min(perZone[i] ?? 0, left(t)); });
      else spread(zoneinfo?.nodes.get(nid)?.get(`nr_${counter}`) ?? 0, use, own);
    }
  }
  const hugeZones = [...(zoneinfo?.nodes.values() ?? [])].reduce((sum, node) => sum + (node.get('nr_anon_transparent_hugepages') ?? 0), 0) * pageblock_nr_pages;
  for (const t of targets) overlapping(t.uses);
  carve(targets, 'thp', zoneinfo ? hugeZones : (meminfo?.get('AnonHugePages') ?? 0));
  const hugetlb = (meminfo?.get('Hugepagesize') ?? 0) === pageblock_nr_pages ? (meminfo?.get('HugePages_Total') ?? 0) * pageblock_nr_pages : 0;
  share(hugetlb, targets.map(left)).forEach((n, i) => {
    const t = targets[i] as ZoneTarget;
    t.uses.hugetlb = Math.floor(Math.min(n, left(t)) / pageblock_nr_pages) * pageblock_nr_pages;
  });
  for (const t of targets) t.uses[t.row % MAX_NR_ZONES === ZONE_MOVABLE ? 'anon' : 'kernel'] += left(t);
}
/** Shared memory is counted among the inactive anonymous, locked memory among the unevictable: take it out there. */
function overlapping(uses: Record<Use, number>): void {
  for (const [part, wholes] of [['shmem', ['anon', 'anonActive', 'unevictable']], ['mlocked', ['unevictable']]] as const) {
    let over = uses[part];
    for (const whole of wholes) {
      const n = Math.min(over, uses[whole]);
      uses[whole] -= n;
      over -= n;
    }
  }
}
/** Huge pages are anonymous memory, too. */
function carve(targets: readonly ZoneTarget[], use: 'thp', pages: number): void {
  share(pages, targets.map((t) => t.uses.anon + t.uses.anonActive)).forEach((n, i) => {
    const { uses } = targets[i] as ZoneTarget;
    const huge = Math.floor(Math.min(n, uses.anon + uses.anonActive) / pageblock_nr_pages) * pageblock_nr_pages;
    const inactive = Math.min(huge, uses.anon);
    uses[use] = huge;
    uses.anon -= inactive;
    uses.anonActive -= huge - inactive;
  });
}
