/** Memory of a logical partition of ppc64: what /sys/kernel/dlpar takes, and what comes of it. */
import { describe, expect, it } from 'vitest';
import { checkAgreements } from '../../machine/agreements.ts';
import { checkInvariants } from '../../machine/invariants.ts';
import { type Guest, guest } from '../../testing/guest.ts';

const MiB = 2 ** 20;
const GiB = 2 ** 30;
const MEMORY = '/sys/devices/system/memory';
/** 1 GiB of at most 2 GiB, LMBs of 256 MiB. */
const partition = (config: Record<string, boolean> = {}): Guest => guest('1G', {
  more: { arch: 'ppc64', profile: 'bare', blockSize: 256 * MiB, memory: [{ start: 0, end: GiB, type: 'usable' }], numa: [], slots: { count: 0, maxmem: 2 * GiB, ram: GiB }, config },
});
const ask = (g: Guest, request: string): string => g.run(`echo '${request}' > /sys/kernel/dlpar`);
const blocks = (g: Guest): string => g.run(`cd ${MEMORY}; for m in memory?*; do echo $m:$(cat $m/state); done`).replaceAll('\n', ' ');
const BOOT = 'memory0:online memory1:online memory2:online memory3:online';
const sound = (g: Guest): void => { expect([...checkInvariants(g.machine.kernel.mm), ...checkAgreements(g.machine.kernel)]).toEqual([]); };

describe('add', () => {
  it('count N: the first free LMBs, added and online at once', () => {
    const g = partition();
    g.log();
    g.story();
    expect(ask(g, 'memory add count 2')).toBe('');
    expect(blocks(g)).toBe(`${BOOT} memory4:online memory5:online`);
    expect(g.story()).toEqual(['uevent add 4', 'GOING_ONLINE 4', 'ONLINE 4', 'uevent online 4', 'uevent add 5', 'GOING_ONLINE 5', 'ONLINE 5', 'uevent online 5']);
    expect(g.log()).toEqual(['pseries-hotplug-mem: Attempting to hot-add 2 LMB(s)']);
    sound(g);
  });
  it('index DRC: that one; indexed-count N DRC: those from it on', () => {
    const g = partition();
    g.log();
    expect(ask(g, 'memory add index 0x80000006')).toBe('');
    expect(ask(g, 'memory add indexed-count 2 0x80000004')).toBe('');
    expect(blocks(g)).toBe(`${BOOT} memory4:online memory5:online memory6:online`);
    expect(g.log()).toEqual([
      'pseries-hotplug-mem: Attempting to hot-add LMB, drc index 80000006', 'pseries-hotplug-mem: Memory at 60000000 (drc index 80000006) was hot-added',
      'pseries-hotplug-mem: Attempting to hot-add 2 LMB(s) at index 80000004', 'pseries-hotplug-mem: Memory at 40000000 (drc index 80000004) was hot-added',
      'pseries-hotplug-mem: Memory at 50000000 (drc index 80000005) was hot-added',
    ]);
  });
  it('more than there are: EINVAL, nothing happens; one that is assigned: EPERM', () => {
    const g = partition();
    g.log();
    expect(ask(g, 'memory add count 5')).toContain('Invalid argument');
    expect(g.log()).toEqual(['pseries-hotplug-mem: Attempting to hot-add 5 LMB(s)', 'dlpar: Could not handle DLPAR request "memory add count 5"']);
    expect(ask(g, 'memory add index 0x80000003')).toContain('Operation not permitted');
    expect(g.log()).toContain('pseries-hotplug-mem: Failed to hot-add memory, drc index 80000003');
    expect(blocks(g)).toBe(BOOT);
  });
  it('all or nothing: a listener refuses the second LMB on each try, and the first is removed again', () => {
    const g = partition();
    g.run('modprobe memory-notifier-error-inject');
    g.host('qom-set', { path: '/machine', property: 'x-grants', value: false });
    g.log();
    expect(ask(g, 'memory add indexed-count 2 0x80000004')).toContain('Invalid argument');
    expect(g.log()).toContain('pseries-hotplug-mem: Memory indexed-count-add failed, removing any added LMBs');
    g.host('qom-set', { path: '/machine', property: 'x-grants', value: true });
    g.run('echo -16 > /sys/kernel/debug/notifier-error-inject/memory/actions/MEM_GOING_ONLINE/error');
    expect(ask(g, 'memory add count 1')).toContain('Invalid argument');
    expect(g.log()).toContain('pseries-hotplug-mem: Memory hot-add failed, removing any added LMBs');
    expect(blocks(g)).toBe(BOOT);
    sound(g);
  });
});

describe('remove', () => {
  it('count N: the lowest that can go, boot memory as well; the rest of what was tried stays', () => {
    const g = partition();
    ask(g, 'memory add count 1');
    g.log();
    expect(ask(g, 'memory remove count 2')).toBe('');
    // memory0 holds page 0, which is reserved.
    expect(blocks(g)).toBe('memory0:online memory3:online memory4:online');
    expect(g.log()).toEqual(expect.arrayContaining(['pseries-hotplug-mem: Memory at 10000000 was hot-removed', 'pseries-hotplug-mem: Memory at 20000000 was hot-removed']));
    expect(g.file('/proc/iomem')).not.toContain('10000000-');
    expect(ask(g, 'memory add count 2')).toBe('');
    expect(blocks(g)).toBe(`${BOOT} memory4:online`);
    sound(g);
  });
  it('more than can go: those that went come back', () => {
    const g = partition();
    g.log();
    expect(ask(g, 'memory remove count 4')).toContain('Invalid argument');
    expect(g.log()).toContain("pseries-hotplug-mem: Memory hot-remove failed, adding LMB's back");
    expect(blocks(g)).toBe(BOOT);
    expect(ask(g, 'memory remove count 5')).toContain('Invalid argument');
    expect(g.log()).toContain('pseries-hotplug-mem: Not enough LMBs available (4 of 5) to satisfy request');
    sound(g);
  });
  it('index DRC: says why; indexed-count: passes over what is gone', () => {
    const g = partition();
    expect(ask(g, 'memory remove index 0x80000000')).toContain('Device or resource busy');
    expect(ask(g, 'memory remove index 0x80000002')).toBe('');
    expect(ask(g, 'memory remove index 0x80000002')).toContain('Invalid argument');
    expect(ask(g, 'memory remove indexed-count 3 0x80000001')).toBe('');
    expect(blocks(g)).toBe('memory0:online');
    sound(g);
  });
  it('without CONFIG_MEMORY_HOTREMOVE: EOPNOTSUPP', () => {
    expect(ask(partition({ MEMORY_HOTREMOVE: false }), 'memory remove index 0x80000003')).toContain('Operation not supported');
  });
});

it.each([
  ['disk add count 1', 'Invalid resource specified.'], ['memory grow count 1', 'Invalid action specified.'], ['memory add some 1', 'Invalid id_type specified.'],
  ['memory add count', 'No DRC count specified.'], ['memory add count x', 'Invalid DRC count specified.'], ['memory add index', 'No DRC Index specified.'],
  ['memory remove index 0x100000000', 'Invalid DRC Index specified.'], ['memory remove indexed-count 1', 'No DRC Index specified.'],
])('%s: EINVAL, "%s", and nothing changes', (request, line) => {
  const g = partition();
  g.log();
  expect(ask(g, request)).toContain('Invalid argument');
  expect(g.log()).toEqual([`dlpar: ${line}`, `dlpar: Could not handle DLPAR request "${request}"`]);
  expect(blocks(g)).toBe(BOOT);
});
it('reads "memory,cpu", and is there on a partition only', () => {
  expect(partition().file('/sys/kernel/dlpar')).toBe('memory,cpu\n');
  expect(guest('512M,slots=2,maxmem=2G').run('ls /sys/kernel/dlpar')).toContain('No such file');
});

describe('a DIMM that the host plugs', () => {
  const board = (): Guest => guest('1G', { more: { arch: 'ppc64', profile: 'bare', blockSize: 256 * MiB, memory: [{ start: 0, end: GiB, type: 'usable' }], numa: [], slots: { count: 2, maxmem: 2 * GiB, ram: GiB } } });
  const plug = (g: Guest, size: number): unknown => {
    g.host('object-add', { 'qom-type': 'memory-backend-ram', id: 'm0', size });
    return g.host('device_add', { driver: 'pc-dimm', id: 'd0', memdev: 'm0' });
  };
  it('is an event that names its LMBs: they are added, and online at once', () => {
    const g = board();
    g.log();
    expect(plug(g, 512 * MiB)).toEqual({ return: {} });
    expect([blocks(g), g.log()]).toEqual([`${BOOT} memory4:online memory5:online`, [
      'pseries-hotplug-mem: Attempting to hot-add 2 LMB(s) at index 80000004', 'pseries-hotplug-mem: Memory at 40000000 (drc index 80000004) was hot-added', 'pseries-hotplug-mem: Memory at 50000000 (drc index 80000005) was hot-added',
    ]]);
    sound(g);
  });
  it('asked back, goes whole or not at all', () => {
    const g = board();
    plug(g, 512 * MiB);
    g.machine.kernel.memory_chain.register({ id: 64, name: 'veto', priority: 0, notifier_call: (action, { start_pfn }) => (action === 2 && start_pfn >>> g.machine.kernel.mm.PFN_BLOCK_SHIFT === 5 ? 0x8002 : 1) });
    g.host('device_del', { id: 'd0' });
    expect([blocks(g), g.host('query-memory-devices')]).toEqual([`${BOOT} memory4:online memory5:online`, { return: [expect.objectContaining({ type: 'dimm' })] }]);
    g.machine.kernel.memory_chain.unregister(64);
    g.host('device_del', { id: 'd0' });
    expect([blocks(g), g.host('query-memory-devices')]).toEqual([BOOT, { return: [] }]);
    sound(g);
  });
  it('must be of whole LMBs; and what the hypervisor does not give is not there', () => {
    const g = board();
    expect(plug(g, 128 * MiB)).toMatchObject({ error: { desc: 'Hotplugged memory size must be a multiple of 256 MB' } });
    g.host('qom-set', { path: '/machine', property: 'x-grants', value: false });
    g.host('object-add', { 'qom-type': 'memory-backend-ram', id: 'm1', size: 256 * MiB });
    g.host('device_add', { driver: 'pc-dimm', id: 'd1', memdev: 'm1' });
    expect(blocks(g)).toBe(BOOT);
    expect(g.log()).toContain('pseries-hotplug-mem: Memory indexed-count-add failed, removing any added LMBs');
    sound(g);
  });
});
