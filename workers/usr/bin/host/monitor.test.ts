import { describe, expect, test } from 'vitest';
import { guest } from '../../../testing/guest.ts';
import { bytesOf, objectOf } from './options.ts';

describe('the host from the terminal', () => {
  test('a DIMM is plugged, shown, brought online and ejected', () => {
    const g = guest('1G,slots=2,maxmem=4G');
    expect(g.run('object_add memory-backend-ram,id=m0,size=256M; device_add pc-dimm,id=d0,memdev=m0; sleep 0.5; info memory-devices; lsmem -rn --summary=never')).toBe(
      `Memory device [dimm]: "d0"
  addr: 0x100000000
  slot: 0
  node: 0
  size: 268435456
  memdev: /objects/m0
  hotplugged: true
  hotpluggable: true
0x0000000000000000-0x000000003fffffff 1G online yes 0-7
0x0000000100000000-0x000000010fffffff 256M offline  32-33`,
    );
    expect(g.run('qom-get /machine/peripheral/d0 size; info memory_size_summary')).toBe('268435456\nbase memory: 1073741824\nplugged memory: 268435456');
    expect(g.run('device_del d0; sleep 1; info memory-devices; ls -d /sys/devices/system/memory/memory32')).toMatch(/^ls: cannot access/);
  });
  test('virtio-mem grows by qom-set, and virsh speaks to the same monitor', () => {
    const g = guest('1G,maxmem=4G', {
      mods: ['virtio_mem'], cmdline: 'memhp_default_state=online_movable',
      qemu: ['-object', 'memory-backend-ram,id=vm0m,size=1G', '-device', 'virtio-mem-pci,id=vm0,memdev=vm0m,requested-size=0'],
    });
    expect(g.run('qom-set /machine/peripheral/vm0 requested-size 256M; sleep 1; qom-get /machine/peripheral/vm0 size')).toBe('268435456');
    expect(g.run('virsh update-memory-device lab --alias=vm0 --requested-size=128M; sleep 1; virsh qemu-monitor-command lab --hmp "qom-get /machine/peripheral/vm0 size"')).toBe('134217728');
  });
  test.each([
    ['device_del nosuch; echo $?', "Error: Device 'nosuch' not found\n1"],
    ['device_add pc-dimm,id=d9; echo $?', "Error: 'memdev' property must be set\n1"],
    ['info nosuch; echo $?', 'info: usage: info balloon|memory-devices|memory_size_summary\n2'],
    ['qmp \'{"execute":"query-memory-size-summary"}\' | tr -d " \\n"', '{"return":{"base-memory":1073741824,"plugged-memory":0}}'],
    ['qmp nonsense; echo $?', 'qmp: JSON parse error: a command looks like {"execute": "query-memory-devices"}\n1'],
    ['virsh destroy lab; echo $?', "error: unknown command: 'destroy'; here are list, qemu-monitor-command, setmem and update-memory-device\n1"],
  ])('%s', (script, said) => { expect(guest('1G,slots=2,maxmem=4G').run(script)).toBe(said); });
});

describe('option strings', () => {
  test.each([['1G', 2 ** 30], ['128M', 2 ** 27], ['0x8000000', 2 ** 27], ['512', 512], ['1.5K', 1536], ['x', undefined], ['1Q', undefined]])('size %s', (text, bytes) => { expect(bytesOf(text)).toBe(bytes); });
  test('the first word is the value of the implied key; names stay names', () => {
    expect(objectOf('pc-dimm,id=1,memdev=m0,node=1,hotpluggable=on', 'driver')).toEqual({ driver: 'pc-dimm', id: '1', memdev: 'm0', node: 1, hotpluggable: true });
  });
});
