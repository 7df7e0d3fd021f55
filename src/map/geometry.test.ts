import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createLaneMetrics, fitFrame, fitMachine, fitRange, laneAt, letterDot, maxPfnPerPixel, measureLanes, minPfnPerPixel, panBy, pfnAt, pixelOf, zoomAt, zoomLevel } from './geometry.ts';
import { hitTest } from './hit.ts';
import { buildLanes, laneOfPageblock, runEnd } from './lanes.ts';
import { contentEnd } from './mirror.ts';
import { rulerTicks } from './ruler.ts';
import { BLOCK_PAGES, machine } from './testing/machine.ts';

const t = machine('Normal:AF.S Normal:.... - - Movable:.iaT! offline', { spare: 10 });
const lanes = buildLanes(t);
const viewport = { width: 640, height: 200, dpr: 1 };

const cameras = fc.record({ pfnPerPixel: fc.double({ min: minPfnPerPixel(viewport), max: maxPfnPerPixel(t, viewport), noNaN: true }), left: fc.double({ min: 0, max: t.sizes.max_pfn, noNaN: true }), top: fc.nat(2000) });
const points = fc.record({ x: fc.integer({ min: 0, max: viewport.width - 1 }), y: fc.integer({ min: 0, max: viewport.height - 1 }) });

test('the first camera shows all memory and room for a DIMM, not the whole hotplug window', () => {
  const camera = fitMachine(t, lanes, viewport);
  expect(contentEnd(t)).toBe(6 * BLOCK_PAGES);
  expect(camera.left).toBe(0);
  expect(pixelOf(camera, contentEnd(t))).toBeLessThan(viewport.width);
  expect(camera.pfnPerPixel * viewport.width).toBe(7 * BLOCK_PAGES);
});

test('zooming keeps the address under the pointer, to the pixel (seed 2)', () => {
  fc.assert(fc.property(cameras, points, fc.double({ min: 0.2, max: 5, noNaN: true }), (from, { x, y }, factor) => {
    const camera = panBy(from, t, lanes, viewport, 0, 0);
    const next = zoomAt(camera, t, lanes, viewport, factor, x, y);
    // At the ends of the machine the view cannot move further: there the anchor gives way.
    fc.pre(next.left > 0 && next.left < t.sizes.max_pfn - viewport.width * next.pfnPerPixel - 1e-6);
    expect(Math.abs(pfnAt(next, x) - pfnAt(camera, x))).toBeLessThanOrEqual(next.pfnPerPixel * 0.51 + 1e-6);
  }), { seed: 2, numRuns: 500 });
});

test('zooming keeps the lane and the row of frames under the pointer (seed 3)', () => {
  fc.assert(fc.property(cameras, points, fc.double({ min: 0.5, max: 3, noNaN: true }), (from, { x, y }, factor) => {
    const camera = panBy(from, t, lanes, viewport, 0, 0);
    const next = zoomAt(camera, t, lanes, viewport, factor, x, y);
    const before = measureLanes(lanes, camera, viewport, createLaneMetrics());
    const after = measureLanes(lanes, next, viewport, createLaneMetrics());
    const lane = laneAt(before, camera, y);
    fc.pre(lane >= 0 && next.top > 0 && next.top < (after.edge[after.count] as number) - viewport.height);
    const share = (metrics: typeof before, top: number): number => (y + top - (metrics.edge[lane] as number) - metrics.padTop) / (metrics.tile[lane] as number);
    const at = share(before, camera.top);
    fc.pre(at >= 0 && at <= 1);
    expect(Math.abs(share(after, next.top) - at) * (after.tile[lane] as number)).toBeLessThanOrEqual(1);
  }), { seed: 3, numRuns: 500 });
});

test('no camera leaves the machine (seed 4)', () => {
  fc.assert(fc.property(cameras, fc.integer({ min: -5000, max: 5000 }), fc.integer({ min: -5000, max: 5000 }), (from, dx, dy) => {
    const camera = panBy(from, t, lanes, viewport, dx, dy);
    expect(camera.left).toBeGreaterThanOrEqual(0);
    expect(camera.left + viewport.width * camera.pfnPerPixel).toBeLessThanOrEqual(t.sizes.max_pfn + 1e-6);
    expect(camera.top).toBeGreaterThanOrEqual(0);
  }), { seed: 4 });
});

test('a tile has the same width wherever the view is panned to (seed 5)', () => {
  fc.assert(fc.property(cameras, fc.integer({ min: -300, max: 300 }), (camera, dx) => {
    const moved = { ...camera, left: camera.left + dx * camera.pfnPerPixel };
    const width = (c: typeof camera): number => pixelOf(c, 5 * BLOCK_PAGES) - pixelOf(c, 4 * BLOCK_PAGES);
    expect(width(moved)).toBe(width(camera));
  }), { seed: 5 });
});

test('frames are as wide as high at the nearest scale, and the level is named by what can be seen', () => {
  const near = fitRange(t, lanes, viewport, 0, 1);
  const metrics = measureLanes(lanes, near, viewport, createLaneMetrics());
  expect(512 / near.pfnPerPixel / 32).toBe((metrics.tile[0] as number) / 16);
  expect(zoomLevel(near, t, viewport)).toBe('frame');
  expect(zoomLevel(fitRange(t, lanes, viewport, 0, BLOCK_PAGES), t, viewport)).toBe('pageblock');
  const large = { ...t, sizes: { ...t.sizes, block_shift: 15 } };
  expect(zoomLevel({ pfnPerPixel: 0x8000 / 100, left: 0, top: 0 }, large, viewport)).toBe('block');
  expect(zoomLevel({ pfnPerPixel: 0x8000 / 16, left: 0, top: 0 }, large, viewport)).toBe('machine');
});

test('a frame that is looked for comes to the middle of the view', () => {
  const tall = { width: 300, height: 150, dpr: 1 };
  for (const pfn of [BLOCK_PAGES + 300, BLOCK_PAGES + 815, 4 * BLOCK_PAGES + 1400]) {
    const camera = fitFrame(t, lanes, tall, pfn);
    const metrics = measureLanes(lanes, camera, tall, createLaneMetrics());
    expect(hitTest(t, lanes, metrics, camera, tall, 150, 75).pfn).toBe(pfn);
  }
});

test('lanes: the zones of each node, with Normal and Movable always there to be dropped on, then Offline and Slots', () => {
  const names = (m: typeof t): string => buildLanes(m).list.map((lane) => `${lane.nid < 0 ? '' : lane.nid}${lane.name}`).join(' ');
  expect(names(machine('DMA+DMA32:KK.. DMA32:....'))).toBe('0DMA 0DMA32 0Normal 0Movable Offline Slots');
  expect(names(machine('0.Normal:.... 1.Movable:....', { nodes: 2 }))).toBe('0Normal 0Movable 1Normal 1Movable Offline Slots');
});

test('a block with two zones lies in two lanes, cut where the second zone starts', () => {
  const m = machine('DMA+DMA32:KK.. offline -');
  const two = buildLanes(m);
  expect(Array.from({ length: 12 }, (_, pb) => laneOfPageblock(two, m, pb))).toEqual([0, 0, 1, 1, 4, 4, 4, 4, -1, -1, -1, -1]);
  expect(runEnd(two, m, 0, 4)).toBe(2);
  expect(runEnd(two, m, 2, 12)).toBe(4);
});

test('ruler ticks fall on round addresses and keep their distance', () => {
  const gib = 0x40000;
  const wide = rulerTicks({ pfnPerPixel: gib / 100, left: 0, top: 0 }, viewport);
  expect(wide.map((tick) => tick.label)).toEqual(['0', '1 GiB', '2 GiB', '3 GiB', '4 GiB', '5 GiB', '6 GiB']);
  expect(wide.map((tick) => tick.x)).toEqual([0, 100, 200, 300, 400, 500, 600]);
  const near = rulerTicks({ pfnPerPixel: 2, left: 5 * gib, top: 0 }, viewport);
  expect(near.map((tick) => tick.label)).toEqual(['0x140000000', '0x140200000', '0x140400000']);
  // Inside a pageblock: where it began. And letters of a projector need more room.
  expect(rulerTicks({ pfnPerPixel: 0.1, left: 5 * gib + 40, top: 0 }, viewport)).toEqual([{ x: 0, pfn: 5 * gib, label: '‹ 0x140000000' }]);
  expect(rulerTicks({ pfnPerPixel: gib / 100, left: 0, top: 0 }, { ...viewport, letters: 1.35 }).map((tick) => tick.label)).toEqual(['0', '2 GiB', '4 GiB', '6 GiB']);
});

test('letters of the picture grow with the type around it, in whole dots, and have room', () => {
  const dots = (dpr: number, letters?: number): number => letterDot(letters === undefined ? { dpr } : { dpr, letters });
  expect([dots(1), dots(1.25), dots(2), dots(1, 1.25), dots(1, 1.35), dots(1, 2), dots(2, 1.25)]).toEqual([1, 1, 2, 2, 2, 2, 3]);
  const m = machine('Normal:AF.. Movable:....');
  const camera = { pfnPerPixel: 8, left: 0, top: 0 };
  const [desk, wall] = [viewport, { ...viewport, letters: 1.35 }].map((of) => measureLanes(buildLanes(m), camera, of, createLaneMetrics()));
  expect([desk?.padTop, wall?.padTop]).toEqual([11, 18]);
  expect(minPfnPerPixel({ ...viewport, letters: 1.35 })).toBe(minPfnPerPixel(viewport) / 2);
});
