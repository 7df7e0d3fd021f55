import { describe, expect, it } from 'vitest';
import { createFirmwareMap } from '../kernel/firmware_map.ts';
import { runToEnd } from '../kernel/kthread.ts';
import { createNotifierChain, notifier_from_errno } from '../kernel/notifier.ts';
import { createIomem, newResource, request_resource } from '../kernel/resource.ts';
import { state_store, valid_zones_show } from '../drivers/base/memory.ts';
import { dirOf } from '../kernel/vnode.ts';
import { checkInvariants } from '../machine/invariants.ts';
import { type Sketch, sketch, type ZoneSketch } from '../testing/picture.ts';
import { ERRNO } from '../uapi/errno.ts';
import { MEM_ACTION_NAMES, MEM_GOING_OFFLINE, MEM_STATE_ONLINE } from '../uapi/memory_block.ts';
import { NOTIFY_BAD } from '../uapi/notifiers.ts';
import { ZONE_DMA32, ZONE_MOVABLE, ZONE_NORMAL } from '../uapi/mmzone.ts';
import { MIGRATE_MODES, MIGRATE_REASONS } from '../uapi/trace.ts';
import type { Kernel } from './kernel.ts';
import { registerInTreeListeners } from './memory_listeners.ts';
import { updateValidZones } from './memory_block.ts';

/** First frame of block N. */
const block = (n: number): number => n << 15;
const LOW: ZoneSketch = { zone: ZONE_DMA32, start: block(1), end: block(2) };
const MOVABLE: ZoneSketch = { zone: ZONE_MOVABLE, start: block(2), end: block(4) };

function machine(zones: readonly ZoneSketch[], pictures: Readonly<Record<number, string>> = {}, signal = { pending: false }): Sketch & { k: Kernel; signal: typeof signal } {
  const s = sketch(zones, signal);
  s.fill(pictures);
  const iomem = createIomem();
  for (const { zone, start, end } of zones) {
    request_resource(iomem, newResource('System RAM', start * 4096, end * 4096 - 1, true));
    for (let id = start >>> 15; id < end >>> 15; id++) {
      s.mm.t.memory_block.state[id] = MEM_STATE_ONLINE;
      s.mm.t.memory_block.zone[id] = zone;
      s.mm.t.memory_block.slot[id] = -1;
    }
  }
  updateValidZones(s.mm);
  const memory_chain = createNotifierChain();
  registerInTreeListeners(memory_chain);
  const k: Kernel = { mm: s.mm, buddy: s.buddy, memory_chain, iomem, acpi_memory_devices: new Map(), memmap_chunks: new Map(), firmware_map: createFirmwareMap([]), root: dirOf(0o755, () => ({})) };
  s.events();
  return { ...s, k, signal };
}
const write = (m: { k: Kernel }, id: number, word: string): number => runToEnd(state_store(m.k, id, word));
/** The events a trace of the real kernel shows, as one line each. */
function story(s: Sketch): string[] {
  return s.events().flatMap((e) => {
    switch (e.type) {
      case 'notify': return `${MEM_ACTION_NAMES[e.action]}`;
      case 'uevent': return ['uevent add', 'uevent remove', 'uevent change', 'uevent online', 'uevent offline'][e.action] as string;
      case 'online_pages': case 'offline_pages': return e.type;
      case 'online_pages_ret': case 'offline_pages_ret': case 'start_isolate_page_range_ret': return `${e.type} ${e.ret}`;
      case 'mm_migrate_pages': return `mm_migrate_pages ${e.succeeded} ${e.failed} ${MIGRATE_REASONS[e.reason]} ${MIGRATE_MODES[e.mode]}`;
      case 'test_pages_isolated': return `test_pages_isolated ${e.busy === 0 ? 'success' : 'busy'}`;
      default: return [];
    }
  });
}

describe('offline', () => {
  it('isolates, tells, migrates, tests, accounts and tells again', () => {
    const m = machine([LOW, MOVABLE], { [block(3)]: 'aaaa ..ff .... AA' });
    expect(write(m, 3, 'offline\n')).toBe(8);
    expect(story(m)).toEqual([
      'offline_pages', 'start_isolate_page_range_ret 0', 'MEM_GOING_OFFLINE', 'mm_migrate_pages 8 0 memory_hotplug MIGRATE_SYNC', 'test_pages_isolated success', 'MEM_OFFLINE',
      'offline_pages_ret 0', 'uevent offline',
    ]);
    expect(checkInvariants(m.mm)).toEqual([]);
    expect(m.mm.t.zone.spanned_pages[ZONE_MOVABLE]).toBe(32768);
    expect(m.mm.t.zone.managed_pages[ZONE_MOVABLE]).toBe(32768);
  });
  it('pages that leave Movable go to what is left of it, in the order they stood', () => {
    const m = machine([LOW, MOVABLE], { [block(3)]: 'aaaa ..ff' });
    write(m, 3, 'offline');
    expect(m.draw(block(2), 8)).toBe('aaaaff..');
  });
  it('pages that leave a kernel zone may not go to Movable', () => {
    const m = machine([{ ...LOW, end: block(3) }, { ...MOVABLE, start: block(3) }], { [block(2)]: 'aaaa' });
    expect(write(m, 2, 'offline')).toBe(7);
    expect(m.draw(block(1), 5)).toBe('aaaa.');
    expect(m.draw(block(3), 5)).toBe('.....');
  });
  it('one unmovable page refuses the block before anybody is told', () => {
    const m = machine([{ ...LOW, end: block(3) }], { [block(2) + 700]: 's' });
    const before = m.buddyinfo(ZONE_DMA32);
    expect(write(m, 2, 'offline')).toBe(-ERRNO.EBUSY);
    expect(story(m)).toEqual(['offline_pages', `start_isolate_page_range_ret ${-ERRNO.EBUSY}`, `offline_pages_ret ${-ERRNO.EBUSY}`]);
    expect(m.buddyinfo(ZONE_DMA32)).toBe(before);
    expect(checkInvariants(m.mm)).toEqual([]);
  });
  it('a reserved page refuses even in Movable', () => {
    const m = machine([LOW, MOVABLE], { [block(3) + 32000]: 'R' });
    expect(write(m, 3, 'offline')).toBe(-ERRNO.EBUSY);
  });
  it('a page that somebody holds makes it try until a signal comes; then all is undone', () => {
    const signal = { pending: false };
    const m = machine([LOW, MOVABLE], { [block(3)]: 'aap.' }, signal);
    const thread = state_store(m.k, 3, 'offline');
    let passes = 0;
    let step = thread.next();
    for (; !step.done; step = thread.next()) {
      passes += m.events().filter((e) => e.type === 'mm_migrate_pages').length;
      if (passes === 3) signal.pending = true;
    }
    expect(step.value).toBe(-ERRNO.EINTR);
    expect(passes).toBeGreaterThanOrEqual(3);
    expect(m.draw(block(3), 4)).toBe('..p.');
    expect(m.mm.t.memory_block.state[3]).toBe(MEM_STATE_ONLINE);
    expect(checkInvariants(m.mm)).toEqual([]);
  });
});

describe('listeners', () => {
  const veto = (ret: number) => ({ id: 64, name: 'test', priority: 0, notifier_call: (action: number) => (action === MEM_GOING_OFFLINE ? ret : 1) });
  it.each([[NOTIFY_BAD, ERRNO.EPERM], [notifier_from_errno(-ERRNO.ENOMEM), ERRNO.ENOMEM], [notifier_from_errno(-ERRNO.EBUSY), ERRNO.EBUSY]])(
    'an answer of %i refuses with errno %i, and the whole chain hears the cancel', (ret, errno) => {
      const m = machine([LOW, MOVABLE], { [block(3)]: 'aa' });
      m.k.memory_chain.register(veto(ret));
      expect(write(m, 3, 'offline')).toBe(-errno);
      expect(story(m)).toEqual(['offline_pages', 'start_isolate_page_range_ret 0', 'MEM_GOING_OFFLINE', 'MEM_CANCEL_OFFLINE', `offline_pages_ret ${-errno}`]);
      expect(m.draw(block(3), 3)).toBe('aa.');
      expect(checkInvariants(m.mm)).toEqual([]);
    },
  );
  it('are called by priority, equals as they came, and a stop keeps the rest from hearing', () => {
    const m = machine([LOW, MOVABLE]);
    m.k.memory_chain.register({ ...veto(NOTIFY_BAD), priority: 50 });
    write(m, 3, 'offline');
    const calls = m.events().flatMap((e) => (e.type === 'sim_notifier_call' ? [`${MEM_ACTION_NAMES[e.action]} ${e.callback}`] : []));
    expect(calls.filter((c) => c.startsWith('MEM_GOING'))).toEqual(['MEM_GOING_OFFLINE 0', 'MEM_GOING_OFFLINE 1', 'MEM_GOING_OFFLINE 64']);
    expect(calls.filter((c) => c.startsWith('MEM_CANCEL'))).toHaveLength(9);
  });
});

describe('online', () => {
  it('gives the block back, at the tail of its zone', () => {
    const m = machine([LOW, MOVABLE]);
    const before = m.buddyinfo(ZONE_MOVABLE);
    write(m, 3, 'offline');
    m.events();
    expect(write(m, 3, 'online_movable')).toBe(14);
    expect(story(m)).toEqual(['online_pages', 'MEM_GOING_ONLINE', 'MEM_ONLINE', 'online_pages_ret 0', 'uevent online']);
    expect(m.buddyinfo(ZONE_MOVABLE)).toBe(before);
    expect(checkInvariants(m.mm)).toEqual([]);
  });
  it('valid_zones of an offline block: the default first, then the other', () => {
    const m = machine([LOW, { ...MOVABLE, end: block(5) }]);
    write(m, 3, 'offline');
    expect(valid_zones_show(m.mm, 3)).toBe('Movable Normal\n');
    write(m, 4, 'offline');
    expect(valid_zones_show(m.mm, 4)).toBe('Normal Movable\n');
    write(m, 4, 'online');
    expect(valid_zones_show(m.mm, 4)).toBe('Normal\n');
    expect(m.mm.t.zone.spanned_pages[ZONE_NORMAL]).toBe(32768);
  });
});

describe('words', () => {
  it.each(['Offline', ' offline', 'offline\n\n', 'going-offline', '0', '', 'offline '])('%j is refused and changes nothing', (text) => {
    const m = machine([LOW, MOVABLE]);
    expect(write(m, 3, text)).toBe(-ERRNO.EINVAL);
    expect(m.events()).toEqual([]);
  });
  it('the text counts up to a NUL', () => {
    const m = machine([LOW, MOVABLE]);
    expect(write(m, 3, 'offline\0junk')).toBe(12);
  });
  it('asking for the state it is in is an error', () => {
    const m = machine([LOW, MOVABLE]);
    expect(write(m, 3, 'online')).toBe(-ERRNO.EINVAL);
    write(m, 3, 'offline');
    expect(write(m, 3, 'offline')).toBe(-ERRNO.EINVAL);
  });
});
