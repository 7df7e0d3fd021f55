/** What the page has done in a thread of its own: frames are counted, and the picture is painted. What it is told is answered in order, but for what stands beside the picture. */
import { type Counts, type CountsColumns, createCounts } from './counts.ts';
import type { Told } from './host.ts';
import { createStudio } from './studio.ts';

const scope = globalThis as unknown as { onmessage: ((event: MessageEvent<Told>) => void) | null; postMessage(message: unknown): void };
let paint: ReturnType<typeof createStudio> | undefined;
let counts: Counts | undefined;

function keep({ mirror }: Extract<Told, { type: 'keep' }>): CountsColumns {
  counts = createCounts(mirror);
  const { machine, histogram, pairs, mode, stamp, blocks } = counts;
  return { machine, histogram, pairs, mode, stamp, blocks };
}
function answer(told: Told): unknown {
  switch (told.type) {
    case 'canvas':
      paint = createStudio(told.canvas);
      return undefined;
    case 'keep':
      return keep(told);
    case 'frames':
      counts?.update(told.pageblocks);
      return undefined;
    default:
      return paint?.(told);
  }
}
scope.onmessage = ({ data }) => {
  const said = answer(data);
  if (data.type !== 'beside') scope.postMessage(said);
};
// Before it is given a canvas, which nobody could take back, it says whether it can paint at all.
scope.postMessage(typeof OffscreenCanvas !== 'undefined' && new OffscreenCanvas(1, 1).getContext('2d') !== null);
