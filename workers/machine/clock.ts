/** The simulated clock as the header's two words: nanoseconds since boot, driven by what happens (cost.ts) and by sleeping; never by a real clock. */
import { H_TIME_HI, H_TIME_LO, type Tables } from '../uapi/layout.ts';

export const readClock = (t: Tables): number => (t.header[H_TIME_HI] as number) * 2 ** 32 + ((t.header[H_TIME_LO] as number) >>> 0);
export function writeClock(t: Tables, ns: number): void {
  t.header[H_TIME_HI] = Math.floor(ns / 2 ** 32);
  t.header[H_TIME_LO] = ns % 2 ** 32 | 0;
}
