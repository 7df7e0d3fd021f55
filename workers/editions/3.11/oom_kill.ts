/**
 * Mirrors: mm/oom_kill.c (3.11), as far as a kernel path without a page needs it: the process with the most memory is killed, and the path tries again.
 * Left out: oom_score_adj, cpusets, the killed process's reserve. Why: what asks is a write of "offline", whose processes set none of them.
 */
import type { Kernel } from '../../mm/kernel.ts';
import type { Kthread } from '../../kernel/kthread.ts';
import { SIGNALS } from '../../kernel/signal.ts';
import type { Mm } from '../../mm/mm.ts';
import { ownerName } from '../../mm/rmap.ts';
import { swapSpace } from '../../mm/swap.ts';
import { sumZoneColumn } from '../../mm/vmstat.ts';
import { FN } from '../../uapi/functions.ts';
import { H_TOTALRAM } from '../../uapi/layout.ts';
import { EV } from '../../uapi/trace.ts';
import { show_free_areas } from './show_mem.ts';

const WARN = 4;
const ERR = 3;
/** Turns of the run queue a killed process may take to give its memory back. */
const PATIENCE = 10_000;
const kB = (pages: number): number => 4 * pages;

/** What called for the page, in the recorded kernel's image: its stack is read without frame pointers, so every address that lies there is doubtful. */
const CALL_TRACE = [
  '[<ffffffff8121831f>] ? dump_stack+0x41/0x51', '[<ffffffff81094900>] ? dump_header+0x70/0xb0', '[<ffffffff81094d4b>] ? oom_kill_process+0x20b/0x250',
  '[<ffffffff81037a87>] ? has_capability_noaudit+0x17/0x20', '[<ffffffff810951b9>] ? out_of_memory+0x2c9/0x460', '[<ffffffff8109995f>] ? __alloc_pages_nodemask+0x9cf/0xa90',
  '[<ffffffff810cc761>] ? alloc_pages_current+0xa1/0x130', '[<ffffffff810d9ab5>] ? migrate_pages+0xa5/0x510', '[<ffffffff810e6ba0>] ? test_pages_isolated+0x200/0x200',
  '[<ffffffff8120930c>] ? __offline_pages.constprop.0+0x56c/0x760', '[<ffffffff811c952d>] ? memory_block_change_state+0xfd/0x130', '[<ffffffff811c96c7>] ? store_mem_state+0x167/0x170',
  '[<ffffffff8113a0e5>] ? sysfs_write_file+0xc5/0x130', '[<ffffffff810e89a6>] ? vfs_write+0xb6/0x210', '[<ffffffff810e92b2>] ? SyS_write+0x42/0x90',
  '[<ffffffff8121ee92>] ? system_call_fastpath+0x16/0x1b',
];
/** Entries of a page table. */
const PTES_PER_TABLE = 512;

/** What a program has beside the memory it asked for, as the recorded one has it, pages: mapped, present (of them anonymous, of files), tables; and what stands for it here. */
const PROGRAM = { total_vm: 597, rss: 131, anon: 88, file: 43, nr_ptes: 5, here: 16 } as const;
/** CAP_SYS_ADMIN is worth three percent of memory. */
const ROOT_BONUS = 30;

interface Candidate {
  readonly pid: number;
  pages: number;
  readonly name: string;
}
/** Pages it asked for and touched. */
const touched = ({ pages }: Candidate): number => Math.max(0, pages - PROGRAM.here);
const nr_ptes = (p: Candidate): number => Math.ceil(touched(p) / PTES_PER_TABLE) + PROGRAM.nr_ptes;
/** Points, in pages, of a process that runs as root: present memory and page tables, less the bonus, never none. `totalpages`: memory and swap. Source: oom_badness(). */
export function oom_badness(rss: number, tables: number, totalpages: number): number {
  return Math.max(1, rss + tables - ROOT_BONUS * Math.floor(totalpages / 1000));
}
/** Rows of OWNER are one process's if they have its pid. */
function processes(mm: Mm): Candidate[] {
  const { pid, nr_ptes } = mm.t.owner;
  const sums = new Map<number, Candidate>();
  for (const [row, id] of pid.entries()) {
    if (id <= 1) continue;
    const sum = sums.get(id) ?? { pid: id, pages: 0, name: ownerName(mm, row).split(',', 1)[0] as string };
    sum.pages += nr_ptes[row] as number;
    sums.set(id, sum);
  }
  return [...sums.values()].toSorted((a, b) => a.pid - b.pid);
}
const number = (n: number, width: number): string => String(n).padStart(width);

/** Source: dump_header(), dump_stack_print_info(), show_mem(), dump_tasks(). */
function dump_header(k: Kernel, candidates: readonly Candidate[]): void {
  const { mm } = k;
  const say = (line: string): void => mm.printk(WARN, line);
  const pid = mm.t.task.pid[mm.currentTask()] as number;
  // A shell's program runs in the shell's task: the innermost process is the one that writes.
  const name = candidates.at(-1)?.name ?? '';
  const { release, kernelVersion } = mm.description;
  say(`${name} invoked oom-killer: gfp_mask=0x200d8, order=0, oom_score_adj=0`);
  say(`${name} cpuset=/ mems_allowed=0`);
  say(`CPU: 0 PID: ${candidates.at(-1)?.pid ?? pid} Comm: ${name} Not tainted ${release ?? mm.edition.release} ${(kernelVersion ?? mm.edition.version).split(' ', 1)[0]}`);
  say('Call Trace:');
  for (const line of CALL_TRACE) say(` ${line}`);
  show_free_areas(mm, k.buddy);
  const { zone } = mm.t;
  const [spanned, managed, free] = [zone.spanned_pages, zone.managed_pages, zone.nr_free_pages].map((column) => sumZoneColumn(column)) as [number, number, number];
  say(`${spanned} pages RAM`);
  say(`${spanned - managed} pages reserved`);
  say('0 pages shared');
  say(`${managed - free} pages non-shared`);
  say('[ pid ]   uid  tgid total_vm      rss nr_ptes swapents oom_score_adj name');
  for (const p of candidates) say(`[${number(p.pid, 5)}] ${number(0, 5)} ${number(p.pid, 5)} ${number(touched(p) + PROGRAM.total_vm, 8)} ${number(touched(p) + PROGRAM.rss, 8)} ${number(nr_ptes(p), 7)} ${number(0, 8)} ${number(0, 13)} ${p.name}`);
}

/** True: a process was killed and its pages are free now. False: there is nobody to kill. */
export function* out_of_memory(k: Kernel): Kthread<boolean> {
  const { mm } = k;
  const candidates = processes(mm);
  const victim = candidates.toSorted((a, b) => b.pages - a.pages)[0];
  if (victim === undefined || victim.pages === 0 || k.kill === undefined) return false;
  mm.trace(EV.sim_func_entry, FN.out_of_memory, victim.pid);
  dump_header(k, candidates);
  const totalpages = (mm.t.header[H_TOTALRAM] as number) + (swapSpace(mm)?.total_swap_pages() ?? 0);
  const score = Math.floor((1000 * oom_badness(touched(victim) + PROGRAM.rss, nr_ptes(victim), totalpages)) / totalpages);
  mm.printk(ERR, `Out of memory: Kill process ${victim.pid} (${victim.name}) score ${score} or sacrifice child`);
  mm.printk(ERR, `Killed process ${victim.pid} (${victim.name}) total-vm:${kB(touched(victim) + PROGRAM.total_vm)}kB, anon-rss:${kB(touched(victim) + PROGRAM.anon)}kB, file-rss:${kB(PROGRAM.file)}kB`);
  k.kill(victim.pid, SIGNALS.KILL);
  for (let turn = 0; turn < PATIENCE && (mm.t.owner.pid as Int32Array).includes(victim.pid); turn++) yield;
  mm.trace(EV.sim_func_exit, FN.out_of_memory, 0);
  return true;
}
