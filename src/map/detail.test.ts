import { expect, test } from 'vitest';
import { createCounts } from './counts.ts';
import { detailGrid, detailHit, detailRect, renderDetail } from './detail.ts';
import { createFramebuffer, hashPixels } from './framebuffer.ts';
import { createPalette } from './palette.ts';
import { asText } from './testing/text.ts';
import { fillPageblock, machine } from './testing/machine.ts';

test('pageblocks come out about twice as wide as high', () => {
  expect(detailGrid(64, 944, 296)).toEqual({ columns: 8, rows: 8 });
  expect(detailGrid(4, 400, 200)).toEqual({ columns: 2, rows: 2 });
  expect(detailGrid(1024, 944, 296)).toEqual({ columns: 32, rows: 32 });
});

test('a block as a grid of its pageblocks, each with its frames in reading order', () => {
  const t = machine('Normal:.... Movable:AxFi');
  const fb = createFramebuffer(132, 68);
  renderDetail(t, createCounts(t), createPalette({ name: 'dark' }), fb, { block: 1, dpr: 1, movableZone: true });
  expect(asText(fb, { x: 0, y: 0, width: 132, height: 68 }, 12, 6)).toMatchInlineSnapshot(`
    [
      "AAAAAAAAAAA",
      "AAAAAA.....",
      "AAAAAAAAAAA",
      "AAAAAA.....",
      "AAAAAAAAAAA",
      "AAAAAA.....",
      "FFFFFF#####",
      "FFFFFFiiiii",
      "FFFFFFiiiii",
      "FFFFFFiiiii",
      "FFFFFFiiiii",
      "FFFFFFiiiii",
    ]
  `);
});

test('drawing the pageblocks that changed gives what drawing all of them gives, outline and all', () => {
  const t = machine('Normal:.... Movable:AxFi');
  const counts = createCounts(t);
  const palette = createPalette({ name: 'dark' });
  for (const [width, height] of [[700, 370], [132, 68], [60, 30]] as const) {
    const [fb, whole] = [createFramebuffer(width, height), createFramebuffer(width, height)];
    const view = { block: 1, dpr: 1, movableZone: true, selected: 2048 + 512 + 31 };
    renderDetail(t, counts, palette, fb, view);
    fillPageblock(t, 5, 'S');
    fillPageblock(t, 7, 'A');
    counts.update();
    renderDetail(t, counts, palette, fb, view, new Set([1, 3]));
    expect(fb.dirtyCount).toBe(2);
    renderDetail(t, counts, palette, whole, view);
    expect(hashPixels(fb)).toBe(hashPixels(whole));
  }
});

test('the middle of every frame hits that frame; between pageblocks there is none', () => {
  const t = machine('Normal:.... Movable:AxFi');
  const grid = detailGrid(4, 700, 370);
  const box = { x: 0, y: 0, width: 0, height: 0 };
  for (let pfn = 2048; pfn < 4096; pfn += 37) {
    detailRect(grid, 700, 370, 1, Math.floor((pfn - 2048) / 512), box);
    const x = box.x + (((pfn % 32) + 0.5) * box.width) / 32;
    const y = box.y + ((Math.floor((pfn % 512) / 32) + 0.5) * box.height) / 16;
    expect(detailHit(t, 1, 700, 370, 1, x, y)).toBe(pfn);
  }
  detailRect(grid, 700, 370, 1, 0, box);
  expect(detailHit(t, 1, 700, 370, 1, box.width + 1, 5)).toBe(-1);
});
