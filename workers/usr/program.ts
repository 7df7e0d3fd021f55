/** User space: a program is a function over system calls and nothing else. What a person types lives in workers/usr/bin, one file a program. */
import type { Kthread } from '../kernel/kthread.ts';

export interface Stat {
  readonly kind: 'dir' | 'file' | 'link';
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly size: number;
  /** Links to it: for a directory 2 + its subdirectories. */
  readonly nlink: number;
  /** Tells files apart (`-ef`, "are the same file"). */
  readonly node: object;
  readonly special?: 'fifo' | 'char' | 'block';
  /** Seconds since 1970. */
  readonly mtime: number;
}
/** open(2) flags that exist here. */
export interface OpenFlags {
  readonly read?: boolean;
  readonly write?: boolean;
  readonly create?: boolean;
  readonly truncate?: boolean;
  readonly append?: boolean;
  /** O_NONBLOCK: a read with nothing to give returns -EAGAIN (dmesg on /dev/kmsg). */
  readonly nonblock?: boolean;
}
/** System calls. Numbers below zero are -errno. Contents are bytes: strings of chars 0 to 255. Paths are absolute or relative to the process's directory. */
export interface Sys {
  open(path: string, flags: OpenFlags, mode?: number): number;
  close(fd: number): number;
  /** Up to `count` bytes; '' at the end of the file. May wait (pipe, terminal). */
  read(fd: number, count: number): Kthread<string | number>;
  /** One write(2). May sleep inside the kernel (memoryN/state). */
  write(fd: number, bytes: string): Kthread<number>;
  lseek(fd: number, offset: number): number;
  dup2(from: number, to: number): number;
  readdir(path: string): string[] | number;
  stat(path: string): Stat | number;
  lstat(path: string): Stat | number;
  fstat(fd: number): Stat | number;
  /** Sets modification time to now, as utimensat(2) with no times. */
  utime(path: string): number;
  mkfifo(path: string, mode: number): number;
  /** access(2): mode is a sum of 4 (read), 2 (write), 1 (execute); 0 asks whether it exists. */
  access(path: string, mode: number): number;
  /** Sets the mask of bits new files do not get; the old one is the answer. */
  umask(mask: number): number;
  readlink(path: string): string | number;
  mkdir(path: string, mode: number): number;
  rmdir(path: string): number;
  unlink(path: string): number;
  symlink(target: string, path: string): number;
  /** A second name for a file. EPERM for directories, EXDEV across file systems. */
  link(from: string, to: string): number;
  rename(from: string, to: string): number;
  chmod(path: string, mode: number): number;
  truncate(path: string, length: number): number;
  chdir(path: string): number;
  getcwd(): string;
  /** Sleeps on the simulated clock. 0, or -EINTR. */
  nanosleep(ns: number): Kthread<number>;
  /** ns since boot, and seconds since 1970 of the simulated wall clock. */
  clock_monotonic(): number;
  clock_realtime(): number;
  /** Dirty pages of files go to the disk. Absent: there is none. */
  sync?(): void;
  kill(pid: number, signal: number): number;
  /** Loads a kernel module by its name, with parameters ('name=value', parted by blanks): 0, -EEXIST, -ENOENT, -EPERM, or -ENOSYS on a kernel without modules. */
  init_module(name: string, parameters?: string): number;
  /** Takes one out: 0, -ENOENT (not loaded), -ENXIO (no such module), -EBUSY, -EPERM, -ENOSYS. */
  delete_module(name: string): number;
  /** Swaps to a block device from now on, and no more: 0 or -errno. `flags`: SWAP_FLAG_PREFER | priority. */
  swapon(path: string, flags: number): number;
  swapoff(path: string): Kthread<number>;
  getpid(): number;
  getuid(): number;
  /** The field `machine` of uname(2); absent: x86_64. */
  uname_machine?(): string;
  /** True for the terminal: stdio then writes line by line, else in blocks of 4096 bytes. Absent: no terminal anywhere. */
  isatty?(fd: number): boolean;
}
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
