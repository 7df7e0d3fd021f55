/** Frames that match statistics: an entry of /proc/kpageflags for each, marked as made up. Deterministic: the same files give the same frames. */
import { createPrng, type Prng } from '../lib/prng.ts';
import { MAX_ORDER, MIGRATE_HIGHATOMIC, MIGRATE_MOVABLE, MIGRATE_RECLAIMABLE, MIGRATE_TYPES, MIGRATE_UNMOVABLE, pageblock_nr_pages, pageblock_order } from '../uapi/mmzone.ts';
import { HIGH_SYNTHESISED, KPF, kpf } from '../uapi/page_flags.ts';
import { ChunkPool, placeFree } from './placement.ts';
import { KERNEL_USES, type Use, USES, type ZoneTarget } from './targets.ts';

/** What a frame is made to be; index of FLAGS. */
const FREE = 1;
const RESERVED = 2;
const MEMMAP = 3;
const FIRST_USE = 4;
const TAIL = FIRST_USE + USES.length;
const HUGETLB_TAIL = TAIL + 1;

const bits = (...names: (keyof typeof KPF)[]): number => names.reduce((all, name) => (all | (KPF[name] < 32 ? kpf(KPF[name]) : 0)) >>> 0, 0);
const high = (...names: (keyof typeof KPF)[]): number => names.reduce((all, name) => all | (1 << (KPF[name] - 32)), HIGH_SYNTHESISED);
const ANON = bits('UPTODATE', 'LRU', 'MMAP', 'ANON', 'SWAPBACKED');
const FILE = bits('UPTODATE', 'LRU');
const USE_FLAGS: Readonly<Record<Use, readonly [number, number]>> = {
  kernel: [0, high()], slab: [kpf(KPF.SLAB), high()], reclaimable: [kpf(KPF.SLAB), high()], pagetables: [kpf(KPF.PGTABLE), high()],
  anon: [ANON, high('MAPPEDTODISK')], anonActive: [ANON | kpf(KPF.ACTIVE), high('MAPPEDTODISK')], thp: [ANON | bits('THP', 'COMPOUND_HEAD'), high('MAPPEDTODISK')],
  mlocked: [ANON | kpf(KPF.UNEVICTABLE), high('MAPPEDTODISK', 'MLOCKED')], unevictable: [FILE | kpf(KPF.UNEVICTABLE), high()], shmem: [FILE | kpf(KPF.SWAPBACKED), high()],
  file: [FILE, high()], fileActive: [FILE | kpf(KPF.ACTIVE), high()], hugetlb: [bits('UPTODATE', 'MMAP', 'HUGE', 'COMPOUND_HEAD'), high()],
};
const FLAGS: readonly (readonly [number, number])[] = [
  [kpf(KPF.NOPAGE), 0], [kpf(KPF.BUDDY), high()], [0, high('RESERVED')], [0, high('RESERVED', 'PRIVATE')], ...USES.map((use) => USE_FLAGS[use]),
  [bits('MMAP', 'ANON', 'THP', 'COMPOUND_TAIL'), high()], [bits('MMAP', 'HUGE', 'COMPOUND_TAIL'), high()],
];
const codeOf = (use: Use): number => FIRST_USE + USES.indexOf(use);

export interface Ground {
  /** Row of ZONE + 1 of each pageblock, 0: none. */
  readonly pageblocks: Uint8Array;
  /** 1 for frames of RAM that nobody has claimed yet. */
  readonly available: Uint8Array;
}
export interface Synthesised {
  readonly kpageflags: Uint32Array;
  /** MIGRATE_* of each pageblock; 255: to be inferred. */
  readonly migratetypes: Uint8Array;
  /** Free pages that found no place. */
  readonly unplaced: number;
}
/** One use of a frame a person would see as a streak. */
const STREAK = 64;
/** Pairs of pageblocks of one type in a row, on average. */
const TYPE_STREAK = 12;

/** `frames`: length of the dump. `noPage`: sections that the machine lacks or that are offline, by frame. Frames that are not available and have a page are reserved. */
export function synthesise(frames: number, noPage: (pfn: number) => boolean, ground: Ground, targets: readonly ZoneTarget[]): Synthesised {
  const code = new Uint8Array(frames).fill(RESERVED);
  for (let pfn = 0; pfn < frames; pfn += pageblock_nr_pages) if (noPage(pfn)) code.fill(0, pfn, pfn + pageblock_nr_pages);
  const migratetypes = new Uint8Array(frames / pageblock_nr_pages).fill(255);
  let unplaced = 0;
  for (const target of targets) unplaced += fillZone(code, migratetypes, ground, target, createPrng(0x51ab + target.row));
  const kpageflags = new Uint32Array(frames * 2);
  for (let pfn = 0; pfn < frames; pfn++) {
    const [low, top] = FLAGS[code[pfn] as number] as readonly [number, number];
    kpageflags[pfn * 2] = low;
    kpageflags[pfn * 2 + 1] = top;
  }
  return { kpageflags, migratetypes, unplaced };
}

/** Frames of the zone nobody has claimed, as runs inside pageblocks: [start, end). */
function* ownRuns({ pageblocks, available }: Ground, row: number): Generator<[number, number]> {
  for (let block = 0; block < pageblocks.length; block++) {
    if (pageblocks[block] !== row + 1) continue;
    const end = Math.min((block + 1) * pageblock_nr_pages, available.length);
    for (let pfn = block * pageblock_nr_pages; pfn < end; pfn++) {
      if (available[pfn] === 0) continue;
      const from = pfn;
      while (pfn < end && available[pfn] === 1) pfn++;
      yield [from, pfn];
    }
  }
}

/** Where boot took what the zone does not manage and nobody named: from the top (the frames' own description, struct page), else out of the smallest runs. */
const BOOT_TOOK = ['top', 'scraps'] as const;

interface ZonePlan {
  readonly migratetypes: Uint8Array;
  readonly pools: Map<number, ChunkPool>;
  readonly memmap: readonly (readonly [number, number])[];
  readonly free: readonly (readonly [pfn: number, order: number])[];
  readonly unplaced: number;
  readonly smaller: number;
}

function fillZone(code: Uint8Array, migratetypes: Uint8Array, ground: Ground, target: ZoneTarget, random: Prng): number {
  let best: ZonePlan | undefined;
  // A zone that is nearly all free leaves little choice: the way that keeps its free chunks whole is taken.
  for (const from of BOOT_TOOK) {
    const plan = planZone(migratetypes.slice(), ground, target, random, from);
    if (best === undefined || plan.smaller < best.smaller) best = plan;
    if (plan.smaller === 0) break;
  }
  const { pools, memmap, free, unplaced } = best as ZonePlan;
  migratetypes.set((best as ZonePlan).migratetypes);
  for (const [start, end] of memmap) code.fill(MEMMAP, start, end);
  for (const [pfn, order] of free) code.fill(FREE, pfn, pfn + 2 ** order);
  fillUsed(code, pools, target, random);
  return unplaced;
}

function planZone(migratetypes: Uint8Array, ground: Ground, target: ZoneTarget, random: Prng, from: (typeof BOOT_TOOK)[number]): ZonePlan {
  const { row, types } = target;
  const runs = [...ownRuns(ground, row)];
  let taken = Math.max(0, runs.reduce((sum, [start, end]) => sum + end - start, 0) - target.managed);
  const memmap: [number, number][] = [];
  for (const [start, end] of from === 'top' ? runs.toReversed() : runs.toSorted((a, b) => a[1] - a[0] - (b[1] - b[0]) || a[0] - b[0])) {
    const n = Math.min(taken, end - start);
    if (n > 0) memmap.push([end - n, end]);
    taken -= n;
  }
  const available = ground.available.slice();
  for (const [start, end] of memmap) available.fill(0, start, end);
  const own = { ...ground, available };
  if (types) assignTypes(migratetypes, own, row, types, random);
  const pools = new Map<number, ChunkPool>();
  fillPools(pools, migratetypes, own, row, random, target.listed);
  const free: [number, number][] = [];
  const put = (pfn: number, order: number): void => { free.push([pfn, order]); };
  let unplaced = 0;
  let smaller = 0;
  for (let type = 0; type < MIGRATE_TYPES && types; type++) {
    const counts = types.free[type] as readonly number[];
    const pool = pools.get(type);
    const missed = pool ? placeFree(pool, counts, put) : { unplaced: counts.reduce((sum, n, order) => sum + n * 2 ** order, 0), smaller: 0 };
    unplaced += missed.unplaced;
    smaller += missed.smaller + missed.unplaced;
  }
  // What found no place among its like, and where nobody knows types, everything.
  let counts: readonly number[] = types ? [unplaced, ...new Array<number>(MAX_ORDER - 1).fill(0)] : target.free;
  for (const pool of pools.values()) {
    const missed = placeFree(pool, counts, put);
    smaller += missed.smaller;
    unplaced = missed.unplaced;
    counts = [unplaced, ...new Array<number>(MAX_ORDER - 1).fill(0)];
  }
  return { migratetypes, pools, memmap, free, unplaced, smaller };
}

/** Cuts the zone's frames into the largest aligned chunks, each in the pool of its pageblock's type. */
function fillPools(pools: Map<number, ChunkPool>, migratetypes: Uint8Array, ground: Ground, row: number, random: Prng, scattered: boolean): void {
  const pool = (type: number): ChunkPool => {
    const found = pools.get(type) ?? new ChunkPool(random, scattered);
    pools.set(type, found);
    return found;
  };
  const wholeBlock = (block: number): boolean => {
    if (ground.pageblocks[block] !== row + 1) return false;
    for (let pfn = block * pageblock_nr_pages; pfn < (block + 1) * pageblock_nr_pages; pfn++) if (ground.available[pfn] !== 1) return false;
    return true;
  };
  let skip = 0;
  for (const [from, to] of ownRuns(ground, row)) {
    if (from < skip) continue;
    const block = from >>> pageblock_order;
    const type = migratetypes[block] as number;
    const whole = to - from === pageblock_nr_pages;
    if (whole && block % 2 === 0 && wholeBlock(block + 1)) {
      const other = migratetypes[block + 1] as number;
      if (other === type) (pool(type).whole[MAX_ORDER - 1] as number[]).push(from);
      else {
        // Two free pageblocks of one pair would be one chunk: only one of them may be free as a whole.
        (pool(type).whole[pageblock_order] as number[]).push(from);
        (pool(other).half[pageblock_order] as number[]).push(to);
      }
      skip = to + pageblock_nr_pages;
      continue;
    }
    for (let at = from; at < to; ) {
      let order = pageblock_order;
      while (at % 2 ** order !== 0 || at + 2 ** order > to) order--;
      (pool(type).whole[order] as number[]).push(at);
      at += 2 ** order;
    }
  }
}

/** Gives pageblocks their types so that the numbers of /proc/pagetypeinfo come out: pairs for the largest chunks first, then the rest by chance. */
function assignTypes(migratetypes: Uint8Array, ground: Ground, row: number, types: NonNullable<ZoneTarget['types']>, random: Prng): void {
  const room = new Map<number, number>();
  for (const [from, to] of ownRuns(ground, row)) room.set(from >>> pageblock_order, (room.get(from >>> pageblock_order) ?? 0) + to - from);
  // Pageblocks that are reserved as a whole keep the type that boot gave them: movable, as what the report lacks or has too much.
  ground.pageblocks.forEach((r, block) => { if (r === row + 1) migratetypes[block] = MIGRATE_MOVABLE; });
  const wanted = [...types.blocks];
  wanted[MIGRATE_MOVABLE] = Math.max(0, (wanted[MIGRATE_MOVABLE] as number) + room.size - wanted.reduce((a, b) => a + b, 0));
  const need = types.free.map((list, type) => Math.min(list[MAX_ORDER - 1] as number, Math.floor((wanted[type] as number) / 2)));
  const give = (block: number, type: number): void => {
    migratetypes[block] = type;
    wanted[type] = (wanted[type] as number) - 1;
  };
  const pairs = [...room.keys()].filter((block) => block % 2 === 0 && room.get(block) === pageblock_nr_pages && room.get(block + 1) === pageblock_nr_pages);
  const others = new Set(room.keys());
  let last = -1;
  // Every pair goes to a type by chance, weighted by what the types still want; when pairs become scarce, those go first that need them for their largest chunks.
  for (const [i, block] of pairs.entries()) {
    const scarce = need.reduce((a, b) => a + b, 0) >= pairs.length - i;
    const able = scarce ? need : wanted.map((n) => Math.floor(n / 2));
    const sum = able.reduce((a, b) => a + b, 0);
    if (sum === 0) break;
    let pick = random.below(sum);
    const drawn = able.findIndex((n) => {
      pick -= n;
      return pick < 0;
    });
    // Types come in streaks: the kernel steals for a type where it has stolen before.
    const type = !scarce && (able[last] ?? 0) > 0 && random.below(TYPE_STREAK) > 0 ? last : drawn;
    last = type;
    give(block, type);
    give(block + 1, type);
    others.delete(block);
    others.delete(block + 1);
    need[type] = Math.max(0, (need[type] as number) - 1);
  }
  // The others: the smallest go where most is still wanted.
  for (const block of [...others].toSorted((a, b) => (room.get(a) as number) - (room.get(b) as number) || a - b)) {
    give(block, wanted.indexOf(Math.max(...wanted)));
  }
}

/** Which uses a pageblock of a type is there for, first to last. */
const PREFERRED: Readonly<Record<number, readonly Use[]>> = {
  [MIGRATE_UNMOVABLE]: ['kernel', 'slab', 'pagetables'], [MIGRATE_RECLAIMABLE]: ['reclaimable'], [MIGRATE_HIGHATOMIC]: ['kernel'],
  [MIGRATE_MOVABLE]: USES.filter((use) => !KERNEL_USES.includes(use)),
};

function fillUsed(code: Uint8Array, pools: ReadonlyMap<number, ChunkPool>, { uses }: ZoneTarget, random: Prng): void {
  const left = { ...uses };
  let rest: { pfn: number; end: number }[] = [];
  for (const [type, pool] of [...pools].toSorted(([a], [b]) => a - b)) {
    const chunks = pool.rest().map(({ pfn, order }) => ({ pfn, end: pfn + 2 ** order }));
    huge(code, chunks, left, type);
    rest.push(...(type === 255 ? chunks : deal(code, chunks, left, PREFERRED[type] ?? USES, random)));
  }
  // What nobody prefers lies where there is room: the kernel's own in front.
  rest.sort((a, b) => a.pfn - b.pfn);
  rest = deal(code, rest, left, KERNEL_USES, random);
  rest = deal(code, rest, left, USES, random);
  for (const { pfn, end } of rest) code.fill(codeOf('kernel'), pfn, end);
}
/** Huge pages take whole pageblocks of chunks that are large enough; `chunks` keeps the rest. */
function huge(code: Uint8Array, chunks: { pfn: number; end: number }[], left: Record<Use, number>, type: number): void {
  if (type !== MIGRATE_MOVABLE && type !== 255) return;
  for (const chunk of chunks) {
    for (const [use, tail] of [['thp', TAIL], ['hugetlb', HUGETLB_TAIL]] as const) {
      while (left[use] >= pageblock_nr_pages && chunk.pfn % pageblock_nr_pages === 0 && chunk.end - chunk.pfn >= pageblock_nr_pages) {
        code[chunk.pfn] = codeOf(use);
        code.fill(tail, chunk.pfn + 1, chunk.pfn + pageblock_nr_pages);
        chunk.pfn += pageblock_nr_pages;
        left[use] -= pageblock_nr_pages;
      }
    }
  }
}
/** Gives the frames of `chunks` to `among`, in streaks, weighted by what is left of each; the frames that remain when nothing is left. */
function deal(code: Uint8Array, chunks: readonly { pfn: number; end: number }[], left: Record<Use, number>, among: readonly Use[], random: Prng): { pfn: number; end: number }[] {
  const rest: { pfn: number; end: number }[] = [];
  for (const { pfn, end } of chunks) {
    let at = pfn;
    while (at < end) {
      const sum = among.reduce((total, use) => total + left[use], 0);
      if (sum === 0) break;
      let pick = random.below(sum);
      const use = among.find((u) => {
        pick -= left[u];
        return pick < 0;
      }) as Use;
      const n = Math.min(STREAK, end - at, left[use]);
      // A huge page that found no whole pageblock is drawn as small ones.
      code.fill(codeOf(use === 'thp' ? 'anon' : use === 'hugetlb' ? 'kernel' : use), at, at + n);
      left[use] -= n;
      at += n;
    }
    if (at < end) rest.push({ pfn: at, end });
  }
  return rest;
}
