/**
 * The kernel's own selftest, unmodified: tools/testing/selftests/memory-hotplug/mem-on-off-test.sh. It is not part of this project. Its path comes from MEM_ON_OFF_TEST,
 * else it is taken from Debian's package linux-source-6.1; where neither is there, these tests are skipped and say so.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import process from 'node:process';
import { describe, expect, test } from 'vitest';
import { type Guest, guest } from './guest.ts';

const NAME = 'tools/testing/selftests/memory-hotplug/mem-on-off-test.sh';
const TARBALL = '/usr/src/linux-source-6.1.tar.xz';
function findScript(): string | undefined {
  const { MEM_ON_OFF_TEST } = process.env;
  if (MEM_ON_OFF_TEST) return readFileSync(MEM_ON_OFF_TEST, 'latin1');
  if (!existsSync(TARBALL)) return undefined;
  const { stdout, status } = spawnSync('tar', ['-xJOf', TARBALL, `linux-source-6.1/${NAME}`], { encoding: 'latin1', maxBuffer: 2 ** 20 });
  return status === 0 ? stdout : undefined;
}
const script = findScript();
const why = script === undefined ? ` (skipped: neither MEM_ON_OFF_TEST nor ${TARBALL} is there)` : '';

/** Runs the selftest with arguments; its output and, in the last line, its status. */
function selftest(g: Guest, args = ''): string[] {
  g.run(`cat > /tmp/mem-on-off-test.sh <<'END-OF-SELFTEST'\n${script}END-OF-SELFTEST\nchmod +x /tmp/mem-on-off-test.sh`);
  return g.run(`cd /tmp; ./mem-on-off-test.sh ${args} 2>&1; echo "status $?"`).split('\n');
}
const line = (pattern: string): number => (script ?? '').split('\n').findIndex((text) => text.includes(pattern)) + 1;
const refused = (block: number): RegExp => new RegExp(`^offline_memory_expect_success ${block}: unexpected fail$`);
const states = (g: Guest): string => g.run('cat /sys/devices/system/memory/memory*/state | sort | uniq -c').trim();

describe.skipIf(script === undefined)(`mem-on-off-test.sh${why}`, () => {
  test('passes on the recorded machine with its default of 2 %: one block goes offline and comes back', () => {
    const g = guest('1G', { cmdline: 'movablecore=512M' });
    const said = selftest(g);
    expect(said[0]).toBe('Test scope: 2% hotplug memory');
    expect(said).toContain('\t trying to offline 1 out of 8 memory block(s):');
    expect(said.at(-1)).toBe('status 0');
    expect(states(g)).toBe('8 online');
    expect(g.run('ls /sys/kernel/debug/notifier-error-inject')).toMatch(/No such file/);
  });
  test('-r 100: the blocks refuse that refuse on a real 6.1, block 0 (two zones) and the last (a hole), with EINVAL; all is online afterwards', () => {
    const g = guest('1G', { cmdline: 'movablecore=512M' });
    const said = selftest(g, '-r 100');
    expect(said).toContain('\t trying to offline 8 out of 8 memory block(s):');
    expect(said).toContain('\t\t FAILED - unable to offline some memory blocks, device busy?');
    const wentOffline = said.filter((text) => text.startsWith('offline->online'));
    expect(wentOffline).not.toContain('offline->online memory0');
    expect(wentOffline).not.toContain('offline->online memory7');
    for (const id of [3, 4, 5, 6]) expect(wentOffline).toContain(`offline->online memory${id}`);
    expect(said.at(-1)).toBe('status 1');
    expect(states(g)).toBe('8 online');
  });
  test('a failed write is said with the line of the script and the errno of the kernel', () => {
    const g = guest('1G', { cmdline: 'movablecore=512M' });
    g.run(`cat > /tmp/t.sh <<'END-OF-SELFTEST'\n${script}END-OF-SELFTEST`);
    // The functions of the script as they are, and one call: what the script's later versions send to /dev/null.
    const said = g.run('cd /tmp; bash -c \'SYSFS=/sys; source <(sed -n "/^memory_is_online/,/^error=/{/^error=/d;p}" t.sh); offline_memory_expect_success 0\' 2>&1').split('\n');
    expect(said[0]).toMatch(/line \d+: echo: write error: Invalid argument$/);
    expect(said[1]).toMatch(refused(0));
    expect(line('echo offline >')).toBeGreaterThan(0);
  });
  test('-e and -p reach the injector: each listener call is refused with that errno', () => {
    const g = guest('1G', { cmdline: 'movablecore=512M' });
    g.log();
    expect(selftest(g, '-r 100 -e -16 -p 5').at(-1)).toBe('status 1');
    const log = g.log();
    expect(log.filter((text) => text === 'Injecting error (-16) to MEM_GOING_ONLINE').length).toBeGreaterThan(2);
    expect(log.filter((text) => text === 'Injecting error (-16) to MEM_GOING_OFFLINE').length).toBeGreaterThan(2);
    expect(states(g)).toBe('8 online');
  });
  test.each([
    ['-e 1', 'error code must be -4095 <= errno < 0', 1],
    ['-e -4096', 'error code must be -4095 <= errno < 0', 1],
    ['-r 101', 'The percentage should be an integer within 0~100 range', 1],
    ['-h', 'Usage ./mem-on-off-test.sh [ -e errno ] [ -p notifier-priority ] [ -r percent-of-memory-to-offline ]', 0],
  ])('%s: %s', (args, text, status) => {
    expect(selftest(guest('512M'), args)).toEqual([text, `status ${status}`]);
  });
});
