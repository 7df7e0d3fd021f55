/**
 * User space of a machine: its tree of files, its processes, and the terminal's shell. What a process prints goes to the text ring, as bytes of the machine's state.
 */
import { devDir } from '../fs/dev.ts';
import { tracefs } from '../fs/tracefs/tracefs.ts';
import { zramDir } from '../fs/sysfs/zram.ts';
import { pagesOf, putFile, tmpfs, tmpfsFrom } from '../fs/tmpfs.ts';
import { type ProcessList, withProcesses } from '../fs/proc/base.ts';
import { bitmapList } from '../fs/sysfs/node.ts';
import { createMounts, type Mount, type Mounts, type Statfs } from '../kernel/mount.ts';
import { followMounts, mountTree, type Place, placePath, rootPlace, walk } from '../kernel/vfs.ts';
import { type DirNode, dirOf, type VNode } from '../kernel/vnode.ts';
import type { Kernel } from '../mm/kernel.ts';
import { NO_CALLS } from '../kernel/call_tree.ts';
import { ftraceOf } from '../kernel/ftrace.ts';
import { createFunctionGraph } from '../kernel/function_graph.ts';
import { createProcesses, inKernel, type Scheduler, type Tty } from '../kernel/process.ts';
import type { Kthread } from '../kernel/kthread.ts';
import type { RunQueue } from '../kernel/sched.ts';
import { SIGNALS } from '../kernel/signal.ts';
import { createFilemap } from '../mm/filemap.ts';
import { wakeup_kcompactd } from '../mm/kcompactd.ts';
import { kswapd_init, kswapd_run } from '../mm/kswapd.ts';
import { M_WORK_NS, page_size } from '../mm/mm.ts';
import { memsAllowed } from '../mm/node_listeners.ts';
import type { ProcessVm } from '../mm/process_vm.ts';
import { createSlab } from '../mm/slub.ts';
import { createSwapfile } from '../mm/swapfile.ts';
import { createFileSystems } from './filesystems.ts';
import { type Board, createModules, type Modules } from './modules.ts';
import { createWorkload } from './workload.ts';
import { remember } from '../lib/remember.ts';
import type { GuestFile } from '../uapi/machine_description.ts';
import { configText } from '../uapi/kconfig.ts';
import { EV } from '../uapi/trace.ts';
import { readText, STREAM_INPUT, STREAM_KERNEL, STREAM_NOTE, STREAM_STDERR, STREAM_STDOUT, textWriter } from '../uapi/text.ts';
import { H_TEXT_HEAD, H_TOTALRAM, NODE_MEMORY } from '../uapi/layout.ts';
import type { HostMonitor } from '../usr/bin/host/monitor.ts';
import type { Shell } from '../usr/bin/sh/index.ts';
import { createUevents, usermodehelper } from './uevents.ts';
import { binDir } from '../usr/exec.ts';
import { startProgram } from './process_memory.ts';
import type { Program } from '../usr/program.ts';
import { userSpace } from '../usr/user_space.ts';

/** Time to start a program, ns: what the recorded guest takes for one. */
const EXEC_NS = 20_000_000;
/** Inodes and names that come into use with a file and with a program. */
const OBJECTS_OF_FILE = 1;
const OBJECTS_OF_PROGRAM = 2;

export interface Userland {
  /** Runs a line in the terminal's shell, or (`fresh`) in a new `bash -c`; `ended` gets its status. */
  run(line: string, fresh: boolean, ended: (status: number) => void): void;
  /** A signal from the terminal, to what runs in its foreground. */
  signal(signal: number): void;
  complete(line: string, cursor: number): { start: number; words: string[] };
  /** True if a text only lacks its end: a terminal asks for another line. */
  incomplete(text: string): boolean;
  /** What stands before a line: 'root@lab:~# '. */
  prompt(): string;
}

/** The kernel log as dmesg and /dev/kmsg give it: "level,seq,µs,-;text". Made once for every new line, however small the pieces it is read in. */
function createKmsg(k: Kernel): () => string {
  const { t } = k.mm;
  const made = remember({ head: -1, all: '' });
  return () => {
    const now = t.header[H_TEXT_HEAD] as number;
    if (now === made.head) return made.all;
    made.head = now;
    const lines: string[] = [];
    for (let id = Math.max(0, now - t.text.seq.length); id < now; id++) {
      if (t.text.stream[id % t.text.stream.length] !== STREAM_KERNEL) continue;
      const row = readText(t, id);
      if (row) lines.push(`${row.level},${id},${Math.floor(row.time / 1000)},-;${row.text}\n`);
    }
    made.all = lines.join('');
    return made.all;
  };
}

const KERNEL_FS = 'rw,nosuid,nodev,noexec,relatime';
/** As a Debian machine has them. */
const MOUNTS: readonly Mount[] = [
  { source: 'tmpfs', dir: '/', type: 'tmpfs', options: 'rw,relatime' },
  { source: 'sysfs', dir: '/sys', type: 'sysfs', options: KERNEL_FS },
  { source: 'proc', dir: '/proc', type: 'proc', options: KERNEL_FS },
  { source: 'devtmpfs', dir: '/dev', type: 'devtmpfs', options: 'rw,nosuid,relatime,mode=755' },
  { source: 'debugfs', dir: '/sys/kernel/debug', type: 'debugfs', options: KERNEL_FS },
  { source: 'tracefs', dir: '/sys/kernel/tracing', type: 'tracefs', options: KERNEL_FS },
  { source: '/dev/vda', dir: '/srv', type: 'ext4', options: 'rw,relatime' },
];
/** A directory with entries that are not its own. */
const overlaidBy = (dir: DirNode, over: () => Readonly<Record<string, VNode>>): DirNode => ({
  ...dir, list: () => [...dir.list(), ...Object.keys(over())], lookup: (name) => (Object.hasOwn(over(), name) ? over()[name] : dir.lookup(name)),
});
const overlaid = (dir: DirNode, over: Readonly<Record<string, VNode>>): DirNode => overlaidBy(dir, () => over);
/** '/', and what is mounted in it. */
interface Tree {
  readonly root: DirNode;
  readonly mounts: Mounts;
  statfs(place: Place): Statfs;
}
/** '/': the file systems of the kernel over a tree in memory. */
function rootOf(k: Kernel, modules: Modules, programs: () => Readonly<Record<string, Program>>, list: ProcessList, more: readonly GuestFile[], sockets: Readonly<Record<string, VNode>>, clock: Pick<RunQueue, 'monotonic' | 'realtime'>): Tree {
  const release = k.mm.description.release ?? k.mm.edition.release;
  const tree = tmpfsFrom({
    [`boot/config-${release}`]: configText(k.mm.description, release), 'etc/': '', 'etc/hostname': 'lab\n', ...(k.mm.description.profile === 'debian-6.1-q35' && { 'etc/util-linux-version': '2.38.1\n' }), 'etc/os-release': 'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nID=debian\nVERSION_ID="12"\n', 'mnt/': '', 'root/': '', 'tmp/': '', 'usr/bin/': '', 'var/': '', 'run/udev/': '',
    ...(k.mm.edition.files.hotplug_programs ? { 'etc/hotplug.d/memory/': '', 'etc/hotplug.d/default/': '' } : { 'etc/udev/rules.d/': '', 'usr/lib/udev/rules.d/': '' }),
  });
  for (const { path, data, mode } of more) putFile(tree, path, data, mode);
  const { root } = k;
  const bin = binDir(programs);
  k.slab = createSlab(k);
  k.filemap = createFilemap(k, clock.monotonic);
  const tracing = tracefs(ftraceOf(k.mm.t), createFunctionGraph(k.mm.t, k.mm.edition.callTree ?? NO_CALLS), k.mm.geometry.pageblock_order);
  const fileSystems = createFileSystems(k, { now: () => Math.floor(clock.realtime()), ramDisks: () => modules.ramDisks, at: (path) => dirAt(path) });
  const files = tmpfs(tree, { frames: fileSystems.rootFrames, spareSmall: true, made: () => k.mm.edition.grow_caches(k, OBJECTS_OF_FILE) });
  const all = mountTree(files, {
    srv: fileSystems.srv.root,
    proc: withProcesses(root.lookup('proc') as DirNode, list), sys: root.lookup('sys') as DirNode, bin, 'usr/bin': bin,
    'sys/kernel/debug': dirOf(0o700, () => ({ ...modules.debugfs, tracing })), 'sys/kernel/tracing': tracing,
    sbin: bin, 'usr/sbin': bin,
    'run/udev': overlaid((files.lookup('run') as DirNode).lookup('udev') as DirNode, sockets),
    dev: overlaidBy(devDir({ write: (line) => k.mm.printk(4, line), read: createKmsg(k) }), () => ({ vda: fileSystems.vda, ...Object.fromEntries([...modules.disks, ...modules.ramDisks].map(({ name, node }) => [name, node])) })),
    'sys/block': dirOf(0o755, () => Object.fromEntries(modules.disks.map((disk) => [disk.name, zramDir(disk)]))),
  });
  function dirAt(path: string): DirNode | undefined {
    const found = walk(all, rootPlace(all), path, 0, true);
    return typeof found !== 'number' && found.node?.kind === 'dir' ? found.node : undefined;
  }
  const mounts = createMounts(fileSystems.types);
  followMounts(all, mounts.follow);
  const pages = (): number => k.mm.t.header[H_TOTALRAM] as number;
  return {
    root: all, mounts,
    statfs(place) {
      const path = placePath(place);
      if (path.startsWith('/srv')) return fileSystems.statfsSrv();
      const bsize = page_size(k.mm);
      // Half of the memory may be files. The kernel's own file systems have no blocks.
      const blocks = /^\/(proc|sys)(\/|$)/.test(path) ? 0 : Math.floor(pages() / 2);
      const free = blocks - (/^\/dev(\/|$)/.test(path) ? 0 : Math.min(blocks, pagesOf(tree)));
      return { bsize, blocks, bfree: free, bavail: free };
    },
  };
}

export function createUserland(k: Kernel, queue: RunQueue, vm: ProcessVm, board: Board, monitor: HostMonitor, files: readonly GuestFile[] = []): Userland & { readonly root: DirNode } {
  const { mm } = k;
  const text = textWriter(mm.t);
  const tty: Tty = {
    write: (stream, bytes) => mm.trace(EV.sim_tty, text(stream === 2 ? STREAM_STDERR : STREAM_STDOUT, 0, bytes), stream),
  };
  const swapfile = createSwapfile(k);
  k.swapfile = swapfile;
  const modules = createModules(k, board);
  for (const name of mm.description.modules ?? []) modules.load(name);
  const workload = createWorkload(k, vm, current, () => root);
  let made: Readonly<Record<string, Program>> | undefined;
  const programs = (): Readonly<Record<string, Program>> => {
    made ??= userSpace().programs(workload, monitor, { hypervisor: mm.description.hypervisor, hotplug: mm.edition.files.hotplug_programs === true });
    return made;
  };
  const list: ProcessList = {
    all: () => processes.byPid, current: () => current().pid, rss: (pid) => vm.rss(pid), oom_score: (pid) => vm.oom_score(pid), oom_adjust: mm.edition.oom.adjust, oom_score_adj_update: (pid, value) => mm.trace(EV.oom_score_adj_update, pid, value), mounts: () => [...MOUNTS, ...mounts.list()], page_kb: page_size(mm) / 1024,
    ...(k.memory_chain.blocks.some(({ name }) => name === 'cpuset_track_online_nodes') && { mems_allowed: () => bitmapList(memsAllowed(mm)) }),
  };
  const { root, mounts, statfs } = rootOf(k, modules, programs, list, files, createUevents(k, queue.monotonic), queue);
  const scheduler: Scheduler = {
    ...queue, machine: mm.geometry.machine, memlock: mm.edition.mlock_limit, exited: (pid) => vm.exit(pid), sync: () => { k.filemap?.writeback(); },
    execed: (pid, name) => {
      mm.t.misc.word[M_WORK_NS] = (mm.t.misc.word[M_WORK_NS] as number) + EXEC_NS;
      mm.edition.grow_caches(k, OBJECTS_OF_PROGRAM);
      startProgram(vm, pid, name);
    },
    init_module: modules.load, delete_module: modules.unload, mounts, statfs,
    swapon: (node, path, flags) => swapfile.swapon(node.kind === 'file' && node.special === 'block' ? node : undefined, path, flags), swapoff: swapfile.swapoff,
    writeFailed: (errno, path) => mm.trace(EV.write_error, errno, text(STREAM_NOTE, 0, path)),
    writeBegins: (path) => k.audit?.begins(path),
    writeEnds: (ret, path) => k.audit?.ends(path, ret),
  };
  const processes = createProcesses(scheduler, root, tty);
  /** The innermost process of the running task: a program its shell waits for has the highest pid. */
  function current(): { readonly pid: number; readonly name: string; kill(): void; syscall<T>(path: Kthread<T>): Kthread<T> } {
    const inside = [...processes.byPid.values()].filter((process) => process.task === queue.current()).toSorted((a, b) => b.pid - a.pid)[0];
    return { pid: inside?.pid ?? 0, name: inside?.name ?? '', kill: () => inside && processes.send(inside, SIGNALS.KILL), syscall: (path) => (inside ? inKernel(inside, path) : path) };
  }
  k.current = mm.current = current;
  k.membind = (pid) => processes.byPid.get(pid)?.membind ?? 0;
  k.credentials = (pid) => {
    const process = processes.byPid.get(pid);
    return { uid: process?.uid ?? 0, memlock: process === undefined || process.uid === 0 ? Number.POSITIVE_INFINITY : process.memlock.soft };
  };
  k.real_parent = (pid) => processes.byPid.get(pid)?.ppid ?? 0;
  k.oom_score_adj = (pid) => processes.byPid.get(pid)?.oom_score_adj ?? 0;
  ftraceOf(mm.t).current = current;
  k.kthreads = { run: processes.addKthread, stop: processes.removeKthread, work: queue.start };
  kswapd_init(k, (nid, order, highest_zoneidx) => wakeup_kcompactd(k, nid, order, highest_zoneidx));
  for (const [nid, state] of mm.t.node.state.entries()) if ((state & NODE_MEMORY) !== 0) kswapd_run(k, nid);
  k.kill = (pid, signal) => {
    const process = processes.byPid.get(pid);
    if (process) processes.send(process, signal);
  };
  const make = (interactive: boolean): Shell => userSpace().createShell({ processes, programs: programs(), name: 'bash', interactive });
  const front = remember<{ shell: Shell | undefined; terminal: Shell | undefined }>({ shell: undefined, terminal: undefined });
  /** It has the first pid, whoever runs first. */
  const terminal = (): Shell => {
    front.terminal ??= make(true);
    return front.terminal;
  };
  k.call_usermodehelper = usermodehelper(() => terminal().own.sh.system);
  return {
    root,
    run(line, fresh, ended) {
      const own = terminal();
      const shell = fresh ? make(false) : own;
      front.shell = shell;
      if (!fresh) mm.trace(EV.sim_tty, text(STREAM_INPUT, 0, line), STREAM_INPUT);
      const { process } = shell;
      startProgram(vm, process.pid, 'bash');
      queue.start(process.pid, 'bash', (function* () {
        const status = yield* shell.run(line);
        vm.exit(process.pid);
        ended(status);
      })());
    },
    signal: (signal) => front.shell?.interrupt(signal),
    complete: (line, cursor) => terminal().complete(line, cursor),
    incomplete: (line) => terminal().incomplete(line),
    prompt: () => terminal().prompt(),
  };
}
