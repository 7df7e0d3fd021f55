/** What workloads are made of: what each of them is given, files that are read and written, heaps that come and go, waiting for others. */
import type { Kthread } from '../../../kernel/kthread.ts';
import { ERRNO } from '../../../uapi/errno.ts';
import { type Proc, readFile, type Sys } from '../../program.ts';
import type { Prng } from '../../prng.ts';
import type { MappingHandle, MemoryCalls } from './mh-kernel.ts';

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

export const PAGE = 4096;
const TREE = '/srv/tree';
const TREE_DIRS = 500;
const TREE_FILES = 100;
const READ_BLOCK = 65536;
/** Largest piece a heap grows by, pages. */
const PIECE = 256;
const SIGNAL_NONE = 0;
export const LOOK_NS = 1_000_000;

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
