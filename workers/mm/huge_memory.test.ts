import { describe, expect, it } from 'vitest';
import { checkInvariants } from '../machine/invariants.ts';
import { freeEveryThird } from '../testing/fragment.ts';
import { guest, type Guest } from '../testing/guest.ts';

const DIR = '/sys/kernel/mm/transparent_hugepage';
const counter = (g: Guest, name: string): number => Number(new RegExp(`^${name} (\\d+)$`, 'm').exec(g.file('/proc/vmstat'))?.[1]);
const hugeKb = (g: Guest): number => Number(/^AnonHugePages: +(\d+)/m.exec(g.file('/proc/meminfo'))?.[1]);
const sound = (g: Guest): void => expect(checkInvariants(g.machine.kernel.mm)).toEqual([]);
/** A process has most of memory, and then gives every third page of it away: much is free, and hardly a pageblock as a whole. */
function fragmented(): Guest {
  const g = guest('1G');
  g.run('mh anon 780 nothp');
  freeEveryThird(g);
  return g;
}

describe('/sys/kernel/mm/transparent_hugepage', () => {
  it('enabled: who gets huge pages', () => {
    const g = guest('1G');
    const takes = (words: string): boolean => {
      const before = counter(g, 'thp_fault_alloc');
      g.run(`mh anon 8 ${words} > /tmp/p; read p rest < /tmp/p; kill \${p#pid=}`);
      return counter(g, 'thp_fault_alloc') > before;
    };
    expect(g.file(`${DIR}/enabled`)).toBe('[always] madvise never\n');
    expect([takes(''), takes('thp'), takes('nothp')]).toEqual([true, true, false]);
    g.run(`echo madvise > ${DIR}/enabled`);
    expect([takes(''), takes('thp'), takes('nothp')]).toEqual([false, true, false]);
    g.run(`echo never > ${DIR}/enabled`);
    expect([takes(''), takes('thp'), takes('nothp')]).toEqual([false, false, false]);
    expect(g.run(`echo sometimes > ${DIR}/enabled; cat ${DIR}/enabled`)).toMatch(/Invalid argument\nalways madvise \[never\]$/);
    sound(g);
  });
  it('without them less is kept free', () => {
    const g = guest('4G');
    const before = Number(g.file('/proc/sys/vm/min_free_kbytes'));
    g.run(`echo never > ${DIR}/enabled`);
    expect(Number(g.file('/proc/sys/vm/min_free_kbytes'))).toBeLessThan(before);
    g.run(`echo always > ${DIR}/enabled`);
    expect(Number(g.file('/proc/sys/vm/min_free_kbytes'))).toBe(before);
  });
  it('boots as transparent_hugepage= says, and off on a machine of less than 512 MiB', () => {
    expect(guest('1G', { cmdline: 'transparent_hugepage=madvise' }).file(`${DIR}/enabled`)).toBe('always [madvise] never\n');
    expect(guest('512M').file(`${DIR}/enabled`)).toBe('always madvise [never]\n');
    expect(guest('1G', { more: { config: { TRANSPARENT_HUGEPAGE: false } } }).run(`ls ${DIR}`)).toMatch(/No such file/);
  });
  it('defrag: a mapping that asks has memory compacted for it, another falls back to small pages', () => {
    const g = fragmented();
    expect(g.file(`${DIR}/defrag`)).toBe('always defer defer+madvise [madvise] never\n');
    // What is whole is used up first.
    while (counter(g, 'thp_fault_fallback') === 0) g.run('mh anon 10');
    expect(counter(g, 'compact_stall')).toBe(0);
    const before = counter(g, 'thp_fault_alloc');
    g.run('mh anon 20 thp');
    expect(counter(g, 'compact_stall')).toBeGreaterThan(0);
    expect(counter(g, 'thp_fault_alloc')).toBeGreaterThan(before);
    sound(g);
  });
});

it('split_huge_pages: 1 makes single pages of all, and pinned ones stay whole', () => {
  const g = guest('1G');
  // Programs that run from boot on have some, too.
  const before = hugeKb(g);
  g.run('mh anon 20');
  expect(hugeKb(g)).toBe(before + 9 * 2048);
  g.run('mh anon 10 pin');
  const pinned = hugeKb(g) - before - 9 * 2048;
  expect(g.run('echo 1 > /sys/kernel/debug/split_huge_pages')).toBe('');
  expect(hugeKb(g)).toBe(pinned);
  expect([counter(g, 'thp_split_page'), counter(g, 'thp_split_page_failed')]).toEqual([9 + before / 2048, pinned / 2048]);
  expect(g.run('echo 2 > /sys/kernel/debug/split_huge_pages')).toMatch(/Invalid argument/);
  sound(g);
});

describe('khugepaged', () => {
  it('makes huge pages of small ones, some at a time, every ten seconds', () => {
    const g = guest('1G');
    g.run(`echo never > ${DIR}/enabled; mh anon 40; echo always > ${DIR}/enabled`);
    const before = hugeKb(g);
    // It hears of a mapping when one is made.
    const line = g.run('mh anon 1');
    g.wait(11_000);
    expect(Number(g.file(`${DIR}/khugepaged/pages_collapsed`))).toBe(8);
    expect(hugeKb(g)).toBe(before + 8 * 2048);
    g.wait(60_000);
    expect(hugeKb(g)).toBe(before + 19 * 2048);
    expect(counter(g, 'thp_collapse_alloc')).toBe(19);
    expect(Number(g.file(`${DIR}/khugepaged/full_scans`))).toBeGreaterThan(0);
    expect(line).toMatch(/^pid=/);
    sound(g);
  });
  it('leaves pinned pages and those of mappings that want none alone', () => {
    const g = guest('1G');
    const before = hugeKb(g);
    g.run(`echo never > ${DIR}/enabled; mh anon 10 pin; mh anon 10 nothp; echo always > ${DIR}/enabled; mh anon 1`);
    g.wait(60_000);
    expect(hugeKb(g)).toBe(before);
    sound(g);
  });
});
