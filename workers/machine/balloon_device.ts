/** Mirrors: QEMU hw/virtio/virtio-balloon.c (7.2): the host says how many pages the guest should give up, the guest says how many it has. Pages of 4 KiB. */
import type { BalloonDevice } from '../drivers/virtio/virtio_balloon.ts';

export interface HostBalloon extends BalloonDevice {
  setTarget(pages: number): void;
  /** The guest's driver: told whenever the target changed. */
  onConfig(interrupt: () => void): void;
  actual(): number;
}
/** @param changed told when the guest reports another number of pages */
export function createBalloon(changed: () => void): HostBalloon {
  let target = 0;
  let actual = 0;
  let interrupt = (): void => {};
  return {
    num_pages: () => target,
    setActual(pages) {
      if (pages === actual) return;
      actual = pages;
      changed();
    },
    actual: () => actual,
    onConfig: (handler) => {
      interrupt = handler;
    },
    setTarget(pages) {
      target = pages;
      interrupt();
    },
  };
}
