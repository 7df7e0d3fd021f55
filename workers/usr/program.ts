/** User space: a program is a function over system calls and nothing else. What a person types lives in workers/usr/bin, one file a program. */
import type { Kthread } from '../kernel/kthread.ts';
import type { Sys } from '../kernel/sys.ts';

export type { OpenFlags, Stat, Sys } from '../kernel/sys.ts';
export interface SpawnOptions {
  /** setuid and setgid of the child (mh asuid). */
  readonly uid?: number;
  /** set_mempolicy(MPOL_BIND) of the child (numactl --membind): a bit for each node. */
  readonly membind?: number;
  /** chdir of the child (find -execdir). */
  readonly cwd?: string;
  /** Replaces the environment (env). */
  readonly env?: ReadonlyMap<string, string>;
}
/** A process that runs beside the one that started it. */
export interface Launched {
  readonly pid: number;
  /** Waits for its end, at most so many ns. Its status (128 + signal); undefined: the time is over, or a signal came. */
  wait(ns?: number): Kthread<number | undefined>;
}
export interface Proc {
  readonly sys: Sys;
  /** argv[0] is the name it was called by. */
  readonly argv: readonly string[];
  readonly env: ReadonlyMap<string, string>;
  /**
   * fork, execvp and wait in one (xargs, find -exec, mh time): runs argv[0], found by PATH, with this process's open files and environment. Its exit status (128 + signal),
   * or -errno of execvp (-ENOENT, -EACCES) where nothing was run. Absent: nothing else can be run here.
   */
  readonly spawn?: (argv: readonly string[], options?: SpawnOptions) => Kthread<number>;
  /** fork and execvp without wait (timeout). -errno of execvp where nothing was run. Absent where spawn is. */
  readonly launch?: (argv: readonly string[], options?: SpawnOptions) => Launched | number;
  /** fork without exec: another process with copies of the open files runs `child` at the same time. Its pid. Absent where spawn is. */
  readonly fork?: (child: Program) => number;
  /** A handler without SA_RESTART: the signal no longer ends this process, sleeping calls answer -EINTR. The answer tells how often it came so far. */
  readonly catchSignal?: (signal: number) => () => number;
  /** From now on it only waits, for good, until a signal ends it; `again` begins with that wait. */
  readonly rests?: (again: Program) => void;
}
/** Runs to its exit status. */
export type Program = (proc: Proc) => Kthread<number>;

/** Whole contents of a file, or -errno. */
export function* readFile(sys: Sys, path: string): Kthread<string | number> {
  const fd = sys.open(path, { read: true });
  if (fd < 0) return fd;
  let all = '';
  for (;;) {
    const got = yield* sys.read(fd, 65536);
    if (typeof got === 'number' || got === '') {
      sys.close(fd);
      return typeof got === 'number' ? got : all;
    }
    all += got;
  }
}
