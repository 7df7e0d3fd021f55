import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { SLOT_PLUGGED } from '../../workers/uapi/layout.ts';
import { classify, LENSES } from '../../workers/uapi/lens.ts';
import { createCounts } from './counts.ts';
import { createFramebuffer, type Framebuffer, hashPixels } from './framebuffer.ts';
import { fitRange, type Rect } from './geometry.ts';
import { createPicture, drawPicture, type Painting, setPictureLens } from './map.ts';
import { paletteFor, type Theme } from './palette.ts';
import type { ViewState } from './scene.ts';
import { BLOCK_PAGES, fillPageblock, kindOf, machine, setFrame } from './testing/machine.ts';
import { asText } from './testing/text.ts';

const DARK: Theme = { name: 'dark' };
const viewport = { width: 512, height: 200, dpr: 1 };

function draw(t: ReturnType<typeof machine>, view: Partial<ViewState> = {}, theme: Theme = DARK): Painting {
  const p = createPicture(t, [], viewport, theme);
  p.view = { ...p.view, ...view };
  drawPicture(p);
  return p;
}
/** The rows of a lane's tiles. */
const tileRows = (p: Painting, lane: number): Rect => ({ x: 0, width: viewport.width, y: (p.scene.metrics.edge[lane] as number) - p.view.camera.top + p.scene.metrics.padTop, height: p.scene.metrics.tile[lane] as number });

describe('the machine, one letter for 6 × 5 pixels', () => {
  const t = machine('Normal:AF.S Normal:..xx - Movable:TiiH! offline');
  // Lanes with tiles 32 pixels high; a block is 73 pixels wide.
  const p = draw(t);
  const lane = (i: number): string[] => asText(p.fb, tileRows(p, i), 6, 5);

  test('blocks stand in the lanes of their zones, their pageblocks in the order of addresses', () => {
    expect(lane(0)).toMatchInlineSnapshot(`
      [
        "|AAAAFFFF....SSSS|........AAAAAAAA|",
        "|AAAAFFFF....SSSS|........AAAAAAAA|",
        "|AAAAFFFF....SSSS|................|",
        "|AAAAFFFF....SSSS|................|",
        "|AAAAFFFF....SSSS|........AAAAAAAA|",
        "|AAAAFFFF....SSSS|........AAAAAAAA|",
        "|AAAAFFFF....SSSS|................|",
      ]
    `);
    expect(lane(1)).toMatchInlineSnapshot(`
      [
        "|                |                |                 TTTTiiiiiiiiHHHH#",
        "|                |                |                 TTTTiiiiiiiiHHHH#",
        "|                |                |                 TTTTiiiiiiiiHHHH#",
        "|                |                |                 TTTTiiiiiiiiHHHH#",
        "|                |                |                 TTTTiiiiiiiiHHHH#",
        "|                |                |                 TTTTiiiiiiiiHHHH#",
        "|                |                |                 TTTTiiiiiiiiHHHH#",
      ]
    `);
  });
  test('a block that is offline is an outline without a filling; nothing stands where there is no memory', () => {
    expect(lane(2)).toMatchInlineSnapshot(`
      [
        "|                |                |                                   +++  +++  +++  +",
        "|                |                |                                                  +",
        "|                |                |                                                  +",
        "|                |                |                                                  +",
        "|                |                |                                                  +",
        "|                |                |                                                  +",
        "|                |                |                                                  +",
      ]
    `);
    expect(lane(3)).toMatchInlineSnapshot(`
      [
        "|                |                |",
        "|                |                |",
        "|                |                |",
        "|                |                |",
        "|                |                |",
        "|                |                |",
        "|                |                |",
      ]
    `);
  });
});

test('a frame as near as one letter: rows of 32, read like text', () => {
  const t = machine('Normal:Axs.');
  const p = draw(t, { camera: fitRange(t, createPicture(t, [], viewport, DARK).lanes, viewport, 512, 1024) });
  const cell = 512 / p.view.camera.pfnPerPixel / 32;
  const { x, y } = { x: Math.round((512 - p.view.camera.left) / p.view.camera.pfnPerPixel), y: tileRows(p, 0).y };
  // The upper left corner of each cell.
  const letters = Array.from({ length: 6 }, (_, row) => Array.from({ length: 32 }, (_, column) => asText(p.fb, { x: x + 2 + Math.floor(column * cell), y: y + 1 + Math.floor(row * cell), width: 1, height: 1 })[0]).join(''));
  expect(letters).toEqual(['A'.repeat(32), '.'.repeat(32), 'A'.repeat(32), '.'.repeat(32), 'A'.repeat(32), '.'.repeat(32)]);
});

/** Pixels that show a kind. */
const pixelsOf = (fb: Framebuffer, kind: number): number => fb.index.filter((byte) => byte === kind).length;

test.each([['hwpoison', 'Normal'], ['pinned', 'Normal'], ['slab', 'Movable']] as const)('one %s frame in %s is seen at every scale: 2 × 2 pixels or more', (name, zone) => {
  const t = machine(`${zone}:.... ${zone}:.... ${zone}:....`, { spare: 200 });
  setFrame(t, BLOCK_PAGES + 777, name);
  for (let blocks = 200; blocks > 0.05; blocks /= 1.7) {
    const p = draw(t);
    // Frame 777 is the tenth of its row, the ninth row of the block's second pageblock.
    const middle = BLOCK_PAGES + 512 + (9.5 / 32) * 512;
    p.view = { ...p.view, camera: fitRange(t, p.lanes, viewport, middle - (blocks * BLOCK_PAGES) / 2, middle + (blocks * BLOCK_PAGES) / 2, zone === 'Movable' ? 1 : 0) };
    drawPicture(p);
    // Seen through a glyph, a frame still has its ground.
    expect(pixelsOf(p.fb, kindOf(name)), `${blocks} blocks across`).toBeGreaterThanOrEqual(4);
  }
});

test('a lone slab frame in Normal is no reason for alarm: it is not promoted', () => {
  const t = machine('Normal:.... Normal:....', { spare: 200 });
  setFrame(t, 777, 'slab');
  const p = draw(t);
  p.view = { ...p.view, camera: fitRange(t, p.lanes, viewport, 0, 100 * BLOCK_PAGES) };
  drawPicture(p);
  expect(pixelsOf(p.fb, kindOf('slab'))).toBe(0);
});

test('colours are never mixed: every pixel has the fill or the ink of a palette byte', () => {
  const { rgba } = draw(machine('Normal:Axsa Movable:xFST')).fb;
  const palette = paletteFor(DARK, false, undefined);
  const known = new Set([...palette.fill, ...palette.ink]);
  expect([...new Set(rgba)].filter((colour) => !known.has(colour))).toEqual([]);
});

test('nothing changed: nothing is drawn; one frame changed: one tile is', () => {
  const t = machine('Normal:AF.S Normal:.... Movable:....');
  const p = draw(t);
  drawPicture(p);
  expect(p.fb.dirtyCount).toBe(0);
  setFrame(t, BLOCK_PAGES + 3, 'anon');
  drawPicture(p);
  expect(p.fb.dirtyCount).toBe(1);
  const [x, y, width, height] = p.fb.dirty as unknown as [number, number, number, number];
  const block = BLOCK_PAGES / p.view.camera.pfnPerPixel;
  expect(x).toBeGreaterThanOrEqual(Math.floor(block));
  expect(x + width).toBeLessThanOrEqual(Math.ceil(2 * block));
  expect([y, height]).toEqual([tileRows(p, 0).y, tileRows(p, 0).height]);
});

test('drawing what changed gives the pixels that drawing everything gives (seed 21)', () => {
  const step = fc.record({
    pageblock: fc.nat(15), letter: fc.constantFrom(...'.AFTHSiaxs'), poison: fc.boolean(), hover: fc.option(fc.nat(3), { nil: undefined }), drag: fc.boolean(), dx: fc.integer({ min: -60, max: 60 }), state: fc.constantFrom(1, 2, 4),
  });
  fc.assert(fc.property(fc.array(step, { minLength: 1, maxLength: 12 }), fc.double({ min: 0.05, max: 6, noNaN: true }), (steps, blocks) => {
    const t = machine('Normal:AF.S Normal:.... Movable:.... Movable:....');
    const p = draw(t);
    p.view = { ...p.view, camera: fitRange(t, p.lanes, viewport, BLOCK_PAGES, (1 + blocks) * BLOCK_PAGES) };
    for (const { pageblock, letter, poison, hover, drag, dx, state } of steps) {
      fillPageblock(t, pageblock, letter);
      if (poison) setFrame(t, pageblock * 512 + 100, 'hwpoison');
      if (pageblock === 7) {
        t.memory_block.state[1] = state;
        t.memory_block.zone[1] = state === 4 ? -1 : 2;
      }
      p.view = { ...p.view, hover: hover === undefined ? undefined : { block: hover }, selection: [{ block: pageblock >> 2 }], drag: drag ? { blocks: [1], dx, dy: 20, target: { lane: 1, verdict: dx < 0 ? 'no' : 'yes' } } : undefined };
      drawPicture(p);
      const whole = createPicture(t, [], viewport, DARK);
      whole.view = p.view;
      drawPicture(whole);
      expect(hashPixels(p.fb)).toBe(hashPixels(whole.fb));
    }
  }), { seed: 21, numRuns: 40 });
});

test('a framebuffer of one pixel, and one without lanes in sight, are drawn without harm', () => {
  const t = machine('Normal:AF.S');
  for (const size of [1, 7]) {
    const p = createPicture(t, [], { width: size, height: size, dpr: 3 }, DARK);
    drawPicture(p);
    expect(p.fb.dirtyCount).toBe(1);
  }
  expect(hashPixels(createFramebuffer(2, 2))).toMatch(/^[0-9a-f]{16}$/);
});

/**
 * Hashes of named scenes, equal in Node and in every browser. After an intended change of the picture, look at it, then renew them with
 * `npx vitest run src/map/raster.test.ts -u`.
 */
test('named scenes have the pixels they had', async () => {
  const t = machine('DMA+Normal:KKRx Normal:AFSP Normal:THLM - - Movable:.iaT! Movable:..xs offline - Normal:C..U', { spare: 6, dimms: [{ block: 10, blocks: 2, state: SLOT_PLUGGED }] });
  setFrame(t, BLOCK_PAGES + 600, 'hwpoison');
  setFrame(t, 6 * BLOCK_PAGES + 700, 'pinned');
  const holes = [{ start: 3 * BLOCK_PAGES, end: 5 * BLOCK_PAGES, kind: 'pci' as const }];
  const themes: readonly Theme[] = [DARK, { name: 'light' }, { name: 'forced', colours: { Canvas: '#000000', CanvasText: '#ffffff', GrayText: '#808080', Highlight: '#ffff00' } }];
  const ranges = { machine: [0, 12], block: [5, 7], pageblock: [6.2, 6.5], frame: [6.32, 6.345] } as const;
  const hashes: Record<string, string> = {};
  for (const theme of themes) {
    for (const [level, [from, to]] of Object.entries(ranges)) {
      for (const dpr of [1, 2]) {
        const p = createPicture(t, holes, { width: 400 * dpr, height: 180 * dpr, dpr }, theme);
        p.view = { ...p.view, camera: fitRange(t, p.lanes, p.viewport, from * BLOCK_PAGES, to * BLOCK_PAGES, level === 'machine' ? -1 : 2) };
        drawPicture(p);
        hashes[`${level}, ${theme.name}, ${dpr}x`] = hashPixels(p.fb);
      }
    }
    const busy = createPicture(t, holes, { width: 400, height: 180, dpr: 1 }, theme);
    busy.view = { ...busy.view, selection: [{ block: 1 }], hover: { block: 6, pageblock: 26 }, drag: { blocks: [1, 2], dx: 12, dy: 30, target: { lane: 2, verdict: 'yes' } } };
    drawPicture(busy);
    hashes[`drag, ${theme.name}`] = hashPixels(busy.fb);
    busy.view = { ...busy.view, drag: undefined, only: kindOf('anon') };
    drawPicture(busy);
    hashes[`only anonymous, ${theme.name}`] = hashPixels(busy.fb);
  }
  expect(new Set(Object.values(hashes)).size).toBe(Object.keys(hashes).length);
  for (const lens of LENSES) {
    // Ages are the page's own (src/engine/age.ts).
    if (lens === 'kind' || lens === 'age') continue;
    const classes = new Uint8Array(t.sizes.max_pfn);
    for (let pageblock = 0; pageblock < t.pageblock.generation.length; pageblock++) classify(t, lens, pageblock, classes, pageblock * 512);
    const seen = { ...t, memmap: { kind: classes } };
    for (const theme of themes) {
      const p = createPicture(t, holes, { width: 400, height: 180, dpr: 1 }, theme);
      setPictureLens(p, lens, seen, createCounts(seen));
      p.view = { ...p.view, camera: fitRange(t, p.lanes, p.viewport, 6.2 * BLOCK_PAGES, 6.5 * BLOCK_PAGES, 2) };
      drawPicture(p);
      hashes[`by ${lens}, ${theme.name}`] = hashPixels(p.fb);
    }
  }
  await expect(`${JSON.stringify(hashes, null, 2)}\n`).toMatchFileSnapshot('hashes.json');
});
