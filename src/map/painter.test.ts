import { expect, test } from 'vitest';
import { createCounts } from './counts.ts';
import { hashPixels } from './framebuffer.ts';
import { createPicture, drawPicture } from './map.ts';
import { type Capture, createPainter, type Surface } from './painter.ts';
import { roomLike } from './shared.ts';
import { fillPageblock, machine } from './testing/machine.ts';
import { withImageData } from './testing/image_data.ts';

const viewport = { width: 400, height: 180, dpr: 1 };
const theme = { name: 'dark' } as const;

/** A canvas that notes which rectangles it is given. */
function canvas(): Surface & { readonly put: string[] } {
  const put: string[] = [];
  return { width: 300, height: 150, put, getContext: () => ({ putImageData: (_image: ImageData, _x: number, _y: number, ...rect: number[]) => { put.push(rect.join(' ')); } }) };
}
withImageData();

test('a painter draws what the picture is, and then only what changed', () => {
  const t = machine('Normal:AF.S Movable:....');
  const counts = createCounts(t);
  const surface = canvas();
  const paint = createPainter(surface);
  const { view } = createPicture(t, [], viewport, theme, counts);
  // Without a machine there is nothing to draw, to hash or to capture.
  paint({ type: 'draw', viewport, view, end: 0 });
  expect([surface.put, paint({ type: 'hash' }), paint({ type: 'capture' })]).toEqual([[], undefined, undefined]);

  paint({ type: 'theme', theme });
  paint({ type: 'machine', mirror: t, holes: [], counts });
  paint({ type: 'draw', viewport, view, end: 0 });
  expect([surface.width, surface.height, surface.put]).toEqual([400, 180, ['0 0 400 180']]);
  const whole = createPicture(t, [], viewport, theme);
  drawPicture(whole);
  expect(paint({ type: 'hash' })).toBe(hashPixels(whole.fb));
  expect((paint({ type: 'capture' }) as Capture).pixels).toEqual(whole.fb.bytes);

  paint({ type: 'draw', viewport, view, end: 0 });
  expect(surface.put.length).toBe(1);
  fillPageblock(t, 3, 'S');
  counts.update();
  paint({ type: 'draw', viewport, view, end: 0 });
  expect(surface.put.length).toBe(2);
  expect(surface.put[1]).not.toBe('0 0 400 180');
  drawPicture(whole);
  expect(paint({ type: 'hash' })).toBe(hashPixels(whole.fb));
});

test('another theme or size is drawn whole, and a size of nothing not at all', () => {
  const t = machine('Normal:AF.S');
  const counts = createCounts(t);
  const surface = canvas();
  const paint = createPainter(surface);
  const { view } = createPicture(t, [], viewport, theme, counts);
  paint({ type: 'machine', mirror: t, holes: [], counts });
  paint({ type: 'draw', viewport, view, end: 0 });
  paint({ type: 'theme', theme: { name: 'light' } });
  paint({ type: 'draw', viewport, view, end: 0 });
  paint({ type: 'draw', viewport: { width: 0, height: 180, dpr: 1 }, view, end: 0 });
  paint({ type: 'draw', viewport: { width: 200, height: 90, dpr: 1 }, view, end: 0 });
  expect(surface.put).toEqual(['0 0 400 180', '0 0 400 180', '0 0 200 90']);
  expect([surface.width, surface.height]).toEqual([200, 90]);
});

test('counts of a machine in shared memory can be read by a painter in another thread', () => {
  const shared = roomLike(new SharedArrayBuffer(1) as unknown as ArrayBuffer)(8);
  expect([shared instanceof SharedArrayBuffer, roomLike(new ArrayBuffer(1))(8) instanceof ArrayBuffer, shared.byteLength]).toEqual([true, true, 8]);
  const t = machine('Normal:AF.S');
  const kind = new Uint8Array(roomLike(shared)(t.memmap.kind.length));
  kind.set(t.memmap.kind);
  const counts = createCounts({ ...t, memmap: { kind } });
  for (const column of [counts.histogram, counts.mode, counts.stamp]) expect(column.buffer).toBeInstanceOf(SharedArrayBuffer);
});
