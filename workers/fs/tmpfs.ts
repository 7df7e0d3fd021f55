/** Mirrors: mm/shmem.c (6.1), reduced: files in memory. The tree is plain data (structuredClone takes it), the nodes over it are made when looked up. */
import type { Kthread } from '../kernel/kthread.ts';
import { remember } from '../lib/remember.ts';
import { ERRNO } from '../uapi/errno.ts';
import type { DirNode, FileNode, LinkNode, VNode } from '../kernel/vnode.ts';

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
    read: (offset, count) => inode.data.slice(offset, offset + count),
    *write(data, offset): Kthread<number> {
      const old = inode.data;
      const growth = Math.max(0, offset + data.length - old.length);
      if (space.used + growth > maxBytes) return -ERRNO.ENOSPC;
      space.used += growth;
      inode.data = offset === old.length ? old + data : old.slice(0, offset).padEnd(offset, '\0') + data + old.slice(offset + data.length);
      inode.mtime = now();
      return data.length;
    },
    truncate: (length) => {
      if (space.used + length - inode.data.length > maxBytes) return -ERRNO.ENOSPC;
      space.used += length - inode.data.length;
      inode.data = inode.data.slice(0, length).padEnd(length, '\0');
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
        else if (child.kind === 'file') space.used -= child.data.length;
        inode.entries.delete(name);
        inode.mtime = now();
        return 0;
      },
      link: (name, node) => {
        const child = inodes.get(node);
        if (child === undefined) return -ERRNO.EXDEV;
        child.moreLinks = (child.moreLinks ?? 0) + 1;
        inode.entries.set(name, child);
        inode.mtime = now();
        return 0;
      },
    });
  }
  return nodeOf(state) as DirNode;
}
