import { expect, test } from 'vitest';
import { fitMachine, panBy, pfnAt } from './geometry.ts';
import { createPicture, drawPicture } from './map.ts';
import { resizePicture } from './picture.ts';
import { machine } from './testing/machine.ts';
import { attachZoom, keyCamera, wheelCamera } from './zoom.ts';

const p = createPicture(machine('Normal:AF.S Movable:....', { spare: 6 }), [], { width: 800, height: 300, dpr: 2 }, { name: 'dark' });
const wheel = { deltaX: 0, deltaY: 0, deltaMode: 0, shiftKey: false, ctrlKey: false };
const key = { shiftKey: false, ctrlKey: false, metaKey: false, altKey: false };

test('three notches of the wheel double the scale at the pointer', () => {
  const camera = wheelCamera(p, 100, 20, { ...wheel, deltaY: -300 });
  expect(camera.pfnPerPixel).toBe(p.view.camera.pfnPerPixel / 2);
  expect(pfnAt(camera, 200)).toBeCloseTo(pfnAt(p.view.camera, 200), 6);
});
test('lines count as sixteen pixels', () => {
  expect(wheelCamera(p, 0, 0, { ...wheel, deltaY: -3, deltaMode: 1 }).pfnPerPixel).toBe(wheelCamera(p, 0, 0, { ...wheel, deltaY: -48 }).pfnPerPixel);
});
test('Shift with the wheel, and a sideways wheel, pan by their pixels', () => {
  p.view = { ...p.view, camera: wheelCamera(p, 200, 20, { ...wheel, deltaY: -900 }) };
  const expected = panBy(p.view.camera, p.mirror, p.lanes, p.viewport, 60, 0);
  expect(wheelCamera(p, 0, 0, { ...wheel, deltaY: 30, shiftKey: true })).toEqual(expected);
  expect(wheelCamera(p, 0, 0, { ...wheel, deltaX: 30, deltaY: 2 })).toEqual(expected);
});
test('keys: + and − are inverse, 0 shows the machine, plain arrows and shortcuts are left to others', () => {
  const start = p.view.camera;
  const near = keyCamera(p, { ...key, key: '+' }, 100, 20);
  expect(near?.pfnPerPixel).toBeCloseTo(start.pfnPerPixel / 1.5, 9);
  expect(keyCamera(p, { ...key, key: '0' }, 0, 0)).toEqual(fitMachine(p.mirror, p.lanes, p.viewport));
  expect(keyCamera(p, { ...key, key: 'ArrowRight', shiftKey: true }, 0, 0)?.left).toBeGreaterThan(start.left);
  expect(keyCamera(p, { ...key, key: 'ArrowRight' }, 0, 0)).toBeUndefined();
  expect(keyCamera(p, { ...key, key: '+', ctrlKey: true }, 0, 0)).toBeUndefined();
});

test('a view of the whole machine follows it when a DIMM is plugged or the window grows; any other view stays', () => {
  const t = machine('Normal:AF.S Movable:....', { spare: 14, dimms: [{ block: 6, blocks: 2, state: 0 }] });
  const whole = createPicture(t, [], { width: 800, height: 300, dpr: 1 }, { name: 'dark' });
  const near = createPicture(t, [], { width: 800, height: 300, dpr: 1 }, { name: 'dark' });
  const camera = wheelCamera(near, 400, 20, { ...wheel, deltaY: -600 });
  near.view = { ...near.view, camera };
  t.slot.state[0] = 1;
  for (const picture of [whole, near]) drawPicture(picture);
  expect(whole.view.camera).toEqual(fitMachine(t, whole.lanes, whole.viewport));
  expect(near.view.camera).toEqual(camera);
  resizePicture(whole, { width: 1200, height: 300, dpr: 1 });
  expect(whole.view.camera).toEqual(fitMachine(t, whole.lanes, whole.viewport));
  resizePicture(near, { width: 1600, height: 600, dpr: 2 });
  expect(near.view.camera).toMatchObject({ pfnPerPixel: camera.pfnPerPixel / 2, left: camera.left });
});

/** An element under fingers: what it hears of them, as `name id x y`, and the cameras that follow; frames are those at the picture's left edge. `held`: a block is. */
function fingersOn(held: boolean, ...said: readonly string[]): { readonly factor: number; readonly left: number; readonly perPixel: number } {
  const picture = createPicture(machine('Normal:AF.S Movable:....', { spare: 6 }), [], { width: 800, height: 300, dpr: 1 }, { name: 'dark' });
  const { camera: before } = picture.view;
  const element = Object.assign(new EventTarget(), { getBoundingClientRect: () => ({ left: 0, top: 0 }), setPointerCapture: () => undefined });
  const stop = attachZoom(element as unknown as HTMLElement, { picture: () => picture, setCamera: (camera) => { picture.view = { ...picture.view, camera }; }, pansFrom: () => false, held: () => held });
  for (const words of said) {
    const [name, id, clientX, clientY] = words.split(' ');
    element.dispatchEvent(Object.assign(new Event(`pointer${name}`), { pointerId: Number(id), clientX: Number(clientX), clientY: Number(clientY), pointerType: 'touch', button: 0 }));
  }
  stop();
  const { left, pfnPerPixel } = picture.view.camera;
  return { factor: before.pfnPerPixel / pfnPerPixel, left, perPixel: pfnPerPixel };
}
const SPREAD = ['down 1 300 100', 'down 2 400 100', 'move 2 500 100'];
test('two fingers zoom by how far apart they are, wherever they are put down, and what lies between them stays there', () => {
  const [before, after] = [fingersOn(false), fingersOn(false, ...SPREAD)];
  expect(after.factor).toBeCloseTo(2, 6);
  expect(after.left + 400 * after.perPixel).toBeCloseTo(before.left + 350 * before.perPixel, 3);
});
test('two fingers move the picture, side by side or one above the other', () => {
  const near = fingersOn(false, ...SPREAD);
  for (const [x, y] of [[500, 100], [300, 220]]) {
    const moved = fingersOn(false, ...SPREAD, 'up 2 500 100', `down 3 ${x} ${y}`, 'move 1 270 100', `move 3 ${(x as number) - 30} ${y}`);
    expect(moved.factor).toBeCloseTo(2, 6);
    // To the pixel: they are told of one after the other.
    expect(Math.round((moved.left - near.left) / near.perPixel)).toBe(30);
  }
});
test('one finger moves the picture unless it holds a block', () => {
  const near = fingersOn(false, ...SPREAD, 'up 2 500 100');
  expect(fingersOn(false, ...SPREAD, 'up 2 500 100', 'move 1 260 100').left).toBeCloseTo(near.left + 40 * near.perPixel, 3);
  expect(fingersOn(true, ...SPREAD, 'move 1 260 100')).toEqual(fingersOn(false));
});
