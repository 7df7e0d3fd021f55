/** Mirrors: split_huge_pages_write() of mm/huge_memory.c (6.1): /sys/kernel/debug/split_huge_pages: `1` splits every huge page of processes. Left out: those of one process's addresses. */
import type { Kernel } from '../../mm/kernel.ts';
import { split_huge_pages_all } from '../../mm/huge_memory.ts';
import { ERRNO } from '../../uapi/errno.ts';
import { attr } from '../sysfs/kernfs.ts';
import type { FileNode } from '../../kernel/vnode.ts';

export const splitHugePages = ({ mm, buddy }: Kernel): FileNode => attr(0o200, () => -ERRNO.EINVAL, (text) => {
  if (!/^\s*\+?0*1\b/.test(text)) return -ERRNO.EINVAL;
  split_huge_pages_all(mm, buddy);
  return text.length;
});
