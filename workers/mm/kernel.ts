/** A booted kernel: the bundle `mm` and the parts that are not tables of numbers. */
import type { DirNode } from '../kernel/vnode.ts';
import type { Filemap } from './filemap.ts';
import type { CmaArea } from './cma.ts';
import type { Buddy } from './page_alloc.ts';
import type { Mm } from './mm.ts';
import type { Task } from './oom.ts';
import type { Slab } from './slub.ts';
import type { Swapfile } from './swapfile.ts';
import type { Kthread } from '../kernel/kthread.ts';
import type { FirmwareMap } from '../kernel/firmware_map.ts';
import type { NotifierChain } from '../kernel/notifier.ts';
import type { Resource } from '../kernel/resource.ts';

export interface Kernel {
  readonly mm: Mm;
  readonly buddy: Buddy;
  readonly memory_chain: NotifierChain;
  /** /proc/iomem. */
  readonly iomem: Resource;
  /** /sys/firmware/memmap. */
  readonly firmware_map: FirmwareMap;
  /** '/': proc, sys, tmp, etc. */
  readonly root: DirNode;
  /**
   * What happens to a chunk of memory that comes online: a driver that added a block keeps some of it back. False: not its memory, the allocator gets it.
   * Source: set_online_page_callback().
   */
  online_page_callback?: (pfn: number, order: number) => boolean;
  /** Areas set aside for devices. Absent: none. */
  cma?: readonly CmaArea[];
  /** The process whose system call runs now: its pid and name, for the log. Absent: there are no processes. */
  current?: () => { readonly pid: number; readonly name: string };
  /** What a process's owner says about killing it, -1000 to 1000. Absent: there are no processes. */
  oom_score_adj?: (pid: number) => number;
  /** pid of a process's parent, which may be gone; 0: it has none. Absent: there are no processes. */
  real_parent?: (pid: number) => number;
  /** All processes with memory, as an OOM killer sees them, the oldest first. Absent: there are no processes. */
  tasks?: () => readonly Task[];
  /** Whose a process is, and bytes it may keep in memory: RLIMIT_MEMLOCK, or Infinity with CAP_IPC_LOCK. Absent: there are no processes. */
  credentials?: (pid: number) => { readonly uid: number; readonly memlock: number };
  /** Nodes a process's memory has to come from, a bit each; 0 = any. */
  membind?: (pid: number) => number;
  /** Threads of the kernel, as ps shows them. Absent: there are no processes. Source: kthread_run(), kthread_stop(). */
  kthreads?: {
    run(pid: number, name: string): void;
    stop(pid: number): void;
    /** Wakes one of them to do this work, to its end. */
    work(pid: number, name: string, thread: Kthread<void>): void;
  };
  /** Caches of the kernel's objects, and pages of the disk's files. Absent: nothing has been started that could use them. */
  slab?: Slab;
  filemap?: Filemap;
  /** Who can give back objects of a cache when asked to. Source: register_shrinker(). */
  shrinkers?: Shrinker[];
  /** Work of the kernel's that is done after so many ms, if time passes. Absent: there is no run queue. */
  queue_delayed_work?: (ms: number, work: () => void) => void;
  /** Areas of swap. Absent: there is nobody to swap. */
  swapfile?: Swapfile;
  /** Number of the last uevent. */
  uevent_seqnum?: () => number;
  /** Is told of every write(2) to a file, before it takes effect and with its answer: what a fuzzer compares. Absent: nobody listens. */
  audit?: { begins(path: string): void; ends(path: string, ret: number): void };
  /** Sends a signal to a process, by its pid: how the kernel itself ends one. Absent: there are no processes. */
  kill?: (pid: number, signal: number) => void;
  /** Does the hypervisor give memory when it is asked for some? Absent: there is nobody who would refuse. */
  hypervisor_gives?: () => boolean;
  /** Memory devices that a driver holds, by socket: the ranges of each that Linux took. */
  readonly acpi_memory_devices: Map<number, readonly { readonly start_pfn: number; readonly nr_pages: number }[]>;
  /** Chunks that hold the memmap of a section added later, where it takes more than one. */
  readonly memmap_chunks: Map<number, readonly number[]>;
  /** What the firmware says of a socket's device (_CRS), range by range. Absent: there is one, that of the SLOT row. */
  acpi_crs?: (slot: number) => readonly { readonly start_pfn: number; readonly nr_pages: number }[];
  /** Hands an eject of a socket's DIMM to ACPI's worker; `source` is what _OST will name as its cause. Absent: there is no board. */
  acpi_hotplug_schedule?: (slot: number, source: number) => void;
  /** The same for a container, by its number on the board. */
  acpi_container_schedule?: (n: number, source: number) => void;
  /**
   * Starts a program of user space that nobody typed: /sbin/hotplug, as root, without a terminal. Nobody waits for it. Absent: there are no processes.
   * Source: call_usermodehelper() of kernel/kmod.c, 2.6.12.
   */
  call_usermodehelper?: (argv: readonly string[], envp: Readonly<Record<string, string>>) => void;
}
/** Source: struct shrinker. */
export interface Shrinker {
  /** Objects that could be given back. */
  count_objects(): number;
  /** Looks at up to so many, the oldest first; how many were given back. */
  scan_objects(nr_to_scan: number): number;
  /** Fewer than so many it is not asked for, unless there are no more. Absent: 128. */
  readonly batch?: number;
}
/** What a path needs that only allocates and moves. */
export type Memory = Pick<Kernel, 'mm' | 'buddy'>;
