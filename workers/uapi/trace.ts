/**
 * Events: what the machine says about itself. Eight 32-bit words a record in a ring with one writer that drops the oldest (as ftrace does in overwrite mode);
 * the reader counts what it lost. Names that exist in Linux are Linux's; ours begin with sim_.
 *   w0 sequence number · w1 time, low word (ns) · w2 type | task row << 8 | time, high 16 bits << 16 · w3 … w7 arguments
 */
import type { Tables } from './layout.ts';
import { H_SEQ, H_TIME_HI, H_TIME_LO, H_TRACE_HEAD } from './layout.ts';

/** Type → argument names, in the order of w3 … w7. The index is the wire value: append, never reorder. */
export const TRACEPOINTS = [
  ['sim_func_entry', ['fn', 'a', 'b']],
  ['sim_func_exit', ['fn', 'ret']],
  /** kprobe on memory_notify(): the chain is called. */
  ['notify', ['action', 'start_pfn', 'nr_pages', 'status_change_nid_normal', 'status_change_nid']],
  /** One callback of the chain answered: callback is a row of NOTIFIERS or, from 64 on, one registered at run time, whose name is TEXT row `text` - 1. */
  ['sim_notifier_call', ['callback', 'action', 'ret', 'text']],
  ['notify_ret', ['ret', 'action']],
  /** action and subsystem are rows of UEVENT_ACTIONS and UEVENT_SUBSYSTEMS. */
  ['uevent', ['action', 'subsystem', 'id']],
  /** text: number of a TEXT row. */
  ['log', ['text', 'level']],
  ['online_pages', ['start_pfn', 'nr_pages', 'zone']],
  ['online_pages_ret', ['ret']],
  ['offline_pages', ['start_pfn', 'nr_pages']],
  /** reason: row of OFFLINE_REASONS. */
  ['offline_pages_ret', ['ret', 'reason']],
  ['start_isolate_page_range', ['start_pfn', 'end_pfn', 'migratetype', 'flags']],
  ['start_isolate_page_range_ret', ['ret', 'pfn']],
  ['mm_migrate_pages', ['succeeded', 'failed', 'thp_succeeded', 'reason', 'mode']],
  ['test_pages_isolated', ['start_pfn', 'end_pfn', 'fin_pfn', 'busy']],
  /** start and size in pfns. */
  ['add_memory', ['nid', 'start_pfn', 'nr_pages', 'mhp_flags']],
  ['add_memory_ret', ['ret']],
  ['remove_memory', ['start_pfn', 'nr_pages']],
  ['remove_memory_ret', ['ret']],
  ['acpi_ost', ['source_event', 'status', 'slot']],
  /** A write(2) that failed. */
  ['write_error', ['errno', 'text']],
  /** One page moved: every mapping now points at `to`. order 9 = a whole THP. */
  ['sim_migrate_page', ['from', 'to', 'order', 'owner']],
  ['sim_isolate_pageblock', ['pfn', 'ret']],
  ['mm_page_alloc_extfrag', ['pfn', 'alloc_order', 'fallback_order', 'alloc_migratetype', 'fallback_migratetype']],
  /** QMP event of the host: row of QMP_EVENTS, slot, and for ACPI_DEVICE_OST event and status. */
  ['sim_qmp_event', ['event', 'slot', 'source_event', 'status']],
  /** Output of the shell: number of a TEXT row. */
  ['sim_tty', ['text', 'stream']],
  /** A command took effect: its number in the journal, and when it ended with which status. */
  ['sim_command', ['command']],
  ['sim_command_end', ['command', 'status']],
  /** 2.6.12: a chunk belongs to whoever takes its section away, from the free lists or because it was freed while the section was caged. */
  ['sim_capture_page', ['pfn', 'order']],
  /** The end of the zone is in the record that begins the run. */
  ['mm_compaction_begin', ['zone_start', 'migrate_pfn', 'free_pfn', 'zone_end', 'sync']],
  ['mm_compaction_end', ['zone_start', 'migrate_pfn', 'free_pfn', 'sync', 'status']],
  ['mm_compaction_isolate_migratepages', ['start_pfn', 'end_pfn', 'nr_scanned', 'nr_taken']],
  ['mm_compaction_isolate_freepages', ['start_pfn', 'end_pfn', 'nr_scanned', 'nr_taken']],
  ['mm_compaction_migratepages', ['nr_migrated', 'nr_failed']],
  ['mm_compaction_try_to_compact_pages', ['order', 'gfp_mask', 'prio']],
  ['mm_compaction_finished', ['nid', 'idx', 'order', 'ret']],
  ['mm_compaction_suitable', ['nid', 'idx', 'order', 'ret']],
  ['mm_compaction_deferred', ['nid', 'idx', 'order', 'defer_shift', 'order_failed']],
  ['mm_compaction_defer_compaction', ['nid', 'idx', 'order', 'defer_shift', 'order_failed']],
  ['mm_compaction_defer_reset', ['nid', 'idx', 'order', 'defer_shift', 'order_failed']],
  ['mm_compaction_wakeup_kcompactd', ['nid', 'order', 'highest_zoneidx']],
  ['mm_compaction_kcompactd_wake', ['nid', 'order', 'highest_zoneidx']],
  ['mm_compaction_kcompactd_sleep', ['nid']],
  ['cma_alloc_start', ['count', 'align']],
  ['cma_alloc_finish', ['pfn', 'count', 'align', 'errorno']],
  ['cma_alloc_busy_retry', ['pfn', 'count', 'align']],
  ['cma_release', ['pfn', 'count']],
  ['mm_vmscan_kswapd_wake', ['nid', 'zid', 'order']],
  ['mm_vmscan_kswapd_sleep', ['nid']],
  ['mm_vmscan_wakeup_kswapd', ['nid', 'zid', 'order']],
  ['mm_vmscan_direct_reclaim_begin', ['order', 'zid']],
  ['mm_vmscan_direct_reclaim_end', ['nr_reclaimed']],
  /** file: 1 for page cache, 0 for anonymous memory. */
  ['mm_vmscan_lru_shrink_inactive', ['nid', 'nr_scanned', 'nr_reclaimed', 'priority', 'file']],
  ['mm_vmscan_lru_shrink_active', ['nid', 'nr_taken', 'nr_deactivated', 'priority', 'file']],
  /** page_alloc.c: a zone that an allocation looked at in vain: what could be reclaimed, with what is free, and the min mark it would have to stay above. */
  ['reclaim_retry_zone', ['zone', 'order', 'reclaimable', 'available', 'min_wmark']],
  /** oom_kill.c: the process that has to go. */
  ['mark_victim', ['pid']],
  /** status: row of SCAN_RESULTS. */
  ['mm_khugepaged_scan_pmd', ['pfn', 'status']],
  ['mm_collapse_huge_page', ['pfn', 'status']],
  ['oom_score_adj_update', ['pid', 'oom_score_adj']],
  ['mm_compaction_fast_isolate_freepages', ['start_pfn', 'end_pfn', 'nr_scanned', 'nr_taken']],
] as const satisfies readonly (readonly [string, readonly string[]])[];

type Tracepoint = (typeof TRACEPOINTS)[number];
export type TraceName = Tracepoint[0];
/** Wire value by name. */
export const EV = Object.fromEntries(TRACEPOINTS.map(([name], i) => [name, i])) as { readonly [N in TraceName]: number };

/** By wire type: 1 for records about a single frame, which come by the million; what sums them up has records of its own. */
export const SINGLE_FRAMES = Uint8Array.from({ length: 256 }, (_, type) => (type === EV.sim_migrate_page || type === EV.mm_page_alloc_extfrag || type === EV.sim_capture_page ? 1 : 0));

/** A decoded record: `{ type: 'notify', seq, time, task, action, start_pfn, … }`. */
export type TraceEvent = {
  [T in Tracepoint as T[0]]: { readonly type: T[0]; readonly seq: number; /** ns */ readonly time: number; readonly task: number } & { readonly [A in T[1][number]]: number };
}[TraceName];

export const UEVENT_ACTIONS = ['add', 'remove', 'change', 'online', 'offline'] as const;
export const UEVENT_SUBSYSTEMS = ['memory', 'node', 'acpi', 'container'] as const;
export const QMP_EVENTS = ['ACPI_DEVICE_OST', 'DEVICE_DELETED', 'DEVICE_UNPLUG_GUEST_ERROR', 'MEMORY_DEVICE_SIZE_CHANGE', 'BALLOON_CHANGE'] as const;
/** The kernel's own words for a failed offline (mm/memory_hotplug.c); row 0: it did not fail. */
export const OFFLINE_REASONS = [
  '', 'memory holes', 'multizone range', 'failure to isolate range', 'notifier failure', 'signal backoff', 'unmovable page', 'failure to dissolve huge pages',
] as const;
/** enum migrate_reason and migrate_mode, as the tracepoint prints them. */
export const MIGRATE_REASONS = ['compaction', 'memory_failure', 'memory_hotplug', 'syscall_or_cpuset', 'mempolicy_mbind', 'numa_misplaced', 'contig_range', 'longterm_pin', 'demotion'] as const;
/** enum scan_result, those that come up here. */
export const SCAN_RESULTS = ['succeeded', 'exceed_none_pte', 'page_count', 'pmd_mapped', 'alloc_huge_page_failed'] as const;
/** enum compact_result. */
export const COMPACT_RESULTS = ['not_suitable_zone', 'skipped', 'deferred', 'no_suitable_page', 'continue', 'complete', 'partial_skipped', 'contended', 'success'] as const;
export const MIGRATE_MODES = ['MIGRATE_ASYNC', 'MIGRATE_SYNC_LIGHT', 'MIGRATE_SYNC'] as const;

/** Kernel side: appends a record and advances the event sequence number. One writer. */
export function traceWriter(t: Pick<Tables, 'header' | 'trace'>): (type: number, task: number, a?: number, b?: number, c?: number, d?: number, e?: number) => void {
  const { header } = t;
  const { w0, w1, w2, w3, w4, w5, w6, w7 } = t.trace;
  const rows = w0.length;
  return (type, task, a = 0, b = 0, c = 0, d = 0, e = 0) => {
    const seq = (header[H_SEQ] as number) + 1;
    const head = header[H_TRACE_HEAD] as number;
    const i = (head >>> 0) % rows;
    w0[i] = seq;
    w1[i] = header[H_TIME_LO] as number;
    w2[i] = (type & 0xff) | ((task & 0xff) << 8) | ((header[H_TIME_HI] as number) << 16);
    w3[i] = a;
    w4[i] = b;
    w5[i] = c;
    w6[i] = d;
    w7[i] = e;
    header[H_SEQ] = seq;
    header[H_TRACE_HEAD] = head + 1;
  };
}

/** So many equal steps, each with one event: arguments are `a[i]`, `b[i]`, `c`, `d[i]`, and `ns` pass from one to the next. Leaves the clock to the caller. */
export type TraceRun = (type: number, task: number, n: number, ns: number, a: Int32Array, b: Int32Array, c: number, d: Int32Array) => void;
export function traceRunWriter(t: Pick<Tables, 'header' | 'trace'>): TraceRun {
  const { header } = t;
  const { w0, w1, w2, w3, w4, w5, w6, w7 } = t.trace;
  const rows = w0.length;
  return (type, task, n, ns, a, b, c, d) => {
    const seq = header[H_SEQ] as number;
    const head = header[H_TRACE_HEAD] as number;
    // Whole numbers of 32 bits all through: what may be larger V8 would keep as a double.
    let lo = header[H_TIME_LO] as number;
    let word = (type & 0xff) | ((task & 0xff) << 8) | ((header[H_TIME_HI] as number) << 16);
    for (let k = 0, i = (head >>> 0) % rows; k < n; k++) {
      w0[i] = (seq + k + 1) | 0;
      w1[i] = lo;
      w2[i] = word;
      w3[i] = a[k] as number;
      w4[i] = b[k] as number;
      w5[i] = c;
      w6[i] = d[k] as number;
      w7[i] = 0;
      i = i + 1 === rows ? 0 : i + 1;
      const before = lo;
      lo = (lo + ns) | 0;
      if (lo >>> 0 < before >>> 0) word = (word + (1 << 16)) | 0;
    }
    header[H_SEQ] = seq + n;
    header[H_TRACE_HEAD] = head + n;
  };
}

/** Decodes one record of eight words starting at `at`. Throws on a type this build does not know. */
export function decodeEvent(words: Int32Array, at = 0): TraceEvent {
  const w2 = words[at + 2] as number;
  const type = w2 & 0xff;
  const point = TRACEPOINTS[type];
  if (point === undefined) throw new Error(`trace record of unknown type ${type}`);
  const event: Record<string, unknown> = {
    type: point[0],
    seq: (words[at] as number) >>> 0,
    time: (w2 >>> 16) * 2 ** 32 + ((words[at + 1] as number) >>> 0),
    task: (w2 >>> 8) & 0xff,
  };
  point[1].forEach((name, i) => { event[name] = words[at + 3 + i]; });
  return event as TraceEvent;
}
