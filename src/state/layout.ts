/** Sizes of the resizable panels in CSS pixels; remembered. */
import { create } from 'zustand';

export interface PanelSpec {
  readonly initial: number;
  readonly min: number;
  readonly max: number;
}
/** `map` and `terminal` are heights of the left column, `side` is the right column's width, `calls` the height of its upper half. */
export const PANELS = {
  map: { initial: 334, min: 200, max: 900 },
  terminal: { initial: 136, min: 84, max: 600 },
  side: { initial: 372, min: 280, max: 720 },
  calls: { initial: 330, min: 140, max: 900 },
} as const satisfies Readonly<Record<string, PanelSpec>>;
export type PanelName = keyof typeof PANELS;
export type Sizes = Readonly<Record<PanelName, number>>;

const KEY = 'hotplug-lab panels';
export const PANEL_NAMES = Object.keys(PANELS) as PanelName[];
export const clampSize = (name: PanelName, size: number): number => Math.round(Math.min(PANELS[name].max, Math.max(PANELS[name].min, size)));

/** A short window gets a lower map and terminal, so that the detail keeps its room. */
function initial(height: number): Sizes {
  const short = height < 800;
  // A screen of 4K pixels: in proportion, or the map would be a strip.
  if (height > 1300) return { map: clampSize('map', height * 0.4), terminal: clampSize('terminal', height * 0.14), side: 560, calls: clampSize('calls', height * 0.32) };
  return { map: short ? 280 : height > 1000 ? 426 : PANELS.map.initial, terminal: short ? 98 : height > 1000 ? 176 : PANELS.terminal.initial, side: height > 1000 ? 440 : 364, calls: short ? 264 : PANELS.calls.initial };
}

/** Sizes out of storage; anything odd is ignored. */
export function readSizes(text: string | null | undefined, height: number): Sizes {
  const sizes = { ...initial(height) };
  try {
    const saved: unknown = JSON.parse(text ?? '{}');
    if (typeof saved !== 'object' || saved === null) return sizes;
    for (const name of PANEL_NAMES) {
      const size = (saved as Record<string, unknown>)[name];
      if (typeof size === 'number' && Number.isFinite(size)) sizes[name] = clampSize(name, size);
    }
  } catch {
    return sizes;
  }
  return sizes;
}

const height = (): number => globalThis.innerHeight ?? 800;
/** What the page began with, before anything was dragged: its window may have another height by now. */
const first = initial(height());
export const firstSizes = (): Sizes => first;
/** What was dragged in this browser, else the first sizes. */
export function ownSizes(): Sizes {
  try {
    return readSizes(globalThis.localStorage?.getItem(KEY), height());
  } catch {
    return first;
  }
}
export const useLayout = create<Sizes>()(() => ownSizes());

export function resize(name: PanelName, size: number): void {
  useLayout.setState({ [name]: clampSize(name, size) });
  try {
    globalThis.localStorage?.setItem(KEY, JSON.stringify(useLayout.getState()));
  } catch {
    // Not remembered then.
  }
}
export const resetSize = (name: PanelName): void => { resize(name, initial(height())[name]); };
