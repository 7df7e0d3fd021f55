import { describe, expect, it } from 'vitest';
import { memoryForQemu } from '../init/firmware.ts';
import { createDigest, digestOf } from './digest.ts';
import { createChanges } from './changes.ts';
import { guest } from '../testing/guest.ts';
import { createMachine } from './machine.ts';
import type { Machine } from './types.ts';

function boot(): Machine {
  const booted = createMachine({
    description: { format: 'hotplug-lab machine', version: 1, name: 'test', edition: '6.1', arch: 'x86_64', ...memoryForQemu(2 ** 30), cmdline: 'movablecore=512M', cpus: 1, hypervisor: true, profile: 'debian-6.1-q35' },
  });
  if (!booted.ok) throw new Error(booted.reason);
  return booted.machine;
}
function run(machine: Machine, line: string): void {
  machine.submit({ type: 'shell', line });
  while (machine.run(10_000));
}

describe('the digest', () => {
  it('asked for now and then is the number that a look at everything gives', () => {
    const machine = boot();
    for (const line of ['mh anon 30', 'echo offline > /sys/devices/system/memory/memory5/state', 'mh anon 8 thp', 'kill -9 $(ls /tmp/mh.* | sed s/.*mh.//)', 'echo online_movable > /sys/devices/system/memory/memory5/state']) {
      run(machine, line);
      expect(machine.digest()).toBe(digestOf(machine.kernel.mm.t, machine.journal.length));
    }
  });

  it('hears of what lies behind the end of a small DIMM when its block comes (3.11)', () => {
    const g = guest('512M,slots=2,maxmem=4G', { edition: '3.11' });
    g.host('object-add', { 'qom-type': 'memory-backend-ram', id: 'm0', size: 64 * 2 ** 20 });
    g.host('device_add', { driver: 'pc-dimm', id: 'd0', memdev: 'm0', node: 0 });
    g.machine.digest();
    expect(g.run('cd /sys/devices/system/memory/memory32; echo online > state; cat state')).toBe('online');
    expect(g.machine.digest()).toBe(digestOf(g.machine.kernel.mm.t, g.machine.journal.length));
  });

  it('sees every frame: one bit of one content makes another number, and putting it back the same', () => {
    const machine = boot();
    run(machine, 'mh anon 4');
    const { t } = machine.kernel.mm;
    const digest = createDigest(t, createChanges(t));
    const before = digest.now();
    const pfn = t.memmap.tag.findIndex((tag) => tag !== 0);
    for (const same of [false, true]) {
      t.memmap.tag[pfn] = (t.memmap.tag[pfn] as number) ^ 1;
      t.pageblock.dirty[pfn >>> 9] = 1;
      expect(digest.now() === before).toBe(same);
    }
  });
});
