/** The one place that knows which language is shown. */
import { en } from './en.ts';
import { currentLanguage } from './language.ts';
import type { Strings } from './strings.ts';

export const shownLanguage = currentLanguage();
if (typeof document !== 'undefined') document.documentElement.lang = shownLanguage;

export const t: Strings = shownLanguage === 'de' ? (await import('./de.ts')).de : en;
