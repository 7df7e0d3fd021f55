import { describe, expect, it } from 'vitest';
import { KIND_ISOLATED, KIND_OFFLINE } from '../../workers/uapi/page_kind.ts';
import { decodeBatch } from './drain.ts';
import { createFake } from './fake.ts';
import { createMirror } from './mirror.ts';
import { clockOf, snapshot } from './snapshot.ts';

const REQUEST = { description: { format: 'hotplug-lab machine', version: 1, name: 'fake', edition: '6.1', arch: 'x86_64', memory: [], numa: [], cmdline: '', cpus: 1, hypervisor: true, profile: 'bare' } } as const;
const offline41 = { type: 'shell', line: 'echo offline > /sys/devices/system/memory/memory41/state' } as const;

async function open(shared: boolean) {
  const api = createFake({ shared });
  const booted = await api.boot(REQUEST);
  if (!booted.ok) throw new Error(booted.reason);
  return { api, ...(await createMirror(api, booted)) };
}

describe.each([['shared memory', true], ['patches', false]])('the mirror over %s', (_, shared) => {
  it('has every frame the machine booted with', async () => {
    const { mirror, first } = await open(shared);
    expect(mirror.transport).toBe(shared ? 'shared' : 'copy');
    expect(first.pageblocks.length).toBe(32 * 64);
    expect(snapshot(mirror.tables).blocks.map(({ id }) => id)).toEqual([...Array.from({ length: 16 }, (__, i) => i), ...Array.from({ length: 16 }, (__, i) => i + 32)]);
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
  it('shows the lens that was chosen last, also when that was while a patch was on its way', async () => {
    const { api, mirror } = await open(shared);
    mirror.setLens('mobility');
    await mirror.update();
    expect(mirror.drawn().lens).toBe('mobility');
    await api.submit(offline41);
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
    expect((await mirror.update())?.classes?.pageblocks.length).toBe(32 * 64);
    expect(mirror.drawn().lens).toBe('mobility');
  });
  it('follows an offline, event by event', async () => {
    const { api, mirror } = await open(shared);
    await api.submit(offline41);
    const types = new Set<string>();
    for (let running = true; running;) {
      ({ running } = await api.step(50));
      const patch = await mirror.update();
      if (patch) for (const event of decodeBatch(patch.events)) types.add(event.type);
    }
    expect(snapshot(mirror.tables).blocks.find(({ id }) => id === 41)?.state).toBe(4);
    expect(clockOf(mirror.tables).running).toBe(false);
    expect([...types]).toEqual(expect.arrayContaining(['notify', 'sim_notifier_call', 'sim_migrate_page', 'uevent', 'sim_command_end']));
  });
});

it('counts frames of both transports alike', async () => {
  const kinds = await Promise.all([true, false].map(async (shared) => {
    const { api, mirror } = await open(shared);
    const { counts } = mirror;
    await api.submit(offline41);
    await api.step(60);
    await mirror.update();
    const half = Array.from(counts.machine);
    await api.finish(1e6);
    await mirror.update();
    return [half, Array.from(counts.machine)];
  }));
  expect(kinds[0]).toEqual(kinds[1]);
  expect(kinds[0]?.[0]?.[KIND_ISOLATED]).toBeGreaterThan(0);
  expect(kinds[0]?.[1]?.[KIND_OFFLINE]).toBe(32768);
});
