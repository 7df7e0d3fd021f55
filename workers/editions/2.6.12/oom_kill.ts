/**
 * Mirrors: mm/oom_kill.c (2.6.12): the process with the largest address space, its children's with it, is chosen; if it has children, the eldest dies for it, whatever that one has.
 * Left out: processor time, nice values, processes that end already, the panic without processes. Why: no process here computes for half a minute or is niced, a killed process's memory is back at
 * once, and a machine that has nobody left says so by ENOMEM.
 */
import type { Running } from '../../mm/dump_stack.ts';
import type { Mm } from '../../mm/mm.ts';
import type { OomKiller, Task, Wanted } from '../../mm/oom.ts';
import type { Buddy } from '../../mm/page_alloc.ts';
import { ratelimitClock } from '../../mm/ratelimit.ts';
import { FN } from '../../uapi/functions.ts';
import { EV } from '../../uapi/trace.ts';
import { show_free_areas } from './show_mem.ts';

const ERR = 3;
const WARN = 4;
/** GFP_HIGHUSER with and without __GFP_ZERO; GFP_KERNEL, __GFP_REPEAT, __GFP_ZERO. Source: include/linux/gfp.h, include/linux/highmem.h, arch/i386/mm/pgtable.c. */
const GFP: Readonly<Record<Wanted, string>> = { page: '0x80d2', copy: '0xd2', table: '0x84d0' };
/** What a program has mapped beside the memory its process is seen with here, pages: nobody recorded it in 2005, it is that of the recorded 3.11's. */
const PROGRAM_PAGES = 581;
/** A process of root, and one that may touch hardware (CAP_SYS_RAWIO), counts a quarter: root's are both. */
const SUPERUSER = 4;
const RAWIO = 4;

const total_vm = (p: Task): number => p.mapped + PROGRAM_PAGES;
const int_sqrt = (n: number): number => Math.floor(Math.sqrt(n));

/** Points. `uptime`: seconds. Source: badness(). */
export function badness(p: Task, tasks: readonly Task[], uptime: number): number {
  let points = tasks.reduce((sum, child) => (child.ppid === p.pid ? sum + total_vm(child) : sum), total_vm(p));
  // Who has run for hours is worth keeping: divided by the fourth root of its age, in units of 1024 s.
  const age = Math.max(0, uptime - Math.floor(p.started / 1000)) >> 10;
  points = Math.floor(points / Math.max(1, int_sqrt(int_sqrt(age))));
  if (p.uid === 0) points = Math.floor(Math.floor(points / SUPERUSER) / RAWIO);
  // Shifted, in a long of 32 bits.
  return p.oom_score_adj > 0 ? (points << p.oom_score_adj) >>> 0 : points >>> -p.oom_score_adj;
}
const uptimeOf = (mm: Mm): number => Math.floor(ratelimitClock(mm) / 1000);

/** Source: out_of_memory(), select_bad_process(), oom_kill_process(). */
function out_of_memory(mm: Mm, buddy: Buddy, _who: Running, wanted: Wanted, tasks: readonly Task[]): Task | undefined {
  const uptime = uptimeOf(mm);
  let chosen: Task | undefined;
  let maxpoints = 0;
  for (const task of tasks) {
    const points = badness(task, tasks, uptime);
    if (chosen !== undefined && points <= maxpoints) continue;
    chosen = task;
    maxpoints = points;
  }
  if (chosen === undefined) return undefined;
  const { pid } = chosen;
  const victim = tasks.find(({ ppid }) => ppid === pid) ?? chosen;
  mm.trace(EV.sim_func_entry, FN.out_of_memory, victim.pid);
  mm.printk(WARN, `oom-killer: gfp_mask=${GFP[wanted]}`);
  show_free_areas(mm, buddy);
  mm.printk(ERR, `Out of Memory: Killed process ${victim.pid} (${victim.name}).`);
  mm.trace(EV.sim_func_exit, FN.out_of_memory, 0);
  return victim;
}

export const oomKiller: OomKiller = {
  out_of_memory, oom_score: (mm, task, tasks) => badness(task, tasks(), uptimeOf(mm)),
  adjust: { file: 'oom_adj', min: -16, max: 15 },
};
