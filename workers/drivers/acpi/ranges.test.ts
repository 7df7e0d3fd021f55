/** Memory devices with several ranges in _CRS: spec hotplug-callgraph.md, "ACPI: … read _CRS, merge contiguous same-attribute ranges; … one static group of total length; __add_memory per range; … no range added → add_memory failed". */
import { describe, expect, it } from 'vitest';
import { checkAgreements } from '../../machine/agreements.ts';
import { checkInvariants } from '../../machine/invariants.ts';
import { type Guest, guest } from '../../testing/guest.ts';
import type { Edition } from '../../uapi/machine_description.ts';

const MEMORY = '/sys/devices/system/memory';
const board = (edition: Edition = '6.1', cmdline = ''): Guest => guest('1G,slots=4,maxmem=8G', { edition, cmdline });
const GiB = 2 ** 30;
const MiB = 2 ** 20;
/** A device d0 with these ranges: size and place, MiB and GiB; no place: the lowest free one. */
function plug(g: Guest, ...ranges: readonly (readonly [size: number, at?: number])[]): void {
  for (const [i, [size]] of ranges.entries()) g.host('object-add', { 'qom-type': 'memory-backend-ram', id: `m${i}`, size: size * MiB });
  g.host('x-memory-device-add', { id: 'd0', ranges: ranges.map(([, at], i) => ({ memdev: `m${i}`, ...(at !== undefined && { addr: at * GiB }) })) });
}
const unplug = (g: Guest): void => { g.host('device_del', { id: 'd0' }); };
/** memory32 and on: from 4 GiB. */
const states = (g: Guest): string => g.run(`cd ${MEMORY}; for m in memory[3-9][0-9]; do [ -e $m ] && echo $m:$(cat $m/state); done`).replaceAll('\n', ' ');
const ram = (g: Guest): string[] => g.file('/proc/iomem').split('\n').filter((line) => /^[1-9a-f][0-9a-f]{8}-.*System RAM/.test(line));
const sound = (g: Guest): void => { expect([...checkInvariants(g.machine.kernel.mm), ...checkAgreements(g.machine.kernel)]).toEqual([]); };

describe.each<Edition>(['6.1', '3.11'])('Linux %s', (edition) => {
  it('ranges that follow each other are one: one add, one line of /proc/iomem', () => {
    const g = board(edition);
    g.story();
    plug(g, [128, 4], [256]);
    expect(states(g)).toBe('memory32:offline memory33:offline memory34:offline');
    expect(ram(g)).toEqual(['100000000-117ffffff : System RAM']);
    sound(g);
  });
  it('ranges apart are added one by one, and leave together', () => {
    const g = board(edition);
    plug(g, [128, 4], [128, 5]);
    expect(ram(g)).toEqual(['100000000-107ffffff : System RAM', '140000000-147ffffff : System RAM']);
    g.run(`echo online_movable > ${MEMORY}/memory40/state`);
    g.story();
    unplug(g);
    expect(states(g)).toBe('');
    expect(g.story()).toEqual(['GOING_OFFLINE 40', 'OFFLINE 40', 'uevent offline 40', 'remove_memory 32', 'uevent remove 32', 'remove_memory 40', 'uevent remove 40']);
    expect(g.run('info memory-devices; object_del m1; object_del m0')).toBe('');
    sound(g);
  });
  it('a block that refuses brings the blocks of every range back', () => {
    const g = board(edition);
    plug(g, [128, 4], [128, 5]);
    g.run(`echo online > ${MEMORY}/memory32/state; echo online > ${MEMORY}/memory40/state; modprobe memory-notifier-error-inject`);
    g.run('echo -16 > /sys/kernel/debug/notifier-error-inject/memory/actions/MEM_GOING_OFFLINE/error');
    unplug(g);
    expect(states(g)).toBe('memory32:online memory40:online');
    expect(g.machine.kernel.mm.t.slot.ost_status[0]).toBe(edition === '6.1' ? 0x82 : 1);
    sound(g);
  });
});

describe('Linux 6.1', () => {
  it('one range refused, one taken: the device is the driver\'s, and gives back what it had', () => {
    const g = board();
    g.log();
    plug(g, [64, 4], [128, 5]);
    expect(g.log()).toEqual(['Block size [0x8000000] unaligned hotplug range: start 0x100000000, size 0x4000000']);
    expect(states(g)).toBe('memory40:offline');
    unplug(g);
    expect(states(g)).toBe('');
    sound(g);
  });
  it('none taken: add_memory failed, and no driver', () => {
    const g = board();
    g.log();
    plug(g, [64, 4], [64, 5]);
    expect(g.log().slice(-2)).toEqual(['acpi PNP0C80:00: add_memory failed', 'acpi PNP0C80:00: acpi_memory_enable_device() error']);
    expect(states(g)).toBe('');
  });
  it('is one memory group: auto-movable asks whether all of it would fit, and what one range became counts for the next', () => {
    const g = board('6.1', 'memory_hotplug.online_policy=auto-movable');
    // 128 MiB alone would be Movable; as part of 3.5 GiB it is more than 301 % of the kernel's 1 GiB.
    plug(g, [128, 4], [3456, 5]);
    expect(g.file(`${MEMORY}/memory32/valid_zones`)).toBe('Normal Movable\n');
    const small = board('6.1', 'memory_hotplug.online_policy=auto-movable');
    plug(small, [128, 4], [256, 5]);
    expect(small.file(`${MEMORY}/memory32/valid_zones`)).toBe('Movable Normal\n');
    small.run(`echo online_kernel > ${MEMORY}/memory32/state`);
    expect(small.file(`${MEMORY}/memory40/valid_zones`)).toBe('Normal Movable\n');
  });
  it('memmap_on_memory goes by the range: that of exactly one block holds its own memmap', () => {
    const g = board('6.1', 'memory_hotplug.memmap_on_memory=1');
    plug(g, [128, 4], [256, 5]);
    g.run(`echo online_movable > ${MEMORY}/memory32/state; echo online_movable > ${MEMORY}/memory40/state`);
    expect(g.zone('Movable')).toMatchObject({ present: 65536, managed: 65536 - 512 });
    sound(g);
  });
  it('a range that somebody made known before is bound to the device: "-EEXIST tolerated"', () => {
    const g = guest('1G,slots=4,maxmem=8G', { more: { config: { ARCH_MEMORY_PROBE: true } } });
    g.run(`echo 0x100000000 > ${MEMORY}/probe`);
    plug(g, [128, 4]);
    expect(g.run(`readlink ${MEMORY}/memory32/firmware_node`)).toContain('PNP0C80:00');
    unplug(g);
    expect(states(g)).toBe('');
    sound(g);
  });
  it('refused by the board: nothing is left behind', () => {
    const g = board();
    expect(g.run('memory_device_add d0 128M@4G 128M@4G')).toContain("address range conflicts with memory device id='d0'");
    expect(g.run('memory_device_add d0 big')).toContain('expects a size');
    expect(g.run('memory_device_add d0 128M; info memory-devices')).toContain('"d0"');
    expect(g.host('x-memory-device-add', { id: 'd0', ranges: [] })).toMatchObject({ error: { desc: "Duplicate ID 'd0' for device" } });
    expect(g.host('x-memory-device-add', { id: 'd1', ranges: [{ memdev: 'none' }] })).toMatchObject({ error: { class: 'DeviceNotFound' } });
  });
});
