import { describe, expect, it } from 'vitest';
import { guest } from '../testing/guest.ts';
import { H_TOTALRAM, H_TRACE_HEAD } from '../uapi/layout.ts';
import { ZONE_NAMES } from '../uapi/mmzone.ts';
import { decodeEvent } from '../uapi/trace.ts';

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

describe('what its owner says about killing a process', () => {
  it('is a file: from -1000 to 1000, and only root may ask for less', () => {
    const g = guest('512M');
    expect(g.run('cat /proc/self/oom_score_adj; echo 500 > /proc/self/oom_score_adj; cat /proc/self/oom_score_adj')).toBe('0\n500');
    for (const bad of ['1001', '-1001', 'x', '']) expect(g.run(`echo '${bad}' > /proc/$$/oom_score_adj; cat /proc/$$/oom_score_adj`)).toMatch(/Invalid argument\n0$/);
    expect(g.run('echo -1000 > /proc/self/oom_score_adj; cat /proc/self/oom_score')).toBe('0');
  });
  it('decides: the smaller process goes first if it says so, one with -1000 never', () => {
    const g = guest('512M');
    g.run('mh anon 200 nothp > /tmp/a; mh anon 100 nothp > /tmp/b; read a rest < /tmp/a; read b rest < /tmp/b; echo -1000 > /proc/${a#pid=}/oom_score_adj; echo 300 > /proc/${b#pid=}/oom_score_adj');
    const [a, b] = ['a', 'b'].map((file) => /^pid=(\d+)/.exec(g.file(`/tmp/${file}`))?.[1]);
    g.run('mh anon 150 nothp');
    const killed = g.log().flatMap((line) => /^Out of memory: Killed process (\d+) .*oom_score_adj:(-?\d+)$/.exec(line)?.slice(1, 3) ?? []);
    expect(killed.slice(0, 2)).toEqual([b, '300']);
    expect(killed).not.toContain(a);
  });
});

describe('an allocation that fails', () => {
  it('tells which zones were looked at: what each has, and the mark it would have to stay above', () => {
    const g = guest('512M');
    g.run('mh anon 300 nothp mlock');
    const { header, trace, zone } = g.machine.kernel.mm.t;
    const from = header[H_TRACE_HEAD] as number;
    g.run('mh anon 150 nothp');
    const looked: string[] = [];
    for (let at = Math.max(from, (header[H_TRACE_HEAD] as number) - trace.w0.length); at < (header[H_TRACE_HEAD] as number); at++) {
      const e = decodeEvent(Int32Array.from([trace.w0, trace.w1, trace.w2, trace.w3, trace.w4, trace.w5, trace.w6, trace.w7], (w) => w[at % w.length] as number));
      if (e.type === 'reclaim_retry_zone') looked.push(`${ZONE_NAMES[e.zone]} ${e.available <= e.min_wmark ? 'refused' : 'ok'}`);
    }
    // DMA32 for its min mark, DMA for what it keeps from requests that higher zones could have served.
    expect(looked.slice(0, 2)).toEqual(['DMA32 refused', 'DMA refused']);
    expect(zone.protection1[0]).toBeGreaterThan(zone.watermark_min[0] as number);
  });
});
