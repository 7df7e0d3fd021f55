import { describe, expect, it } from 'vitest';
import { checkInvariants } from '../machine/invariants.ts';
import { guest, type Guest } from '../testing/guest.ts';
import { MIGRATE_CMA, MIGRATE_MOVABLE, MIGRATE_UNMOVABLE, ZONE_DMA32, ZONE_NORMAL, zoneRow } from '../uapi/mmzone.ts';
import { KIND_ANON, KIND_SLAB } from '../uapi/page_kind.ts';

const ROW = zoneRow(0, ZONE_DMA32);
const DIR = '/sys/kernel/debug/cma/reserved';
const withCma = (cma: string, memory = '1G'): Guest => guest(memory, { cmdline: `${cma} transparent_hugepage=never`, more: { config: { CMA: true } } });
const meminfo = (g: Guest, name: string): number => Number(new RegExp(`^${name}: +(\\d+)`, 'm').exec(g.file('/proc/meminfo'))?.[1]);
const file = (g: Guest, name: string): number => Number(g.file(`${DIR}/${name}`));
const sound = (g: Guest): void => expect(checkInvariants(g.machine.kernel.mm)).toEqual([]);
const typeAt = (g: Guest, pfn: number): number => g.machine.kernel.mm.t.pageblock.migratetype[pfn >>> 9] as number;

describe('cma= at boot', () => {
  it('sets pageblocks aside at the top of low memory, says so, and counts them', () => {
    const g = withCma('cma=64M');
    expect(g.log().find((line) => line.startsWith('cma:'))).toMatch(/^cma: Reserved 64 MiB at 0x00000000[0-9a-f]{8}$/);
    expect([meminfo(g, 'CmaTotal'), meminfo(g, 'CmaFree')]).toEqual([65536, 65536]);
    expect(file(g, 'count')).toBe(16384);
    const base = file(g, 'base_pfn');
    expect(base % 512).toBe(0);
    expect(typeAt(g, base)).toBe(MIGRATE_CMA);
    expect(typeAt(g, base - 1)).not.toBe(MIGRATE_CMA);
    expect(g.file('/proc/zoneinfo')).toMatch(/ {8}cma {6}16384\n/);
    expect(g.file('/proc/pagetypeinfo')).toMatch(/Number of blocks type +Unmovable +Movable +Reclaimable +HighAtomic +CMA +Isolate/);
    expect(g.file('/proc/pagetypeinfo')).toMatch(/type {10}CMA +0 +0 +0 +0 +0 +0 +0 +0 +0 +2 +15 \n/);
    sound(g);
  });
  it('lies at 4 GiB where there is memory enough above it', () => {
    expect(file(withCma('cma=64M', '6G'), 'base_pfn')).toBe(0x100000);
  });
  it('a place can be named; one that is taken, or not on a pageblock, is refused', () => {
    expect(file(withCma('cma=16M@0x10000000'), 'base_pfn')).toBe(0x10000);
    expect(withCma('cma=16M@0x1000000').log()).toContain('cma: Failed to reserve 16 MiB');
    expect(withCma('cma=16M@0x10001000').log()).toContain('cma: Region at 0x0000000010001000 must be aligned to 0x0000000000200000 bytes');
  });
  it('without CONFIG_CMA there is no such thing', () => {
    const g = guest('1G', { cmdline: 'cma=64M' });
    expect(g.file('/proc/meminfo')).not.toMatch(/Cma/);
    expect(g.run(`ls ${DIR}`)).toMatch(/No such file/);
  });
});

describe('who gets its pages', () => {
  it('movable requests, from the start when more than half of what is free is the area\'s', () => {
    const g = withCma('cma=640M');
    const { buddy } = g.machine.kernel;
    const movable = buddy.alloc_pages({ order: 4, migratetype: MIGRATE_MOVABLE, highest_zoneidx: ZONE_NORMAL, nid: 0, kind: KIND_ANON });
    expect(typeAt(g, movable)).toBe(MIGRATE_CMA);
    const kernel = buddy.alloc_pages({ order: 4, migratetype: MIGRATE_UNMOVABLE, highest_zoneidx: ZONE_NORMAL, nid: 0, kind: KIND_SLAB });
    expect(typeAt(g, kernel)).not.toBe(MIGRATE_CMA);
    sound(g);
  });
  it('with less, only when their own lists are empty; kernel memory never, be all else gone', () => {
    const g = withCma('cma=64M');
    const { mm, buddy } = g.machine.kernel;
    const page = (migratetype: number) => ({ order: 0, migratetype, highest_zoneidx: ZONE_NORMAL, nid: 0, kind: KIND_SLAB });
    expect(typeAt(g, buddy.alloc_pages(page(MIGRATE_MOVABLE)))).toBe(MIGRATE_MOVABLE);
    for (let pfn = 0; pfn >= 0; ) {
      pfn = buddy.alloc_pages(page(MIGRATE_UNMOVABLE));
      if (pfn >= 0) expect(typeAt(g, pfn)).not.toBe(MIGRATE_CMA);
    }
    expect(mm.t.zone.nr_free_cma[ROW]).toBe(16384);
    // A few wait on the per-cpu list.
    const last = Array.from({ length: 64 }, () => buddy.alloc_pages(page(MIGRATE_MOVABLE))).at(-1) as number;
    expect(typeAt(g, last)).toBe(MIGRATE_CMA);
    sound(g);
  });
});

describe('cma_alloc()', () => {
  it('takes a piece, and moves out who lived there', () => {
    const g = withCma('cma=256M');
    g.run('mh anon 700 nothp');
    const inside = meminfo(g, 'CmaTotal') - meminfo(g, 'CmaFree');
    expect(inside).toBeGreaterThan(0);
    g.story();
    expect(g.run(`echo 16384 > ${DIR}/alloc`)).toBe('');
    expect(g.story().join()).toMatch(/migrate contig_range/);
    expect([file(g, 'used'), file(g, 'maxchunk')]).toEqual([16384, 65536 - 16384]);
    expect(g.file('/proc/vmstat')).toMatch(/^cma_alloc_success 1\ncma_alloc_fail 0$/m);
    sound(g);
    // Some of it comes back, then all; it is the area's again.
    g.run(`echo 1000 > ${DIR}/free`);
    expect(file(g, 'used')).toBe(15384);
    g.run(`echo 100000 > ${DIR}/free`);
    expect(file(g, 'used')).toBe(0);
    expect(typeAt(g, file(g, 'base_pfn'))).toBe(MIGRATE_CMA);
    sound(g);
  });
  it('of single pages leaves the rest of their pageblock free', () => {
    const g = withCma('cma=16M');
    g.run(`echo 1 > ${DIR}/alloc; echo 3 > ${DIR}/alloc`);
    expect(file(g, 'used')).toBe(4);
    expect(g.file(`${DIR}/bitmap`)).toMatch(/^15 0 0 /);
    expect(meminfo(g, 'CmaFree')).toBe(16384 - 16);
    sound(g);
  });
  it('more than there is: ENOMEM, and a line in the log', () => {
    const g = withCma('cma=16M');
    g.log();
    expect(g.run(`echo 5000 > ${DIR}/alloc`)).toMatch(/Cannot allocate memory/);
    expect(g.log()).toEqual(['cma: cma_alloc: reserved: alloc failed, req-size: 5000 pages, ret: -12']);
    expect(g.file('/proc/vmstat')).toMatch(/^cma_alloc_fail 1$/m);
    sound(g);
  });
});

it('a block with a part of the area does not go offline', () => {
  const g = withCma('cma=16M@0x10000000');
  expect(g.run('echo offline > /sys/devices/system/memory/memory2/state')).toMatch(/Device or resource busy/);
  sound(g);
});
