/** Could this block go offline? The kernel's answers, block by block, asked again when something in the block changed. */
import { create } from 'zustand';
import type { BlockFacts, FrameFacts } from '../../workers/uapi/engine.ts';

export interface VerdictsState {
  readonly facts: ReadonlyMap<number, BlockFacts>;
  /** Blocks whose answer is of a state that is gone: it is shown as such until the kernel has been asked again. */
  readonly doubted: ReadonlySet<number>;
  /** Of the selected frame. */
  readonly frame: FrameFacts | undefined;
}
const NONE: ReadonlySet<number> = new Set();
export const useVerdicts = create<VerdictsState>()(() => ({ facts: new Map(), doubted: new Set(), frame: undefined }));

/** What was answered about these is of a state that is gone. */
export function doubt(blocks: Iterable<number>): void {
  const { facts, doubted } = useVerdicts.getState();
  const fresh = [...blocks].filter((id) => facts.has(id) && !doubted.has(id));
  if (fresh.length > 0) useVerdicts.setState({ doubted: new Set([...doubted, ...fresh]) });
}

/** Takes answers in; blocks in `gone` are forgotten. `changed`: blocks of which something has changed since they were asked about. */
export function setFacts(answers: readonly BlockFacts[], gone: readonly number[] = [], changed: ReadonlySet<number> = NONE): void {
  if (answers.length === 0 && gone.length === 0) return;
  useVerdicts.setState((s) => {
    const facts = new Map(s.facts);
    for (const id of gone) facts.delete(id);
    for (const answer of answers) facts.set(answer.block, answer);
    const sure = new Set([...gone, ...answers.map(({ block }) => block).filter((id) => !changed.has(id))]);
    return { facts, doubted: new Set([...s.doubted].filter((id) => !sure.has(id))) };
  });
}
export const setFrame = (frame: FrameFacts | undefined): void => { useVerdicts.setState({ frame }); };
export const resetVerdicts = (): void => { useVerdicts.setState({ facts: new Map(), doubted: new Set(), frame: undefined }); };

/** How many of the given blocks would go offline, might, would not, as last answered; and of how many the answer is of now. */
export function tally({ facts, doubted }: Pick<VerdictsState, 'facts' | 'doubted'>, blocks: readonly number[]): { yes: number; likely: number; no: number; sure: number } {
  const n = { yes: 0, likely: 0, no: 0, sure: 0 };
  for (const id of blocks) {
    const verdict = facts.get(id)?.offline.verdict;
    if (verdict) n[verdict]++;
    if (verdict && !doubted.has(id)) n.sure++;
  }
  return n;
}
