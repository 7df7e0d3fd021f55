/**
 * What makes an edition of the kernel: constants that the shared parts read, and the functions where the control flow itself differs. One object a machine, at `mm.edition`.
 * How it boots is init/edition.ts. Nothing else asks which edition runs.
 */
import type { DirNode, VNode } from '../kernel/vnode.ts';
import type { CallTree } from '../kernel/call_tree.ts';
import type { KernelUse } from './kernel_use.ts';
import type { Kthread } from '../kernel/kthread.ts';
import type { Mm } from './mm.ts';
import type { Buddy } from './page_alloc.ts';
import type { OomKiller } from './oom.ts';
import type { OfflineRefusal } from './offline_refusal.ts';
import type { Arch } from '../uapi/arch.ts';
import type { FunctionName } from '../uapi/functions.ts';
import type { Edition as EditionName } from '../uapi/machine_description.ts';
import type { StuckHow } from '../uapi/offline_reason.ts';
import type { Kernel } from './kernel.ts';

/** Allocator policy (mm/page_alloc.ts). Flags are 0 or 1. */
export interface AllocPolicy {
  /** Memory of boot and of onlined blocks goes to the tail of its list instead of the head. */
  readonly core_free_to_tail: 0 | 1;
  /** Chunks that change their list (stolen, isolated, given back) go to the tail instead of the head. */
  readonly move_to_tail: 0 | 1;
  /** 1: a chunk that will probably merge soon goes to the tail of its list (buddy_merge_likely(), since 2.6.35). */
  readonly merge_likely_to_tail: 0 | 1;
  /** From pageblock order on only chunks of like types merge, so that an isolated pageblock never joins its neighbour. */
  readonly merge_by_type: 0 | 1;
  /**
   * 1: a chunk of another type is taken as it was found, its rest changes type, and the whole pageblock follows when half of it was free (mobility grouping of 2007).
   * 0: the pageblock is judged by what is movable in it, and a small chunk is preferred for movable requests.
   */
  readonly take_found_fallback: 0 | 1;
  /** Rows by wanted type: other types to take from, best first. */
  readonly fallbacks: readonly (readonly number[])[];
  /** Type that is taken from when nothing else is left, -1 = none: MIGRATE_RESERVE. */
  readonly reserve_type: number;
  /** At most so many pageblocks of a zone are of the reserve type. */
  readonly reserve_blocks: number;
  /** 1: a pageblock outside its zone's span cannot change its lists. */
  readonly move_needs_span: 0 | 1;
  /** 1: pageblocks have types, and each type its free lists (since 2007); 0: one list an order. */
  readonly group_by_mobility: 0 | 1;
  /** 1: a page freed in a section that is going offline is kept from the free lists (SECTION_GOING_OFFLINE). */
  readonly intercept_freed: 0 | 1;
  /** 1: pages freed in an isolated pageblock count as freed (PGFREE); 0: not those of orders that per-cpu lists keep. */
  readonly isolated_counts: 0 | 1;
  /** Highest order that per-cpu lists keep, and whether they keep huge pages. */
  readonly pcp_costly_order: number;
  readonly pcp_thp: 0 | 1;
  /** 1: batches of higher orders are smaller, and grow while only freeing goes on. 0: a batch is a batch, taken from the types in turn. */
  readonly pcp_scaled: 0 | 1;
  /** 1: chunks for a memory map are asked for until as many pages were reclaimed as they have (__GFP_REPEAT), of whatever order. */
  readonly memmap_repeat: 0 | 1;
  /** 1: a first attempt in ZONE_NORMAL takes no part of another type's pageblock. */
  readonly nofragment: 0 | 1;
}

/** Reclaim of an edition: kswapd of each node, and direct reclaim. */
export interface Reclaim {
  /** A request found no zone of the node above its low mark. Source: wakeup_kswapd(). */
  wakeup_kswapd(nid: number, order: number, highest_zoneidx: number): void;
  /** Direct reclaim: pages it freed, 0 = none and there is no hope of any. Source: try_to_free_pages(). */
  try_to_free_pages(order: number, highest_zoneidx: number, nid: number, nodemask: number): number;
  /** Pages of a zone that could be reclaimed at all. Source: zone_reclaimable_pages(). */
  zone_reclaimable_pages(zone_row: number): number;
}
/** What is taken back when memory is short. */
export interface ReclaimPolicy {
  /** 1: memory of a process begins on the active list (until 5.8). */
  readonly anon_begins_active: 0 | 1;
  /** 0: what comes back from swap begins on the inactive list; 1: where all memory of processes does. */
  readonly swapped_in_active: 0 | 1;
  /** 1: a request is tried again as long as reclaim frees anything; 0: as long as freeing everything could help (should_reclaim_retry(), since 4.7). */
  readonly retry_on_progress: 0 | 1;
  /** 1: LRU lists are of a zone, and a page freed in it makes it worth another look (zone->pages_scanned). */
  readonly lists_by_zone: 0 | 1;
  /** Lists and loops of its own; absent: those of mm/vmscan.ts and mm/kswapd.ts. */
  readonly create?: (k: Kernel) => Reclaim;
}

/** Watermark policy (mm/watermarks.ts). */
export interface WatermarkPolicy {
  readonly max_free_kbytes: number;
  /** vm.watermark_boost_factor, in ten-thousandths of the high mark: how far a stolen piece of a pageblock raises the marks; 0 = not at all. */
  readonly boost_factor: number;
  /** Pages between min and low, and between min and high, of a zone whose share of min_free_kbytes and managed pages are given. */
  low(min: number, managed: number): number;
  high(min: number, managed: number): number;
  /** 1: a zone without pages keeps back none of the zones above it. */
  readonly empty_zone_reserves_nothing: 0 | 1;
  /** 1: khugepaged's wish is looked at in every round; 0: once, at the end of boot. */
  readonly thp_every_round: 0 | 1;
  /** Does khugepaged want pageblocks kept free in this zone? */
  thp_counts_zone(mm: Mm, row: number): boolean;
  /** 1: per-cpu list sizes follow the watermarks; 0: hotplug sets them itself. */
  readonly pageset_follows: 0 | 1;
  /** pageset_batch of a zone, and pageset_high from its batch, low mark and the number of CPUs. */
  batch(managed: number): number;
  pageset_high(batch: number, low: number, cpus: number): number;
  /** All of the above in a way of its own, where an edition has one; and what of it a write to min_free_kbytes does again. */
  readonly init?: (mm: Mm) => void;
  readonly setup_per_zone_wmarks?: (mm: Mm) => void;
  /** What else follows from such a write. */
  readonly rewritten?: (mm: Mm, buddy: Buddy) => void;
}

/** Order and words of the zonelists (mm/zonelist.ts). */
export interface ZonelistPolicy {
  /** 1: all nodes' highest zones come before any lower one. Decided anew whenever the lists are built. */
  zone_order(mm: Mm): 0 | 1;
  /** The lines of the log. `pgdat`: a node that gets its first lists, -1 = all. */
  report(mm: Mm, pgdat: number): void;
}

/** What Linux says to the firmware (_OST) when a device comes or is asked back. Status codes as in drivers/acpi; -1: it says nothing there. */
export interface AcpiReports {
  /** A device came, and will be looked at now. */
  readonly insert_in_progress: number;
  /** One came while its kind is switched off in /sys/firmware/acpi/hotplug: it is left alone. -1: nobody looks at the switch here. */
  readonly insert_not_supported: number;
  /** A device that no driver took is not ejected. */
  readonly eject_needs_driver: 0 | 1;
  /** What the line in the log calls it when an eject is refused because of the switch; '': there is none. */
  readonly eject_disabled: string;
  /** The event an eject that begins is told with, whoever asked (`source_event`). */
  eject_begins(source_event: number): number;
  /** How it went: 0 or -errno. */
  eject_ended(ret: number): number;
  /** Containers have a device in /sys/devices/system/container, which user space takes offline before an eject; else they wait with an eject for a write to their eject file. */
  readonly container_device: 0 | 1;
  /** /sys/firmware/acpi/hotplug/force_remove can be switched on. */
  readonly may_force_remove: 0 | 1;
}

/** Where the control flow of hotplug differs. Each is the work between a block's states; the states themselves are mm/memory_block.ts. */
export interface HotplugFunctions {
  /** 0 or -errno. The block's online_type says how. */
  memory_block_online(k: Kernel, id: number): Kthread<number>;
  memory_block_offline(k: Kernel, id: number): Kthread<number>;
  /** Value of MEMORY_BLOCK.valid_zones. */
  valid_zones(mm: Mm, id: number): number;
  /** Why an online block would refuse to go offline at once, by the kernel's own tests in its own order; undefined: it would begin to move pages. Changes nothing. */
  offline_refusal(k: Kernel, id: number): OfflineRefusal | undefined;
  /** errno that ends an offline whose pages cannot all be moved, and what it does until then. */
  readonly stuck: { readonly errno: number; readonly how: StuckHow };
  /** Highest zone that pages of a block in this zone may move to. */
  migration_zone(zone: number): number;
  /** A DIMM's range becomes known: 0, or -errno when nothing of it was taken. */
  acpi_memory_enable_device(k: Kernel, slot: number): Kthread<number>;
  /** Names of ACPI's half of the call path: a device comes, a device is asked back, its blocks go offline, the firmware hears, the firmware lets go. */
  readonly acpi: Readonly<Record<'check' | 'eject' | 'offline' | 'ost' | 'ej0', FunctionName>>;
  readonly acpi_reports: AcpiReports;
  /** Of an add that runs out of memory the blocks made so far stay, as no device's, while the claim in /proc/iomem goes. */
  readonly keeps_partial_add?: true;
  /** A DIMM's range, all offline, is forgotten. False: the thread that was to do it died of a bug, and the firmware hears nothing more. */
  acpi_memory_remove_memory(k: Kernel, slot: number): Kthread<boolean>;
}

/** Files whose list or text differs. */
export interface FileFunctions {
  /** Attributes of memoryN, and of /sys/devices/system/memory itself. */
  memory_block(k: Kernel, id: number): Readonly<Record<string, VNode>>;
  memory(k: Kernel): Readonly<Record<string, VNode>>;
  /** Attributes of nodeN, and of /sys/devices/system/node itself. */
  node(k: Kernel, nid: number): Readonly<Record<string, VNode>>;
  nodes(k: Kernel): Readonly<Record<string, VNode>>;
  /** /sys/module/memory_hotplug/parameters, where it exists. */
  module_parameters(mm: Mm): DirNode | undefined;
  zoneinfo(k: Kernel): string;
  pagetypeinfo(k: Kernel): string;
  meminfo(mm: Mm): string;
  node_meminfo(mm: Mm, nid: number): string;
  vmstat(mm: Mm): string;
  /** /sys/kernel/debug/hwpoison where it is not 6.1's. */
  hwpoison_inject?(k: Kernel): DirNode;
  /** Files of the shared parts that this kernel does not have yet: 'proc/zoneinfo'. */
  readonly not_yet?: readonly string[];
  /** User space hears of devices by a program that the kernel starts for each event, not by messages. */
  readonly hotplug_programs?: boolean;
  /** Further files of /sys/kernel and /proc/sys/kernel. */
  sys_kernel?(k: Kernel): Readonly<Record<string, VNode>>;
  proc_sys_kernel?(k: Kernel): Readonly<Record<string, VNode>>;
}

export interface Edition {
  readonly name: EditionName;
  /** What it is built for here. */
  readonly arches: readonly Arch[];
  /** uname -r and -v where the description has none. */
  readonly release: string;
  readonly version: string;
  readonly alloc: AllocPolicy;
  readonly watermarks: WatermarkPolicy;
  readonly reclaim: ReclaimPolicy;
  readonly oom: OomKiller;
  readonly zonelists: ZonelistPolicy;
  readonly hotplug: HotplugFunctions;
  readonly files: FileFunctions;
  /** Huge pages larger than the largest chunk can be had at run time (CONFIG_CONTIG_ALLOC). */
  readonly gigantic_pages: boolean;
  /** Page tables of a program before it does anything: order of the top level, pages below it of a shell's and of any other's. */
  readonly program_tables: { readonly pgd_order: number; readonly shell: number; readonly other: number };
  /** The scanners look into the free lists first; a task keeps the chunk it compacted for; a fault's huge page is looked for on its node, without reclaim, before all nodes are asked. */
  readonly compaction: { readonly fast_search: boolean; readonly capture: boolean; readonly thp_local_first: boolean };
  /** What the kernel itself takes at rest, as /proc/meminfo counts it. */
  readonly kernel_use: KernelUse;
  /** Nodes have a thread that compacts memory. */
  readonly kcompactd: boolean;
  /** Actions of the memory notifier chain, by name. */
  readonly memory_actions: Readonly<Record<string, number>>;
  /** Registers the in-tree listeners of the memory chain, in the order their initcalls run. */
  register_listeners(k: Kernel): void;
  /** So many inodes and names came into use, by a program started or a file made. */
  grow_caches(k: Kernel, objects: number): void;
  /** A process's page map is read. `lost`: the pfn of a hwpoison entry whose memory map is gone, -1 = none. True: the reader dies of it. */
  pagemap_read(mm: Mm, lost: number, reader: { readonly pid: number; readonly name: string }): boolean;
  /** What is called beyond the call path, for the tracer of functions; absent: nothing more is known. */
  readonly callTree?: CallTree;
  /** MLOCK_LIMIT: what the first process may lock (RLIMIT_MEMLOCK), bytes. */
  readonly mlock_limit: number;
  /** Pages of a file, side by side and cached, that one fault maps (fault_around_bytes, since 3.15). */
  readonly fault_around: number;
  /** Stacks of ended processes that are kept for the next ones. */
  readonly cached_stacks: number;
  /** Names of migrate types as /proc/pagetypeinfo orders them, with their wire values. */
  readonly migrate_types: readonly (readonly [name: string, type: number])[];
}
