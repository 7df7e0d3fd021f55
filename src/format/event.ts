/** One event as a line of the list: what it says, what stands at its right, its colour, and what it names. */
import { ERESTARTNOINTR, errnoName } from '../../workers/uapi/errno.ts';
import { FUNCTIONS } from '../../workers/uapi/functions.ts';
import { MEM_ACTION_NAMES } from '../../workers/uapi/memory_block.ts';
import { NOTIFIER_USER_BASE, NOTIFIERS, NOTIFY_STOP_MASK, notifyWord } from '../../workers/uapi/notifiers.ts';
import { COMPACT_RESULTS, MIGRATE_MODES, MIGRATE_REASONS, OFFLINE_REASONS, QMP_EVENTS, SCAN_RESULTS, type TraceEvent, UEVENT_ACTIONS, UEVENT_SUBSYSTEMS } from '../../workers/uapi/trace.ts';
import { eventWords } from '../strings/events.en.ts';
import { blockOfPath, type EventContext } from './event_kind.ts';
import { MAX_NR_ZONES, ZONE_NAMES } from '../../workers/uapi/mmzone.ts';
import { count, hex } from './numbers.ts';

export type Tone = 'start' | 'done' | 'cancel' | 'fail' | 'uevent' | 'quiet';
export interface EventLine {
  readonly text: string;
  readonly right: string;
  readonly tone: Tone;
  /** Printed in full ink: the lines one looks for. */
  readonly strong: boolean;
  /** A step inside the one above it. */
  readonly inner: boolean;
  /** What a click selects: a frame, or a block. */
  readonly pfn?: number;
  readonly block?: number;
}
/** Largest errno a return value can carry; sets them apart from pointers and flags. */
const result = (ret: number): string => (ret < 0 ? `-${errnoName(ret)}` : String(ret));
const pages = (n: number): string => `+${count(n)} pfn`;
const PFN_IN_TEXT = /\bpfn:?\s*(?:0x)?([0-9a-f]+)/i;
const toneOf = (ret: number): Tone => (ret === 0 ? 'done' : 'fail');

function notifyTone(action: number): Tone {
  const name = MEM_ACTION_NAMES[action] ?? '';
  return name.includes('CANCEL') ? 'cancel' : name.includes('GOING') ? 'start' : 'done';
}

const compactResult = (ret: number): string => COMPACT_RESULTS[ret] ?? String(ret);

/** A record as a line. Ranges of whole blocks are named by their first block. */
export function describeEvent(event: TraceEvent, context: EventContext): EventLine {
  const { words = eventWords } = context;
  const blockAt = (pfn: number): number => Math.floor(pfn / context.blockPages);
  const line = (text: string, right: string, tone: Tone = 'quiet', more: Partial<EventLine> = {}): EventLine => ({ text, right, tone, strong: false, inner: false, ...more });
  switch (event.type) {
    case 'sim_func_entry': return line(`${FUNCTIONS[event.fn - 1]?.[0] ?? event.fn}()`, words.enter, 'quiet', { inner: true });
    case 'sim_func_exit': return line(`${FUNCTIONS[event.fn - 1]?.[0] ?? event.fn}()`, result(event.ret), event.ret < 0 ? 'fail' : 'quiet', { inner: true });
    case 'notify': {
      // The chain of 2005 is called with nothing to say where.
      const where = event.nr_pages === 0 ? {} : { block: blockAt(event.start_pfn) };
      return line(MEM_ACTION_NAMES[event.action] ?? String(event.action), event.nr_pages === 0 ? 'NULL' : pages(event.nr_pages), notifyTone(event.action), { strong: true, ...where });
    }
    case 'sim_notifier_call': {
      const own = event.text > 0 ? context.text(event.text - 1) : '';
      const name = NOTIFIERS[event.callback]?.name ?? (own === '' ? `notifier ${event.callback - NOTIFIER_USER_BASE}` : own);
      const bad = (event.ret & NOTIFY_STOP_MASK) !== 0;
      return line(name, notifyWord(event.ret), bad ? 'fail' : 'quiet', { inner: true, strong: bad });
    }
    case 'notify_ret': return line('memory_notify', notifyWord(event.ret), (event.ret & NOTIFY_STOP_MASK) !== 0 ? 'fail' : 'quiet', { inner: true });
    case 'uevent': {
      const subsystem = UEVENT_SUBSYSTEMS[event.subsystem] ?? '?';
      return line(`uevent ${UEVENT_ACTIONS[event.action] ?? '?'} ${subsystem}${event.id}`, subsystem === 'memory' ? '' : words.subsystem(subsystem), 'uevent', subsystem === 'memory' ? { block: event.id } : {});
    }
    case 'log': {
      const text = context.text(event.text);
      const pfn = PFN_IN_TEXT.exec(text)?.[1];
      return line(text, 'log', event.level <= 3 ? 'fail' : event.level === 4 ? 'cancel' : 'quiet', { strong: event.level <= 3, ...(pfn && { pfn: Number.parseInt(pfn, 16) }) });
    }
    case 'online_pages': return line('online_pages', pages(event.nr_pages), 'start', { block: blockAt(event.start_pfn) });
    case 'online_pages_ret': return line('online_pages', result(event.ret), toneOf(event.ret), { inner: true });
    case 'offline_pages': return line('offline_pages', pages(event.nr_pages), 'start', { block: blockAt(event.start_pfn) });
    case 'offline_pages_ret': {
      const reason = OFFLINE_REASONS[event.reason] ?? '';
      return line(reason === '' ? 'offline_pages' : `offline_pages: ${reason}`, result(event.ret), toneOf(event.ret), { inner: event.ret === 0, strong: event.ret !== 0 });
    }
    case 'start_isolate_page_range': return line('start_isolate_page_range', pages(event.end_pfn - event.start_pfn), 'quiet', { block: blockAt(event.start_pfn) });
    case 'start_isolate_page_range_ret': return event.ret === 0
      ? line('start_isolate_page_range', '0', 'quiet', { inner: true })
      : line(words.at('start_isolate_page_range', hex(event.pfn)), result(event.ret), 'fail', { strong: true, pfn: event.pfn });
    case 'mm_migrate_pages': {
      const mode = (MIGRATE_MODES[event.mode] ?? '').replace('MIGRATE_', '').toLowerCase();
      return line(`mm_migrate_pages ${MIGRATE_REASONS[event.reason] ?? ''} ${mode}`.trim(), words.moved(count(event.succeeded), event.failed > 0 ? count(event.failed) : undefined), event.failed > 0 ? 'cancel' : 'quiet');
    }
    case 'test_pages_isolated': return event.fin_pfn >= event.end_pfn
      ? line('test_pages_isolated', 'success', 'quiet', { block: blockAt(event.start_pfn) })
      : line(words.at('test_pages_isolated', hex(event.fin_pfn)), 'fail', 'cancel', { pfn: event.fin_pfn });
    case 'add_memory': return line(`add_memory ${words.node(event.nid)}`, pages(event.nr_pages), 'start', { block: blockAt(event.start_pfn) });
    case 'add_memory_ret': return line('add_memory', result(event.ret), toneOf(event.ret), { inner: true });
    case 'remove_memory': return line('remove_memory', pages(event.nr_pages), 'start', { block: blockAt(event.start_pfn) });
    case 'remove_memory_ret': return line('remove_memory', result(event.ret), toneOf(event.ret), { inner: true });
    case 'acpi_ost': return line(words.ost(event.slot, hex(event.source_event)), words.status(hex(event.status)), event.status === 0 ? 'done' : event.status === 0x84 ? 'quiet' : 'fail');
    case 'write_error': if (event.errno === ERESTARTNOINTR) return line(`restart_syscall: ${context.text(event.text)}`, words.waits, 'quiet', { inner: true, ...blockOfPath(context.text(event.text)) });
      return line(words.writeError(context.text(event.text)), errnoName(event.errno), 'fail', { strong: true, ...blockOfPath(context.text(event.text)) });
    case 'sim_migrate_page': return line(`pfn ${hex(event.from)} → ${hex(event.to)}`, event.order > 0 ? words.order(event.order) : words.movedOne, 'quiet', { pfn: event.to, inner: true });
    case 'sim_isolate_pageblock': return line(words.pageblock(hex(event.pfn)), event.ret === 0 ? words.isolated : result(event.ret), event.ret === 0 ? 'quiet' : 'fail', { pfn: event.pfn, inner: true });
    case 'mm_page_alloc_extfrag': return line(`mm_page_alloc_extfrag pfn ${hex(event.pfn)}`, words.orderFrom(event.alloc_order, event.fallback_order), 'quiet', { pfn: event.pfn, inner: true });
    case 'sim_capture_page': return line(`pfn ${hex(event.pfn)}`, words.captured(event.order), 'quiet', { pfn: event.pfn, inner: true });
    case 'mm_compaction_begin': return line('mm_compaction_begin', `pfn ${hex(event.zone_start)}–${hex(event.zone_end - 1)}`, 'start', { pfn: event.zone_start });
    case 'mm_compaction_end': return line(`mm_compaction_end ${compactResult(event.status)}`, `pfn ${hex(event.migrate_pfn)}, ${hex(event.free_pfn)}`, 'done', { pfn: event.zone_start });
    case 'mm_compaction_isolate_migratepages': case 'mm_compaction_isolate_freepages': case 'mm_compaction_fast_isolate_freepages':
      return line(`${event.type} pfn ${hex(event.start_pfn)}`, words.of(count(event.nr_taken), count(event.nr_scanned)), 'quiet', { pfn: event.start_pfn, inner: true });
    case 'mm_compaction_migratepages': return line(event.type, words.moved(count(event.nr_migrated), event.nr_failed > 0 ? count(event.nr_failed) : undefined), 'quiet', { inner: true });
    case 'mm_compaction_try_to_compact_pages': return line(event.type, words.order(event.order), 'start');
    case 'mm_compaction_finished': case 'mm_compaction_suitable': return line(`${event.type} ${words.order(event.order)}`, compactResult(event.ret), 'quiet', { inner: true });
    case 'mm_compaction_deferred': case 'mm_compaction_defer_compaction': case 'mm_compaction_defer_reset':
      return line(`${event.type} ${words.order(event.order)}`, words.oneIn(count(2 ** Math.max(0, event.defer_shift))), event.type === 'mm_compaction_defer_reset' ? 'quiet' : 'cancel');
    case 'mm_compaction_wakeup_kcompactd': case 'mm_compaction_kcompactd_wake': return line(`${event.type} ${words.node(event.nid)}`, words.order(event.order));
    case 'mm_compaction_kcompactd_sleep': case 'mm_vmscan_kswapd_sleep': return line(event.type, words.node(event.nid));
    case 'mm_vmscan_wakeup_kswapd': case 'mm_vmscan_kswapd_wake': return line(`${event.type} ${words.node(event.nid)}`, words.order(event.order), event.type === 'mm_vmscan_kswapd_wake' ? 'start' : 'quiet');
    case 'mm_vmscan_direct_reclaim_begin': return line(event.type, words.order(event.order), 'cancel');
    case 'mm_vmscan_direct_reclaim_end': return line(event.type, words.freed(count(event.nr_reclaimed)), event.nr_reclaimed > 0 ? 'done' : 'fail');
    case 'mm_vmscan_lru_shrink_inactive': return line(`${event.type} ${event.file === 1 ? 'file' : 'anon'}`, words.of(count(event.nr_reclaimed), count(event.nr_scanned)), 'quiet', { inner: true });
    case 'mm_vmscan_lru_shrink_active': return line(`${event.type} ${event.file === 1 ? 'file' : 'anon'}`, words.of(count(event.nr_deactivated), count(event.nr_taken)), 'quiet', { inner: true });
    case 'reclaim_retry_zone': return line(`${event.type} ${words.node(Math.trunc(event.zone / MAX_NR_ZONES))} ${ZONE_NAMES[event.zone % MAX_NR_ZONES] ?? event.zone}`, `${count(event.available)} ${event.available > event.min_wmark ? '>' : '≤'} ${count(event.min_wmark)}`, 'cancel', { inner: true });
    case 'oom_score_adj_update': return line(`${event.type} pid ${event.pid}`, String(event.oom_score_adj));
    case 'mark_victim': return line(event.type, `pid ${event.pid}`, 'fail', { strong: true });
    case 'cma_alloc_start': return line(event.type, pages(event.count), 'start');
    case 'cma_alloc_finish': return event.errorno === 0 ? line(`cma_alloc_finish pfn ${hex(event.pfn)}`, pages(event.count), 'done', { pfn: event.pfn }) : line(event.type, result(event.errorno), 'fail');
    case 'cma_alloc_busy_retry': return line(`${event.type} pfn ${hex(event.pfn)}`, pages(event.count), 'cancel', { pfn: event.pfn, inner: true });
    case 'cma_release': return line(`cma_release pfn ${hex(event.pfn)}`, pages(event.count), 'quiet', { pfn: event.pfn });
    case 'mm_khugepaged_scan_pmd': case 'mm_collapse_huge_page':
      return line(`${event.type} pfn ${hex(event.pfn)}`, SCAN_RESULTS[event.status] ?? String(event.status), 'quiet', { pfn: event.pfn, inner: event.type === 'mm_khugepaged_scan_pmd' });
    case 'sim_qmp_event': return line(QMP_EVENTS[event.event] ?? String(event.event), words.slot(event.slot), event.event === 2 ? 'fail' : 'quiet');
    case 'sim_tty': return line(context.text(event.text).trimEnd(), 'tty');
    case 'sim_command': return line(words.command(event.command), words.begins, 'start');
    case 'sim_command_end': return line(words.command(event.command), event.status === 0 ? 'exit 0' : `exit ${event.status}`, event.status === 0 ? 'done' : 'fail');
  }
}
