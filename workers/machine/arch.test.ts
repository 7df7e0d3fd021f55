/** Sections, blocks and zones by architecture: the vectors of zones-at-boot.md ("Section and block sizes") and of seed 001, 1.3 and section 4. */
import { describe, expect, it } from 'vitest';
import { guest, type Guest } from '../testing/guest.ts';
import type { Arch } from '../uapi/arch.ts';
import type { MachineDescription } from '../uapi/machine_description.ts';
import { MIGRATE_NAMES, pageblock_order } from '../uapi/mmzone.ts';
import { ownerName, ownerOf } from '../mm/rmap.ts';
import { createMachine } from './machine.ts';
import { checkAgreements } from './agreements.ts';
import { checkInvariants } from './invariants.ts';

const MiB = 2 ** 20;
const GiB = 2 ** 30;
const MEMORY = '/sys/devices/system/memory';
type Ranges = readonly (readonly [start: number, end: number])[];
/** RAM at these addresses, and nothing that a board of PCs has. */
function machine(arch: Arch, ram: Ranges, more: Partial<MachineDescription> = {}): Guest {
  return guest('1G', { more: { arch, profile: 'bare', memory: ram.map(([start, end]) => ({ start, end, type: 'usable' as const })), numa: [], ...more } });
}
const blocks = (g: Guest): string => g.run(`cd ${MEMORY}; echo memory*`);
/** Zones of node 0 as 'Name start-end', in MiB. */
function zones(g: Guest): string[] {
  const { t, geometry } = g.machine.kernel.mm;
  const mib = (pfn: number): number => (pfn * geometry.page_size) / MiB;
  return geometry.zone_names.flatMap((name, row) => {
    const [start, spanned] = [t.zone.zone_start_pfn[row] as number, t.zone.spanned_pages[row] as number];
    return name === undefined || spanned === 0 ? [] : [`${name} ${Math.round(mib(start))}-${Math.round(mib(start + spanned))}`];
  });
}

describe('a block is a section, and a section is', () => {
  it.each<[string, Arch, number | undefined, Ranges, string]>([
    ['x86_64: 27 bits, 128 MiB', 'x86_64', undefined, [[0, GiB]], '8000000'],
    ['ppc64: 24 bits, 16 MiB ("power uses 16MiB")', 'ppc64', undefined, [[0, GiB]], '1000000'],
    ['ia64: 30 bits, 1 GiB ("ia64 uses 1GiB")', 'ia64', undefined, [[0, 4 * GiB]], '40000000'],
    ['s390x: 28 bits, 256 MiB', 's390x', undefined, [[0, GiB]], '10000000'],
    ['arm64 with 4 KiB pages: 27 bits, 128 MiB', 'arm64', 4096, [[GiB, 2 * GiB]], '8000000'],
    ['arm64 with 16 KiB pages: 27 bits, 128 MiB', 'arm64', 16384, [[GiB, 2 * GiB]], '8000000'],
    ['arm64 with 64 KiB pages: 29 bits, 512 MiB', 'arm64', 65536, [[GiB, 2 * GiB]], '20000000'],
  ])('%s', (_, arch, pageSize, ram, size) => {
    const g = machine(arch, ram, pageSize === undefined ? {} : { pageSize });
    expect(g.file(`${MEMORY}/block_size_bytes`)).toBe(`${size}\n`);
    expect(checkInvariants(g.machine.kernel.mm)).toEqual([]);
  });
  it('more than one where the firmware says so: an LMB of 256 MiB on ppc64, an increment of 512 MiB on s390x', () => {
    expect(machine('ppc64', [[0, GiB]], { blockSize: 256 * MiB }).file(`${MEMORY}/block_size_bytes`)).toBe('10000000\n');
    expect(blocks(machine('ppc64', [[0, GiB]], { blockSize: 256 * MiB }))).toBe('memory0 memory1 memory2 memory3');
    expect(blocks(machine('s390x', [[0, 2 * GiB]], { blockSize: 512 * MiB }))).toBe('memory0 memory1 memory2 memory3');
  });
  it('never less: a block of half a section is refused', () => {
    const { description } = machine('s390x', [[0, GiB]]).machine.kernel.mm;
    expect(createMachine({ description: { ...description, blockSize: 128 * MiB } })).toMatchObject({ ok: false, rule: 'a memory block is one or more whole sections of 256 MiB, a power of two' });
  });
  it('pages of a size that an architecture has not are refused', () => {
    const { description } = machine('arm64', [[GiB, 2 * GiB]]).machine.kernel.mm;
    expect(createMachine({ description: { ...description, pageSize: 8192 } })).toMatchObject({ ok: false, reason: 'There are no pages of 8192 bytes on arm64 here.', remedy: 'set pageSize to 4096' });
  });
});

describe('mobility grouping', () => {
  // Six migrate types, pageblocks of 512 MiB: less than 3 GiB of memory is not worth it. Source: build_all_zonelists(). Pageblocks got their types before, and keep them until somebody asks.
  it.each([['2 GiB', 'off', 'Unmovable', 2], ['6 GiB', 'on', 'Movable', 6]] as const)('arm64 with 64 KiB pages and %s: %s; a process\'s pages lie in %s pageblocks', (_, grouping, type, gib) => {
    const g = machine('arm64', [[GiB, (1 + gib) * GiB]], { pageSize: 65536 });
    const { mm } = g.machine.kernel;
    expect(g.run('dmesg | grep -o "mobility grouping o[nf]*"')).toBe(`mobility grouping ${grouping}`);
    g.run('mh anon 64 nothp');
    const lie = new Set<string>();
    for (let pfn = 0; pfn < mm.t.sizes.max_pfn; pfn++) if (ownerName(mm, ownerOf(mm, pfn)).startsWith('mh, pid')) lie.add(MIGRATE_NAMES[mm.t.pageblock.migratetype[pfn >>> pageblock_order] as number] as string);
    expect(lie).toContain(type);
    expect(lie.has('Movable')).toBe(grouping === 'on');
    expect(checkInvariants(mm)).toEqual([]);
  });
});

describe('zones', () => {
  it('x86_64: DMA below 16 MiB, DMA32 below 4 GiB, Normal above', () => {
    expect(zones(machine('x86_64', [[0, 3 * GiB], [4 * GiB, 5 * GiB]]))).toEqual(['DMA 0-16', 'DMA32 16-4096', 'Normal 4096-5120']);
  });
  it('ppc64: all is Normal', () => { expect(zones(machine('ppc64', [[0, GiB]]))).toEqual(['Normal 0-1024']); });
  it('ia64: DMA32 below 4 GiB, Normal above', () => { expect(zones(machine('ia64', [[0, 2 * GiB], [4 * GiB, 6 * GiB]]))).toEqual(['DMA32 0-4096', 'Normal 4096-6144']); });
  it('s390x: DMA below 2 GiB, Normal above', () => { expect(zones(machine('s390x', [[0, 3 * GiB]]))).toEqual(['DMA 0-2048', 'Normal 2048-3072']); });
  it('arm64: DMA below 4 GiB, Normal above, DMA32 empty', () => {
    expect(zones(machine('arm64', [[GiB, 6 * GiB]]))).toEqual(['DMA 1024-4096', 'Normal 4096-6144']);
    expect(machine('arm64', [[GiB, 2 * GiB]]).file('/proc/zoneinfo')).toMatch(/^Node 0, zone +DMA32\n/m);
  });
  it('what an architecture does not have is nowhere: no DMA32 in the files of s390x, three protections instead of five', () => {
    const text = machine('s390x', [[0, 3 * GiB]]).file('/proc/zoneinfo');
    expect(text).not.toContain('DMA32');
    expect(text).toMatch(/zone +DMA\n[\s\S]*?protection: \(\d+, \d+, \d+\)\n/);
  });
  it('movablecore= takes from the highest one, on whole chunks of pages of that size', () => {
    expect(zones(machine('arm64', [[GiB, 6 * GiB]], { cmdline: 'movablecore=1G', pageSize: 65536 }))).toEqual(['DMA 1024-4096', 'Normal 4096-5120', 'Movable 5120-6144']);
  });
});

it.each<[Arch, string]>([['x86_64', 'x86_64'], ['arm64', 'aarch64'], ['ppc64', 'ppc64le'], ['s390x', 's390x'], ['ia64', 'ia64']])('uname -m on %s: %s', (arch, name) => {
  expect(machine(arch, [[0, 2 * GiB]]).run('uname -m')).toBe(name);
});

describe('orders', () => {
  const KIB = 1024;
  /** Architecture, page size; MAX_ORDER, pageblock_order, huge page in KiB, pageblocks in a memory block; RAM. */
  const ORDERS: readonly (readonly [Arch, number | undefined, number, number, number, number, Ranges])[] = [
    ['x86_64', undefined, 11, 9, 2048, 64, [[0, GiB]]],
    ['ppc64', undefined, 13, 9, 2048, 8, [[0, GiB]]],
    ['s390x', undefined, 9, 8, 1024, 256, [[0, GiB]]],
    ['arm64', 4096, 11, 9, 2048, 64, [[GiB, 2 * GiB]]],
    ['arm64', 16384, 12, 11, 32 * KIB, 4, [[GiB, 2 * GiB]]],
    ['arm64', 65536, 14, 13, 512 * KIB, 1, [[GiB, 4 * GiB]]],
    ['ia64', undefined, 11, 10, 16 * KIB, 64, [[0, 4 * GiB]]],
  ];
  it.each(ORDERS)('%s with pages of %s bytes: MAX_ORDER %i, pageblocks of order %i, huge pages of %i KiB', (arch, pageSize, max, order, huge, _, ram) => {
    const g = machine(arch, ram, pageSize === undefined ? {} : { pageSize });
    expect(g.file('/proc/buddyinfo').split('\n')[0]?.trim().split(/\s+/)).toHaveLength(4 + max);
    expect(g.file('/proc/pagetypeinfo')).toContain(`Page block order: ${order}\nPages per block:  ${1 << order}\n`);
    if (arch === 'ia64') expect(g.run('ls /sys/kernel/mm')).not.toContain('transparent_hugepage');
    else {
      expect(g.file('/proc/meminfo')).toContain(`Hugepagesize:   ${String(huge).padStart(8)} kB`);
      expect(g.run('ls /sys/kernel/mm/hugepages')).toContain(`hugepages-${huge}kB`);
      expect(g.file('/sys/kernel/mm/transparent_hugepage/hpage_pmd_size')).toBe(`${huge * KIB}\n`);
    }
  });
  it.each(ORDERS)('%s with pages of %s bytes: a block is isolated pageblock by pageblock, emptied, and comes back', (arch, pageSize, _max, _order, _huge, blocksOfIt, ram) => {
    const g = machine(arch, ram, { ...(pageSize !== undefined && { pageSize }), cmdline: arch === 'ia64' ? 'movablecore=1G' : 'movablecore=512M' });
    const { kernel } = g.machine;
    const ids = blocks(g).split(' ').map((name) => Number(name.slice('memory'.length)));
    const id = ids.findLast((n) => g.file(`${MEMORY}/memory${n}/valid_zones`) === 'Movable\n') ?? -1;
    if (arch === 'arm64') {
      // Boot memory stays where it is on arm64; what is isolated all the same is given back.
      expect(g.run(`echo offline > ${MEMORY}/memory${id}/state`)).toContain('Operation not permitted');
    } else if (id >= 0) {
      g.run('mh anon 64M nothp &\nsleep 0.1');
      expect(g.run(`echo offline > ${MEMORY}/memory${id}/state; cat ${MEMORY}/memory${id}/state; echo online_movable > ${MEMORY}/memory${id}/state; cat ${MEMORY}/memory${id}/state`)).toBe('offline\nonline');
    }
    const counted = /Number of blocks type[\s\S]*zone +Movable((?: +\d+)+)/.exec(g.file('/proc/pagetypeinfo'))?.[1]?.trim().split(/ +/).reduce((sum, n) => sum + Number(n), 0) ?? 0;
    expect(counted % blocksOfIt).toBe(0);
    expect([...checkInvariants(kernel.mm), ...checkAgreements(kernel)]).toEqual([]);
  });
  it.each(ORDERS)('%s with pages of %s bytes: kernel memory that spreads takes whole pageblocks', (arch, pageSize, _max, order, _huge, _blocks, ram) => {
    const g = machine(arch, ram, pageSize === undefined ? {} : { pageSize });
    g.run('mh atomic 0 2000; mh anon 128M nothp &\nsleep 0.1; for i in 1 2 3 4 5 6 7 8; do mkdir /tmp/$i; done; mh atomic 3 200');
    const { migratetype } = g.machine.kernel.mm.t.pageblock;
    const rows = Math.max(1, 1 << (order - 9));
    for (let i = 0; i < migratetype.length; i++) expect(migratetype[i]).toBe(migratetype[i - (i % rows)]);
    expect([...checkInvariants(g.machine.kernel.mm), ...checkAgreements(g.machine.kernel)]).toEqual([]);
  });
  it('arm64 with 64 KiB pages: a pool page is the largest chunk there is, 512 MiB', () => {
    const g = machine('arm64', [[GiB, 5 * GiB]], { pageSize: 65536 });
    expect(g.run('echo 2 > /proc/sys/vm/nr_hugepages; cat /proc/sys/vm/nr_hugepages; grep HugePages_Free /proc/meminfo; echo 0 > /proc/sys/vm/nr_hugepages; cat /proc/sys/vm/nr_hugepages')).toBe('2\nHugePages_Free:        2\n0');
    expect(checkInvariants(g.machine.kernel.mm)).toEqual([]);
  });
});

describe('what hotplug does with it', () => {
  it('seed 001: "assume 1GiB section size. A device for a memory starting at 0x100000000 is … memory4 … covers address range [0x100000000 ... 0x140000000)"', () => {
    const g = machine('ia64', [[0, GiB], [4 * GiB, 5 * GiB]]);
    expect(blocks(g)).toBe('memory0 memory4');
    expect(g.file(`${MEMORY}/memory4/phys_index`)).toBe('00000004\n');
    expect(g.run('lsmem -o RANGE,SIZE,STATE,BLOCK')).toContain('0x0000000100000000-0x000000013fffffff   1G online     4');
  });
  it('a hole of 16 MiB is its own section on ppc64, and part of a block on x86_64', () => {
    const ram: Ranges = [[0, 512 * MiB], [528 * MiB, GiB]];
    expect(blocks(machine('ppc64', ram)).split(' ')).toHaveLength(63);
    expect(blocks(machine('x86_64', ram)).split(' ')).toHaveLength(8);
  });
  it('a block in two zones has none and cannot go: s390x with blocks of 4 GiB has DMA and Normal in one', () => {
    expect(machine('s390x', [[0, 4 * GiB]], { blockSize: 2 * GiB }).file(`${MEMORY}/memory0/valid_zones`)).toBe('DMA\n');
    const mixed = machine('s390x', [[0, 4 * GiB]], { blockSize: 4 * GiB });
    expect(mixed.file(`${MEMORY}/memory0/valid_zones`)).toBe('none\n');
    expect(mixed.run(`echo offline > ${MEMORY}/memory0/state`)).toContain('Invalid argument');
  });
  it('a block on two nodes is linked to both and cannot go', () => {
    const g = machine('ppc64', [[0, GiB]], { blockSize: 256 * MiB, numa: [{ nid: 0, start: 0, end: 384 * MiB }, { nid: 1, start: 384 * MiB, end: GiB }] });
    expect(g.run(`ls ${MEMORY}/memory1 | grep node`)).toBe('node0\nnode1');
    expect(g.run(`echo offline > ${MEMORY}/memory1/state`)).toContain('Invalid argument');
  });
  it('ppc64: probe adds 16 MiB ("On powerpc, the firmware does not notify … Therefore, probe interface is supported")', () => {
    const g = machine('ppc64', [[0, GiB]]);
    expect(g.run(`echo 0x40000000 > ${MEMORY}/probe; echo online > ${MEMORY}/memory64/state; cat ${MEMORY}/memory64/state ${MEMORY}/memory64/valid_zones`)).toBe('online\nNormal');
    expect(g.file('/proc/iomem')).toContain('40000000-40ffffff : System RAM');
    expect(checkInvariants(g.machine.kernel.mm)).toEqual([]);
  });
  it('arm64 with 64 KiB pages: a DIMM of 1 GiB is two blocks of 8192 pages; it comes, fills, empties and goes', () => {
    const g = machine('arm64', [[GiB, 3 * GiB]], { pageSize: 65536, slots: { count: 2, maxmem: 6 * GiB, ram: 2 * GiB } });
    g.host('object-add', { 'qom-type': 'memory-backend-ram', id: 'm0', size: GiB });
    g.host('device_add', { driver: 'pc-dimm', id: 'd0', memdev: 'm0' });
    expect(blocks(g)).toBe('memory2 memory3 memory4 memory5 memory8 memory9');
    expect(g.run(`echo online_movable > ${MEMORY}/memory8/state; lsmem -o RANGE,SIZE,STATE,BLOCK | sed -n 3,4p`)).toBe('0x0000000100000000-0x000000011fffffff 512M  online     8\n0x0000000120000000-0x000000013fffffff 512M offline     9');
    expect(g.zone('Movable').present).toBe(8192);
    const kB = (name: string): number => Number(new RegExp(`^${name}: +(\\d+)`, 'm').exec(g.file('/proc/meminfo'))?.[1]);
    expect(kB('MemTotal')).toBe(2.5 * GiB / 1024);
    g.run('mh anon 64M &\nsleep 0.1');
    expect(g.run(`echo offline > ${MEMORY}/memory8/state; cat ${MEMORY}/memory8/state`)).toBe('offline');
    g.host('device_del', { id: 'd0' });
    expect(blocks(g)).toBe('memory2 memory3 memory4 memory5');
    expect(checkInvariants(g.machine.kernel.mm)).toEqual([]);
  });
  it('arm64 lets no boot memory go: "Boot memory [%lx %lx] offlining attempted … NOTIFY_BAD ⇒ EPERM in the write"', () => {
    const g = machine('arm64', [[GiB, 3 * GiB]]);
    g.log();
    expect(g.run(`echo offline > ${MEMORY}/memory20/state`)).toContain('Operation not permitted');
    expect(g.log()).toContain('Boot memory [a0000000 a8000000] offlining attempted');
    const { kernel } = g.machine;
    expect(kernel.mm.edition.hotplug.offline_refusal(kernel, 20)).toMatchObject({ errno: 1 });
  });
});

describe('arm64 with 64 KiB pages, in bytes', () => {
  const kB = (g: Guest, name: string): number => Number(new RegExp(`^${name}: +(\\d+)`, 'm').exec(g.file('/proc/meminfo'))?.[1]);
  it('what a process maps is counted in its pages, and its addresses are theirs', () => {
    const g = machine('arm64', [[GiB, 3 * GiB]], { pageSize: 65536 });
    const before = kB(g, 'AnonPages');
    expect(g.run('mh anon 64M nothp &\nsleep 0.1')).toMatch(/pages=1024 firstpfn=0x[0-9a-f]+( block\d+:\d+)+$/m);
    // The program itself has a few, too.
    expect(Math.floor((kB(g, 'AnonPages') - before) / 8192)).toBe(8);
  });
  it('a huge page of 512 MiB is had where the mapping covers one that is aligned', () => {
    const g = machine('arm64', [[GiB, 5 * GiB]], { pageSize: 65536 });
    g.run('echo always > /sys/kernel/mm/transparent_hugepage/enabled; mh anon 1536M &\nsleep 0.1');
    expect(kB(g, 'AnonHugePages')).toBe(2 * 524288);
    expect(checkInvariants(g.machine.kernel.mm)).toEqual([]);
  });
  it('virtio-mem: its blocks are memory blocks of 512 MiB, which are its smallest piece, too', () => {
    const g = guest('1G,slots=2,maxmem=16G', {
      mods: ['virtio_pci', 'virtio_mem'], qemu: ['-object', 'memory-backend-ram,id=vmem0,size=2G', '-device', 'virtio-mem-pci,id=vm0,memdev=vmem0,requested-size=0'],
      more: { arch: 'arm64', pageSize: 65536, profile: 'bare', memory: [{ start: GiB, end: 3 * GiB, type: 'usable' }], numa: [] },
    });
    g.host('qom-set', { path: '/machine/peripheral/vm0', property: 'requested-size', value: GiB });
    g.wait(2000);
    expect(g.host('qom-get', { path: '/machine/peripheral/vm0', property: 'size' })).toEqual({ return: GiB });
    const added = blocks(g).split(' ').slice(4);
    expect(added).toHaveLength(2);
    for (const name of added) expect(g.run(`echo online_movable > ${MEMORY}/${name}/state; cat ${MEMORY}/${name}/state`)).toBe('online');
    expect(g.zone('Movable')).toEqual({ present: 16384, managed: 16384 });
    g.host('qom-set', { path: '/machine/peripheral/vm0', property: 'requested-size', value: 0 });
    g.wait(2000);
    expect([blocks(g).split(' ').length, checkInvariants(g.machine.kernel.mm), checkAgreements(g.machine.kernel)]).toEqual([4, [], []]);
  });
  it('the event of a fallback says the order of its pageblocks', () => {
    const g = machine('arm64', [[GiB, 3 * GiB]], { pageSize: 65536 });
    g.run('echo 1 > /sys/kernel/tracing/events/kmem/mm_page_alloc_extfrag/enable; mh atomic 0 9000');
    expect(g.run('grep -c "pageblock_order=13 " /sys/kernel/tracing/trace')).toMatch(/^[1-9]/);
  });
});

describe('block size of large x86_64 machines (probe_memory_block_size)', () => {
  /** RAM below the PCI hole and up to this many GiB. */
  const size = (end: number, hypervisor: boolean): string => machine('x86_64', [[0, 2 * GiB], [end * GiB - GiB, end * GiB]], { hypervisor }).file(`${MEMORY}/block_size_bytes`).trim();
  it.each<[number, boolean, string]>([
    [63, true, '8000000'], [63, false, '8000000'], [65, true, '40000000'], [67, false, '80000000'], [66, false, '80000000'], [66, true, '80000000'],
  ])('RAM ends at %i GiB, hypervisor %s: %s', (end, hypervisor, expected) => { expect(size(end, hypervisor)).toBe(expected); });
});
