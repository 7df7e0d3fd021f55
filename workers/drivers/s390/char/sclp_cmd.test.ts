/** Standby memory of s390x: spec notifiers.md ("s390 sclp standby", "s390 CMA") and editions.md ("phys_device (0 except s390)"). */
import { describe, expect, it } from 'vitest';
import { checkAgreements } from '../../../machine/agreements.ts';
import { checkInvariants } from '../../../machine/invariants.ts';
import { createMachine } from '../../../machine/machine.ts';
import { runToEnd } from '../../../kernel/kthread.ts';
import { notifier_to_errno } from '../../../kernel/notifier.ts';
import { memory_notify } from '../../../mm/memory_notify.ts';
import { MEM_GOING_OFFLINE } from '../../../uapi/memory_block.ts';
import { KIND_MASK, KIND_MEMMAP } from '../../../uapi/page_kind.ts';
import { type Guest, guest } from '../../../testing/guest.ts';
import type { MachineDescription } from '../../../uapi/machine_description.ts';

const MiB = 2 ** 20;
const GiB = 2 ** 30;
const MEMORY = '/sys/devices/system/memory';
const describeIt = (size: number, increment = 256 * MiB, more: Partial<MachineDescription> = {}, ram = GiB): Partial<MachineDescription> => ({
  arch: 's390x', profile: 'bare', memory: [{ start: 0, end: ram, type: 'usable' }], numa: [], standby: { size, increment }, ...more,
});
const machine = (...args: Parameters<typeof describeIt>): Guest => guest('1G', { more: describeIt(...args) });
const states = (g: Guest): string => g.run(`cd ${MEMORY}; for m in memory?*; do echo $m $(cat $m/state); done`).split('\n').sort().join(', ');
const sound = (g: Guest): void => { expect([...checkInvariants(g.machine.kernel.mm), ...checkAgreements(g.machine.kernel)]).toEqual([]); };

describe('standby memory', () => {
  it('is there at boot, in blocks that are offline; its memmap is taken from RAM: 4 MiB a section', () => {
    const g = machine(512 * MiB);
    expect(states(g)).toBe('memory0 online, memory1 online, memory2 online, memory3 online, memory4 offline, memory5 offline');
    expect(g.log()).toContain('sclp_cmd: Standby memory at 0x40000000 (512M of 512M usable)');
    expect(g.file('/proc/iomem')).toContain('40000000-4fffffff : System RAM');
    const { kind } = g.machine.kernel.mm.t.memmap;
    expect(kind.reduce((pages, k) => pages + Number((k & KIND_MASK) === KIND_MEMMAP), 0)).toBe(2 * 1024);
    sound(g);
  });
  it('comes online and goes offline; no uevent but those two, and DMA has room below 2 GiB', () => {
    const g = machine(512 * MiB);
    g.story();
    expect(g.run(`cat ${MEMORY}/memory4/valid_zones; echo online > ${MEMORY}/memory4/state; cat ${MEMORY}/memory4/valid_zones; echo offline > ${MEMORY}/memory4/state`)).toBe('Normal Movable\nNormal');
    expect(g.story()).toEqual(['GOING_ONLINE 4', 'ONLINE 4', 'uevent online 4', 'GOING_OFFLINE 4', 'OFFLINE 4', 'uevent offline 4']);
    sound(g);
  });
  it('"assigns storage at GOING_ONLINE; any error → NOTIFY_BAD": the hypervisor has none to give, and the write is EPERM', () => {
    const g = machine(512 * MiB);
    g.host('qom-set', { path: '/machine', property: 'x-grants', value: false });
    g.log();
    g.story();
    expect(g.run(`echo online > ${MEMORY}/memory5/state`)).toContain('Operation not permitted');
    expect(g.log()).toEqual(['sclp_cmd: assign storage failed (cmd=0x000d0001, response=0x0340, rn=0x0006)']);
    expect(g.story()).toEqual(['GOING_ONLINE 5', 'CANCEL_ONLINE 5']);
    g.host('qom-set', { path: '/machine', property: 'x-grants', value: true });
    expect(g.run(`echo online_movable > ${MEMORY}/memory5/state; cat ${MEMORY}/memory5/state`)).toBe('online');
    sound(g);
  });
  it('boot memory can be given back, too, and asked for again', () => {
    const g = machine(256 * MiB, 256 * MiB, {}, 2 * GiB);
    expect(g.run(`echo offline > ${MEMORY}/memory6/state; cat ${MEMORY}/memory6/state; echo online > ${MEMORY}/memory6/state; cat ${MEMORY}/memory6/state`)).toBe('offline\nonline');
    sound(g);
  });
  it('a larger increment makes larger blocks, a smaller one counts in phys_device: "phys_device (0 except s390)"', () => {
    expect(machine(GiB, 512 * MiB).file(`${MEMORY}/block_size_bytes`)).toBe('20000000\n');
    const g = machine(512 * MiB, 64 * MiB);
    expect(g.file(`${MEMORY}/block_size_bytes`)).toBe('10000000\n');
    expect(g.file(`${MEMORY}/memory5/phys_device`)).toBe('20\n');
    expect(machine(256 * MiB).file(`${MEMORY}/memory4/phys_device`)).toBe('4\n');
    expect(guest('512M').file(`${MEMORY}/memory3/phys_device`)).toBe('0\n');
  });
  it('only whole blocks are of use: 64 MiB of RAM in the block before it, 192 MiB of standby are lost', () => {
    const g = machine(512 * MiB, 64 * MiB, {}, GiB + 64 * MiB);
    expect(g.log()).toContain('sclp_cmd: Standby memory at 0x44000000 (256M of 512M usable)');
    expect(states(g)).toContain('memory4 online, memory5 offline');
    expect(states(g)).not.toContain('memory6');
  });
  it('beyond mem= nothing is added; memhp_default_state=online brings all of it online at boot', () => {
    expect(states(machine(512 * MiB, 256 * MiB, { cmdline: 'mem=1280M' }))).toBe('memory0 online, memory1 online, memory2 online, memory3 online, memory4 offline');
    const g = machine(512 * MiB, 256 * MiB, { cmdline: 'memhp_default_state=online' });
    expect(states(g)).toContain('memory4 online, memory5 online');
    sound(g);
  });
  it('is refused where it cannot be', () => {
    const refusal = (more: Partial<MachineDescription>): unknown => createMachine({ description: { ...machine(256 * MiB).machine.kernel.mm.description, ...more } });
    expect(refusal({ arch: 'ppc64' })).toMatchObject({ ok: false, reason: 'There is no standby memory on ppc64.' });
    expect(refusal({ standby: { size: 256 * MiB, increment: 3 * MiB } })).toMatchObject({ ok: false, rule: 'an increment is a power of two from 1 MiB on' });
    expect(refusal({ standby: { size: 100 * MiB, increment: 64 * MiB } })).toMatchObject({ ok: false, rule: 'it comes in whole increments' });
  });
});

it('"s390 CMA … GOING_OFFLINE overlapping a CMA area → -EBUSY"', () => {
  const g = guest('2G', { more: { arch: 's390x', profile: 'bare', memory: [{ start: 0, end: 2 * GiB, type: 'usable' }], numa: [], cmdline: 'cma=64M@1G', config: { CMA: true } } });
  const { kernel } = g.machine;
  const answer = (start_pfn: number): number =>
    notifier_to_errno(runToEnd(memory_notify(kernel, MEM_GOING_OFFLINE, { start_pfn, nr_pages: 65536, status_change_nid: -1, status_change_nid_normal: -1 })));
  expect([3, 4, 5].map((block) => answer(block * 65536))).toEqual([0, -16, 0]);
  // Isolation is first to refuse: a pageblock of the area is nobody's but the devices'.
  expect(g.run(`echo offline > ${MEMORY}/memory4/state`)).toContain('Device or resource busy');
});

describe('a crash kernel: "s390 kdump … GOING_OFFLINE of a block starting below crash-kernel size → NOTIFY_BAD"', () => {
  const crash = (text: string): Guest => guest('1G', { more: { arch: 's390x', profile: 'bare', memory: [{ start: 0, end: 2 * GiB, type: 'usable' }], numa: [], cmdline: `crashkernel=${text} movablecore=1G` } });
  it('is set aside at the top of memory, and says so', () => {
    const g = crash('300M');
    expect([g.log().filter((line) => line.startsWith('setup:')), g.run('grep Crash /proc/iomem; cat /sys/kernel/kexec_crash_size')]).toEqual([
      ['setup: Reserving 300MB of memory at 1748MB for crashkernel (System RAM: 1748MB)'], '  6d400000-7fffffff : Crash kernel\n314572800',
    ]);
    sound(g);
  });
  it.each([['1G@512M', 'crash_base too low'], ['3G', 'first memory chunk must be at least crashkernel size'], ['512M@1900M', 'no suitable area found']])('%s: %s', (text, why) => {
    expect(crash(text).log()).toContain(`setup: crashkernel reservation failed: ${why}`);
  });
  it('keeps what it would be exchanged with: the chain is asked before anything moves', () => {
    const g = crash('300M');
    const { memory_chain, mm } = g.machine.kernel;
    expect(memory_chain.blocks.find(({ name }) => name === 'kdump_mem_notifier')?.priority).toBe(0);
    const asked = (block: number): number => notifier_to_errno(runToEnd(memory_notify(g.machine.kernel, MEM_GOING_OFFLINE, { start_pfn: block << mm.PFN_BLOCK_SHIFT, nr_pages: 1 << mm.PFN_BLOCK_SHIFT, status_change_nid_normal: -1, status_change_nid: -1 })));
    expect([0, 1, 2, 5].map(asked)).toEqual([-1, -1, 0, 0]);
    expect(guest('1G', { more: describeIt(256 * MiB) }).machine.kernel.memory_chain.blocks.some(({ name }) => name === 'kdump_mem_notifier')).toBe(false);
  });
});
