import { expect, test } from 'vitest';
import { de as firstDe } from './de.ts';
import { en as firstEn } from './en.ts';
import { eventWords as eventsDe } from './events.de.ts';
import { eventWords as eventsEn } from './events.en.ts';
import { pickLanguage } from './language.ts';
import { later as laterDe } from './later.de.ts';
import { later as laterEn } from './later.en.ts';
import { captions, notes } from './lessons.de.ts';
import { holders } from './rules.de.ts';
import { scenarios } from './scenarios.de.ts';

test('the address asks first, then the choice of before, then the browser; English for everybody else', () => {
  expect(pickLanguage('de', 'en', ['en-US'])).toBe('de');
  expect(pickLanguage(null, 'de', ['en-US'])).toBe('de');
  expect(pickLanguage('xx', null, ['de-AT', 'en'])).toBe('de');
  expect(pickLanguage(null, null, ['fr', 'de'])).toBe('en');
  expect(pickLanguage(null, null, [])).toBe('en');
});

const [en, de] = [{ ...firstEn, ...laterEn, eventWords: eventsEn }, { ...firstDe, ...laterDe, eventWords: eventsDe }];

type Words = string | ((...args: never[]) => string) | { readonly [key: string]: Words };
/** Every entry as a path and a text; functions are asked with their parameters' places as arguments. */
function entries(words: Words, path = ''): [string, string][] {
  if (typeof words === 'string') return [[path, words]];
  if (typeof words === 'function') return [[path, `${words.length} parameters`]];
  return Object.entries(words).flatMap(([key, value]) => entries(value, `${path}.${key}`));
}
/** What both languages say alike: names, the kernel's words, signs. More than this share would mean that something was not translated. */
const ALIKE = 0.3;

test('German has every entry of English, with as many parameters, and words of its own', () => {
  const [english, german] = [new Map(entries(en)), new Map(entries(de))];
  expect([...german.keys()].sort()).toEqual([...english.keys()].sort());
  const texts = [...english].filter(([, text]) => !text.endsWith(' parameters'));
  for (const [path, text] of english) if (text.endsWith(' parameters')) expect([path, german.get(path)]).toEqual([path, text]);
  expect(texts.filter(([path, text]) => german.get(path) === text).length / texts.length).toBeLessThan(ALIKE);
});

const texts: Readonly<Record<string, string>> = import.meta.glob('../../public/scenarios/*.scn', { query: '?raw', import: 'default', eager: true });
const library = Object.keys(texts).map((file) => file.replace(/^.*\/|\.scn$/g, ''));

test('each scenario of the library has a German title, line and explanation of its own, and nothing else has', () => {
  expect(library.length).toBeGreaterThan(40);
  expect(Object.keys(scenarios).sort()).toEqual(library.sort());
  expect(Object.keys(notes).sort()).toEqual(library.sort());
  for (const [title, about] of Object.values(scenarios)) expect([title, about].every((text) => text.length > 0 && text.length < 140)).toBe(true);
});

test('each caption of the library has German words, kept by its own: who changes it sees here that they are of something else', () => {
  const said = Object.values(texts).flatMap((text) => [...text.matchAll(/^caption (.+)$/gm)].map(([, caption]) => caption));
  expect(said.length).toBeGreaterThan(40);
  expect(Object.keys(captions).sort()).toEqual([...new Set(said)].sort());
});

test('what holds a block, and what would free it, is said in German where the kernel\'s side has words of its own for it', () => {
  const facts = Object.values(import.meta.glob('../../workers/machine/facts.ts', { query: '?raw', import: 'default', eager: true }) as Readonly<Record<string, string>>)[0] ?? '';
  for (const said of Object.keys(holders)) expect([said, facts.includes(`'${said.replace(/^reserved \((.*)\)$/, '$1')}'`)]).toEqual([said, true]);
});
