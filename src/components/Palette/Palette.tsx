/** The command palette: type, choose, done. */
import { type KeyboardEvent, useMemo, useState } from 'react';
import { chordWords } from '../../commands/chord.ts';
import { best } from '../../commands/match.ts';
import type { PageCommand } from './registry.ts';
import { openList, useChrome } from '../../state/chrome.ts';
import { useKeys } from '../../state/keys.ts';
import { t } from '../../strings/later.ts';
import { isMac } from './platform.ts';
import { useDialog } from '../useDialog.ts';
import styles from './Palette.module.css';

/** As many as fit without scrolling on a short screen. */
const MOST = 12;

function List({ commands }: { commands: readonly PageCommand[] }) {
  const [typed, setTyped] = useState(() => useChrome.getState().typed);
  const [active, setActive] = useState(0);
  const changed = useKeys((s) => s.changed);
  const found = useMemo(() => best(commands, typed, MOST), [commands, typed]);
  const run = (command: PageCommand | undefined): void => {
    if (command === undefined) return;
    openList(undefined);
    command.run();
  };
  function onKeyDown(event: KeyboardEvent): void {
    const by = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
    if (by !== 0) setActive((active + by + found.length) % Math.max(1, found.length));
    else if (event.key === 'Enter') run(found[active]);
    else return;
    event.preventDefault();
  }
  return (
    <>
      <input
        role="combobox" aria-expanded="true" aria-controls="palette-list" aria-activedescendant={found[active] && `palette-${active}`} aria-label={t.commands.type} placeholder={t.commands.type}
        value={typed} spellCheck={false} autoComplete="off"
        onChange={(event) => {
          setTyped(event.target.value);
          setActive(0);
        }}
        onKeyDown={onKeyDown}
      />
      <div id="palette-list" role="listbox" aria-label={t.commands.palette} className={styles.list}>
        {found.map((command, i) => {
          const chord = changed[command.id] ?? command.chord;
          return (
            // biome-ignore lint/a11y/useKeyWithClickEvents: the input has the focus and takes the keys for the active option (aria-activedescendant)
            // biome-ignore lint/a11y/useFocusableInteractive: the input has the focus and takes the keys for the active option (aria-activedescendant)
            <div key={command.id} id={`palette-${i}`} role="option" aria-selected={i === active} className={i === active ? styles.active : undefined} onClick={() => { run(command); }} onPointerMove={() => { setActive(i); }}>
              <span>{command.title}</span>
              {chord !== '' && <kbd>{chordWords(chord, isMac())}</kbd>}
            </div>
          );
        })}
        {found.length === 0 && <p>{t.commands.none}</p>}
      </div>
    </>
  );
}

export function Palette({ commands }: { commands: () => readonly PageCommand[] }) {
  const open = useChrome((s) => s.open === 'palette');
  const node = useDialog(open, true);
  return (
    <dialog ref={node} className={styles.palette} aria-label={t.commands.palette} onClose={() => { if (open) openList(undefined); }}>
      {open && <List commands={commands()} />}
    </dialog>
  );
}
