/** What users can see of listeners that keep books of nodes and of memory: spec notifiers.md, "In-tree callbacks and priorities", column effect. */
import { describe, expect, it } from 'vitest';
import { guest, type Guest } from '../testing/guest.ts';
import { MEM_ONLINE } from '../uapi/memory_block.ts';
import type { Edition } from '../uapi/machine_description.ts';
import { NOTIFY_BAD, NOTIFY_OK } from '../uapi/notifiers.ts';

const MEMORY = '/sys/devices/system/memory';
const TIERING = '/sys/devices/virtual/memory_tiering';
/** Node 1 has no memory until the DIMM's blocks, memory32 and 33, are online. */
function machine(edition: Edition = '6.1', config: Readonly<Record<string, boolean>> = {}): Guest {
  const g = guest('1G,slots=2,maxmem=4G', { edition, qemu: ['-numa', 'node,nodeid=0,mem=1G', '-numa', 'node,nodeid=1'], more: { config } });
  g.host('object-add', { 'qom-type': 'memory-backend-ram', id: 'm0', size: 2 ** 28 });
  g.host('device_add', { driver: 'pc-dimm', id: 'd0', memdev: 'm0', node: 1 });
  return g;
}
const write = (g: Guest, id: number, word: string): string => g.run(`echo ${word} > ${MEMORY}/memory${id}/state`);
const allowed = (g: Guest): string => g.run('grep Mems_allowed_list /proc/self/status');

describe('"memory-tiers … on ONLINE/OFFLINE with nid ≥ 0: recompute"', () => {
  it('a node joins its tier with its first memory and leaves it with its last', () => {
    const g = machine();
    const nodes = (): string => g.run(`cat ${TIERING}/memory_tier4/nodelist`);
    expect([g.run(`ls ${TIERING}; ls ${TIERING}/memory_tier4; readlink -f ${TIERING}/memory_tier4/subsystem; ls /sys/bus/memory_tiering/devices`), nodes()]).toEqual(['memory_tier4\npower\nuevent\nnodelist\npower\nsubsystem\nuevent\n/sys/bus/memory_tiering\nmemory_tier4', '0']);
    const seen: string[] = [];
    for (const [id, word] of [[32, 'online_movable'], [33, 'online_movable'], [32, 'offline'], [33, 'offline']] as const) {
      expect(write(g, id, word)).toBe('');
      seen.push(nodes());
    }
    expect(seen).toEqual(['0-1', '0-1', '0-1', '0']);
  });
  it('it hears of it by the chain: a listener that stops the round before it leaves the tier as it was', () => {
    const g = machine();
    g.machine.kernel.memory_chain.register({ id: 64, name: 'stop', priority: 200, notifier_call: (action) => (action === MEM_ONLINE ? NOTIFY_BAD : NOTIFY_OK) });
    expect([write(g, 32, 'online_movable'), g.run(`cat ${TIERING}/memory_tier4/nodelist`), g.file('/sys/devices/system/node/has_memory')]).toEqual(['', '0', '0-1\n']);
  });
  it('not in a kernel without NUMA, nor in 3.11', () => {
    for (const g of [machine('6.1', { NUMA: false }), machine('3.11')]) expect(g.run(`ls -d ${TIERING}`)).toMatch(/No such file/);
  });
});

describe('"cpuset track nodes … re-evaluation of mems_allowed"', () => {
  it.each<Edition>(['6.1', '3.11'])('%s: processes may have memory of a node as soon as it has some', (edition) => {
    const g = machine(edition);
    expect(allowed(g)).toBe('Mems_allowed_list:\t0');
    write(g, 32, 'online');
    expect(allowed(g)).toBe('Mems_allowed_list:\t0-1');
  });
  it('2.6.12 has no such line', () => { expect(guest('1G', { edition: '2.6.12-mhp' }).run('grep -c Mems /proc/self/status')).toBe('0'); });
});

describe('"ipc/util … recomputation of msgmni on ONLINE/OFFLINE" (3.11)', () => {
  const msgmni = (g: Guest): number => Number(g.file('/proc/sys/kernel/msgmni'));
  it.each([['1G', 2005], ['6G', 11956]])('%s: %i at boot, as the recorded log says ("msgmni has been set to …")', (memory, expected) => { expect(msgmni(guest(memory, { edition: '3.11' }))).toBe(expected); });
  it('256 more for a block of 128 MiB, until somebody writes a number; 1 to auto_msgmni begins again', () => {
    const g = machine('3.11');
    write(g, 32, 'online');
    const one = msgmni(g);
    write(g, 33, 'online');
    expect(msgmni(g) - one).toBe(256);
    g.run('echo 100 > /proc/sys/kernel/msgmni');
    write(g, 33, 'offline');
    expect(g.run('cat /proc/sys/kernel/msgmni /proc/sys/kernel/auto_msgmni')).toBe('100\n0');
    g.run('echo 1 > /proc/sys/kernel/auto_msgmni');
    expect(Math.abs(msgmni(g) - one)).toBeLessThanOrEqual(256);
    expect(g.run('echo x > /proc/sys/kernel/msgmni; echo 2 > /proc/sys/kernel/auto_msgmni')).toMatch(/Invalid argument\n.*Invalid argument$/);
  });
  it('6.1 has a constant, and no listener for it', () => { expect(guest('1G').run('ls /proc/sys/kernel')).not.toContain('msgmni'); });
});
