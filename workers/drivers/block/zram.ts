/**
 * Mirrors: drivers/block/zram/zram_drv.c (6.1): /dev/zram0, a disk in memory. Its files in /sys/block/zram0: fs/sysfs/zram.ts.
 * Left out: what its pages cost once compressed, and swapped pages' contents. Why: the workloads here fill each page with one value, which zram keeps without a page; and a page's
 * contents are a tag, which the swap area keeps.
 */
import type { FileNode } from '../../kernel/vnode.ts';
import type { Kernel } from '../../mm/kernel.ts';
import type { Kthread } from '../../kernel/kthread.ts';
import { remember } from '../../lib/remember.ts';
import { ERRNO } from '../../uapi/errno.ts';

const INFO = 6;
const PAGE = 4096;
export const SECTOR = 512;
const UNITS: Readonly<Record<string, number>> = { '': 1, k: 2 ** 10, m: 2 ** 20, g: 2 ** 30, t: 2 ** 40 };
/** memparse(): digits and a unit; undefined: nothing of the kind. */
function memparse(text: string): number | undefined {
  const [, digits, unit = ''] = /^\s*(\d+)([kmgtKMGT]?)/.exec(text) ?? [];
  return digits === undefined ? undefined : Number(digits) * (UNITS[unit.toLowerCase()] as number);
}

export interface Zram {
  readonly name: string;
  /** /dev/zramN. */
  readonly node: FileNode;
  /** Bytes, 0: it has no size yet. */
  disksize(): number;
  /** Bytes taken, or -EINVAL, or -EBUSY: it has a size already; is swapped to. */
  disksize_store(text: string): number;
  reset_store(text: string): number;
}
/** @param inUse is the device swapped to? */
export function zram_add(k: Kernel, name: string, inUse: (path: string) => boolean): Zram {
  /** Bytes of the disk, 0: it has no size yet; and pages that were written, by number. */
  const disk = remember({ size: 0 });
  const pages = remember(new Map<number, string>());
  const page = (nr: number): string => pages.get(nr) ?? '\0'.repeat(PAGE);
  function put(data: string, offset: number): void {
    for (let done = 0; done < data.length; ) {
      const nr = Math.floor((offset + done) / PAGE);
      const at = (offset + done) % PAGE;
      const part = data.slice(done, done + PAGE - at);
      const whole = page(nr).slice(0, at) + part + page(nr).slice(at + part.length);
      if (/^\0*$/.test(whole)) pages.delete(nr);
      else pages.set(nr, whole);
      done += part.length;
    }
  }
  const node: FileNode = {
    kind: 'file', mode: 0o660, special: 'block', size: () => disk.size,
    read(offset, count) {
      let text = '';
      for (let at = offset, end = Math.min(disk.size, offset + count); at < end; ) {
        const part = page(Math.floor(at / PAGE)).slice(at % PAGE, (at % PAGE) + end - at);
        text += part;
        at += part.length;
      }
      return text;
    },
    *write(data, offset): Kthread<number> {
      const room = Math.max(0, disk.size - offset);
      if (room === 0 && data.length > 0) return -ERRNO.ENOSPC;
      put(data.slice(0, room), offset);
      return Math.min(data.length, room);
    },
    truncate: () => 0,
  };
  return {
    name, node,
    disksize: () => disk.size,
    disksize_store(text) {
      const size = memparse(text);
      if (size === undefined || size === 0) return -ERRNO.EINVAL;
      if (disk.size > 0) {
        k.mm.printk(INFO, 'zram: Cannot change disksize for initialized device');
        return -ERRNO.EBUSY;
      }
      disk.size = Math.ceil(size / PAGE) * PAGE;
      k.mm.printk(INFO, `${name}: detected capacity change from 0 to ${disk.size / SECTOR}`);
      return text.length;
    },
    reset_store(text) {
      if (!/^[1-9]/.test(text)) return -ERRNO.EINVAL;
      if (inUse(`/dev/${name}`)) return -ERRNO.EBUSY;
      disk.size = 0;
      pages.clear();
      return text.length;
    },
  };
}
