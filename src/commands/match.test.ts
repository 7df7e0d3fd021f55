import { expect, test } from 'vitest';
import { best } from './match.ts';

const titles = (typed: string): string[] =>
  best(['Select memory4', 'Select memory40', 'Step one event', 'Move memory4 to Offline: echo offline', 'Colour by: Free order'].map((title) => ({ title })), typed, 3).map(({ title }) => title);

test('all words, in any order; whole words before beginnings, earlier before later', () => {
  expect(titles('memory4')).toEqual(['Move memory4 to Offline: echo offline', 'Select memory4', 'Select memory40']);
  expect(titles('offline memory4')).toEqual(['Move memory4 to Offline: echo offline']);
  expect(titles('ste')).toEqual(['Step one event']);
  expect(titles('order colour')).toEqual(['Colour by: Free order']);
  expect(titles('zzz')).toEqual([]);
});

test('nothing typed: the list as it is', () => {
  expect(titles('')).toEqual(['Select memory4', 'Select memory40', 'Step one event']);
});
