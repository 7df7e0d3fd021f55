import { expect, test } from 'vitest';
import { binned, paint, type Scene, seqAtX } from './paint.ts';

/** A canvas of so many columns of letters, that keeps rectangles and the area under a path: one letter for each colour, the later over the earlier. */
function drawing(width: number, height: number, letters: Readonly<Record<string, string>>) {
  const rows = Array.from({ length: height }, () => new Array<string>(width).fill(' '));
  let path: { x: number; y: number }[] = [];
  const context = {
    fillStyle: '', globalAlpha: 1,
    setTransform: () => undefined, clearRect: () => undefined,
    fillRect(x: number, y: number, w: number, h: number) {
      // What is pale leaves what is below it to be seen.
      if (context.globalAlpha < 1) return;
      for (let row = Math.max(0, Math.round(y)); row < Math.min(height, Math.round(y + h)); row++) for (let at = Math.max(0, Math.round(x)); at < Math.min(width, Math.round(x + w)); at++) (rows[row] as string[])[at] = letters[context.fillStyle] ?? '?';
    },
    beginPath() { path = []; },
    moveTo(x: number, y: number) { path.push({ x, y }); },
    lineTo(x: number, y: number) { path.push({ x, y }); },
    fill() {
      for (let at = 0; at < width; at++) {
        const level = path.findLast(({ x }) => x <= at + 0.5)?.y ?? height;
        const floor = path[0]?.y ?? height;
        for (let row = Math.max(0, Math.round(level)); row < floor; row++) (rows[row] as string[])[at] = letters[context.fillStyle] ?? '?';
      }
    },
  };
  const canvas = { getContext: () => context, width: 0, height: 0 } as unknown as HTMLCanvasElement;
  return { canvas, text: () => rows.map((row) => row.join('').trimEnd()) };
}
const LETTERS = { '--tl-next': '.', '--tl-past': 'o', '--accent-line': '#', '--ink': '|', '--ink-3': 'c', '--danger': 'F', '--uevent': 'u', '--accent': 'n', '--warn': 'Y' };
const SCENE: Scene = { samples: [], marks: [], seq: 20, end: 20, from: undefined, bookmarks: [] };
const picture = (scene: Partial<Scene>): string[] => {
  const { canvas, text } = drawing(20, 14, LETTERS);
  // Window of a desk: one device pixel for each of CSS.
  Object.assign(globalThis, { window: { devicePixelRatio: 1 } });
  paint(canvas, { width: 20, height: 14 }, (name) => name, { ...SCENE, ...scene });
  return text();
};

test('memory in use below memory online, step by step over the events; a block that goes offline lowers both', () => {
  const samples = [{ seq: 0, online: 100, free: 50 }, { seq: 8, online: 100, free: 0 }, { seq: 14, online: 50, free: 0 }];
  expect(picture({ samples }).slice(0, 4)).toEqual([
    'oooooooo######....||',
    'oooooooo######....||',
    '##################||',
    '##################||',
  ]);
});
test('marks stand below it, the gravest of those that share a place; the branch and the place where one is are lines', () => {
  expect(picture({ marks: [{ seq: 4, kind: 'command' }, { seq: 4, kind: 'failure' }, { seq: 10, kind: 'uevent' }], seq: 15, from: 2 }).slice(3)).toEqual([
    '..Y...........||....',
    '..Y.FF........||....',
    '..Y.FF........||....',
    '..Y.FF........||....',
    '..Y.FF....uu..||....',
    '..Y.FF....uu..||....',
    '..Y.FF....uu..||....',
    '..Y.FF....uu..||....',
    '..Y.FF....uu..||....',
    '..Y.FF....uu..||....',
    '..Y.FF....uu..||....',
  ]);
});
test('a place on the line is the event drawn there, and the ends are the ends', () => {
  expect([-5, 0, 10, 20, 99].map((x) => seqAtX(x, 400, 20))).toEqual([0, 0, 200, 400, 400]);
  expect(binned([{ seq: 399, kind: 'notify' }], 400, 20)).toEqual([{ x: 18, kind: 'notify' }]);
});
