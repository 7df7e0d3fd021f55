/** What stands around the picture: lecture mode, and which of the page's own lists is open. */
import { create } from 'zustand';

export interface ChromeState {
  /** All but picture, transport and captions is hidden, and type is large. */
  readonly lecture: boolean;
  readonly open: 'palette' | 'keys' | undefined;
  /** What the palette begins with: typed before it was loaded. */
  readonly typed: string;
}
export const useChrome = create<ChromeState>()(() => ({ lecture: false, open: undefined, typed: '' }));
export const toggleLecture = (): void => { useChrome.setState((s) => ({ lecture: !s.lecture })); };
export const openList = (open: ChromeState['open']): void => { useChrome.setState({ open, typed: '' }); };
