import { describe, expect, it } from 'vitest';
import { linksIn, packTarget, unpackTarget } from './links.ts';

/** What is found, as 'words → target'. */
const found = (text: string): string[] => linksIn(text).map(({ start, end, target }) => `${text.slice(start, end)} → ${packTarget(target)}`);

describe('links in output', () => {
  it.each([
    ['cat: /sys/devices/system/memory/memory40/state: Device or resource busy', ['/sys/devices/system/memory/memory40/state → block:40']],
    ['memory7 and memory block 12', ['memory7 → block:7', 'memory block 12 → block:12']],
    ['page:x refcount:1 mapcount:0 mapping:0 index:0x0 pfn:0x21abd', ['0x0 → frame:0', 'pfn:0x21abd → frame:137917']],
    ['pid=99 pages=51200 firstpfn=0x21abd block4:26432', ['firstpfn=0x21abd → frame:137917']],
    ['0x0000000030000000-0x0000000037ffffff  128M offline', ['0x0000000030000000 → address:805306368', '0x0000000037ffffff → address:939524095']],
    ['00100000-3ffdffff : System RAM', ['00100000 → address:1048576', '3ffdffff → address:1073610751']],
    ['  01000000-01e01d31 : Kernel code', ['01000000 → address:16777216', '01e01d31 → address:31464753']],
    ['Node 0, zone   Normal', ['Node 0 → node:0']],
    ['see /proc/buddyinfo.', ['/proc/buddyinfo → path:/proc/buddyinfo']],
    ['$(dirname /sys/kernel) and a/proc/x', ['/sys/kernel → path:/sys/kernel']],
    ['Total online memory:       896M', []],
    ['deadbeef-cafe : is a word at the start only with eight digits twice', []],
  ])('%s', (text, links) => { expect(found(text)).toEqual(links); });

  it('survive being kept as a word', () => {
    for (const word of ['block:7', 'frame:137917', 'address:805306368', 'node:1', 'path:/proc/iomem']) expect(packTarget(unpackTarget(word) ?? { kind: 'block', id: -1 })).toBe(word);
    expect(unpackTarget('javascript:alert(1)')).toBeUndefined();
  });
  it('end on a long line of rubbish', () => { expect(linksIn('/sys'.repeat(50_000)).length).toBeLessThan(2000); });
});
