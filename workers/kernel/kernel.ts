/** A booted kernel: the bundle `mm` and the parts that are not tables of numbers. */
import type { DirNode } from '../fs/vnode.ts';
import type { Buddy } from '../mm/page_alloc.ts';
import type { Mm } from '../mm/mm.ts';
import type { NotifierChain } from './notifier.ts';
import type { Resource } from './resource.ts';

export interface Kernel {
  readonly mm: Mm;
  readonly buddy: Buddy;
  readonly memory_chain: NotifierChain;
  /** /proc/iomem. */
  readonly iomem: Resource;
  /** '/': proc, sys, tmp, etc. */
  readonly root: DirNode;
}
