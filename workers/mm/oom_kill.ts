/**
 * Mirrors: mm/oom_kill.c (6.1), as far as an allocation without a page needs it: the process with the most memory is killed, its memory is reaped at once, and the allocation tries again.
 * Left out: cpusets, memory cgroups, panic_on_oom. Why: nothing here sets them.
 */
import { FN } from '../uapi/functions.ts';
import { H_TOTALRAM } from '../uapi/layout.ts';
import { EV } from '../uapi/trace.ts';
import { CALL_TRACES, dump_stack, type Running } from './dump_stack.ts';
import type { Mm } from './mm.ts';
import type { Buddy } from './page_alloc.ts';
import { show_mem } from './show_mem.ts';
import { swapSpace } from './swap.ts';
import { count_vm_event, VM } from './vm_event.ts';
import { onlineNodes } from './zonelist.ts';

const ERR = 3;
const WARN = 4;
const INFO = 6;
const KB_PER_PAGE = 4;
const PAGE_BYTES = 4096;
/** What a process has mapped besides what it touched: program text and libraries, pages; and what of that it shares. */
const PROGRAM_PAGES = 601;
const SHARED_PAGES = 129;

/** A process as the OOM killer sees it: pages, pages of page table, and what its owner says about killing it (-1000: never, 1000: first). */
export interface Task {
  readonly pid: number;
  readonly name: string;
  readonly anon: number;
  readonly tables: number;
  readonly swapents: number;
  readonly oom_score_adj: number;
  /** Mapped, and present with what it shares; absent: that of a small program with so much memory. */
  readonly total_vm?: number;
  readonly rss?: number;
}
const OOM_SCORE_ADJ_MIN = -1000;
const OOM_SCORE_ADJ_MAX = 1000;
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
const rssOf = (task: Task): number => task.rss ?? task.anon + SHARED_PAGES;
const totalVm = (task: Task): number => task.total_vm ?? task.anon + task.swapents + PROGRAM_PAGES;
/** Points, in pages: who has most is killed. -Infinity: not to be killed. `totalpages`: memory and swap. Source: oom_badness(). */
function oom_badness(task: Task, totalpages: number): number {
  if (task.oom_score_adj === OOM_SCORE_ADJ_MIN) return Number.NEGATIVE_INFINITY;
  return rssOf(task) + task.swapents + task.tables + task.oom_score_adj * Math.floor(totalpages / OOM_SCORE_ADJ_MAX);
}
const wide = (n: number, width: number): string => String(n).padStart(width);

/** All that a process could take: memory and swap, pages. */
const totalpagesOf = (mm: Mm): number => (mm.t.header[H_TOTALRAM] as number) + (swapSpace(mm)?.total_swap_pages() ?? 0);
/** Points of 1000, from 0 (not to be killed) to 2000. Source: proc_oom_score(). */
export function oom_score(mm: Mm, task: Task): number {
  const totalpages = totalpagesOf(mm);
  const points = oom_badness(task, totalpages);
  return points === Number.NEGATIVE_INFINITY ? 0 : Math.trunc(((OOM_SCORE_ADJ_MAX + Math.trunc((points * OOM_SCORE_ADJ_MAX) / totalpages)) * 2) / 3);
}
/** Source: dump_tasks(). */
function dump_tasks(mm: Mm, tasks: readonly Task[]): void {
  mm.printk(INFO, 'Tasks state (memory values in pages):');
  mm.printk(INFO, '[  pid  ]   uid  tgid total_vm      rss pgtables_bytes swapents oom_score_adj name');
  for (const task of tasks.toSorted((a, b) => a.pid - b.pid)) {
    const columns = `${wide(totalVm(task), 8)} ${wide(rssOf(task), 8)} ${wide(task.tables * PAGE_BYTES, 8)} ${wide(task.swapents, 8)}         ${wide(task.oom_score_adj, 5)}`;
    mm.printk(INFO, `[${wide(task.pid, 7)}] ${wide(0, 5)} ${wide(task.pid, 5)} ${columns} ${task.name}`);
  }
}

/** Who is killed, or undefined: there is nobody with memory. The caller takes the memory back. Source: out_of_memory(), oom_kill_process(). */
export function out_of_memory(mm: Mm, buddy: Buddy, who: Running, wanted: Wanted, tasks: readonly Task[]): Task | undefined {
  const totalpages = totalpagesOf(mm);
  let victim: Task | undefined;
  let most = Number.NEGATIVE_INFINITY;
  for (const task of tasks) {
    const points = oom_badness(task, totalpages);
    if (points <= most) continue;
    most = points;
    victim = task;
  }
  if (victim === undefined || victim.anon + victim.swapents === 0) return undefined;
  mm.trace(EV.sim_func_entry, FN.out_of_memory, victim.pid);
  mm.printk(WARN, `${who.comm} invoked oom-killer: gfp_mask=${wanted.gfp}, order=${wanted.order}, oom_score_adj=${who.oom_score_adj ?? 0}`);
  dump_stack(mm, who, [...CALL_TRACES.out_of_memory, ...wanted.frames]);
  show_mem(mm, buddy);
  dump_tasks(mm, tasks);
  mm.printk(INFO, `oom-kill:constraint=CONSTRAINT_NONE,nodemask=(null),cpuset=/,mems_allowed=${onlineNodes(mm).join(',')},global_oom,task_memcg=/,task=${victim.name},pid=${victim.pid},uid=0`);
  const kB = (pages: number): string => `${KB_PER_PAGE * pages}kB`;
  count_vm_event(mm, VM.oom_kill);
  mm.trace(EV.mark_victim, victim.pid);
  mm.printk(ERR, `Out of memory: Killed process ${victim.pid} (${victim.name}) total-vm:${kB(totalVm(victim))}, anon-rss:${kB(victim.anon)}, file-rss:0kB, shmem-rss:${kB(SHARED_PAGES)}, UID:0 pgtables:${kB(victim.tables)} oom_score_adj:${victim.oom_score_adj}`);
  mm.trace(EV.sim_func_exit, FN.out_of_memory, 0);
  return victim;
}
