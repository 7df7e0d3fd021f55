/** Mirrors: mm/cma_debug.c (6.1): /sys/kernel/debug/cma: an area as numbers, and two files that take pages of it and give them back. */
import { type CmaArea, cma_alloc, cma_release } from '../../mm/cma.ts';
import type { Kernel } from '../../mm/kernel.ts';
import type { Kthread } from '../../kernel/kthread.ts';
import { remember } from '../../lib/remember.ts';
import { ERRNO } from '../../uapi/errno.ts';
import { attr } from '../sysfs/kernfs.ts';
import { dirOf, type DirNode, type FileNode, textFile } from '../../kernel/vnode.ts';

/** A write of a number of pages. */
const pagesFile = (act: (pages: number) => Kthread<number>): FileNode => attr(0o200, () => -ERRNO.EACCES, function* (text): Kthread<number> {
  const number = /^\s*(0[xX][0-9a-fA-F]+|\d+)\s*$/.exec(text)?.[1];
  if (number === undefined) return -ERRNO.EINVAL;
  const ret = yield* act(Number(number));
  return ret === 0 ? text.length : ret;
});
const number = (value: () => number): FileNode => textFile(0o444, () => `${value()}\n`);

/** Longest run of pages that no device has. */
function maxchunk({ bitmap }: CmaArea): number {
  let longest = 0;
  let run = 0;
  for (const bit of bitmap) {
    run = bit === 0 ? run + 1 : 0;
    if (run > longest) longest = run;
  }
  return longest;
}
/** The bits as 32-bit words, lowest first, parted by blanks. */
function words({ bitmap }: CmaArea): string {
  const out: number[] = [];
  for (let at = 0; at < bitmap.length; at += 32) {
    let word = 0;
    for (let i = 0; i < 32 && at + i < bitmap.length; i++) word += (bitmap[at + i] as number) * 2 ** i;
    out.push(word);
  }
  return `${out.join(' ')}\n`;
}

function areaDir(k: Kernel, area: CmaArea): DirNode {
  /** What was taken by `alloc`, the newest last. */
  const taken = remember<{ readonly pfn: number; readonly pages: number }[]>([]);
  const files = {
    alloc: pagesFile(function* (pages) {
      const pfn = yield* cma_alloc(k, area, pages, 0);
      if (pfn < 0) return -ERRNO.ENOMEM;
      taken.push({ pfn, pages });
      return 0;
    }),
    free: pagesFile(function* (pages) {
      yield;
      for (let left = pages; left > 0; ) {
        const last = taken.pop();
        if (last === undefined) break;
        const n = Math.min(left, last.pages);
        cma_release(k, area, last.pfn, n);
        if (n < last.pages) taken.push({ pfn: last.pfn + n, pages: last.pages - n });
        left -= n;
      }
      return 0;
    }),
    base_pfn: number(() => area.base_pfn), bitmap: textFile(0o444, () => words(area)), count: number(() => area.count), maxchunk: number(() => maxchunk(area)), order_per_bit: number(() => 0),
    used: number(() => area.bitmap.reduce((sum, bit) => sum + bit, 0)),
  };
  return dirOf(0o755, () => files);
}
/** The directory. */
export function cma(k: Kernel): DirNode {
  const areas = Object.fromEntries((k.cma ?? []).map((area) => [area.name, areaDir(k, area)]));
  return dirOf(0o755, () => areas);
}
