/** Keys and lists of commands: listens on the whole page, except where somebody types. */
import { useEffect, useMemo } from 'react';
import { chordOf, isBare } from '../../commands/chord.ts';
import { endEarly } from '../../commands/early.ts';
import { currentCommands, fixedCommands } from './registry.ts';
import { useKeys } from '../../state/keys.ts';
import { mapControls } from '../../state/picture.ts';
import { useSession } from '../SessionContext.ts';
import { ViewMenu } from '../Panels/ViewMenu.tsx';
import { Keys } from './Keys.tsx';
import { Palette } from './Palette.tsx';

const typing = (target: EventTarget | null): boolean => target instanceof HTMLElement && target.matches('input, textarea, select, [contenteditable]');

export function Commands() {
  const session = useSession();
  const fixed = useMemo(() => fixedCommands(session, mapControls), [session]);
  const chords = useMemo(() => new Map(fixed.map(({ id, chord }) => [id, chord])), [fixed]);
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      const chord = chordOf(event);
      // What a list, a grid or a dialog has taken is not for the page.
      if (chord === undefined || event.defaultPrevented || document.querySelector('dialog[open]')) return;
      const { changed, bareOff } = useKeys.getState();
      if (isBare(chord) && (bareOff || typing(event.target))) return;
      const command = fixed.find(({ id, chord: usual }) => (changed[id] ?? usual) === chord);
      if (command === undefined) return;
      event.preventDefault();
      command.run();
    };
    endEarly();
    addEventListener('keydown', onKey);
    return () => { removeEventListener('keydown', onKey); };
  }, [fixed]);
  return (
    <>
      <Palette commands={() => [...fixed, ...currentCommands(session, mapControls)]} />
      <Keys commands={fixed} />
      <ViewMenu chords={chords} />
    </>
  );
}
