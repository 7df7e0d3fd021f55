/** Mirrors: QEMU hw/virtio/virtio-balloon.c (7.2): the host says how many pages the guest should give up, the guest says how many it has. Pages of 4 KiB. */
import { remember } from '../lib/remember.ts';
import type { BalloonDevice } from '../drivers/virtio/virtio_balloon.ts';

export interface HostBalloon extends BalloonDevice {
  setTarget(pages: number): void;
  /** The guest's driver: told whenever the target changed. */
  onConfig(interrupt: () => void): void;
  actual(): number;
}
/** @param changed told when the guest reports another number of pages */
export function createBalloon(changed: () => void): HostBalloon {
  const state = remember({ target: 0, actual: 0, interrupt: (): void => {} });
  return {
    num_pages: () => state.target,
    setActual(pages) {
      if (pages === state.actual) return;
      state.actual = pages;
      changed();
    },
    actual: () => state.actual,
    onConfig: (handler) => {
      state.interrupt = handler;
    },
    setTarget(pages) {
      state.target = pages;
      state.interrupt();
    },
  };
}
