/**
 * Mirrors: mm/oom_kill.c (3.11): the process with the most memory is chosen, and of it and its children the one that is worth most dies for it ("or sacrifice child").
 * Left out: cpusets, memory policies, panic_on_oom, the killed process's reserve, the limit of ten reports in five seconds. Why: nothing here sets the former, and a killed process's memory is
 * back at once.
 */
import { SIGNALS } from '../../kernel/signal.ts';
import type { Kthread } from '../../kernel/kthread.ts';
import type { Running } from '../../mm/dump_stack.ts';
import type { Kernel } from '../../mm/kernel.ts';
import { freesMemory, type OomKiller, type Task, totalpages, type Wanted } from '../../mm/oom.ts';
import type { Mm } from '../../mm/mm.ts';
import type { Buddy } from '../../mm/page_alloc.ts';
import { sumZoneColumn } from '../../mm/vmstat.ts';
import { onlineNodes } from '../../mm/zonelist.ts';
import { FN } from '../../uapi/functions.ts';
import { EV } from '../../uapi/trace.ts';
import { show_free_areas } from './show_mem.ts';

const WARN = 4;
const ERR = 3;
/** Turns of the run queue a killed process may take to give its memory back. */
const PATIENCE = 10_000;
const kB = (pages: number): number => 4 * pages;

/** A frame for a page that has to move, as a write of "offline" asks for it, in the recorded kernel's image: its stack is read without frame pointers, so every address that lies there is doubtful. */
const MIGRATE_PAGES = [
  '[<ffffffff8121831f>] ? dump_stack+0x41/0x51', '[<ffffffff81094900>] ? dump_header+0x70/0xb0', '[<ffffffff81094d4b>] ? oom_kill_process+0x20b/0x250',
  '[<ffffffff81037a87>] ? has_capability_noaudit+0x17/0x20', '[<ffffffff810951b9>] ? out_of_memory+0x2c9/0x460', '[<ffffffff8109995f>] ? __alloc_pages_nodemask+0x9cf/0xa90',
  '[<ffffffff810cc761>] ? alloc_pages_current+0xa1/0x130', '[<ffffffff810d9ab5>] ? migrate_pages+0xa5/0x510', '[<ffffffff810e6ba0>] ? test_pages_isolated+0x200/0x200',
  '[<ffffffff8120930c>] ? __offline_pages.constprop.0+0x56c/0x760', '[<ffffffff811c952d>] ? memory_block_change_state+0xfd/0x130', '[<ffffffff811c96c7>] ? store_mem_state+0x167/0x170',
  '[<ffffffff8113a0e5>] ? sysfs_write_file+0xc5/0x130', '[<ffffffff810e89a6>] ? vfs_write+0xb6/0x210', '[<ffffffff810e92b2>] ? SyS_write+0x42/0x90',
  '[<ffffffff8121ee92>] ? system_call_fastpath+0x16/0x1b',
];
interface Asks {
  readonly gfp: string;
  /** Addresses of the recorded image; of a path that was never recorded there are none, and none are told. */
  readonly frames: readonly string[];
}
const MIGRATION: Asks = { gfp: '0x200d8', frames: MIGRATE_PAGES };
/** GFP_HIGHUSER_MOVABLE with and without __GFP_ZERO; GFP_KERNEL, __GFP_NOTRACK, __GFP_REPEAT, __GFP_ZERO (PGALLOC_GFP). Source: include/linux/gfp.h, arch/x86/mm/pgtable.c. */
const ASKS: Readonly<Record<Wanted, Asks>> = { page: { gfp: '0x280da', frames: [] }, copy: { gfp: '0x200da', frames: [] }, table: { gfp: '0x2084d0', frames: [] } };

/** What a program has beside the memory its process is seen with here, as the recorded one has it, pages: mapped, present (anonymous, of files), tables. */
const PROGRAM = { total_vm: 581, anon: 72, file: 43, nr_ptes: 1 } as const;
/** CAP_SYS_ADMIN is worth three percent of memory. */
const ROOT_BONUS = 30;
const OOM_SCORE_ADJ_MIN = -1000;
const OOM_SCORE_ADJ_MAX = 1000;

const total_vm = (p: Task): number => p.mapped + PROGRAM.total_vm;
const file_rss = (p: Task): number => p.file + p.shmem + PROGRAM.file;
const rss = (p: Task): number => p.anon + PROGRAM.anon + file_rss(p);
const nr_ptes = (p: Task): number => p.tables + PROGRAM.nr_ptes;

/** Points, in pages, of what a process has in memory, page tables and swap; root has a bonus, and nobody who may be killed has none. 0: not to be killed. `total`: memory and swap. Source: oom_badness(). */
export function oom_badness(pages: number, { uid, oom_score_adj }: Pick<Task, 'uid' | 'oom_score_adj'>, total: number): number {
  if (oom_score_adj === OOM_SCORE_ADJ_MIN) return 0;
  return Math.max(1, pages + (oom_score_adj - (uid === 0 ? ROOT_BONUS : 0)) * Math.trunc(total / OOM_SCORE_ADJ_MAX));
}
const badness = (p: Task, total: number): number => oom_badness(rss(p) + nr_ptes(p) + p.swapents, p, total);
/** Source: proc_oom_score(). */
const score = (points: number, total: number): number => Math.floor((points * OOM_SCORE_ADJ_MAX) / total);
/** Who has the most points; of equals the first. Undefined: nobody has any. */
function worst(tasks: readonly Task[], total: number): Task | undefined {
  let chosen: Task | undefined;
  for (const task of tasks) if (badness(task, total) > (chosen ? badness(chosen, total) : 0)) chosen = task;
  return chosen;
}
const number = (n: number, width: number): string => String(n).padStart(width);

/** Source: dump_header(), dump_stack_print_info(), show_mem(), dump_tasks(). */
function dump_header(mm: Mm, buddy: Buddy, { pid, comm, oom_score_adj = 0 }: Running, { gfp, frames }: Asks, tasks: readonly Task[]): void {
  const say = (line: string): void => mm.printk(WARN, line);
  const { release, kernelVersion } = mm.description;
  say(`${comm} invoked oom-killer: gfp_mask=${gfp}, order=0, oom_score_adj=${oom_score_adj}`);
  say(`${comm} cpuset=/ mems_allowed=${onlineNodes(mm).join(',')}`);
  say(`CPU: 0 PID: ${pid} Comm: ${comm} Not tainted ${release ?? mm.edition.release} ${(kernelVersion ?? mm.edition.version).split(' ', 1)[0]}`);
  if (frames.length > 0) say('Call Trace:');
  for (const line of frames) say(` ${line}`);
  show_free_areas(mm, buddy);
  const { zone } = mm.t;
  const [spanned, managed, free] = [zone.spanned_pages, zone.managed_pages, zone.nr_free_pages].map((column) => sumZoneColumn(column)) as [number, number, number];
  say(`${spanned} pages RAM`);
  say(`${spanned - managed} pages reserved`);
  say('0 pages shared');
  say(`${managed - free} pages non-shared`);
  say('[ pid ]   uid  tgid total_vm      rss nr_ptes swapents oom_score_adj name');
  for (const p of tasks.toSorted((a, b) => a.pid - b.pid)) {
    say(`[${number(p.pid, 5)}] ${number(p.uid, 5)} ${number(p.pid, 5)} ${number(total_vm(p), 8)} ${number(rss(p), 8)} ${number(nr_ptes(p), 7)} ${number(p.swapents, 8)} ${number(p.oom_score_adj, 13)} ${p.name}`);
  }
}
/** Who is killed; undefined: nobody whose death frees memory. Whoever has one returns from out_of_memory() when that one had time to end. Source: select_bad_process(), oom_kill_process(). */
function choose(mm: Mm, buddy: Buddy, who: Running, asks: Asks, tasks: readonly Task[]): Task | undefined {
  const total = totalpages(mm);
  const chosen = worst(tasks, total);
  if (chosen === undefined) return undefined;
  const victim = worst(tasks.filter(({ ppid }) => ppid === chosen.pid), total) ?? chosen;
  if (!freesMemory(victim)) return undefined;
  mm.trace(EV.sim_func_entry, FN.out_of_memory, victim.pid);
  dump_header(mm, buddy, who, asks, tasks);
  mm.printk(ERR, `Out of memory: Kill process ${chosen.pid} (${chosen.name}) score ${score(badness(chosen, total), total)} or sacrifice child`);
  mm.printk(ERR, `Killed process ${victim.pid} (${victim.name}) total-vm:${kB(total_vm(victim))}kB, anon-rss:${kB(victim.anon + PROGRAM.anon)}kB, file-rss:${kB(file_rss(victim))}kB`);
  return victim;
}
export const oomKiller: OomKiller = {
  out_of_memory(mm, buddy, who, wanted, tasks) {
    const victim = choose(mm, buddy, who, ASKS[wanted], tasks);
    if (victim !== undefined) mm.trace(EV.sim_func_exit, FN.out_of_memory, 0);
    return victim;
  },
  oom_score: (mm, task) => score(badness(task, totalpages(mm)), totalpages(mm)),
  adjust: { file: 'oom_score_adj', min: OOM_SCORE_ADJ_MIN, max: OOM_SCORE_ADJ_MAX },
};

/** A page that has to move found no frame. True: a process was killed and its pages are free now. False: there is nobody to kill. */
export function* out_of_memory(k: Kernel): Kthread<boolean> {
  const { mm } = k;
  if (k.kill === undefined || k.tasks === undefined) return false;
  const { pid, name } = k.current?.() ?? { pid: 0, name: 'swapper/0' };
  const victim = choose(mm, k.buddy, { pid, comm: name }, MIGRATION, k.tasks());
  if (victim === undefined) return false;
  k.kill(victim.pid, SIGNALS.KILL);
  for (let turn = 0; turn < PATIENCE && (mm.t.owner.pid as Int32Array).includes(victim.pid); turn++) yield;
  mm.trace(EV.sim_func_exit, FN.out_of_memory, 0);
  return true;
}
