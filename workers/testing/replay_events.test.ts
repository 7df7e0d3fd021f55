import { describe, expect, it } from 'vitest';
import { MEM_GOING_OFFLINE } from '../uapi/memory_block.ts';
import { MIGRATE_MODES, MIGRATE_REASONS, type TraceEvent, UEVENT_ACTIONS, UEVENT_SUBSYSTEMS } from '../uapi/trace.ts';
import type { RecordedEvent } from './question.ts';
import { collapse, recordedEvents, ueventOf } from './replay_events.ts';

const BLOCK = 0x8000;
const at = { seq: 1, time: 3_500_000_000, task: 0 };
const shown = (e: TraceEvent, text = ''): RecordedEvent[] => recordedEvents(e, () => text, BLOCK).map(({ t: _, ...rest }) => rest as RecordedEvent);

describe('trace records in the words of the recordings', () => {
  it('a call of the notifier chain names its block', () => {
    expect(shown({ ...at, type: 'notify', action: MEM_GOING_OFFLINE, start_pfn: 0x10_0000, nr_pages: BLOCK, status_change_nid_normal: -1, status_change_nid: -1 })).toEqual([
      { type: 'notify', action: 'MEM_GOING_OFFLINE', start_pfn: 1048576, nr_pages: 32768, status_change_nid_normal: -1, status_change_nid: -1, block: 32 },
    ]);
  });
  it('addresses are bytes in hex, ends inclusive', () => {
    expect(shown({ ...at, type: 'add_memory', nid: 2, start_pfn: 0x10_0000, nr_pages: BLOCK, mhp_flags: 4 })).toEqual([{ type: 'add_memory', nid: 2, start: '0x100000000', end: '0x107ffffff', mhp_flags: '0x4' }]);
    expect(shown({ ...at, type: 'remove_memory', start_pfn: 0x10_0000, nr_pages: BLOCK })).toEqual([{ type: 'remove_memory', start: '0x100000000', size: '0x8000000' }]);
    expect(shown({ ...at, type: 'acpi_ost', source_event: 0x103, status: 0x84, slot: 0 })).toEqual([{ type: 'acpi_ost', source_event: '0x103', status: '0x84' }]);
  });
  it('a failure has its errno by name', () => {
    expect(shown({ ...at, type: 'offline_pages_ret', ret: -16, reason: 0 })).toEqual([{ type: 'offline_pages_ret', ret: -16, errno: 'EBUSY' }]);
    expect(shown({ ...at, type: 'write_error', errno: 22, text: 0 })).toEqual([{ type: 'write_error', ret: -22, errno: 'EINVAL' }]);
    expect(shown({ ...at, type: 'add_memory_ret', ret: 0 })).toEqual([{ type: 'add_memory_ret', ret: 0 }]);
  });
  it('a range is isolated when the scan came to its end', () => {
    const scan = { ...at, type: 'test_pages_isolated', start_pfn: 0x10_0000, end_pfn: 0x10_8000, busy: 0 } as const;
    expect([0x10_8000, 0x10_0200].map((fin_pfn) => shown({ ...scan, fin_pfn })[0]?.text)).toEqual(['fin_pfn=0x108000 ret=success', 'fin_pfn=0x100200 ret=fail']);
  });
  it('a migration says why and how', () => {
    const reason = MIGRATE_REASONS.indexOf('memory_hotplug');
    const mode = MIGRATE_MODES.indexOf('MIGRATE_SYNC');
    expect(shown({ ...at, type: 'mm_migrate_pages', succeeded: 64, failed: 0, thp_succeeded: 0, reason, mode })).toMatchObject([{ succeeded: 64, reason: 'memory_hotplug', mode: 'MIGRATE_SYNC' }]);
  });
  it('a line that Linux prints in pieces is several events', () => {
    expect(shown({ ...at, type: 'log', text: 0, level: 6 }, 'Fallback order for Node 0: 0 1 ').map((e) => e.text)).toEqual(['Fallback order for Node 0: ', '0 ', '1 ', '']);
    expect(shown({ ...at, type: 'log', text: 0, level: 6 }, 'Policy zone: DMA32').map((e) => e.text)).toEqual(['Policy zone: DMA32']);
  });
  it('a uevent has the device path of its subsystem', () => {
    const e = { ...at, type: 'uevent', action: UEVENT_ACTIONS.indexOf('online'), subsystem: UEVENT_SUBSYSTEMS.indexOf('memory'), id: 32 } as const;
    expect(ueventOf(e)).toEqual({ ACTION: 'online', DEVPATH: '/devices/system/memory/memory32', SUBSYSTEM: 'memory', name: 'memory32' });
    expect(shown(e)).toEqual([{ type: 'uevent', action: 'online', name: 'memory32' }]);
  });
  it('what the real machine\'s trace could not see is left out', () => { expect(shown({ ...at, type: 'sim_func_entry', fn: 1, a: 0, b: 0 })).toEqual([]); });
});

describe('passes of an offline that repeats', () => {
  const pass = (failed: number): RecordedEvent => ({ type: 'mm_migrate_pages', succeeded: 1, failed });
  it('up to 24 stay as they are', () => { expect(collapse(Array.from({ length: 24 }, (_, i) => pass(i)))).toHaveLength(24); });
  it('more become eight, a count, four', () => {
    const events: RecordedEvent[] = [{ type: 'notify' }, ...Array.from({ length: 30 }, (_, i) => pass(i)), { type: 'notify_ret' }];
    const short = collapse(events);
    const passes = (n: number): string[] => Array.from({ length: n }, () => 'mm_migrate_pages');
    expect(short.map((e) => e.type)).toEqual(['notify', ...passes(8), 'collapsed', ...passes(4), 'notify_ret']);
    // Passes 8 to 25 are counted: each moved one page and failed as often as its number says.
    expect(short[9]).toMatchObject({ type: 'collapsed', count: 18, mm_migrate_pages: 18, succeeded: 18, failed: ((8 + 25) * 18) / 2 });
  });
});
