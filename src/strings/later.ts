/** All words of the page, for what is loaded after the first picture. */
import { shownLanguage, t as first } from './index.ts';
import { later } from './later.en.ts';
import type { LaterStrings, Strings } from './strings.ts';

const own: LaterStrings = shownLanguage === 'de' ? (await import('./later.de.ts')).later : later;
export const t: Strings & LaterStrings = { ...first, ...own };
