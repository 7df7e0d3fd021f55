/** File systems that can be mounted, and what was there from the beginning: tmpfs, ramfs, ext4, and the kernel's own a second time. */
import { FIRST_DISK, type Ext4, ext4 } from '../fs/ext4.ts';
import { dropTree, pagesOf, tmpfs, tmpfsDir } from '../fs/tmpfs.ts';
import type { RamDisk } from '../drivers/block/brd.ts';
import type { FileSystemType, Statfs, SuperBlock } from '../kernel/mount.ts';
import type { FileNode, VNode } from '../kernel/vnode.ts';
import type { DirNode } from '../kernel/vnode.ts';
import { remember } from '../lib/remember.ts';
import type { Kernel } from '../mm/kernel.ts';
import { page_size } from '../mm/mm.ts';
import { createFramesOfFiles, type FramesOfFiles } from '../mm/shmem.ts';
import { ERRNO } from '../uapi/errno.ts';
import { H_TOTALRAM } from '../uapi/layout.ts';

/** struct ext4_super_block: where it begins on the disk, and its fields, as mkfs writes them. */
const SUPER_AT = 1024;
const S_BLOCKS_COUNT = 4;
const S_FREE_BLOCKS = 12;
const S_LOG_BLOCK_SIZE = 24;
const S_MAGIC = 56;
const S_UUID = 104;
const SUPER_BYTES = 1024;
const MAGIC = '\x53\xef';
const INFO = 6;

const UNITS: Readonly<Record<string, number>> = { '': 1, k: 2 ** 10, m: 2 ** 20, g: 2 ** 30 };
/** Bytes all files of one tmpfs may hold here, whatever its size option says: they are held in a string each. */
const MOST = 2 ** 30;

interface Options {
  readonly bytes: number | undefined;
  readonly mode: number | undefined;
}
/** size=, mode= and the names tmpfs knows; undefined: one it does not. Source: shmem_parse_one(), ramfs_parse_param(). */
function parseOptions(k: Kernel, options: readonly string[], total: number): Options | undefined {
  let bytes: number | undefined;
  let mode: number | undefined;
  for (const option of options) {
    const [, key = '', value = ''] = /^([^=]*)=?(.*)$/.exec(option) ?? [];
    const size = /^(\d+)([kKmMgG%]?)$/.exec(value);
    if (key === 'size' && size) bytes = size[2] === '%' ? Math.floor((Number(size[1]) * total) / 100) : Number(size[1]) * (UNITS[(size[2] as string).toLowerCase()] as number);
    else if (key === 'mode' && /^[0-7]{1,4}$/.test(value)) mode = Number.parseInt(value, 8);
    else if (!/^(nr_inodes|nr_blocks|uid|gid)=\d+$|^noswap$|^huge=/.test(option)) {
      k.mm.printk(3, key === 'size' || key === 'mode' ? `tmpfs: Bad value for '${key}'` : `tmpfs: Unknown parameter '${key}'`);
      return undefined;
    }
  }
  return { bytes, mode };
}

export interface FileSystems {
  readonly types: Readonly<Record<string, FileSystemType>>;
  /** The first disk, for /dev. */
  readonly vda: FileNode;
  /** Its file system, for /srv. */
  readonly srv: Ext4;
  /** Frames of files of the tree the machine boots with. */
  readonly rootFrames: FramesOfFiles;
  statfsSrv(): Statfs;
}
export interface Below {
  readonly now: () => number;
  readonly ramDisks: () => readonly RamDisk[];
  /** What is mounted on a directory since boot. */
  readonly at: (path: string) => DirNode | undefined;
}

export function createFileSystems(k: Kernel, { now, ramDisks, at }: Below): FileSystems {
  const { mm } = k;
  const PAGE = page_size(mm);
  const pages = (bytes: number): number => Math.ceil(bytes / PAGE);
  const slab = k.slab as NonNullable<Kernel['slab']>;
  const filemap = k.filemap as NonNullable<Kernel['filemap']>;
  const srv = ext4(k, slab, filemap, now);
  const vda: FileNode = { kind: 'file', mode: 0o660, special: 'block', size: () => FIRST_DISK.bytes, read: (offset, count) => '\0'.repeat(Math.max(0, Math.min(count, FIRST_DISK.bytes - offset))) };
  /** Disks that were mounted, by device: which mkfs made what is on them, and its files. */
  const disks = remember(new Map<VNode, { uuid: string; fs: Ext4; superBlock: SuperBlock }>());
  const counter = remember({ disks: 0 });

  function memory(type: 'tmpfs' | 'ramfs'): FileSystemType {
    const frames = createFramesOfFiles(k, type);
    return {
      nodev: true,
      mount(_, __, options) {
        const total = (mm.t.header[H_TOTALRAM] as number) * PAGE;
        const parsed = parseOptions(k, options, total);
        if (parsed === undefined) return -ERRNO.EINVAL;
        const half = Math.floor(total / PAGE / 2) * PAGE;
        const size = type === 'ramfs' ? MOST : pages(parsed.bytes ?? half) * PAGE;
        const mode = parsed.mode ?? (type === 'ramfs' ? 0o755 : 0o1777);
        const tree = remember(tmpfsDir(mode));
        const root = tmpfs(tree, { frames, maxBytes: Math.min(size, MOST), made: () => mm.edition.grow_caches(k, 1), now });
        const shown = type === 'ramfs' ? [] : [
          ...(parsed.bytes === undefined ? [] : [`size=${size / 1024}k`]), ...(mode === 0o1777 ? [] : [`mode=${mode.toString(8)}`]), ...(mm.edition.name === '6.1' ? ['inode64'] : []),
        ];
        return {
          root, options: shown.join(','), kill: () => dropTree(tree, frames),
          statfs() {
            if (type === 'ramfs') return { bsize: PAGE, blocks: 0, bfree: 0, bavail: 0 };
            const free = size / PAGE - pagesOf(tree);
            return { bsize: PAGE, blocks: size / PAGE, bfree: free, bavail: free };
          },
        };
      },
    };
  }
  const statfsOf = (fs: Ext4, blocks: number, free: number): Statfs => {
    const left = Math.max(0, free - pages(fs.used()));
    // A twentieth is kept for root.
    return { bsize: PAGE, blocks, bfree: left, bavail: Math.max(0, left - Math.floor(blocks / 20)) };
  };
  const statfsSrv = (): Statfs => statfsOf(srv, FIRST_DISK.bytes / PAGE, FIRST_DISK.bytes / PAGE);
  const onDisk: FileSystemType = {
    nodev: false,
    mount(device, source) {
      const mountedAs = source.replace(/^.*\//, '');
      const told = (superBlock: SuperBlock): SuperBlock => {
        mm.printk(INFO, `EXT4-fs (${mountedAs}): mounted filesystem with ordered data mode. Quota mode: none.`);
        return superBlock;
      };
      if (device === vda) return told({ root: srv.root, options: '', statfs: statfsSrv });
      const head = device?.kind === 'file' ? device.read(SUPER_AT, SUPER_BYTES) : -ERRNO.EINVAL;
      if (typeof head === 'number' || device === undefined) return -ERRNO.EINVAL;
      if (head.slice(S_MAGIC, S_MAGIC + 2) !== MAGIC) {
        mm.printk(3, `EXT4-fs (${mountedAs}): VFS: Can't find ext4 filesystem`);
        return -ERRNO.EINVAL;
      }
      const le32 = (offset: number): number => [3, 2, 1, 0].reduce((sum, byte) => sum * 256 + head.charCodeAt(offset + byte), 0);
      const uuid = head.slice(S_UUID, S_UUID + 16);
      const known = disks.get(device);
      if (known?.uuid === uuid) return told(known.superBlock);
      const bytes = 1024 * 2 ** le32(S_LOG_BLOCK_SIZE);
      const free = Math.floor((le32(S_FREE_BLOCKS) * bytes) / PAGE);
      const ram = ramDisks().find(({ node }) => node === device);
      const fs = ext4(k, slab, filemap, now, { nr: ++counter.disks, bytes: free * PAGE, tree: false, ...(ram && { grow: ram.grow }) });
      const superBlock: SuperBlock = { root: fs.root, options: '', statfs: () => statfsOf(fs, Math.floor((le32(S_BLOCKS_COUNT) * bytes) / PAGE), free), kill: () => fs.umount() };
      disks.set(device, { uuid, fs, superBlock });
      return told(superBlock);
    },
  };
  const again = (path: string): FileSystemType => ({
    nodev: true,
    mount() {
      const root = at(path);
      return root === undefined ? -ERRNO.ENODEV : { root, options: '', statfs: () => ({ bsize: PAGE, blocks: 0, bfree: 0, bavail: 0 }) };
    },
  });
  return {
    srv, vda, statfsSrv, rootFrames: createFramesOfFiles(k, 'tmpfs'),
    types: {
      tmpfs: memory('tmpfs'), ramfs: memory('ramfs'), ext4: onDisk,
      proc: again('/proc'), sysfs: again('/sys'), devtmpfs: again('/dev'), debugfs: again('/sys/kernel/debug'), tracefs: again('/sys/kernel/tracing'),
    },
  };
}
