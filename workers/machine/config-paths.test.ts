/**
 * Each option that memory hotplug hangs on, taken out by itself (with what cannot be without it): its files are not there and their names lead to it, what is written or asked is refused as that Linux would, its
 * functions are not in the path. With it, all of that is the other way round. Seed 001, section 2, and the options of the editions (uapi/kconfig.ts).
 */
import { describe, expect, it } from 'vitest';
import { entered } from '../testing/entered.ts';
import { guest, type Guest, plugged } from '../testing/guest.ts';
import type { Edition } from '../uapi/machine_description.ts';
import { optionThatBrings } from '../uapi/kconfig_files.ts';

const MEMORY = '/sys/devices/system/memory';
const PARAMETERS = '/sys/module/memory_hotplug/parameters';
const NODE = '/sys/devices/system/node';
type Config = Readonly<Record<string, boolean>>;
interface Case {
  readonly option: string;
  readonly edition?: Edition;
  /** What goes with it. */
  readonly also?: Config;
  readonly cmdline?: string;
  /** Set where this kernel has the option; not set by the others. */
  readonly files?: readonly string[];
  /** Something somebody does, and what it prints: without the option, and with it. */
  readonly refused?: readonly [script: string, without: string, having: string];
  /** Work, and functions it enters only with the option. */
  readonly work?: (g: Guest) => unknown;
  readonly functions?: readonly string[];
}
const NO_HOTREMOVE = { MEMORY_HOTREMOVE: false };
const NO_COMPACTION = { COMPACTION: false, TRANSPARENT_HUGEPAGE: false };
const NO_HOTPLUG = { MEMORY_HOTPLUG: false, MEMORY_HOTREMOVE: false, MHP_MEMMAP_ON_MEMORY: false, ACPI_HOTPLUG_MEMORY: false };
const plug = (g: Guest, more: Readonly<Record<string, unknown>> = {}): unknown => {
  g.host('object-add', { 'qom-type': 'memory-backend-ram', id: 'm0', size: 2 ** 27 });
  return g.host('device_add', { driver: 'pc-dimm', id: 'd0', memdev: 'm0', ...more });
};
/** A frame that a process maps. */
const mapped = (g: Guest): number => {
  g.run('mh anon 20 nothp &\nsleep 0.1');
  const { owner } = g.machine.kernel.mm.t.memmap;
  return owner.findIndex((slot) => slot > 0);
};
const soft = (g: Guest): string => g.run(`printf %d ${mapped(g) * 4096} > ${MEMORY}/soft_offline_page`);
const write = (path: string, word: string): string => `echo ${word} > ${path}`;
/** Two nodes: the second has no memory until a container or a DIMM brings it some. */
const NODES = ['-numa', 'node,nodeid=0,mem=1G', '-numa', 'node,nodeid=1'];

const CASES: readonly Case[] = [
  { option: 'SPARSEMEM', also: NO_HOTPLUG, work: plug, functions: ['acpi_memory_device_add', 'add_memory_resource'] },
  {
    option: 'MEMORY_HOTPLUG', also: { MEMORY_HOTREMOVE: false, MHP_MEMMAP_ON_MEMORY: false, ACPI_HOTPLUG_MEMORY: false }, files: [MEMORY, '/sys/bus/memory', `${PARAMETERS}/online_policy`, `${MEMORY}/auto_online_blocks`, `${MEMORY}/memory0`],
    refused: ['lsmem -b > /dev/null', `lsmem: cannot open ${MEMORY}: No such file or directory`, ''],
  },
  {
    option: 'MEMORY_HOTREMOVE', files: [`${MEMORY}/memory0/valid_zones`], refused: [write(`${MEMORY}/memory3/state`, 'offline'), 'bash: line 1: echo: write error: Invalid argument', ''],
    work: (g) => g.run(write(`${MEMORY}/memory4/state`, 'offline')), functions: ['offline_pages', 'start_isolate_page_range'],
  },
  { option: 'MEMORY_HOTREMOVE', edition: '3.11', cmdline: 'movablecore=512M', refused: [write(`${MEMORY}/memory5/state`, 'offline'), 'bash: line 1: echo: write error: Invalid argument', ''], work: (g) => g.run(write(`${MEMORY}/memory6/state`, 'offline')), functions: ['__offline_pages'] },
  { option: 'MIGRATION', also: { ...NO_HOTREMOVE, ...NO_COMPACTION }, work: soft, functions: ['migrate_pages'], refused: ['grep -c pgmigrate_ /proc/vmstat', '0', '2'] },
  { option: 'ACPI_HOTPLUG_MEMORY', files: ['/sys/firmware/acpi/hotplug/memory'], work: plug, functions: ['acpi_memory_device_add', 'add_memory_resource', 'acpi_evaluate_ost'] },
  { option: 'ACPI_HOTPLUG_MEMORY', edition: '3.11', work: plug, functions: ['acpi_memory_device_add', 'add_memory'] },
  { option: 'ARCH_MEMORY_PROBE', files: [`${MEMORY}/probe`], refused: [write(`${MEMORY}/probe`, '0x108000000'), `bash: line 1: ${MEMORY}/probe: Permission denied`, ''], work: (g) => g.run(write(`${MEMORY}/probe`, '0x100000000')), functions: ['probe_store', 'add_memory_resource'] },
  { option: 'ARCH_MEMORY_PROBE', edition: '3.11', files: [`${MEMORY}/probe`], work: (g) => g.run(write(`${MEMORY}/probe`, '0x100000000')), functions: ['memory_probe_store', 'add_memory'] },
  { option: 'ARCH_MEMORY_PROBE', edition: '2.6.12-mhp', cmdline: 'mem=512M', files: [`${MEMORY}/probe`], work: (g) => g.run(write(`${MEMORY}/probe`, '0x20000000')), functions: ['memory_probe_store', '__add_section'] },
  { option: 'NUMA', files: [NODE, '/sys/bus/node', `${MEMORY}/memory0/node0`, `${NODE}/node0/memory0`], work: plug, functions: ['register_memory_blocks_under_node'], refused: ['grep -c ^numa_ /proc/vmstat', '0', '11'] },
  { option: 'MOVABLE_NODE', edition: '3.11', files: [`${NODE}/has_memory`] },
  { option: 'MEMORY_HOTPLUG_DEFAULT_ONLINE', refused: [`cat ${MEMORY}/auto_online_blocks`, 'offline', 'online'], work: plug, functions: ['online_pages'] },
  {
    option: 'MHP_MEMMAP_ON_MEMORY', cmdline: 'memory_hotplug.memmap_on_memory=Y', files: [`${PARAMETERS}/memmap_on_memory`], work: (g) => plugged(g, 1, 'online'), functions: ['mhp_init_memmap_on_memory'],
  },
  {
    option: 'MEMORY_FAILURE', also: { HWPOISON_INJECT: false }, files: [`${MEMORY}/soft_offline_page`, `${MEMORY}/hard_offline_page`], work: soft, functions: ['migrate_pages'],
    refused: [write(`${MEMORY}/soft_offline_page`, '0x7fffffff000'), `bash: line 1: ${MEMORY}/soft_offline_page: Permission denied`, 'bash: line 1: echo: write error: No such device or address'],
  },
  { option: 'CMA', cmdline: 'cma=64M', files: ['/sys/kernel/debug/cma'], refused: ['grep CmaTotal /proc/meminfo', '', 'CmaTotal:          65536 kB'] },
  {
    option: 'HUGETLB', files: ['/sys/kernel/mm/hugepages', '/proc/sys/vm/nr_hugepages', '/proc/sys/vm/nr_overcommit_hugepages', `${NODE}/node0/hugepages`], refused: ['sysctl -q vm.nr_hugepages=1', 'sysctl: cannot stat /proc/sys/vm/nr_hugepages: No such file or directory', ''],
    work: (g) => g.run(write(`${MEMORY}/memory4/state`, 'offline')), functions: ['dissolve_free_huge_pages'],
  },
  { option: 'COMPACTION', also: { TRANSPARENT_HUGEPAGE: false }, files: ['/proc/sys/vm/compact_memory', `${NODE}/node0/compact`, '/sys/kernel/debug/extfrag'], refused: ['ps -e | grep -c kcompactd', '0', '1'], work: (g) => { plug(g); g.run(write(`${MEMORY}/memory32/state`, 'online')); }, functions: ['kcompactd_run'] },
  { option: 'TRANSPARENT_HUGEPAGE', files: ['/sys/kernel/mm/transparent_hugepage', '/sys/kernel/debug/split_huge_pages'] },
  { option: 'IKCONFIG_PROC', files: ['/proc/config.gz'] },
];

describe.each(CASES.map((c) => [c.option, c.edition ?? '6.1', c] as const))('CONFIG_%s, %s', (option, edition, { also = {}, cmdline = '', files = [], refused, work, functions = [] }) => {
  const made: Guest[] = [];
  const machine = (having: boolean): Guest => made[Number(having)] ??= guest('1G,slots=4,maxmem=8G', {
    edition, cmdline, ...(edition !== '2.6.12-mhp' && { qemu: NODES }), more: { config: having ? { [option]: true, ...(option === 'MIGRATION' ? also : {}) } : { ...also, [option]: false } },
  });
  if (functions.length > 0 && work) {
    it(`without it ${functions.join(', ')} is not in the path`, () => {
      const [absent, present] = [machine(false), machine(true)].map((g) => new Set(entered(g, () => work(g))));
      expect(functions.map((name) => [name, absent?.has(name), present?.has(name)])).toEqual(functions.map((name) => [name, false, true]));
    });
  }
  if (files.length > 0) {
    it('files are there with it, absent without it, and then lead to it by name', () => {
      for (const path of files) {
        const is = (having: boolean): string => machine(having).run(`ls -d ${path}`);
        const would = (having: boolean): string | undefined => optionThatBrings(machine(having).machine.kernel.mm.description, path)?.name;
        expect([path, is(true), is(false), would(true), would(false)]).toEqual([path, path, expect.stringMatching(/No such file/), undefined, option]);
      }
    });
  }
  if (refused) {
    const [script, no, yes] = refused;
    it(`${script}: ${no}`, () => { expect([machine(false).run(script), machine(true).run(script)]).toEqual([no, yes]); });
  }
});

describe('CONFIG_MIGRATION', () => {
  it('a page in use that is to be taken out of use cannot move: ENOSYS, and it goes on being used', () => {
    const g = guest('1G', { more: { config: { MIGRATION: false, ...NO_HOTREMOVE, ...NO_COMPACTION } } });
    const pfn = mapped(g);
    g.log();
    expect(g.run(`printf %d ${pfn * 4096} > ${MEMORY}/soft_offline_page`)).toMatch(/Function not implemented$/);
    expect(g.log()[0]).toMatch(new RegExp(`^soft offline: 0x${pfn.toString(16)}: page migration failed -38, type `));
    expect([g.machine.kernel.mm.t.memmap.owner[pfn] as number > 0, g.run('grep HardwareCorrupted /proc/meminfo')]).toEqual([true, 'HardwareCorrupted:     0 kB']);
  });
  it('without compaction a page of 1 GiB is not put together from single ones', () => {
    const g = guest('4G', { cmdline: 'hugepagesz=1G', more: { config: { MIGRATION: false, ...NO_HOTREMOVE, ...NO_COMPACTION } } });
    g.run(write('/sys/kernel/mm/hugepages/hugepages-1048576kB/nr_hugepages', '1'));
    expect(g.file('/sys/kernel/mm/hugepages/hugepages-1048576kB/nr_hugepages')).toBe('0\n');
  });
});

describe('CONFIG_ACPI_CONTAINER', () => {
  const container = (having: boolean): Guest => {
    const g = guest('1G,slots=4,maxmem=8G', { qemu: NODES, more: { config: { ACPI_CONTAINER: having }, containers: [{ hid: 'ACPI0004', slots: [2, 3], node: 1 }] } });
    g.host('object-add', { 'qom-type': 'memory-backend-ram', id: 'a', size: 2 ** 27 });
    return g;
  };
  it('without it its devices come all the same, but it has no directory, no event, and user space is not asked before it goes', () => {
    for (const having of [false, true]) {
      const g = container(having);
      g.story();
      g.host('x-container-add', { container: 0, memdevs: ['a'] });
      expect([having, g.run('ls /sys/devices/system/container')]).toEqual([having, having ? 'ACPI0004:00' : expect.not.stringContaining('ACPI0004:00')]);
      expect(g.file(`${MEMORY}/memory32/state`)).toBe('offline\n');
      g.run(write(`${MEMORY}/memory32/state`, 'online_movable'));
      const path = entered(g, () => g.host('x-container-del', { container: 0 }));
      expect([having, path.includes('acpi_scan_try_to_offline'), path.includes('offline_pages'), g.run(`ls -d ${MEMORY}/memory32`)]).toEqual([having, !having, !having, having ? `${MEMORY}/memory32` : expect.stringMatching(/No such file/)]);
    }
  });
});

describe('CONFIG_MOVABLE_NODE (3.11)', () => {
  const machine = (having: boolean): Guest => {
    const g = guest('1G,slots=4,maxmem=8G', { edition: '3.11', qemu: NODES, more: { config: { MOVABLE_NODE: having } } });
    plug(g, { node: 1 });
    return g;
  };
  it('without it a node\'s first memory cannot be Movable: EINVAL; with it it can, and has_memory says so where has_normal_memory does not', () => {
    const [no, yes] = [machine(false), machine(true)];
    expect(no.run(write(`${MEMORY}/memory32/state`, 'online_movable'))).toMatch(/Invalid argument$/);
    expect(no.run(`cat ${NODE}/has_normal_memory ${NODE}/has_memory`)).toMatch(/^0\ncat: .*No such file/);
    expect(yes.run(write(`${MEMORY}/memory32/state`, 'online_movable'))).toBe('');
    expect(yes.run(`cat ${NODE}/has_normal_memory ${NODE}/has_memory`)).toBe('0\n0-1');
  });
  it('without it a node keeps its last normal memory while it has Movable memory; with it that may go', () => {
    for (const having of [false, true]) {
      const g = guest('1G,slots=4,maxmem=8G', { edition: '3.11', qemu: NODES, more: { config: { MOVABLE_NODE: having } } });
      g.host('object-add', { 'qom-type': 'memory-backend-ram', id: 'm0', size: 2 ** 28 });
      g.host('device_add', { driver: 'pc-dimm', id: 'd0', memdev: 'm0', node: 1 });
      expect(g.run(`${write(`${MEMORY}/memory32/state`, 'online')}; ${write(`${MEMORY}/memory33/state`, 'online_movable')}`)).toBe('');
      // The memory controller's table for the second block lies in the first, which could not go for its sake.
      g.run('echo 1 > /proc/sys/vm/drop_caches');
      expect([having, g.run(write(`${MEMORY}/memory32/state`, 'offline'))]).toEqual([having, having ? expect.not.stringMatching(/Invalid argument/) : expect.stringMatching(/Invalid argument$/)]);
    }
  });
});
