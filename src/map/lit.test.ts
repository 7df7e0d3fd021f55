import { expect, it } from 'vitest';
import { drawLit, litRuns, type Veil } from './lit.ts';

const PER_PAGEBLOCK = 512;

it('frames side by side are one run, rows and pageblocks apart', () => {
  const at = (pageblock: number, row: number, column: number): number => pageblock * PER_PAGEBLOCK + row * 32 + column;
  expect(litRuns(new Int32Array([at(3, 0, 30), at(3, 0, 31), at(3, 1, 0), at(3, 1, 2), at(4, 15, 31), at(5, 0, 0)]))).toEqual([
    { pageblock: 3, row: 0, from: 30, to: 32 }, { pageblock: 3, row: 1, from: 0, to: 1 }, { pageblock: 3, row: 1, from: 2, to: 3 }, { pageblock: 4, row: 15, from: 31, to: 32 }, { pageblock: 5, row: 0, from: 0, to: 1 },
  ]);
  expect(litRuns(new Int32Array(0))).toEqual([]);
});

/** A canvas of characters: '.' nothing, '#' veil, '_' a mark. */
function drawn(pfns: readonly number[], width: number, height: number): string {
  const cells = Array.from({ length: height + 1 }, () => new Array<string>(width * 2).fill('.'));
  const fill = (x: number, y: number, w: number, h: number, sign: string): void => {
    for (let j = y; j < y + h; j++) for (let i = x; i < x + w; i++) (cells[j] as string[])[i] = sign;
  };
  const context: Veil = {
    fillStyle: '',
    fillRect(x, y, w, h) { fill(x, y, w, h, String(this.fillStyle)); },
    clearRect(x, y, w, h) { fill(x, y, w, h, '.'); },
  };
  drawLit(context, litRuns(new Int32Array(pfns)), { first: 0, end: 2, boxOf: (i) => ({ x: i * width, y: 0, width, height }), veil: '#', mark: '_', markHeight: 1 });
  return cells.map((row) => row.join('')).join('\n');
}

it('what is lit has no veil over it, and a mark under its pageblock tells of it from far away', () => {
  // Two pageblocks of 8 × 4 pixels: a pixel has 4 × 4 frames.
  expect(drawn([0, 1, 2, 3, 32], 8, 4)).toBe(['.###############', '################', '################', '################', '________........'].join('\n'));
  expect(drawn([PER_PAGEBLOCK + 511], 8, 4)).toBe(['################', '################', '################', '###############.', '........________'].join('\n'));
});
