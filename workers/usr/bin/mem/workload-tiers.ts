/**
 * Machines of a fleet, as their memory sees them over hours: heaps that breathe and start anew with each deployment, files read and written, connections that come in bursts and of which
 * a few stay, jobs that start and end. Twelve rounds are an hour; within a round all of it goes on at once, in slices.
 * What a round does is no measurement of anybody's service. It is made of what scatters kernel memory on real machines: memory is nearly full of page cache, so that a burst has to take
 * pages in the midst of it, and what stays of a burst keeps some of them.
 */
import type { Kthread } from '../../../kernel/kthread.ts';
import { ERRNO } from '../../../uapi/errno.ts';
import type { Sys } from '../../program.ts';
import { fatal, Heap, memTotal, PAGE, readThrough, TREE_SIZE, treePath, type Work, writeSome } from './workload-parts.ts';

const ROUNDS_PER_HOUR = 12;
const ROUND_NS = (3600 / ROUNDS_PER_HOUR) * 1e9;
const SLICES = 16;
/** A burst comes in one round of so many; between bursts there are so many percent of its connections; of those that stayed so many percent end in a round. */
const BURST_ONE_IN = 6;
const USUAL_PERCENT = 10;
const END_PERCENT = 2;
/** All heaps start anew every so many rounds. */
const DEPLOYMENT = 10;
/** Data files, which are read in pieces at random places, of so many pages; of what is read the tree's small files are a quarter. */
const DATA_PAGES = 4096;
const DATA_READ_PAGES = 64;
const MOST_DATA_FILES = 192;
const SMALL_FILES = 0.25;
/** A page of the tree's files: half of what lies between 1 and 16. */
const TREE_FILE_PAGES = 8.5;

/** What a round does, per GiB of the machine's memory. */
interface Tier {
  /** Heaps that share the tier's memory, and how much of one may change in a round, percent. */
  readonly heaps: number;
  readonly change: number;
  readonly threads: number;
  /** Names that are looked up. */
  readonly walk: number;
  /** KiB of a log or of results that are written; jobs: children that fill memory, write and end. */
  readonly written: number;
  readonly jobs: number;
}
const TIERS = {
  web: { heaps: 16, change: 40, threads: 120, walk: 1000, written: 2048, jobs: 0 },
  cache: { heaps: 2, change: 6, threads: 40, walk: 200, written: 1024, jobs: 0 },
  batch: { heaps: 4, change: 100, threads: 30, walk: 1000, written: 24_576, jobs: 2 },
} as const satisfies Readonly<Record<string, Tier>>;

/** What the kernel keeps of a connection, and of what waits in it while it is busy: objects by cache, bytes of all. Source: sock_alloc(), __alloc_skb(). */
const CONNECTION = ['TCP', 'sock_inode_cache', 'dentry', 'filp'] as const;
const PACKETS = ['skbuff_head_cache', 'kmalloc-2k'] as const;
const PACKETS_WAITING = 2;
const BUSY_BYTES = 2368 + 832 + 192 + 256 + PACKETS_WAITING * (256 + 2048);

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

/** Connections of a process: the newest are those of the burst that is going on. */
class Connections {
  readonly #w: Work;
  open = 0;
  constructor(w: Work) {
    this.#w = w;
  }
  /** So many more, with packets that wait. 0 or -errno. */
  come(count: number): number {
    const { calls, pid } = this.#w;
    for (const cache of CONNECTION) if (calls.objects(pid, cache, count, () => 0) < 0) return -ERRNO.ENOMEM;
    for (const cache of PACKETS) if (calls.objects(pid, cache, count * PACKETS_WAITING, () => 0) < 0) return -ERRNO.ENOMEM;
    this.open += count;
    return 0;
  }
  /** What waited is read. */
  drain(connections: number): void {
    const { calls, pid, random } = this.#w;
    for (const cache of PACKETS) calls.objects(pid, cache, -connections * PACKETS_WAITING, (n) => random.below(n));
  }
  /** So many end, whichever of the newest `among`. */
  end(count: number, among: number): void {
    const { calls, pid, random } = this.#w;
    for (const cache of CONNECTION) {
      let of = among;
      calls.objects(pid, cache, -count, (n) => n - 1 - random.below(Math.min(n, of--)));
    }
    this.open -= count;
  }
}
/** Reads about so many pages: files of the tree, half of them of those read most, and pieces of the data files; others run while the disk is waited for. 0 or -errno. */
function* readPages({ sys, random, pid }: Work, pages: number, dataFiles: number): Kthread<number> {
  for (let left = pages * SMALL_FILES; left > 0; left -= TREE_FILE_PAGES) {
    const failed = yield* readThrough(sys, treePath(random.below(2) === 0 ? random.below(Math.min(TREE_SIZE, 2000)) : random.below(TREE_SIZE)));
    if (fatal(failed)) return failed;
    yield;
  }
  for (let left = pages * (1 - SMALL_FILES); left > 0; left -= DATA_READ_PAGES) {
    const fd = sys.open(dataPath(pid, random.below(dataFiles)), { read: true });
    if (fd < 0) return fd;
    sys.lseek(fd, random.below(DATA_PAGES / DATA_READ_PAGES) * DATA_READ_PAGES * PAGE);
    const got = yield* sys.read(fd, DATA_READ_PAGES * PAGE);
    sys.close(fd);
    if (typeof got === 'number' && fatal(got)) return got;
    yield;
  }
  return 0;
}
const dataPath = (pid: number, n: number): string => `/srv/data.${pid}.${n}`;
function makeData(sys: Sys, pid: number, files: number): number {
  for (let n = 0; n < files; n++) {
    const fd = sys.open(dataPath(pid, n), { write: true, create: true });
    if (fd < 0) return fd;
    sys.close(fd);
    const cut = sys.truncate(dataPath(pid, n), DATA_PAGES * PAGE);
    if (cut < 0) return cut;
  }
  return 0;
}

export function* runTier(w: Work, name: keyof typeof TIERS): Kthread<number> {
  const { sys, calls, pid, random } = w;
  const tier: Tier = TIERS[name];
  const total = yield* memTotal(sys);
  const scaled = (n: number): number => Math.ceil((n * total) / 2 ** 20);
  const ofMemory = (percent: number): number => (total * 1024 * percent) / 100;
  const share = Math.floor(ofMemory(w.number('share')) / PAGE / tier.heaps);
  const heaps = Array.from({ length: tier.heaps }, () => new Heap(w));
  const started = calls.threads(pid, scaled(tier.threads));
  if (started < 0) return started;
  const connections = new Connections(w);
  const top = Math.floor(ofMemory(w.number('burst')) / BUSY_BYTES);
  const usual = Math.ceil((top * USUAL_PERCENT) / 100);
  const readSlice = ofMemory(w.number('cache')) / PAGE / ROUNDS_PER_HOUR / SLICES;
  const dataFiles = Math.min(MOST_DATA_FILES, Math.ceil((2 * ofMemory(100)) / PAGE / DATA_PAGES));
  const made = makeData(sys, pid, dataFiles);
  if (made < 0) return made;
  for (let round = 0; round < w.number('hours') * ROUNDS_PER_HOUR; round++) {
    if (round % DEPLOYMENT === 0) for (const heap of heaps) yield* heap.to(0);
    const burst = random.below(BURST_ONE_IN) === 0;
    const come = Math.floor((burst ? top : usual) / (SLICES / 2));
    // Those that stayed of earlier bursts end one by one.
    const ending = Math.floor((connections.open * END_PERCENT) / 100);
    connections.end(ending, connections.open);
    const before = connections.open;
    const stay = burst ? Math.floor((top * w.number('survivors')) / 100) : 0;
    for (let slice = 0; slice < SLICES; slice++) {
      for (let i = slice; i < heaps.length; i += SLICES) {
        const failed = yield* (heaps[i] as Heap).to(Math.floor(share * (1 - (tier.change * random.below(100)) / 10_000)));
        if (failed < 0) return failed;
      }
      if (slice < SLICES / 2) {
        if (connections.come(come) < 0) return -ERRNO.ENOMEM;
      } else {
        connections.drain(come);
        const left = connections.open - before;
        connections.end(Math.floor((left - stay) / (SLICES - slice)), left);
      }
      if (fatal(yield* readPages(w, readSlice, dataFiles))) return -ERRNO.EIO;
      for (let n = scaled(tier.walk / SLICES); n > 0; n--) sys.lstat(treePath(random.below(TREE_SIZE)));
      yield;
    }
    const path = `/srv/${name}.${pid}.${round % 4}`;
    if (round >= 4) sys.unlink(path);
    if (fatal(yield* writeSome(sys, path, 0, scaled(tier.written) * 1024))) return -ERRNO.EIO;
    for (let job = 0; job < tier.jobs; job++) startJob(w, Math.floor((share * random.below(100)) / 200), `/srv/job.${random.below(16)}`, scaled(tier.written) * 256);
    yield* sys.nanosleep(ROUND_NS);
  }
  return 0;
}
