/** Mirrors: QEMU monitor/monitor.c (7.2): events that could come in floods are sent at most once a second; the newest of those held back is sent when the second is over. */

import { remember } from '../lib/remember.ts';

/** The machine's clock and its timers, ns. */
export interface Timers {
  monotonic(): number;
  later(at: number, work: () => void): void;
}
const RATE_NS = 1e9;

/** Value: sends an event of a key (one device's, say), now or in its turn. Without a clock: always now. */
export function createThrottle(timers: Timers | undefined): (key: string, send: () => void) => void {
  /** A key is here for a second after each sending; the value is what waits to be sent. */
  const waiting = remember(new Map<string, (() => void) | undefined>());
  function arm(key: string): void {
    if (timers === undefined) return;
    waiting.set(key, undefined);
    timers.later(timers.monotonic() + RATE_NS, () => {
      const send = waiting.get(key);
      waiting.delete(key);
      if (send === undefined) return;
      send();
      arm(key);
    });
  }
  return (key, send) => {
    if (waiting.has(key)) {
      waiting.set(key, send);
      return;
    }
    send();
    arm(key);
  };
}
