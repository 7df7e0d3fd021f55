import { describe, expect, it } from 'vitest';
import { guest, type Guest } from '../testing/guest.ts';
import { checkInvariants } from './invariants.ts';

const M = 2 ** 20;
const MODS = ['virtio_pci', 'virtio_mem'];
/** A board with one device of 1 GiB, or as said. */
function vm(cmdline = '', device = 'requested-size=0', size = '1G'): Guest {
  const g = guest('1G,slots=4,maxmem=16G', { cmdline, mods: MODS, qemu: ['-object', `memory-backend-ram,id=vmem0,size=${size}`, '-device', `virtio-mem-pci,id=vm0,memdev=vmem0,${device}`] });
  g.story();
  return g;
}
const PATH = '/machine/peripheral/vm0';
const want = (g: Guest, size: number) => g.host('qom-set', { path: PATH, property: 'requested-size', value: size });
const plugged = (g: Guest): unknown => g.host('qom-get', { path: PATH, property: 'size' });
const sound = (g: Guest): void => expect(checkInvariants(g.machine.kernel.mm)).toEqual([]);

describe('a virtio-mem device is probed', () => {
  it('sub-block mode: 2 MiB pieces of 128 MiB blocks', () => {
    expect(vm().log().filter((line) => line.startsWith('virtio_mem'))).toEqual([
      'start address: 0x100000000', 'region size: 0x40000000', 'device block size: 0x200000', 'nid: 0', 'memory block size: 0x8000000', 'subblock size: 0x200000',
      'plugged size: 0x0', 'requested size: 0x0',
    ].map((text) => `virtio_mem virtio0: ${text}`));
  });
  it.each([['128M', 0x800_0000], ['256M', 0x1000_0000]])('big-block mode: device blocks of %s are not smaller than a memory block', (size, bytes) => {
    expect(vm('', `block-size=${size}`).log()).toContain(`virtio_mem virtio0: big block size: 0x${bytes.toString(16)}`);
  });
  it('its memory is an object that is in use', () => {
    const g = vm();
    expect(g.host('object-del', { id: 'vmem0' })).toMatchObject({ error: { desc: "object 'vmem0' is in use, can not be deleted" } });
    expect(g.host('object-add', { 'qom-type': 'memory-backend-ram', id: 'vmem0', size: 128 * M })).toMatchObject({ error: { desc: "attempt to add duplicate property 'vmem0' to object (type 'container')" } });
  });
  it('without its driver nothing happens', () => {
    const g = guest('1G,slots=4,maxmem=16G', { qemu: ['-object', 'memory-backend-ram,id=b,size=1G', '-device', 'virtio-mem-pci,id=vm0,memdev=b'] });
    expect(want(g, 128 * M)).toEqual({ return: {} });
    expect(plugged(g)).toEqual({ return: 0 });
  });
});

describe('the host asks for more', () => {
  it('a block exists as soon as one piece of it is plugged; offline memory counts nothing', () => {
    const g = vm();
    want(g, 2 * M);
    expect(g.story()).toEqual(['uevent add 32']);
    expect(g.file('/proc/iomem')).toContain('100000000-13fffffff : virtio0\n  100000000-107ffffff : System RAM (virtio_mem)\n');
    expect(g.zone('Normal')).toEqual({ present: 0, managed: 0 });
  });
  it('neighbouring blocks are one line of iomem', () => {
    const g = vm();
    want(g, 300 * M);
    expect(g.file('/proc/iomem')).toContain('  100000000-117ffffff : System RAM (virtio_mem)\n');
  });
  it('online: present grows by the block, managed by what is plugged', () => {
    const g = vm('memhp_default_state=online_movable');
    want(g, 130 * M);
    expect(g.zone('Movable')).toEqual({ present: 65536, managed: 32768 + 512 });
    want(g, 256 * M);
    expect(g.zone('Movable')).toEqual({ present: 65536, managed: 65536 });
    sound(g);
  });
  it('no more than a GiB waits to be brought online; half of that online, and more comes', () => {
    const g = vm('', 'requested-size=0', '4G');
    want(g, 2048 * M);
    expect(plugged(g)).toEqual({ return: 1024 * M });
    for (let id = 32; id < 36; id++) g.run(`echo online_movable > /sys/devices/system/memory/memory${id}/state`);
    g.wait(10);
    expect(plugged(g)).toEqual({ return: 1536 * M });
  });
});

describe('the host asks for it back', () => {
  it('offline blocks: the highest first, removed when nothing of them is left', () => {
    const g = vm();
    want(g, 256 * M);
    g.story();
    want(g, 100 * M);
    expect(g.story()).toEqual(['remove_memory 33', 'uevent remove 33']);
    want(g, 0);
    expect(g.story()).toEqual(['remove_memory 32', 'uevent remove 32']);
  });
  it('online blocks: pages move out, the empty block goes offline and away', () => {
    const g = vm('memhp_default_state=online_movable');
    want(g, 128 * M);
    g.story();
    want(g, 0);
    expect(g.story().filter((line) => !line.startsWith('migrate'))).toEqual(['GOING_OFFLINE 32', 'OFFLINE 32', 'uevent offline 32', 'remove_memory 32', 'uevent remove 32']);
    expect(plugged(g)).toEqual({ return: 0 });
    sound(g);
  });
  it('held pages keep their pieces; what could not go is tried again after 50 s, and gone once they are free', () => {
    const g = vm('memhp_default_state=online_movable');
    want(g, 128 * M);
    const pid = /pid=(\d+)/.exec(g.run('mh anon 20 nothp splice'))?.[1];
    want(g, 0);
    expect(plugged(g)).toEqual({ return: 22 * M });
    expect(g.file('/sys/devices/system/memory/memory32/state')).toBe('online\n');
    g.run(`kill ${pid}`);
    g.wait(40_000);
    expect(plugged(g)).toEqual({ return: 22 * M });
    g.wait(11_000);
    expect(plugged(g)).toEqual({ return: 0 });
    sound(g);
  });
  it('big blocks: all or nothing, both memory blocks at once', () => {
    const g = vm('memhp_default_state=online_movable', 'block-size=256M', '2G');
    want(g, 256 * M);
    g.story();
    want(g, 0);
    expect(g.story().filter((line) => !line.startsWith('migrate'))).toEqual([
      'GOING_OFFLINE 32', 'OFFLINE 32', 'uevent offline 32', 'GOING_OFFLINE 33', 'OFFLINE 33', 'uevent offline 33', 'remove_memory 32', 'uevent remove 32', 'uevent remove 33',
    ]);
    sound(g);
  });
});

describe('a person at the guest', () => {
  it('a partly plugged block goes offline and comes back with what is plugged', () => {
    const g = vm('memhp_default_state=online_movable');
    want(g, 200 * M);
    expect(g.run('for s in offline online_movable; do echo $s > /sys/devices/system/memory/memory33/state; cat /sys/devices/system/memory/memory33/state; done')).toBe('offline\nonline');
    expect(g.zone('Movable')).toEqual({ present: 65536, managed: 51200 });
    sound(g);
  });
});

describe("the host's own refusals", () => {
  it.each([
    ['a part of a block', M, "'requested-size' has to be multiples of 'block-size' (0x200000)"],
    ['more than there is', 2048 * M, "'requested-size' cannot exceed the memory backend size (0x40000000)"],
    ['less than nothing, in blocks', -2 * M, "'requested-size' cannot exceed the memory backend size (0x40000000)"],
    ['less than nothing', -1, "'requested-size' has to be multiples of 'block-size' (0x200000)"],
  ])('%s', (_, size, desc) => { expect(want(vm(), size)).toEqual({ error: { class: 'GenericError', desc } }); });
  it('the device stays in its bus', () => {
    const refused = { error: { class: 'GenericError', desc: "Bus 'pcie.0' does not support hotplugging" } };
    expect(vm().host('device_del', { id: 'vm0' })).toEqual(refused);
    expect(vm().host('device_add', { driver: 'virtio-mem-pci', id: 'vm1', memdev: 'x' })).toEqual(refused);
  });
  it('size changes are told at once, then at most once a second, the newest', () => {
    const g = vm();
    want(g, 128 * M);
    want(g, 130 * M);
    want(g, 300 * M);
    const sizes = (): unknown[] => g.machine.qemu.takeEvents().map(({ data }) => data.size);
    expect(sizes()).toEqual([128 * M]);
    g.wait(1001);
    expect(sizes()).toEqual([300 * M]);
  });
});
