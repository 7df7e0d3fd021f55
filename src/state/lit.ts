/** Frames that are lit together: all that hold a block for one reason. One row of what holds it at a time; another block puts it out. */
import { create } from 'zustand';
import { useView } from './view.ts';

export interface Lit {
  readonly block: number;
  readonly cause: string;
  readonly owner: string;
  /** In order; at least one. */
  readonly pfns: Int32Array;
}
export const useLit = create<{ readonly lit: Lit | undefined }>()(() => ({ lit: undefined }));

export const light = (lit: Lit | undefined): void => { useLit.setState({ lit: lit?.pfns.length ? lit : undefined }); };
useView.subscribe(({ block }) => {
  const { lit } = useLit.getState();
  if (lit && lit.block !== block) light(undefined);
});

/** How many of the frames come before this one. */
function before(pfns: Int32Array, pfn: number): number {
  let [low, high] = [0, pfns.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((pfns[middle] as number) < pfn) low = middle + 1;
    else high = middle;
  }
  return low;
}
/** Which of the frames this one is, from 1 on; undefined: none of them. */
export function placeIn({ pfns }: Lit, pfn: number | undefined): number | undefined {
  if (pfn === undefined) return undefined;
  const at = before(pfns, pfn);
  return pfns[at] === pfn ? at + 1 : undefined;
}
/** The frame after (or before) the one that is looked at; behind the last comes the first. */
export function stepFrom({ pfns }: Lit, pfn: number | undefined, by: 1 | -1): number {
  const at = pfn === undefined ? (by === 1 ? 0 : pfns.length) : before(pfns, by === 1 ? pfn + 1 : pfn);
  return pfns[(by === 1 ? at : at - 1 + pfns.length) % pfns.length] as number;
}
