/**
 * Mirrors: mm/oom_kill.c (6.1), as far as an allocation without a page needs it: the process with the most memory is killed, its memory is reaped at once, and the allocation tries again.
 * Left out: cpusets, memory cgroups, panic_on_oom. Why: nothing here sets them.
 */
import { FN } from '../uapi/functions.ts';
import { EV } from '../uapi/trace.ts';
import { CALL_TRACES, dump_stack, type Running } from './dump_stack.ts';
import { type Mm, page_size } from './mm.ts';
import { freesMemory, type OomKiller, type Task, totalpages, type Wanted } from './oom.ts';
import type { Buddy } from './page_alloc.ts';
import { show_mem } from './show_mem.ts';
import { count_vm_event, VM } from './vm_event.ts';
import { onlineNodes } from './zonelist.ts';

const ERR = 3;
const WARN = 4;
const INFO = 6;
/** What a process has mapped besides what it touched, as the recorded programs have it: text and libraries, bytes; and what of that it shares. */
const PROGRAM_BYTES = 601 * 4096;
const SHARED_BYTES = 129 * 4096;
const OOM_SCORE_ADJ_MIN = -1000;
const OOM_SCORE_ADJ_MAX = 1000;
const ASKS: Readonly<Record<Wanted, { readonly gfp: string; readonly order: number; readonly frames: readonly string[] }>> = {
  page: { gfp: '0x140cca(GFP_HIGHUSER_MOVABLE|__GFP_COMP)', order: 0, frames: CALL_TRACES.page_fault },
  copy: { gfp: '0x140cca(GFP_HIGHUSER_MOVABLE|__GFP_COMP)', order: 0, frames: CALL_TRACES.copy_on_write },
  table: { gfp: '0x400dc0(GFP_KERNEL_ACCOUNT|__GFP_ZERO)', order: 1, frames: CALL_TRACES.pgd_alloc },
};
const shared = (mm: Mm, task: Task): number => task.shmem + Math.ceil(SHARED_BYTES / page_size(mm));
const rssOf = (mm: Mm, task: Task): number => task.rss ?? task.anon + task.file + shared(mm, task);
const totalVm = (mm: Mm, task: Task): number => task.total_vm ?? task.mapped + Math.ceil(PROGRAM_BYTES / page_size(mm));
/** Points, in pages: who has most is killed. -Infinity: not to be killed. `total`: memory and swap. Source: oom_badness(). */
function oom_badness(mm: Mm, task: Task, total: number): number {
  if (task.oom_score_adj === OOM_SCORE_ADJ_MIN) return Number.NEGATIVE_INFINITY;
  return rssOf(mm, task) + task.swapents + task.tables + task.oom_score_adj * Math.floor(total / OOM_SCORE_ADJ_MAX);
}
const wide = (n: number, width: number): string => String(n).padStart(width);

/** Points of 1000, from 0 (not to be killed) to 2000. Source: proc_oom_score(). */
function oom_score(mm: Mm, task: Task): number {
  const total = totalpages(mm);
  const points = oom_badness(mm, task, total);
  return points === Number.NEGATIVE_INFINITY ? 0 : Math.trunc(((OOM_SCORE_ADJ_MAX + Math.trunc((points * OOM_SCORE_ADJ_MAX) / total)) * 2) / 3);
}
/** Source: dump_tasks(). */
function dump_tasks(mm: Mm, tasks: readonly Task[]): void {
  mm.printk(INFO, 'Tasks state (memory values in pages):');
  mm.printk(INFO, '[  pid  ]   uid  tgid total_vm      rss pgtables_bytes swapents oom_score_adj name');
  for (const task of tasks.toSorted((a, b) => a.pid - b.pid)) {
    const columns = `${wide(totalVm(mm, task), 8)} ${wide(rssOf(mm, task), 8)} ${wide(task.tables * page_size(mm), 8)} ${wide(task.swapents, 8)}         ${wide(task.oom_score_adj, 5)}`;
    mm.printk(INFO, `[${wide(task.pid, 7)}] ${wide(task.uid, 5)} ${wide(task.pid, 5)} ${columns} ${task.name}`);
  }
}

/** Who is killed, or undefined: there is nobody with memory. The caller takes the memory back. Source: out_of_memory(), oom_kill_process(). */
function out_of_memory(mm: Mm, buddy: Buddy, who: Running, wanted: Wanted, tasks: readonly Task[]): Task | undefined {
  const total = totalpages(mm);
  let victim: Task | undefined;
  let most = Number.NEGATIVE_INFINITY;
  for (const task of tasks) {
    const points = oom_badness(mm, task, total);
    if (points <= most) continue;
    most = points;
    victim = task;
  }
  if (victim === undefined || !freesMemory(victim)) return undefined;
  const { gfp, order, frames } = ASKS[wanted];
  mm.trace(EV.sim_func_entry, FN.out_of_memory, victim.pid);
  mm.printk(WARN, `${who.comm} invoked oom-killer: gfp_mask=${gfp}, order=${order}, oom_score_adj=${who.oom_score_adj ?? 0}`);
  dump_stack(mm, who, [...CALL_TRACES.out_of_memory, ...frames]);
  show_mem(mm, buddy);
  dump_tasks(mm, tasks);
  mm.printk(INFO, `oom-kill:constraint=CONSTRAINT_NONE,nodemask=(null),cpuset=/,mems_allowed=${onlineNodes(mm).join(',')},global_oom,task_memcg=/,task=${victim.name},pid=${victim.pid},uid=${victim.uid}`);
  const kB = (pages: number): string => `${(pages * page_size(mm)) / 1024}kB`;
  count_vm_event(mm, VM.oom_kill);
  mm.trace(EV.mark_victim, victim.pid);
  mm.printk(ERR, `Out of memory: Killed process ${victim.pid} (${victim.name}) total-vm:${kB(totalVm(mm, victim))}, anon-rss:${kB(victim.anon)}, file-rss:${kB(victim.file)}, shmem-rss:${kB(shared(mm, victim))}, UID:${victim.uid} pgtables:${kB(victim.tables)} oom_score_adj:${victim.oom_score_adj}`);
  mm.trace(EV.sim_func_exit, FN.out_of_memory, 0);
  return victim;
}

export const oomKiller: OomKiller = { out_of_memory, oom_score, adjust: { file: 'oom_score_adj', min: OOM_SCORE_ADJ_MIN, max: OOM_SCORE_ADJ_MAX } };
