import { describe, expect, it } from 'vitest';
import { guest, type Guest, plugged } from '../testing/guest.ts';
import { checkInvariants } from './invariants.ts';

const movable = (): Guest => {
  const g = guest('1G,slots=4,maxmem=8G');
  plugged(g, 1, 'online_movable');
  g.story();
  return g;
};
const STATE = '/sys/devices/system/memory/memory32/state';
const pidIn = (line: string): string => /pid=(\d+)/.exec(line)?.[1] ?? '';

describe('mh anon', () => {
  it('memory belongs to a process of its own and goes with it', () => {
    const g = movable();
    const { nr_free_pages, pageset_count } = g.machine.kernel.mm.t.zone;
    const free = (): number => [...nr_free_pages, ...pageset_count].reduce((sum, n) => sum + n, 0);
    const before = free();
    const line = g.run('mh anon 40 nothp');
    expect(line).toMatch(/^pid=\d+ pages=10240 firstpfn=0x10[0-7][0-9a-f]{3} block32:10240$/);
    expect(before - free()).toBeGreaterThan(10240);
    g.run(`kill ${pidIn(line)}`);
    // What stays: a page of slab for each program that ran.
    expect(before - free()).toBeLessThan(10);
    expect(g.run(`mh where ${pidIn(line)}`)).toMatch(/pagemap: No such file or directory$/);
    expect(checkInvariants(g.machine.kernel.mm)).toEqual([]);
  });
  it.each([['anonymous', 'nothp'], ['locked', 'nothp mlock'], ['shared', 'nothp shared']])('%s memory moves when its block goes offline', (_, words) => {
    const g = movable();
    const pid = pidIn(g.run(`mh anon 40 ${words}`));
    expect(g.run(`echo offline > ${STATE}; cat ${STATE}; mh where ${pid}`)).toMatch(/^offline\npid=\d+ pages=10240 firstpfn=\S+( block[0-7]:\d+)+$/);
    expect(checkInvariants(g.machine.kernel.mm)).toEqual([]);
  });
  it('huge pages wherever 2 MiB fit between its addresses: 19 of 40 MiB, which is not aligned', () => {
    const g = movable();
    g.run('mh anon 40 thp');
    // Five are of the guest's init.
    expect(g.file('/proc/meminfo')).toContain(`AnonHugePages:     ${(19 + 5) * 2048} kB\n`);
  });
  it('a long-term pin moves pages out of Movable first, so that the block can go', () => {
    const g = movable();
    const pid = pidIn(g.run('mh anon 40 nothp pin'));
    expect(g.story()).toEqual(['migrate longterm_pin 10240']);
    expect(g.run(`mh where ${pid}; echo offline > ${STATE}; cat ${STATE}`)).not.toMatch(/block32/);
    expect(g.file(STATE)).toBe('offline\n');
  });
  it('a page in a pipe holds the block until the process ends', () => {
    const g = movable();
    const pid = pidIn(g.run('mh anonkb 4 nothp splice'));
    g.log();
    expect(g.run(`mh writesig ${STATE} 'offline\\n' 100 10`)).toMatch(/^write ret=-1 errno=4 EINTR .*\nsignal_seen=10$/);
    expect(g.log().find((line) => line.startsWith('anon flags'))).toMatch(/\(referenced\|uptodate\|dirty\|mappedtodisk\|swapbacked\|node=0\|zone=3\|/);
    expect(g.run(`kill ${pid}; sleep 0.1; echo offline > ${STATE}; cat ${STATE}`)).toBe('offline');
  });
  it('more than the machine has is refused', () => {
    expect(movable().run('mh anon 4000 nothp')).toBe('mmap errno=12 ENOMEM');
  });
});

describe('the balloon', () => {
  const ballooned = (): Guest => guest('1G,slots=4,maxmem=8G', { mods: ['virtio_pci', 'virtio_balloon'], qemu: ['-device', 'virtio-balloon-pci,id=b0'] });
  const M = 2 ** 20;
  it('takes pages out of the care of their zone; present and blocks do not change', () => {
    const g = ballooned();
    const before = g.zone('DMA32');
    g.host('balloon', { value: 924 * M });
    expect(g.zone('DMA32')).toEqual({ present: before.present, managed: before.managed - 100 * 256 });
    expect(g.host('query-balloon')).toEqual({ return: { actual: 924 * M } });
    g.host('balloon', { value: 1024 * M });
    expect(g.zone('DMA32')).toEqual(before);
    expect(checkInvariants(g.machine.kernel.mm)).toEqual([]);
  });
  it('its pages can be moved: a block full of them goes offline', () => {
    const g = ballooned();
    plugged(g, 1, 'online_movable');
    g.host('balloon', { value: 1052 * M });
    expect(g.run(`echo offline > ${STATE}; cat ${STATE}`)).toBe('offline');
    expect(g.host('query-balloon')).toEqual({ return: { actual: 1052 * M } });
    expect(checkInvariants(g.machine.kernel.mm)).toEqual([]);
  });
  it('without the device there is none', () => {
    expect(guest('1G').host('query-balloon')).toEqual({ error: { class: 'DeviceNotActive', desc: 'No balloon device has been activated' } });
  });
});
