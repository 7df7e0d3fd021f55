/** Which answer's source is shown, and beside what. */
import { create } from 'zustand';
import type { Ref } from '../sources/rule_of.ts';

export interface AskedSource {
  readonly of: Ref;
  /** The answer in words, as the title. */
  readonly name: string;
  /** What was pressed: the card stands beside it and gives the focus back to it. */
  readonly from: HTMLElement;
}
export const useSource = create<{ readonly asked: AskedSource | undefined }>()(() => ({ asked: undefined }));
export const askSource = (asked: AskedSource | undefined): void => { useSource.setState({ asked }); };
