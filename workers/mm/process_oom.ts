/**
 * Mirrors: the loop of __alloc_pages_may_oom() in mm/page_alloc.c (6.1), as a process's own allocations go through it: what finds nothing ends a process (the edition's OOM killer chooses which)
 * and is tried again.
 */
import { MIGRATE_MOVABLE, ZONE_MOVABLE } from '../uapi/mmzone.ts';
import { AGENT, hasAgent } from './guest_agent.ts';
import type { Kernel } from './kernel.ts';
import type { Held } from './mm_types.ts';
import type { Task, Wanted } from './oom.ts';
import { isTable } from './process_kernel.ts';
import { is_swap_pte } from './swap.ts';

const SIGKILL = 9;

export interface ProcessOom {
  /** A frame of `allocate`, whatever that takes; -1: the process that asks is killed itself, or nobody is left. */
  orKill(held: Held, allocate: () => number, wanted: Wanted): number;
  /** /proc/PID/oom_score. */
  score(held: Held): number;
  /** All processes, as an OOM killer sees them, the oldest first. */
  tasks(): Task[];
}

/** `exit` takes a process's memory back at once, as the OOM reaper does; before there was one, who asked slept until the killed one had ended. */
export function createProcessOom(k: Kernel, processes: ReadonlyMap<number, Held>, exit: (pid: number) => void): ProcessOom {
  const { mm, buddy } = k;
  const { pte } = mm.t;
  const { oom } = mm.edition;
  function taskOf(p: Held): Task {
    let [mapped, anon, shmem, swapents] = [0, 0, 0, 0];
    const file = p.files.reduce((sum, { pages }) => sum + pages, 0);
    for (const { slots, shared = false, hugetlb = false } of p.areas) {
      mapped += slots.length;
      if (hugetlb) continue;
      for (const slot of slots) {
        const pfn = pte.pfn[slot] as number;
        if (is_swap_pte(pfn)) swapents++;
        else if (slot === 0 || pfn <= 0) continue;
        else if (shared) shmem++;
        else anon++;
      }
    }
    return {
      pid: p.pid, ppid: k.real_parent?.(p.pid) ?? 0, name: p.name, uid: k.credentials?.(p.pid).uid ?? 0, started: p.started, mapped: mapped + file, anon, file, shmem, swapents,
      tables: p.kernel.filter((chunk) => isTable(mm, chunk)).length, oom_score_adj: k.oom_score_adj?.(p.pid) ?? 0,
    };
  }
  const tasks = (): Task[] => [...processes.values()].map(taskOf);
  function orKill(held: Held, allocate: () => number, wanted: Wanted): number {
    for (;;) {
      const pfn = allocate();
      // What is kept for atomic requests goes before any process does.
      if (pfn < 0 && buddy.unreserve_highatomic_pageblock(0, ZONE_MOVABLE, MIGRATE_MOVABLE, true)) continue;
      if (pfn >= 0 || k.kill === undefined) return pfn;
      // While it is being forked a process is still called as its parent: a shell's is the guest's agent, which must never be killed.
      const forked = held.areas.length === 0;
      const byAgent = forked && held.name === 'bash' && hasAgent(mm);
      const who = byAgent ? { pid: held.pid, comm: 'agent', oom_score_adj: AGENT.oom_score_adj } : { pid: held.pid, comm: forked ? 'bash' : held.name };
      const seen = tasks().map((task) => (task.pid === held.pid && byAgent ? { ...task, ...AGENT, name: 'agent', swapents: 0 } : task));
      const victim = oom.out_of_memory(mm, buddy, who, byAgent ? 'copy' : wanted, seen);
      if (victim === undefined) return -1;
      k.kill(victim.pid, SIGKILL);
      if (victim.pid === held.pid) return -1;
      exit(victim.pid);
    }
  }

  return { orKill, tasks, score: (held) => oom.oom_score(mm, taskOf(held), tasks) };
}
