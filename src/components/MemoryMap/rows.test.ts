import { describe, expect, it } from 'vitest';
import type { Block } from '../../engine/snapshot.ts';
import { neighbours, type Row } from './rows.ts';

/** Lanes from the top, as block numbers. */
const rows = (...lanes: number[][]): Row[] => lanes.map((ids, i) => ({
  lane: { kind: 'zone', nid: 0, zone: i, name: `zone${i}`, weight: 1 }, blocks: ids.map((id): Block => ({ id, state: 1, nid: 0, zone: i, validZones: [], slot: -1 })),
}));
const ways = (table: Row[], id: number | undefined): Record<string, number | undefined> => Object.fromEntries(Object.entries(neighbours(table, id)).map(([way, block]) => [way, block?.id]));

describe('walking the lanes', () => {
  const table = rows([0, 1, 2], [], [32, 33], [1000]);
  it('goes along a lane and stops at its ends', () => {
    expect(ways(table, 1)).toMatchObject({ left: 0, right: 2, first: 0, last: 2 });
    expect(ways(table, 2)).toMatchObject({ left: 1, right: undefined });
  });
  it('goes to the nearest block of the next lane that has any', () => {
    expect(ways(table, 2)).toMatchObject({ above: undefined, below: 32 });
    expect(ways(table, 33)).toMatchObject({ above: 2, below: 1000 });
  });
  it('begins at the first block', () => {
    expect(ways(table, undefined)).toMatchObject({ right: 0, below: 0 });
    expect(ways(rows([], []), undefined)).toMatchObject({ right: undefined });
  });
});
