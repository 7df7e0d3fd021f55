/**
 * Mirrors: the loop of __alloc_pages_may_oom() in mm/page_alloc.c (6.1), as a process's own allocations go through it: what finds nothing ends the process with the most memory (oom_kill.ts)
 * and is tried again.
 */
import { MIGRATE_MOVABLE, ZONE_MOVABLE } from '../uapi/mmzone.ts';
import { AGENT } from './guest_agent.ts';
import type { Kernel } from './kernel.ts';
import type { Held } from './mm_types.ts';
import { oom_score, out_of_memory, type Task, WANTED, type Wanted } from './oom_kill.ts';
import { isTable } from './process_kernel.ts';
import { is_swap_pte } from './swap.ts';

const SIGKILL = 9;

export interface ProcessOom {
  /** A frame of `allocate`, whatever that takes; -1: the process that asks is killed itself, or nobody is left. */
  orKill(held: Held, allocate: () => number, wanted: Wanted): number;
  /** /proc/PID/oom_score. */
  score(held: Held): number;
}

/** `exit` takes a process's memory back at once, as the OOM reaper does. */
export function createProcessOom(k: Kernel, processes: ReadonlyMap<number, Held>, exit: (pid: number) => void): ProcessOom {
  const { mm, buddy } = k;
  const { pte } = mm.t;
  function taskOf(p: Held): Task {
    const swapents = p.areas.reduce((sum, { slots }) => sum + slots.filter((slot) => is_swap_pte(pte.pfn[slot] as number)).length, 0);
    return { pid: p.pid, name: p.name, anon: p.touched - swapents, swapents, tables: p.kernel.filter((chunk) => isTable(mm, chunk)).length, oom_score_adj: k.oom_score_adj?.(p.pid) ?? 0 };
  }
  function orKill(held: Held, allocate: () => number, wanted: Wanted): number {
    for (;;) {
      const pfn = allocate();
      // What is kept for atomic requests goes before any process does.
      if (pfn < 0 && buddy.unreserve_highatomic_pageblock(0, ZONE_MOVABLE, MIGRATE_MOVABLE, true)) continue;
      if (pfn >= 0 || mm.description.profile !== 'debian-6.1-q35' || k.kill === undefined) return pfn;
      // While it is being forked a process is still called as its parent: a shell's is the guest's agent, which must never be killed.
      const forked = held.areas.length === 0;
      const byAgent = forked && held.name === 'bash';
      const who = byAgent ? { pid: held.pid, comm: 'agent', oom_score_adj: AGENT.oom_score_adj } : { pid: held.pid, comm: forked ? 'bash' : held.name };
      const tasks = [...processes.values()].map((p) => (p === held && byAgent ? { ...AGENT, pid: p.pid, name: 'agent', swapents: 0 } : taskOf(p)));
      const victim = out_of_memory(mm, buddy, who, byAgent ? WANTED.child : wanted, tasks);
      if (victim === undefined) return -1;
      k.kill(victim.pid, SIGKILL);
      if (victim.pid === held.pid) return -1;
      exit(victim.pid);
    }
  }

  return { orKill, score: (held) => oom_score(mm, taskOf(held)) };
}
