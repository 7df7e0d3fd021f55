import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Renderer } from '../../map/index.ts';
import { createPicture } from '../../map/map.ts';
import { machine } from '../../map/testing/machine.ts';
import { gesture, useGesture } from '../../state/gesture.ts';
import { attachPointer } from './pointer.ts';

beforeEach(() => { vi.useFakeTimers(); vi.stubGlobal('addEventListener', () => undefined); });
afterEach(() => { gesture({ type: 'cancel' }); vi.useRealTimers(); vi.unstubAllGlobals(); });

const picture = createPicture(machine('Normal:AF.S Movable:....'), [], { width: 800, height: 300, dpr: 1 }, { name: 'dark' });
const laneOf = (kind: string): number => picture.lanes.list.findLastIndex((lane) => lane.kind === kind);
/** A picture of memory6 in Movable, above y = 50, and of Offline below. What is done to it, as `name type x y` or milliseconds that pass; what comes of it. */
function done(...said: readonly (string | number)[]): { readonly selected: readonly number[]; readonly dropped: readonly string[]; readonly held: string } {
  const canvas = Object.assign(new EventTarget(), { getBoundingClientRect: () => ({ left: 0, top: 0 }), setPointerCapture: () => undefined });
  const renderer = { hit: (_: number, y: number) => ({ block: 6, pfn: 0, lane: laneOf(y < 50 ? 'zone' : 'offline'), onTile: y < 50 }), picture: () => picture, setView: () => undefined };
  const selected: number[] = [];
  const dropped: string[] = [];
  const stop = attachPointer(canvas as unknown as HTMLCanvasElement, renderer as unknown as Renderer, {
    hover: () => undefined, select: ({ block }) => { selected.push(block ?? -1); }, drop: (block, lane) => { dropped.push(`memory${block} to ${lane.kind}`); },
  });
  for (const what of said) {
    if (typeof what === 'number') vi.advanceTimersByTime(what);
    else {
      const [name, pointerType, clientX, clientY] = what.split(' ');
      canvas.dispatchEvent(Object.assign(new Event(`pointer${name}`), { pointerId: 1, isPrimary: true, button: 0, pointerType, clientX: Number(clientX), clientY: Number(clientY) }));
    }
  }
  const held = useGesture.getState().drag.phase;
  stop();
  return { selected, dropped, held };
}
test('a mouse takes a block along as soon as it moves', () => {
  expect(done('down mouse 20 20', 'move mouse 22 20', 'up mouse 22 20')).toMatchObject({ selected: [6], dropped: [] });
  expect(done('down mouse 20 20', 'move mouse 22 70', 'up mouse 22 70')).toEqual({ selected: [], dropped: ['memory6 to offline'], held: 'idle' });
});
test('a finger takes a block along when it has rested on it; one that moves at once is the picture\'s', () => {
  expect(done('down touch 20 20', 'move touch 26 22', 'up touch 26 22')).toMatchObject({ selected: [6], dropped: [] });
  expect(done('down touch 20 20', 'move touch 22 70', 1000, 'up touch 22 70')).toEqual({ selected: [], dropped: [], held: 'idle' });
  expect(done('down touch 20 20', 1000)).toMatchObject({ held: 'over' });
  gesture({ type: 'cancel' });
  expect(done('down touch 20 20', 1000, 'move touch 22 70', 'up touch 22 70')).toEqual({ selected: [], dropped: ['memory6 to offline'], held: 'idle' });
});
