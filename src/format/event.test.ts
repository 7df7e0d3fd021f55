import { describe, expect, it } from 'vitest';
import { ERRNO } from '../../workers/uapi/errno.ts';
import { MEM_CANCEL_OFFLINE, MEM_GOING_OFFLINE, MEM_MAPPING_INVALID } from '../../workers/uapi/memory_block.ts';
import { NOTIFIERS, NOTIFY_BAD, NOTIFY_OK } from '../../workers/uapi/notifiers.ts';
import { OFFLINE_REASONS, type TraceEvent, TRACEPOINTS } from '../../workers/uapi/trace.ts';
import { describeEvent } from './event.ts';
import { blockOfPath, EVENT_KINDS, kindOf } from './event_kind.ts';
import { eventWords } from '../strings/events.de.ts';

const texts = ['migrating pfn 14a3c0 failed ret:1', '/sys/devices/system/memory/memory41/state'];
const context = { blockPages: 32768, text: (id: number) => texts[id] ?? '' };
const base = { seq: 1, time: 0, task: 0 };
const line = (event: TraceEvent) => describeEvent(event, context);
const text = (event: TraceEvent): string => `${line(event).text} | ${line(event).right}`.replace(/\u202f/g, ' ');
const notify = (action: number): TraceEvent => ({ ...base, type: 'notify', action, start_pfn: 41 * 32768, nr_pages: 32768, status_change_nid_normal: -1, status_change_nid: -1 });

describe('an event as a line', () => {
  it('names a notification and the block it is about', () => {
    expect(text(notify(MEM_GOING_OFFLINE))).toBe('MEM_GOING_OFFLINE | +32 768 pfn');
    expect(line(notify(MEM_GOING_OFFLINE))).toMatchObject({ tone: 'start', block: 41 });
    expect(line(notify(MEM_CANCEL_OFFLINE)).tone).toBe('cancel');
    const of2005 = line({ ...notify(MEM_MAPPING_INVALID), start_pfn: 0, nr_pages: 0 } as TraceEvent);
    expect([of2005.text, of2005.right, of2005.block]).toEqual(['MEM_MAPPING_INVALID', 'NULL', undefined]);
  });
  it('gives each callback its verdict, a veto in red', () => {
    const slab = NOTIFIERS.findIndex(({ name }) => name === 'slab_memory_callback');
    const call = (ret: number): TraceEvent => ({ ...base, type: 'sim_notifier_call', callback: slab, action: MEM_GOING_OFFLINE, ret, text: 0 });
    expect(text(call(NOTIFY_OK))).toBe('slab_memory_callback | OK');
    expect(line(call(NOTIFY_BAD))).toMatchObject({ right: 'BAD', tone: 'fail', strong: true });
  });
  it('finds the frame that the kernel log speaks of', () => {
    expect(line({ ...base, type: 'log', text: 0, level: 4 })).toMatchObject({ text: texts[0], pfn: 0x14a3c0, tone: 'cancel' });
  });
  it('prints an offline that failed with the kernel\'s reason and errno', () => {
    expect(text({ ...base, type: 'offline_pages_ret', ret: -ERRNO.EBUSY, reason: OFFLINE_REASONS.indexOf('notifier failure') })).toBe('offline_pages: notifier failure | -EBUSY');
    expect(text({ ...base, type: 'write_error', errno: ERRNO.EINVAL, text: 1 })).toBe(`write error: ${texts[1]} | EINVAL`);
  });
  it('reads the block out of a path', () => {
    expect(blockOfPath(texts[1] as string)).toEqual({ block: 41 });
    expect(blockOfPath('/sys/devices/system/memory/block_size_bytes')).toEqual({});
  });
});

it.each(TRACEPOINTS.map(([name, args]) => [name, args] as const))('%s has a kind and a line, whatever its arguments', (name, args) => {
  expect(EVENT_KINDS).toContain(kindOf(name));
  for (const value of [0, 1, -16, 9999]) {
    const event = { ...base, type: name, ...Object.fromEntries(args.map((arg) => [arg, value])) } as unknown as TraceEvent;
    expect(text(event)).not.toMatch(/undefined|NaN/);
  }
});

it('the page\'s own words in a line are those of its language, the kernel\'s stay', () => {
  const german = (event: TraceEvent): string => {
    const { text: said, right } = describeEvent(event, { ...context, words: eventWords });
    return `${said} | ${right}`;
  };
  expect(german({ ...base, type: 'write_error', errno: ERRNO.EINVAL, text: 1 })).toBe(`Schreibfehler: ${texts[1]} | EINVAL`);
  expect(german(notify(MEM_GOING_OFFLINE)).replace(/\u202f/g, ' ')).toBe('MEM_GOING_OFFLINE | +32 768 pfn');
  expect(german({ ...base, type: 'sim_migrate_page', from: 16, to: 32, order: 9 } as TraceEvent)).toBe('pfn 0x10 → 0x20 | Ordnung 9');
  for (const [name, args] of TRACEPOINTS) {
    const event = { ...base, type: name, ...Object.fromEntries(args.map((arg) => [arg, 1])) } as unknown as TraceEvent;
    expect(german(event)).not.toMatch(/undefined|NaN|\b(order \d|node \d|moved|freed|waits|enter|command \d)/);
  }
});
