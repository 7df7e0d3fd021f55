/** Walking the lanes: which block lies left, right, above and below. Pure. */
import type { Block } from '../../engine/snapshot.ts';
import type { Lane } from '../../map/index.ts';

export interface Row {
  readonly lane: Lane;
  /** By address. */
  readonly blocks: readonly Block[];
}

/** Index of the block nearest to `id`; 0 without one. */
export function nearest(blocks: readonly Block[], id: number | undefined): number {
  if (id === undefined) return 0;
  let best = 0;
  blocks.forEach((block, i) => { if (Math.abs(block.id - id) < Math.abs((blocks[best]?.id ?? 0) - id)) best = i; });
  return best;
}

type Way = 'left' | 'right' | 'above' | 'below' | 'first' | 'last';

/** Where the arrow keys lead from a block: along its lane, or to the nearest block of the next lane that has any. */
export function neighbours(rows: readonly Row[], id: number | undefined): Readonly<Record<Way, Block | undefined>> {
  const here = rows.findIndex(({ blocks }) => blocks.some((block) => block.id === id));
  const filled = (row: Row | undefined): row is Row => row !== undefined && row.blocks.length > 0;
  const start = here < 0 ? rows.findIndex(filled) : here;
  const row = rows[start];
  if (row === undefined) return { left: undefined, right: undefined, above: undefined, below: undefined, first: undefined, last: undefined };
  const at = nearest(row.blocks, id);
  const first = row.blocks[0];
  if (here < 0) return { left: first, right: first, above: first, below: first, first, last: row.blocks.at(-1) };
  const across = (other: Row | undefined): Block | undefined => other?.blocks[nearest(other.blocks, id)];
  return {
    left: row.blocks[at - 1], right: row.blocks[at + 1], first, last: row.blocks.at(-1),
    above: across(rows.slice(0, start).findLast(filled)), below: across(rows.slice(start + 1).find(filled)),
  };
}
