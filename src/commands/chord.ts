/** Key chords as text: 'Mod+k', '?', 'Shift+ArrowLeft'. Mod is Control, or Command on a Mac. */

export type KeyLike = Pick<KeyboardEvent, 'key' | 'ctrlKey' | 'metaKey' | 'altKey' | 'shiftKey'>;

/** Keys that are no chord by themselves. */
const MODIFIERS = new Set(['Control', 'Meta', 'Alt', 'AltGraph', 'Shift', 'CapsLock', 'Dead', 'Process', 'Unidentified']);

/** Chord of a key press; undefined for a modifier alone. Shift is named only where it does not change the sign itself. */
export function chordOf({ key, ctrlKey, metaKey, altKey, shiftKey }: KeyLike): string | undefined {
  if (MODIFIERS.has(key)) return undefined;
  const sign = key.length === 1;
  const name = key === ' ' ? 'Space' : sign ? key.toLowerCase() : key;
  const letter = sign && key.toLowerCase() !== key.toUpperCase();
  return [(ctrlKey || metaKey) && 'Mod', altKey && 'Alt', shiftKey && (!sign || letter) && 'Shift', name].filter(Boolean).join('+');
}

/** Without a modifier: such a chord must not work while somebody types, and can be turned off (WCAG 2.1.4). */
export const isBare = (chord: string): boolean => !/^(Mod|Alt)\+/.test(chord);

/** A chord as it stands on the keys. */
export const chordWords = (chord: string, mac: boolean): string =>
  chord.split(/\+(?=.)/).map((part) => (part === 'Mod' ? (mac ? '⌘' : 'Ctrl') : part.length === 1 ? part.toUpperCase() : part.replace('Arrow', ''))).join(' ');
