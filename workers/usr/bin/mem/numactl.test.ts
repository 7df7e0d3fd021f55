import { describe, expect, it } from 'vitest';
import { guest } from '../../../testing/guest.ts';

/** 1 GiB on node 0, and 256 MiB that were plugged into node 1 and are Movable there. */
function twoNodes() {
  const g = guest('1G,slots=4,maxmem=8G', { qemu: ['-object', 'memory-backend-ram,id=m0,size=1G', '-numa', 'node,nodeid=0,memdev=m0', '-numa', 'node,nodeid=1'] });
  g.host('object-add', { 'qom-type': 'memory-backend-ram', id: 'md0', size: 2 ** 28 });
  g.host('device_add', { driver: 'pc-dimm', id: 'd0', memdev: 'md0', node: 1 });
  g.run('for b in 32 33; do echo online_movable > /sys/devices/system/memory/memory$b/state; done');
  return g;
}
const blocksOf = (where: string): string => where.replace(/^pid=\d+ pages=\d+ firstpfn=\S+ /, '');

describe('numactl --membind', () => {
  it('takes a program\'s memory from its nodes alone; an offline moves it to another node all the same', () => {
    const g = twoNodes();
    expect(blocksOf(g.run('numactl -m 1 mh anon 8 nothp'))).toBe('block32:2048');
    g.run('echo offline > /sys/devices/system/memory/memory32/state');
    expect(blocksOf(g.run('for f in /tmp/mh.*; do mh where ${f#/tmp/mh.}; done'))).not.toMatch(/block3[23]/);
  });
  it('says which node there is not', () => {
    expect(twoNodes().run('numactl -m 0,5 mh anon 8; echo $?')).toBe('libnuma: Warning: node argument 5 is out of range\n\n<0,5> is invalid\n1');
  });
});
