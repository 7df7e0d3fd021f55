import { beforeEach, describe, expect, it } from 'vitest';
import {
  createIomem, formatIomem, insert_resource, newResource, register_memory_resource, release_resource, request_resource, reserve_region_with_split, type Resource, system_ram_bytes,
} from './resource.ts';

let iomem: Resource;
beforeEach(() => {
  iomem = createIomem();
  request_resource(iomem, newResource('System RAM', 0x100000, 0x3ffdffff, true));
  request_resource(iomem, newResource('Reserved', 0x3ffe0000, 0x3fffffff));
});

describe('/proc/iomem', () => {
  it('a range goes into the smallest one that holds it, and takes in what it covers', () => {
    insert_resource(iomem, newResource('Kernel code', 0x1000000, 0x1e01d31));
    request_resource(iomem, newResource('Reserved', 0xb0000000, 0xbfffffff));
    insert_resource(iomem, newResource('PCI MMCONFIG 0000 [bus 00-ff]', 0xb0000000, 0xbfffffff));
    expect(formatIomem(iomem)).toBe(
      '00100000-3ffdffff : System RAM\n  01000000-01e01d31 : Kernel code\n3ffe0000-3fffffff : Reserved\nb0000000-bfffffff : PCI MMCONFIG 0000 [bus 00-ff]\n  b0000000-bfffffff : Reserved\n',
    );
  });
  it('hot-added memory is one line per range; a second claim is EEXIST', () => {
    expect(register_memory_resource(iomem, 0x100000000, 0x8000000)).toBe(0);
    expect(register_memory_resource(iomem, 0x104000000, 0x8000000)).toBe(-17);
    expect(formatIomem(iomem)).toContain('100000000-107ffffff : System RAM\n');
    expect(release_resource(iomem, 0x100000000, 0x107ffffff)).toBe(true);
    expect(release_resource(iomem, 0x100000000, 0x107ffffff)).toBe(false);
  });
  it('a range cut in the middle is refused with the range in the way', () => {
    expect(insert_resource(iomem, newResource('x', 0x3ff00000, 0x3ffeffff))?.name).toBe('System RAM');
  });
  it('only the free part of a region is reserved', () => {
    reserve_region_with_split(iomem, 0x3ffe0000, 0x43ffffff, 'RAM buffer');
    expect(formatIomem(iomem)).toContain('40000000-43ffffff : RAM buffer\n');
  });
  it('hides addresses from the unprivileged', () => expect(formatIomem(iomem, false)).toBe('00000000-00000000 : System RAM\n00000000-00000000 : Reserved\n'));
  it('counts System RAM for the hole check: the last block has 128 KiB less', () => {
    expect(system_ram_bytes(iomem, 0x38000000, 0x3fffffff)).toBe(0x8000000 - 0x20000);
    expect(system_ram_bytes(iomem, 0x30000000, 0x37ffffff)).toBe(0x8000000);
  });
});
