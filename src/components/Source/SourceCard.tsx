/** Where an answer comes from: the rule, the kernel's file and function, how it is known, what is left out. One card for the whole page, beside what was pressed. */
import { useEffect, useRef } from 'react';
import { type Catalogue, type Source, sourceOf } from '../../sources/sources.ts';
import { useMachine } from '../../state/machine.ts';
import { type AskedSource, askSource, useSource } from '../../state/source.ts';
import { shownLanguage } from '../../strings/index.ts';
import { Icon } from '../Icon/Icon.tsx';
import { placeBeside } from '../placed.ts';
import styles from './Source.module.css';

const catalogue: Catalogue = shownLanguage === 'de' ? await import('../../strings/rules.de.ts') : await import('../../strings/rules.en.ts');
const { card } = catalogue.words;
function Known({ source, edition }: { source: Source; edition: string }) {
  const kind = typeof source.known === 'string' ? source.known : 'recorded';
  return (
    <>
      <p className={styles.known}><b className={[styles.badge, styles[kind]].filter(Boolean).join(' ')}>{card.known[kind]}</b>{card.meaning[kind](edition)}</p>
      {typeof source.known !== 'string' && (
        <>
          <h3>{card.recordings}</h3>
          <ul>{source.known.map(([name, shows]) => <li key={name}>{name} <q>{shows}</q></li>)}</ul>
        </>
      )}
      <h3>{card.leftOut}</h3>
      <p>{source.leftOut}</p>
    </>
  );
}

function Content({ asked }: { asked: AskedSource }) {
  const edition = useMachine((s) => s.description?.edition ?? '6.1');
  const source = sourceOf(edition, asked.of, catalogue);
  return (
    <>
      <header>
        <h2 id="source-title">{asked.name}</h2>
        <button type="button" className={styles.close} aria-label={card.close} onClick={() => { askSource(undefined); }}><Icon name="close" /></button>
      </header>
      {source === undefined && <p className={styles.sentence}>{card.none(edition)}</p>}
      {source && (
        <>
          <p className={styles.sentence}>{source.sentence}</p>
          <p className={styles.place}>Linux {edition}: {source.file}, {source.file.endsWith('Kconfig') ? `config ${source.fn}` : `${source.fn}()`}</p>
          <Known source={source} edition={edition} />
        </>
      )}
    </>
  );
}

export function SourceCard() {
  const asked = useSource((s) => s.asked);
  const node = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const shown = node.current;
    if (shown === null || asked === undefined) {
      shown?.hidePopover();
      return;
    }
    shown.showPopover();
    placeBeside(shown, asked.from);
    shown.focus();
  }, [asked]);
  return (
    <div
      ref={node} popover="auto" role="dialog" tabIndex={-1} aria-labelledby="source-title" className={styles.card}
      onToggle={(event) => {
        if (event.newState === 'open') return;
        // Shut from within: the place the reader came from. Shut by a press elsewhere: that has the focus already.
        if (asked && (document.activeElement === document.body || node.current?.contains(document.activeElement))) asked.from.focus();
        if (useSource.getState().asked === asked) askSource(undefined);
      }}
    >
      {asked && <Content asked={asked} />}
    </div>
  );
}
