import { describe, expect, it } from 'vitest';
import { checkAgreements } from '../../machine/agreements.ts';
import { checkInvariants } from '../../machine/invariants.ts';
import { guest, type Guest } from '../../testing/guest.ts';

const MEMORY = '/sys/devices/system/memory';
const write = (g: Guest, how: 'soft' | 'hard', pfn: number): string => g.run(`mh write ${MEMORY}/${how}_offline_page '0x${(pfn * 4096).toString(16)}\\n'`);
const field = (g: Guest, name: string): string => new RegExp(`${name}: +(\\d+)`).exec(g.file('/proc/meminfo'))?.[1] ?? '';
const pool = (g: Guest): string => ['HugePages_Total', 'HugePages_Free', 'HardwareCorrupted'].map((name) => field(g, name)).join(' ');
const hex = (pfn: number): string => `0x${pfn.toString(16)}`;
const sound = (g: Guest): string[] => [...checkInvariants(g.machine.kernel.mm), ...checkAgreements(g.machine.kernel)];
const EBUSY = 'write ret=-1 errno=16 EBUSY (Device or resource busy)';

describe('3.11 loses a huge page of the pool as a whole', () => {
  function pooled(): { g: Guest; pid: string; used: number; free: number } {
    const g = guest('512M', { edition: '3.11' });
    g.run('echo 4 > /proc/sys/vm/nr_hugepages');
    const pid = /pid=(\d+)/.exec(g.run('mh anon 4 hugetlb'))?.[1] ?? '';
    const { kind, owner } = g.machine.kernel.mm.t.memmap;
    const head = (mapped: boolean): number => kind.findIndex((k, pfn) => pfn % 512 === 0 && (k & 31) === 4 && (owner[pfn] as number) > 0 === mapped);
    g.log();
    return { g, pid, used: head(true), free: head(false) };
  }
  it("a process's: it stays in the pool's sum, in nobody's hands, and its second frame is known already", () => {
    const { g, pid, used } = pooled();
    expect([write(g, 'hard', used), pool(g), write(g, 'hard', used + 1), pool(g)]).toEqual(['write ret=11', '4 2 2048', 'write ret=11', '4 2 2048']);
    expect(g.log()).toEqual([`MCE ${hex(used)}: huge page recovery: Delayed`, `MCE ${hex(used + 1)}: already hardware poisoned`]);
    expect(write(g, 'soft', used + 2)).toBe(EBUSY);
    g.run(`kill ${pid}`);
    expect([pool(g), sound(g)]).toEqual(['4 3 2048', []]);
  });
  it('a free one, hard or soft, leaves the list of free ones', () => {
    const { g, free } = pooled();
    expect([write(g, 'hard', free + 7), pool(g), g.log()]).toEqual(['write ret=11', '4 1 2048', [`MCE ${hex(free + 7)}: free huge page recovery: Delayed`]]);
    const other = pooled();
    expect([write(other.g, 'soft', other.free), pool(other.g), other.g.log()]).toEqual(['write ret=11', '4 1 2048', [`__get_any_page: ${hex(other.free)} free huge page`]]);
    expect([sound(g), sound(other.g)]).toEqual([[], []]);
  });
  it('soft offline moves it first', () => {
    const { g, pid, used } = pooled();
    expect([write(g, 'soft', used), pool(g)]).toEqual(['write ret=11', '4 1 2048']);
    expect(g.run(`mh where ${pid}`)).toMatch(/:\d+/);
    expect(sound(g)).toEqual([]);
  });
});

describe('3.11 and a single page', () => {
  it('anonymous memory is lost; known already is no error to the hard way', () => {
    const g = guest('512M', { edition: '3.11' });
    const pfn = Number(/firstpfn=(0x[0-9a-f]+)/.exec(g.run('mh anonkb 16 nothp'))?.[1]);
    g.log();
    expect([write(g, 'hard', pfn), write(g, 'hard', pfn), write(g, 'soft', pfn)]).toEqual(['write ret=11', 'write ret=11', EBUSY]);
    expect(g.log()).toEqual([`MCE ${hex(pfn)}: dirty LRU page recovery: Recovered`, `MCE ${hex(pfn)}: already hardware poisoned`, `soft offline: ${hex(pfn)} page already poisoned`]);
    expect(sound(g)).toEqual([]);
  });
  it("the kernel's own is marked, and left", () => {
    const g = guest('512M', { edition: '3.11' });
    g.log();
    expect([write(g, 'hard', 0x1000), write(g, 'soft', 0x1001)]).toEqual([EBUSY, 'write ret=-1 errno=5 EIO (Input/output error)']);
    expect(g.log()).toEqual(['MCE 0x1000: non LRU page recovery: Ignored', expect.stringMatching(/^soft_offline: 0x1001: unknown non LRU page type [0-9a-f]+$/)]);
  });
});

describe('hwpoison-inject of 3.11', () => {
  const DIR = '/sys/kernel/debug/hwpoison';
  const inject = (): Guest => guest('512M', { edition: '3.11', mods: ['hwpoison-inject'] });
  const first = (text: string): number => Number(/firstpfn=(0x[0-9a-f]+)/.exec(text)?.[1]);
  it('a free page, there and back; what is whole already is no error', () => {
    const g = inject();
    // Inside of a chunk that nobody breaks while there are smaller ones.
    const chunk = g.machine.kernel.buddy.alloc_pages({ order: 10, migratetype: 1, highest_zoneidx: 1, nid: 0, kind: 1 });
    g.machine.kernel.buddy.free_pages(chunk, 10);
    const free = chunk + 700;
    g.log();
    expect(g.run(`for f in corrupt unpoison unpoison; do mh write ${DIR}/$f-pfn ${hex(free)}junk; done`)).toBe('write ret=11\nwrite ret=11\nwrite ret=11');
    expect(g.log()).toEqual([`Injecting memory failure at pfn ${free.toString(16)}`, `MCE ${hex(free)}: free buddy, 2nd try page recovery: Delayed`, `MCE: Software-unpoisoned free page ${hex(free)}`, `MCE: Page was already unpoisoned ${hex(free)}`]);
    expect([field(g, 'HardwareCorrupted'), sound(g)]).toEqual(['0', []]);
  });
  it('memory of a process: it claims a reference that it does not hold ("mm/hwpoison: fix the lack of one reference count against poisoned page", 3.12), so that -1 users are left', () => {
    const g = inject();
    const pfn = first(g.run('mh anonkb 16 nothp'));
    g.log();
    expect(g.run(`mh write ${DIR}/corrupt-pfn ${hex(pfn)}`)).toBe(EBUSY);
    expect(g.log().slice(1)).toEqual([`MCE ${hex(pfn)}: clean LRU page recovery: Failed`, `MCE ${hex(pfn)}: clean LRU page still referenced by -1 users`]);
    expect([field(g, 'HardwareCorrupted'), sound(g)]).toEqual(['4', []]);
  });
  it('with the filter free pages and the kernel\'s own are passed over, and the reference is held', () => {
    const g = inject();
    const pfn = first(g.run('mh anonkb 16 nothp'));
    g.log();
    expect(g.run(`cd ${DIR}; echo 1 > corrupt-filter-enable; mh write corrupt-pfn 0x1000; mh write corrupt-pfn 0x99999999; mh write corrupt-pfn ${hex(pfn)}; cat corrupt-pfn`)).toMatch(
      /^write ret=6\nwrite ret=-1 errno=6 ENXIO .*\nwrite ret=\d+\ncat: .*Permission denied$/,
    );
    expect(g.log()).toEqual([`Injecting memory failure at pfn ${pfn.toString(16)}`, `MCE ${hex(pfn)}: dirty LRU page recovery: Recovered`]);
  });
});
