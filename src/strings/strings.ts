/** What every language has to say: the same entries as English, with words of its own. */
import type { en } from './en.ts';
import type { later } from './later.en.ts';

type Widened<T> = T extends string ? string : T extends (...args: infer A) => string ? (...args: A) => string : { readonly [K in keyof T]: Widened<T[K]> };
export type Strings = Widened<typeof en>;
export type LaterStrings = Widened<typeof later>;

export const LANGUAGES = ['en', 'de'] as const;
export type Language = (typeof LANGUAGES)[number];
/** Each language's name in itself. */
export const LANGUAGE_NAMES: Readonly<Record<Language, string>> = { en: 'English', de: 'Deutsch' };
