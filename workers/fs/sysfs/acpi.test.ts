import { describe, expect, it } from 'vitest';
import { guest } from '../../testing/guest.ts';

/** A machine with three sockets; the first holds a DIMM of 256 MiB. */
function board() {
  const g = guest('1G,slots=3,maxmem=8G');
  g.host('object-add', { 'qom-type': 'memory-backend-ram', id: 'm0', size: 2 ** 28 });
  g.host('device_add', { driver: 'pc-dimm', id: 'd0', memdev: 'm0' });
  g.story();
  return g;
}
const EJECT = '/sys/bus/acpi/devices/PNP0C80:00/eject';

describe('/sys/bus/acpi/devices', () => {
  it('lists every socket, filled or not', () => {
    const g = board();
    expect(g.run('cd /sys/bus/acpi/devices; ls; cat PNP0C80:0[01]/status PNP0C80:01/path PNP0C80:02/uid')).toBe(['PNP0C80:00', 'PNP0C80:01', 'PNP0C80:02', '15', '0', '\\_SB_.MHPC.MP01', '0x02'].join('\n'));
  });
  it('links a device and its memory blocks both ways', () => {
    const g = board();
    expect(g.run('cd /sys/bus/acpi/devices/PNP0C80:00; ls -d physical_node*; cat physical_node1/phys_index')).toBe('physical_node\nphysical_node1\n00000021');
    expect(g.run('cat /sys/devices/system/memory/memory33/firmware_node/hid')).toBe('PNP0C80');
  });
});

describe('eject', () => {
  it.each([
    ['0', EJECT, 'Invalid argument'],
    ['1', EJECT.replace(':00', ':01'), 'No such device'],
  ])('refuses %s in %s: %s', (word, file, why) => {
    const g = board();
    expect(g.run(`echo ${word} > ${file}`)).toContain(why);
    expect(g.file('/sys/devices/system/memory/memory33/state')).toBe('offline\n');
  });
  it('gives the DIMM back: its range goes, and _OST names the operator as the cause of the end, not of the beginning', () => {
    const g = board();
    expect(g.run(`echo 1 > ${EJECT}; sleep 1; ls -d /sys/devices/system/memory/memory3?`)).toBe("ls: cannot access '/sys/devices/system/memory/memory3?': No such file or directory");
    expect(g.story()).toEqual(['remove_memory 32', 'uevent remove 32', 'uevent remove 33']);
    expect(g.machine.qemu.takeEvents().slice(-3).map(({ event, data }) => [event, data.info ?? data.device])).toEqual([
      ['ACPI_DEVICE_OST', { device: 'd0', source: 3, status: 0x84, slot: '0', 'slot-type': 'DIMM' }],
      ['DEVICE_DELETED', 'd0'],
      ['ACPI_DEVICE_OST', { source: 0x103, status: 0, slot: '0', 'slot-type': 'DIMM' }],
    ]);
  });
  it('switched off, neither the file nor the board gets the DIMM', () => {
    const g = board();
    g.run('echo 0 > /sys/firmware/acpi/hotplug/memory/enabled');
    expect(g.run(`echo 1 > ${EJECT}`)).toContain('No such device');
    g.log();
    g.host('device_del', { id: 'd0' });
    expect(g.log()).toEqual(['acpi PNP0C80:00: Eject disabled']);
    expect(g.machine.qemu.takeEvents().at(-1)?.data.info).toMatchObject({ source: 3, status: 0x80 });
    expect(g.run('echo 2 > /sys/firmware/acpi/hotplug/memory/enabled; cat /sys/firmware/acpi/hotplug/memory/enabled')).toContain('Invalid argument\n0');
  });
});

describe('force_remove', () => {
  it('"Enabling force_remove is not supported anymore": off can be written, on cannot', () => {
    const g = board();
    g.log();
    expect(g.run('cd /sys/firmware/acpi/hotplug; cat force_remove; echo 0 > force_remove; echo 1 > force_remove; echo q > force_remove; cat force_remove')).toMatch(/^0\n.*Invalid argument\n.*Invalid argument\n0$/);
    expect(g.log()).toEqual(['Enabling force_remove is not supported anymore. Please report to linux-acpi@vger.kernel.org if you depend on this functionality']);
  });
});

describe('/sys/firmware/memmap', () => {
  it('gains one entry a DIMM, whose number is never used again', () => {
    const g = board();
    expect(g.run('cd /sys/firmware/memmap; ls | wc -l; cat 9/start 9/end 9/type')).toBe('10\n0x100000000\n0x10fffffff\nSystem RAM');
    g.host('device_del', { id: 'd0' });
    g.host('device_add', { driver: 'pc-dimm', id: 'd1', memdev: 'm0' });
    expect(g.run('cd /sys/firmware/memmap; ls -d 9 10 2>&1')).toBe("ls: cannot access '9': No such file or directory\n10");
  });
});
