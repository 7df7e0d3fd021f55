/**
 * Mirrors: fs/namei.c (6.1), as far as names, links and permissions go. Left out: devices behind inodes, ACLs, capabilities other than "uid 0 may".
 * A place is the stack of directories that leads to it, so that '..' needs no parent pointers and a removed directory stays a place.
 */
import { remember } from '../lib/remember.ts';
import { ERRNO } from '../uapi/errno.ts';
import type { DirNode, VNode } from './vnode.ts';

/** MAXSYMLINKS. */
const MAXSYMLINKS = 40;

/** A directory and the way to it; the first entry is the root, its name ''. */
export type Place = readonly { readonly name: string; readonly node: DirNode }[];
/** Where a path leads: the directory it ends in, the last name there, and what has that name. */
export interface Found {
  /** The directory that holds the name; for '/' and paths ending in '.' or '..' the place itself. */
  readonly at: Place;
  /** '' where the path names a directory by '/', '.' or '..'. */
  readonly name: string;
  readonly node: VNode | undefined;
  /** The path ended in '/'. */
  readonly slash: boolean;
}

export const rootPlace = (root: DirNode): Place => [{ name: '', node: root }];
/** '/', '/sys/kernel'. */
export const placePath = (place: Place): string => place.map((p) => p.name).join('/') || '/';
const pathTo = (place: Place, name: string) => (): string => `${place.map((p) => p.name).join('/')}/${name}`;
const here = (place: Place): DirNode => (place.at(-1) as Place[number]).node;

/** A directory that somebody is in and that has been removed meanwhile (a DIMM's memory block, for instance). */
const removed = (place: Place): boolean => place.some(({ name }, i) => i > 0 && (place[i - 1] as Place[number]).node.lookup(name) === undefined);
/** What is left of it: nothing. */
const gone = (): number => -ERRNO.ENOENT;
const DEAD: DirNode = { kind: 'dir', mode: 0o755, list: () => [], lookup: () => undefined, create: gone, mkdir: gone, symlink: gone, link: gone };

/** MAY_EXEC | MAY_WRITE | MAY_READ = 1 | 2 | 4, against mode bits; uid 0 may all but execute what nobody may. */
export function permitted(node: VNode, uid: number, want: number): boolean {
  if (uid === 0) return (want & 1) === 0 || node.kind === 'dir' || (node.mode & 0o111) !== 0;
  const bits = (node.uid ?? 0) === uid ? node.mode >> 6 : (node.gid ?? 0) === uid ? node.mode >> 3 : node.mode;
  return (bits & want) === want;
}
/** As permitted, and what sysfs adds at open: without any read (write) bit it cannot be opened for it, not even by root. */
export function mayOpen(node: VNode, uid: number, want: number): boolean {
  if (node.kernfs && (((want & 4) !== 0 && (node.mode & 0o444) === 0) || ((want & 2) !== 0 && (node.mode & 0o222) === 0))) return false;
  return permitted(node, uid, want);
}

/** Root of what is mounted on a directory of a tree, by the tree's root: kernel/mount.ts. */
const mounted = new WeakMap<DirNode, (dir: DirNode, path: () => string) => DirNode>();
export const followMounts = (root: DirNode, follow: (dir: DirNode, path: () => string) => DirNode): void => {
  mounted.set(root, follow);
};

/**
 * Walks a path. -errno: ENOENT (a directory on the way is missing, or the path is empty), ENOTDIR, EACCES, ELOOP.
 * A missing last name is no error: `node` is undefined.
 * `follow`: a symbolic link at the end is followed (always, if a '/' comes after it).
 */
export function walk(root: DirNode, cwd: Place, path: string, uid: number, follow: boolean): Found | number {
  if (path === '') return -ERRNO.ENOENT;
  let place: Place = path.startsWith('/')
    ? rootPlace(root)
    : removed(cwd)
      ? [...cwd.slice(0, -1), { name: (cwd.at(-1) as Place[number]).name, node: DEAD }]
      : cwd;
  const names = path
    .split('/')
    .filter((n) => n !== '')
    .reverse();
  const slash = path.endsWith('/');
  const follow_mount = mounted.get(root);
  let links = 0;
  for (;;) {
    const name = names.pop();
    if (name === undefined) return { at: place, name: '', node: here(place), slash };
    const dir = here(place);
    if (!permitted(dir, uid, 1)) return -ERRNO.EACCES;
    if (name === '.') continue;
    if (name === '..') {
      if (place.length > 1) place = place.slice(0, -1);
      continue;
    }
    const below = dir.lookup(name);
    const node = below?.kind === 'dir' && follow_mount ? follow_mount(below, pathTo(place, name)) : below;
    const last = names.length === 0;
    if (node === undefined) return last ? { at: place, name, node, slash } : -ERRNO.ENOENT;
    if (node.kind === 'link' && (!last || follow || slash)) {
      if (++links > MAXSYMLINKS) return -ERRNO.ELOOP;
      const target = node.target();
      if (target.startsWith('/')) place = rootPlace(root);
      names.push(
        ...target
          .split('/')
          .filter((n) => n !== '')
          .reverse(),
      );
      continue;
    }
    if (node.kind === 'dir') {
      if (last) return { at: place, name, node, slash };
      place = [...place, { name, node }];
    } else if (last && !slash) return { at: place, name, node, slash };
    else return -ERRNO.ENOTDIR;
  }
}

/** The place of a directory, for chdir; -errno as walk, ENOENT, ENOTDIR, EACCES (no search permission). */
export function walkToDir(root: DirNode, cwd: Place, path: string, uid: number): Place | number {
  const found = walk(root, cwd, path, uid, true);
  if (typeof found === 'number') return found;
  if (found.node === undefined) return -ERRNO.ENOENT;
  if (found.node.kind !== 'dir') return -ERRNO.ENOTDIR;
  if (!permitted(found.node, uid, 1)) return -ERRNO.EACCES;
  return found.name === '' ? found.at : [...found.at, { name: found.name, node: found.node }];
}

/**
 * Lays file systems over directories of another: `mountTree(tmp, { proc, sys, 'sys/kernel/debug': debugfs })`. Keys are paths without leading '/'.
 * A mount point that the tree below lacks appears all the same.
 */
export function mountTree(base: DirNode, mounts: Readonly<Record<string, DirNode>>): DirNode {
  const empty: DirNode = { kind: 'dir', mode: 0o755, list: () => [], lookup: () => undefined };
  const own = new Map<string, DirNode>();
  const below = new Map<string, Record<string, DirNode>>();
  for (const [path, node] of Object.entries(mounts)) {
    const cut = path.indexOf('/');
    if (cut < 0) own.set(path, node);
    else below.set(path.slice(0, cut), { ...below.get(path.slice(0, cut)), [path.slice(cut + 1)]: node });
  }
  const nested = remember(new Map<string, { over: DirNode; tree: DirNode }>());
  const busy = (name: string): boolean => own.has(name) || below.has(name);
  const tree: DirNode = {
    kind: 'dir',
    get mode() {
      return base.mode;
    },
    get uid() {
      return base.uid ?? 0;
    },
    get gid() {
      return base.gid ?? 0;
    },
    get kernfs() {
      return base.kernfs ?? false;
    },
    get mtime() {
      return base.mtime ?? 0;
    },
    list: () => {
      const names = base.list();
      return [...names, ...[...new Set([...own.keys(), ...below.keys()])].filter((n) => !names.includes(n))];
    },
    lookup: (name) => {
      const node = own.get(name) ?? base.lookup(name) ?? (below.has(name) ? empty : undefined);
      const deeper = below.get(name);
      if (deeper === undefined || node?.kind !== 'dir') return node;
      let kept = nested.get(name);
      if (kept?.over !== node) {
        kept = { over: node, tree: mountTree(node, deeper) };
        nested.set(name, kept);
      }
      return kept.tree;
    },
    ...(base.chmod && { chmod: (mode) => base.chmod?.(mode) ?? -ERRNO.EPERM }),
    ...(base.create && { create: (name, mode, special) => base.create?.(name, mode, special) ?? -ERRNO.EACCES }),
    ...(base.mkdir && { mkdir: (name, mode) => (busy(name) ? -ERRNO.EEXIST : (base.mkdir?.(name, mode) ?? -ERRNO.EPERM)) }),
    ...(base.symlink && { symlink: (name, target) => base.symlink?.(name, target) ?? -ERRNO.EPERM }),
    ...(base.remove && { remove: (name) => (busy(name) ? -ERRNO.EBUSY : (base.remove?.(name) ?? -ERRNO.EPERM)) }),
    ...(base.link && { link: (name, node) => base.link?.(name, node) ?? -ERRNO.EXDEV }),
  };
  return tree;
}
