/** Which language the page speaks: what the address asks for, else what was chosen before, else the browser's first, if it is one of ours. */
import { type Language, LANGUAGES } from './strings.ts';

const KEY = 'hotplug-lab language';

export const knownLanguage = (tag: string | null | undefined): Language | undefined => LANGUAGES.find((language) => tag?.toLowerCase().split('-')[0] === language);

/** `asked`: the address's ?lang=; `stored`: the choice of before; `preferred`: the browser's languages, first first. */
export const pickLanguage = (asked: string | null, stored: string | null, preferred: readonly string[]): Language => knownLanguage(asked) ?? knownLanguage(stored) ?? knownLanguage(preferred[0]) ?? 'en';

function stored(): string | null {
  try {
    return globalThis.localStorage?.getItem(KEY) ?? null;
  } catch {
    // Storage can be forbidden.
    return null;
  }
}
/** Outside a page (tests, tools) it is English. */
export const currentLanguage = (): Language => (typeof document === 'undefined' ? 'en' : pickLanguage(new URLSearchParams(location.search).get('lang'), stored(), navigator.languages));

/** The words are chosen once, when the page is opened; the address holds the session, so opening it again goes on where it was. */
export function chooseLanguage(language: Language): void {
  try {
    globalThis.localStorage?.setItem(KEY, language);
  } catch {
    // Then only the address can say it.
  }
  reopenIn(language);
}
/** For this visit alone. */
export function reopenIn(language: Language): void {
  const url = new URL(location.href);
  url.searchParams.set('lang', language);
  // Two navigations at once would cancel each other.
  if (url.href === location.href) location.reload();
  else location.replace(url);
}
