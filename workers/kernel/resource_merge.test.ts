import { describe, expect, it } from 'vitest';
import { createIomem, formatIomem, merge_system_ram_resource, newResource, register_memory_resource, release_mem_region_adjustable, request_resource, type Resource } from './resource.ts';

const G = 2 ** 30;
const BLOCK = 2 ** 27;
const NAME = 'System RAM (virtio_mem)';
/** A device's region of 1 GiB at 4 GiB, with blocks of it added. */
function device(...blocks: number[]): Resource {
  const iomem = createIomem();
  request_resource(iomem, newResource('virtio0', 4 * G, 5 * G - 1));
  for (const n of blocks) {
    expect(register_memory_resource(iomem, 4 * G + n * BLOCK, BLOCK, NAME)).toBe(0);
    merge_system_ram_resource(iomem, 4 * G + n * BLOCK, 4 * G + (n + 1) * BLOCK - 1);
  }
  return iomem;
}
const lines = (iomem: Resource): string[] => formatIomem(iomem).split('\n').slice(1, -1).map((line) => line.trim().split(' ')[0] as string);

describe('memory inside a device', () => {
  it('goes below a range that is not busy, and nowhere twice', () => {
    const iomem = device(0);
    expect(formatIomem(iomem)).toBe(`100000000-13fffffff : virtio0\n  100000000-107ffffff : ${NAME}\n`);
    expect(register_memory_resource(iomem, 4 * G, BLOCK)).toBe(-17);
  });
  it.each([[[0, 1]], [[1, 0]], [[0, 2, 1]]])('neighbours %j become one line, whatever their order', (blocks) => {
    expect(lines(device(...blocks))).toHaveLength(1);
  });
  it('with a gap they stay apart', () => expect(lines(device(0, 2))).toEqual(['100000000-107ffffff', '110000000-117ffffff']));
  it.each([
    ['the last', 2, ['100000000-10fffffff']], ['the first', 0, ['108000000-117ffffff']], ['the middle', 1, ['100000000-107ffffff', '110000000-117ffffff']],
  ] as const)('%s of three leaves', (_, n, left) => {
    const iomem = device(0, 1, 2);
    release_mem_region_adjustable(iomem, 4 * G + n * BLOCK, 4 * G + (n + 1) * BLOCK - 1);
    expect(lines(iomem)).toEqual(left);
  });
});
