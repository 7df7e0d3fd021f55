/** Containers (spec userland.md: "HID PNP0C80; containers ACPI0004, PNP0A05, PNP0A06"): several memory devices and a node that come and go together. */
import { describe, expect, it } from 'vitest';
import { guest, type Guest } from '../../testing/guest.ts';
import { H_TRACE_HEAD } from '../../uapi/layout.ts';
import { decodeEvent } from '../../uapi/trace.ts';

const TWO_NODES = ['-numa', 'node,nodeid=0,mem=512M', '-numa', 'node,nodeid=1'];
const CONTAINER = '/sys/devices/system/container/ACPI0004:00';
function machine(config: Readonly<Record<string, boolean>> = {}): Guest {
  const g = guest('512M,slots=4,maxmem=4G', { qemu: TWO_NODES, more: { config, containers: [{ hid: 'ACPI0004', slots: [2, 3], node: 1 }] } });
  for (const id of ['a', 'b']) g.host('object-add', { 'qom-type': 'memory-backend-ram', id, size: 2 ** 27 });
  return g;
}
const add = (g: Guest): unknown => g.host('x-container-add', { container: 0, memdevs: ['a', 'b'] });
const dimms = (g: Guest): number => ((g.host('query-memory-devices') as { return: unknown[] }).return).length;

/** What the firmware was told about containers: event and status. */
function osts(g: Guest): string[] {
  const { t } = g.machine.kernel.mm;
  const { w0, w1, w2, w3, w4, w5, w6, w7 } = t.trace;
  const told: string[] = [];
  for (let at = 0; at < (t.header[H_TRACE_HEAD] as number); at++) {
    const e = decodeEvent(Int32Array.from([w0, w1, w2, w3, w4, w5, w6, w7], (w) => w[at % w0.length] as number));
    if (e.type === 'acpi_ost' && e.slot === -1) told.push(`0x${e.source_event.toString(16)} 0x${e.status.toString(16)}`);
  }
  return told;
}

describe('a container', () => {
  it('brings its memory devices and their node', () => {
    const g = machine();
    expect(g.file('/sys/devices/system/node/online')).toBe('0\n');
    expect(add(g)).toEqual({ return: {} });
    expect([g.run('ls -d /sys/devices/system/memory/memory3?'), g.file('/sys/devices/system/node/online'), g.file(`${CONTAINER}/online`)]).toEqual([
      '/sys/devices/system/memory/memory32\n/sys/devices/system/memory/memory33', '0-1\n', '1\n',
    ]);
    expect(g.run('cat /sys/bus/acpi/devices/PNP0C80:0[23]/status')).toBe('15\n15');
  });
  it('asked back, wants user space to take it offline first: an event says so, and nothing is touched', () => {
    const g = machine();
    add(g);
    g.run('echo online_movable > /sys/devices/system/memory/memory33/state; udevd -d; udevadm monitor -k -p -s container > /tmp/m & sleep 0.1');
    g.host('x-container-del', { container: 0 });
    expect(g.run('cat /tmp/m').replace(/SEQNUM=\d+/, 'SEQNUM=N')).toContain('(container)\nACTION=change\nDEVPATH=/devices/system/container/ACPI0004:00\nSUBSYSTEM=container\nEVENT=offline\nSEQNUM=N\n');
    expect([dimms(g), g.file('/sys/devices/system/memory/memory33/state')]).toEqual([2, 'online\n']);
    expect(g.run(`echo 0 > ${CONTAINER}/online`)).toMatch(/Device or resource busy$/);
    expect(g.run(`echo offline > /sys/devices/system/memory/memory33/state; echo 0 > ${CONTAINER}/online; cat ${CONTAINER}/online`)).toBe('0');
    g.host('x-container-del', { container: 0 });
    expect([dimms(g), g.file('/sys/devices/system/node/online'), g.run(`ls -d ${CONTAINER}`)]).toEqual([0, '0\n', expect.stringMatching(/No such file/)]);
  });
  it('without CONFIG_ACPI_CONTAINER it is ejected as single devices are: each block is taken offline', () => {
    const g = machine({ ACPI_CONTAINER: false });
    add(g);
    g.run('echo online_movable > /sys/devices/system/memory/memory32/state');
    expect(g.run(`ls -d ${CONTAINER}`)).toMatch(/No such file/);
    g.host('x-container-del', { container: 0 });
    expect(dimms(g)).toBe(0);
  });
  it('refuses what does not fit, and stays as it was', () => {
    const g = machine();
    expect([g.host('x-container-add', { container: 1, memdevs: ['a'] }), g.host('x-container-add', { container: 0, memdevs: ['a', 'a'] }), g.host('x-container-add', { container: 0, memdevs: [] }), g.host('x-container-del', { container: 0 })]).toEqual([
      { error: { class: 'GenericError', desc: "Container '1' not found" } }, { error: { class: 'GenericError', desc: "can't use already busy memdev: a" } },
      { error: { class: 'GenericError', desc: 'Container 0 has room for 1 to 2 memory devices' } }, { error: { class: 'GenericError', desc: "Container '0' not found, or empty" } },
    ]);
    expect(dimms(g)).toBe(0);
  });
  it('by words at the host, and by its own file: _OST says who asked', () => {
    const g = guest('512M,slots=4,maxmem=4G', { qemu: TWO_NODES, more: { containers: [{ hid: 'PNP0A05', slots: [0], node: 0 }, { hid: 'PNP0A05', slots: [2, 3], node: 1 }] } });
    expect(g.run('container_add 1 128M 128M; sleep 1; cat /sys/devices/system/node/online; cd /sys/bus/acpi/devices; cat PNP0A05:0[01]/status PNP0A05:01/path')).toBe('0-1\n0\n15\n\\_SB_.CON1');
    expect(g.run('echo 0 > /sys/bus/acpi/devices/PNP0A05:01/eject; echo 1 > /sys/bus/acpi/devices/PNP0A05:00/eject')).toMatch(/Invalid argument\n.*No such device$/);
    g.run('echo 0 > /sys/devices/system/container/PNP0A05:01/online; echo 1 > /sys/bus/acpi/devices/PNP0A05:01/eject; sleep 1');
    expect([dimms(g), g.file('/sys/devices/system/node/online')]).toEqual([0, '0\n']);
    expect(osts(g)).toEqual(['0x1 0x0', '0x3 0x84', '0x103 0x0']);
  });
  it('words that do not fit leave nothing behind', () => {
    const g = guest('512M,slots=4,maxmem=4G', { more: { containers: [{ hid: 'PNP0A06', slots: [0], node: 0 }] } });
    expect(g.run('container_add 0 128M 128M; container_add 0 lots; container_add 7 128M; container_del 0; container_add')).toBe([
      'Error: Container 0 has room for 1 to 1 memory devices', "Error: Parameter 'size' expects a size", "Error: Container '7' not found", "Error: Container '0' not found, or empty", 'container_add: usage: container_add CONTAINER SIZE [SIZE]...',
    ].join('\n'));
    expect(g.run('container_add 0 128M; sleep 1; ls -d /sys/devices/system/memory/memory32')).toBe('/sys/devices/system/memory/memory32');
  });
});
