/** Kernel configuration is part of the machine: what is left out is not there, and writes are refused as that Linux would. Seed 001, section 2, names the options that hotplug hangs on. */
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { createMachine } from './machine.ts';
import { guest, type Guest, plugged } from '../testing/guest.ts';
import type { Edition, MachineDescription } from '../uapi/machine_description.ts';
import { configText, isSet, KERNEL_OPTIONS } from '../uapi/kconfig.ts';

const MEMORY = '/sys/devices/system/memory';
const without = (config: Readonly<Record<string, boolean>>, more: { edition?: Edition; cmdline?: string; mods?: readonly string[] } = {}): Guest => guest('1G,slots=4,maxmem=8G', { ...more, more: { config } });
const list = (g: Guest, path: string): string[] => g.run(`ls ${path}`).split('\n');
const NO_MIGRATION = { MIGRATION: false, MEMORY_HOTREMOVE: false, COMPACTION: false, TRANSPARENT_HUGEPAGE: false };
const NO_HOTPLUG = { MEMORY_HOTPLUG: false, MEMORY_HOTREMOVE: false, MHP_MEMMAP_ON_MEMORY: false, ACPI_HOTPLUG_MEMORY: false };

describe('an impossible combination is refused by name', () => {
  const { description } = guest('1G').machine.kernel.mm;
  const refusal = (config: Readonly<Record<string, boolean>>, more: Partial<MachineDescription> = {}): unknown => {
    const booted = createMachine({ description: { ...description, ...more, config } });
    return booted.ok ? 'booted' : [booted.reason, booted.remedy];
  };
  it.each<[Readonly<Record<string, boolean>>, Partial<MachineDescription>, string, string]>([
    [{ MIGRATION: false }, {}, 'CONFIG_MEMORY_HOTREMOVE needs CONFIG_MIGRATION.', 'set MIGRATION, or leave out MEMORY_HOTREMOVE'],
    [{ SPARSEMEM: false }, {}, 'CONFIG_MEMORY_HOTPLUG needs CONFIG_SPARSEMEM.', 'set SPARSEMEM, or leave out MEMORY_HOTPLUG'],
    [{ MEMORY_HOTPLUG: false }, {}, 'CONFIG_MEMORY_HOTREMOVE needs CONFIG_MEMORY_HOTPLUG.', 'set MEMORY_HOTPLUG, or leave out MEMORY_HOTREMOVE'],
    [{ ...NO_HOTPLUG, ACPI_HOTPLUG_MEMORY: true }, {}, 'CONFIG_ACPI_HOTPLUG_MEMORY needs CONFIG_MEMORY_HOTPLUG.', 'set MEMORY_HOTPLUG, or leave out ACPI_HOTPLUG_MEMORY'],
    [{ ...NO_MIGRATION, CMA: true }, {}, 'CONFIG_CMA needs CONFIG_MIGRATION.', 'set MIGRATION, or leave out CMA'],
    [{ MEMORY_FAILURE: false }, {}, 'CONFIG_HWPOISON_INJECT needs CONFIG_MEMORY_FAILURE.', 'set MEMORY_FAILURE, or leave out HWPOISON_INJECT'],
    [{ MOVABLE_NODE: true }, {}, 'Linux 6.1 for x86_64 has no CONFIG_MOVABLE_NODE.', "take MOVABLE_NODE out of the machine's config"],
    [{ MOVABLE_NODE: true, NUMA: false }, { edition: '3.11', profile: 'bare' }, 'CONFIG_MOVABLE_NODE needs CONFIG_NUMA.', 'set NUMA, or leave out MOVABLE_NODE'],
    [{ SMP: true }, {}, 'CONFIG_SMP is not an option this simulator knows.', "take SMP out of the machine's config"],
  ])('%j', (config, more, reason, remedy) => expect(refusal(config, more)).toEqual([reason, remedy]));
  it('the usual kernel of every edition is possible', () => {
    for (const edition of ['2.6.12-mhp', '3.11', '6.1'] as const) expect(guest('1G', { edition }).machine.idle()).toBe(true);
  });
});

describe('the configuration can be read', () => {
  it('/boot/config-RELEASE', () => {
    const g = guest('1G', { more: { release: '6.1.0-56-amd64' } });
    expect(g.run('grep MEMORY_HOT /boot/config-$(uname -r)')).toBe('CONFIG_MEMORY_HOTPLUG=y\n# CONFIG_MEMORY_HOTPLUG_DEFAULT_ONLINE is not set\nCONFIG_MEMORY_HOTREMOVE=y');
  });
  it('zcat /proc/config.gz, where the kernel was built with it', () => {
    const g = without({ IKCONFIG_PROC: true, CMA: true });
    const { description } = g.machine.kernel.mm;
    expect(`${g.run('zcat /proc/config.gz')}\n`).toBe(configText(description, description.release ?? '6.1.0'));
    expect(gunzipSync(Buffer.from(g.file('/proc/config.gz'), 'latin1')).toString()).toContain('CONFIG_CMA=y\n');
    expect(list(guest('1G'), '/proc')).not.toContain('config.gz');
    expect(guest('1G', { edition: '2.6.12-mhp' }).run('zcat /proc/config.gz | grep SIMULATED')).toBe('CONFIG_SIMULATED_MEM_HOTPLUG=y');
  });
  it('every option says by itself what it is for', () => {
    for (const { name, prompt, brings } of KERNEL_OPTIONS) expect([name, prompt.length > 5, brings.length > 5]).toEqual([name, true, true]);
  });
});

describe('CONFIG_MEMORY_HOTREMOVE (seed 001: "To enable memory removal")', () => {
  it.each<Edition>(['6.1', '3.11'])('%s: without it offline is refused with EINVAL, removable is 0, and nothing changes', (edition) => {
    const g = without(edition === '6.1' ? NO_MIGRATION : { ...NO_MIGRATION, MIGRATION: true }, { edition });
    plugged(g, 1, 'online');
    const before = g.zone('Normal');
    expect(g.run(`echo offline > ${MEMORY}/memory32/state`)).toContain('write error: Invalid argument');
    expect(g.file(`${MEMORY}/memory32/state`)).toBe('online\n');
    expect(g.file(`${MEMORY}/memory32/removable`)).toBe('0\n');
    expect(g.zone('Normal')).toEqual(before);
  });
  it('6.1: valid_zones is not there, and an eject ends busy', () => {
    const g = without(NO_MIGRATION);
    expect(list(g, `${MEMORY}/memory0`)).not.toContain('valid_zones');
    plugged(g, 1, 'online');
    g.log();
    g.host('device_del', { id: 'd0' });
    expect(g.log()).toContain('memory memory32: Offline failed.');
  });
  it('the verdict of a block names the option', () => {
    const { kernel } = without(NO_MIGRATION).machine;
    expect(kernel.mm.edition.hotplug.offline_refusal(kernel, 2)).toEqual({ errno: 22, reason: { code: 'not_configured', option: 'MEMORY_HOTREMOVE' } });
  });
});

describe('CONFIG_MEMORY_HOTPLUG, CONFIG_SPARSEMEM (seed 001: "For all memory hotplug")', () => {
  it('without it there are no memory blocks', () => {
    for (const config of [NO_HOTPLUG, { ...NO_HOTPLUG, SPARSEMEM: false }]) {
      const g = without(config);
      expect(list(g, '/sys/devices/system')).not.toContain('memory');
      expect(list(g, '/sys/bus')).not.toContain('memory');
      expect(g.run('ls /sys/module/memory_hotplug')).toContain('No such file');
      expect(g.run('lsmem')).toBe('lsmem: cannot open /sys/devices/system/memory: No such file or directory');
    }
  });
  it('CONFIG_MEMORY_HOTPLUG_DEFAULT_ONLINE: what is added comes online, unless the command line says otherwise', () => {
    const state = (cmdline: string): string => {
      const g = without({ MEMORY_HOTPLUG_DEFAULT_ONLINE: true }, { cmdline });
      g.host('object-add', { 'qom-type': 'memory-backend-ram', id: 'm0', size: 2 ** 27 });
      g.host('device_add', { driver: 'pc-dimm', id: 'd0', memdev: 'm0' });
      return g.file(`${MEMORY}/auto_online_blocks`) + g.file(`${MEMORY}/memory32/state`);
    };
    expect([state(''), state('memhp_default_state=offline'), state('memhp_default_state=bogus')]).toEqual(['online\nonline\n', 'offline\noffline\n', 'online\nonline\n']);
  });
  it('CONFIG_MHP_MEMMAP_ON_MEMORY: the parameter is not there, and asking for it changes nothing', () => {
    const g = without({ MHP_MEMMAP_ON_MEMORY: false }, { cmdline: 'memory_hotplug.memmap_on_memory=Y' });
    expect(list(g, '/sys/module/memory_hotplug/parameters')).not.toContain('memmap_on_memory');
    plugged(g, 1, 'online');
    expect(g.zone('Normal').managed).toBe(32768);
  });
});

describe('CONFIG_ACPI_HOTPLUG_MEMORY (seed 001: "For ACPI memory hotplug")', () => {
  it('without it the board plugs and Linux does not notice', () => {
    const g = without({ ACPI_HOTPLUG_MEMORY: false });
    g.host('object-add', { 'qom-type': 'memory-backend-ram', id: 'm0', size: 2 ** 27 });
    expect(g.host('device_add', { driver: 'pc-dimm', id: 'd0', memdev: 'm0' })).toEqual({ return: {} });
    expect(list(g, MEMORY)).not.toContain('memory32');
    expect(g.host('query-acpi-ospm-status')).toMatchObject({ return: [{ status: 0, source: 0 }, {}, {}, {}] });
    expect(list(g, '/sys/firmware/acpi/hotplug')).not.toContain('memory');
  });
});

describe('CONFIG_ARCH_MEMORY_PROBE', () => {
  const probe = (g: Guest, text: string): string => g.run(`printf '%s' '${text}' > ${MEMORY}/probe`).replace(/^.*error: /, '');
  it('6.1: not there as Debian built it; with it an address adds a block', () => {
    expect(list(guest('1G'), MEMORY)).not.toContain('probe');
    const g = without({ ARCH_MEMORY_PROBE: true });
    expect(g.run(`stat -c %a ${MEMORY}/probe`)).toBe('200');
    expect(probe(g, '0x100000000')).toBe('');
    expect(g.file(`${MEMORY}/memory32/state`)).toBe('offline\n');
    expect(g.file('/proc/iomem')).toContain('100000000-107ffffff : System RAM\n');
  });
  it('6.1: strict where 3.11 was lenient: no garbage, whole blocks, nothing twice', () => {
    const g = without({ ARCH_MEMORY_PROBE: true });
    expect(['0x100000000x', 'garbage', '0x100001000', '0x0'].map((text) => probe(g, text))).toEqual(['Invalid argument', 'Invalid argument', 'Invalid argument', 'File exists']);
  });
  it('3.11: taken out, the file is gone', () => {
    expect(list(without({ ARCH_MEMORY_PROBE: false }, { edition: '3.11' }), MEMORY)).not.toContain('probe');
  });
});

describe('CONFIG_NUMA', () => {
  it('without it all memory is one, and nothing speaks of nodes', () => {
    const g = guest('1G', { qemu: ['-object', 'memory-backend-ram,id=a,size=512M', '-object', 'memory-backend-ram,id=b,size=512M', '-numa', 'node,nodeid=0,memdev=a', '-numa', 'node,nodeid=1,memdev=b'], more: { config: { NUMA: false } } });
    expect(list(g, '/sys/devices/system')).not.toContain('node');
    expect(list(g, `${MEMORY}/memory6`)).not.toContain('node1');
    expect(g.file('/proc/zoneinfo')).not.toContain('Node 1');
    expect(g.file('/proc/vmstat')).not.toMatch(/^numa_/m);
    expect(g.log().join('\n')).not.toMatch(/Policy zone|Fallback order/);
  });
});

describe('CONFIG_MEMORY_FAILURE, CONFIG_HUGETLB, CONFIG_CMA, CONFIG_TRANSPARENT_HUGEPAGE', () => {
  it('no MEMORY_FAILURE: no files to poison pages with, no line that counts them, no module', () => {
    const g = without({ MEMORY_FAILURE: false, HWPOISON_INJECT: false });
    expect(list(g, MEMORY).filter((name) => name.endsWith('_offline_page'))).toEqual([]);
    expect(g.file('/proc/meminfo')).not.toContain('HardwareCorrupted');
    expect(g.run('modprobe hwpoison-inject')).toContain('not found');
  });
  it('no HUGETLB: no pool anywhere', () => {
    const g = without({ HUGETLB: false });
    expect(g.run('cat /proc/meminfo /proc/vmstat')).not.toMatch(/Huge(Pages_|pagesize|tlb)|htlb_/);
    expect([list(g, '/sys/kernel/mm'), list(g, '/proc/sys/vm'), list(g, '/sys/devices/system/node/node0')].flat()).not.toContain('hugepages');
    expect(g.run('cat /proc/sys/vm/nr_hugepages')).toContain('No such file');
  });
  it('CMA: its lines and its migrate type', () => {
    const g = without({ CMA: true });
    expect(g.file('/proc/meminfo')).toMatch(/^CmaTotal: +0 kB\nCmaFree: +0 kB\nHugePages_Total/m);
    expect(g.file('/proc/pagetypeinfo')).toMatch(/^Number of blocks type +Unmovable +Movable +Reclaimable +HighAtomic +CMA +Isolate $/m);
  });
  it('no TRANSPARENT_HUGEPAGE: min_free_kbytes asks for no room for them', () => {
    const kbytes = (g: Guest): number => Number(g.file('/proc/sys/vm/min_free_kbytes'));
    const g = without({ TRANSPARENT_HUGEPAGE: false });
    expect(kbytes(g)).toBeLessThan(kbytes(guest('1G')));
    expect(g.file('/proc/meminfo')).not.toContain('AnonHugePages');
  });
  it('a kernel that has an option the other has not: defaults are the recorded ones', () => {
    const d = (edition: Edition) => ({ edition, arch: edition === '2.6.12-mhp' ? 'i386' : 'x86_64' } as const);
    expect((['2.6.12-mhp', '3.11', '6.1'] as const).map((edition) => [isSet(d(edition), 'ARCH_MEMORY_PROBE'), isSet(d(edition), 'MEMORY_HOTREMOVE'), isSet(d(edition), 'NUMA')])).toEqual([[true, false, false], [true, true, true], [false, true, true]]);
  });
});
