/** Mirrors: the sysfs half of mm/hugetlb.c (6.1): the pool of 2 MiB pages, of the whole machine and of one node. */
import type { Kernel } from '../../kernel/kernel.ts';
import { hugetlbCounts, set_max_huge_pages } from '../../mm/hugetlb.ts';
import { ERRNO } from '../../uapi/errno.ts';
import type { DirNode, FileNode } from '../vnode.ts';
import { attr, kdir } from './kernfs.ts';

/** kstrtoul(): digits in C notation, one newline at most. */
function parseCount(text: string): number | undefined {
  const m = /^\+?(0[xX][0-9a-fA-F]+|\d+)\n?$/.exec(text);
  return m ? Number(m[1]) : undefined;
}
/** Writes set the size of the whole pool; a node's own file is read here only. Source: nr_hugepages_store_common(). */
const nr_hugepages_store = (k: Kernel) => (text: string): number => {
  const count = parseCount(text);
  if (count === undefined) return -ERRNO.EINVAL;
  set_max_huge_pages(k.mm, k.buddy, count);
  return text.length;
};

/** hugepages/ with one directory a size. `nid`: that node's share. */
export function hugepagesDir(k: Kernel, nid?: number): DirNode {
  const { mm } = k;
  const number = (of: 'free' | 'nr' | 'resv' | 'surplus') => (): string => `${hugetlbCounts(mm, nid)[of]}\n`;
  const read = (of: 'free' | 'resv' | 'surplus'): FileNode => attr(0o444, number(of));
  const size = nid === undefined ? attr(0o644, number('nr'), nr_hugepages_store(k)) : attr(0o644, number('nr'), () => -ERRNO.EINVAL);
  const shared = { free_hugepages: read('free'), nr_hugepages: size, surplus_hugepages: read('surplus') };
  const whole = { nr_hugepages_mempolicy: size, nr_overcommit_hugepages: attr(0o644, () => '0\n', () => -ERRNO.EINVAL), resv_hugepages: read('resv') };
  return kdir({ 'hugepages-2048kB': kdir(nid === undefined ? { ...shared, ...whole } : shared) });
}
