/** What the picture is coloured by: the lens that was chosen, the one that is shown already, and how many frames it counts by class. */
import { create } from 'zustand';
import type { Lens } from '../../workers/uapi/lens.ts';
import { useView } from './view.ts';

export interface LensState {
  readonly chosen: Lens;
  /** The classes of a whole machine come with the next patch; until then kinds are shown. */
  readonly shown: Lens;
  /** Frames by class, 0 … 15; empty for kinds. */
  readonly classes: readonly number[];
  /** Names of the users of memory by class of the lens "owner". */
  readonly owners: ReadonlyMap<number, readonly string[]>;
}
export const useLens = create<LensState>()(() => ({ chosen: 'kind', shown: 'kind', classes: [], owners: new Map() }));

/** A kind that was shown alone means nothing through another lens. */
export function chooseLens(chosen: Lens): void {
  useView.setState({ isolated: undefined });
  useLens.setState({ chosen });
}
