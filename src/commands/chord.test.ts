import { expect, test } from 'vitest';
import { chordOf, chordWords, isBare } from './chord.ts';

const press = (key: string, held = ''): string | undefined =>
  chordOf({ key, ctrlKey: held.includes('c'), metaKey: held.includes('m'), altKey: held.includes('a'), shiftKey: held.includes('s') });

test('a chord names what was held, and Shift only where the sign does not show it', () => {
  expect([press('k', 'c'), press('k', 'm'), press('K', 's'), press('?', 's'), press('.'), press(' '), press('ArrowLeft', 's'), press('K', 'cs'), press('+')])
    .toEqual(['Mod+k', 'Mod+k', 'Shift+k', '?', '.', 'Space', 'Shift+ArrowLeft', 'Mod+Shift+k', '+']);
});

test('a modifier alone is no chord', () => {
  expect(['Shift', 'Control', 'Meta', 'Alt', 'Dead'].map((key) => press(key))).toEqual([undefined, undefined, undefined, undefined, undefined]);
});

test('bare chords are those that somebody could type', () => {
  expect(['k', 'Shift+k', '?', 'Mod+k', 'Alt+x'].map(isBare)).toEqual([true, true, true, false, false]);
});

test('a chord is written as the keys are labelled', () => {
  expect([chordWords('Mod+k', false), chordWords('Mod+k', true), chordWords('Shift+ArrowLeft', false), chordWords('+', false), chordWords('Mod++', false)]).toEqual(['Ctrl K', '⌘ K', 'Shift Left', '+', 'Ctrl +']);
});
