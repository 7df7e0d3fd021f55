import { describe, expect, it } from 'vitest';
import { EDITIONS } from '../editions/index.ts';
import { rootPlace, walk } from '../kernel/vfs.ts';
import type { VNode } from '../kernel/vnode.ts';
import { runToEnd } from '../kernel/kthread.ts';
import type { Kernel } from '../mm/kernel.ts';
import { sumZoneColumn } from '../mm/vmstat.ts';
import { H_SEQ, H_TRACE_HEAD } from '../uapi/layout.ts';
import type { MachineDescription } from '../uapi/machine_description.ts';
import { MIGRATE_MOVABLE, ZONE_NORMAL } from '../uapi/mmzone.ts';
import { KIND_ANON } from '../uapi/page_kind.ts';
import { describeMachine, memoryForQemu } from './firmware.ts';
import { start_kernel } from './main.ts';

const MiB = 2 ** 20;
/** A machine written by hand: RAM from 0 on, no reservations. */
const bare = (mebibytes: number, more: Partial<MachineDescription> = {}): MachineDescription => ({
  format: 'hotplug-lab machine', version: 1, name: 'bare', edition: '6.1', arch: 'x86_64', memory: [{ start: 0, end: mebibytes * MiB, type: 'usable' }], numa: [], cmdline: '', cpus: 1,
  hypervisor: false, profile: 'bare', ...more,
});
function boot(description: MachineDescription): Kernel {
  const booted = start_kernel({ description }, EDITIONS);
  if (!booted.ok) throw new Error(booted.reason);
  return booted.kernel;
}
const at = (k: Kernel, path: string): VNode => {
  const found = walk(k.root, rootPlace(k.root), path, 0, false);
  if (typeof found === 'number' || found.node === undefined) throw new Error(`${path}: ${String(found)}`);
  return found.node;
};
const read = (k: Kernel, path: string): string | number => {
  const node = at(k, path);
  return node.kind === 'file' ? node.read(0, 1 << 20) : -1;
};
const write = (k: Kernel, path: string, text: string): number => {
  const node = at(k, path);
  return node.kind === 'file' && node.write ? runToEnd(node.write(text, 0)) : -1;
};

describe('a machine written by hand', () => {
  it('16 MiB: one block, one zone, everything but page 0 free', () => {
    const k = boot(bare(16));
    expect(sumZoneColumn(k.mm.t.zone.managed_pages)).toBe(4095);
    expect(sumZoneColumn(k.mm.t.zone.nr_free_pages)).toBe(4095);
    expect(read(k, '/sys/devices/system/memory/memory0/valid_zones')).toBe('DMA\n');
    expect(read(k, '/proc/iomem')).toBe('00000000-00000fff : Reserved\n00001000-00ffffff : System RAM\n01000000-03ffffff : RAM buffer\n');
  });
  it('can allocate to its last watermark and give everything back', () => {
    const k = boot(bare(128));
    const free = sumZoneColumn(k.mm.t.zone.nr_free_pages);
    const request = { order: 0, migratetype: MIGRATE_MOVABLE, highest_zoneidx: ZONE_NORMAL, nid: 0, kind: KIND_ANON };
    const taken: number[] = [];
    for (let pfn = k.buddy.alloc_pages(request); pfn >= 0; pfn = k.buddy.alloc_pages(request)) taken.push(pfn);
    expect(taken.length).toBeGreaterThan(30000);
    for (const pfn of taken) k.buddy.free_pages(pfn, 0);
    k.buddy.drain_all_pages();
    expect(sumZoneColumn(k.mm.t.zone.nr_free_pages)).toBe(free);
  });
  it('two nodes, and a memoryless one that waits for its first DIMM', () => {
    const G = 1024 * MiB;
    const numa = [{ nid: 0, start: 0, end: G / 2 }, { nid: 1, start: G / 2, end: G }, { nid: 2, start: 4 * G, end: 6 * G, hotplug: true }];
    const k = boot(bare(1024, { numa }));
    expect(['online', 'possible', 'has_memory', 'has_cpu'].map((f) => read(k, `/sys/devices/system/node/${f}`))).toEqual(['0-1\n', '0-2\n', '0-1\n', '0\n']);
    expect(read(k, '/sys/devices/system/node/node1/distance')).toBe('20 10\n');
  });
  it('numbers events from the end of boot on', () => {
    const { header } = boot(bare(64)).mm.t;
    expect([header[H_SEQ], header[H_TRACE_HEAD]]).toEqual([0, 0]);
  });
});

describe('what cannot boot is refused in one sentence', () => {
  const refusal = (d: MachineDescription): string => {
    const booted = start_kernel({ description: d }, EDITIONS);
    return booted.ok ? 'booted' : booted.reason;
  };
  it.each<[string, MachineDescription, RegExp]>([
    ['half a page', bare(1 / 512), /no memory that Linux may use/],
    ['mem= below everything', bare(64, { cmdline: 'mem=4K' }), /no memory that Linux may use/],
    ['a range that ends before it begins', bare(64, { memory: [{ start: 10, end: 5, type: 'usable' }] }), /0xa to 0x5 is empty/],
    ['a map that names addresses twice', bare(64, { memory: [{ start: 0, end: 64 * MiB, type: 'usable' }, { start: MiB, end: 2 * MiB, type: 'reserved' }] }), /0x100000 twice/],
    ['too small for the recorded kernel', bare(32, { profile: 'debian-6.1-q35' }), /too small for its kernel: .* the kernel image/],
    ['another edition\'s architecture', bare(64, { edition: '2.6.12-mhp' }), /2\.6\.12-mhp is built for i386 here, not for x86_64/],
    ['memory hotplug of 6.1 on 32 bits', bare(64, { arch: 'i386' }), /6\.1 is built for x86_64/],
    ['options that contradict each other', bare(64, { config: { MIGRATION: false } }), /^CONFIG_MEMORY_HOTREMOVE needs CONFIG_MIGRATION\.$/],
    ['no CPU', bare(64, { cpus: 0 }), /0 CPUs/],
    ['more than can be numbered', bare(64, { memory: [{ start: 2 ** 43, end: 2 ** 43 + MiB, type: 'usable' }] }), /more than can be simulated/],
  ])('%s', (_, description, reason) => expect(refusal(description)).toMatch(reason));
  it('a question that names no memory', () => expect(describeMachine({})).toMatchObject({ ok: false, errno: 22 }));
});

describe('QEMU arguments', () => {
  it('give the map that the firmware of the recordings gave', () => {
    const { memory, numa } = memoryForQemu(4096 * MiB, 8, 32 * 1024 * MiB);
    expect(memory.filter((r) => r.type === 'usable').map((r) => `${r.start.toString(16)}-${(r.end - 1).toString(16)}`)).toEqual(['0-9fbff', '100000-7ffdffff', '100000000-17fffffff']);
    expect(numa.at(-1)).toEqual({ nid: 0, start: 0x180000000, end: 0xa80000000, hotplug: true });
  });
  it('-numa without a memdev is a node without memory', () => {
    const args = ['-m', '1G,slots=8,maxmem=16G', '-object', 'memory-backend-ram,id=n0,size=1G', '-numa', 'node,nodeid=0,memdev=n0,cpus=0', '-numa', 'node,nodeid=1'];
    const described = describeMachine({ qemu_args: args });
    expect(described.ok && described.description.numa.at(-1)).toEqual({ nid: 1, start: 0x100000000, end: 0x6c0000000, hotplug: true });
  });
});

describe('sysfs', () => {
  const described = describeMachine({ qemu_args: ['-m', '1G,slots=4,maxmem=8G'], cmdline: 'nokaslr' });
  if (!described.ok) throw new Error(described.reason);
  const k = boot(described.description);
  const M = '/sys/devices/system/memory';
  it('modes as recorded', () => {
    const modes = Object.fromEntries(['memory3/state', 'memory3/online', 'memory3/uevent', 'memory3/valid_zones', 'memory3/removable', 'auto_online_blocks', 'block_size_bytes', 'soft_offline_page'].map((f) => [f, at(k, `${M}/${f}`).mode.toString(8)]));
    expect(modes).toEqual({
      'memory3/state': '644', 'memory3/online': '644', 'memory3/uevent': '644', 'memory3/valid_zones': '444', 'memory3/removable': '444', auto_online_blocks: '644', block_size_bytes: '444', soft_offline_page: '200',
    });
  });
  it('a changed mode lasts', () => {
    at(k, `${M}/memory3/state`).chmod?.(0);
    expect(at(k, `${M}/memory3/state`).mode).toBe(0);
    at(k, `${M}/memory3/state`).chmod?.(0o644);
  });
  it('writes: words, errors, parameters', () => {
    expect(write(k, `${M}/memory3/state`, 'offline\n')).toBe(8);
    expect(write(k, `${M}/memory3/state`, 'Online')).toBe(-22);
    expect(write(k, `${M}/memory3/state`, '')).toBe(0);
    expect(read(k, `${M}/memory3/valid_zones`)).toBe('DMA32 Movable\n');
    expect(write(k, `${M}/memory3/online`, '1')).toBe(1);
    expect(write(k, `${M}/auto_online_blocks`, 'online_movable\n')).toBe(15);
    expect(read(k, `${M}/auto_online_blocks`)).toBe('online_movable\n');
    const P = '/sys/module/memory_hotplug/parameters';
    expect([write(k, `${P}/online_policy`, 'auto-movable\n'), write(k, `${P}/online_policy`, 'foo'), write(k, `${P}/auto_movable_ratio`, '100\n')]).toEqual([13, -22, 4]);
    expect([read(k, `${P}/online_policy`), read(k, `${P}/auto_movable_ratio`)]).toEqual(['auto-movable\n', '100\n']);
  });
  it('a page to poison: garbage is EINVAL, a hole or beyond memory ENXIO', () => {
    expect([write(k, `${M}/soft_offline_page`, 'x'), write(k, `${M}/hard_offline_page`, '0x900000000')]).toEqual([-22, -6]);
  });
  it('shrinking the crash kernel of a machine that has none: EINVAL', () => expect(write(k, '/sys/kernel/kexec_crash_size', '4096')).toBe(-22));
});
