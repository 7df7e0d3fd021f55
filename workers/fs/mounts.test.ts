import { describe, expect, it } from 'vitest';
import { checkAgreements } from '../machine/agreements.ts';
import { checkInvariants } from '../machine/invariants.ts';
import { guest, type Guest, plugged } from '../testing/guest.ts';

const kb = (g: Guest, name: string): number => Number(new RegExp(`^${name}: +(\\d+) kB`, 'm').exec(g.file('/proc/meminfo'))?.[1]);
const sound = (g: Guest): string[] => [...checkInvariants(g.machine.kernel.mm), ...checkAgreements(g.machine.kernel)];

describe('tmpfs', () => {
  it('takes a frame for each page, says ENOSPC at its size, and gives all back', () => {
    const g = guest('1G');
    const shmem = kb(g, 'Shmem');
    expect(g.run('mkdir /t; mount -t tmpfs -o size=8M none /t; tail -1 /proc/mounts; df /t')).toBe(
      'none /t tmpfs rw,relatime,size=8192k,inode64 0 0\nFilesystem           1K-blocks      Used Available Use% Mounted on\nnone                      8192         0      8192   0% /t');
    expect(g.run('dd if=/dev/zero of=/t/f bs=1M count=9 2>&1')).toBe("dd: error writing '/t/f': No space left on device\n9+0 records in\n8+0 records out");
    expect([kb(g, 'Shmem') - shmem, g.run('df -m /t | tail -1')]).toEqual([8192, 'none                         8         8         0 100% /t']);
    expect(g.run('truncate -s 1M /t/f; cp /t/f /t/g; mv /t/g /t/f')).toBe('');
    expect(kb(g, 'Shmem') - shmem).toBe(1024);
    expect(g.run('cd /t; umount /t; cd /; umount /t; ls /t')).toBe('umount: /t: target is busy.');
    expect([kb(g, 'Shmem'), sound(g)]).toEqual([shmem, []]);
  });
  it('moves when its block goes offline', () => {
    const g = guest('1G,slots=4,maxmem=8G');
    plugged(g, 1, 'online_movable');
    g.run('dd if=/dev/zero of=/tmp/f bs=1M count=20 2>/dev/null; echo end >> /tmp/f');
    g.story();
    expect(g.run('echo offline > /sys/devices/system/memory/memory32/state; cat /sys/devices/system/memory/memory32/state; tail -c 4 /tmp/f')).toBe('offline\nend');
    expect(g.story().filter((line) => line.startsWith('migrate'))).toEqual([expect.stringMatching(/^migrate memory_hotplug 51\d\d$/)]);
    expect(sound(g)).toEqual([]);
  });
  it('goes to swap and comes back', () => {
    const g = guest('256M');
    g.run('modprobe zram; echo 400M > /sys/block/zram0/disksize; mkswap /dev/zram0; swapon /dev/zram0; dd if=/dev/zero of=/tmp/f bs=1M count=60 2>/dev/null; mh anon 120 nothp');
    expect(Number(/pswpout (\d+)/.exec(g.file('/proc/vmstat'))?.[1])).toBeGreaterThan(0);
    expect(g.run('wc -c < /tmp/f; rm /tmp/f')).toBe('62914560');
    expect(sound(g)).toEqual([]);
  });
});

describe('ramfs', () => {
  it('cannot be evicted, is locked by nobody, and lies in kernel memory', () => {
    const g = guest('1G,slots=4,maxmem=8G');
    plugged(g, 1, 'online_movable');
    const [before, locked] = [kb(g, 'Unevictable'), kb(g, 'Mlocked')];
    g.run('mkdir /t; mount -t ramfs r /t; dd if=/dev/zero of=/t/f bs=1M count=4 2>/dev/null');
    expect([kb(g, 'Unevictable') - before, kb(g, 'Mlocked') - locked]).toEqual([4096, 0]);
    expect(g.run('echo 3 > /proc/sys/vm/drop_caches; echo offline > /sys/devices/system/memory/memory32/state; cat /sys/devices/system/memory/memory32/state')).toBe('offline');
    expect(g.run('umount /t')).toBe('');
    expect([kb(g, 'Unevictable'), sound(g)]).toEqual([before, []]);
  });
});

describe('ext4 on a disk in memory', () => {
  it('is made, mounted, written through the page cache, and found again', () => {
    const g = guest('1G');
    expect(g.run('modprobe brd rd_nr=1 rd_size=65536; mkdir /t; mount /dev/ram0 /t; mkfs.ext4 -q /dev/ram0; mount -t ext4 /dev/ram0 /t; ls /t')).toBe(
      'mount: /t: wrong fs type, bad option, bad superblock on /dev/ram0, missing codepage or helper program, or other error.\nlost+found');
    expect(g.log().slice(-3)).toEqual(["brd: module loaded", "EXT4-fs (ram0): VFS: Can't find ext4 filesystem", 'EXT4-fs (ram0): mounted filesystem with ordered data mode. Quota mode: none.']);
    const cached = kb(g, 'Cached');
    g.run('dd if=/dev/zero of=/t/f bs=1M count=4 2>/dev/null; echo text > /t/g');
    expect([kb(g, 'Cached') - cached, kb(g, 'Dirty')]).toEqual([4100, 4100]);
    const { zone } = g.machine.kernel.mm.t;
    const free = (): number => [...zone.nr_free_pages, ...zone.pageset_count].reduce((sum, pages) => sum + pages, 0);
    const before = free();
    // What is written to the disk takes frames a second time; after boot the per-cpu lists have them.
    g.run('sync');
    expect(before - free()).toBeGreaterThan(768);
    expect(g.run('umount /dev/ram0; ls /t; mount /dev/ram0 /t; cat /t/g; mkfs.ext4 /dev/ram0')).toBe('text\nmkfs.ext4: /dev/ram0 is mounted; will not make a filesystem here!');
    expect(sound(g)).toEqual([]);
  });
});

describe('mount and umount', () => {
  it.each([
    ['mount -t foo x /mnt', "mount: /mnt: unknown filesystem type 'foo'."], ['mount /dev/nope /mnt', 'mount: /mnt: special device /dev/nope does not exist.'],
    ['mount -t ext4 /etc/hostname /mnt', 'mount: /mnt: /etc/hostname is not a block device.'], ['mount -t tmpfs x /nope', 'mount: /nope: mount point does not exist.'],
    ['mount -t tmpfs x /etc/hostname', 'mount: /etc/hostname: mount point is not a directory.'], ['mount -t proc proc /proc', 'mount: /proc: proc already mounted on /proc.'],
    ['umount /mnt', 'umount: /mnt: not mounted.'], ['umount /proc', 'umount: /proc: target is busy.'],
    ['mount -t tmpfs -o bogus x /mnt', 'mount: /mnt: wrong fs type, bad option, bad superblock on x, missing codepage or helper program, or other error.'],
  ])('%s', (line, message) => {
    const g = guest('512M');
    expect(g.run(`${line}; echo $?`)).toBe(`${message}\n32`);
  });
  it('covers a directory at the place it was mounted, and no other', () => {
    const g = guest('512M');
    expect(g.run('mount -t proc p /srv && mount /dev/vda /proc; ls /proc; ls /srv | grep zoneinfo')).toBe('linux\ntree\nzoneinfo');
  });
});
