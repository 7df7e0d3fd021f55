/**
 * Mirrors: what meminfo_proc_show() (fs/proc/meminfo.c) and arch_report_meminfo() (arch/x86/mm/pat/set_memory.c, 6.1) say of the kernel itself and no frame tells: stacks of its own threads,
 * per-cpu areas, vmalloc, what programs of early boot were promised, how physical memory is mapped. Base values are those of the recorded guests at rest; what is done afterwards comes on top.
 * Left out: a GiB that boot maps in pieces is counted once for each piece by the real kernel. Why: where it cuts them varies from boot to boot.
 */
import { AGENT, hasAgent } from './guest_agent.ts';
import { kb_per_page, type Mm } from './mm.ts';

export interface KernelUse {
  readonly kernel_stack_kb: number;
  /** Of one CPU. */
  readonly percpu_kb: number;
  readonly vmalloc_kb: number;
  readonly committed_kb: number;
  /** Mapped by pages of 4 KiB: where 2 MiB have more than one kind of access. */
  readonly direct_map_4k_kb: number;
  /** GiB are mapped whole where they are memory throughout. */
  readonly gbpages: boolean;
}

/** Pages that processes since boot were promised: all that they map, as nothing here is mapped without being touched. */
function mappedByProcesses(mm: Mm): number {
  const { pid, nr_ptes } = mm.t.owner;
  let pages = 0;
  for (let row = 1; row < pid.length; row++) if ((pid[row] as number) >= FIRST_PID) pages += nr_ptes[row] as number;
  return pages;
}
/** Pids below are the kernel's, and of what boot started. */
const FIRST_PID = 300;
export const committed_kb = (mm: Mm): number => mm.edition.kernel_use.committed_kb + (mappedByProcesses(mm) + (hasAgent(mm) ? AGENT.committed : 0)) * kb_per_page(mm);

const GIB = 2 ** 30;
/** The first MiB is mapped with its holes. */
const ISA_END = 2 ** 20;
/** kB mapped by pages of 4 KiB, 2 MiB, 1 GiB: memory of boot without its holes, and every section that was added, online or not. */
export function direct_map(mm: Mm): readonly [k4: number, m2: number, g1: number] {
  const { direct_map_4k_kb, gbpages } = mm.edition.kernel_use;
  const usable = mm.description.memory.filter((range) => range.type === 'usable');
  const bytes = 2 ** mm.PFN_SECTION_SHIFT * kb_per_page(mm) * 1024;
  const byGib = new Map<number, number>();
  mm.t.section.state.forEach((state, nr) => {
    if (state === 0) return;
    const start = nr * bytes;
    const low = nr === 0 ? ISA_END : 0;
    const ofBoot = usable.reduce((sum, range) => sum + Math.max(0, Math.min(range.end, start + bytes) - Math.max(range.start, start, low)), low);
    const gib = Math.floor(start / GIB);
    byGib.set(gib, (byGib.get(gib) ?? 0) + (ofBoot === 0 ? bytes : ofBoot));
  });
  const all = [...byGib.values()].reduce((sum, n) => sum + n, 0) / 1024;
  // The first is never mapped whole: its first MiB is mapped before the rest. Source: init_mem_mapping().
  const g1 = gbpages ? ([...byGib].filter(([gib, n]) => gib > 0 && n === GIB).length * GIB) / 1024 : 0;
  return [Math.min(all, direct_map_4k_kb), Math.max(0, all - g1 - direct_map_4k_kb), g1];
}
