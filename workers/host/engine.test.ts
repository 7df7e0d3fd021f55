import { describe, expect, it } from 'vitest';
import { memoryForQemu } from '../init/firmware.ts';
import type { EngineApi } from '../uapi/engine.ts';
import { bindMachine, formatMachine, placeTables, type Tables } from '../uapi/layout.ts';
import type { MachineDescription } from '../uapi/machine_description.ts';
import { MEM_STATE_OFFLINE, MEM_STATE_ONLINE } from '../uapi/memory_block.ts';
import { applyPatch, collectPatch, START } from '../uapi/patch.ts';
import type { BlockId, Pfn } from '../uapi/units.ts';
import { createEngine } from './engine.ts';

const GiB = 2 ** 30;
const DESCRIPTION: MachineDescription = {
  format: 'hotplug-lab machine', version: 1, name: 'test', edition: '6.1', arch: 'x86_64', ...memoryForQemu(GiB), cmdline: 'movablecore=512M', cpus: 1, hypervisor: true,
  profile: 'debian-6.1-q35',
};

/** A host whose time and callbacks the test drives. */
function makeHost() {
  let now = 0;
  const due: { at: number; work: () => void }[] = [];
  return {
    host: { now: () => now, later: (ms: number, work: () => void) => void due.push({ at: now + ms, work }) },
    /** Lets real time pass. */
    pass(ms: number): void {
      for (const end = now + ms; ; ) {
        due.sort((a, b) => a.at - b.at);
        const next = due[0];
        if (next === undefined || next.at > end) {
          now = end;
          return;
        }
        due.shift();
        now = Math.max(now, next.at);
        next.work();
      }
    },
  };
}
async function booted(): Promise<{ api: EngineApi; t: Tables; pass: (ms: number) => void }> {
  const { host, pass } = makeHost();
  const api = createEngine(host);
  const reply = await api.boot({ description: DESCRIPTION });
  if (!reply.ok || !reply.buffer) throw new Error('did not boot into shared memory');
  return { api, t: bindMachine(reply.buffer), pass };
}
const OFFLINE_5 = { type: 'shell', line: 'echo offline > /sys/devices/system/memory/memory5/state' } as const;

describe('pace', () => {
  it('a paused machine takes a command and stands still', async () => {
    const { api, t, pass } = await booted();
    await api.setPace({ mode: 'paused' });
    await api.submit(OFFLINE_5);
    pass(10_000);
    expect(t.memory_block.state[5]).toBe(MEM_STATE_ONLINE);
  });
  it('step by step it can be stopped between any two events', async () => {
    const { api, t } = await booted();
    await api.setPace({ mode: 'paused' });
    await api.submit(OFFLINE_5);
    const seqs: number[] = [];
    for (let i = 0; i < 100_000; i++) {
      const { seq, running } = await api.step(1);
      if (seqs.at(-1) !== seq) seqs.push(seq);
      if (!running) break;
    }
    expect(t.memory_block.state[5]).toBe(MEM_STATE_OFFLINE);
    expect(Math.max(...seqs.slice(1).map((seq, i) => seq - (seqs[i] as number)))).toBeLessThanOrEqual(4);
  });
  it('so many events a second of real time, and no more', async () => {
    const { api, t, pass } = await booted();
    await api.setPace({ mode: 'playing', eventsPerSecond: 50 });
    await api.submit(OFFLINE_5);
    const before = (await api.digest()).seq;
    pass(1000);
    const after = (await api.digest()).seq;
    expect(after - before).toBeGreaterThan(30);
    expect(after - before).toBeLessThan(60);
    await api.finish(1e9);
    expect(t.memory_block.state[5]).toBe(MEM_STATE_OFFLINE);
  });
  it('a run until nothing is left looks at messages, and is over when the machine is paused', async () => {
    let now = 0;
    // Whenever it is asked, a second has passed.
    const api = createEngine({ now: () => (now += 1000), later: (_, work) => { setImmediate(work); } });
    await api.boot({ description: DESCRIPTION });
    await api.setPace({ mode: 'paused' });
    await api.submit({ type: 'shell', line: 'while true; do cat /proc/buddyinfo > /dev/null; done' });
    const run = api.finish(1e12);
    const before = (await api.digest()).seq;
    while ((await api.digest()).seq === before) await new Promise((resolve) => { setImmediate(resolve); });
    await api.setPace({ mode: 'paused' });
    expect(await run).toMatchObject({ running: true, seq: (await api.digest()).seq });
  });
  it('how it is cut into slices does not show in the digest', async () => {
    const digests: number[] = [];
    for (const events of [1, 7, 100_000]) {
      const { api } = await booted();
      await api.setPace({ mode: 'paused' });
      await api.submit(OFFLINE_5);
      while ((await api.step(events)).running);
      digests.push((await api.digest()).digest);
    }
    expect(new Set(digests).size).toBe(1);
  });
});

describe('a reader without shared memory', () => {
  it('sees through patches what the shared tables hold, and gets only what changed', async () => {
    const { api, t } = await booted();
    const own = formatMachine(new ArrayBuffer(placeTables(t.sizes).bytes), t.sizes);
    const first = await api.pull(START);
    applyPatch(own, first);
    expect(first.pageblocks.length).toBeGreaterThan(500);
    await api.submit(OFFLINE_5);
    await api.finish(1e9);
    const second = await api.pull(first.cursor);
    applyPatch(own, second);
    expect(second.pageblocks.length).toBeLessThan(200);
    expect(own.memmap.kind).toEqual(t.memmap.kind);
    expect(own.zone).toEqual(t.zone);
    expect(own.memory_block).toEqual(t.memory_block);
    expect(second.events.length).toBeGreaterThan(8 * 50);
    expect(collectPatch(t, second.cursor)).toMatchObject({ pageblocks: new Int32Array(0), events: new Int32Array(0), lost: 0, consistent: true });
  });
});

describe('what cannot be', () => {
  it('is refused in a sentence, never thrown', async () => {
    const api = createEngine(makeHost().host);
    expect(await api.boot({ description: { ...DESCRIPTION, memory: [{ start: 0, end: -1, type: 'usable' }] } })).toMatchObject({ ok: false, reason: expect.stringMatching(/\.$/) });
    const { api: running } = await booted();
    expect(await running.frame(0xffff_ffff as Pfn)).toMatchObject({ ok: false });
    expect(await running.block(99 as BlockId)).toMatchObject({ ok: false, reason: 'memory99 does not exist' });
    expect(await running.read('/proc/nothing')).toMatchObject({ ok: false, reason: '/proc/nothing: No such file or directory' });
  });
});
