/** The frames that are lit, one after the other. Stands below what holds the block, and in the inspector, where each is told of. */
import { count } from '../../format/numbers.ts';
import { eventContext } from '../../state/events.ts';
import { light, placeIn, stepFrom, useLit } from '../../state/lit.ts';
import { selectFrame, useView } from '../../state/view.ts';
import { t } from '../../strings/later.ts';
import { holderWords } from '../../strings/sentences.ts';
import { Icon } from '../Icon/Icon.tsx';
import styles from './Holders.module.css';

/** Selects the next of the frames that are lit, if any are. */
export function stepLit(by: 1 | -1): void {
  const { lit } = useLit.getState();
  if (lit) selectFrame(stepFrom(lit, useView.getState().pfn, by), eventContext.blockPages);
}

/** `named`: says which row it is of. */
export function LitSteps({ named = false }: { named?: boolean }) {
  const lit = useLit((s) => s.lit);
  const pfn = useView((s) => s.pfn);
  if (!lit) return null;
  const place = placeIn(lit, pfn);
  const tool = (label: string, icon: 'stepBack' | 'step' | 'close', run: () => void) => <button type="button" aria-label={label} title={label} onClick={run}><Icon name={icon} /></button>;
  return (
    <div className={styles.steps} role="group" aria-label={t.detail.lit}>
      {tool(t.detail.lastLit, 'stepBack', () => { stepLit(-1); })}
      {tool(t.detail.nextLit, 'step', () => { stepLit(1); })}
      <output>{named && `${holderWords(lit.cause)}: `}{t.detail.litAt(place === undefined ? '–' : count(place), count(lit.pfns.length))}</output>
      {tool(t.detail.unlight, 'close', () => { light(undefined); })}
    </div>
  );
}
