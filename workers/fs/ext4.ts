/**
 * Mirrors: fs/ext4, fs/dcache.c, fs/inode.c (6.1), as far as memory can tell: a disk's files are read through the page cache, each name that was looked up is a dentry, each file an
 * inode, in slab until the shrinker takes them.
 * Left out: the disk's own layout, journal, ownership. Why: nothing here can see them. A fresh disk holds two trees of files whose bytes are all zero (TREES).
 */
import type { Kernel } from '../mm/kernel.ts';
import type { Kthread } from '../kernel/kthread.ts';
import { remember } from '../lib/remember.ts';
import type { AddressSpace, DirNode, FileNode, VNode } from '../kernel/vnode.ts';
import type { Filemap } from '../mm/filemap.ts';
import { page_size } from '../mm/mm.ts';
import type { Slab } from '../mm/slub.ts';
import { ERRNO } from '../uapi/errno.ts';

/** A tree of files that nobody wrote here: so many directories, so many files in each, a file's size in pages by four-bit numbers of its own. */
interface Tree {
  readonly name: string;
  readonly dirs: number;
  readonly files: number;
  readonly pages: (a: number, b: number) => number;
}
/** Sizes of the first are of no machine: 4 KiB to 64 KiB, so that it is larger than a small machine's memory. The other is as large as the kernel's sources: 78 400 files, 1.4 GB, most of them small. */
const TREES: readonly Tree[] = [{ name: 'tree', dirs: 500, files: 100, pages: (a) => 1 + a }, { name: 'linux', dirs: 4900, files: 16, pages: (a, b) => 1 + ((a * b) >> 4) }];
const inodesOf = ({ dirs, files }: Tree): number => 1 + dirs + dirs * files;
const ROOT_INO = 2;
/** The first tree begins here: its root, its directories, its files. What is made comes behind it; the others begin where that is when somebody first looks at them. */
const TREE_INO = 11;
const FIRST_NEW = TREE_INO + inodesOf(TREES[0] as Tree);
/** Bytes of the files that were made, together. */
const MAX_BYTES = 2 ** 32;
const BLOCK = 4096;
/** s_shrink.batch of a file system. Source: alloc_super(). */
const SUPER_BATCH = 1024;

/** A file or directory that was made; a file's bytes by page where any is not zero. */
interface Inode {
  readonly ino: number;
  mode: number;
  mtime: number;
  size: number;
  readonly entries: Map<string, Inode> | undefined;
  readonly pages: Map<number, string>;
}
/** Values by inode number; they grow with the highest. */
interface Column {
  of: Int32Array;
}
function set(column: Column, ino: number, value: number): void {
  if (ino >= column.of.length) {
    const grown = new Int32Array(Math.max(1024, ino * 2));
    grown.set(column.of);
    column.of = grown;
  }
  column.of[ino] = value;
}
const nameOf = (prefix: string, n: number, count: number): string => prefix + String(n).padStart(String(count - 1).length, '0');
const sizeOf = ({ pages }: Tree, ino: number): number => pages((ino * 2654435761) >>> 28, (Math.imul(ino, 40503) >>> 12) & 15) * BLOCK;

/** Dentries and inodes: which are in memory, in which slab, and in which order they were last left alone. */
function createIcache(slab: Slab, empty: (ino: number) => boolean) {
  const dentry = remember<Column>({ of: new Int32Array(0) });
  const inode = remember<Column>({ of: new Int32Array(0) });
  /** Inode numbers, the one that waits longest first. */
  const lru = remember<number[]>([]);
  const referenced = remember(new Set<number>());
  /** Names that were looked up and are not there, with their dentry's slab: the oldest first. */
  const negative = remember(new Map<string, number>());
  const drop = (column: Column, name: 'dentry' | 'ext4_inode_cache', ino: number): void => {
    slab.free(name, column.of[ino] as number);
    column.of[ino] = 0;
  };
  /** Source: prune_dcache_sb(), prune_icache_sb(). An inode with pages in memory stays. */
  function scan_objects(nr: number): number {
    let freed = 0;
    const names = Math.round((nr * negative.size) / Math.max(1, negative.size + lru.length));
    for (const [name, dentry] of negative) {
      if (freed === names) break;
      slab.free('dentry', dentry);
      negative.delete(name);
      freed++;
    }
    const looked = lru.splice(0, nr - names);
    for (const ino of looked) {
      if (referenced.delete(ino)) {
        lru.push(ino);
        continue;
      }
      if ((dentry.of[ino] ?? 0) > 0) {
        drop(dentry, 'dentry', ino);
        freed++;
      }
      if (empty(ino)) {
        drop(inode, 'ext4_inode_cache', ino);
        freed++;
      } else lru.push(ino);
    }
    return freed;
  }
  const nameIn = (dir: number, name: string): string => `${dir}/${name}`;
  return {
    /** A name was looked up that is not there: its dentry says so until the shrinker takes it. */
    miss(dir: number, name: string): void {
      const key = nameIn(dir, name);
      if (negative.has(key)) return;
      const made = slab.alloc('dentry');
      if (made >= 0) negative.set(key, made);
    },
    /** A file is made under a name that was looked up in vain: the dentry is its own now. Source: d_instantiate(). */
    instantiate(dir: number, name: string, ino: number): void {
      const made = negative.get(nameIn(dir, name));
      if (made === undefined) return;
      negative.delete(nameIn(dir, name));
      set(dentry, ino, made);
    },
    /** A name was looked up. False: there is no memory for it. */
    lookup(ino: number): boolean {
      if ((inode.of[ino] ?? 0) === 0) {
        const made = slab.alloc('ext4_inode_cache');
        if (made < 0) return false;
        set(inode, ino, made);
        lru.push(ino);
      } else referenced.add(ino);
      if ((dentry.of[ino] ?? 0) === 0) {
        const made = slab.alloc('dentry');
        if (made < 0) return false;
        set(dentry, ino, made);
      }
      return true;
    },
    /** The file is gone from the disk; its name is remembered as one that is not there. Source: d_delete(). */
    evict(ino: number, dir: number, name: string): void {
      const left = dentry.of[ino] ?? 0;
      if (left > 0) {
        dentry.of[ino] = 0;
        negative.set(nameIn(dir, name), left);
      }
      if ((inode.of[ino] ?? 0) === 0) return;
      drop(inode, 'ext4_inode_cache', ino);
      referenced.delete(ino);
      // What goes is mostly what came last.
      lru.splice(lru.lastIndexOf(ino), 1);
    },
    count_objects: () => lru.length + negative.size,
    scan_objects,
  };
}

export interface Ext4Disk {
  /** Which disk it is: files of different disks differ in the page cache. */
  readonly nr: number;
  /** Bytes for files. */
  readonly bytes: number;
  /** Holds the trees of files that a fresh disk of the machine holds; else only lost+found, as mkfs leaves it. */
  readonly tree: boolean;
  /** Told when files were written to it: pages they take. A disk in memory takes frames for them. */
  readonly grow?: (pages: number) => number;
}
export interface Ext4 {
  readonly root: DirNode;
  /** Bytes of its files. */
  used(): number;
  /** What is in memory of it is written and given back. */
  umount(): void;
}
/** Inode numbers of a disk, in the page cache. */
const INODES = 2 ** 24;
/** /dev/vda, for /srv. */
export const FIRST_DISK: Ext4Disk = { nr: 0, bytes: MAX_BYTES, tree: true };

/** A disk is mounted: its caches can be shrunk from then on. */
export function ext4(k: Kernel, slab: Slab, filemap: Filemap, now: () => number, { nr, bytes, tree: hasTree, grow }: Ext4Disk = FIRST_DISK): Ext4 {
  function spaceOf(ino: number): AddressSpace {
    const space = filemap.address_space(nr * INODES + ino);
    if (grow) space.written ??= () => grow(Math.ceil(disk.used / PAGE));
    return space;
  }
  const icache = createIcache(slab, (ino) => filemap.forget(spaceOf(ino)));
  const shrinkers = remember(k.shrinkers ?? []);
  k.shrinkers = shrinkers;
  shrinkers.push({ batch: SUPER_BATCH, count_objects: icache.count_objects, scan_objects: icache.scan_objects });
  const disk = remember({ next: FIRST_NEW, used: 0, root: newInode(ROOT_INO, 0o755, new Map()), trees: { [(TREES[0] as Tree).name]: TREE_INO } as Record<string, number> });
  const PAGE = page_size(k.mm);
  /** Nodes of what was made, and back; and of the tree, by number. */
  const nodes = new WeakMap<Inode, VNode>();
  const inodes = new WeakMap<VNode, Inode>();
  const treeNodes = new Map<number, VNode>();

  function newInode(ino: number, mode: number, entries?: Map<string, Inode>): Inode {
    return { ino, mode, mtime: now(), size: 0, entries, pages: new Map() };
  }
  function treeNode(ino: number, make: () => VNode): VNode | undefined {
    if (!icache.lookup(ino)) return undefined;
    const known = treeNodes.get(ino) ?? make();
    treeNodes.set(ino, known);
    return known;
  }
  /** Pages that bytes from `offset` on lie in are in memory after this. -ENOMEM: not all. */
  function touch(mapping: AddressSpace, offset: number, count: number, write: boolean): number {
    for (let index = Math.floor(offset / PAGE); index * PAGE < offset + count; index++) {
      const pfn = write ? filemap.write(mapping, index) : filemap.read(mapping, index);
      if (pfn < 0) return pfn;
    }
    return 0;
  }
  function readBytes(ino: number, size: number, pages: ReadonlyMap<number, string>, offset: number, count: number): string | number {
    const length = Math.max(0, Math.min(count, size - offset));
    if (length === 0) return '';
    const failed = touch(spaceOf(ino), offset, length, false);
    if (failed < 0) return failed;
    if (pages.size === 0) return '\0'.repeat(length);
    let read = '';
    for (let at = offset; at < offset + length; ) {
      const part = Math.min(PAGE - (at % PAGE), offset + length - at);
      read += (pages.get(Math.floor(at / PAGE)) ?? '').slice(at % PAGE, (at % PAGE) + part).padEnd(part, '\0');
      at += part;
    }
    return read;
  }
  function put(inode: Inode, data: string, offset: number): void {
    for (let at = 0; at < data.length; ) {
      const index = Math.floor((offset + at) / PAGE);
      const inside = (offset + at) % PAGE;
      const part = data.slice(at, at + PAGE - inside);
      const old = inode.pages.get(index) ?? '';
      const bytes = old.slice(0, inside).padEnd(inside, '\0') + part + old.slice(inside + part.length);
      if (/[^\0]/.test(bytes)) inode.pages.set(index, bytes);
      else inode.pages.delete(index);
      at += part.length;
    }
    inode.size = Math.max(inode.size, offset + data.length);
    inode.mtime = now();
  }
  const fileNode = (inode: Inode): FileNode => ({
    kind: 'file',
    get mode() { return inode.mode; },
    get mtime() { return inode.mtime; },
    size: () => inode.size,
    mapping: () => spaceOf(inode.ino),
    chmod: (mode) => {
      inode.mode = mode;
      return 0;
    },
    utime: (seconds) => {
      inode.mtime = seconds;
      return 0;
    },
    read: (offset, count) => readBytes(inode.ino, inode.size, inode.pages, offset, count),
    *write(data, offset): Kthread<number> {
      const growth = Math.max(0, offset + data.length - inode.size);
      if (disk.used + growth > bytes) return -ERRNO.ENOSPC;
      const failed = touch(spaceOf(inode.ino), offset, data.length, true);
      if (failed < 0) return failed;
      disk.used += growth;
      put(inode, data, offset);
      return data.length;
    },
    truncate: (length) => {
      if (disk.used + length - inode.size > bytes) return -ERRNO.ENOSPC;
      disk.used += length - inode.size;
      const whole = Math.ceil(length / PAGE);
      filemap.truncate(spaceOf(inode.ino), whole);
      for (const index of [...inode.pages.keys()]) if (index >= whole) inode.pages.delete(index);
      const last = inode.pages.get(whole - 1);
      if (last !== undefined && length % PAGE !== 0) inode.pages.set(whole - 1, last.slice(0, length % PAGE));
      inode.size = length;
      inode.mtime = now();
      return 0;
    },
  });
  /** A file of a tree: it can be read. */
  const treeFile = (tree: Tree, ino: number): FileNode => ({
    kind: 'file', mode: 0o444, size: () => sizeOf(tree, ino), mapping: () => spaceOf(ino), read: (offset, count) => readBytes(ino, sizeOf(tree, ino), new Map(), offset, count),
  });
  /** A directory of a tree, whose entries are numbered. */
  const treeDir = (ino: number, prefix: string, count: number, entry: (n: number) => VNode | undefined): DirNode => ({
    kind: 'dir', mode: 0o555, list: () => Array.from({ length: count }, (_, n) => nameOf(prefix, n, count)),
    lookup(name) {
      const n = Number(name.slice(1));
      if (Number.isInteger(n) && n < count && name === nameOf(prefix, n, count)) return entry(n);
      icache.miss(ino, name);
      return undefined;
    },
  });
  function treeRoot(tree: Tree): VNode | undefined {
    const { name, dirs, files } = tree;
    if (disk.trees[name] === undefined) {
      disk.trees[name] = disk.next;
      disk.next += inodesOf(tree);
    }
    const first = disk.trees[name];
    return treeNode(first, () => treeDir(first, 'd', dirs, (d) => {
      const dir = first + 1 + d;
      return treeNode(dir, () => treeDir(dir, 'f', files, (f) => {
        const ino = first + 1 + dirs + d * files + f;
        return treeNode(ino, () => treeFile(tree, ino));
      }));
    }));
  }
  const treeNamed = (inode: Inode, name: string): Tree | undefined => (hasTree && inode === disk.root ? TREES.find((tree) => tree.name === name) : undefined);
  function dirNode(inode: Inode, entries: Map<string, Inode>): DirNode {
    const busy = (name: string): boolean => entries.has(name) || treeNamed(inode, name) !== undefined;
    const show = (child: Inode): VNode | undefined => {
      if (!icache.lookup(child.ino)) return undefined;
      const node = nodes.get(child) ?? (child.entries ? dirNode(child, child.entries) : fileNode(child));
      nodes.set(child, node);
      inodes.set(node, child);
      return node;
    };
    const add = (name: string, child: Inode): VNode | number => {
      if (busy(name)) return -ERRNO.EEXIST;
      icache.instantiate(inode.ino, name, child.ino);
      const node = show(child);
      if (node === undefined) return -ERRNO.ENOMEM;
      entries.set(name, child);
      inode.mtime = now();
      return node;
    };
    return {
      kind: 'dir',
      get mode() { return inode.mode; },
      get mtime() { return inode.mtime; },
      chmod: (mode) => {
        inode.mode = mode;
        return 0;
      },
      list: () => [...(hasTree && inode === disk.root ? TREES.map((tree) => tree.name) : []), ...entries.keys()],
      lookup(name) {
        const tree = treeNamed(inode, name);
        if (tree !== undefined) return treeRoot(tree);
        const child = entries.get(name);
        if (child !== undefined) return show(child);
        icache.miss(inode.ino, name);
        return undefined;
      },
      create: (name, mode, special) => {
        if (special) return -ERRNO.EPERM;
        return add(name, newInode(disk.next++, mode)) as FileNode | number;
      },
      mkdir: (name, mode) => {
        const made = add(name, newInode(disk.next++, mode, new Map()));
        return typeof made === 'number' ? made : 0;
      },
      remove(name) {
        const child = entries.get(name);
        if (child === undefined) return busy(name) ? -ERRNO.EPERM : -ERRNO.ENOENT;
        if (child.entries && child.entries.size > 0) return -ERRNO.ENOTEMPTY;
        entries.delete(name);
        disk.used -= child.size;
        const mapping = spaceOf(child.ino);
        filemap.truncate(mapping, 0);
        filemap.forget(mapping);
        icache.evict(child.ino, inode.ino, name);
        inode.mtime = now();
        return 0;
      },
      link(name, node) {
        const child = inodes.get(node);
        if (child === undefined) return -ERRNO.EXDEV;
        entries.set(name, child);
        return 0;
      },
    };
  }
  if (!hasTree) disk.root.entries?.set('lost+found', newInode(disk.next++, 0o700, new Map()));
  function filesOf(inode: Inode): readonly Inode[] {
    return inode.entries ? [...inode.entries.values()].flatMap(filesOf) : [inode];
  }
  return {
    root: dirNode(disk.root, disk.root.entries as Map<string, Inode>),
    used: () => disk.used,
    umount() {
      filemap.writeback();
      for (const { ino } of filesOf(disk.root)) filemap.truncate(spaceOf(ino), 0);
      icache.scan_objects(icache.count_objects() * 2);
    },
  };
}
