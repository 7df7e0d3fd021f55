/** What is looked at: selection, pointer, isolated kind. Nothing here changes the machine. */
import { create } from 'zustand';

export interface ViewState {
  /** Selected memory block. */
  readonly block: number | undefined;
  /** Selected frame; always inside `block`. */
  readonly pfn: number | undefined;
  /** Kind shown alone (KIND_*), the others faded. */
  readonly isolated: number | undefined;
  /** Tab of the side panel. */
  readonly tab: 'calls' | 'inspector';
}
export const useView = create<ViewState>()(() => ({ block: undefined, pfn: undefined, isolated: undefined, tab: 'calls' }));

export const selectBlock = (block: number | undefined): void => { useView.setState({ block, pfn: undefined }); };
/** Selects a frame and the block it lies in. */
export const selectFrame = (pfn: number, blockPages: number): void => { useView.setState({ block: Math.floor(pfn / blockPages), pfn }); };
/** Isolates a kind; the same kind again shows all. */
export const toggleKind = (kind: number): void => { useView.setState((s) => ({ isolated: s.isolated === kind ? undefined : kind })); };
