/**
 * Mirrors: fs/proc/base.c, fs/proc/array.c, fs/proc/self.c, fs/proc/fd.c, fs/proc_namespace.c (6.1): a directory for each process.
 * Left out: what no process here has (threads, namespaces, maps, limits). Why: nothing would stand in them.
 */
import type { Kthread } from '../../kernel/kthread.ts';
import type { Mount } from '../../kernel/mount.ts';
import type { Process } from '../../kernel/process.ts';
import type { OomKiller } from '../../mm/oom.ts';
import { ERRNO } from '../../uapi/errno.ts';
import { placePath } from '../../kernel/vfs.ts';
import { type DirNode, dirOf, type FileNode, linkTo, textFile, type VNode } from '../../kernel/vnode.ts';

export interface ProcessList {
  /** Processes by pid. */
  all(): ReadonlyMap<number, Process>;
  /** pid of the process that asks now, 0 = none. */
  current(): number;
  /** Pages of its memory that are present. */
  rss(pid: number): number;
  /** What there is to gain by killing it, in the edition's own measure: /proc/PID/oom_score. */
  oom_score(pid: number): number;
  /** The file in which its owner says what killing it is worth. */
  readonly oom_adjust: OomKiller['adjust'];
  /** Its adjustment was changed. */
  oom_score_adj_update(pid: number, value: number): void;
  mounts(): readonly Mount[];
  /** kB of a page. */
  readonly page_kb: number;
  /** Nodes its memory may come from, as a list; absent: a kernel without cpusets. */
  mems_allowed?(): string;
}
const formatMounts = (mounts: readonly Mount[]): string => mounts.map((m) => `${m.source} ${m.dir} ${m.type} ${m.options} 0 0\n`).join('');
/** R while its task runs a step, else it waits. */
const stateOf = (list: ProcessList, p: Process): string => (p.pid === list.current() ? 'R' : 'S');
const mask = (signals: ReadonlySet<number>): string => {
  let high = 0;
  let low = 0;
  for (const s of signals) {
    if (s > 32) high |= 1 << (s - 33);
    else low |= 1 << (s - 1);
  }
  return (high >>> 0).toString(16).padStart(8, '0') + (low >>> 0).toString(16).padStart(8, '0');
};

function status(list: ProcessList, p: Process): string {
  const state = stateOf(list, p);
  const rss = list.rss(p.pid) * list.page_kb;
  const ids = `${p.uid}\t${p.uid}\t${p.uid}\t${p.uid}`;
  return [
    `Name:\t${p.name.slice(0, 15)}`, `Umask:\t${p.umask.toString(8).padStart(4, '0')}`, `State:\t${state} (${state === 'R' ? 'running' : 'sleeping'})`, `Tgid:\t${p.pid}`,
    `Pid:\t${p.pid}`, `PPid:\t${p.ppid}`, `Uid:\t${ids}`, `Gid:\t${ids}`, `VmSize:\t${String(rss).padStart(8)} kB`, `VmRSS:\t${String(rss).padStart(8)} kB`, 'Threads:\t1',
    `SigIgn:\t${mask(p.ignored)}`, `SigCgt:\t${mask(p.caught)}`, ...(list.mems_allowed ? [`Mems_allowed_list:\t${list.mems_allowed()}`] : []), '',
  ].join('\n');
}
function stat(list: ProcessList, p: Process): string {
  const pages = list.rss(p.pid);
  return `${p.pid} (${p.name.slice(0, 15)}) ${stateOf(list, p)} ${p.ppid} ${p.pid} ${p.pid} 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 0 ${pages * list.page_kb * 1024} ${pages}\n`;
}
/** /proc/PID/oom_score_adj, or oom_adj: only root may ask for less than there is (for anything, in 2005). Source: oom_score_adj_write(); oom_adjust_write(). */
const oomAdjust = (list: ProcessList, pid: number): FileNode => textFile(0o644, () => {
  const p = list.all().get(pid);
  return p ? `${p.oom_score_adj}\n` : -ERRNO.ESRCH;
}, {
  *write(data): Kthread<number> {
    const p = list.all().get(pid);
    const [, digits] = /^\s*([+-]?\d+)\s*$/.exec(data) ?? [];
    const value = Number(digits);
    if (digits === undefined || value < list.oom_adjust.min || value > list.oom_adjust.max) return -ERRNO.EINVAL;
    if (p === undefined) return -ERRNO.ESRCH;
    const root = list.all().get(list.current())?.uid === 0;
    if (list.oom_adjust.file === 'oom_adj' && !root) return -ERRNO.EPERM;
    if (value < p.oom_score_adj && !root) return -ERRNO.EACCES;
    p.oom_score_adj = value;
    list.oom_score_adj_update(pid, value);
    return data.length;
  },
  truncate: () => 0,
});
function processDir(list: ProcessList, pid: number): DirNode {
  const of = (text: (p: Process) => string) => textFile(0o444, () => {
    const p = list.all().get(pid);
    return p ? text(p) : '';
  });
  const fds = (): Record<string, VNode> => {
    const open = list.all().get(pid)?.fds ?? new Map();
    return Object.fromEntries([...open].sort(([a], [b]) => a - b).map(([fd, file]) => [String(fd), linkTo(file.path)]));
  };
  const fd = dirOf(0o500, fds);
  const files: Record<string, VNode> = {
    cmdline: of((p) => p.argv.map((word) => `${word}\0`).join('')),
    comm: of((p) => `${p.name.slice(0, 15)}\n`),
    cwd: { kind: 'link', mode: 0o777, target: () => placePath(list.all().get(pid)?.cwd ?? []) },
    exe: { kind: 'link', mode: 0o777, target: () => `/usr/bin/${list.all().get(pid)?.name ?? ''}` },
    fd,
    mounts: of(() => formatMounts(list.mounts())),
    oom_score: of((p) => `${list.oom_score(p.pid)}\n`),
    [list.oom_adjust.file]: oomAdjust(list, pid),
    stat: of((p) => stat(list, p)),
    statm: of((p) => `${list.rss(p.pid)} ${list.rss(p.pid)} 0 0 0 ${list.rss(p.pid)} 0\n`),
    status: of((p) => status(list, p)),
  };
  return dirOf(0o555, () => files, { uid: list.all().get(pid)?.uid ?? 0 });
}

/** /proc: the directories of processes before the files of `proc`, in the order of pids. */
export function withProcesses(proc: DirNode, list: ProcessList): DirNode {
  const made = new Map<number, DirNode>();
  const dir = (pid: number): DirNode | undefined => {
    if (!list.all().has(pid)) {
      made.delete(pid);
      return undefined;
    }
    const known = made.get(pid) ?? processDir(list, pid);
    made.set(pid, known);
    return known;
  };
  const self: VNode = { kind: 'link', mode: 0o777, target: () => String(list.current()) };
  const mounts = linkTo('self/mounts');
  return {
    ...proc,
    list: () => [...[...proc.list(), 'mounts', 'self'].sort(), ...[...list.all().keys()].sort((a, b) => a - b).map(String)],
    lookup: (name) => (name === 'self' ? self : name === 'mounts' ? mounts : /^[1-9]\d*$/.test(name) ? dir(Number(name)) : proc.lookup(name)),
  };
}
