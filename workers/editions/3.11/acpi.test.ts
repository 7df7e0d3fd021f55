/** What 3.11 tells the firmware: drivers/acpi/scan.c of that kernel; the recordings of 3.11 have no host that listens. */
import { describe, expect, it } from 'vitest';
import { guest, type Guest } from '../../testing/guest.ts';
import { H_TRACE_HEAD } from '../../uapi/layout.ts';
import { decodeEvent } from '../../uapi/trace.ts';

const MEMORY = '/sys/devices/system/memory';
const ENABLED = '/sys/firmware/acpi/hotplug/memory/enabled';
const board = (more = {}): Guest => guest('512M,slots=4,maxmem=4G', { edition: '3.11', more });
function plug(g: Guest, id: string, mib: number): void {
  g.host('object-add', { 'qom-type': 'memory-backend-ram', id: `m${id}`, size: mib * 2 ** 20 });
  g.host('device_add', { driver: 'pc-dimm', id, memdev: `m${id}` });
}
const dimms = (g: Guest): number => (g.host('query-memory-devices') as { return: unknown[] }).return.length;
/** Event and status of every _OST since the last look; `-1` for containers. */
function heard(g: Guest): () => string[] {
  const { t } = g.machine.kernel.mm;
  const { w0, w1, w2, w3, w4, w5, w6, w7 } = t.trace;
  let from = 0;
  return () => {
    const told: string[] = [];
    for (; from < (t.header[H_TRACE_HEAD] as number); from++) {
      const e = decodeEvent(Int32Array.from([w0, w1, w2, w3, w4, w5, w6, w7], (w) => w[from % w0.length] as number));
      if (e.type === 'acpi_ost') told.push(`0x${e.source_event.toString(16)} 0x${e.status.toString(16)}`);
    }
    return told;
  };
}

describe('_OST of 3.11', () => {
  it('an insertion is announced before the bus is scanned; an eject that went well ends without a word', () => {
    const g = board();
    const ost = heard(g);
    plug(g, 'd', 128);
    expect([ost(), g.file(`${MEMORY}/memory32/state`)]).toEqual([['0x1 0x80', '0x1 0x0'], 'offline\n']);
    g.host('device_del', { id: 'd' });
    expect([ost(), dimms(g)]).toEqual([['0x3 0x84'], 0]);
    plug(g, 'e', 128);
    ost();
    g.run('echo 1 > /sys/bus/acpi/devices/PNP0C80:00/eject; sleep 1');
    expect([ost(), dimms(g)]).toEqual([['0x103 0x84'], 0]);
  });
  it('a busy block is a failure without a name', () => {
    const g = board();
    plug(g, 'd', 128);
    g.run(`echo online > ${MEMORY}/memory32/state; modprobe memory-notifier-error-inject; echo -16 > /sys/kernel/debug/notifier-error-inject/memory/actions/MEM_GOING_OFFLINE/error`);
    const ost = heard(g);
    ost();
    g.host('device_del', { id: 'd' });
    expect([ost(), dimms(g)]).toEqual([['0x3 0x84', '0x3 0x1'], 1]);
    g.run('echo 1 > /sys/bus/acpi/devices/PNP0C80:00/eject; sleep 1');
    expect([ost(), dimms(g)]).toEqual([['0x103 0x84', '0x103 0x1'], 1]);
  });
  it('switched off, neither insertion nor eject is supported, and the log says nothing', () => {
    const g = board();
    const ost = heard(g);
    plug(g, 'd', 128);
    ost();
    g.run(`echo 0 > ${ENABLED}`);
    g.log();
    g.host('device_del', { id: 'd' });
    plug(g, 'e', 128);
    expect([ost(), g.log(), dimms(g), g.run(`ls -d ${MEMORY}/memory33`)]).toEqual([['0x3 0x80', '0x1 0x82'], [], 2, expect.stringMatching(/No such file/)]);
    expect(g.run('echo 1 > /sys/bus/acpi/devices/PNP0C80:00/eject')).toMatch(/No such device$/);
  });
  it('force_remove: an eject that goes on over a block that is online runs into BUG() in remove_memory()', () => {
    const g = board();
    plug(g, 'd', 128);
    g.run(`echo online > ${MEMORY}/memory32/state; modprobe memory-notifier-error-inject; echo -16 > /sys/kernel/debug/notifier-error-inject/memory/actions/MEM_GOING_OFFLINE/error`);
    const force = '/sys/firmware/acpi/hotplug/force_remove';
    expect(g.run(`cat ${force}; echo x > ${force}; echo Y > ${force}; cat ${force}`)).toMatch(/^0\n.*Invalid argument\n1$/);
    g.log();
    g.host('device_del', { id: 'd' });
    expect(g.log().slice(-2)).toEqual(['removing memory fails, because memory [0x0000000100000000-0x0000000107ffffff] is onlined', 'kernel BUG at mm/memory_hotplug.c!']);
    expect([g.file(`${MEMORY}/memory32/state`), dimms(g)]).toEqual(['online\n', 1]);
  });
  it('A7: of a device that no driver took "device_del of it then does nothing"', () => {
    const g = board();
    plug(g, 'a', 64);
    plug(g, 'b', 192);
    const ost = heard(g);
    ost();
    g.host('device_del', { id: 'b' });
    expect([ost(), dimms(g)]).toEqual([['0x3 0x80'], 2]);
  });
});

describe('a container in 3.11', () => {
  const filled = (config = {}): Guest => {
    const g = board({ config, containers: [{ hid: 'ACPI0004', slots: [2, 3], node: 0 }] });
    for (const id of ['a', 'b']) g.host('object-add', { 'qom-type': 'memory-backend-ram', id, size: 2 ** 27 });
    return g;
  };
  const add = (g: Guest): unknown => g.host('x-container-add', { container: 0, memdevs: ['a', 'b'] });
  it('brings its memory; asked back, it passes the request on to user space, whose write to its eject file takes the memory offline', () => {
    const g = filled();
    g.run('udevd -d; udevadm monitor -k -p -s acpi > /tmp/m & sleep 0.1');
    const ost = heard(g);
    add(g);
    expect([ost(), g.run(`cat ${MEMORY}/memory3[23]/state; ls -d /sys/devices/system/container`)]).toEqual([['0x1 0x80', '0x1 0x0'], expect.stringMatching(/^offline\noffline\n.*No such file/)]);
    g.run(`echo online_movable > ${MEMORY}/memory33/state`);
    g.host('x-container-del', { container: 0 });
    expect([ost(), dimms(g), g.file(`${MEMORY}/memory33/state`)]).toEqual([['0x3 0x84'], 2, 'online\n']);
    expect(g.run("grep -E '^(ACTION|DEVPATH|MODALIAS)' /tmp/m").split('\n')).toEqual(['online', 'offline'].flatMap((action) => [`ACTION=${action}`, 'DEVPATH=/devices/LNXSYSTM:00/LNXSYBUS:00/PNP0A06:04/ACPI0004:00', 'MODALIAS=acpi:ACPI0004:']));
    g.run('echo 1 > /sys/bus/acpi/devices/ACPI0004:00/eject; sleep 1');
    expect([ost(), dimms(g)]).toEqual([['0x3 0x84'], 0]);
  });
  it('ejected by its file alone, in the name of the operator; a block that stays is a failure', () => {
    const g = filled();
    add(g);
    g.run(`echo online > ${MEMORY}/memory32/state; modprobe memory-notifier-error-inject; echo -16 > /sys/kernel/debug/notifier-error-inject/memory/actions/MEM_GOING_OFFLINE/error`);
    const ost = heard(g);
    ost();
    g.run('echo 1 > /sys/bus/acpi/devices/ACPI0004:00/eject; sleep 1');
    expect([ost(), dimms(g)]).toEqual([['0x103 0x84', '0x103 0x1'], 2]);
  });
  it('without CONFIG_ACPI_CONTAINER nobody listens to it', () => {
    const g = filled({ ACPI_CONTAINER: false });
    add(g);
    expect(g.run(`ls -d ${MEMORY}/memory32; echo 1 > /sys/bus/acpi/devices/ACPI0004:00/eject`)).toMatch(/No such file or directory\n.*No such device$/);
  });
});
