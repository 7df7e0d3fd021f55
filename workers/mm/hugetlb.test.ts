import { describe, expect, it } from 'vitest';
import { checkInvariants } from '../machine/invariants.ts';
import { guest, type Guest, plugged } from '../testing/guest.ts';
import { ERRNO } from '../uapi/errno.ts';
import { KIND_HUGETLB, KIND_MASK } from '../uapi/page_kind.ts';
import { unmap_and_move } from './migrate.ts';
import { brokenPool, dissolve_free_huge_pages, hugetlb_reserve_pages, hugetlbCounts } from './hugetlb.ts';

const movable = (): Guest => {
  const g = guest('1G,slots=4,maxmem=8G');
  plugged(g, 1, 'online_movable');
  return g;
};
const pool = (g: Guest): Record<string, number> => Object.fromEntries([...g.file('/proc/meminfo').matchAll(/^HugePages_(\w+): +(\d+)$/gm)].map((m) => [m[1], Number(m[2])]));
const set = (g: Guest, n: number): string => g.run(`echo ${n} > /proc/sys/vm/nr_hugepages`);
const sound = (g: Guest): void => expect(checkInvariants(g.machine.kernel.mm)).toEqual([]);

it('a page of the pool that its process gave back while it was isolated has moved already: it stays on the list it came to', () => {
  const g = movable();
  set(g, 4);
  const { mm, buddy } = g.machine.kernel;
  const free = mm.t.memmap.kind.findIndex((kind, pfn) => (kind & KIND_MASK) === KIND_HUGETLB && mm.t.memmap.state[pfn] !== 0);
  expect(unmap_and_move(mm, buddy, free, { nid: 0, nodemask: 1 })).toBe(0);
  expect([pool(g).Free, brokenPool(mm), mm.t.memmap.kind[free]]).toEqual([4, undefined, KIND_HUGETLB]);
  sound(g);
});

describe('the pool', () => {
  it('grows from the allocator and shrinks back into it; files agree', () => {
    const g = movable();
    set(g, 20);
    expect(pool(g)).toEqual({ Total: 20, Free: 20, Rsvd: 0, Surp: 0 });
    expect(g.file('/proc/meminfo')).toContain('Hugetlb:           40960 kB\n');
    expect(g.run('cat /sys/devices/system/node/node0/hugepages/hugepages-2048kB/*_hugepages')).toBe('20\n20\n0');
    g.run('echo 5 > /sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages');
    expect(pool(g)).toEqual({ Total: 5, Free: 5, Rsvd: 0, Surp: 0 });
    sound(g);
  });
  it('takes what there is and no more, without an error', () => {
    const g = movable();
    expect(set(g, 10_000)).toBe('');
    expect(pool(g).Total).toBeLessThan(600);
    sound(g);
  });
  it('pages in use beyond the wanted number become surplus, and go when they are given back', () => {
    const g = movable();
    set(g, 4);
    const pid = /pid=(\d+)/.exec(g.run('mh anon 6 hugetlb'))?.[1];
    set(g, 1);
    expect(pool(g)).toEqual({ Total: 3, Free: 0, Rsvd: 0, Surp: 2 });
    g.run(`kill ${pid}`);
    expect(pool(g)).toEqual({ Total: 1, Free: 1, Rsvd: 0, Surp: 0 });
    sound(g);
  });
  it('a mapping larger than the pool is refused', () => {
    const g = movable();
    set(g, 2);
    expect(g.run('mh anon 6 hugetlb')).toBe('mmap errno=12 ENOMEM');
    expect(pool(g)).toEqual({ Total: 2, Free: 2, Rsvd: 0, Surp: 0 });
  });
});

describe('offline', () => {
  const STATE = '/sys/devices/system/memory/memory32/state';
  it('free huge pages of the block are given up', () => {
    const g = movable();
    set(g, 10);
    expect(g.run(`echo offline > ${STATE}; cat ${STATE}`)).toBe('offline');
    expect(pool(g)).toEqual({ Total: 0, Free: 0, Rsvd: 0, Surp: 0 });
    sound(g);
  });
  it('used ones move; with an empty pool to fresh pages, and the pool keeps its size', () => {
    const g = movable();
    set(g, 3);
    const pid = /pid=(\d+)/.exec(g.run('mh anon 6 hugetlb'))?.[1];
    expect(g.run(`echo offline > ${STATE}; cat ${STATE}; mh where ${pid}`)).toMatch(/^offline\npid=\d+ pages=1536 firstpfn=0x[0-9a-f]+( block[0-7]:\d+)+$/);
    expect(pool(g)).toEqual({ Total: 3, Free: 0, Rsvd: 0, Surp: 0 });
    sound(g);
  });
  it('used and free ones in one block: they hop inside it until a signal comes', () => {
    const g = movable();
    set(g, 10);
    g.run('mh anon 8 hugetlb');
    g.story();
    expect(g.run(`mh writesig ${STATE} 'offline\\n' 200 10; cat ${STATE}`)).toMatch(/^write ret=-1 errno=4 EINTR \(Interrupted system call\) ms=\d+\nsignal_seen=10\nonline$/);
    expect(g.story().slice(-3)).toEqual(['migrate memory_hotplug 2048', 'CANCEL_OFFLINE 32', `offline_pages -${ERRNO.EINTR}`]);
    expect(pool(g)).toEqual({ Total: 10, Free: 6, Rsvd: 0, Surp: 0 });
    sound(g);
  });
});

it('a page that a reservation counts on is not dissolved', () => {
  const g = movable();
  set(g, 2);
  const { mm, buddy } = g.machine.kernel;
  expect(hugetlb_reserve_pages(mm, buddy, 2)).toBe(0);
  expect(dissolve_free_huge_pages(mm, buddy, 32 << 15, 33 << 15)).toBe(-ERRNO.EBUSY);
  expect(hugetlbCounts(mm)).toEqual({ nr: 2, free: 2, resv: 2, surplus: 0 });
});
