import { expect, it } from 'vitest';
import { EV } from '../../workers/uapi/trace.ts';
import { addEvents, resetEvents, useEvents } from '../state/events.ts';
import { tellEvents } from './told.ts';

/** Notifier calls from event `first` on, as the ring holds them. */
const notifiers = (first: number, n: number): Int32Array => Int32Array.from({ length: n * 8 }, (_, i) => (i % 8 === 0 ? first + i / 8 : i % 8 === 2 ? EV.sim_notifier_call : 0));

it('tells every event once, also when the list is full and lets go of its oldest', () => {
  resetEvents(32768);
  const told: number[] = [];
  const stop = tellEvents(({ seq }) => { told.push(seq); });
  addEvents(notifiers(1, 3), [], 0);
  addEvents(notifiers(4, 2), [], 0);
  expect(told).toEqual([1, 2, 3, 4, 5]);

  const most = 1 << 20;
  addEvents(notifiers(6, most), [], 0);
  expect(useEvents.getState().total).toBe(most);
  expect([told.length, told.at(-1)]).toEqual([most + 5, most + 5]);
  // From here on as many go as come.
  addEvents(notifiers(most + 6, 2), [], 0);
  expect(useEvents.getState().total).toBe(most);
  expect(told.slice(-3)).toEqual([most + 5, most + 6, most + 7]);

  // Another machine: from its first event on.
  resetEvents(32768);
  addEvents(notifiers(1, 1), [], 0);
  expect(told.at(-1)).toBe(1);
  stop();
});
