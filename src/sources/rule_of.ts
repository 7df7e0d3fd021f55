/** Which rule an answer follows. Light: the rules themselves (sources.ts) are loaded when somebody asks. */
import { type FunctionName, FUNCTIONS } from '../../workers/uapi/functions.ts';
import type { Edition } from '../../workers/uapi/machine_description.ts';
import { ERESTARTNOINTR } from '../../workers/uapi/errno.ts';
import { NOTIFIER_USER_BASE } from '../../workers/uapi/notifiers.ts';
import type { OfflineReason } from '../../workers/uapi/offline_reason.ts';
import { OFFLINE_REASONS, type TraceEvent, type TraceName } from '../../workers/uapi/trace.ts';
import type { Plan } from '../gestures/plan.ts';
import type { RuleId } from './rules.ts';

/** A rule, a function of the call path, or a listener of the kernel's own (row of NOTIFIERS). */
export type Ref = RuleId | `fn:${FunctionName}` | `listener:${number}`;

/** The rule behind each reason why a block would not go offline, or may not. */
const REASONS: Readonly<Record<OfflineReason['code'], RuleId>> = {
  not_configured: 'no_option', state: 'block_state', two_zones: 'one_zone', memory_holes: 'holes', last_normal: 'last_normal', bootmem: 'bootmem', unmovable_page: 'page_offline', not_written: 'not_written',
  not_highmem: 'highmem_whole', isolate: 'isolate', no_lru: 'not_free', capture: 'capture', referenced: 'stuck', no_room: 'no_room',
};
/** The rule behind a verdict on taking a block offline; without a reason it would go. */
export const ruleOfReason = (reason: OfflineReason | undefined): RuleId => (reason === undefined ? 'would_go' : REASONS[reason.code]);

/** The rule behind each reason that offline_pages() logs. */
const LOGGED: Readonly<Record<(typeof OFFLINE_REASONS)[number], RuleId>> = {
  '': 'event_offline', 'memory holes': 'holes', 'multizone range': 'one_zone', 'failure to isolate range': 'isolate', 'notifier failure': 'veto', 'signal backoff': 'signal', 'unmovable page': 'page_offline',
  'failure to dissolve huge pages': 'dissolve',
};

/** What a move follows before it is made: what would refuse it, else `verdict` of an offline that may not end, else the way itself. Undefined: it is there already. */
export function ruleOfPlan(plan: Plan, verdict?: OfflineReason): RuleId | undefined {
  if (plan.kind === 'stay') return undefined;
  if (plan.kind === 'never') return plan.rule;
  const reason = plan.forecast?.reason ?? (plan.rule === 'would_go' ? verdict : undefined);
  return reason === undefined ? plan.rule : ruleOfReason(reason);
}

/** Files that take a write, the first that fits. */
const FILES: readonly (readonly [path: RegExp, rule: RuleId])[] = [
  [/\/memory\d+\/state$/, 'block_state'], [/\/memory\d+\/online$/, 'file_online'], [/\/memory\/probe$/, 'file_probe'], [/\/auto_online_blocks$/, 'file_auto_online'],
  [/\/(soft|hard)_offline_page$|\/hwpoison\//, 'file_poison'], [/\/sys\/module\//, 'file_parameter'], [/\/hugepages-|hugepages$|hugepages_mempolicy$/, 'file_hugepages'], [/\/transparent_hugepage\//, 'file_thp'],
  [/\/uevent$/, 'file_uevent'], [/\/eject$/, 'file_eject'], [/\/notifier-error-inject\//, 'file_inject'], [/\/memory-notifier-lab\//, 'own_listener'], [/\/tracing\//, 'file_trace'],
  [/\/sys\/block\/zram|\/zram-control\//, 'file_zram'], [/\/power\/\w+$/, 'file_no_store'], [/\/drivers_(probe|autoprobe)$/, 'file_bus'], [/\/kexec_crash_size$/, 'file_kexec'], [/\/debug\/cma\//, 'file_cma'],
  [/\/debug\//, 'file_debug'], [/\/acpi\/hotplug\//, 'file_acpi'], [/\/oom_(score_)?adj$/, 'file_oom'], [/^\/proc\/sys\//, 'file_sysctl'],
];
/** What an errno of `state` means when the kernel gives no reason with it. */
const STATE_ERRNO: Readonly<Record<string, RuleId>> = { EPERM: 'veto', ENOMEM: 'veto', EINTR: 'signal', ENOSYS: 'not_written', EBUSY: 'isolate' };
/** What a write to `state` was refused by, where a function says more than the errno. */
const REFUSED_BY: Readonly<Partial<Record<FunctionName, RuleId>>> = { memory_block_offline: 'one_zone', move_pfn_range_right: 'to_movable', move_pfn_range_left: 'to_kernel', memory_notify: 'veto' };
const GAVE_UP: Readonly<Record<Edition, RuleId>> = { '6.1': 'stuck', '3.11': 'stuck', '2.6.12-mhp': 'capture' };

/**
 * The function that refused a write which ended with the last of these events: of those that returned an errno the deepest, or what it had called last if that is a test of the zones' border,
 * which tells by its answer alone.
 */
export function refusedBy(events: readonly TraceEvent[]): FunctionName | undefined {
  const nameOf = (fn: number): FunctionName | undefined => FUNCTIONS[fn - 1]?.[0];
  const from = events.findLastIndex((event) => event.type === 'sim_func_entry' && /^(state_store|store_mem_state)$/.test(nameOf(event.fn) ?? ''));
  if (from < 0) return undefined;
  const exits = events.slice(from).flatMap((event) => (event.type === 'sim_func_exit' ? [event] : []));
  const at = exits.findIndex(({ ret }) => ret < 0);
  const before = nameOf(exits[at - 1]?.fn ?? 0);
  return at < 0 ? undefined : before?.startsWith('move_pfn_range_') ? before : nameOf(exits[at]?.fn ?? 0);
}

/** A write that was refused: which file, with which errno, the kernel's reason where it gave one (else strerror's words), and the function that said no. */
export function ruleOfRefusal(edition: Edition, { errno, reason, path, by }: { readonly errno: string; readonly reason: string; readonly path: string; readonly by?: FunctionName | undefined }): RuleId {
  const logged = OFFLINE_REASONS.find((words) => words !== '' && words === reason);
  if (logged !== undefined) return LOGGED[logged];
  const file = FILES.find(([pattern]) => pattern.test(path))?.[1] ?? 'file_other';
  if (file !== 'block_state') return file;
  const said = by && REFUSED_BY[by];
  if (said !== undefined) return said;
  if (errno === 'EAGAIN') return GAVE_UP[edition];
  // In 2005 EBUSY is of onlining alone: a page of the section is not reserved.
  return edition === '2.6.12-mhp' && errno === 'EBUSY' ? 'event_online' : STATE_ERRNO[errno] ?? file;
}

/** A row of what holds a block, by its cause. */
export function ruleOfHolder(cause: string): RuleId {
  if (cause.startsWith('pinned')) return 'holds_pinned';
  if (/^(reserved|memmap|crash kernel)/.test(cause)) return 'holds_reserved';
  if (cause === 'hugetlb') return 'holds_hugetlb';
  if (cause === 'unplugged' || cause === 'balloon') return 'holds_driver';
  if (cause === 'poisoned') return 'holds_poison';
  return 'holds_kernel';
}

const EVENTS: Readonly<Record<Exclude<TraceName, 'sim_func_entry' | 'sim_func_exit' | 'sim_notifier_call' | 'write_error'>, RuleId>> = {
  notify: 'event_notify', notify_ret: 'event_notify', uevent: 'event_uevent', log: 'event_log', online_pages: 'event_online', online_pages_ret: 'event_online', offline_pages: 'event_offline',
  offline_pages_ret: 'event_offline', start_isolate_page_range: 'event_isolate', start_isolate_page_range_ret: 'event_isolate', sim_isolate_pageblock: 'event_isolate', mm_migrate_pages: 'event_migrate',
  sim_migrate_page: 'event_migrate', test_pages_isolated: 'event_test', add_memory: 'event_add', add_memory_ret: 'event_add', remove_memory: 'event_remove', remove_memory_ret: 'event_remove', acpi_ost: 'event_ost',
  mm_page_alloc_extfrag: 'event_fallback', sim_qmp_event: 'event_host', sim_tty: 'event_command', sim_command: 'event_command', sim_command_end: 'event_command', sim_capture_page: 'event_capture',
  mm_compaction_begin: 'event_compaction', mm_compaction_end: 'event_compaction', mm_compaction_isolate_migratepages: 'event_compaction', mm_compaction_isolate_freepages: 'event_compaction',
  mm_compaction_fast_isolate_freepages: 'event_compaction', mm_compaction_migratepages: 'event_compaction', mm_compaction_try_to_compact_pages: 'event_compaction', mm_compaction_finished: 'event_compaction', mm_compaction_suitable: 'event_compaction',
  mm_compaction_deferred: 'event_compaction', mm_compaction_defer_compaction: 'event_compaction', mm_compaction_defer_reset: 'event_compaction', mm_compaction_wakeup_kcompactd: 'event_compaction',
  mm_compaction_kcompactd_wake: 'event_compaction', mm_compaction_kcompactd_sleep: 'event_compaction', cma_alloc_start: 'event_cma', cma_alloc_finish: 'event_cma', cma_alloc_busy_retry: 'event_cma',
  cma_release: 'event_cma', mm_vmscan_kswapd_wake: 'event_kswapd', mm_vmscan_kswapd_sleep: 'event_kswapd', mm_vmscan_wakeup_kswapd: 'event_kswapd', mm_vmscan_direct_reclaim_begin: 'event_reclaim',
  mm_vmscan_direct_reclaim_end: 'event_reclaim', mm_vmscan_lru_shrink_inactive: 'event_reclaim', mm_vmscan_lru_shrink_active: 'event_reclaim', reclaim_retry_zone: 'event_reclaim', mark_victim: 'event_oom',
  oom_score_adj_update: 'file_oom', mm_khugepaged_scan_pmd: 'event_khugepaged', mm_collapse_huge_page: 'event_khugepaged',
};
/** An event. `refused`: of a write_error, errno's name and path. Undefined: a function this build does not name. */
export function ruleOfEvent(edition: Edition, event: TraceEvent, refused: (event: TraceEvent & { type: 'write_error' }) => { readonly errno: string; readonly path: string; readonly by?: FunctionName | undefined }): Ref | undefined {
  switch (event.type) {
    case 'sim_func_entry': case 'sim_func_exit': {
      const name = FUNCTIONS[event.fn - 1]?.[0];
      return name && `fn:${name}`;
    }
    case 'sim_notifier_call': return event.callback >= NOTIFIER_USER_BASE ? 'own_listener' : `listener:${event.callback}`;
    case 'write_error': return event.errno === ERESTARTNOINTR ? 'restart' : ruleOfRefusal(edition, { ...refused(event), reason: '' });
    case 'offline_pages_ret': return LOGGED[OFFLINE_REASONS[event.reason] ?? ''];
    default: return EVENTS[event.type];
  }
}
