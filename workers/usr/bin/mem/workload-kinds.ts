/** What each workload does. Every one is a seeded sequence of system calls of its process; 0, or the -errno of the call that failed. */
import type { Kthread } from '../../../kernel/kthread.ts';
import { ERRNO } from '../../../uapi/errno.ts';
import type { WorkloadName } from '../../../uapi/workloads.ts';
import { type Proc, type Program, readFile, type Sys } from '../../program.ts';
import type { Prng } from '../../prng.ts';
import type { MappingHandle, MemoryCalls } from './mh-kernel.ts';
import { runBuilds } from './workload-builds.ts';
import { runTier } from './workload-tiers.ts';

export interface Work {
  readonly proc: Proc;
  readonly sys: Sys;
  readonly calls: MemoryCalls;
  readonly pid: number;
  readonly random: Prng;
  number(parameter: string): number;
  word(parameter: string): string;
  /** Time between two rounds. */
  pause(): Kthread<number>;
}
export type Kind = (w: Work) => Kthread<number>;

export const PAGE = 4096;
const TREE = '/srv/tree';
const TREE_DIRS = 500;
const TREE_FILES = 100;
const READ_BLOCK = 65536;
/** Largest piece a heap grows by, pages. */
const PIECE = 256;
const SIGNAL_NONE = 0;
const LOOK_NS = 1_000_000;

/** A file of the disk's tree, by its number. */
export const treePath = (n: number): string => `${TREE}/d${String(Math.floor(n / TREE_FILES) % TREE_DIRS).padStart(3, '0')}/f${String(n % TREE_FILES).padStart(2, '0')}`;
export const TREE_SIZE = TREE_DIRS * TREE_FILES;

/** Reads a whole file. */
export function* readThrough(sys: Sys, path: string): Kthread<number> {
  const fd = sys.open(path, { read: true });
  if (fd < 0) return fd;
  for (;;) {
    const got = yield* sys.read(fd, READ_BLOCK);
    if (typeof got !== 'number' && got !== '') continue;
    sys.close(fd);
    return typeof got === 'number' ? got : 0;
  }
}
/** Writes `bytes` of a file from `offset` on; it is made if it is not there. */
export function* writeSome(sys: Sys, path: string, offset: number, bytes: number): Kthread<number> {
  const fd = sys.open(path, { write: true, create: true });
  if (fd < 0) return fd;
  sys.lseek(fd, offset);
  let failed = 0;
  for (let left = bytes; left > 0 && failed === 0; left -= READ_BLOCK) {
    const done = yield* sys.write(fd, '\0'.repeat(Math.min(READ_BLOCK, left)));
    if (done < 0) failed = done;
  }
  sys.close(fd);
  return failed;
}
/** A child that shares this process's memory, writes to percent of its pages, and ends. Its pid, or -errno. */
function forkWriter({ proc, calls, pid, random }: Work, mapping: MappingHandle, percent: number): number {
  const seed = random.below(2 ** 31 - 1);
  const writer: Program = function* ({ sys }) {
    const pages = calls.pages(mapping);
    for (let n = 0; n < Math.floor((pages * percent) / 100); n++) if (calls.write(sys.getpid(), mapping, (seed + n * 7919) % pages) < 0) return 1;
    yield* sys.nanosleep(LOOK_NS);
    return 0;
  };
  const child = proc.fork?.(writer) ?? -ERRNO.ENOSYS;
  return child < 0 ? child : calls.fork(pid, child) < 0 ? -ERRNO.ENOMEM : child;
}
/** Waits until all of these processes have ended, looking every so many ns. */
export function* waitFor(sys: Sys, pids: readonly number[], look = LOOK_NS): Kthread<void> {
  for (const pid of pids) while (sys.kill(pid, SIGNAL_NONE) === 0) if ((yield* sys.nanosleep(look)) < 0) return;
}
/** KiB of memory, as /proc/meminfo counts them. */
export function* memTotal(sys: Sys): Kthread<number> {
  const text = yield* readFile(sys, '/proc/meminfo');
  return Number(/^MemTotal: +(\d+)/.exec(typeof text === 'string' ? text : '')?.[1] ?? 0);
}
/** -ENOMEM where a file could not be cached is the machine's business, not the end of a program. */
export const fatal = (result: number): boolean => result < 0 && result !== -ERRNO.ENOMEM;

/** A heap: pieces of random size that come and go. */
export class Heap {
  readonly #w: Work;
  readonly #pieces: MappingHandle[] = [];
  pages = 0;
  constructor(w: Work) {
    this.#w = w;
  }
  /** One piece more, of at most `most` pages. 0 or -errno. */
  *grow(most: number): Kthread<number> {
    const { calls, pid, random } = this.#w;
    const made = yield* calls.mmap(pid, (1 + random.below(Math.min(PIECE, most))) * PAGE, {});
    if (typeof made === 'number') return made;
    this.#pieces.push(made);
    this.pages += calls.pages(made);
    return 0;
  }
  /** A random piece less. False: there is none. */
  shrink(): boolean {
    const { calls, pid, random } = this.#w;
    const at = random.below(Math.max(1, this.#pieces.length));
    const piece = this.#pieces[at];
    if (piece === undefined) return false;
    this.pages -= calls.pages(piece);
    calls.munmap(pid, piece);
    this.#pieces[at] = this.#pieces.at(-1) as MappingHandle;
    this.#pieces.pop();
    return true;
  }
  /** Grows or shrinks to about so many pages. */
  *to(pages: number): Kthread<number> {
    while (this.pages > pages) if (!this.shrink()) break;
    while (this.pages < pages) {
      const failed = yield* this.grow(pages - this.pages);
      if (failed < 0) return failed;
    }
    return 0;
  }
}

/** Memory mapped and touched once, and what is done to it then. */
const mapped = (options: Parameters<MemoryCalls['mmap']>[2], then: (w: Work, mapping: MappingHandle) => Kthread<number>): Kind => function* (w) {
  const made = yield* w.calls.mmap(w.pid, w.number('size'), options);
  return typeof made === 'number' ? made : yield* then(w, made);
};
function* nothing(): Kthread<number> {
  yield;
  return 0;
}
const pinned = (driver: 'io_uring' | 'rdma' | 'vfio'): Kind => mapped({}, ({ calls, pid }, mapping) => calls.pin(pid, mapping, driver));
/** The same work again and again. */
const inRounds = (round: (w: Work, n: number) => Kthread<number>): Kind => function* (w) {
  for (let n = 0; n < w.number('rounds'); n++) {
    const failed = yield* round(w, n);
    if (failed < 0) return failed;
    yield* w.pause();
  }
  return 0;
};
/** Something for each of so many files of the tree; which ones is the seed's choice. */
const overFiles = (look: (w: Work, path: string) => Kthread<number>): Kind => function* (w) {
  const first = w.random.below(TREE_SIZE);
  return yield* inRounds(function* () {
    for (let n = 0; n < w.number('files'); n++) {
      const failed = yield* look(w, treePath((first + n) % TREE_SIZE));
      if (failed < 0) return failed;
      if (n % 64 === 63) yield;
    }
    return 0;
  })(w);
};
/** A skb and its data. Source: __alloc_skb(); sizes of requests and of full packets. */
function packets({ calls, pid, random }: Work, count: number): number {
  const pick = (n: number): number => random.below(n);
  for (const [cache, part] of [['skbuff_head_cache', 1], ['kmalloc-512', 0.5], ['kmalloc-2k', 0.5]] as const) {
    const failed = calls.objects(pid, cache, Math.trunc(count * part), pick);
    if (failed < 0) return failed;
  }
  return 0;
}

export const KINDS: Readonly<Record<WorkloadName, Kind>> = {
  anon: mapped({}, function* (w, mapping) {
    yield;
    return w.word('locked') === 'yes' ? w.calls.mlock(w.pid, mapping) : 0;
  }),
  *heap(w) {
    const heap = new Heap(w);
    const most = w.number('size') / PAGE;
    return yield* inRounds(() => heap.to(most / 4 + w.random.below((most * 3) / 4)))(w);
  },
  fork: mapped({}, (w, mapping) => inRounds(function* () {
    const children: number[] = [];
    for (let n = 0; n < w.number('children'); n++) {
      const child = forkWriter(w, mapping, w.number('write'));
      if (child < 0) return child;
      children.push(child);
    }
    yield* waitFor(w.sys, children);
    return 0;
  })(w)),
  *file(w) {
    const path = `/srv/mapped.${w.pid}`;
    const fd = w.sys.open(path, { write: true, create: true });
    if (fd < 0) return fd;
    w.sys.close(fd);
    const cut = w.sys.truncate(path, w.number('size'));
    return cut < 0 ? cut : yield* w.calls.mmapFile(w.pid, path, w.number('size'));
  },
  read: overFiles(({ sys }, path) => readThrough(sys, path)),
  write: inRounds(function* (w, n) {
    const files = w.number('files');
    const bytes = Math.ceil(w.number('size') / files);
    for (let i = 0; i < files; i++) {
      // The first time as a whole, then a part of it.
      const offset = n === 0 ? 0 : w.random.below(Math.ceil(bytes / 2));
      const failed = yield* writeSome(w.sys, `/srv/data.${w.pid}.${i}`, offset, n === 0 ? bytes : Math.ceil(bytes / 4));
      if (failed < 0) return failed;
    }
    return 0;
  }),
  walk: overFiles(function* ({ sys }, path) {
    const found = sys.lstat(path);
    return typeof found === 'number' ? found : 0;
  }),
  *threads(w) {
    yield;
    return w.calls.threads(w.pid, w.number('count'));
  },
  tables: mapped({ sparse: true }, nothing),
  *sockets(w) {
    const failed = packets(w, w.number('count'));
    return failed < 0 ? failed : yield* inRounds(function* () {
      yield;
      const part = w.random.below(Math.ceil(w.number('count') / 2));
      packets(w, -part);
      return packets(w, part);
    })(w);
  },
  shared: mapped({ shared: true }, nothing),
  thp: mapped({ thp: true }, nothing),
  hugealloc: inRounds(function* ({ calls, pid, sys, number }) {
    const made = yield* calls.mmap(pid, number('size'), { thp: true });
    if (typeof made === 'number') return made;
    yield* sys.nanosleep((number('every') * 1e6) / 2);
    calls.munmap(pid, made);
    return 0;
  }),
  purge: mapped({ thp: true }, (w, mapping) => inRounds(function* () {
    yield;
    // Each time other pages, as an allocator's free lists have it; what was given back before is used again first.
    const pages = w.calls.pages(mapping);
    for (let i = 0; i < pages; i++) {
      const failed = w.random.below(100) < w.number('percent') ? w.calls.dontneed(w.pid, mapping, i, 1) : w.calls.write(w.pid, mapping, i);
      if (failed < 0) return failed;
    }
    return 0;
  })(w)),
  hugetlb: mapped({ hugetlb: true }, nothing),
  io_uring: pinned('io_uring'), rdma: pinned('rdma'), vfio: pinned('vfio'),
  web: (w) => runTier(w, 'web'), cache: (w) => runTier(w, 'cache'), batch: (w) => runTier(w, 'batch'), builds: runBuilds,
};
