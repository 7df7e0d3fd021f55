/**
 * Mirrors: include/linux/fs.h (6.1): inode, file and inode operations, address_space, as far as they are asked for here.
 * What a file system offers to path lookup and system calls. Contents are bytes: strings of chars 0 to 255. Errors are negative errno, as inside Linux.
 * kernfs (sysfs) answers here; tmpfs and procfs do as well.
 */
import type { Kthread } from './kthread.ts';

/** Where a file's pages are. */
export interface FilePages {
  /** Rows of PTE by index of the page, 0 = a hole, or never read. */
  readonly slots: number[];
  /** Nodes of the tree that holds them, by level (from the pages upwards) and number: the first frame of the slab each lies in, 0 = none. */
  readonly nodes: number[][];
}
/** Pages of a file of a disk. A row of PTE may have been given to somebody else meanwhile. */
export interface AddressSpace extends FilePages {
  /** Number of the file: what its pages contain follows from it. */
  readonly ino: number;
  /** When its oldest dirty page became so (ns since boot), -1 = none is. */
  dirtied: number;
  /** Dirty pages of it went to the disk. */
  written?: () => void;
}
interface NodeBase {
  /** Permission bits, e.g. 0o644. */
  readonly mode: number;
  readonly uid?: number;
  readonly gid?: number;
  /** sysfs: permission bits bind root, too (a file without write permission cannot be opened for writing: EACCES). */
  readonly kernfs?: boolean;
  /** Seconds since 1970; absent: when the machine booted. */
  readonly mtime?: number;
  chmod?(mode: number): number;
  /** Sets mtime. */
  utime?(seconds: number): number;
}
export interface DirNode extends NodeBase {
  readonly kind: 'dir';
  /** Names in directory order. */
  list(): string[];
  lookup(name: string): VNode | undefined;
  /** Makes an empty file; -errno where it may not be. Absent: EACCES. */
  create?(name: string, mode: number, special?: 'fifo'): FileNode | number;
  mkdir?(name: string, mode: number): number;
  symlink?(name: string, target: string): number;
  /** unlink(2) and rmdir(2). Absent: EPERM. */
  remove?(name: string): number;
  /** rename(2): put an existing node here under a name. */
  link?(name: string, node: VNode): number;
}
export interface FileNode extends NodeBase {
  readonly kind: 'file';
  /** For ls -l; sysfs says 4096, procfs 0. */
  size(): number;
  /**
   * Up to `count` bytes from `offset`; '' at the end; -errno. `uid`: who reads (absent: root). An open file of sysfs or seq_file gets its text once,
   * at offset 0: see `snapshot`.
   */
  read(offset: number, count: number, uid?: number): string | number;
  /** True: the text is made anew at each read from offset 0 and kept by the open file until then. */
  readonly snapshot?: boolean;
  /** Bytes written or -errno. May sleep and emit events, hence a kernel path. Each call is one write(2). */
  write?(data: string, offset: number): Kthread<number>;
  truncate?(length: number): number;
  readonly special?: 'fifo' | 'char' | 'block';
  /** A disk's file: its pages, for whoever maps it. */
  mapping?(): AddressSpace;
}
export interface LinkNode extends NodeBase {
  readonly kind: 'link';
  target(): string;
}
export type VNode = DirNode | FileNode | LinkNode;

/** A read-only text file whose text is made when it is read, for whoever reads it (/proc/iomem hides addresses from all but root). */
export const textFile = (mode: number, text: (uid: number) => string | number, more: Partial<FileNode> = {}): FileNode => ({
  kind: 'file', mode, snapshot: true, size: () => 0,
  read: (offset, count, uid = 0) => {
    const t = text(uid);
    return typeof t === 'number' ? t : t.slice(offset, offset + count);
  },
  ...more,
});
/** A directory whose entries are looked up in a plain object or made on demand. */
export const dirOf = (mode: number, entries: () => Readonly<Record<string, VNode>>, more: Partial<DirNode> = {}): DirNode => ({
  kind: 'dir', mode, list: () => Object.keys(entries()), lookup: (name) => (Object.hasOwn(entries(), name) ? entries()[name] : undefined), ...more,
});
export const linkTo = (target: string): LinkNode => ({ kind: 'link', mode: 0o777, target: () => target });
