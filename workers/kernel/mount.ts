/**
 * Mirrors: fs/namespace.c, fs/super.c, fs/statfs.c, fs/filesystems.c (6.1): file systems that are mounted and unmounted while the machine runs. What the machine boots with is laid over its tree by
 * mountTree() (vfs.ts) and cannot be taken away.
 * Left out: namespaces, propagation, bind mounts, remounting. Why: nobody here has asked for them.
 */
import { remember } from '../lib/remember.ts';
import { ERRNO } from '../uapi/errno.ts';
import { type Place, placePath } from './vfs.ts';
import type { DirNode, VNode } from './vnode.ts';

/** A line of /proc/mounts. */
export interface Mount {
  readonly source: string;
  readonly dir: string;
  readonly type: string;
  readonly options: string;
}
/** struct statfs, sizes in blocks of `bsize` bytes. */
export interface Statfs {
  readonly bsize: number;
  readonly blocks: number;
  readonly bfree: number;
  readonly bavail: number;
}
/** A file system that was found and read. */
export interface SuperBlock {
  readonly root: DirNode;
  /** As /proc/mounts shows them. */
  readonly options: string;
  statfs(): Statfs;
  /** The last mount of it is gone. */
  kill?(): void;
}
/** A type of file systems. */
export interface FileSystemType {
  /** Needs no block device. */
  readonly nodev: boolean;
  /** @param device what is at `source`, for one that needs a block device. Its super block, or -EINVAL (an option, or nothing of this type is on the device), or -ENOMEM. */
  mount(device: VNode | undefined, source: string, options: readonly string[]): SuperBlock | number;
}
interface Mounted extends Mount {
  readonly over: DirNode;
  readonly superBlock: SuperBlock;
}

const OPTIONS_OF_MOUNT = new Set(['rw', 'defaults', 'relatime', 'loop']);

export interface Mounts {
  /** Root of what was mounted last on a directory; the directory itself where nothing is. `path`: where the directory was reached, '/mnt': one that is seen at two places is covered at one. */
  follow(dir: DirNode, path: () => string): DirNode;
  /** mount(2): 0; -ENODEV (no such type), -ENOTBLK (the source is no block device), -ENOENT (it does not exist), -EBUSY (it is mounted there already), or what the type answers. */
  mount(source: string, device: VNode | undefined, place: Place, type: string, options: string): number;
  /** umount2(2): 0; -EINVAL: nothing was mounted there; -EBUSY: somebody is in it. `inUse`: is a directory somebody's? */
  umount(place: Place, inUse: (root: DirNode) => boolean): number;
  /** Of the file system a place is in; undefined: it is none that was mounted here. */
  statfs(place: Place): Statfs | undefined;
  list(): readonly Mount[];
}

export function createMounts(types: Readonly<Record<string, FileSystemType>>): Mounts {
  const mounted = remember<Mounted[]>([]);
  function follow(dir: DirNode, path: () => string): DirNode {
    let node = dir;
    for (const { over, dir: where, superBlock } of mounted) if (over === node && where === path()) node = superBlock.root;
    return node;
  }
  const rootOf = (place: Place): DirNode => (place.at(-1) as Place[number]).node;
  return {
    follow,
    mount(source, device, place, type, options) {
      const fs = Object.hasOwn(types, type) ? types[type] : undefined;
      if (fs === undefined) return -ERRNO.ENODEV;
      if (!fs.nodev && device === undefined) return -ERRNO.ENOENT;
      if (!fs.nodev && (device?.kind !== 'file' || device.special !== 'block')) return -ERRNO.ENOTBLK;
      const over = rootOf(place);
      const superBlock = fs.mount(device, source, options.split(',').filter((word) => word !== '' && !OPTIONS_OF_MOUNT.has(word)));
      if (typeof superBlock === 'number') return superBlock;
      if (superBlock.root === over) return -ERRNO.EBUSY;
      mounted.push({ source, dir: placePath(place), type, options: `rw,relatime${superBlock.options === '' ? '' : `,${superBlock.options}`}`, over, superBlock });
      return 0;
    },
    umount(place, inUse) {
      const index = mounted.findLastIndex(({ superBlock, dir }) => superBlock.root === rootOf(place) && dir === placePath(place));
      const found = mounted[index];
      if (found === undefined) return -ERRNO.EINVAL;
      const { root } = found.superBlock;
      if (inUse(root) || mounted.some(({ dir }) => dir.startsWith(`${found.dir}/`))) return -ERRNO.EBUSY;
      mounted.splice(index, 1);
      if (!mounted.some(({ superBlock }) => superBlock.root === root)) found.superBlock.kill?.();
      return 0;
    },
    statfs: (place) => place.toReversed().map(({ node }) => mounted.find(({ superBlock }) => superBlock.root === node)).find((found) => found !== undefined)?.superBlock.statfs(),
    list: () => mounted,
  };
}
