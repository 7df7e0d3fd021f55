import { describe, expect, it } from 'vitest';
import { checkInvariants } from '../machine/invariants.ts';
import { guest, type Guest, plugged } from '../testing/guest.ts';
import { MIGRATE_CMA } from '../uapi/mmzone.ts';

const kb = (g: Guest, name: string): number => Number(new RegExp(`^${name}: +(\\d+)`, 'm').exec(g.file('/proc/meminfo'))?.[1]);
const sound = (g: Guest): void => expect(checkInvariants(g.machine.kernel.mm)).toEqual([]);

describe('a long-term pin', () => {
  it('first moves pages out of ZONE_MOVABLE', () => {
    const g = guest('1G,slots=2,maxmem=8G');
    plugged(g, 2, 'online_movable');
    g.story();
    // What is touched comes from Movable, what is pinned is not there any more.
    expect(g.run('mh anon 40 nothp')).toMatch(/ block3[23]:/);
    const line = g.run('mh anon 40 nothp pin');
    expect(line).not.toMatch(/ block3[23]:/);
    expect(g.story().join()).toMatch(/migrate longterm_pin 10240/);
    sound(g);
  });
  it('and out of what is set aside for devices, so that they can have it', () => {
    const g = guest('1G', { cmdline: 'cma=640M transparent_hugepage=never', more: { config: { CMA: true } } });
    const { migratetype } = g.machine.kernel.mm.t.pageblock;
    g.story();
    g.run('mh anon 40 pin');
    expect(g.story().join()).toMatch(/migrate longterm_pin/);
    const { kind } = g.machine.kernel.mm.t.memmap;
    const { pincount } = g.machine.kernel.mm.t.cold;
    let pinned = 0;
    for (let pfn = 0; pfn < kind.length; pfn++) {
      if ((pincount[pfn] as number) === 0) continue;
      pinned++;
      expect(migratetype[pfn >>> 9]).not.toBe(MIGRATE_CMA);
    }
    expect(pinned).toBeGreaterThanOrEqual(10240);
    expect(g.run('echo 65536 > /sys/kernel/debug/cma/reserved/alloc')).toBe('');
    sound(g);
  });
});

it('locked memory, huge or not, is on the unevictable list', () => {
  const g = guest('1G');
  const [unevictable, mlocked] = [kb(g, 'Unevictable'), kb(g, 'Mlocked')];
  g.run('mh anon 20 mlock; mh anon 20 nothp mlock');
  expect([kb(g, 'Unevictable') - unevictable, kb(g, 'Mlocked') - mlocked]).toEqual([40960, 40960]);
  expect(kb(g, 'AnonHugePages')).toBeGreaterThan(0);
  expect(g.file('/proc/vmstat')).toMatch(/^unevictable_pgs_mlocked 10240$/m);
  sound(g);
});
it('a long-term pin counts in vmstat, page by page, and its end, too', () => {
  const g = guest('1G');
  const pins = (): string => g.run('grep nr_foll_pin /proc/vmstat');
  expect(pins()).toBe('nr_foll_pin_acquired 0\nnr_foll_pin_released 0');
  g.run('workload io_uring size=1M > /tmp/w');
  expect(pins()).toBe('nr_foll_pin_acquired 256\nnr_foll_pin_released 0');
  g.run('read pid rest < /tmp/w; kill "${pid#pid=}"');
  expect(pins()).toBe('nr_foll_pin_acquired 256\nnr_foll_pin_released 256');
});
