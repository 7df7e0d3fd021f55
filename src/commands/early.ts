/** Ctrl+K before the list of commands is loaded: what was asked for opens as soon as it is there, with what was typed into it meanwhile. */
import { openList, useChrome } from '../state/chrome.ts';
import { useKeys } from '../state/keys.ts';
import { chordOf } from './chord.ts';

export const PALETTE_CHORD = 'Mod+k';

let stop = (): void => undefined;

function onKey(event: KeyboardEvent): void {
  const { open, typed } = useChrome.getState();
  const chord = chordOf(event);
  if (chord === (useKeys.getState().changed.palette ?? PALETTE_CHORD)) openList('palette');
  else if (open !== 'palette' || chord === undefined || /^(Mod|Alt)\+/.test(chord)) return;
  else if (chord === 'Escape') openList(undefined);
  else if (chord === 'Backspace') useChrome.setState({ typed: typed.slice(0, -1) });
  else if (event.key.length === 1) useChrome.setState({ typed: typed + event.key });
  event.preventDefault();
}

export function listenEarly(): void {
  addEventListener('keydown', onKey);
  stop = () => { removeEventListener('keydown', onKey); };
}
/** The commands listen for themselves from now on. */
export const endEarly = (): void => { stop(); };
