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
  /**
   * What happens to a chunk of memory that comes online: a driver that added a block keeps some of it back. False: not its memory, the allocator gets it.
   * Source: set_online_page_callback().
   */
  online_page_callback?: (pfn: number, order: number) => boolean;
  /** Sends a signal to a process, by its pid: how the kernel itself ends one. Absent: there are no processes. */
  kill?: (pid: number, signal: number) => void;
}
