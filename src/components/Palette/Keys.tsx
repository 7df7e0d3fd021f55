/** Every key the page listens to: searchable, each can be changed or taken away, and those without a modifier can be turned off together. */
import { type KeyboardEvent, useState } from 'react';
import { chordOf, chordWords, isBare } from '../../commands/chord.ts';
import { best } from '../../commands/match.ts';
import type { PageCommand } from './registry.ts';
import { openList, useChrome } from '../../state/chrome.ts';
import { resetKeys, setBareOff, setChord, useKeys } from '../../state/keys.ts';
import { shownLanguage } from '../../strings/index.ts';
import { t } from '../../strings/later.ts';
import { chooseLanguage } from '../../strings/language.ts';
import { type Language, LANGUAGE_NAMES, LANGUAGES } from '../../strings/strings.ts';
import { isMac } from './platform.ts';
import { useDialog } from '../useDialog.ts';
import styles from './Palette.module.css';

function KeyRow({ command, all }: { command: PageCommand; all: readonly PageCommand[] }) {
  const [recording, setRecording] = useState(false);
  const { changed, bareOff } = useKeys();
  const chord = changed[command.id] ?? command.chord;
  function onKeyDown(event: KeyboardEvent): void {
    if (!recording || event.key === 'Tab') return;
    event.preventDefault();
    event.stopPropagation();
    if (event.key === 'Escape') setRecording(false);
    else if (event.key === 'Backspace' || event.key === 'Delete') {
      setChord(command.id, '', all);
      setRecording(false);
    } else {
      const pressed = chordOf(event);
      if (pressed === undefined) return;
      setChord(command.id, pressed, all);
      setRecording(false);
    }
  }
  const words = chord === '' ? t.commands.noKey : chordWords(chord, isMac());
  return (
    <li>
      <span>{command.title}</span>
      <button type="button" aria-label={t.commands.change(command.title, words)} data-off={(bareOff && chord !== '' && isBare(chord)) || undefined} onClick={() => { setRecording(true); }} onBlur={() => { setRecording(false); }} onKeyDown={onKeyDown}>
        {recording ? t.commands.press : words}
      </button>
    </li>
  );
}

function Body({ commands }: { commands: readonly PageCommand[] }) {
  const bareOff = useKeys((s) => s.bareOff);
  const [typed, setTyped] = useState('');
  return (
    <>
      <h2>{t.commands.keys}</h2>
      <input type="search" aria-label={t.commands.search} placeholder={t.commands.search} value={typed} onChange={(event) => { setTyped(event.target.value); }} />
      <ul>{best(commands, typed, commands.length).map((command) => <KeyRow key={command.id} command={command} all={commands} />)}</ul>
      <p>{t.commands.inMap}</p>
      <label><input type="checkbox" checked={bareOff} onChange={(event) => { setBareOff(event.target.checked); }} /> {t.commands.bareOff}</label>
      <label className={styles.language}>
        {t.commands.language}
        <select value={shownLanguage} onChange={(event) => { chooseLanguage(event.target.value as Language); }}>{LANGUAGES.map((language) => <option key={language} value={language} lang={language}>{LANGUAGE_NAMES[language]}</option>)}</select>
      </label>
      <div className={styles.buttons}>
        <button type="button" onClick={resetKeys}>{t.commands.reset}</button>
        <button type="button" onClick={() => { openList(undefined); }}>{t.commands.close}</button>
      </div>
    </>
  );
}

export function Keys({ commands }: { commands: readonly PageCommand[] }) {
  const open = useChrome((s) => s.open === 'keys');
  const node = useDialog(open, true);
  return (
    <dialog ref={node} className={styles.keys} aria-label={t.commands.keys} onClose={() => { if (open) openList(undefined); }}>
      {open && <Body commands={commands} />}
    </dialog>
  );
}
