/** Trace records → the recordings' event objects, in the words of the real machine's ftrace. */
import { errnoName } from '../uapi/errno.ts';
import { MEM_ACTION_NAMES } from '../uapi/memory_block.ts';
import { MIGRATE_MODES, MIGRATE_REASONS, type TraceEvent, UEVENT_ACTIONS, UEVENT_SUBSYSTEMS } from '../uapi/trace.ts';
import { PAGE_SIZE } from '../uapi/units.ts';
import type { RecordedEvent } from './question.ts';

const hex = (n: number): string => `0x${n.toString(16)}`;
/** The last errno the recorder had a name for (ERFKILL): what is above it is told as a number. */
const LAST_NAMED = 132;
/** A return value, and its errno by name where it is one. */
const returned = (ret: number): { ret: number; errno?: string | number } => (ret < 0 ? { ret, errno: -ret > LAST_NAMED ? ret : errnoName(ret) } : { ret });

const DEVICE_NAMES: Readonly<Record<(typeof UEVENT_SUBSYSTEMS)[number], { readonly name: (id: number) => string; readonly parent: string }>> = {
  memory: { name: (id) => `memory${id}`, parent: '/devices/system/memory' },
  node: { name: (id) => `node${id}`, parent: '/devices/system/node' },
  acpi: { name: (id) => `PNP0C80:${id.toString(16).padStart(2, '0')}`, parent: '/devices/LNXSYSTM:00/LNXSYBUS:00' },
  container: { name: (id) => `container${id}`, parent: '/devices/system/container' },
};

/** ACTION, DEVPATH and SUBSYSTEM of a uevent, as the netlink message has them, and the device's name. */
export function ueventOf(e: TraceEvent & { type: 'uevent' }): { readonly ACTION: string; readonly DEVPATH: string; readonly SUBSYSTEM: string; readonly name: string } {
  const SUBSYSTEM = UEVENT_SUBSYSTEMS[e.subsystem] ?? 'memory';
  const { name, parent } = DEVICE_NAMES[SUBSYSTEM];
  return { ACTION: UEVENT_ACTIONS[e.action] ?? String(e.action), DEVPATH: `${parent}/${name(e.id)}`, SUBSYSTEM, name: name(e.id) };
}

/** printk:console fires for every piece of a line that Linux prints in pieces (KERN_CONT): a zonelist's nodes come one by one. */
function logPieces(text: string): string[] {
  const fallback = /^(Fallback order for Node \d+: )((?:\d+ )*)$/.exec(text);
  return fallback ? [fallback[1] as string, ...((fallback[2] as string).match(/\d+ /g) ?? []), ''] : [text];
}

/** The recorded form of one trace record; none where the real machine's trace had no such event (function calls, single pages). */
export function recordedEvents(e: TraceEvent, textOf: (id: number) => string, pagesPerBlock: number): RecordedEvent[] {
  const t = e.time / 1e9;
  const one = (fields: Readonly<Record<string, unknown>>): RecordedEvent[] => [{ t, type: e.type, ...fields }];
  switch (e.type) {
    case 'notify':
      return one({
        action: MEM_ACTION_NAMES[e.action] ?? e.action, start_pfn: e.start_pfn, nr_pages: e.nr_pages, status_change_nid_normal: e.status_change_nid_normal,
        status_change_nid: e.status_change_nid, block: Math.floor(e.start_pfn / pagesPerBlock),
      });
    case 'notify_ret': return one({ ret: e.ret });
    case 'uevent': {
      const { ACTION, name } = ueventOf(e);
      return one({ action: ACTION, name });
    }
    case 'log': return logPieces(textOf(e.text)).map((text) => ({ t, type: 'log', text }));
    case 'online_pages': return one({ start_pfn: e.start_pfn, nr_pages: e.nr_pages });
    case 'offline_pages': return one({ start_pfn: e.start_pfn, nr_pages: e.nr_pages });
    case 'online_pages_ret':
    case 'offline_pages_ret':
    case 'add_memory_ret':
    case 'remove_memory_ret':
    case 'start_isolate_page_range_ret': return one(returned(e.ret));
    case 'start_isolate_page_range': return one({ start_pfn: e.start_pfn, end_pfn: e.end_pfn, migratetype: e.migratetype, flags: e.flags });
    case 'mm_migrate_pages':
      return one({
        succeeded: e.succeeded, failed: e.failed, thp_succeeded: e.thp_succeeded, reason: MIGRATE_REASONS[e.reason] ?? e.reason, mode: MIGRATE_MODES[e.mode] ?? e.mode,
      });
    case 'test_pages_isolated':
      return one({
        start_pfn: e.start_pfn, end_pfn: e.end_pfn, fin_pfn: e.fin_pfn, text: `fin_pfn=${hex(e.fin_pfn)} ret=${e.fin_pfn >= e.end_pfn ? 'success' : 'fail'}`,
      });
    case 'add_memory':
      return one({ nid: e.nid, start: hex(e.start_pfn * PAGE_SIZE), end: hex((e.start_pfn + e.nr_pages) * PAGE_SIZE - 1), mhp_flags: hex(e.mhp_flags) });
    case 'remove_memory': return one({ start: hex(e.start_pfn * PAGE_SIZE), size: hex(e.nr_pages * PAGE_SIZE) });
    case 'acpi_ost': return one({ source_event: hex(e.source_event), status: hex(e.status) });
    case 'write_error': return one(returned(-Math.abs(e.errno)));
    default: return [];
  }
}

/** Events of passes that repeat: a run longer than this is kept at its ends and counted in between. Numbers are the recorder's. */
const PASS = ['mm_migrate_pages', 'test_pages_isolated', 'start_isolate_page_range', 'start_isolate_page_range_ret'] as const;
const LONGEST_RUN = 24;
const HEAD = 8;
const TAIL = 4;
/** And whatever its events: of a step with more than this, only so many are kept at its beginning and end. */
const LONGEST_STEP = 400;
const STEP_HEAD = 250;
const STEP_TAIL = 100;

/** A log of a step that is longer than this is kept at its ends; the recorder's numbers. */
const LONGEST_LOG = 120;
const LOG_HEAD = 80;
const LOG_TAIL = 16;
export const collapseLog = <T>(log: readonly T[]): (T | { readonly collapsed: number })[] =>
  (log.length <= LONGEST_LOG ? [...log] : [...log.slice(0, LOG_HEAD), { collapsed: log.length - LOG_HEAD - LOG_TAIL }, ...log.slice(-LOG_TAIL)]);

/** Shortens long runs of migration passes to one entry of type `collapsed`. */
export function collapse(events: readonly RecordedEvent[]): RecordedEvent[] {
  const isPass = (e: RecordedEvent | undefined): boolean => PASS.some((type) => type === e?.type);
  const out: RecordedEvent[] = [];
  for (let i = 0; i < events.length;) {
    let end = i;
    while (isPass(events[end])) end++;
    if (end - i > LONGEST_RUN) {
      const middle = events.slice(i + HEAD, end - TAIL);
      const count = (type: string): number => middle.filter((e) => e.type === type).length;
      const sum = (key: string): number => middle.reduce((n, e) => n + (typeof e[key] === 'number' ? (e[key] as number) : 0), 0);
      out.push(...events.slice(i, i + HEAD), {
        type: 'collapsed', count: middle.length, ...Object.fromEntries(PASS.map((type) => [type, count(type)])),
        succeeded: sum('succeeded'), failed: sum('failed'),
      }, ...events.slice(end - TAIL, end));
    } else if (end > i) out.push(...events.slice(i, end));
    else out.push(events[end++] as RecordedEvent);
    i = end;
  }
  if (out.length <= LONGEST_STEP) return out;
  return [...out.slice(0, STEP_HEAD), { type: 'collapsed', count: out.length - STEP_HEAD - STEP_TAIL }, ...out.slice(-STEP_TAIL)];
}
