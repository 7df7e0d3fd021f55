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

/** An element under fingers: what it hears of them, as `name id x y`, and the cameras that follow. Left of `tiles` a press pans. */
function fingersOn(tiles: number, ...said: readonly string[]): { readonly factor: number; readonly moved: boolean } {
  const picture = createPicture(machine('Normal:AF.S Movable:....', { spare: 6 }), [], { width: 800, height: 300, dpr: 1 }, { name: 'dark' });
  const { camera: before } = picture.view;
  const element = Object.assign(new EventTarget(), { getBoundingClientRect: () => ({ left: 0, top: 0 }), setPointerCapture: () => undefined });
  const stop = attachZoom(element as unknown as HTMLElement, { picture: () => picture, setCamera: (camera) => { picture.view = { ...picture.view, camera }; }, pansFrom: (x) => x < tiles });
  for (const words of said) {
    const [name, id, clientX, clientY] = words.split(' ');
    element.dispatchEvent(Object.assign(new Event(`pointer${name}`), { pointerId: Number(id), clientX: Number(clientX), clientY: Number(clientY), pointerType: 'touch', button: 0 }));
  }
  stop();
  return { factor: before.pfnPerPixel / picture.view.camera.pfnPerPixel, moved: picture.view.camera !== before };
}
test('two fingers zoom wherever they are put down; one that began on a tile moves nothing', () => {
  const spread = ['down 1 300 100', 'down 2 400 100', 'move 2 500 100', 'up 2 500 100'];
  for (const tiles of [0, 350, 800]) expect(fingersOn(tiles, ...spread).factor).toBeCloseTo(2, 6);
  expect(fingersOn(0, 'down 1 300 100', 'move 1 500 100').moved).toBe(false);
  // Nor does it when the other one has gone.
  expect(fingersOn(0, ...spread, 'move 1 600 100').factor).toBeCloseTo(2, 6);
  expect(fingersOn(800, ...spread, 'move 1 310 100').moved).toBe(true);
});
