/**
 * Mirrors: mm/oom_kill.c (6.1), as far as an allocation without a page needs it: the process with the most memory is killed, its memory is reaped at once, and the allocation tries again.
 * Left out: cpusets, memory cgroups, panic_on_oom. Why: nothing here sets them.
 */
import { FN } from '../uapi/functions.ts';
import { EV } from '../uapi/trace.ts';
import { CALL_TRACES, dump_stack, type Running } from './dump_stack.ts';
import type { Mm } from './mm.ts';
import type { Buddy } from './page_alloc.ts';
import { show_mem } from './show_mem.ts';

const ERR = 3;
const WARN = 4;
const INFO = 6;
const KB_PER_PAGE = 4;
const PAGE_BYTES = 4096;
/** What a process has mapped besides what it touched: program text and libraries, pages; and what of that it shares. */
const PROGRAM_PAGES = 601;
const SHARED_PAGES = 129;

/** A process as the OOM killer sees it: pages, and pages of page table. */
export interface Task {
  readonly pid: number;
  readonly name: string;
  readonly anon: number;
  readonly tables: number;
}
/** What the allocation was for. */
export interface Wanted {
  readonly gfp: string;
  readonly order: number;
  readonly frames: readonly string[];
}
export const WANTED: Readonly<Record<'child' | 'page' | 'pgd', Wanted>> = {
  page: { gfp: '0x140cca(GFP_HIGHUSER_MOVABLE|__GFP_COMP)', order: 0, frames: CALL_TRACES.page_fault },
  child: { gfp: '0x140cca(GFP_HIGHUSER_MOVABLE|__GFP_COMP)', order: 0, frames: CALL_TRACES.copy_on_write },
  pgd: { gfp: '0x400dc0(GFP_KERNEL_ACCOUNT|__GFP_ZERO)', order: 1, frames: CALL_TRACES.pgd_alloc },
};
const rss = (task: Task): number => task.anon + SHARED_PAGES;
/** Source: oom_badness() without an adjustment. */
const oom_badness = (task: Task): number => rss(task) + task.tables;
const wide = (n: number, width: number): string => String(n).padStart(width);

/** Source: dump_tasks(). */
function dump_tasks(mm: Mm, tasks: readonly Task[]): void {
  mm.printk(INFO, 'Tasks state (memory values in pages):');
  mm.printk(INFO, '[  pid  ]   uid  tgid total_vm      rss pgtables_bytes swapents oom_score_adj name');
  for (const task of tasks.toSorted((a, b) => a.pid - b.pid)) {
    const columns = `${wide(task.anon + PROGRAM_PAGES, 8)} ${wide(rss(task), 8)} ${wide(task.tables * PAGE_BYTES, 8)} ${wide(0, 8)}         ${wide(0, 5)}`;
    mm.printk(INFO, `[${wide(task.pid, 7)}] ${wide(0, 5)} ${wide(task.pid, 5)} ${columns} ${task.name}`);
  }
}

/** Who is killed, or undefined: there is nobody with memory. The caller takes the memory back. Source: out_of_memory(), oom_kill_process(). */
export function out_of_memory(mm: Mm, buddy: Buddy, who: Running, wanted: Wanted, tasks: readonly Task[]): Task | undefined {
  const victim = tasks.reduce<Task | undefined>((worst, task) => (worst === undefined || oom_badness(task) > oom_badness(worst) ? task : worst), undefined);
  if (victim === undefined || victim.anon === 0) return undefined;
  mm.trace(EV.sim_func_entry, FN.out_of_memory, victim.pid);
  mm.printk(WARN, `${who.comm} invoked oom-killer: gfp_mask=${wanted.gfp}, order=${wanted.order}, oom_score_adj=${who.oom_score_adj ?? 0}`);
  dump_stack(mm, who, [...CALL_TRACES.out_of_memory, ...wanted.frames]);
  show_mem(mm, buddy);
  dump_tasks(mm, tasks);
  mm.printk(INFO, `oom-kill:constraint=CONSTRAINT_NONE,nodemask=(null),cpuset=/,mems_allowed=0,global_oom,task_memcg=/,task=${victim.name},pid=${victim.pid},uid=0`);
  const kB = (pages: number): string => `${KB_PER_PAGE * pages}kB`;
  mm.printk(ERR, `Out of memory: Killed process ${victim.pid} (${victim.name}) total-vm:${kB(victim.anon + PROGRAM_PAGES)}, anon-rss:${kB(victim.anon)}, file-rss:0kB, shmem-rss:${kB(SHARED_PAGES)}, UID:0 pgtables:${kB(victim.tables)} oom_score_adj:0`);
  mm.trace(EV.sim_func_exit, FN.out_of_memory, 0);
  return victim;
}
