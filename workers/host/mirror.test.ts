/** The page's mirror over the kernel itself, without a page between them. */
import { describe, expect, it } from 'vitest';
import { decodeBatch } from '../../src/engine/drain.ts';
import { createMirror } from '../../src/engine/mirror.ts';
import { clockOf, snapshot } from '../../src/engine/snapshot.ts';
import { memoryForQemu } from '../init/firmware.ts';
import { H_SEQ } from '../uapi/layout.ts';
import type { MachineDescription } from '../uapi/machine_description.ts';
import { MEM_STATE_OFFLINE } from '../uapi/memory_block.ts';
import { KIND_ISOLATED, KIND_OFFLINE } from '../uapi/page_kind.ts';
import type { EventSeq } from '../uapi/units.ts';
import { createEngine } from './engine.ts';

const GiB = 2 ** 30;
const DESCRIPTION: MachineDescription = {
  format: 'hotplug-lab machine', version: 1, name: 'test', edition: '6.1', arch: 'x86_64', ...memoryForQemu(GiB), cmdline: 'movablecore=512M', cpus: 1, hypervisor: true,
  profile: 'debian-6.1-q35',
};
const OFFLINE_5 = { type: 'shell', line: 'echo offline > /sys/devices/system/memory/memory5/state' } as const;
const ALL = 1e9;

/** A paused machine of eight blocks, of which the upper four are ZONE_MOVABLE and hold a process of 300 MiB. */
async function open(shared: boolean) {
  const api = createEngine({ now: () => 0, later: (_, work) => { setImmediate(work); } });
  const reply = await api.boot({ description: DESCRIPTION });
  if (!reply.ok) throw new Error(reply.reason);
  await api.setPace({ mode: 'paused' });
  await api.submit({ type: 'shell', line: 'mh anon 300 nothp' });
  await api.finish(ALL);
  const { buffer, ...rest } = reply;
  return { api, ...(await createMirror(api, shared ? reply : rest)) };
}

describe.each([['shared memory', true], ['patches', false]])('the mirror over %s', (_, shared) => {
  it('has every frame the machine booted with', async () => {
    const { mirror, first } = await open(shared);
    expect(mirror.transport).toBe(shared ? 'shared' : 'copy');
    expect(first.pageblocks.length).toBe(8 * 64);
    expect(snapshot(mirror.tables).blocks.map(({ id }) => id)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  });
  it('knows whose machine it is: what zones are called and how large a page is', async () => {
    const { mirror } = await open(shared);
    expect(mirror.tables.sizes).toMatchObject({ arch: 0, page_shift: 12 });
    expect(snapshot(mirror.tables).zones.map(({ name }) => name)).toEqual(['DMA', 'DMA32', 'Normal', 'Movable']);
  });
  it('says undefined while nothing happens', async () => {
    const { mirror } = await open(shared);
    expect(await mirror.update()).toBeUndefined();
  });
  it('says undefined in the past as well, when it has been told of the way there', async () => {
    const { api, mirror } = await open(shared);
    await api.submit(OFFLINE_5);
    await api.finish(ALL);
    await mirror.update();
    await api.seek(1 as EventSeq);
    expect((await mirror.update())?.header[H_SEQ]).toBeGreaterThanOrEqual(1);
    expect(await mirror.update()).toBeUndefined();
  });
  it('shows the lens that was chosen last, also when that was while a patch was on its way', async () => {
    const { api, mirror } = await open(shared);
    mirror.setLens('mobility');
    await mirror.update();
    expect(mirror.drawn().lens).toBe('mobility');
    await api.submit(OFFLINE_5);
    await api.step(50);
    const coming = mirror.update();
    mirror.setLens('kind');
    await coming;
    await api.step(50);
    await mirror.update();
    expect(mirror.drawn()).toEqual({ lens: 'kind', mirror: mirror.tables });
    // The same lens again: all of the machine's classes, not only what has changed since.
    mirror.setLens('mobility');
    await api.step(50);
    const [first] = [mirror.update(), mirror.setLens('kind'), mirror.setLens('mobility')];
    await first;
    expect(mirror.drawn().lens).toBe('kind');
    expect((await mirror.update())?.classes?.pageblocks.length).toBe(8 * 64);
    expect(mirror.drawn().lens).toBe('mobility');
  });
  it('follows an offline, event by event', async () => {
    const { api, mirror } = await open(shared);
    await api.submit(OFFLINE_5);
    const types = new Set<string>();
    for (let running = true; running;) {
      ({ running } = await api.step(50));
      const patch = await mirror.update();
      if (patch) for (const event of decodeBatch(patch.events)) types.add(event.type);
    }
    expect(snapshot(mirror.tables).blocks.find(({ id }) => id === 5)?.state).toBe(MEM_STATE_OFFLINE);
    expect(clockOf(mirror.tables).running).toBe(false);
    expect([...types]).toEqual(expect.arrayContaining(['notify', 'sim_notifier_call', 'sim_migrate_page', 'uevent', 'sim_command_end']));
  });
});

it('counts frames of both transports alike', async () => {
  const kinds = await Promise.all([true, false].map(async (shared) => {
    const { api, mirror } = await open(shared);
    const { counts } = mirror;
    await api.submit(OFFLINE_5);
    await api.step(2000);
    await mirror.update();
    const half = Array.from(counts.machine);
    await api.finish(ALL);
    await mirror.update();
    return [half, Array.from(counts.machine)];
  }));
  expect(kinds[0]).toEqual(kinds[1]);
  expect(kinds[0]?.[0]?.[KIND_ISOLATED]).toBeGreaterThan(0);
  expect(kinds[0]?.[1]?.[KIND_OFFLINE]).toBe(32768);
});
