/** Mirrors: mm/shmem.c (6.1), reduced: files in memory. The tree is plain data (structuredClone takes it), the nodes over it are made when looked up. */
import type { Kthread } from '../kernel/kthread.ts';
import { remember } from '../lib/remember.ts';
import type { FramesOfFiles } from '../mm/shmem.ts';
import { ERRNO } from '../uapi/errno.ts';
import type { DirNode, FileNode, FilePages, LinkNode, VNode } from '../kernel/vnode.ts';

interface InodeBase {
  mode: number;
  uid: number;
  gid: number;
  /** Seconds since 1970. */
  mtime: number;
  /** Names it has, beyond the first. */
  moreLinks?: number;
}
export interface TmpfsDir extends InodeBase {
  readonly kind: 'dir';
  readonly entries: Map<string, TmpfsInode>;
  /** rmdir was called while somebody was still there: nothing can be made in it any more. */
  removed?: boolean;
}
export interface TmpfsFile extends InodeBase {
  readonly kind: 'file';
  /** Bytes. */
  data: string;
  /** Its pages, where the tree is in the machine's memory. */
  pages?: FilePages;
  /** It has no name any more; what somebody still writes to it needs no frame, as nobody would give that back. */
  unlinked?: boolean;
  readonly special?: 'fifo';
}
export interface TmpfsLink extends InodeBase {
  readonly kind: 'link';
  readonly target: string;
}
export type TmpfsInode = TmpfsDir | TmpfsFile | TmpfsLink;

export interface TmpfsOptions {
  /** Who makes new files, and when. */
  readonly uid?: () => number;
  readonly now?: () => number;
  /** Called when an inode was made. */
  readonly made?: () => void;
  /** Bytes all files together may have; a write beyond it answers ENOSPC. */
  readonly maxBytes?: number;
  /** Where its pages are; absent: they take no frames. */
  readonly frames?: FramesOfFiles;
  /**
   * A file of one page takes no frame. For the tree the machine boots with: what a shell's small files take is part of what a program leaves behind, as it was measured on the recorded
   * machines (mm/process_kernel.ts).
   */
  readonly spareSmall?: boolean;
}

/** What a node over an inode answers from it. */
type Attribute = 'mode' | 'uid' | 'gid' | 'mtime' | 'chmod' | 'utime';

export const tmpfsDir = (mode = 0o755): TmpfsDir => ({ kind: 'dir', mode, uid: 0, gid: 0, mtime: 0, entries: new Map() });

/** Bytes in all files of a tree. */
function bytesOf(inode: TmpfsInode): number {
  if (inode.kind !== 'dir') return inode.kind === 'file' ? inode.data.length : 0;
  let sum = 0;
  for (const child of inode.entries.values()) sum += bytesOf(child);
  return sum;
}

/** Pages that files of a tree have in memory. */
export function pagesOf(inode: TmpfsInode): number {
  if (inode.kind === 'file') return (inode.pages?.slots ?? []).filter((slot) => slot !== 0).length;
  let sum = 0;
  if (inode.kind === 'dir') for (const child of inode.entries.values()) sum += pagesOf(child);
  return sum;
}
/** The tree is nobody's any more: its pages are given back. */
export function dropTree(inode: TmpfsInode, frames: FramesOfFiles): void {
  if (inode.kind === 'file' && inode.pages) frames.truncate(inode.pages, 0);
  if (inode.kind === 'file') inode.unlinked = true;
  if (inode.kind === 'dir') for (const child of inode.entries.values()) dropTree(child, frames);
}

/** A tree from text: keys are paths, values file contents; a key ending in '/' is a directory. Missing directories are made. */
export function tmpfsFrom(files: Readonly<Record<string, string>>, mode = 0o644): TmpfsDir {
  const root = tmpfsDir();
  for (const [path, data] of Object.entries(files)) putFile(root, path, data, mode);
  return root;
}
/** Puts a file into a tree, or with a path that ends in '/' a directory. Missing directories are made. */
export function putFile(root: TmpfsDir, path: string, data: string, mode: number): void {
  const names = path.split('/').filter((n) => n !== '');
  const last = path.endsWith('/') ? undefined : names.pop();
  let dir = root;
  for (const name of names) {
    let next = dir.entries.get(name);
    if (next?.kind !== 'dir') {
      next = tmpfsDir();
      dir.entries.set(name, next);
    }
    dir = next;
  }
  if (last !== undefined) dir.entries.set(last, { kind: 'file', mode, uid: 0, gid: 0, mtime: 0, data });
}

/** The root directory of a tmpfs over `state`, which it changes in place. */
export function tmpfs(state: TmpfsDir, options: TmpfsOptions = {}): DirNode {
  const nodes = new WeakMap<TmpfsInode, VNode>();
  const inodes = new WeakMap<VNode, TmpfsInode>();
  const now = options.now ?? (() => 0);
  const maxBytes = options.maxBytes ?? 2 ** 26;
  const space = remember({ root: state, used: bytesOf(state) });
  const { frames } = options;
  /** What the bytes of a write or read lie in is in memory after this: 0, or -ENOMEM. */
  function touch(inode: TmpfsFile, offset: number, count: number, write: boolean): number {
    if (frames === undefined || count === 0 || inode.unlinked === true) return 0;
    const [from, to] = [Math.floor(offset / frames.pageSize), Math.ceil((offset + count) / frames.pageSize)];
    if (!write) return inode.pages === undefined ? 0 : frames.read(inode.pages, from, to);
    const spared = options.spareSmall === true && inode.pages === undefined;
    if (spared && to <= 1) return 0;
    inode.pages ??= { slots: [], nodes: [] };
    return frames.fill(inode.pages, spared && inode.data !== '' ? 0 : from, to);
  }
  /** The last name of a file is gone. */
  function evict(inode: TmpfsInode): void {
    if (inode.kind !== 'file') return;
    space.used -= inode.data.length;
    inode.unlinked = true;
    if (inode.pages) frames?.truncate(inode.pages, 0);
  }
  const fresh = (mode: number) => ({ mode, uid: options.uid?.() ?? 0, gid: options.uid?.() ?? 0, mtime: now() });

  function nodeOf(inode: TmpfsInode): VNode {
    let node = nodes.get(inode);
    if (node === undefined) {
      node = inode.kind === 'dir' ? dirNode(inode) : inode.kind === 'file' ? fileNode(inode) : linkNode(inode);
      nodes.set(inode, node);
      inodes.set(node, inode);
    }
    return node;
  }
  /** A node over an inode: its attributes are the inode's, whenever they are asked for. */
  const over = <N extends DirNode | FileNode>(inode: TmpfsInode, node: Omit<N, Attribute>): N => {
    const attributes = {
      get mode() { return inode.mode; },
      get uid() { return inode.uid; },
      get gid() { return inode.gid; },
      get mtime() { return inode.mtime; },
      chmod(mode: number) {
        inode.mode = mode;
        return 0;
      },
      utime(seconds: number) {
        inode.mtime = seconds;
        return 0;
      },
    };
    return Object.defineProperties(node, Object.getOwnPropertyDescriptors(attributes)) as N;
  };
  const linkNode = (inode: TmpfsLink): LinkNode => ({ kind: 'link', mode: inode.mode, uid: inode.uid, gid: inode.gid, target: () => inode.target });
  const fileNode = (inode: TmpfsFile): FileNode => over<FileNode>(inode, {
    kind: 'file',
    ...(inode.special && { special: inode.special }),
    size: () => inode.data.length,
    read: (offset, count) => touch(inode, offset, Math.max(0, Math.min(count, inode.data.length - offset)), false) || inode.data.slice(offset, offset + count),
    *write(text, offset): Kthread<number> {
      const old = inode.data;
      // What still fits is written; the next write says that there is no room.
      const room = Math.max(old.length, old.length + maxBytes - space.used) - offset;
      if (room <= 0 && text.length > 0) return -ERRNO.ENOSPC;
      const data = text.length > room ? text.slice(0, room) : text;
      const failed = touch(inode, offset, data.length, true);
      if (failed < 0) return failed;
      space.used += Math.max(0, offset + data.length - old.length);
      inode.data = offset === old.length ? old + data : old.slice(0, offset).padEnd(offset, '\0') + data + old.slice(offset + data.length);
      inode.mtime = now();
      return data.length;
    },
    truncate: (length) => {
      if (space.used + length - inode.data.length > maxBytes) return -ERRNO.ENOSPC;
      space.used += length - inode.data.length;
      inode.data = inode.data.slice(0, length).padEnd(length, '\0');
      if (frames && inode.pages) frames.truncate(inode.pages, Math.ceil(length / frames.pageSize));
      inode.mtime = now();
      return 0;
    },
  });
  function dirNode(inode: TmpfsDir): DirNode {
    const add = (name: string, child: TmpfsInode): number => {
      if (inode.removed) return -ERRNO.ENOENT;
      if (inode.entries.has(name)) return -ERRNO.EEXIST;
      inode.entries.set(name, child);
      inode.mtime = now();
      options.made?.();
      return 0;
    };
    return over<DirNode>(inode, {
      kind: 'dir',
      list: () => [...inode.entries.keys()],
      lookup: (name) => {
        const child = inode.entries.get(name);
        return child && nodeOf(child);
      },
      create: (name, mode, special) => {
        const child: TmpfsFile = { kind: 'file', ...fresh(mode), data: '', ...(special && { special }) };
        return add(name, child) || (nodeOf(child) as FileNode);
      },
      mkdir: (name, mode) => add(name, { kind: 'dir', ...fresh(mode), entries: new Map() }),
      symlink: (name, target) => add(name, { kind: 'link', ...fresh(0o777), target }),
      remove: (name) => {
        const child = inode.entries.get(name);
        if (child === undefined) return -ERRNO.ENOENT;
        if ((child.moreLinks ?? 0) > 0) child.moreLinks = (child.moreLinks ?? 0) - 1;
        else if (child.kind === 'dir' && child.entries.size > 0) return -ERRNO.ENOTEMPTY;
        else if (child.kind === 'dir') child.removed = true;
        else evict(child);
        inode.entries.delete(name);
        inode.mtime = now();
        return 0;
      },
      link: (name, node) => {
        const child = inodes.get(node);
        if (child === undefined) return -ERRNO.EXDEV;
        child.moreLinks = (child.moreLinks ?? 0) + 1;
        const before = inode.entries.get(name);
        if (before && (before.moreLinks ?? 0) > 0) before.moreLinks = (before.moreLinks ?? 0) - 1;
        else if (before) evict(before);
        inode.entries.set(name, child);
        inode.mtime = now();
        return 0;
      },
    });
  }
  return nodeOf(state) as DirNode;
}
