/** Mirrors: attributes of drivers/block/zram/zram_drv.c (6.1): /sys/block/zramN. */
import { SECTOR, type Zram } from '../../drivers/block/zram.ts';
import { ERRNO } from '../../uapi/errno.ts';
import type { DirNode } from '../../kernel/vnode.ts';
import { attr, kdir } from './kernfs.ts';

export const zramDir = ({ disksize, disksize_store, reset_store }: Zram): DirNode => kdir({
  comp_algorithm: attr(0o644, () => 'lzo [lzo-rle] lz4 lz4hc 842 zstd\n', (text) => (disksize() > 0 ? -ERRNO.EBUSY : text.length)),
  disksize: attr(0o644, () => `${disksize()}\n`, disksize_store),
  initstate: attr(0o444, () => `${disksize() > 0 ? 1 : 0}\n`),
  reset: attr(0o200, () => -ERRNO.EPERM, reset_store),
  ro: attr(0o444, () => '0\n'),
  size: attr(0o444, () => `${disksize() / SECTOR}\n`),
});
