import { describe, expect, it } from 'vitest';
import { append, createLog, eventAt, seqAt, typeAt } from './drain.ts';
import { EV } from '../../workers/uapi/trace.ts';

/** `n` uevents numbered from `first`. */
const batch = (first: number, n: number): Int32Array => Int32Array.from({ length: n * 8 }, (_, i) => (i % 8 === 0 ? first + Math.floor(i / 8) : i % 8 === 2 ? EV.uevent : i % 8 === 5 ? 32 : 0));

describe('the event log', () => {
  it('keeps records packed and decodes one on demand', () => {
    const log = createLog();
    append(log, batch(1, 3), 0);
    append(log, batch(4, 2000), 0);
    expect(log.length).toBe(2003);
    expect(seqAt(log, 2002)).toBe(2003);
    expect(typeAt(log, 5)).toBe(EV.uevent);
    expect(eventAt(log, 0)).toMatchObject({ type: 'uevent', seq: 1, id: 32 });
  });
  it('adds up what the ring lost', () => {
    const log = createLog();
    append(log, batch(1, 1), 7);
    append(log, batch(2, 1), 5);
    expect(log.lost).toBe(12);
  });
  it('lets the oldest give way beyond its bound, and says how many', () => {
    const log = createLog(4096);
    append(log, batch(1, 4096), 0);
    expect(append(log, batch(4097, 10), 0)).toBe(10);
    expect([log.first, log.length, seqAt(log, 0), seqAt(log, 4095)]).toEqual([10, 4096, 11, 4106]);
    expect(eventAt(log, 4095)).toMatchObject({ type: 'uevent', seq: 4106, id: 32 });
  });
  it('grows without losing its order once the oldest have gone round', () => {
    const log = createLog(8192);
    for (let first = 1; first < 30_000; first += 700) append(log, batch(first, 700), 0);
    expect([log.length, seqAt(log, 8191), seqAt(log, 0)]).toEqual([8192, 30_100, 30_100 - 8191]);
    for (let i = 1; i < log.length; i++) expect(seqAt(log, i)).toBe(seqAt(log, i - 1) + 1);
  });
  it('keeps the newest of a batch larger than itself', () => {
    const log = createLog(1024);
    expect(append(log, batch(1, 1029), 0)).toBe(0);
    expect([log.length, seqAt(log, 0)]).toEqual([1024, 6]);
  });
});
