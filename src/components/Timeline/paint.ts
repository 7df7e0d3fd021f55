/** The drawing behind the slider: memory use over the events, marks, where the branch began, where the machine stands. Colours come from the theme. */
import { scaleLinear } from 'd3';
import type { Mark, MarkKind, Sample } from '../../state/timeline.ts';

export interface Scene {
  readonly samples: readonly Sample[];
  readonly marks: readonly Mark[];
  readonly seq: number;
  readonly end: number;
  /** Where this branch left another one. */
  readonly from: number | undefined;
  readonly bookmarks: readonly number[];
}
/** CSS pixels below the area that marks stand in. */
const MARKS = 10;
const MARK_WIDTH = 2;
const GRAVITY: Readonly<Record<MarkKind, number>> = { command: 0, uevent: 1, notify: 2, failure: 3 };
const COLOUR: Readonly<Record<MarkKind, string>> = { command: '--ink-3', uevent: '--uevent', notify: '--accent', failure: '--danger' };

/** Event at x. */
export const seqAtX = (x: number, end: number, width: number): number => Math.max(0, Math.min(end, Math.round((x / Math.max(1, width)) * end)));

/** At most one mark per two pixels, the gravest. */
export function binned(marks: readonly Mark[], end: number, width: number): readonly { readonly x: number; readonly kind: MarkKind }[] {
  const x = scaleLinear([0, Math.max(1, end)], [0, width]);
  const bins = new Map<number, MarkKind>();
  for (const { seq, kind } of marks) {
    const bin = Math.floor(x(seq) / MARK_WIDTH);
    const before = bins.get(bin);
    if (before === undefined || GRAVITY[kind] > GRAVITY[before]) bins.set(bin, kind);
  }
  return [...bins].map(([bin, kind]) => ({ x: bin * MARK_WIDTH, kind }));
}

/** `size`: of the canvas, CSS pixels. It is not asked for here, ten times a second: that would make the browser lay out the page at once. */
export function paint(canvas: HTMLCanvasElement, { width, height }: { readonly width: number; readonly height: number }, colour: (name: string) => string, scene: Scene): void {
  const context = canvas.getContext('2d');
  if (!context) return;
  const scale = window.devicePixelRatio || 1;
  if (canvas.width !== Math.round(width * scale)) canvas.width = Math.round(width * scale);
  if (canvas.height !== Math.round(height * scale)) canvas.height = Math.round(height * scale);
  context.setTransform(scale, 0, 0, scale, 0, 0);
  context.clearRect(0, 0, width, height);
  const { samples, end, seq } = scene;
  const x = end <= 0 ? (): number => width : scaleLinear([0, end], [0, width]);
  const floor = height - MARKS;
  const most = Math.max(1, ...samples.map(({ online }) => online));
  const area = (value: (sample: Sample) => number, fill: string): void => {
    context.fillStyle = fill;
    context.beginPath();
    context.moveTo(0, floor);
    let level = floor;
    for (const sample of samples) {
      context.lineTo(x(sample.seq), level);
      level = floor * (1 - value(sample) / most);
      context.lineTo(x(sample.seq), level);
    }
    context.lineTo(width, level);
    context.lineTo(width, floor);
    context.fill();
  };
  context.fillStyle = colour('--tl-next');
  context.fillRect(0, 0, width, height);
  if (samples.length > 0) {
    area(({ online }) => online, colour('--tl-past'));
    area(({ online, free }) => online - free, colour('--accent-line'));
  }
  // The future is there, and pale.
  context.globalAlpha = 0.6;
  context.fillStyle = colour('--panel');
  context.fillRect(x(seq), 0, width - x(seq), height);
  context.globalAlpha = 1;
  if (scene.from !== undefined) {
    context.fillStyle = colour('--warn');
    context.fillRect(x(scene.from), 0, 1, height);
    context.fillRect(x(scene.from), 0, 5, 3);
  }
  for (const { x: at, kind } of binned(scene.marks, end, width)) {
    context.fillStyle = colour(COLOUR[kind]);
    const tall = kind === 'failure' ? MARKS : MARKS - 3;
    context.fillRect(at, height - tall, MARK_WIDTH, tall);
  }
  for (const at of scene.bookmarks) {
    context.fillStyle = colour('--ink');
    context.beginPath();
    context.moveTo(x(at) - 4, 0);
    context.lineTo(x(at) + 4, 0);
    context.lineTo(x(at), 6);
    context.fill();
  }
  context.fillStyle = colour('--ink');
  context.fillRect(Math.min(width - 2, Math.max(0, x(seq) - 1)), 0, 2, height);
}
