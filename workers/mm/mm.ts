/**
 * The bundle every kernel path gets as its first parameter: the bound tables, what was decided at boot, and the ways to speak. No module globals, so that two
 * machines can run side by side in tests; the hot loops of page_alloc.ts and migrate.ts bind the columns they need once, when the machine is made.
 */
import type { Geometry } from '../uapi/arch.ts';
import { isSet } from '../uapi/kconfig.ts';
import type { Tables } from '../uapi/layout.ts';
import type { MachineDescription } from '../uapi/machine_description.ts';
import type { Edition } from './edition.ts';
import type { AllocRequest, Buddy } from './page_alloc.ts';

/** Decided by boot parameters and the edition; never changes afterwards. */
export interface BootOptions {
  /** `movable_node` on the command line. */
  readonly movable_node: boolean;
  /** Transparent huge pages on: at least 512 MiB usable at boot. */
  readonly thp: boolean;
  /** pfn from which a zone of the node is ZONE_MOVABLE at boot, 0 = none; index nid. */
  readonly zone_movable_pfn: readonly number[];
}

/** Kernel parameters that files can change: small words of MISC, by row. */
export const M_MIN_FREE_KBYTES = 0;
export const M_AUTO_ONLINE = 1;
export const M_ONLINE_POLICY = 2;
export const M_AUTO_MOVABLE_RATIO = 3;
export const M_AUTO_MOVABLE_NUMA_AWARE = 4;
export const M_MEMMAP_ON_MEMORY = 5;
export const M_POLICY_ZONE = 6;
export const M_NR_OWNERS = 8;
export const M_NR_PTES = 9;
export const M_HARDWARE_CORRUPTED = 12;
export const M_NEXT_PID = 14;
export const M_NR_MIGRATED = 15;
/** Simulated time (ns) spent on work that leaves no event, since the machine last looked. */
export const M_WORK_NS = 68;
/** 1 while a task holds device_hotplug_lock. */
export const M_DEVICE_HOTPLUG_LOCK = 19;
/** Failure reports of do_migrate_range in the current 5 s window, its start (ms of simulated time), and those held back. */
export const M_RATELIMIT_PRINTED = 16;
export const M_RATELIMIT_BEGIN = 17;
export const M_RATELIMIT_MISSED = 18;

/** hugetlb pool of 2 MiB pages (that of 1 GiB pages: 256 words further on): reservations of all nodes, the node the next page comes from, and surplus pages it may have. */
export const M_HUGETLB_RESV = 64;
export const M_HUGETLB_NEXT_NID = 67;
export const M_HUGETLB_OVERCOMMIT = 69;
/** Transparent huge pages: rows of THP_ENABLED and THP_DEFRAG, what khugepaged was told, and what it did. */
export const M_THP_ENABLED = 224;
export const M_THP_DEFRAG = 225;
export const M_KHUGEPAGED_DEFRAG = 226;
export const M_KHUGEPAGED_PAGES_TO_SCAN = 227;
export const M_KHUGEPAGED_SCAN_SLEEP = 228;
export const M_KHUGEPAGED_MAX_PTES_NONE = 229;
export const M_KHUGEPAGED_FULL_SCANS = 230;
export const M_KHUGEPAGED_PAGES_COLLAPSED = 231;
/** References taken to stay, and given back, by node. */
export const M_FOLL_PIN_ACQUIRED = 240;
export const M_FOLL_PIN_RELEASED = 272;
/** vm.compaction_proactiveness, percent, less its default of 20: nothing is written until somebody does. */
export const M_COMPACTION_PROACTIVENESS = 232;
/** By node from these words on, at most 32 each: head of the free list (pfn, 0 = none), pages, free ones, surplus ones. */
export const M_HUGETLB_FREELIST = 96;
export const M_HUGETLB_NR = 128;
export const M_HUGETLB_FREE = 160;
export const M_HUGETLB_SURPLUS = 192;

/** Bit per profile of ACPI's hotplug handlers: switched off. Bit 8: an eject is forced. */
export const M_ACPI_HOTPLUG_OFF = 73;

/** Block whose device lock is held (it goes online or offline), plus 1; 0 = none. */
export const M_DEVICE_LOCK = 74;
/** Bit per container of the board: its device was taken offline (its `online` file reads 0); in 3.11, an eject of it waits for its eject file. */
export const M_CONTAINER_OFFLINE = 92;

/** 1 once the kernel printed a warning; once there was no memory for a memory map; once add_pages() failed: the last two are said once a boot. */
export const M_TAINTED = 75;
export const M_VMEMMAP_WARNED = 76;
export const M_ADD_PAGES_WARNED = 77;

/** Bit per row of ZONE, five words of 32: the zone was set up once (it has a wait table), be it empty now. */
export const M_ZONE_INITIALIZED = 32;
/** Bit per row of ZONE, five words of 32: a pageblock outside of its span was isolated once, and NR_FREE_PAGES may be off for good since (3.11). */
export const M_FREE_UNCOUNTED = 304;
/** Pageblocks that were taken while they were still isolated: a chunk of the largest order comes to a list of its new type when the first of its two pageblocks does, and may be stolen as a whole then. zone.nr_isolate_pageblock counts them for good (6.1). */
export const M_ISOLATED_TAKEN = 310;
/** Where the last run of pieces of memmap began and ended, as section numbers and pfns: first section, section after it, first pfn, pfn after it. */
export const M_VMEMMAP_RUN = 40;
/** Two caches that grow with use, unmovable and reclaimable ones: bytes left in their last page, and their row in OWNER. */
export const M_SLAB_LEFT = 45;
export const M_SLAB_OWNER = 48;
/** 1 once a page map was read. */
export const M_PAGEMAP_READ = 47;
/** Number of the last hotplug event (2.6.12). */
export const M_HOTPLUG_SEQNUM = 70;
/** vm.user_reserve_kbytes and vm.admin_reserve_kbytes. */
export const M_USER_RESERVE_KBYTES = 90;
export const M_ADMIN_RESERVE_KBYTES = 91;
/** What was written to /proc/sys/vm/min_free_kbytes, complemented: 0 = nothing was. */
export const M_USER_MIN_FREE_KBYTES = 78;
/** 1: so little memory that pageblocks of different types make no sense: everything is asked for as unmovable (page_group_by_mobility_disabled). */
export const M_GROUPING_DISABLED = 79;
/** When the last failed allocation was reported (ms of simulated time), 0 = never. */
export const M_WARN_ALLOC_MS = 71;

export interface Mm {
  readonly t: Tables;
  readonly description: MachineDescription;
  readonly options: BootOptions;
  /** Which kernel this is: what the shared parts do its way. */
  readonly edition: Edition;
  /** What follows from the processor: page size, zones, orders. */
  readonly geometry: Geometry;
  /** Pages per section and per memory block, as shifts. */
  readonly PFN_SECTION_SHIFT: number;
  readonly PFN_BLOCK_SHIFT: number;
  /** Appends a trace record: type EV.*, up to five integers. The task is the running one. */
  trace(type: number, a?: number, b?: number, c?: number, d?: number, e?: number): void;
  /** Is told of each uevent, for those who listen in user space. Absent: nobody does. */
  uevent?: ((action: string, subsystem: string, id: number, more?: Readonly<Record<string, string>>) => void) | undefined;
  /**
   * An allocation of this order found nothing in the node's zones up to that one: its threads are to make room (what of it is theirs). Absent: there are no threads.
   * Source: wakeup_kswapd().
   */
  wakeup_kswapd?: ((nid: number, order: number, highest_zoneidx: number) => void) | undefined;
  /**
   * A request of a higher order by somebody who may sleep: the page, or -1. Who asks here instead of direct_compact.ts is himself what compaction may have to move: huge pages of the pool.
   */
  alloc_pages_compacting(buddy: Buddy, request: AllocRequest, gfp: number): number;
  /**
   * By zone row and LRU list (lru.ts: LRU_WALKED): a page that is the youngest of those known to be on other lists, all older ones included; 0: nothing is known. Behind the lists of a zone
   * stands how many of them know. Who takes such a page off hands the place on to the next older one (leaveWalked). Absent: nobody walks.
   */
  lru_walked?: Int32Array;
  /** The process whose system call runs now: its pid and name, for the log. Absent: there are no processes. */
  current?: (() => { readonly pid: number; readonly name: string }) | undefined;
  /** Kernel log, one line without newline; level 0 (emerg) to 7 (debug). Also an event. */
  printk(level: number, line: string): void;
  /** Words behind an event that has no number for them: their row of TEXT. */
  note(words: string): number;
  /** The row of TASK that runs now. */
  currentTask(): number;
  /**
   * Between two equal steps of a long path: the time they took passes, and the answer says whether the path has to yield now: somebody else can run, the host asked for no more
   * events, or nobody knows. What happens is the same either way.
   */
  cond_resched(): boolean;
  /**
   * Right after cond_resched() let a path go on: so many more steps, each with one event of this type, may follow each other without it being asked. It would let all of them go on,
   * and nobody hears of events one by one. 0: ask each time.
   */
  steps_ahead(type: number): number;
  /** `n` such steps were taken: tells their events, whose arguments are a[i], b[i], c and d[i], and lets their time pass. */
  steps_taken(type: number, n: number, a: Int32Array, b: Int32Array, c: number, d: Int32Array): void;
  /** A signal waits for the running task: long paths give up with -EINTR. */
  signal_pending(): boolean;
  /** Marks the pageblock of a frame as changed (the picture redraws it). */
  touch(pfn: number): void;
}

/** Bytes of a page, and of so many frames. */
export const page_size = (mm: Pick<Mm, 'geometry'>): number => mm.geometry.page_size;
export const kb_per_page = (mm: Pick<Mm, 'geometry'>): number => mm.geometry.page_size / 1024;
/** Is CONFIG_<name> set in this kernel? */
export const configured = (mm: Pick<Mm, 'description'>, name: string): boolean => isSet(mm.description, name);
/** As /proc/zoneinfo prints it: 'DMA32'. */
export const zoneName = (mm: Pick<Mm, 'geometry'>, zone: number): string => mm.geometry.zone_names[zone] ?? '';
