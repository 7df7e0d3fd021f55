import { describe, expect, test } from 'vitest';
import { guest } from '../testing/guest.ts';

describe('modprobe and the modules that exist here', () => {
  const g = guest('512M');
  const ARM = '/sys/kernel/debug/notifier-error-inject/memory/actions/MEM_GOING_OFFLINE/error';
  test('a module brings its files and takes them away again; what is loaded twice or not at all is no error', () => {
    expect(g.run(`modprobe memory-notifier-error-inject; modprobe memory_notifier_error_inject; echo $?; cat ${ARM}; modprobe -r memory-notifier-error-inject; modprobe -r memory-notifier-error-inject; echo $?; cat ${ARM}`))
      .toBe(`0\n0\n0\ncat: ${ARM}: No such file or directory`);
  });
  test('an armed listener no longer refuses once it is gone', () => {
    expect(g.run(`modprobe memory-notifier-error-inject; echo -12 > ${ARM}; echo offline > /sys/devices/system/memory/memory2/state; rmmod memory_notifier_error_inject; echo offline > /sys/devices/system/memory/memory2/state; cat /sys/devices/system/memory/memory2/state`))
      .toBe('bash: line 1: echo: write error: Cannot allocate memory\noffline');
  });
  test.each([
    ['modprobe nosuch; echo $?', 'modprobe: FATAL: Module nosuch not found in directory /lib/modules/6.1.0\n1'],
    ['modprobe -q nosuch; echo $?', '1'],
    ['modprobe -r nosuch; echo $?', 'modprobe: FATAL: Module nosuch not found.\n1'],
    ['modprobe --first-time -r memory-notifier-error-inject; echo $?', 'modprobe: FATAL: Module memory_notifier_error_inject is not in kernel.\n1'],
    ['modprobe memory-notifier-error-inject priority=abc; echo $?; dmesg | tail -1 | cut -d" " -f6-', "modprobe: ERROR: could not insert 'memory_notifier_error_inject': Invalid argument\n1\nmemory_notifier_error_inject: `abc' invalid for parameter `priority'"],
    ['rmmod memory_notifier_error_inject; echo $?', 'rmmod: ERROR: Module memory_notifier_error_inject is not currently loaded\n1'],
  ])('%s', (script, said) => { expect(g.run(script)).toBe(said); });
});

describe('/proc', () => {
  const g = guest('512M');
  test('each process has its directory, and self is the one that asks', () => {
    expect(g.run('cat /proc/self/comm; cat /proc/$$/comm; cat /proc/$$/mounts | head -1; readlink /proc/self; ls -d /proc/$$/fd')).toMatch(/^cat\nbash\ntmpfs \/ tmpfs rw,relatime 0 0\n\d+\n\/proc\/\d+\/fd$/);
    expect(g.run('grep -E "^(Name|State|Uid)" /proc/self/status')).toBe('Name:\tgrep\nState:\tR (running)\nUid:\t0\t0\t0\t0');
    expect(g.run('cd /tmp; readlink /proc/$$/cwd; exec 5>/tmp/x; readlink /proc/$$/fd/5; ls /proc/99999')).toBe('/tmp\n/tmp/x\nls: cannot access \'/proc/99999\': No such file or directory');
  });
  test('/proc/iomem hides addresses from all but root', () => {
    expect(g.run('head -1 /proc/iomem; mh asuid 65534 head -1 /proc/iomem')).toBe('00000000-00000fff : Reserved\n00000000-00000000 : Reserved');
  });
  test('mount lists what is mounted, by type', () => {
    expect(g.run('mount -t sysfs; mount -t debugfs | awk "{print \\$3}"; mountpoint /sys; mountpoint -q /tmp || echo no')).toBe('sysfs on /sys type sysfs (rw,nosuid,nodev,noexec,relatime)\n/sys/kernel/debug\n/sys is a mountpoint\nno');
  });
});
