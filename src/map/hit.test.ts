import fc from 'fast-check';
import { expect, test } from 'vitest';
import { SLOT_ADDED, SLOT_PLUGGED } from '../../workers/uapi/layout.ts';
import { createLaneMetrics, fitRange, maxPfnPerPixel, measureLanes, minPfnPerPixel, panBy } from './geometry.ts';
import { hitTest } from './hit.ts';
import { buildLanes, laneOfPageblock } from './lanes.ts';
import { frameRect, pageblockRect } from './places.ts';
import { eachSlotRange } from './slots.ts';
import { BLOCK_PAGES, machine } from './testing/machine.ts';

const t = machine('DMA+Normal:KK.. Normal:AF.S - Movable:.iaT! offline - Normal:....', { spare: 4, dimms: [{ block: 8, blocks: 2, state: SLOT_PLUGGED }] });
const lanes = buildLanes(t);
const present = [0, 1, 3, 4, 6];

const views = fc.record({ dpr: fc.constantFrom(1, 1.5, 2), width: fc.integer({ min: 300, max: 900 }), zoom: fc.double({ min: 0, max: 1, noNaN: true }), left: fc.double({ min: 0, max: t.sizes.max_pfn, noNaN: true }), top: fc.nat(4000) })
  .map(({ dpr, width, zoom, left, top }) => {
    const viewport = { width, height: 240, dpr };
    const [near, far] = [minPfnPerPixel(viewport), maxPfnPerPixel(t, viewport)];
    return { viewport, camera: panBy({ pfnPerPixel: near * (far / near) ** zoom, left, top }, t, lanes, viewport, 0, 0) };
  });
const pfns = fc.record({ block: fc.constantFrom(...present), offset: fc.nat(BLOCK_PAGES - 1) }).map(({ block, offset }) => block * BLOCK_PAGES + offset);

test('the middle of a frame hits that frame, at every scale that gives it a pixel (seed 11)', () => {
  const box = { x: 0, y: 0, width: 0, height: 0 };
  let frames = 0;
  fc.assert(fc.property(views, pfns, ({ viewport, camera }, pfn) => {
    const metrics = measureLanes(lanes, camera, viewport, createLaneMetrics());
    expect(frameRect(t, lanes, metrics, camera, viewport, pfn, box)).toBe(true);
    fc.pre(box.width >= 1 && box.height >= 1);
    const hit = hitTest(t, lanes, metrics, camera, viewport, box.x + box.width / 2, box.y + box.height / 2);
    expect(hit).toMatchObject({ pfn, pageblock: Math.floor(pfn / 512), block: Math.floor(pfn / BLOCK_PAGES), onTile: true, lane: laneOfPageblock(lanes, t, Math.floor(pfn / 512)) });
    frames++;
  }), { seed: 11, numRuns: 1500 });
  expect(frames).toBeGreaterThan(300);
});

test('the middle of a pageblock hits that pageblock, as soon as it has a pixel (seed 12)', () => {
  const box = { x: 0, y: 0, width: 0, height: 0 };
  fc.assert(fc.property(views, pfns, ({ viewport, camera }, pfn) => {
    const metrics = measureLanes(lanes, camera, viewport, createLaneMetrics());
    const pageblock = Math.floor(pfn / 512);
    expect(pageblockRect(t, lanes, metrics, camera, viewport, pageblock, box)).toBe(true);
    fc.pre(box.width >= 1);
    expect(hitTest(t, lanes, metrics, camera, viewport, box.x + Math.floor(box.width / 2), box.y + 1)).toMatchObject({ pageblock, onTile: true });
  }), { seed: 12, numRuns: 1000 });
});

test('over and under a tile its address is known, but it is not hit', () => {
  const viewport = { width: 640, height: 240, dpr: 1 };
  const camera = fitRange(t, lanes, viewport, 0, t.sizes.max_pfn);
  const metrics = measureLanes(lanes, camera, viewport, createLaneMetrics());
  const x = 1.5 * BLOCK_PAGES / camera.pfnPerPixel;
  const at = (lane: number, y: number): ReturnType<typeof hitTest> => hitTest(t, lanes, metrics, camera, viewport, x, (metrics.edge[lane] as number) + y);
  expect(at(1, metrics.padTop + 5)).toMatchObject({ block: 1, lane: 1, zone: 2, nid: 0, onTile: true });
  expect(at(1, 2)).toMatchObject({ block: 1, lane: 1, onTile: false });
  expect(at(2, metrics.padTop + 5)).toMatchObject({ block: 1, lane: 2, zone: 3, onTile: false });
});

test('where there is no block there is none to hit; a plugged DIMM is hit in the Slots lane', () => {
  const viewport = { width: 640, height: 240, dpr: 1 };
  const camera = fitRange(t, lanes, viewport, 0, t.sizes.max_pfn);
  const metrics = measureLanes(lanes, camera, viewport, createLaneMetrics());
  const at = (block: number, lane: number): ReturnType<typeof hitTest> => hitTest(t, lanes, metrics, camera, viewport, (block * BLOCK_PAGES) / camera.pfnPerPixel + 8, (metrics.edge[lane] as number) + metrics.padTop + 5);
  expect(at(2, 1)).toMatchObject({ block: -1, pageblock: -1, pfn: -1, slot: -1, onTile: false });
  expect(at(8, lanes.slots)).toMatchObject({ block: -1, slot: 0, onSlot: true });
  expect(at(8, 1)).toMatchObject({ slot: 0, onSlot: false });
});

test('a device of several ranges is hit where its blocks are, and not between them', () => {
  const apart = machine('Normal:AF.. offline - offline offline', { spare: 1, dimms: [{ block: 1, blocks: 3, state: SLOT_ADDED }] });
  for (const block of [1, 3, 4]) apart.memory_block.slot[block] = 0;
  const ranges: string[] = [];
  eachSlotRange(apart, (slot, start, end) => { ranges.push(`${slot}: ${start / BLOCK_PAGES}-${end / BLOCK_PAGES}`); });
  expect(ranges).toEqual(['0: 1-2', '0: 3-5']);
  const viewport = { width: 640, height: 240, dpr: 1 };
  const rows = buildLanes(apart);
  const camera = fitRange(apart, rows, viewport, 0, apart.sizes.max_pfn);
  const metrics = measureLanes(rows, camera, viewport, createLaneMetrics());
  const slotAt = (block: number): number => hitTest(apart, rows, metrics, camera, viewport, ((block + 0.5) * BLOCK_PAGES) / camera.pfnPerPixel, (metrics.edge[rows.slots] as number) + metrics.padTop + 5).slot;
  expect([0, 1, 2, 3, 4, 5].map(slotAt)).toEqual([-1, 0, -1, 0, 0, -1]);
});
