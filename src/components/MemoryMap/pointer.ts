/** Pointer on the picture → hover, selection, and a block held over a lane. */
import { type Lane, sameLane } from '../../gestures/lanes.ts';
import { type Hit, type Lane as MapLane, type Renderer, type ZoomLevel, zoomLevel } from '../../map/index.ts';
import { gesture, useGesture } from '../../state/gesture.ts';

export interface PointerEvents {
  /** Under the pointer, CSS pixels; undefined when it leaves. */
  hover(hit: Hit | undefined, x: number, y: number): void;
  /** `how`: alone, beside what is selected (Ctrl, ⌘), or all up to it (Shift). */
  select(hit: Hit, level: ZoomLevel, how: 'alone' | 'beside' | 'upTo'): void;
  drop(block: number, lane: MapLane): void;
}

/** CSS pixels a press may wander before it is a drag: of a mouse, and of a finger, which is never quite still. */
const SLOP = 4;
const FINGER_SLOP = 10;
/** Milliseconds a finger rests before it takes the block along: what moves earlier moves the picture. */
const HOLD_MS = 350;

/** What a click or a hover means at this scale. */
const spotOf = (hit: Hit, level: ZoomLevel) => (level === 'frame' || level === 'pageblock' ? { block: hit.block, pfn: hit.pfn } : { block: hit.block });

/** Listens on the canvas; the returned function stops. A press of the mouse on a tile is not the zoom's (pansFrom), and a finger is only while it holds no block, so the two never compete for a pointer. */
export function attachPointer(canvas: HTMLCanvasElement, renderer: Renderer, events: PointerEvents): () => void {
  let press: { readonly hit: Hit; readonly x: number; readonly y: number } | undefined;
  let hold: ReturnType<typeof setTimeout> | undefined;
  const place = (event: PointerEvent): { x: number; y: number } => {
    const box = canvas.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  };
  const level = (): ZoomLevel => {
    const p = renderer.picture();
    return p ? zoomLevel(p.view.camera, p.mirror, p.viewport) : 'machine';
  };
  const laneLike = (lane: Lane): MapLane | undefined => renderer.picture()?.lanes.list.find((other) => sameLane(other, lane));
  const still = (): boolean => useGesture.getState().drag.phase === 'idle';

  function hover(x: number, y: number): void {
    const hit = renderer.hit(x, y);
    renderer.setView({ hover: hit?.onTile ? spotOf(hit, level()) : undefined });
    events.hover(hit, x, y);
  }
  function leave(): void {
    renderer.setView({ hover: undefined });
    events.hover(undefined, 0, 0);
  }
  function down(event: PointerEvent): void {
    // A second finger: the two are the zoom's, and what the first one held is put back.
    if (!event.isPrimary) cancel();
    if (event.button !== 0 || !event.isPrimary) return;
    const { x, y } = place(event);
    const hit = renderer.hit(x, y);
    if (hit?.onTile !== true) return;
    press = { hit, x, y };
    canvas.setPointerCapture(event.pointerId);
    if (event.pointerType === 'touch') hold = setTimeout(() => { lift(x, y); }, HOLD_MS);
  }
  /** Takes the pressed block along, to (x, y). */
  function lift(x: number, y: number): void {
    if (press === undefined) return;
    const offset = { dx: x - press.x, dy: y - press.y, x, y };
    if (still()) {
      leave();
      gesture({ type: 'lift', block: press.hit.block, by: 'pointer' }, offset);
    }
    gesture({ type: 'over', lane: renderer.picture()?.lanes.list[renderer.hit(x, y)?.lane ?? -1] }, offset);
  }
  function move(event: PointerEvent): void {
    const { x, y } = place(event);
    if (press === undefined) {
      // A finger that holds nothing moves the picture, and hides what is under it.
      if (event.pointerType !== 'touch') hover(x, y);
      return;
    }
    const finger = event.pointerType === 'touch';
    if (still()) {
      if (Math.hypot(x - press.x, y - press.y) < (finger ? FINGER_SLOP : SLOP)) return;
      // Before it has taken the block a finger that moves is the picture's.
      if (finger) {
        cancel();
        return;
      }
    }
    lift(x, y);
  }
  function up(event: PointerEvent): void {
    if (press === undefined) return;
    const { hit } = press;
    release();
    if (still()) {
      events.select(hit, level(), event.ctrlKey || event.metaKey ? 'beside' : event.shiftKey ? 'upTo' : 'alone');
      return;
    }
    const dropped = gesture({ type: 'drop' });
    const lane = dropped.phase === 'dropped' ? laneLike(dropped.lane) : undefined;
    if (lane) events.drop(hit.block, lane);
  }
  function release(): void {
    press = undefined;
    clearTimeout(hold);
  }
  function cancel(): void {
    release();
    gesture({ type: 'cancel' });
  }
  const giveUp = (event: KeyboardEvent): void => { if (event.key === 'Escape' && press !== undefined) cancel(); };

  const stop = new AbortController();
  const { signal } = stop;
  canvas.addEventListener('pointerdown', down, { signal });
  canvas.addEventListener('pointermove', move, { signal });
  canvas.addEventListener('pointerup', up, { signal });
  canvas.addEventListener('pointercancel', cancel, { signal });
  canvas.addEventListener('pointerleave', leave, { signal });
  // A finger that rests asks for no menu: it takes the block.
  canvas.addEventListener('contextmenu', (event) => { if (press !== undefined) event.preventDefault(); }, { signal });
  addEventListener('keydown', giveUp, { signal });
  return () => { stop.abort(); };
}
