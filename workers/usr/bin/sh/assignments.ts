/** Assignments: their values expanded first, then put into variables. */
import type { Kthread } from '../../../kernel/kthread.ts';
import { closingBracket } from './arith.ts';
import { type Assignment, type Entry, type Evaluated, type Word, wordOfText } from './ast.ts';
import { expandString, expandText, expandWord } from './expand.ts';
import { traceQuote } from './quote.ts';
import { subscriptOf } from './params.ts';
import { type Sh, within } from './shell.ts';
import { assign, assignArray } from './vars.ts';

/** `[key]=value` inside ( … ). */
function keyed(text: string): { key: string; append: boolean; value: string } | undefined {
  if (!text.startsWith('[')) return undefined;
  const end = closingBracket(text, 0);
  const m = end < 0 ? null : /^\+?=/.exec(text.slice(end + 1));
  return m ? { key: text.slice(1, end), append: m[0] === '+=', value: text.slice(end + 1 + m[0].length) } : undefined;
}
function* stringOf(sh: Sh, text: string): Kthread<string> {
  if (text === '') return '';
  const { source, word } = wordOfText(text);
  return yield* within(sh, source, expandString(sh, word, { quoted: false, assignment: true }));
}
function* entriesOf(sh: Sh, words: readonly Word[]): Kthread<Entry[]> {
  const entries: Entry[] = [];
  for (let i = 0; i < words.length; i++) {
    const word = words[i] as Word;
    let { text } = word;
    // The parser cuts `[a b]=c` at the blank: what belongs together is put together.
    for (let j = i + 1; text.startsWith('[') && closingBracket(text, 0) < 0 && j < words.length; j++) {
      text = sh.source.text.slice(word.pos, (words[j] as Word).end);
      if (keyed(text)) i = j;
    }
    const pair = keyed(text);
    if (pair)
      entries.push({
        key: yield* /\s/.test(pair.key) && !/["'\\]/.test(pair.key) ? expandText(sh, pair.key) : stringOf(sh, pair.key),
        value: yield* stringOf(sh, pair.value),
        append: pair.append,
      });
    else for (const value of yield* expandWord(sh, word)) entries.push({ value });
  }
  return entries;
}
export function* evaluateAssignment(sh: Sh, a: Assignment): Kthread<Evaluated> {
  const base = { name: a.name, append: a.append ?? false, ...(a.index && { subscript: yield* subscriptOf(sh, a.name, a.index) }) };
  if (a.value.type === 'ArrayValue') return { ...base, entries: yield* entriesOf(sh, a.value.elements), written: a.text.slice(a.text.indexOf('=(') + 1) };
  return { ...base, value: yield* expandString(sh, a.value, { quoted: false, assignment: true }) };
}
export function assignAll(sh: Sh, all: readonly Evaluated[]): void {
  for (const e of all) {
    if (e.entries) assignArray(sh, e.name, e.entries, e.append);
    else assign(sh, e.name, e.value ?? '', e.subscript, e.append);
  }
}
/** As `set -x` shows it. */
export function traceAssignment(e: Evaluated): string {
  const left = `${e.name}${e.subscript === undefined ? '' : `[${e.subscript}]`}${e.append ? '+' : ''}=`;
  return left + (e.entries ? (e.written ?? '') : e.value === '' ? '' : traceQuote(e.value ?? ''));
}
