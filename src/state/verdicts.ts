/** Could this block go offline? The kernel's answers, block by block, asked again when something in the block changed. */
import { create } from 'zustand';
import type { BlockFacts, FrameFacts } from '../../workers/uapi/engine.ts';

export interface VerdictsState {
  readonly facts: ReadonlyMap<number, BlockFacts>;
  /** Of the selected frame. */
  readonly frame: FrameFacts | undefined;
}
export const useVerdicts = create<VerdictsState>()(() => ({ facts: new Map(), frame: undefined }));

/** Takes answers in; blocks in `gone` are forgotten. */
export function setFacts(answers: readonly BlockFacts[], gone: readonly number[] = []): void {
  if (answers.length === 0 && gone.length === 0) return;
  useVerdicts.setState((s) => {
    const facts = new Map(s.facts);
    for (const id of gone) facts.delete(id);
    for (const answer of answers) facts.set(answer.block, answer);
    return { facts };
  });
}
export const setFrame = (frame: FrameFacts | undefined): void => { useVerdicts.setState({ frame }); };
export const resetVerdicts = (): void => { useVerdicts.setState({ facts: new Map(), frame: undefined }); };

/** How many of the given blocks would go offline, might, would not. */
export function tally(facts: ReadonlyMap<number, BlockFacts>, blocks: readonly number[]): { yes: number; likely: number; no: number } {
  const n = { yes: 0, likely: 0, no: 0 };
  for (const id of blocks) {
    const verdict = facts.get(id)?.offline.verdict;
    if (verdict) n[verdict]++;
  }
  return n;
}
