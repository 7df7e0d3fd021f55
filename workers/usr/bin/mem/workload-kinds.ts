/** What each workload does. Every one is a seeded sequence of system calls of its process; 0, or the -errno of the call that failed. */
import type { Kthread } from '../../../kernel/kthread.ts';
import { ERRNO } from '../../../uapi/errno.ts';
import type { WorkloadName } from '../../../uapi/workloads.ts';
import type { Program } from '../../program.ts';
import type { MappingHandle, MemoryCalls } from './mh-kernel.ts';
import { runBuilds } from './workload-builds.ts';
import { Heap, LOOK_NS, PAGE, readThrough, TREE_SIZE, treePath, waitFor, type Work, writeSome } from './workload-parts.ts';
import { runTier } from './workload-tiers.ts';

export type Kind = (w: Work) => Kthread<number>;

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
