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
  it('drops the older half beyond its bound, and says how many', () => {
    const log = createLog();
    append(log, batch(1, 1 << 20), 0);
    const dropped = append(log, batch((1 << 20) + 1, 10), 0);
    expect(dropped).toBe(1 << 19);
    expect(log.first).toBe(1 << 19);
    expect(seqAt(log, 0)).toBe((1 << 19) + 1);
    expect(seqAt(log, log.length - 1)).toBe((1 << 20) + 10);
  });
});
