/**
 * Machines of a fleet, as their memory sees them over hours: heaps that breathe, files read and written, connections that come and go, jobs that start and end.
 * Twelve rounds are an hour. What a round does is no measurement of anybody's service: shares are chosen so that memory is full of page cache most of the time, as servers' memory is.
 */
import type { Kthread } from '../../../kernel/kthread.ts';
import { ERRNO } from '../../../uapi/errno.ts';
import { readFile, type Sys } from '../../program.ts';
import { Heap, packets, readThrough, TREE_SIZE, treePath, type Work, writeSome } from './workload-kinds.ts';

const ROUNDS_PER_HOUR = 12;
const ROUND_NS = (3600 / ROUNDS_PER_HOUR) * 1e9;
const PAGE = 4096;
/** Storms of connections: how much more than usual, and every how many rounds. */
const STORM = 6;
const STORM_EVERY = 16;

/** What a round does, per GiB of the machine's memory. */
interface Tier {
  /** Heaps that share the tier's memory, and how much of one may change in a round, percent. */
  readonly heaps: number;
  readonly change: number;
  readonly threads: number;
  /** Packets waiting, and the share of them that is replaced in a round, percent. */
  readonly packets: number;
  readonly replaced: number;
  readonly read: number;
  readonly walk: number;
  /** KiB of a log or of results that are written; jobs: children that fill memory, write and end. */
  readonly written: number;
  readonly jobs: number;
}
const TIERS = {
  web: { heaps: 16, change: 40, threads: 120, packets: 3000, replaced: 50, read: 1200, walk: 3000, written: 2048, jobs: 0 },
  cache: { heaps: 2, change: 6, threads: 40, packets: 8000, replaced: 70, read: 300, walk: 600, written: 1024, jobs: 0 },
  batch: { heaps: 4, change: 100, threads: 30, packets: 300, replaced: 30, read: 1000, walk: 2000, written: 24_576, jobs: 2 },
} as const satisfies Readonly<Record<string, Tier>>;

/** KiB of memory, as /proc/meminfo counts them. */
function* memTotal(sys: Sys): Kthread<number> {
  const text = yield* readFile(sys, '/proc/meminfo');
  return Number(/^MemTotal: +(\d+)/.exec(typeof text === 'string' ? text : '')?.[1] ?? 0);
}
/** -ENOMEM where a file could not be cached is the machine's business, not the end of the tier. */
const fatal = (result: number): boolean => result < 0 && result !== -ERRNO.ENOMEM;

/** A job: a process of its own with a heap, which writes its result and ends. */
function startJob({ proc, calls, random }: Work, pages: number, path: string, bytes: number): void {
  const seed = random.below(2 ** 31 - 1);
  proc.fork?.(function* ({ sys }) {
    const pid = sys.getpid();
    for (let had = 0; had < pages; had += 512) if (typeof (yield* calls.mmap(pid, 512 * PAGE, {})) === 'number') return 1;
    if (calls.threads(pid, 1 + (seed % 4)) < 0) return 1;
    yield* writeSome(sys, path, 0, bytes);
    yield* sys.nanosleep(ROUND_NS * (1 + (seed % 6)));
    return 0;
  });
}

export function* runTier(w: Work, name: keyof typeof TIERS): Kthread<number> {
  const { sys, calls, pid, random } = w;
  const tier: Tier = TIERS[name];
  const total = yield* memTotal(sys);
  const scale = total / 2 ** 20;
  const scaled = (n: number): number => Math.ceil(n * scale);
  const share = Math.floor(((total / 4) * w.number('share')) / 100 / tier.heaps);
  const heaps = Array.from({ length: tier.heaps }, () => new Heap(w));
  const started = calls.threads(pid, scaled(tier.threads));
  if (started < 0) return started;
  let waiting = 0;
  let next = random.below(TREE_SIZE);
  for (let round = 0; round < w.number('hours') * ROUNDS_PER_HOUR; round++) {
    for (const heap of heaps) {
      const failed = yield* heap.to(Math.floor(share * (1 - (tier.change * random.below(100)) / 10_000)));
      if (failed < 0) return failed;
    }
    const gone = Math.floor((waiting * tier.replaced) / 100);
    packets(w, -gone);
    // Now and then a storm: six times as many as usual.
    const usual = scaled(tier.packets) * (0.5 + random.below(100) / 100);
    const come = gone + Math.max(0, Math.floor(usual * (random.below(STORM_EVERY) === 0 ? STORM : 1)) - waiting);
    if (packets(w, come) < 0) return -ERRNO.ENOMEM;
    waiting += come - gone;
    for (let n = 0; n < scaled(tier.read); n++) {
      // Half of what is read was read before.
      const file = random.below(2) === 0 ? random.below(Math.min(TREE_SIZE, 2000)) : next++ % TREE_SIZE;
      if (fatal(yield* readThrough(sys, treePath(file)))) return -ERRNO.EIO;
      if (n % 32 === 31) yield;
    }
    for (let n = 0; n < scaled(tier.walk); n++) sys.lstat(treePath(random.below(TREE_SIZE)));
    const path = `/srv/${name}.${pid}.${round % 4}`;
    if (round >= 4) sys.unlink(path);
    if (fatal(yield* writeSome(sys, path, 0, scaled(tier.written) * 1024))) return -ERRNO.EIO;
    for (let job = 0; job < tier.jobs; job++) startJob(w, Math.floor((share * random.below(100)) / 200), `/srv/job.${random.below(16)}`, scaled(tier.written) * 256);
    yield* sys.nanosleep(ROUND_NS);
  }
  return 0;
}
