/** Opened from the top bar: which panels are shown, and the page's own lists for whoever has no keyboard or does not know the keys yet. */
import { useEffect, useRef } from 'react';
import { chordWords } from '../../commands/chord.ts';
import { openList, toggleLecture, useChrome } from '../../state/chrome.ts';
import { HIDEABLE, setPanel, useHidden } from '../../state/hidden.ts';
import { useKeys } from '../../state/keys.ts';
import { t } from '../../strings/later.ts';
import { isMac } from '../Palette/platform.ts';
import { placeBeside } from '../placed.ts';
import styles from './Panels.module.css';
import { askedEarly, VIEW_BUTTON, VIEW_MENU } from './view_button.ts';

/** `chords`: default keys by command. */
export function ViewMenu({ chords }: { chords: ReadonlyMap<string, string> }) {
  const node = useRef<HTMLDivElement>(null);
  const hidden = useHidden((s) => s.hidden);
  const lecture = useChrome((s) => s.lecture);
  const changed = useKeys((s) => s.changed);
  useEffect(() => { if (askedEarly()) node.current?.showPopover(); }, []);
  const key = (id: string) => {
    const chord = changed[id] ?? chords.get(id) ?? '';
    return chord !== '' && <kbd>{chordWords(chord, isMac())}</kbd>;
  };
  const entry = (id: string, title: string, run: () => void) => (
    <button
      type="button"
      onClick={() => {
        node.current?.hidePopover();
        run();
      }}
    >
      <span>{title}</span>{key(id)}
    </button>
  );
  return (
    <div
      ref={node} id={VIEW_MENU} popover="auto" role="dialog" aria-label={t.top.view} className={styles.menu}
      onToggle={(event) => {
        const from = document.getElementById(VIEW_BUTTON);
        if (event.newState !== 'open' || !node.current || !from) return;
        placeBeside(node.current, from);
        node.current.querySelector('input')?.focus();
      }}
    >
      <fieldset disabled={lecture}>
        <legend>{t.panels.title}</legend>
        {HIDEABLE.map((name) => (
          <label key={name}>
            <input type="checkbox" checked={!hidden.includes(name)} onChange={(event) => { setPanel(name, event.target.checked); }} />
            <span>{t.panels.names[name]}</span>{key(`panel ${name}`)}
          </label>
        ))}
      </fieldset>
      {entry('lecture', lecture ? t.panels.endLecture : t.commands.lecture, toggleLecture)}
      {entry('palette', t.panels.allCommands, () => { openList('palette'); })}
      {entry('keys', t.panels.allKeys, () => { openList('keys'); })}
    </div>
  );
}
