/**
 * Mirrors: mm/oom_kill.c (3.11), as far as a kernel path without a page needs it: the process with the most memory is killed, and the path tries again.
 * Left out: oom_score_adj, cpusets, the killed process's reserve. Why: nothing here sets them.
 */
import type { Kernel } from '../../kernel/kernel.ts';
import type { Kthread } from '../../kernel/kthread.ts';
import { SIGNALS } from '../../kernel/signal.ts';
import type { Mm } from '../../mm/mm.ts';
import { ownerName } from '../../mm/rmap.ts';
import { FN } from '../../uapi/functions.ts';
import { H_TOTALRAM } from '../../uapi/layout.ts';
import { EV } from '../../uapi/trace.ts';
import { show_free_areas } from './show_mem.ts';

const WARN = 4;
const ERR = 3;
/** Turns of the run queue a killed process may take to give its memory back. */
const PATIENCE = 10_000;
const kB = (pages: number): number => 4 * pages;

/** Rows of OWNER are one process's if they have its pid. */
function largestProcess(mm: Mm): { pid: number; pages: number; name: string } | undefined {
  const { pid, nr_ptes } = mm.t.owner;
  const sums = new Map<number, { pid: number; pages: number; name: string }>();
  for (const [row, id] of pid.entries()) {
    if (id <= 1) continue;
    const sum = sums.get(id) ?? { pid: id, pages: 0, name: ownerName(mm, row).split(',', 1)[0] as string };
    sum.pages += nr_ptes[row] as number;
    sums.set(id, sum);
  }
  return [...sums.values()].toSorted((a, b) => b.pages - a.pages || a.pid - b.pid)[0];
}

/** True: a process was killed and its pages are free now. False: there is nobody to kill. */
export function* out_of_memory(k: Kernel): Kthread<boolean> {
  const { mm } = k;
  const victim = largestProcess(mm);
  if (victim === undefined || victim.pages === 0 || k.kill === undefined) return false;
  mm.trace(EV.sim_func_entry, FN.out_of_memory, victim.pid);
  mm.printk(WARN, `${victim.name} invoked oom-killer: gfp_mask=0x200d8, order=0, oom_score_adj=0`);
  show_free_areas(mm, k.buddy);
  const score = Math.floor((1000 * victim.pages) / (mm.t.header[H_TOTALRAM] as number));
  mm.printk(ERR, `Out of memory: Kill process ${victim.pid} (${victim.name}) score ${score} or sacrifice child`);
  mm.printk(ERR, `Killed process ${victim.pid} (${victim.name}) total-vm:${kB(victim.pages)}kB, anon-rss:${kB(victim.pages)}kB, file-rss:0kB`);
  k.kill(victim.pid, SIGNALS.KILL);
  for (let turn = 0; turn < PATIENCE && (mm.t.owner.pid as Int32Array).includes(victim.pid); turn++) yield;
  mm.trace(EV.sim_func_exit, FN.out_of_memory, 0);
  return true;
}
