import { describe, expect, it } from 'vitest';
import { guest, type Guest } from '../../testing/guest.ts';

const FILE = '/proc/sys/vm/min_free_kbytes';
const put = (g: Guest, text: string): string => g.run(`printf -- '${text}' > ${FILE} && cat ${FILE}`).replace(/^.*: /, '');
/** `min low high` of a zone in /proc/zoneinfo. */
const marks = (g: Guest, zone: string): number[] => (/\n +min +(\d+)\n +low +(\d+)\n +high +(\d+)/.exec(g.file('/proc/zoneinfo').slice(g.file('/proc/zoneinfo').indexOf(`zone ${zone.padStart(8)}`))) ?? []).slice(1).map(Number);

describe('/proc/sys/vm/min_free_kbytes', () => {
  it('takes a number as the kernel reads one, and nothing else', () => {
    const g = guest('1G');
    expect(put(g, '20000\\n')).toBe('20000');
    expect([put(g, '  0x4000\\n'), put(g, '010000'), put(g, '9000 and more')]).toEqual(['16384', '4096', '9000']);
    const refused = ['\\n', '-1', 'much', '12k', '08', '2147483648', '99999999999999999999'];
    for (const text of refused) expect(put(g, text), text).toBe('Invalid argument');
    expect(g.file(FILE)).toBe('9000\n');
  });
  it('moves the marks at once: a zone\'s share, and the same distance above it; what zones keep from each other stays', () => {
    const g = guest('1G');
    const protection = /protection: \(.*\)/.exec(g.file('/proc/zoneinfo'))?.[0];
    put(g, '100000');
    const managed = Number(/zone +DMA32[\s\S]*?managed +(\d+)/.exec(g.file('/proc/zoneinfo'))?.[1]);
    const min = Math.floor((25000 * managed) / (managed + 3840));
    expect(marks(g, 'DMA32')).toEqual([min, min + (min >> 2), min + 2 * (min >> 2)]);
    expect(/protection: \(.*\)/.exec(g.file('/proc/zoneinfo'))?.[0]).toBe(protection);
  });
  it('stands against a smaller computed value, which the log says; khugepaged asks for its part all the same', () => {
    const g = guest('1G');
    put(g, '50000');
    g.run('cd /sys/devices/system/memory; for b in memory4 memory5 memory6; do echo offline > $b/state && break; done');
    expect(g.file(FILE)).toBe('50000\n');
    expect(g.log().filter((line) => line.startsWith('min_free_kbytes'))).toEqual([expect.stringMatching(/^min_free_kbytes is not updated to \d+ because user defined value 50000 is preferred$/)]);
    put(g, '1000');
    g.run('cd /sys/devices/system/memory; for b in memory*; do echo online > $b/state; done');
    expect(g.log().filter((line) => line.startsWith('raising'))).toEqual([expect.stringMatching(/^raising min_free_kbytes from \d+ to 45056 /)]);
    expect(g.file(FILE), 'more is due than was written').toBe('45056\n');
  });
  it('says that it is raised for huge pages when it was written before', () => {
    const g = guest('1G');
    g.run('echo never > /sys/kernel/mm/transparent_hugepage/enabled');
    put(g, '5000');
    g.run('echo always > /sys/kernel/mm/transparent_hugepage/enabled');
    expect(g.log().filter((line) => /min_free_kbytes/.test(line))).toEqual([
      expect.stringMatching(/^min_free_kbytes is not updated to \d+ because user defined value 5000 is preferred$/),
      expect.stringMatching(/^raising min_free_kbytes from 5000 to \d+ to help transparent hugepage allocations$/),
    ]);
  });
  it('is what decides when an allocation has to wait for reclaim', () => {
    const g = guest('1G');
    const started = (): boolean => !/allocstall_dma32 0\n/.test(g.file('/proc/vmstat')) || !/allocstall_movable 0\n/.test(g.file('/proc/vmstat'));
    g.run('mh anon 400 nothp');
    expect(started()).toBe(false);
    put(g, '600000');
    g.run('mh anon 100 nothp');
    expect(started()).toBe(true);
  });
});
