/** The physical phase as spec userland.md ("ACPI memory devices") and notifiers.md state it; each test quotes its row. */
import { describe, expect, it } from 'vitest';
import { guest, type Guest } from '../../testing/guest.ts';

const MIB = 2 ** 20;
const TWO_NODES = ['-numa', 'node,nodeid=0,mem=512M', '-numa', 'node,nodeid=1'];
function plug(g: Guest, id: string, mib: number, node = 0): void {
  g.host('object-add', { 'qom-type': 'memory-backend-ram', id: `m${id}`, size: mib * MIB });
  g.host('device_add', { driver: 'pc-dimm', id, memdev: `m${id}`, node });
}
/** OST of the first socket's device: [source, status]. */
function ost(g: Guest): readonly [number, number] {
  const { ost_event, ost_status } = g.machine.kernel.mm.t.slot;
  return [ost_event[0] as number, ost_status[0] as number];
}

describe('firmware that refuses', () => {
  it('"re-read _STA (still enabled: `Eject incomplete - status 0x%llx`)", and the code is success all the same', () => {
    const g = guest('512M,slots=2,maxmem=4G', { more: { eject: 'keeps' } });
    plug(g, 'd', 128);
    g.log();
    g.host('device_del', { id: 'd' });
    expect(g.log()).toEqual(['ACPI: \\_SB_.MHPC.MP00: Eject incomplete - status 0xf']);
    expect(ost(g)).toEqual([3, 0]);
    expect([g.run('ls -d /sys/devices/system/memory/memory32'), g.host('query-memory-devices')]).toEqual([expect.stringMatching(/No such file/), { return: [expect.objectContaining({ type: 'dimm' })] }]);
    // Once it lets go, the same request takes the DIMM out.
    g.host('qom-set', { path: '/machine', property: 'x-eject', value: 'gone' });
    g.host('device_del', { id: 'd' });
    expect(g.host('query-memory-devices')).toEqual({ return: [] });
  });
  it('"else 1 non-specific failure": _EJ0 fails', () => {
    const g = guest('512M,slots=2,maxmem=4G');
    plug(g, 'd', 128);
    g.host('qom-set', { path: '/machine', property: 'x-eject', value: 'fails' });
    g.host('device_del', { id: 'd' });
    expect(g.log().at(-1)).toBe('ACPI: \\_SB_.MHPC.MP00: Eject failed (0x1)');
    expect(ost(g)).toEqual([3, 1]);
  });
  it('"-EBUSY → 0x82 device busy": a listener refuses; what had gone offline comes back online', () => {
    const g = guest('512M,slots=2,maxmem=4G');
    plug(g, 'd', 256);
    g.run('for b in 32 33; do echo online_movable > /sys/devices/system/memory/memory$b/state; done');
    const { kernel } = g.machine;
    kernel.memory_chain.register({ id: 200, name: 'no', priority: 0, notifier_call: (action, { start_pfn }) => (action === 2 && start_pfn >>> kernel.mm.PFN_BLOCK_SHIFT === 33 ? 0x8002 : 1) });
    g.host('device_del', { id: 'd' });
    expect(ost(g)).toEqual([3, 0x82]);
    expect(g.run('cat /sys/devices/system/memory/memory3[23]/state')).toBe('online\nonline');
    expect(g.log()).toContain('memory memory33: Offline failed.');
  });
});

describe('a node without memory', () => {
  it('kswapd and kcompactd come with its first memory and go with its last', () => {
    const g = guest('512M,slots=2,maxmem=4G', { qemu: TWO_NODES });
    const threads = (): string => g.run("ps -e | grep -o 'k[a-z]*d[01]'").replaceAll('\n', ' ');
    plug(g, 'd', 256, 1);
    expect(threads()).toBe('kswapd0 kcompactd0');
    g.run('echo online_movable > /sys/devices/system/memory/memory32/state');
    expect([threads(), g.file('/sys/devices/system/node/has_memory'), g.file('/sys/devices/system/node/has_normal_memory')]).toEqual(['kswapd0 kcompactd0 kswapd1 kcompactd1', '0-1\n', '0\n']);
    g.run('echo online > /sys/devices/system/memory/memory33/state; echo offline > /sys/devices/system/memory/memory32/state');
    expect(threads()).toBe('kswapd0 kcompactd0 kswapd1 kcompactd1');
    g.run('echo offline > /sys/devices/system/memory/memory33/state');
    expect([threads(), g.file('/sys/devices/system/node/has_memory')]).toEqual(['kswapd0 kcompactd0', '0\n']);
    expect(g.run('kill -9 40; ps -e | grep -c kswapd0')).toBe('1');
  });
  it('3.11 has kswapd only', () => {
    const g = guest('512M', { edition: '3.11' });
    expect(g.run("ps -e | grep -o 'k[a-z]*d0'")).toBe('kswapd0');
  });
});

describe('ranges that are refused, with the kernel\'s lines', () => {
  it('unaligned: whole blocks only; the DIMM stays in its socket without memory, and _OST says success', () => {
    const g = guest('512M,slots=2,maxmem=4G');
    g.log();
    plug(g, 'd', 64);
    expect(g.log()).toEqual([
      'Block size [0x8000000] unaligned hotplug range: start 0x100000000, size 0x4000000', 'acpi PNP0C80:00: add_memory failed', 'acpi PNP0C80:00: acpi_memory_enable_device() error',
    ]);
    expect(ost(g)).toEqual([1, 0]);
  });
  it('probe: an address beyond what the processor can map is E2BIG, one that is taken EEXIST, one inside a block EINVAL', () => {
    const g = guest('512M', { more: { config: { ARCH_MEMORY_PROBE: true } } });
    const probe = (address: string): string => g.run(`echo ${address} > /sys/devices/system/memory/probe`).replace(/.*: /, '');
    g.log();
    expect([probe('0x400000000000'), probe('0x8000000'), probe('0x100100000'), probe('junk'), probe('0x100000000')]).toEqual(['Argument list too long', 'File exists', 'Invalid argument', 'Invalid argument', '']);
    expect(g.log()[0]).toBe('Hotplug memory [0x400000000000-0x400007ffffff] exceeds maximum addressable range [0x0-0x3fffffffffff]');
  });
  it('config: without ARCH_MEMORY_PROBE there is no such file', () => { expect(guest('512M').run('ls /sys/devices/system/memory/probe')).toMatch(/No such file/); });
});
