import { describe, expect, it } from 'vitest';
import { checkAgreements } from '../machine/agreements.ts';
import { digestOf } from '../machine/digest.ts';
import { checkInvariants } from '../machine/invariants.ts';
import { guest, type Guest } from '../testing/guest.ts';
import { KIND_MASK, KIND_THP } from '../uapi/page_kind.ts';

const counter = (g: Guest, name: string): number => Number(new RegExp(`^${name} (\\d+)$`, 'm').exec(g.file('/proc/vmstat'))?.[1]);
const counters = (g: Guest): Record<string, number> => Object.fromEntries(['thp_deferred_split_page', 'thp_split_pmd', 'thp_split_page'].map((name) => [name, counter(g, name)]));
const MiB = (g: Guest, name: string): number => Number(new RegExp(`^${name}: +(\\d+)`, 'm').exec(g.file('/proc/meminfo'))?.[1]) / 1024;
/** Free, on per-cpu lists as well, MiB. */
const free = ({ machine }: Guest): number => {
  const { nr_free_pages, pageset_count } = machine.kernel.mm.t.zone;
  return [...nr_free_pages, ...pageset_count].reduce((sum, n) => sum + n, 0) / 256;
};
const sound = ({ machine }: Guest): void => expect([
  ...checkInvariants(machine.kernel.mm), ...checkAgreements(machine.kernel), ...(machine.digest() === digestOf(machine.kernel.mm.t, machine.journal.length) ? [] : ['a frame changed, and no mark says so']),
]).toEqual([]);
const purge = (g: Guest, percent: number, more = ''): string => g.run(`workload purge size=62M percent=${percent} seed=3 ${more}`);

describe('huge pages of which a process gives a part back', () => {
  it('lose their one entry and wait on the deferred list, whole: nothing is free by it until a shrinker splits them', () => {
    const g = guest('1G');
    const [anon, huge, all] = [MiB(g, 'AnonPages'), MiB(g, 'AnonHugePages'), free(g)];
    purge(g, 50);
    expect(counters(g)).toEqual({ thp_deferred_split_page: 30, thp_split_pmd: 30, thp_split_page: 0 });
    // No huge page to its user; half of the pages are mapped; all of the memory is taken.
    expect(MiB(g, 'AnonHugePages')).toBe(huge);
    expect(MiB(g, 'AnonPages') - anon).toBeCloseTo(31, -1);
    expect(all - free(g)).toBeGreaterThan(60);
    // A tail that nobody maps: of a huge page, in use, not mapped.
    const { kind, owner } = g.machine.kernel.mm.t.memmap;
    const tail = kind.findIndex((k, pfn) => (k & KIND_MASK) === KIND_THP && owner[pfn] === 0 && pfn % 512 !== 0);
    expect(g.run(`dd if=/proc/kpagecount bs=8 skip=${tail} count=1 2>/dev/null | od -An -tu8`).trim()).toBe('0');
    sound(g);
    g.run('echo 2 > /proc/sys/vm/drop_caches');
    expect(counters(g)).toEqual({ thp_deferred_split_page: 30, thp_split_pmd: 30, thp_split_page: 30 });
    expect(all - free(g)).toBeLessThan(34);
    sound(g);
  });
  it('are split when memory is short', () => {
    const g = guest('1G');
    purge(g, 50);
    g.run('mh anon 870 nothp');
    expect(counter(g, 'thp_split_page')).toBeGreaterThan(0);
    sound(g);
  });
  it('get new pages where the old ones were used again, and wait as before', () => {
    const g = guest('1G');
    purge(g, 50, 'rounds=3');
    expect(counter(g, 'thp_deferred_split_page')).toBe(30);
    sound(g);
  });
  it('go as a whole with the last of their pages', () => {
    const g = guest('1G');
    const before = free(g);
    const [pid] = /\d+/.exec(purge(g, 100)) ?? [];
    expect(before - free(g)).toBeLessThan(3);
    expect(counter(g, 'thp_split_page')).toBe(0);
    g.run(`kill ${pid}`);
    sound(g);
  });
  it('move as a whole and leave the list, as in 6.1: from then on no shrinker finds them', () => {
    const g = guest('1G', { qemu: ['-m', '1G,slots=2,maxmem=4G'] });
    g.host('object-add', { 'qom-type': 'memory-backend-ram', id: 'm0', size: 2 ** 28 });
    g.host('device_add', { driver: 'pc-dimm', id: 'd0', memdev: 'm0' });
    g.run('for b in 32 33; do echo online_movable > /sys/devices/system/memory/memory$b/state; done');
    const [pid] = /\d+/.exec(purge(g, 50)) ?? [];
    expect(g.run('for b in 33 32; do echo offline > /sys/devices/system/memory/memory$b/state || echo $b; done')).toBe('');
    expect(counter(g, 'thp_migration_success')).toBeGreaterThan(0);
    sound(g);
    g.run('echo 2 > /proc/sys/vm/drop_caches');
    expect(counter(g, 'thp_split_page')).toBeLessThan(30);
    g.run(`kill ${pid}`);
    sound(g);
  });
});
