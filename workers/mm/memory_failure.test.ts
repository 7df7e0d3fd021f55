import { describe, expect, it } from 'vitest';
import { guest, type Guest, plugged } from '../testing/guest.ts';
import { checkInvariants } from '../machine/invariants.ts';

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
