import { describe, expect, it } from 'vitest';
import { type CoreSizes, find_zone_movable_pfns_for_nodes, type NodeRange, probe_memory_block_shift, required_kernelcore, zone_span } from './mm_init.ts';

const low: NodeRange[] = [{ start: 0x1, end: 0x9f, nid: 0 }, { start: 0x100, end: 0xc0000, nid: 0 }];
const one: NodeRange[] = [...low, { start: 0x100000, end: 0x240000, nid: 0 }];
const two: NodeRange[] = [...one, { start: 0x240000, end: 0x440000, nid: 1 }];
const asym: NodeRange[] = [...low, { start: 0x100000, end: 0x140000, nid: 0 }, { start: 0x140000, end: 0x540000, nid: 1 }];
const layouts = { one, two, asym };
const G = (n: number): { pages: number } => ({ pages: n * 2 ** 18 });

describe('find_zone_movable_pfns_for_nodes: the vectors of the specification', () => {
  const vectors: [keyof typeof layouts, string, CoreSizes, number, number, number][] = [
    ['one', 'kernelcore=4G', { kernelcore: G(4) }, 1048576, 0x140400, 0],
    ['one', 'kernelcore=2G', { kernelcore: G(2) }, 524288, 0x100000, 0],
    ['one', 'kernelcore=6G', { kernelcore: G(6) }, 1572864, 0x1c0400, 0],
    ['one', 'movablecore=2G', { movablecore: G(2) }, 1572766, 0x1c0000, 0],
    ['one', 'movablecore=25%', { movablecore: { percent: 25 } }, 1572766, 0x1c0000, 0],
    ['one', 'movablecore=6G', { movablecore: G(6) }, 524190, 0x100000, 0],
    ['one', 'kernelcore=50%', { kernelcore: { percent: 50 } }, 1048527, 0x140400, 0],
    ['one', 'kernelcore=4G movablecore=2G', { kernelcore: G(4), movablecore: G(2) }, 1572766, 0x1c0000, 0],
    ['two', 'kernelcore=4G', { kernelcore: G(4) }, 1048576, 0x120400, 0x260400],
    ['two', 'kernelcore=6G', { kernelcore: G(6) }, 1572864, 0x100400, 0x300000],
    ['two', 'kernelcore=2G', { kernelcore: G(2) }, 524288, 0x100000, 0x240000],
    ['two', 'movablecore=2G', { movablecore: G(2) }, 3669918, 0x200400, 0x400000],
    ['two', 'movablecore=6G', { movablecore: G(6) }, 2621342, 0x180400, 0x380000],
    ['two', 'kernelcore=50%', { kernelcore: { percent: 50 } }, 2097103, 0x140400, 0x340000],
    ['asym', 'movablecore=2G', { movablecore: G(2) }, 4718494, 0, 0x4c0000],
    ['asym', 'kernelcore=50%', { kernelcore: { percent: 50 } }, 2621391, 0, 0x2c0400],
    ['asym', 'kernelcore=6G', { kernelcore: G(6) }, 1572864, 0x100400, 0x200000],
  ];
  it.each(vectors)('%s, %s', (layout, _, core, required, node0, node1) => {
    const ranges = layouts[layout];
    expect(required_kernelcore(ranges.reduce((n, r) => n + r.end - r.start, 0), core)).toBe(required);
    expect(find_zone_movable_pfns_for_nodes(ranges, 2, core)).toEqual([node0, node1]);
  });

  it('below 4 GiB Movable is cut out of DMA32: recorded starts of 1 GiB machines', () => {
    const ranges: NodeRange[] = [{ start: 1, end: 0x9f, nid: 0 }, { start: 0x100, end: 0x3ffe0, nid: 0 }];
    const M = (n: number): { pages: number } => ({ pages: n * 256 });
    const start = (core: CoreSizes): number => find_zone_movable_pfns_for_nodes(ranges, 1, core)[0] as number;
    expect(start({ movablecore: M(256) })).toBe(196608);
    expect(start({ movablecore: M(300) })).toBe(185344);
    expect(start({ movablecore: M(900) })).toBe(31744);
    expect(start({ kernelcore: M(512) })).toBe(132096);
    expect(start({ kernelcore: { percent: 50 } })).toBe(132096);
    expect(start({ kernelcore: M(400), movablecore: M(400) })).toBe(159744);
    expect(start({ kernelcore: 'mirror' })).toBe(0);
  });

  it('movable_node takes the lowest hotpluggable range of a node and ignores sizes', () => {
    expect(find_zone_movable_pfns_for_nodes(two, 2, { kernelcore: G(4) }, true, [{ start: 0x240000, end: 0x440000, nid: 1 }])).toEqual([0, 0x240000]);
    expect(find_zone_movable_pfns_for_nodes(two, 2, { kernelcore: G(4) }, true)).toEqual([0, 0]);
  });
});

describe('zone_span', () => {
  it('kernel zones end where Movable begins', () => {
    expect(zone_span(one, 0, 0, 0x1c0000)).toEqual({ start: 1, end: 0x1000 });
    expect(zone_span(one, 0, 1, 0x1c0000)).toEqual({ start: 0x1000, end: 0x100000 });
    expect(zone_span(one, 0, 2, 0x1c0000)).toEqual({ start: 0x100000, end: 0x1c0000 });
    expect(zone_span(one, 0, 3, 0x1c0000)).toEqual({ start: 0x1c0000, end: 0x240000 });
    expect(zone_span(one, 0, 2, 0x100000)).toEqual({ start: 0, end: 0 });
  });
});

describe('probe_memory_block_shift (recorded sizes)', () => {
  const GiB = 2 ** 30;
  it.each([[6, true, 27], [66, false, 31], [66, true, 31], [65, true, 30], [67, false, 31], [63.5, true, 27]])('RAM ends at %d GiB, hypervisor %s: 2^%d', (end, hypervisor, shift) => {
    expect(probe_memory_block_shift(end * GiB, 27, hypervisor)).toBe(shift);
  });
});
