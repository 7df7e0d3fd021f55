/** Which keys do what: the defaults, what the reader changed, and whether keys without a modifier work at all. Remembered. */
import { create } from 'zustand';

export interface KeysState {
  /** Keys without Control, Command or Alt do nothing. */
  readonly bareOff: boolean;
  /** Chords by command where they are not the default; '' is none. */
  readonly changed: Readonly<Record<string, string>>;
}
const KEY = 'hotplug-lab keys';

/** What storage holds; anything odd is ignored. */
export function readKeys(text: string | null | undefined): KeysState {
  try {
    const saved = JSON.parse(text ?? '{}') as { bareOff?: unknown; changed?: unknown };
    const changed = typeof saved.changed === 'object' && saved.changed !== null ? Object.entries(saved.changed).filter((entry): entry is [string, string] => typeof entry[1] === 'string') : [];
    return { bareOff: saved.bareOff === true, changed: Object.fromEntries(changed) };
  } catch {
    return { bareOff: false, changed: {} };
  }
}
function load(): KeysState {
  try {
    return readKeys(globalThis.localStorage?.getItem(KEY));
  } catch {
    return readKeys(undefined);
  }
}
export const useKeys = create<KeysState>()(() => load());

function save(change: Partial<KeysState>): void {
  useKeys.setState(change);
  try {
    globalThis.localStorage?.setItem(KEY, JSON.stringify(useKeys.getState()));
  } catch {
    // Not remembered then.
  }
}
export const setBareOff = (bareOff: boolean): void => { save({ bareOff }); };
/** Gives a command a chord, and takes it from any other that had it. `all`: every command with its default. */
export function setChord(id: string, chord: string, all: readonly { readonly id: string; readonly chord: string }[]): void {
  const changed = { ...useKeys.getState().changed, [id]: chord };
  for (const other of all) if (chord !== '' && other.id !== id && (changed[other.id] ?? other.chord) === chord) changed[other.id] = '';
  save({ changed });
}
export const resetKeys = (): void => { save({ bareOff: false, changed: {} }); };
