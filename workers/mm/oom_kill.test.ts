import { describe, expect, it } from 'vitest';
import { guest } from '../testing/guest.ts';
import { H_TOTALRAM } from '../uapi/layout.ts';

describe('when memory runs out', () => {
  it('the process with the most memory is killed, and the one that asked goes on', () => {
    const g = guest('512M');
    g.run('mh anon 200 nothp > /dev/null');
    g.log();
    expect(g.run('mh anon 300 nothp; echo done')).toMatch(/^(pid=\d+ pages=76800|FAILED \(child died\)[\s\S]*)[\s\S]*done$/);
    const log = g.log();
    expect(log.find((line) => line.includes('invoked oom-killer'))).toBe('mh invoked oom-killer: gfp_mask=0x140cca(GFP_HIGHUSER_MOVABLE|__GFP_COMP), order=0, oom_score_adj=0');
    const total = g.machine.kernel.mm.t.header[H_TOTALRAM] as number;
    expect(log).toContain(`${130942 - total} pages reserved`);
    expect(log.at(-1)).toMatch(/^Out of memory: Killed process \d+ \(mh\) total-vm:\d+kB, anon-rss:\d+kB, file-rss:0kB, shmem-rss:516kB, UID:0 pgtables:\d+kB oom_score_adj:0$/);
    expect(g.run('echo alive')).toBe('alive');
  });
});

describe('a DIMM whose memory map finds no memory', () => {
  /** A machine of 512 MiB with 40 MiB free, and a DIMM of 4 GiB that needs 64 MiB of them. */
  function short() {
    const g = guest('512M,slots=2,maxmem=16G');
    g.run('mh anon 285 nothp mlock');
    g.log();
    g.host('object-add', { 'qom-type': 'memory-backend-ram', id: 'm0', size: 2 ** 32 });
    g.host('device_add', { driver: 'pc-dimm', id: 'd0', memdev: 'm0' });
    return g;
  }
  it('is refused with a dump of memory and a warning, and the firmware is told of success all the same', () => {
    const g = short();
    const log = g.log();
    expect(log[0]).toBe('kworker/u2:1: vmemmap alloc failure: order:9, mode:0x4cc0(GFP_KERNEL|__GFP_RETRY_MAYFAIL), nodemask=(null),cpuset=/,mems_allowed=0');
    expect(log).toContain('------------[ cut here ]------------');
    expect(log.slice(-2)).toEqual(['acpi PNP0C80:00: add_memory failed', 'acpi PNP0C80:00: acpi_memory_enable_device() error']);
    expect(g.machine.qemu.takeEvents().at(-1)?.data.info).toMatchObject({ source: 1, status: 0 });
    expect(g.run('ls /sys/devices/system/memory | grep -c memory3')).toBe('1');
    expect(g.run('grep -c 100000000- /proc/iomem')).toBe('0');
  });
  it('keeps the memory maps it had got: nobody takes them back', () => {
    const g = short();
    const owned = g.machine.kernel.mm.t.section.memmap_pfn.filter((pfn, nr) => nr >= 32 && pfn > 0).length;
    expect(owned).toBeGreaterThan(5);
    g.host('device_del', { id: 'd0' });
    expect(g.machine.kernel.mm.t.section.memmap_pfn.filter((pfn, nr) => nr >= 32 && pfn > 0).length).toBe(owned);
  });
  it('warns once a boot', () => {
    const g = short();
    g.log();
    g.host('device_del', { id: 'd0' });
    g.host('device_add', { driver: 'pc-dimm', id: 'd1', memdev: 'm0' });
    expect(g.log()).not.toContain('------------[ cut here ]------------');
  });
});
