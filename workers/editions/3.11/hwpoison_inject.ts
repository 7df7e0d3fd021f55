/**
 * Mirrors: mm/hwpoison-inject.c and unpoison_memory() (3.11). Files are 0600, though nothing can be read from the two that act; numbers are read as far as they go, and what is none is 0.
 * Left out: what the filter filters by, and giving back a huge page, which stays lost. Why: no device and no memory cgroup stands behind a page here; the pool knows no lost page by its frames.
 */
import { attr } from '../../fs/sysfs/kernfs.ts';
import { dirOf, type DirNode, type FileNode } from '../../kernel/vnode.ts';
import type { Kthread } from '../../kernel/kthread.ts';
import { remember } from '../../lib/remember.ts';
import type { Kernel } from '../../mm/kernel.ts';
import { ClearPageHWPoison, numPoisoned, pfn_valid } from '../../mm/memory_failure.ts';
import { kindOf } from '../../mm/page_flags.ts';
import { compound_head, PageLRU } from '../../mm/mmzone.ts';
import { PageHuge } from '../../mm/hugetlb.ts';
import { coldFlags, PageHWPoison } from '../../mm/page_flags.ts';
import { ERRNO } from '../../uapi/errno.ts';
import { KPF, kpf } from '../../uapi/page_flags.ts';
import { KIND_HWPOISON } from '../../uapi/page_kind.ts';
import { memory_failure } from './memory_failure.ts';

const LEVEL_INFO = 6;
/** simple_strtoll(): 0x…, 0… and decimal, as far as the digits go. Negative frames lie beyond all memory. */
function simple_strtoll(text: string): number {
  const [, sign = '', digits = '0'] = /^(-?)(0[xX][0-9a-fA-F]+|0[0-7]*|[1-9]\d*)/.exec(text) ?? [];
  const value = /^0[0-7]+$/.test(digits) ? Number.parseInt(digits, 8) : Number(digits);
  return sign === '' ? value : 2 ** 64 - value;
}
const file = (read: () => string | number, write: (value: number) => Kthread<number>): FileNode => attr(0o600, read, function* (text): Kthread<number> {
  const ret = yield* write(simple_strtoll(text));
  return ret === 0 ? text.length : ret;
});
function valueFile(held: { value: number }): FileNode {
  return file(() => `${held.value}\n`, function* (value) {
    held.value = value;
    yield;
    return 0;
  });
}
/** ~0U: matches any device. */
const ANY = 0xffff_ffff;

function unpoison_memory({ mm, buddy }: Kernel, pfn: number): number {
  if (!pfn_valid(mm, pfn)) return -ERRNO.ENXIO;
  const say = (what: string): void => mm.printk(LEVEL_INFO, `MCE: ${what} 0x${pfn.toString(16)}`);
  if (!PageHWPoison(mm, pfn)) {
    say('Page was already unpoisoned');
    return 0;
  }
  const flags = coldFlags(mm, pfn);
  if ((flags & kpf(KPF.HUGE)) !== 0) return 0;
  const taken = kindOf(mm, pfn) === KIND_HWPOISON;
  ClearPageHWPoison(mm, pfn);
  if (taken) buddy.free_pages(pfn, 0);
  numPoisoned(mm, -1);
  say(taken && (flags & kpf(KPF.UPTODATE)) === 0 ? 'Software-unpoisoned free page' : 'Software-unpoisoned page');
  return 0;
}

/** Value: the directory for /sys/kernel/debug/hwpoison. */
export function hwpoison_inject(k: Kernel): DirNode {
  const { mm } = k;
  const held = (value: number): { value: number } => remember({ value });
  const enable = held(0);
  const files = {
    'corrupt-filter-dev-major': valueFile(held(ANY)), 'corrupt-filter-dev-minor': valueFile(held(ANY)), 'corrupt-filter-enable': valueFile(enable),
    'corrupt-filter-flags-mask': valueFile(held(0)), 'corrupt-filter-flags-value': valueFile(held(0)),
    'corrupt-pfn': file(() => -ERRNO.EACCES, function* (pfn) {
      // With the filter a page is looked at first: a free one, and the kernel's own, are passed over.
      if (enable.value !== 0 && !pfn_valid(mm, pfn)) return -ERRNO.ENXIO;
      if (enable.value !== 0 && !PageHuge(mm, pfn) && !PageLRU(mm, compound_head(mm, pfn))) return 0;
      mm.printk(LEVEL_INFO, `Injecting memory failure at pfn ${pfn.toString(16)}`);
      return yield* memory_failure(k, pfn, enable.value === 0);
    }),
    'unpoison-pfn': file(() => -ERRNO.EACCES, function* (pfn) {
      yield;
      return unpoison_memory(k, pfn);
    }),
  };
  return dirOf(0o755, () => files);
}
