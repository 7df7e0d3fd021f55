import { describe, expect, it } from 'vitest';
import { guest, type Guest, plugged } from '../testing/guest.ts';
import { checkAgreements } from '../machine/agreements.ts';
import { checkInvariants } from '../machine/invariants.ts';
import { M_HUGETLB_RESV } from './mm.ts';

const MEMORY = '/sys/devices/system/memory';
const write = (g: Guest, how: 'soft' | 'hard', text: string): string => g.run(`mh write ${MEMORY}/${how}_offline_page '${text}\\n'`);
const corrupted = (g: Guest): string => /HardwareCorrupted: +(\d+ kB)/.exec(g.file('/proc/meminfo'))?.[1] ?? '';
/** A guest with a Movable block of 128 MiB, memory32. */
function movable(options?: Parameters<typeof guest>[1]): Guest {
  const g = guest('1G,slots=4,maxmem=8G', options);
  plugged(g, 1, 'online_movable');
  g.log();
  g.story();
  return g;
}
/** A workload of four pages; the address of its first. */
function workload(g: Guest, words = 'nothp'): { pid: string; address: string; pfn: string } {
  const line = g.run(`mh anonkb 16 ${words}`);
  const pfn = /firstpfn=(0x[0-9a-f]+)/.exec(line)?.[1] ?? '';
  return { pid: /pid=(\d+)/.exec(line)?.[1] ?? '', pfn, address: `0x${(Number(pfn) * 4096).toString(16)}` };
}

describe('soft offline: the contents are saved', () => {
  it('anonymous memory moves away and its owner lives on', () => {
    const g = movable();
    const { pid, address, pfn } = workload(g);
    expect(write(g, 'soft', address)).toBe('write ret=12');
    expect(g.story()).toEqual(['migrate memory_failure 1']);
    expect(corrupted(g)).toBe('4 kB');
    expect(g.run(`mh where ${pid}`)).toMatch(/block32:4$/);
    expect(write(g, 'soft', address)).toBe('write ret=12');
    expect(g.log()).toEqual([`soft_offline_page: ${pfn} page already poisoned`]);
    expect(checkInvariants(g.machine.kernel.mm)).toEqual([]);
  });
  it('a page in a pipe cannot move', () => {
    const g = movable();
    const { address, pfn } = workload(g, 'nothp splice');
    expect(write(g, 'soft', address)).toBe('write ret=-1 errno=16 EBUSY (Device or resource busy)');
    expect(g.log().join()).toMatch(new RegExp(`^soft offline: ${pfn}: page migration failed 1, type 0x[0-9a-f]+\\(.*swapbacked`));
    expect(corrupted(g)).toBe('0 kB');
  });
  it.each([
    ['a free page', '0x106000000', 'write ret=12', []],
    ['an address inside a page, in decimal', '4395630593', 'write ret=11', []],
    ["the kernel's own", '0x1000000', 'write ret=-1 errno=5 EIO (Input/output error)', ['Memory failure: 0x1000: unhandlable page.']],
    ['a hole', '0x50000000', 'write ret=-1 errno=6 ENXIO (No such device or address)', []],
    ['beyond all memory', '0x2000000000000', 'write ret=-1 errno=6 ENXIO (No such device or address)', []],
    ['no address', 'foo', 'write ret=-1 errno=22 EINVAL (Invalid argument)', []],
    ['below zero', '-1', 'write ret=-1 errno=22 EINVAL (Invalid argument)', []],
  ])('%s', (_, address, answer, log) => {
    const g = movable();
    expect(write(g, 'soft', address)).toBe(answer);
    expect(g.log()).toEqual(log);
  });
});

describe('hard offline: the contents are lost', () => {
  it.each([
    ['anonymous memory', 'nothp', 'dirty LRU page'], ['locked memory', 'nothp mlock', 'dirty mlocked LRU page'], ['shared memory', 'nothp shared', 'dirty LRU page'],
  ])('%s: the process keeps the hole', (_, words, type) => {
    const g = movable();
    const { pid, address, pfn } = workload(g, words);
    expect(write(g, 'hard', address)).toBe('write ret=12');
    expect(g.log()).toEqual([`Memory failure: ${pfn}: recovery action for ${type}: Recovered`]);
    expect(g.run(`mh where ${pid}`)).toMatch(/block32:3 swap:1$/);
    expect(write(g, 'hard', address)).toBe('write ret=-1 errno=133 EHWPOISON (Memory page has hardware error)');
    expect(g.log()).toEqual([`Memory failure: ${pfn}: already hardware poisoned`]);
    g.run(`kill ${pid}`);
    expect(checkInvariants(g.machine.kernel.mm)).toEqual([]);
  });
  it('a huge page is split first, only one of its pages is lost', () => {
    const g = movable();
    const line = g.run('mh anon 6 thp');
    const pid = /pid=(\d+)/.exec(line)?.[1];
    const mapped = g.machine.kernel.mm.t.memmap;
    // The guest's init has huge pages of its own, below.
    const head = mapped.kind.findIndex((kind, pfn) => pfn >= 0x100000 && (kind & 31) === 3);
    expect(write(g, 'hard', String(head * 4096 + 8192))).toMatch(/^write ret=\d+$/);
    expect(g.run(`mh where ${pid}`)).toMatch(/block32:1535 swap:1$/);
    expect(checkInvariants(g.machine.kernel.mm)).toEqual([]);
  });
  it("the kernel's own page is marked, counted, and left", () => {
    const g = movable();
    expect(write(g, 'hard', '0x1000000')).toBe('write ret=-1 errno=16 EBUSY (Device or resource busy)');
    expect(g.log()).toEqual(['Memory failure: 0x1000: unhandlable page.', 'Memory failure: 0x1000: recovery action for unknown page: Ignored']);
    expect(corrupted(g)).toBe('4 kB');
  });
  it('memory that is not online is outside its control, and still an IO error to the soft way', () => {
    const g = guest('1G,slots=4,maxmem=8G');
    plugged(g, 1, 'offline');
    expect(write(g, 'hard', '0x105000000')).toBe('write ret=-1 errno=6 ENXIO (No such device or address)');
    expect(g.log().at(-1)).toBe('Memory failure: 0x105000: memory outside kernel control');
    expect(write(g, 'soft', '0x105000000')).toBe('write ret=-1 errno=5 EIO (Input/output error)');
  });
});

describe('a huge page of the pool', () => {
  const pool = (g: Guest): string => ['Total', 'Free', 'Rsvd', 'Surp'].map((name) => new RegExp(`HugePages_${name}: +(\\d+)`).exec(g.file('/proc/meminfo'))?.[1]).join(' ');
  /** A pool of four huge pages, two of them a process's; the first frame of one that is its, and of one that is free. */
  function pooled(words = 'hugetlb'): { g: Guest; pid: string; used: number; free: number } {
    const g = movable();
    g.run('echo 4 > /proc/sys/vm/nr_hugepages');
    const pid = /pid=(\d+)/.exec(g.run(`mh anon 4 ${words}`))?.[1] ?? '';
    const { kind, owner } = g.machine.kernel.mm.t.memmap;
    const head = (mapped: boolean): number => kind.findIndex((k, pfn) => pfn % 512 === 0 && (k & 31) === 4 && (owner[pfn] as number) > 0 === mapped);
    g.log();
    return { g, pid, used: head(true), free: head(false) };
  }
  const hex = (pfn: number): string => `0x${pfn.toString(16)}`;
  const at = (pfn: number): string => hex(pfn * 4096);
  const EBUSY = 'write ret=-1 errno=16 EBUSY (Device or resource busy)';
  const EHWPOISON = 'write ret=-1 errno=133 EHWPOISON (Memory page has hardware error)';

  it("a process's own is given up: the broken frame is lost, the others are free memory, where the next failure finds them", () => {
    const { g, pid, used } = pooled();
    expect(pool(g)).toBe('4 2 0 0');
    write(g, 'hard', at(used));
    expect(pool(g)).toBe('3 2 0 0');
    write(g, 'hard', at(used + 1));
    expect([pool(g), corrupted(g)]).toEqual(['3 2 0 0', '8 kB']);
    expect(g.log()).toEqual([`Memory failure: ${hex(used)}: recovery action for huge page: Recovered`, `Memory failure: ${hex(used + 1)}: recovery action for free buddy page: Recovered`]);
    expect(g.run(`mh where ${pid}`)).toMatch(/:512$/);
    g.run(`kill ${pid}`);
    expect(pool(g)).toBe('3 3 0 0');
    expect(checkAgreements(g.machine.kernel)).toEqual([]);
  });
  it('a free one is given up as well', () => {
    const { g, free } = pooled();
    write(g, 'hard', at(free + 3));
    expect([pool(g), g.log()]).toEqual(['3 1 0 0', [`Memory failure: ${hex(free + 3)}: recovery action for free huge page: Recovered`]]);
    expect(checkAgreements(g.machine.kernel)).toEqual([]);
  });
  it('shared memory keeps it, unmapped; a second broken frame adds to the first, and the pool hands it out no more', () => {
    const { g, pid, used } = pooled('hugetlb shared');
    expect(write(g, 'hard', at(used + 5))).toBe('write ret=12');
    expect([write(g, 'hard', at(used + 6)), write(g, 'hard', at(used + 6))]).toEqual([EHWPOISON, EHWPOISON]);
    expect([pool(g), corrupted(g)]).toEqual(['4 2 0 0', '8 kB']);
    expect(g.run(`mh where ${pid}`)).toMatch(/:512$/);
    g.run(`kill ${pid}`);
    expect(pool(g)).toBe('4 4 0 0');
    // Four can be reserved, three are whole: the last is missed when it is touched.
    expect([g.run('mh anon 8 hugetlb'), pool(g)]).toEqual(['FAILED (child died)\nstatus=0x7', '4 4 0 0']);
    expect(checkAgreements(g.machine.kernel)).toEqual([]);
    // Given up, it leaves the two frames behind.
    g.run('echo 0 > /proc/sys/vm/nr_hugepages');
    expect(pool(g)).toBe('0 0 0 0');
    expect([used + 5, used + 6, used + 7].map((pfn) => (g.machine.kernel.mm.t.memmap.kind[pfn] as number) & 31)).toEqual([13, 13, 0]);
    expect(checkAgreements(g.machine.kernel)).toEqual([]);
  });
  it('one that is pinned stays whole until its process ends', () => {
    const { g, pid, used } = pooled('hugetlb pin');
    expect(write(g, 'hard', at(used))).toBe(EBUSY);
    expect(g.log()).toEqual([`Memory failure: ${hex(used)}: huge page still referenced by 511 users`, `Memory failure: ${hex(used)}: recovery action for huge page: Failed`]);
    expect(write(g, 'soft', at(used + 1))).toBe(EBUSY);
    expect(pool(g)).toBe('4 2 0 0');
    g.run(`kill ${pid}`);
    expect(pool(g)).toBe('4 4 0 0');
    expect(checkAgreements(g.machine.kernel)).toEqual([]);
  });
  it('one that is needed for a reservation cannot be given up: soft offline leaves it alone', () => {
    const { g, used, free } = pooled();
    const { word } = g.machine.kernel.mm.t.misc;
    word[M_HUGETLB_RESV] = 2;
    expect([write(g, 'soft', at(free)), write(g, 'hard', at(used)), pool(g)]).toEqual([EBUSY, 'write ret=12', '3 2 2 0']);
    expect([write(g, 'hard', at(free)), pool(g)]).toEqual([EBUSY, '3 2 2 0']);
    expect(checkAgreements(g.machine.kernel)).toEqual([]);
  });
});

describe('a block with broken pages', () => {
  it('goes offline; the count stays; coming back wipes the marks, so that a removal subtracts nothing', () => {
    const g = movable();
    write(g, 'hard', '0x106000000');
    const state = `${MEMORY}/memory32/state`;
    expect(g.run(`echo offline > ${state}; cat ${state}`)).toBe('offline');
    expect(corrupted(g)).toBe('4 kB');
    g.run(`echo online_movable > ${state}`);
    expect(write(g, 'soft', '0x106000000')).toBe('write ret=12');
    expect(g.log()).toContain('Memory failure: 0x106000: recovery action for free buddy page: Recovered');
    expect(corrupted(g)).toBe('8 kB');
    g.run(`echo offline > ${state}; echo online_movable > ${state}`);
    g.host('device_del', { id: 'd0' });
    expect(corrupted(g)).toBe('8 kB');
  });
  it('removed while the marks are there: they leave the count', () => {
    const g = movable();
    write(g, 'hard', '0x106000000');
    g.host('device_del', { id: 'd0' });
    expect(corrupted(g)).toBe('0 kB');
  });
  it('a page map that names a frame whose memory is gone kills its reader', () => {
    const g = movable();
    const { pid, address, pfn } = workload(g);
    write(g, 'hard', address);
    g.host('device_del', { id: 'd0' });
    g.log();
    expect(g.run(`mh where ${pid}; echo $?`)).toMatch(/Killed +mh where \d+\n137$/);
    expect(g.log()[0]).toBe(`BUG: unable to handle page fault for address: ${(0xffd4000000000008n + BigInt(pfn) * 64n).toString(16)}`);
  });
});

describe('hwpoison-inject', () => {
  const DIR = '/sys/kernel/debug/hwpoison';
  it('corrupts and repairs by frame number', () => {
    const g = movable({ mods: ['hwpoison-inject'] });
    expect(g.run(`for f in corrupt unpoison unpoison; do mh write ${DIR}/$f-pfn 0x105000; done`)).toBe('write ret=8\nwrite ret=8\nwrite ret=-1 errno=16 EBUSY (Device or resource busy)');
    expect(g.log()).toEqual([
      'Injecting memory failure at pfn 0x105000', 'Memory failure: 0x105000: recovery action for free buddy page: Recovered', 'Unpoison: Software-unpoisoned page 0x105000',
      'Unpoison: Page was already unpoisoned 0x105000',
    ]);
    expect(corrupted(g)).toBe('0 kB');
    expect(checkInvariants(g.machine.kernel.mm)).toEqual([]);
  });
  it('is not there without the module', () => {
    expect(movable().run(`mh write ${DIR}/corrupt-pfn 0x105000`)).toBe('open ret=-1 errno=2 ENOENT (No such file or directory)');
  });
});
