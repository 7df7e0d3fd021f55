/** Scenarios to choose from, a blank machine to build, a text to edit, a file to open. */
import { useEffect, useMemo, useState } from 'react';
import { openFragment, openText } from '../../scenario/link.ts';
import { begin } from '../../scenario/begin.ts';
import { fetchLibrary } from '../../scenario/open.ts';
import { useTheme } from '../../state/theme.ts';
import { t } from '../../strings/later.ts';
import { Icon } from '../Icon/Icon.tsx';
import { useSession } from '../SessionContext.ts';
import { Builder } from './Builder.tsx';
import { fetchIndex, type LibraryEntry, matches } from './library.ts';
import { useDialog } from '../useDialog.ts';
import styles from './Gallery.module.css';
import { Kept } from './Kept.tsx';

function Card({ entry, onOpen }: { entry: LibraryEntry; onOpen: (name: string) => void }) {
  const dark = useTheme((s) => s.theme === 'dark');
  return (
    <li>
      <button type="button" className={styles.card} onClick={() => { onOpen(entry.name); }}>
        <img src={`scenarios/${dark ? 'dark' : 'light'}/${entry.name}.png`} alt="" width={320} height={100} loading="lazy" />
        <b>{entry.title}</b>
        <span>{entry.note}</span>
        <small>{[`Linux ${entry.edition}`, ...entry.tags].join(' · ')}</small>
      </button>
    </li>
  );
}

function Library({ onOpen }: { onOpen: (name: string) => void }) {
  const [entries, setEntries] = useState<readonly LibraryEntry[]>([]);
  const [failure, setFailure] = useState<string | undefined>(undefined);
  const [words, setWords] = useState('');
  useEffect(() => { fetchIndex().then(setEntries, (error: unknown) => { setFailure(error instanceof Error ? error.message : String(error)); }); }, []);
  const shown = useMemo(() => entries.filter((entry) => matches(entry, words)), [entries, words]);
  return (
    <>
      <label className={styles.search}>
        <span className="visually-hidden">{t.gallery.search}</span>
        <input type="search" placeholder={t.gallery.search} value={words} onChange={(event) => { setWords(event.target.value); }} />
        <output>{t.gallery.found(shown.length)}</output>
      </label>
      {failure && <p role="alert">{failure}</p>}
      <ul className={styles.cards} aria-label={t.gallery.list}>{shown.map((entry) => <Card key={entry.name} entry={entry} onOpen={onOpen} />)}</ul>
    </>
  );
}

const TABS = ['library', 'build', 'kept'] as const;
type Tab = (typeof TABS)[number];

export function Gallery({ onClose }: { onClose: () => void }) {
  const session = useSession();
  const dialog = useDialog(true, true);
  const [tab, setTab] = useState<Tab>('library');

  const open = (hash: string): void => {
    onClose();
    void openFragment(hash, fetchLibrary, session.engine.api.readScenario).then((opened) => opened && begin(session, opened));
  };
  const openAsText = (text: string): void => {
    onClose();
    void openText(text, session.engine.api.readScenario).then((opened) => begin(session, opened));
  };
  return (
    <dialog ref={dialog} className={styles.dialog} aria-label={t.gallery.title} onClose={onClose}>
      <header className={styles.head}>
        <h2>{t.gallery.title}</h2>
        <div role="tablist" aria-label={t.gallery.title} className={styles.tabs}>
          {TABS.map((name) => <button key={name} type="button" role="tab" id={`gallery-${name}`} aria-controls="gallery-panel" aria-selected={tab === name} onClick={() => { setTab(name); }}>{t.gallery.tabs[name]}</button>)}
        </div>
        <button type="button" className={styles.close} aria-label={t.gallery.close} onClick={onClose}><Icon name="close" /></button>
      </header>
      <div role="tabpanel" id="gallery-panel" aria-labelledby={`gallery-${tab}`} className={styles.panel}>
        {tab === 'library' && <Library onOpen={(name) => { open(`#s=${name}`); }} />}
        {tab === 'build' && <Builder onOpen={openAsText} />}
        {tab === 'kept' && <Kept onOpen={openAsText} />}
      </div>
    </dialog>
  );
}
