/** Where things are on the picture, for the text laid over it. CSS pixels of the canvas; renewed after a draw that moved something. */
import { create } from 'zustand';
import { useMachine } from './machine.ts';
import type { Capture, HoleLabel, LaneLabel, Picture, Rect, SlotLabel, ZoomLevel } from '../map/index.ts';

export interface PictureState {
  readonly lanes: readonly LaneLabel[];
  readonly holes: readonly HoleLabel[];
  readonly slots: readonly SlotLabel[];
  readonly level: ZoomLevel;
  readonly width: number;
  readonly height: number;
  /** The selected block, or frame, if it is drawn. */
  readonly selection: Rect | undefined;
  /** Frames that the view shows from left to right, and where the machine's line ends. */
  readonly range: { readonly from: number; readonly to: number; readonly end: number };
  /** CSS pixels that the view is scrolled down. */
  readonly top: number;
  /** Block of the last refusal. */
  readonly refused: Rect | undefined;
}
export const usePicture = create<PictureState>()(() => ({
  lanes: [], holes: [], slots: [], level: 'machine', width: 0, height: 0, range: { from: 0, to: 0, end: 0 }, top: 0, selection: undefined, refused: undefined,
}));

let tell: () => void = () => undefined;
/** Resolves when the machine has been drawn for the first time, or will not be: what the picture does not need is asked for from then on. */
export const firstPicture = new Promise<void>((resolve) => { tell = resolve; });
/** Also when there will be none: the machine did not boot, or nobody sees the page. */
export const pictureSettled = (): Promise<void> => new Promise((resolve) => {
  const ask = ({ phase }: { readonly phase: string }): void => { if (phase === 'failed' || document.hidden) resolve(); };
  ask(useMachine.getState());
  useMachine.subscribe(ask);
  void firstPicture.then(resolve);
});
/** Mark in the browser's own timeline, to which the page's weight is measured (e2e/engine/weight.spec.ts). */
const FIRST = 'first picture';
let drawn = false;
export function firstDrawn(): void {
  if (drawn) return;
  drawn = true;
  performance.mark(FIRST);
  tell();
}

/** What moves the picture, for those who do not hold it: the keys and the palette. */
export interface MapControls {
  fit(): void;
  zoomBy(factor: number): void;
  reveal(block: number): void;
  /** Where everything is on it. */
  picture(): Picture | undefined;
  /** The pixels of the picture as it was last drawn. */
  capture(): Promise<Capture | undefined>;
}
let controls: MapControls | undefined;
export const setMapControls = (next: MapControls | undefined): void => { controls = next; };
export const mapControls = (): MapControls | undefined => controls;
