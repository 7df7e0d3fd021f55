import { describe, expect, test } from 'vitest';
import { guest } from '../../testing/guest.ts';

describe('processes', () => {
  const g = guest('1G');
  test('ps shows one\'s own, all, and chosen columns', () => {
    expect(g.run('ps -o comm= -e')).toBe('kswapd0\nkcompactd0\nbash\nbash\nps');
    expect(g.run('ps -C bash -o pid,comm | head -1')).toBe('    PID COMMAND');
    expect(g.run('ps aux | grep -c "ps aux"; ps -ef | head -1')).toBe('1\nUID          PID    PPID  C STIME TTY          TIME CMD');
    expect(g.run('mh anon 40 nothp >/dev/null; ps -e --sort=-rss -o comm= | head -1')).toBe('mh');
    expect(g.run('ps -o nosuch')).toBe('ps: error: unknown user-defined format specifier "nosuch"');
  });
  test('pgrep, pkill and pidof find by name', () => {
    expect(g.run('sleep 100 & sleep 1; pgrep -c sleep; pkill sleep; wait $!; echo $?; pidof sleep; echo $?')).toBe('1\n143\n1');
    expect(g.run('killall nosuch; echo $?')).toBe('nosuch: no process found\n1');
  });
  test('top is one screen of memory and of who uses it', () => {
    const screen = g.run('top -b -n 1').split('\n');
    expect(screen[1]).toMatch(/^Tasks: +\d+ total, +1 running/);
    expect(screen[2]).toMatch(/^MiB Mem : +958\.7 total, +[\d.]+ free, +[\d.]+ used, +[\d.]+ buff\/cache/);
    expect(screen[5]).toBe('    PID USER      PR  NI    VIRT    RES    SHR S  %CPU  %MEM     TIME+ COMMAND');
  });
  test('timeout ends what takes too long, su and setpriv change the user', () => {
    expect(g.run('timeout 1 sleep 5; echo $?; timeout -k 1 1 bash -c "trap : TERM; while :; do sleep 1; done"; echo $?; timeout 5 true; echo $?; timeout 1 nosuch; echo $?')).toBe(
      "124\n137\n0\ntimeout: failed to run command 'nosuch': No such file or directory\n127",
    );
    expect(g.run('su nobody -c "id -un"; setpriv --reuid=nobody id -u; sudo -u nobody whoami; su nosuch -c id')).toBe('nobody\n65534\nnobody\nsu: user nosuch does not exist or the user entry does not contain all the required fields');
    expect(g.run('su nobody -c "echo online > /sys/devices/system/memory/memory1/state; su root -c id"')).toMatch(/Permission denied\nsu: Authentication failure$/);
  });
  test('dmesg -w waits for the next line, and a reader of /dev/kmsg does', () => {
    expect(g.run('dmesg -W > /tmp/log & sleep 1; echo "<5>hello" > /dev/kmsg; sleep 1; kill $!; wait $!; grep -c hello /tmp/log')).toBe('1');
    expect(g.run('timeout 1 dmesg -w | tail -1 | grep -c hello; echo $' + '{PIPESTATUS[0]}')).toBe('1\n124');
  });
  test('udevadm info shows a block as udev rules match it', () => {
    expect(g.run('udevadm info -q property -p /devices/system/memory/memory2; udevadm info -a /sys/devices/system/memory/memory2 | grep -E "looking|state|KERNEL"')).toBe(
      `DEVPATH=/devices/system/memory/memory2
SUBSYSTEM=memory
  looking at device '/devices/system/memory/memory2':
    KERNEL=="memory2"
    ATTR{state}=="online"
  looking at parent device '/devices/system/memory':
    KERNELS=="memory"`,
    );
    expect(g.run('udevadm info /sys/bus/memory/devices/memory3 | head -4; udevadm info /nosuch; echo $?')).toBe(
      'P: /devices/system/memory/memory3\nM: memory3\nR: 3\nU: memory\nUnknown device "/nosuch": No such device\n1',
    );
  });
});
