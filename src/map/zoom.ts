/** Wheel, pinch, drag on empty ground and keys → camera. The mathematics is in geometry.ts; this file only listens. */
import { type Camera, fitMachine, panBy, zoomAt } from './geometry.ts';
import type { Picture } from './picture.ts';

export interface ZoomHost {
  picture(): Picture | undefined;
  setCamera(camera: Camera): void;
  /** True where a press of the mouse starts a pan; elsewhere (on a tile) it belongs to others. CSS pixels. */
  pansFrom(x: number, y: number): boolean;
  /** True while something on the picture is held: then a finger moves that, and not the picture. Absent: never. */
  held?(): boolean;
}

/** A notch of an ordinary wheel (100 pixels) is a third of a doubling. */
const WHEEL_DOUBLING = 300;
/** Lines and pages of a wheel event, in pixels. */
const WHEEL_UNIT = [1, 16, 400] as const;
const KEY_FACTOR = 1.5;
const KEY_PAN = 0.2;

/** The camera after a wheel event: wheel zooms at the pointer; Shift, or a sideways wheel, pans. CSS pixels. */
export function wheelCamera(p: Picture, x: number, y: number, event: Pick<WheelEvent, 'deltaX' | 'deltaY' | 'deltaMode' | 'shiftKey' | 'ctrlKey'>): Camera {
  const { dpr } = p.viewport;
  const unit = WHEEL_UNIT[event.deltaMode as 0 | 1 | 2];
  const dx = event.deltaX * unit;
  const dy = event.deltaY * unit;
  if (event.shiftKey) return panBy(p.view.camera, p.mirror, p.lanes, p.viewport, (dx + dy) * dpr, 0);
  if (Math.abs(dx) > Math.abs(dy)) return panBy(p.view.camera, p.mirror, p.lanes, p.viewport, dx * dpr, 0);
  // A pinch on a touchpad comes as a wheel with Ctrl, in small steps.
  const factor = 2 ** ((-dy * (event.ctrlKey ? 4 : 1)) / WHEEL_DOUBLING);
  return zoomAt(p.view.camera, p.mirror, p.lanes, p.viewport, factor, x * dpr, y * dpr);
}

/** The camera after a key, or undefined if the key is not one of ours: + − zoom at (x, y), 0 shows the machine, Shift with arrows pans. CSS pixels. */
export function keyCamera(p: Picture, event: Pick<KeyboardEvent, 'key' | 'shiftKey' | 'ctrlKey' | 'metaKey' | 'altKey'>, x: number, y: number): Camera | undefined {
  if (event.ctrlKey || event.metaKey || event.altKey) return undefined;
  const { view, mirror, lanes, viewport } = p;
  const at = (factor: number): Camera => zoomAt(view.camera, mirror, lanes, viewport, factor, x * viewport.dpr, y * viewport.dpr);
  const pan = (dx: number, dy: number): Camera => panBy(view.camera, mirror, lanes, viewport, dx * KEY_PAN * viewport.width, dy * KEY_PAN * viewport.height);
  switch (event.key) {
    case '+': case '=': return at(KEY_FACTOR);
    case '-': case '_': return at(1 / KEY_FACTOR);
    case '0': return fitMachine(mirror, lanes, viewport);
    case 'ArrowLeft': return event.shiftKey ? pan(-1, 0) : undefined;
    case 'ArrowRight': return event.shiftKey ? pan(1, 0) : undefined;
    case 'ArrowUp': return event.shiftKey ? pan(0, -1) : undefined;
    case 'ArrowDown': return event.shiftKey ? pan(0, 1) : undefined;
    default: return undefined;
  }
}

interface Finger {
  readonly x: number;
  readonly y: number;
}
const between = (a: Finger, b: Finger): Finger => ({ x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 });
const apart = (a: Finger, b: Finger): number => Math.max(1, Math.hypot(a.x - b.x, a.y - b.y));

/** Listens on the element; the returned function stops. Keys are left to the page, which calls keyCamera(). */
export function attachZoom(element: HTMLElement, host: ZoomHost): () => void {
  const fingers = new Map<number, Finger>();
  const place = (event: MouseEvent): Finger => {
    const box = element.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  };

  function wheel(event: WheelEvent): void {
    const p = host.picture();
    if (p === undefined) return;
    event.preventDefault();
    const { x, y } = place(event);
    host.setCamera(wheelCamera(p, x, y, event));
  }

  function down(event: PointerEvent): void {
    const at = place(event);
    const pans = event.button === 1 || (event.button === 0 && host.pansFrom(at.x, at.y));
    if (!pans && event.pointerType !== 'touch') return;
    fingers.set(event.pointerId, at);
    element.setPointerCapture(event.pointerId);
    if (event.button === 1) event.preventDefault();
  }

  function move(event: PointerEvent): void {
    const before = fingers.get(event.pointerId);
    const p = host.picture();
    if (before === undefined || p === undefined) return;
    const now = place(event);
    const { dpr } = p.viewport;
    const other = [...fingers].find(([id]) => id !== event.pointerId)?.[1];
    fingers.set(event.pointerId, now);
    const { mirror, lanes, viewport } = p;
    if (host.held?.()) return;
    if (other === undefined) {
      host.setCamera(panBy(p.view.camera, mirror, lanes, viewport, (before.x - now.x) * dpr, (before.y - now.y) * dpr));
      return;
    }
    // Two fingers: how far apart they are is the scale, the middle between them is the place.
    const from = between(before, other);
    const to = between(now, other);
    const near = zoomAt(p.view.camera, mirror, lanes, viewport, apart(now, other) / apart(before, other), from.x * dpr, from.y * dpr);
    host.setCamera(panBy(near, mirror, lanes, viewport, (from.x - to.x) * dpr, (from.y - to.y) * dpr));
  }

  function up(event: PointerEvent): void {
    fingers.delete(event.pointerId);
  }

  element.addEventListener('wheel', wheel, { passive: false });
  element.addEventListener('pointerdown', down);
  element.addEventListener('pointermove', move);
  element.addEventListener('pointerup', up);
  element.addEventListener('pointercancel', up);
  return () => {
    element.removeEventListener('wheel', wheel);
    element.removeEventListener('pointerdown', down);
    element.removeEventListener('pointermove', move);
    element.removeEventListener('pointerup', up);
    element.removeEventListener('pointercancel', up);
  };
}
