/** What an event is about, without the words for it: those are loaded with the panels that show them (event.ts). */
import type { EventWords } from '../strings/events.en.ts';
import type { TraceName } from '../../workers/uapi/trace.ts';

/** What the filter offers. */
export const EVENT_KINDS = ['notifier', 'uevent', 'log', 'trace', 'host', 'command', 'call', 'page'] as const;
export type EventKind = (typeof EVENT_KINDS)[number];

const KIND: Readonly<Record<TraceName, EventKind>> = {
  sim_func_entry: 'call', sim_func_exit: 'call', notify: 'notifier', sim_notifier_call: 'notifier', notify_ret: 'notifier', uevent: 'uevent', log: 'log',
  online_pages: 'trace', online_pages_ret: 'trace', offline_pages: 'trace', offline_pages_ret: 'trace', start_isolate_page_range: 'trace',
  start_isolate_page_range_ret: 'trace', mm_migrate_pages: 'trace', test_pages_isolated: 'trace', add_memory: 'trace', add_memory_ret: 'trace',
  remove_memory: 'trace', remove_memory_ret: 'trace', acpi_ost: 'host', write_error: 'command', sim_migrate_page: 'page', sim_isolate_pageblock: 'page',
  mm_page_alloc_extfrag: 'page', sim_qmp_event: 'host', sim_tty: 'command', sim_command: 'command', sim_command_end: 'command', sim_capture_page: 'page',
  mm_compaction_begin: 'trace', mm_compaction_end: 'trace', mm_compaction_isolate_migratepages: 'page', mm_compaction_isolate_freepages: 'page', mm_compaction_fast_isolate_freepages: 'page', mm_compaction_migratepages: 'page',
  mm_compaction_try_to_compact_pages: 'trace', mm_compaction_finished: 'page', mm_compaction_suitable: 'page', mm_compaction_deferred: 'trace', mm_compaction_defer_compaction: 'trace',
  mm_compaction_defer_reset: 'trace', mm_compaction_wakeup_kcompactd: 'trace', mm_compaction_kcompactd_wake: 'trace', mm_compaction_kcompactd_sleep: 'trace',
  cma_alloc_start: 'trace', cma_alloc_finish: 'trace', cma_alloc_busy_retry: 'trace', cma_release: 'trace',
  mm_vmscan_kswapd_wake: 'trace', mm_vmscan_kswapd_sleep: 'trace', mm_vmscan_wakeup_kswapd: 'trace', mm_vmscan_direct_reclaim_begin: 'trace', mm_vmscan_direct_reclaim_end: 'trace',
  mm_vmscan_lru_shrink_inactive: 'page', mm_vmscan_lru_shrink_active: 'page', mark_victim: 'trace', oom_score_adj_update: 'trace', reclaim_retry_zone: 'trace',
  mm_khugepaged_scan_pmd: 'page', mm_collapse_huge_page: 'page',
};
export const kindOf = (type: TraceName): EventKind => KIND[type];

export interface EventContext {
  /** Frames of a memory block. */
  readonly blockPages: number;
  /** Text row by number. */
  readonly text: (id: number) => string;
  /** The page's own words in a line; absent: English. */
  readonly words?: EventWords;
}

/** '/sys/devices/system/memory/memory49/state' → block 49. */
export function blockOfPath(path: string): { block?: number } {
  const id = /\/memory(\d+)(?:\/|$)/.exec(path)?.[1];
  return id === undefined ? {} : { block: Number(id) };
}
