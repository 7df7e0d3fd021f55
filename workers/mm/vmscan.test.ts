import { describe, expect, it } from 'vitest';
import { checkInvariants } from '../machine/invariants.ts';
import { type Guest, guest } from '../testing/guest.ts';
import { H_TRACE_HEAD } from '../uapi/layout.ts';
import { decodeEvent, type TraceEvent } from '../uapi/trace.ts';

const number = (g: Guest, file: string, name: string): number => Number(new RegExp(`^${name}:? +(\\d+)`, 'm').exec(g.file(file))?.[1]);
const SWAP = 'echo 300M > /sys/block/zram0/disksize && mkswap /dev/zram0 > /dev/null && swapon /dev/zram0';
/** 512 MiB, with 300 MiB of swap. */
function swapping(): Guest {
  const g = guest('512M', { mods: ['zram'] });
  g.run(SWAP);
  return g;
}
function traced(g: Guest, from: number): TraceEvent[] {
  const { header, trace } = g.machine.kernel.mm.t;
  const { w0, w1, w2, w3, w4, w5, w6, w7 } = trace;
  const events: TraceEvent[] = [];
  for (let at = Math.max(from, (header[H_TRACE_HEAD] as number) - w0.length); at < (header[H_TRACE_HEAD] as number); at++) {
    events.push(decodeEvent(Int32Array.from([w0, w1, w2, w3, w4, w5, w6, w7], (w) => w[at % w0.length] as number)));
  }
  return events;
}

describe('swap', () => {
  it('a disk in memory becomes swap as on the recorded guest', () => {
    const g = guest('512M', { mods: ['zram'] });
    g.log();
    expect(g.run('echo 300M > /sys/block/zram0/disksize; mkswap /dev/zram0 | head -1; swapon /dev/zram0; cat /proc/swaps')).toBe([
      'Setting up swapspace version 1, size = 314568704 bytes', 'Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority', '/dev/zram0                              partition\t307196\t\t0\t\t-2',
    ].join('\n'));
    expect(g.log()).toEqual(['zram0: detected capacity change from 0 to 614400', 'Adding 307196k swap on /dev/zram0.  Priority:-2 extents:1 across:307196k SSFS']);
    expect(g.run('grep ^Swap /proc/meminfo')).toBe('SwapCached:            0 kB\nSwapTotal:        307196 kB\nSwapFree:         307196 kB');
    expect(g.run('swapon --show')).toBe('NAME       TYPE      SIZE USED PRIO\n/dev/zram0 partition 300M   0B   -2');
  });
  it('refuses what is no swap area, and to swap to the same disk twice', () => {
    const g = guest('512M', { mods: ['zram'] });
    expect(g.run('swapon /dev/zram0')).toBe('swapon: /dev/zram0: swapon failed: Invalid argument');
    g.run(SWAP);
    expect(g.run('swapon /dev/zram0; echo $?')).toBe('swapon: /dev/zram0: swapon failed: Device or resource busy\n255');
    expect(g.run('echo 1 > /sys/block/zram0/reset')).toContain('Device or resource busy');
    expect(g.run('swapon /etc/hostname')).toBe('swapon: /etc/hostname: swapon failed: Invalid argument');
  });
  it('memory that nobody used lately goes there, and nobody is killed; the process finds it again', () => {
    const g = swapping();
    g.run('mh anon 250 nothp; mh anon 200 nothp');
    expect(g.log().filter((line) => line.includes('oom'))).toEqual([]);
    const out = number(g, '/proc/vmstat', 'pswpout');
    expect(out).toBeGreaterThan(5000);
    // What programs that ended had there is gone with them.
    expect(number(g, '/proc/meminfo', 'SwapTotal') - number(g, '/proc/meminfo', 'SwapFree')).toBeLessThanOrEqual(4 * out);
    expect(number(g, '/proc/vmstat', 'pgsteal_kswapd') + number(g, '/proc/vmstat', 'pgsteal_direct')).toBe(out);
    // Every page was looked at twice: the first time its user had just been there.
    expect(number(g, '/proc/vmstat', 'pgscan_anon')).toBeGreaterThan(2 * out);
    expect(checkInvariants(g.machine.kernel.mm)).toEqual([]);
    g.run('kill $(ls /tmp/mh.* | head -1 | sed s/.*mh.//)');
    expect(g.run('swapoff /dev/zram0; cat /proc/swaps')).toBe('Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority');
    expect(number(g, '/proc/vmstat', 'pswpin')).toBeGreaterThan(0);
    expect(checkInvariants(g.machine.kernel.mm)).toEqual([]);
  });
  it('swapoff -a frees every disk, then misses the table of file systems, as the recorded guest did', () => {
    const g = swapping();
    expect(g.run('swapoff -a; echo $?; cat /proc/swaps | wc -l')).toBe("swapoff: can't open '/etc/fstab': No such file or directory\n1\n1");
  });
  it('swapoff that does not fit says so, and the disk stays', () => {
    const g = swapping();
    g.run('mh anon 250 nothp; mh anon 200 nothp mlock');
    expect(g.run('swapoff /dev/zram0')).toBe('swapoff: /dev/zram0: swapoff failed: Cannot allocate memory');
    expect(g.run('swapon --show | wc -l')).toBe('2');
  });
});

describe('kswapd', () => {
  it('wakes when a zone is below its low mark, and sleeps again when one is above its high mark', () => {
    const g = swapping();
    const from = g.machine.kernel.mm.t.header[H_TRACE_HEAD] as number;
    g.run('mh anon 390 nothp');
    g.wait(100);
    const names: string[] = traced(g, from).map((event) => event.type).filter((type) => type.startsWith('mm_vmscan_') && type !== 'mm_vmscan_lru_shrink_inactive');
    expect(names.slice(0, 1)).toEqual(['mm_vmscan_wakeup_kswapd']);
    expect(names.at(-1)).toBe('mm_vmscan_kswapd_sleep');
    const { nr_free_pages, watermark_high } = g.machine.kernel.mm.t.zone;
    expect(nr_free_pages[1]).toBeGreaterThan(watermark_high[1] as number);
  });
  it('with nothing to give back gives the node up after 16 rounds: all_unreclaimable', () => {
    const g = guest('512M,slots=2,maxmem=16G');
    g.run('mh anon 285 nothp mlock');
    g.host('object-add', { 'qom-type': 'memory-backend-ram', id: 'm0', size: 2 ** 32 });
    g.host('device_add', { driver: 'pc-dimm', id: 'd0', memdev: 'm0' });
    expect(g.machine.kernel.mm.t.node.kswapd_failures[0]).toBe(16);
    expect(g.log().find((line) => line.startsWith('Node 0 active_anon'))).toMatch(/all_unreclaimable\? (yes|no)$/);
  });
});
