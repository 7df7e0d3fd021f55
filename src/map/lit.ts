/** Frames that are lit together: everything else of their block lies under a veil. Drawn over the picture and over the block's frames, by whoever asks for it. */
import { pageblock_nr_pages } from '../../workers/uapi/mmzone.ts';
import { FRAME_COLUMNS, FRAME_ROWS, partEdge, type Rect } from './geometry.ts';

/** Frames side by side in a row of a pageblock, from … to (exclusive) by column. */
export interface LitRun {
  readonly pageblock: number;
  readonly row: number;
  readonly from: number;
  readonly to: number;
}
/** Sorted frame numbers as runs. */
export function litRuns(pfns: Int32Array): LitRun[] {
  const runs: LitRun[] = [];
  for (let i = 0; i < pfns.length;) {
    const first = pfns[i] as number;
    const inRow = first % FRAME_COLUMNS;
    let n = 1;
    while (inRow + n < FRAME_COLUMNS && pfns[i + n] === first + n) n++;
    const pageblock = Math.floor(first / pageblock_nr_pages);
    runs.push({ pageblock, row: Math.floor((first % pageblock_nr_pages) / FRAME_COLUMNS), from: inRow, to: inRow + n });
    i += n;
  }
  return runs;
}

/** What of a canvas is drawn on. */
export interface Veil {
  fillStyle: string | CanvasGradient | CanvasPattern;
  fillRect(x: number, y: number, width: number, height: number): void;
  clearRect(x: number, y: number, width: number, height: number): void;
}
/** Where pageblocks first … end (exclusive) of a block are, and how they are to look. Device pixels. */
export interface LitPlace {
  readonly first: number;
  readonly end: number;
  /** Undefined: it is not drawn. */
  readonly boxOf: (pageblock: number) => Rect | undefined;
  readonly veil: string;
  /** Under each pageblock that has lit frames, as high as `markHeight`: from far away a frame is less than a pixel. */
  readonly mark: string;
  readonly markHeight: number;
}
export function drawLit(context: Veil, runs: readonly LitRun[], { first, end, boxOf, veil, mark, markHeight }: LitPlace): void {
  context.fillStyle = veil;
  for (let pageblock = first; pageblock < end; pageblock++) {
    const box = boxOf(pageblock);
    if (box) context.fillRect(box.x, box.y, box.width, box.height);
  }
  context.fillStyle = mark;
  let at = -1;
  let box: Rect | undefined;
  for (const { pageblock, row, from, to } of runs) {
    if (pageblock !== at) {
      at = pageblock;
      box = boxOf(pageblock);
      if (box && markHeight > 0) context.fillRect(box.x, box.y + box.height, box.width, markHeight);
    }
    if (!box) continue;
    const x = partEdge(box.x, box.width, from, FRAME_COLUMNS);
    const y = partEdge(box.y, box.height, row, FRAME_ROWS);
    // Less than a pixel is shown as one.
    context.clearRect(x, y, Math.max(1, partEdge(box.x, box.width, to, FRAME_COLUMNS) - x), Math.max(1, partEdge(box.y, box.height, row + 1, FRAME_ROWS) - y));
  }
}
