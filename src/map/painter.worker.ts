/** What the page has done in a thread of its own: frames are copied and counted, and the picture is painted. What it is told is answered in order, but for what stands beside the picture. */
import type { CountsColumns } from './counts.ts';
import { createFrames, type Frames } from './frames.ts';
import type { Told } from './host.ts';
import { createStudio } from './studio.ts';

const scope = globalThis as unknown as { onmessage: ((event: MessageEvent<Told>) => void) | null; postMessage(message: unknown): void };
let paint: ReturnType<typeof createStudio> | undefined;
let frames: Frames | undefined;

function keep({ mirror, from }: Extract<Told, { type: 'keep' }>): CountsColumns {
  frames = createFrames(mirror, from);
  const { machine, histogram, pairs, mode, stamp, blocks } = frames.counts;
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
      frames?.update(told.pageblocks);
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
