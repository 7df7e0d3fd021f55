/** Sentences that stand in workers/uapi in English, in the language that is shown. Loaded with the panels that show them. */
import { FUNCTIONS } from '../../workers/uapi/functions.ts';
import { shownLanguage } from './index.ts';

const own = shownLanguage === 'de' ? await import('./rules.de.ts') : undefined;

/** What a function of the call path does. `fn`: wire value. */
export function sentenceOf(fn: number): string {
  const row = FUNCTIONS[fn - 1];
  return row === undefined ? '' : own?.functions[row[0]] ?? row[2];
}
/** Why a page stands in the way, or what would free it. */
export const holderWords = (said: string): string => own?.holders[said] ?? said;
/** What a frame holds, as FrameFacts says it: a kind, with an order behind it or not. */
export function kindWords(said: string): string {
  if (!own) return said;
  const [, kind = said, order] = /^(.*?)(?:, order (\d+))?$/.exec(said) ?? [];
  return `${own.frameKinds[kind] ?? own.holders[kind] ?? kind}${order === undefined ? '' : `, ${own.ofOrder(order)}`}`;
}
/** What an option of the kernel's configuration brings. */
export const bringsOf = ({ name, brings }: { readonly name: string; readonly brings: string }): string => own?.brings[name] ?? brings;
