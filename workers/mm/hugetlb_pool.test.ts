import { describe, expect, it } from 'vitest';
import { checkInvariants } from '../machine/invariants.ts';
import { freeEveryThird } from '../testing/fragment.ts';
import { guest, type Guest, plugged } from '../testing/guest.ts';
import { PageGigantic } from './hugetlb.ts';

const DIR = '/sys/kernel/mm/hugepages';
const GIB = `${DIR}/hugepages-1048576kB`;
const SMALL = `${DIR}/hugepages-2048kB`;
const number = (g: Guest, path: string): number => Number(g.file(path));
const pool = (g: Guest, dir = GIB) => ['nr', 'free', 'resv', 'surplus'].map((of) => number(g, `${dir}/${of}_hugepages`)).join(' ');
const sound = (g: Guest): void => expect(checkInvariants(g.machine.kernel.mm)).toEqual([]);
const never = { cmdline: 'transparent_hugepage=never' };

describe('pages of 1 GiB', () => {
  it('at run time: memory in use is moved away from an aligned GiB', () => {
    const g = guest('6G', never);
    const { mm } = g.machine.kernel;
    const giantAt = (): number => Array.from({ length: 8 }, (_, i) => i << 18).find((pfn) => PageGigantic(mm, pfn)) ?? -1;
    // A process that reaches into the second GiB, the first the kernel has nothing in.
    const pid = /pid=(\d+)/.exec(g.run('mh anon 1200 nothp'))?.[1];
    g.story();
    expect(g.run(`echo 1 > ${GIB}/nr_hugepages; cat ${GIB}/nr_hugepages`)).toBe('1');
    expect(pool(g)).toBe('1 1 0 0');
    expect(g.story().join()).toMatch(/migrate contig_range/);
    const at = giantAt();
    expect(at).toBeGreaterThan(0);
    expect(g.run(`mh where ${pid}`)).toMatch(/^pid=\d+ pages=307200 /);
    sound(g);
    // Given back, page by page, it is ordinary memory.
    const free = Number(/MemFree: +(\d+)/.exec(g.file('/proc/meminfo'))?.[1]);
    g.run(`echo 0 > ${GIB}/nr_hugepages`);
    expect(Number(/MemFree: +(\d+)/.exec(g.file('/proc/meminfo'))?.[1])).toBeGreaterThan(free + 1_000_000);
    expect(giantAt()).toBe(-1);
    sound(g);
  });
  it('the first GiB, with the kernel in it, is none', () => {
    const g = guest('1G', never);
    expect(g.run(`echo 3 > ${GIB}/nr_hugepages; cat ${GIB}/nr_hugepages`)).toBe('0');
    sound(g);
  });
  it('at boot: reserved from the top; what found no room is told', () => {
    const g = guest('6G', { cmdline: 'hugepagesz=1G hugepages=2 hugepagesz=2M hugepages=8' });
    expect(pool(g)).toBe('2 2 0 0');
    expect(pool(g, SMALL)).toBe('8 8 0 0');
    sound(g);
    const small = guest('1G', { cmdline: 'hugepagesz=1G hugepages=1' });
    expect(small.log()).toContain('HugeTLB: allocating 1 of page size 1.00 GiB failed.  Only allocated 0 hugepages.');
    expect(guest('1G', { cmdline: 'hugepagesz=3M hugepages=1' }).log()).toContain('HugeTLB: unsupported hugepagesz=3M');
  });
  it('are used by a process as a whole', () => {
    const g = guest('6G', { cmdline: 'hugepagesz=1G hugepages=2' });
    const pid = /pid=(\d+)/.exec(g.run('mh anon 1024 hugetlb1g'))?.[1];
    expect(pool(g)).toBe('2 1 0 0');
    expect(g.run('mh anon 2048 hugetlb1g')).toBe('mmap errno=12 ENOMEM');
    sound(g);
    g.run(`kill ${pid}`);
    expect(pool(g)).toBe('2 2 0 0');
    sound(g);
  });
});

describe('offline of a block with a part of one', () => {
  const block = (g: Guest): number => Array.from({ length: 64 }, (_, i) => i).find((i) => PageGigantic(g.machine.kernel.mm, i << 15)) as number;
  it('a free one is dissolved whole', () => {
    const g = guest('6G', { cmdline: 'hugepagesz=1G hugepages=1' });
    const id = block(g) + 3;
    const state = `/sys/devices/system/memory/memory${id}/state`;
    expect(g.run(`echo offline > ${state}; cat ${state}`)).toBe('offline');
    expect(pool(g)).toBe('0 0 0 0');
    sound(g);
  });
  it('a used one moves to a free one of the pool, or not at all', () => {
    const g = guest('8G', { cmdline: 'hugepagesz=1G hugepages=2' });
    g.run('mh anon 1024 hugetlb1g');
    const { mm } = g.machine.kernel;
    const used = Array.from({ length: 80 }, (_, i) => i).find((i) => PageGigantic(mm, i << 15) && (mm.t.memmap.owner[i << 15] as number) > 0) as number;
    const state = `/sys/devices/system/memory/memory${used}/state`;
    expect(g.run(`timeout 60 mh write ${state} 'offline\\n'; cat ${state}`)).toMatch(/offline$/);
    // The page it left was free, and was dissolved.
    expect(pool(g)).toBe('1 0 0 0');
    sound(g);
  });
});

describe('per node, and beyond the pool', () => {
  it('a node\'s file sets its share', () => {
    const g = guest('1G', { ...never, qemu: ['-smp', '2', '-object', 'memory-backend-ram,id=r0,size=512M', '-object', 'memory-backend-ram,id=r1,size=512M', '-numa', 'node,nodeid=0,cpus=0,memdev=r0', '-numa', 'node,nodeid=1,cpus=1,memdev=r1'] });
    const share = (nid: number): number => number(g, `/sys/devices/system/node/node${nid}/hugepages/hugepages-2048kB/nr_hugepages`);
    g.run('echo 6 > /sys/devices/system/node/node1/hugepages/hugepages-2048kB/nr_hugepages');
    expect([share(0), share(1)]).toEqual([0, 6]);
    g.run('echo 10 > /proc/sys/vm/nr_hugepages');
    expect(share(0) + share(1)).toBe(10);
    g.run('echo 0 > /sys/devices/system/node/node1/hugepages/hugepages-2048kB/nr_hugepages');
    expect(share(1)).toBe(0);
    sound(g);
  });
  it('surplus pages are made for a mapping, as many as nr_overcommit_hugepages lets, and go with it', () => {
    const g = guest('1G', never);
    expect(g.run('mh anon 8 hugetlb')).toBe('mmap errno=12 ENOMEM');
    g.run('echo 4 > /proc/sys/vm/nr_overcommit_hugepages');
    const pid = /pid=(\d+)/.exec(g.run('mh anon 8 hugetlb'))?.[1];
    expect(pool(g, SMALL)).toBe('4 0 0 4');
    expect(g.run('mh anon 2 hugetlb')).toBe('mmap errno=12 ENOMEM');
    g.run(`kill ${pid}`);
    expect(pool(g, SMALL)).toBe('0 0 0 0');
    expect(g.run(`echo 1 > ${GIB}/nr_overcommit_hugepages`)).toMatch(/Invalid argument/);
    sound(g);
  });
  it('memory that was plugged into ZONE_MOVABLE is never a page of 1 GiB, which could not move', () => {
    const g = guest('1G,slots=2,maxmem=8G', never);
    plugged(g, 8, 'online_movable');
    expect(g.run(`echo 1 > ${GIB}/nr_hugepages; cat ${GIB}/nr_hugepages`)).toBe('0');
    sound(g);
  });
});

describe('a pool that grows when no 2 MiB are whole', () => {
  const count = (g: Guest, name: string): number => [...g.file('/proc/vmstat').matchAll(new RegExp(`^${name}\\w* (\\d+)$`, 'gm'))].reduce((sum, m) => sum + Number(m[1]), 0);
  it('compacts before it reclaims: with much free in pieces nothing is given back', () => {
    const g = guest('1G', never);
    g.run('mh anon 780');
    const { buddy } = g.machine.kernel;
    freeEveryThird(g);
    buddy.drain_all_pages();
    expect(Number(g.run(`echo 80 > ${SMALL}/nr_hugepages; cat ${SMALL}/nr_hugepages`))).toBeGreaterThan(60);
    expect(count(g, 'compact_success')).toBeGreaterThan(0);
    expect(count(g, 'allocstall')).toBeLessThan(count(g, 'compact_stall'));
    sound(g);
  });
  it('where too little is free compaction is not suitable: page cache is given back first, enough for a huge page at once', () => {
    const g = guest('1G', never);
    g.run('mh anon 450; workload write size=256M files=2 rounds=1 > /dev/null; sync');
    const free = Number(/MemFree: +(\d+)/.exec(g.file('/proc/meminfo'))?.[1]);
    expect(free / 2048, 'fewer 2 MiB than are wanted are free').toBeLessThan(120);
    expect(g.run(`echo 120 > ${SMALL}/nr_hugepages; cat ${SMALL}/nr_hugepages`)).toBe('120');
    expect(count(g, 'allocstall')).toBeGreaterThan(0);
    expect(count(g, 'pgsteal_direct')).toBeGreaterThan(0);
    sound(g);
  });
});
