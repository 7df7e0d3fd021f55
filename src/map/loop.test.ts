import { expect, test } from 'vitest';
import { createLoop, type FrameSource } from './loop.ts';

/** A browser whose animation frames come when the test says so. */
function browser() {
  const pending = new Map<number, () => void>();
  const listeners = new Set<() => void>();
  let id = 0;
  const document = { hidden: false, addEventListener: (_: string, f: () => void) => listeners.add(f), removeEventListener: (_: string, f: () => void) => listeners.delete(f) };
  const source = {
    requestAnimationFrame: (f: () => void) => { pending.set(++id, f); return id; },
    cancelAnimationFrame: (n: number) => { pending.delete(n); },
    document: document as unknown as FrameSource['document'],
  };
  return {
    source, pending, listeners,
    frame: () => { const due = [...pending.values()]; pending.clear(); for (const f of due) f(); },
    setHidden: (hidden: boolean) => { document.hidden = hidden; for (const f of listeners) f(); },
  };
}

test('a hundred changes make one picture, and none is drawn without a change', () => {
  const b = browser();
  let drawn = 0;
  const loop = createLoop(() => { drawn++; return false; }, b.source);
  for (let i = 0; i < 100; i++) loop.invalidate();
  b.frame();
  b.frame();
  expect(drawn).toBe(1);
  expect(b.pending.size).toBe(0);
});

test('a hidden tab asks for no frames; when it is seen again it draws once', () => {
  const b = browser();
  let drawn = 0;
  const loop = createLoop(() => { drawn++; return false; }, b.source);
  b.setHidden(true);
  loop.invalidate();
  expect(b.pending.size).toBe(0);
  b.setHidden(false);
  b.frame();
  expect(drawn).toBe(1);
});

test('a picture that moves asks for the next frame itself; stopping ends that', () => {
  const b = browser();
  let drawn = 0;
  const loop = createLoop(() => { drawn++; return true; }, b.source);
  loop.invalidate();
  b.frame();
  b.frame();
  loop.stop();
  b.frame();
  expect(drawn).toBe(2);
  expect(b.listeners.size).toBe(0);
});

test('what somebody did is drawn when its task is over, once, and not again in the frame that was asked for before', async () => {
  const b = browser();
  let drawn = 0;
  const loop = createLoop(() => { drawn++; return false; }, b.source);
  loop.invalidate();
  loop.hurry();
  loop.hurry();
  expect(drawn).toBe(0);
  await Promise.resolve();
  expect(drawn).toBe(1);
  b.frame();
  expect(drawn).toBe(1);
});

test('in a hidden tab nothing is drawn in a hurry; when it is seen again, once', async () => {
  const b = browser();
  let drawn = 0;
  const loop = createLoop(() => { drawn++; return false; }, b.source);
  b.setHidden(true);
  loop.hurry();
  await Promise.resolve();
  expect(drawn).toBe(0);
  b.setHidden(false);
  b.frame();
  expect(drawn).toBe(1);
});
