/** The system calls there are, as a program sees them: syscalls.ts answers them. */
import type { Statfs } from './mount.ts';
import type { Kthread } from './kthread.ts';

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
  /** Mounts a file system on a directory: 0, -ENODEV (no such type), -ENOTBLK, -ENOENT, -ENOTDIR, -EBUSY (there already), -EINVAL (an option, or nothing of that type on the device), -EPERM, -ENOSYS. */
  mount(source: string, target: string, type: string, options: string): number;
  /** Takes it away: 0, -EINVAL (nothing was mounted there), -EBUSY (somebody is in it), -ENOENT, -EPERM, -ENOSYS. */
  umount(target: string): number;
  /** Sizes of the file system a path is on: -ENOENT, -ENOTDIR, -ENOSYS. */
  statfs(path: string): Statfs | number;
  getpid(): number;
  getuid(): number;
  /** The field `machine` of uname(2); absent: x86_64. */
  uname_machine?(): string;
  /** True for the terminal: stdio then writes line by line, else in blocks of 4096 bytes. Absent: no terminal anywhere. */
  isatty?(fd: number): boolean;
}
