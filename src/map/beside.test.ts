import { expect, test } from 'vitest';
import { type Beside, createBeside, type Ground } from './beside.ts';
import { createCounts } from './counts.ts';
import { createPicture } from './map.ts';
import type { Shown } from './painter.ts';
import { fillPageblock, machine } from './testing/machine.ts';
import { withImageData } from './testing/image_data.ts';

const viewport = { width: 400, height: 180, dpr: 1 };

/** A canvas that notes what is written, where rectangles are filled and which are put. */
function ground(): Ground & { readonly words: string[]; readonly put: string[] } {
  const words: string[] = [];
  const put: string[] = [];
  const context = {
    font: '', fillStyle: '', strokeStyle: '', globalAlpha: 1, lineWidth: 1,
    clearRect: () => { words.length = 0; }, fillRect: () => undefined, beginPath: () => undefined, fill: () => undefined, stroke: () => undefined,
    fillText: (text: string, x: number) => { words.push(`${text} at ${x}`); }, roundRect: (x: number, _y: number, width: number) => { words.push(`${Math.round(x)}+${Math.round(width)}`); },
    putImageData: (_image: ImageData, _x: number, _y: number, ...rect: number[]) => { put.push(rect.join(' ')); },
  };
  return { width: 300, height: 150, words, put, getContext: () => context as unknown as CanvasRenderingContext2D };
}
withImageData();

const size = (place: 'ruler' | 'mark' | 'block', width: number, height: number): Beside => ({ type: 'size', place, width, height, dpr: 1, letters: 1, font: { size: 11, family: 'monospace' } });

function studio() {
  const t = machine('Normal:AF.S Movable:....');
  const counts = createCounts(t);
  const { view } = createPicture(t, [], viewport, { name: 'dark' }, counts);
  const shown: Shown = {
    theme: { name: 'dark' }, machine: { type: 'machine', mirror: t, holes: [], counts }, lens: undefined, drawn: { type: 'draw', viewport, view, end: view.camera.pfnPerPixel * 400 },
  };
  return { t, counts, shown, beside: createBeside(shown) };
}

test('the ruler and the mark follow the picture, and stand still while it does', () => {
  const { shown, beside } = studio();
  const [ruler, mark] = [ground(), ground()];
  for (const [place, canvas] of [['ruler', ruler], ['mark', mark]] as const) beside.tell({ type: 'canvas', place, canvas });
  beside.tell(size('ruler', 400, 26));
  beside.tell(size('mark', 200, 14));
  beside.follow('draw');
  expect(ruler.words[0]).toBe('0 at 4');
  expect(mark.words).toEqual(['1+199']);
  ruler.words.push('untouched');
  beside.follow('draw');
  expect(ruler.words.at(-1)).toBe('untouched');
  const { drawn } = shown;
  if (!drawn) throw new Error('nothing was drawn');
  const { camera } = drawn.view;
  shown.drawn = { ...drawn, view: { ...drawn.view, camera: { ...camera, pfnPerPixel: camera.pfnPerPixel / 2, left: (drawn.end ?? 0) / 4 } } };
  beside.follow('draw');
  expect(mark.words).toEqual(['51+99']);
  expect(ruler.words.some((word) => word.startsWith('0 '))).toBe(false);
});

test('the frames of a block are drawn whole when another is looked at, and then where they changed', () => {
  const { t, counts, beside } = studio();
  const canvas = ground();
  beside.tell({ type: 'canvas', place: 'block', canvas });
  beside.tell({ type: 'block', view: { block: 0, movableZone: false, selected: undefined, only: undefined } });
  beside.tell(size('block', 320, 120));
  expect(canvas.put.at(-1)).toBe('0 0 320 120');
  fillPageblock(t, 1, 'S');
  counts.update();
  const drawn = canvas.put.length;
  beside.tell({ type: 'changed', pageblocks: new Set([1]) });
  expect(canvas.put.slice(drawn)).toHaveLength(1);
  expect(canvas.put.at(-1)).not.toBe('0 0 320 120');
  // Another theme, another lens: all of it.
  beside.follow('theme');
  expect(canvas.put.at(-1)).toBe('0 0 320 120');
  // A block that the machine does not have.
  const all = canvas.put.length;
  beside.tell({ type: 'block', view: { block: 4096, movableZone: false, selected: undefined, only: undefined } });
  expect(canvas.put).toHaveLength(all);
});
