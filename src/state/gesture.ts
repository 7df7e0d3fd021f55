/** The move under way. */
import { create } from 'zustand';
import { type Drag, type DragEvent, IDLE, step } from '../gestures/drag.ts';

/** A dialog about the board: plug a DIMM, or unplug the one in a socket. */
export type BoardDialog = { readonly kind: 'plug' } | { readonly kind: 'unplug'; readonly slot: number };

export interface GestureState {
  readonly drag: Drag;
  /** CSS pixels from where the block was picked up, and where the pointer is on the picture. */
  readonly offset: { readonly dx: number; readonly dy: number; readonly x: number; readonly y: number };
  readonly dialog: BoardDialog | undefined;
}
const STILL = { dx: 0, dy: 0, x: 0, y: 0 };
export const useGesture = create<GestureState>()(() => ({ drag: IDLE, offset: STILL, dialog: undefined }));

/** Takes an event; a drop is handed to the caller and the store is idle again. */
export function gesture(event: DragEvent, offset: GestureState['offset'] = STILL): Drag {
  const drag = step(useGesture.getState().drag, event);
  useGesture.setState({ drag: drag.phase === 'dropped' ? IDLE : drag, offset });
  return drag;
}
export const showDialog = (dialog: BoardDialog | undefined): void => { useGesture.setState({ dialog }); };
