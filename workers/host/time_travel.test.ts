import { describe, expect, it } from 'vitest';
import { createPrng } from '../lib/prng.ts';
import { memoryForQemu } from '../init/firmware.ts';
import { H_SEQ } from '../uapi/layout.ts';
import type { MachineDescription } from '../uapi/machine_description.ts';
import { START } from '../uapi/patch.ts';
import type { Stride } from '../uapi/time.ts';
import { decodeEvent, type TraceEvent } from '../uapi/trace.ts';
import type { EventSeq } from '../uapi/units.ts';
import { createEngine } from './engine.ts';

const DESCRIPTION: MachineDescription = {
  format: 'hotplug-lab machine', version: 1, name: 'test', edition: '6.1', arch: 'x86_64', ...memoryForQemu(2 ** 30), cmdline: 'movablecore=512M', cpus: 1, hypervisor: true,
  profile: 'debian-6.1-q35',
};
const ERROR = '/sys/devices/system/memory/memory5/state';

/** A machine on which one offline succeeded and one was refused. */
async function lived() {
  const api = createEngine({ now: () => 0, later: (_, work) => { setImmediate(work); } });
  const booted = await api.boot({ description: DESCRIPTION });
  if (!booted.ok) throw new Error(booted.reason);
  await api.setPace({ mode: 'paused' });
  for (const line of ['mh anon 20', `echo offline > ${ERROR}`, 'echo offline > /sys/devices/system/memory/memory0/state']) {
    await api.submit({ type: 'shell', line });
    await api.finish(1e6);
  }
  const { events } = await api.past();
  const all: TraceEvent[] = [];
  for (let at = 0; at < events.length; at += 8) all.push(decodeEvent(events, at));
  return { api, all };
}
const said = (event: TraceEvent | undefined): string => (event === undefined ? 'boot' : event.type);

describe('the engine in time', () => {
  it('keeps every event, numbered without a gap', async () => {
    const { all } = await lived();
    expect(all.length).toBeGreaterThan(100);
    expect(all.map(({ seq }) => seq)).toEqual(all.map((_, i) => i + 1));
  });

  it('goes to an event and back to the end, which is the same state', async () => {
    const { api, all } = await lived();
    const end = await api.digest();
    const half = await api.seek(Math.floor(all.length / 2) as EventSeq);
    expect(half).toMatchObject({ branch: 0, end: all.length, stopped: false });
    expect(half.digest).not.toBe(end.digest);
    expect(await api.seek(1e9 as EventSeq)).toMatchObject({ seq: all.length, digest: end.digest });
  });

  it('back and forth by one event passes the same places', async () => {
    const { api, all } = await lived();
    await api.seek((all.length - 40) as EventSeq);
    const way: unknown[] = [];
    for (let i = 0; i < 12; i++) {
      const at = await api.stride('event', 1);
      if (at.ok) way.push([at.seq, at.digest]);
    }
    const back: unknown[] = [];
    for (let i = 0; i < 12; i++) {
      back.unshift([(await api.digest()).seq, (await api.digest()).digest]);
      await api.stride('event', -1);
    }
    expect(back).toEqual(way);
  });

  it.each<[Stride, readonly string[]]>([
    ['command', ['sim_command', 'sim_command', 'sim_command']],
    ['failure', ['write_error']],
    ['notifier', ['notify', 'notify']],
  ])('forwards to each %s, and backwards in front of each', async (stride, expected) => {
    const { api, all } = await lived();
    await api.seek(0 as EventSeq);
    const met: TraceEvent[] = [];
    for (let seq = 0; ; ) {
      const at = await api.stride(stride, 1);
      if (!at.ok) break;
      const event = all.slice(seq, at.seq).findLast(({ type }) => expected.includes(type));
      if (event) met.push(event);
      seq = at.seq;
    }
    expect(met.map(said)).toEqual(expected);
    for (const event of met.toReversed()) {
      const at = await api.stride(stride, -1);
      expect(at.ok && at.seq).toBeLessThan(event.seq);
    }
    expect(await api.stride(stride, -1)).toMatchObject({ ok: false });
  });

  it('over a function is to its end, out of it is behind it, and backwards in front of it', async () => {
    const { api, all } = await lived();
    const entry = all.find((e) => e.type === 'sim_func_entry' && all.some((x) => x.type === 'sim_func_exit' && x.fn === e.fn && x.seq > e.seq + 4)) as TraceEvent & { fn: number };
    const exit = all.find((e) => e.type === 'sim_func_exit' && e.fn === entry.fn && e.seq > entry.seq) as TraceEvent;
    await api.seek((entry.seq - 1) as EventSeq);
    const from = (await api.digest()).seq;
    const inside = await api.stride('into', 1);
    expect(inside).toMatchObject({ ok: true });
    const behind = await api.stride('out', 1);
    expect(behind.ok && behind.seq).toBeGreaterThanOrEqual(exit.seq);
    const front = await api.stride('over', -1);
    expect(front.ok && front.seq).toBeLessThanOrEqual(from);
    const again = await api.stride('over', 1);
    expect(again.ok && again.seq).toBeGreaterThanOrEqual(exit.seq);
  });

  it('undo goes to before the command; doing something else is a branch, and both can be compared', async () => {
    const { api } = await lived();
    const end = await api.digest();
    expect(await api.undo()).toMatchObject({ ok: true });
    expect(await api.undo()).toMatchObject({ ok: true });
    expect(await api.read(ERROR)).toEqual({ ok: true, text: 'online\n' });
    await api.submit({ type: 'shell', line: 'mh anon 8' });
    await api.finish(1e6);
    const there = await api.digest();
    expect((await api.branches()).map(({ id, from, commands }) => ({ id, from: from?.branch, commands }))).toEqual([{ id: 0, from: undefined, commands: 3 }, { id: 1, from: 0, commands: 2 }]);
    await api.nameBranch(1, ' eight ');
    const compared = await api.compare({ branch: 0, seq: end.seq }, { branch: 1, seq: there.seq });
    if (compared === undefined) throw new Error('nobody stopped it');
    const { a, b, blocks, states } = compared;
    expect([a.digest, b.digest]).toEqual([end.digest, there.digest]);
    expect(blocks.find(({ id }) => id === 5)).toMatchObject({ a: 'offline', b: 'online Movable' });
    expect([states.a[5], states.b[5], states.a.length]).toEqual(['offline', 'online Movable', 8]);
    expect(b.counts['memory blocks: online']).toBe((a.counts['memory blocks: online'] as number) + 1);
    // It came back to where it was.
    expect(await api.digest()).toEqual(there);
    expect((await api.branches())[1]?.name).toBe('eight');
  });

  it('a comparison that is stopped goes back to where it came from', async () => {
    /** Set: messages are looked at, and the way does not go on. */
    let held: (() => void)[] | undefined;
    const api = createEngine({ now: () => 0, later: (_, work) => { if (held) held.push(work); else setImmediate(work); } });
    await api.boot({ description: DESCRIPTION });
    await api.setPace({ mode: 'paused' });
    // In the middle of an offline of single pages: more events since the machine rested than are lived through between two looks at messages.
    await api.submit({ type: 'shell', line: 'mh anon 300 nothp' });
    await api.finish(1e6);
    await api.submit({ type: 'shell', line: `echo offline > ${ERROR}` });
    await api.step(25_000);
    const there = await api.digest();
    await api.seek(1 as EventSeq);
    const here = await api.digest();
    const waiting: (() => void)[] = [];
    held = waiting;
    const asked = api.compare({ branch: 0, seq: there.seq }, { branch: 0, seq: 0 as EventSeq });
    for (let looks = 0; looks < 1000 && waiting.length === 0; looks++) await new Promise((resolve) => { setImmediate(resolve); });
    await api.stop();
    held = undefined;
    for (const work of waiting) work();
    expect(await asked).toBeUndefined();
    expect(await api.digest()).toEqual(here);
  });

  it('says what is refused: nothing lies before boot, nothing was typed', async () => {
    const api = createEngine({ now: () => 0, later: (_, work) => { setImmediate(work); } });
    await api.boot({ description: DESCRIPTION });
    expect(await api.undo()).toMatchObject({ ok: false, reason: 'no command was typed before this' });
    expect(await api.stride('event', -1)).toMatchObject({ ok: false, reason: 'this is where the machine had just booted' });
    expect(await api.stride('failure', 1)).toMatchObject({ ok: false });
  });

  it('a reader that has seen the future is told nothing twice', async () => {
    const { api, all } = await lived();
    const seen = await api.pull(START);
    await api.seek(10 as EventSeq);
    const patch = await api.pull(seen.cursor);
    expect(patch.header[H_SEQ]).toBeGreaterThanOrEqual(10);
    expect([patch.events.length, patch.texts.length, patch.lost]).toEqual([0, 0, 0]);
    expect(patch.cursor.trace).toBe(all.length);
    expect(patch.pageblocks.length).toBeGreaterThan(0);
  });
});

describe('back and forth agree', () => {
  const STRIDES: readonly Stride[] = ['event', 'into', 'over', 'out', 'command', 'notifier', 'failure', 'pass'];
  it.each([1, 2, 3, 4])('whatever was stepped to forwards is passed again backwards: seed %i', async (seed) => {
    const { api, all } = await lived();
    const { below } = createPrng(seed);
    for (let n = 0; n < 6; n++) {
      const stride = STRIDES[below(STRIDES.length)] as Stride;
      await api.seek(below(all.length) as EventSeq);
      const { seq: begun } = await api.digest();
      // What happens between two of them is lived in the same way, however one came there.
      const there = new Map<number, number>();
      for (let i = 0; i < 4; i++) {
        const at = await api.stride(stride, 1);
        if (!at.ok || at.seq >= all.length) break;
        expect(at.seq).toBeGreaterThan(begun);
        there.set(at.seq, at.digest);
      }
      for (;;) {
        const { seq, digest } = await api.digest();
        const known = there.get(seq);
        if (known !== undefined) expect([seq, digest]).toEqual([seq, known]);
        const back = await api.stride('event', -1);
        if (!back.ok || back.seq <= begun) break;
        expect(back.seq).toBeLessThan(seq);
        const on = await api.stride('event', 1);
        expect(on).toMatchObject({ ok: true, seq, digest });
        await api.seek(Math.max(begun, seq - 1 - below(40)) as EventSeq);
      }
      for (const [seq, digest] of there) expect(await api.seek(seq as EventSeq)).toMatchObject({ seq, digest });
    }
  });
  it.each<Stride>(['command', 'notifier', 'failure', 'pass', 'into'])('%s: backwards comes by the same events as forwards, in reverse', async (stride) => {
    const { api, all } = await lived();
    await api.seek(0 as EventSeq);
    const on: number[] = [];
    for (let at = await api.stride(stride, 1); at.ok && on.length < 12 && at.seq <= all.length; at = await api.stride(stride, 1)) on.push(at.seq);
    // Backwards one stands in front of what one was behind: the turn before it.
    const back: number[] = [];
    if (on.length > 0) await api.seek(on.at(-1) as EventSeq);
    for (let i = 0; i < on.length; i++) {
      const at = await api.stride(stride, -1);
      if (!at.ok) break;
      back.push(at.seq);
    }
    expect(back).toHaveLength(on.length);
    back.toReversed().forEach((seq, i) => {
      expect(seq).toBeLessThan(on[i] as number);
      if (i > 0) expect(seq).toBeGreaterThanOrEqual(on[i - 1] as number - 1);
    });
  });
});
