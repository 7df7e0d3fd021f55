import { describe, expect, it } from 'vitest';
import { runToEnd } from '../kernel/kthread.ts';
import { guest, type Guest } from '../testing/guest.ts';
import { H_SEQ } from '../uapi/layout.ts';
import type { Area } from './mm_types.ts';
import { M_NR_PTES } from './mm.ts';
import { mapcountOf } from './page_flags.ts';
import { createProcessVm, mapped, type ProcessVm } from './process_vm.ts';
import { ownerName, ownerOf } from './rmap.ts';
import { is_swap_pte } from './swap.ts';

const PARENT = 5000;
const CHILD = 5001;
function started(g: Guest): ProcessVm {
  const vm = createProcessVm(g.machine.kernel);
  vm.start(PARENT, 'parent');
  vm.start(CHILD, 'child');
  return vm;
}
/** A mapping page by page: 'p' present, 's' in swap, '.' nothing. */
const drawn = (g: Guest, { slots }: Area): string => slots.map((slot) => {
  const pfn = g.machine.kernel.mm.t.pte.pfn[slot] as number;
  return slot === 0 ? '.' : is_swap_pte(pfn) ? 's' : 'p';
}).join('');

describe('fork(2)', () => {
  it('leaves each page at its place: what the parent gave back the child has not', () => {
    const g = guest('512M');
    const vm = started(g);
    const area = mapped(runToEnd(vm.mmap(PARENT, 6))) as Area;
    vm.dontneed(PARENT, area, 1, 2);
    expect(vm.fork(PARENT, CHILD)).toBe(0);
    const copy = vm.area(CHILD) as Area;
    expect([drawn(g, area), drawn(g, copy)]).toEqual(['p..ppp', 'p..ppp']);
    const before = vm.pagemap(area);
    expect(vm.write(CHILD, area, 3)).toBe(0);
    expect(vm.pagemap(area), 'the parent keeps its page').toEqual(before);
    expect(vm.pagemap(copy).map((pfn, i) => (pfn === before[i] ? '=' : '!')).join('')).toBe('===!==');
  });
  it('shares what lies in swap: it comes back for both, and is mapped twice', () => {
    const g = guest('512M', { mods: ['zram'] });
    g.run('echo 300M > /sys/block/zram0/disksize && mkswap /dev/zram0 > /dev/null && swapon /dev/zram0');
    const vm = started(g);
    const area = mapped(runToEnd(vm.mmap(PARENT, 8))) as Area;
    g.run('mh anon 250 nothp; mh anon 200 nothp');
    expect(drawn(g, area)).toBe('ssssssss');
    expect(vm.fork(PARENT, CHILD)).toBe(0);
    const copy = vm.area(CHILD) as Area;
    expect(drawn(g, copy)).toBe('ssssssss');
    vm.touch(copy);
    expect([drawn(g, area), drawn(g, copy)]).toEqual(['pppppppp', 'pppppppp']);
    expect(vm.pagemap(area).map((pfn) => mapcountOf(g.machine.kernel.mm, pfn))).toEqual(Array(8).fill(2));
    vm.exit(PARENT);
    expect(vm.pagemap(copy).map((pfn) => mapcountOf(g.machine.kernel.mm, pfn))).toEqual(Array(8).fill(1));
  });
  it('does not copy shared memory that is written to, which outlives the parent', () => {
    const g = guest('512M');
    const { mm } = g.machine.kernel;
    const vm = started(g);
    const area = mapped(runToEnd(vm.mmap(PARENT, 4, { shared: true }))) as Area;
    const frames = vm.pagemap(area);
    vm.fork(PARENT, CHILD);
    expect(vm.write(CHILD, area, 2)).toBe(0);
    expect(vm.pagemap(vm.area(CHILD) as Area)).toEqual(frames);
    vm.exit(PARENT);
    expect(frames.map((pfn) => ownerName(mm, ownerOf(mm, pfn)))).toEqual(Array(4).fill('tmpfs: shared memory of parent, pid 5000'));
    vm.exit(CHILD);
    expect(frames.map((pfn) => ownerName(mm, ownerOf(mm, pfn)))).toEqual(['', '', '', '']);
  });
});

describe('memory that is touched while it is short', () => {
  it('can be paused between two pages of which the first woke or reclaimed something', () => {
    const g = guest('512M');
    g.run('mh anon 360 nothp; workload read files=4000 seed=1');
    const { header } = g.machine.kernel.mm.t;
    g.machine.submit({ type: 'shell', line: 'mh anon 40 nothp' });
    const told: number[] = [];
    for (let seq = header[H_SEQ] as number, more = true; more; seq = header[H_SEQ] as number) {
      more = g.machine.run(1);
      told.push((header[H_SEQ] as number) - seq);
    }
    // A pass of kswapd at one priority is a step of its own.
    expect(Math.max(...told)).toBeLessThan(told.reduce((sum, events) => sum + events, 0) / 2);
    expect(told.filter((events) => events > 0).length).toBeGreaterThan(50);
  });
});

describe('mmap(2)', () => {
  const SWAP = 'echo 1G > /sys/block/zram0/disksize; mkswap /dev/zram0 > /dev/null; swapon /dev/zram0';
  it('refuses what could never be: more than memory and swap together', () => {
    const g = guest('512M', { mods: ['zram'] });
    expect(g.run('mh anon 600 nothp')).toBe('mmap errno=12 ENOMEM');
    expect(g.run(`${SWAP}; mh anon 1600 nothp`)).toMatch(/mmap errno=12 ENOMEM$/);
  });
  it('holds more than the machine has frames, where the rest is swapped out', () => {
    const g = guest('512M', { mods: ['zram'] });
    expect(g.run(`${SWAP}; mh anon 700 nothp`)).toMatch(/pid=\d+/);
    expect(g.machine.kernel.mm.t.misc.word[M_NR_PTES], 'slots in use').toBeGreaterThan(g.machine.kernel.mm.t.sizes.max_pfn);
    expect(g.run('free -m | tail -1')).toMatch(/^Swap: +1023 +[2-4]\d\d /);
  });
});
