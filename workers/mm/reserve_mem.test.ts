import { describe, expect, it } from 'vitest';
import { guest, type Guest } from '../testing/guest.ts';
import type { Edition } from '../uapi/machine_description.ts';

const VM = '/proc/sys/vm';
const machine = (edition: Edition): Guest => guest('768M', { edition, cmdline: 'movablecore=256M' });
const offline4 = (g: Guest): string => g.run('echo offline > /sys/devices/system/memory/memory4/state');
const freeKb = (g: Guest): number => Number(/^MemFree: +(\d+)/m.exec(g.file('/proc/meminfo'))?.[1]);

describe('reserves follow memory (N: "mmap reserve_mem … ONLINE: may enlarge user/admin reserve; OFFLINE: shrink, log `vm.user_reserve_kbytes reset to %lu`")', () => {
  it('a 32nd of what is free, root at most 8 MiB', () => {
    const g = machine('6.1');
    const user = Number(g.file(`${VM}/user_reserve_kbytes`));
    expect(user * 32).toBeGreaterThan(freeKb(g) * 0.9);
    expect(user * 32).toBeLessThan(freeKb(g) * 1.2);
    expect(g.file(`${VM}/admin_reserve_kbytes`)).toBe('8192\n');
  });
  it.each([['6.1', 'mmap: '], ['3.11', '']] as const)('%s: more than is left is lowered, with a line that begins with %j', (edition, prefix) => {
    const g = machine(edition);
    g.run(`echo 4000000 > ${VM}/user_reserve_kbytes`);
    g.log();
    expect(offline4(g)).toBe('');
    expect(g.log().filter((line) => line.includes('_reserve_kbytes'))).toEqual([`${prefix}vm.user_reserve_kbytes reset to ${g.file(`${VM}/user_reserve_kbytes`).trim()}`]);
    expect(Number(g.file(`${VM}/user_reserve_kbytes`)) * 32).toBeLessThanOrEqual(freeKb(g) + 32 + 4096);
  });
  it('memory that comes raises them, unless somebody set 0 or more than the kernel itself would', () => {
    const g = machine('6.1');
    offline4(g);
    const before = Number(g.file(`${VM}/user_reserve_kbytes`));
    g.run(`echo 1000 > ${VM}/user_reserve_kbytes; echo 0 > ${VM}/admin_reserve_kbytes; echo online_movable > /sys/devices/system/memory/memory4/state`);
    expect(Number(g.file(`${VM}/user_reserve_kbytes`))).toBeGreaterThan(Math.floor(before * 0.9));
    expect(g.file(`${VM}/admin_reserve_kbytes`)).toBe('0\n');
    expect(g.run(`echo -1 > ${VM}/user_reserve_kbytes`)).toMatch(/Invalid argument$/);
  });
});
