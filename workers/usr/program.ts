/** User space: a program is a function over system calls and nothing else. What a person types lives in workers/usr/bin, one file a program. */
import type { Kthread } from '../kernel/kthread.ts';

export interface Stat {
  readonly kind: 'dir' | 'file' | 'link';
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly size: number;
}
/** open(2) flags that exist here. */
export interface OpenFlags {
  readonly read?: boolean;
  readonly write?: boolean;
  readonly create?: boolean;
  readonly truncate?: boolean;
  readonly append?: boolean;
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
  readlink(path: string): string | number;
  mkdir(path: string, mode: number): number;
  rmdir(path: string): number;
  unlink(path: string): number;
  symlink(target: string, path: string): number;
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
  kill(pid: number, signal: number): number;
  getpid(): number;
  getuid(): number;
}
export interface Proc {
  readonly sys: Sys;
  /** argv[0] is the name it was called by. */
  readonly argv: readonly string[];
  readonly env: ReadonlyMap<string, string>;
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
