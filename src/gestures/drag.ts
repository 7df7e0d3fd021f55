/** One move from pick-up to drop, as a value: pointer, click and keyboard all drive the same machine. */
import type { Lane } from './lanes.ts';

export type Drag =
  | { readonly phase: 'idle' }
  /** Held, over no lane yet. */
  | { readonly phase: 'lifted'; readonly block: number; readonly by: 'pointer' | 'keyboard' }
  | { readonly phase: 'over'; readonly block: number; readonly by: 'pointer' | 'keyboard'; readonly lane: Lane }
  /** Let go over a lane: whoever reads this carries the plan out and goes back to idle. */
  | { readonly phase: 'dropped'; readonly block: number; readonly lane: Lane };

export type DragEvent =
  | { readonly type: 'lift'; readonly block: number; readonly by: 'pointer' | 'keyboard' }
  | { readonly type: 'over'; readonly lane: Lane | undefined }
  | { readonly type: 'drop' }
  | { readonly type: 'cancel' };

export const IDLE: Drag = { phase: 'idle' };

/** The next value. Events that make no sense in a phase change nothing. */
export function step(drag: Drag, event: DragEvent): Drag {
  switch (event.type) {
    case 'lift': return drag.phase === 'idle' ? { phase: 'lifted', block: event.block, by: event.by } : drag;
    case 'over': {
      if (drag.phase !== 'lifted' && drag.phase !== 'over') return drag;
      const { block, by } = drag;
      return event.lane === undefined ? { phase: 'lifted', block, by } : { phase: 'over', block, by, lane: event.lane };
    }
    case 'drop': return drag.phase === 'over' ? { phase: 'dropped', block: drag.block, lane: drag.lane } : IDLE;
    case 'cancel': return IDLE;
  }
}

/** The lane `by` steps further down the list, from the one the drag is over or starts in. Stays inside. */
export function nextLane(lanes: readonly Lane[], current: number, by: number): number {
  return Math.min(lanes.length - 1, Math.max(0, current + by));
}
