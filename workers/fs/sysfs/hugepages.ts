/** Mirrors: the sysfs half of mm/hugetlb.c (6.1): the pools of huge pages by size, of the whole machine and of one node. */
import type { Kernel } from '../../mm/kernel.ts';
import type { Kthread } from '../../kernel/kthread.ts';
import { type Hstate, hstate_is_gigantic, hstates, hugetlbCounts } from '../../mm/hugetlb.ts';
import { set_max_huge_pages } from '../../mm/hugetlb_pool.ts';
import { kb_per_page, M_HUGETLB_OVERCOMMIT } from '../../mm/mm.ts';
import { ERRNO } from '../../uapi/errno.ts';
import type { DirNode, FileNode } from '../../kernel/vnode.ts';
import { attr, kdir } from './kernfs.ts';

/** kstrtoul(): digits in C notation, one newline at most. */
function parseCount(text: string): number | undefined {
  const m = /^\+?(0[xX][0-9a-fA-F]+|\d+)\n?$/.exec(text);
  return m ? Number(m[1]) : undefined;
}
/** Writes set the size of the whole pool, or of a node's share. Source: nr_hugepages_store_common(). */
const nr_hugepages_store = (k: Kernel, h: Hstate, nid: number | undefined) => function* (text: string): Kthread<number> {
  const count = parseCount(text);
  if (count === undefined) return -ERRNO.EINVAL;
  yield* set_max_huge_pages(k, count, h, nid);
  return text.length;
};
/** Pages of 1 GiB are never made for a mapping. Source: nr_overcommit_hugepages_store(). */
function nr_overcommit(k: Kernel, h: Hstate): FileNode {
  const { word } = k.mm.t.misc;
  return attr(0o644, () => `${word[h.base + M_HUGETLB_OVERCOMMIT]}\n`, (text) => {
    const count = parseCount(text);
    if (count === undefined || hstate_is_gigantic(h)) return -ERRNO.EINVAL;
    word[h.base + M_HUGETLB_OVERCOMMIT] = count;
    return text.length;
  });
}

/** hugepages/ with one directory a size. `nid`: that node's share. */
export function hugepagesDir(k: Kernel, nid?: number): DirNode {
  const { mm } = k;
  const pool = (h: Hstate): DirNode => {
    const number = (of: 'free' | 'nr' | 'resv' | 'surplus') => (): string => `${hugetlbCounts(mm, nid, h)[of]}\n`;
    const read = (of: 'free' | 'resv' | 'surplus'): FileNode => attr(0o444, number(of));
    const size = attr(0o644, number('nr'), nr_hugepages_store(k, h, nid));
    const shared = { free_hugepages: read('free'), nr_hugepages: size, surplus_hugepages: read('surplus') };
    return kdir(nid === undefined ? { ...shared, nr_hugepages_mempolicy: size, nr_overcommit_hugepages: nr_overcommit(k, h), resv_hugepages: read('resv') } : shared);
  };
  return kdir(Object.fromEntries(hstates(mm).map((h) => [`hugepages-${h.pages * kb_per_page(mm)}kB`, pool(h)])));
}
