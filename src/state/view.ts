/** What is looked at: selection, pointer, isolated kind. Nothing here changes the machine. */
import { create } from 'zustand';

/** A frame, a block, or frames from start to end (exclusive). */
export type Look = { readonly pfn: number } | { readonly block: number } | { readonly start: number; readonly end: number };

export interface ViewState {
  /** Selected memory block. */
  readonly block: number | undefined;
  /** Blocks selected beside it: a move takes them along. */
  readonly also: readonly number[];
  /** Selected frame; always inside `block`. */
  readonly pfn: number | undefined;
  /** Kind shown alone (KIND_*), the others faded. */
  readonly isolated: number | undefined;
  /** Frames that the map is asked to show, and how far it is scrolled down (CSS pixels); undefined: the whole machine. */
  readonly wanted: { readonly start: number; readonly end: number; readonly top?: number } | undefined;
  /** What the map was last asked to bring into view, otherwise left as it is; asked again, it is another object. */
  readonly look: Look | undefined;
  /** A zone that is looked at by itself; undefined: that of the selected block. Whoever selects something looks at that. */
  readonly zone: { readonly nid: number; readonly zone: number } | undefined;
  /** Tab of the side panel. */
  readonly tab: 'calls' | 'inspector';
}
export const useView = create<ViewState>()(() => ({ block: undefined, also: [], pfn: undefined, isolated: undefined, wanted: undefined, look: undefined, zone: undefined, tab: 'calls' }));

export const selectBlock = (block: number | undefined): void => { useView.setState({ block, also: [], pfn: undefined, zone: undefined }); };
/** Selects a block beside what is selected, or no longer. */
export function toggleBlock(id: number): void {
  const { block, also } = useView.getState();
  if (block === undefined) selectBlock(id);
  else if (id === block) useView.setState({ block: also.at(-1), also: also.slice(0, -1), pfn: undefined, zone: undefined });
  else useView.setState({ also: also.includes(id) ? also.filter((other) => other !== id) : [...also, id] });
}
/** Selects several; `block` is the one that is looked at. */
export const selectBlocks = (block: number, all: readonly number[]): void => { useView.setState({ block, also: all.filter((id) => id !== block), pfn: undefined, zone: undefined }); };
/** Selects a frame and the block it lies in. `look`: the map goes there. */
export const selectFrame = (pfn: number, blockPages: number, look = true): void => { useView.setState({ block: Math.floor(pfn / blockPages), also: [], pfn, zone: undefined, ...(look && { look: { pfn } }) }); };
export const lookAtZone = (zone: ViewState['zone']): void => { useView.setState({ zone: zone && { nid: zone.nid, zone: zone.zone } }); };
export const bringIntoView = (look: Look): void => { useView.setState({ look }); };
export const lookAt = (wanted: ViewState['wanted']): void => { useView.setState({ wanted }); };
/** Isolates a kind; the same kind again shows all. */
export const toggleKind = (kind: number): void => { useView.setState((s) => ({ isolated: s.isolated === kind ? undefined : kind })); };
