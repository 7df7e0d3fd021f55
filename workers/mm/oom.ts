/** Mirrors: include/linux/oom.h (6.1): what the OOM killers of all editions share: a process as they see it, and what the allocation was for. */
import { H_TOTALRAM } from '../uapi/layout.ts';
import type { Running } from './dump_stack.ts';
import type { Mm } from './mm.ts';
import type { Buddy } from './page_alloc.ts';
import { swapSpace } from './swap.ts';

/** Memory in pages. What a program's text and libraries come to is not in it: each edition knows that of its programs. */
export interface Task {
  readonly pid: number;
  /** Of its parent, which may be gone. */
  readonly ppid: number;
  readonly name: string;
  readonly uid: number;
  /** When it was started, ms since boot. */
  readonly started: number;
  /** In its mappings, present or not. */
  readonly mapped: number;
  /** Present: private, of files, shared. Pages of the hugetlb pool are in none of them. */
  readonly anon: number;
  readonly file: number;
  readonly shmem: number;
  readonly swapents: number;
  /** Page tables below the top level. */
  readonly tables: number;
  /** What its owner says about killing it: until 2.6.35 oom_adj, -16 to 15, then oom_score_adj, from -1000 (never) to 1000 (first). */
  readonly oom_score_adj: number;
  /** Mapped and present with text and libraries, where they are known of this very process. */
  readonly total_vm?: number;
  readonly rss?: number;
}
/** A page of its own that a process touches for the first time; one it shares after a fork and writes to; a page table or kernel stack. */
export type Wanted = 'page' | 'copy' | 'table';

/** The OOM killer of an edition. */
export interface OomKiller {
  /**
   * An allocation for `who` found nothing: tells the log and chooses who is killed for it; undefined: there is nobody whose death would free memory.
   * The caller kills, takes the memory back and asks again.
   */
  out_of_memory(mm: Mm, buddy: Buddy, who: Running, wanted: Wanted, tasks: readonly Task[]): Task | undefined;
  /** /proc/PID/oom_score. `tasks`: all processes, for an edition that counts their children: to look through the memory of each takes time. */
  oom_score(mm: Mm, task: Task, tasks: () => readonly Task[]): number;
  /** The file of a process in which its owner says what killing it is worth, and from where to where. */
  readonly adjust: { readonly file: 'oom_adj' | 'oom_score_adj'; readonly min: number; readonly max: number };
}

/** All that a process could take: memory and swap, pages. */
export const totalpages = (mm: Mm): number => (mm.t.header[H_TOTALRAM] as number) + (swapSpace(mm)?.total_swap_pages() ?? 0);
/** Does anything of the process's lie in memory or swap that its death would free? */
export const freesMemory = ({ anon, swapents, shmem }: Task): boolean => anon + swapents + shmem > 0;
