/** An event as one line of words, for expectations and transcripts: `notify MEM_GOING_OFFLINE memory6`, `offline_pages_ret EBUSY failure to isolate range`. */
import { errnoName } from '../uapi/errno.ts';
import { MEM_ACTION_NAMES } from '../uapi/memory_block.ts';
import { NOTIFIER_USER_BASE, NOTIFIERS, notifyWord } from '../uapi/notifiers.ts';
import { MIGRATE_MODES, MIGRATE_REASONS, OFFLINE_REASONS, QMP_EVENTS, type TraceEvent, UEVENT_ACTIONS, UEVENT_SUBSYSTEMS } from '../uapi/trace.ts';

const hex = (n: number): string => `0x${n.toString(16)}`;
/** Names of the words after w3 that every event has. */
const HEAD = new Set(['type', 'seq', 'time', 'task']);

/** @param blockPages frames of a memory block. Undefined: calls, single pages, terminal output and log lines, which are looked at by other means. */
export function eventLine(e: TraceEvent, blockPages: number): string | undefined {
  const block = (pfn: number): string => `memory${Math.floor(pfn / blockPages)}`;
  const returned = (ret: number, why = ''): string => `${e.type} ${ret < 0 ? errnoName(ret) : ret}${why && ` ${why}`}`;
  switch (e.type) {
    case 'sim_func_entry': case 'sim_func_exit': case 'sim_migrate_page': case 'sim_isolate_pageblock': case 'sim_tty': case 'log': case 'sim_command': case 'sim_command_end': return undefined;
    case 'notify': return `notify ${MEM_ACTION_NAMES[e.action] ?? e.action} ${block(e.start_pfn)}`;
    case 'sim_notifier_call': return `callback ${NOTIFIERS[e.callback]?.name ?? `user${e.callback - NOTIFIER_USER_BASE}`} ${MEM_ACTION_NAMES[e.action] ?? e.action} ${notifyWord(e.ret)}`;
    case 'notify_ret': return `notify_ret ${notifyWord(e.ret)}`;
    case 'uevent': return `uevent ${UEVENT_ACTIONS[e.action] ?? e.action} ${UEVENT_SUBSYSTEMS[e.subsystem] ?? '?'}${e.id}`;
    case 'online_pages': case 'offline_pages': case 'remove_memory': return `${e.type} ${block(e.start_pfn)} pages=${e.nr_pages}`;
    case 'add_memory': return `${e.type} ${block(e.start_pfn)} pages=${e.nr_pages} mhp_flags=${hex(e.mhp_flags)}`;
    case 'offline_pages_ret': return returned(e.ret, OFFLINE_REASONS[e.reason]);
    case 'online_pages_ret': case 'add_memory_ret': case 'remove_memory_ret': case 'start_isolate_page_range_ret': return returned(e.ret);
    case 'mm_migrate_pages': return `${e.type} succeeded=${e.succeeded} failed=${e.failed} thp=${e.thp_succeeded} ${MIGRATE_REASONS[e.reason] ?? e.reason} ${MIGRATE_MODES[e.mode] ?? e.mode}`;
    case 'test_pages_isolated': return `${e.type} ${e.fin_pfn >= e.end_pfn ? 'success' : `fail fin_pfn=${hex(e.fin_pfn)}`}`;
    case 'acpi_ost': return `${e.type} event=${hex(e.source_event)} status=${hex(e.status)}`;
    case 'write_error': return `${e.type} ${errnoName(e.errno)}`;
    case 'sim_qmp_event': return `qmp ${QMP_EVENTS[e.event] ?? e.event}`;
    default: return [e.type, ...Object.entries(e).filter(([key]) => !HEAD.has(key)).map(([key, value]) => `${key}=${value}`)].join(' ');
  }
}
