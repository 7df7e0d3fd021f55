import { describe, expect, it } from 'vitest';
import { type Drag, type DragEvent, IDLE, nextLane, step } from './drag.ts';
import { type Lane, OFFLINE_LANE } from './lanes.ts';

const normal: Lane = { kind: 'zone', nid: 0, zone: 2 };
const run = (...events: DragEvent[]): Drag => events.reduce(step, IDLE);
const lift: DragEvent = { type: 'lift', block: 41, by: 'pointer' };
const over = (lane: Lane | undefined): DragEvent => ({ type: 'over', lane });

describe('a drag as a value', () => {
  it('goes idle, lifted, over, dropped', () => {
    expect(run(lift).phase).toBe('lifted');
    expect(run(lift, over(OFFLINE_LANE))).toMatchObject({ phase: 'over', block: 41, lane: OFFLINE_LANE });
    expect(run(lift, over(normal), over(OFFLINE_LANE), { type: 'drop' })).toEqual({ phase: 'dropped', block: 41, lane: OFFLINE_LANE });
  });
  it('drops nothing outside the lanes', () => {
    expect(run(lift, over(normal), over(undefined), { type: 'drop' })).toEqual(IDLE);
    expect(run(lift, { type: 'drop' })).toEqual(IDLE);
  });
  it('can be given up at any time', () => {
    expect(run(lift, over(normal), { type: 'cancel' })).toEqual(IDLE);
    expect(run({ type: 'cancel' })).toEqual(IDLE);
  });
  it('holds one block at a time, and nothing moves that was not lifted', () => {
    expect(run(lift, { type: 'lift', block: 42, by: 'keyboard' })).toMatchObject({ block: 41 });
    expect(run(over(normal))).toEqual(IDLE);
  });
});

describe('choosing a lane by keys', () => {
  it('stays inside the list', () => {
    const lanes = [normal, OFFLINE_LANE];
    expect([nextLane(lanes, 0, 1), nextLane(lanes, 1, 1), nextLane(lanes, 0, -1)]).toEqual([1, 1, 0]);
  });
});
