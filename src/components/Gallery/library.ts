/** The index of the library, which the build makes from the scenarios themselves. */
import * as v from 'valibot';
import { Failure } from '../../engine/failure.ts';
import { shownLanguage, t } from '../../strings/index.ts';

const index = v.array(v.object({ name: v.string(), title: v.string(), note: v.string(), tags: v.array(v.string()), edition: v.string() }));
export type LibraryEntry = v.InferOutput<typeof index>[number] & { /** In its own language, where that is not the page's. */ readonly also?: string };

const URL_OF_INDEX = 'scenarios/index.json';
/** Throws a Failure with a sentence. */
export async function fetchIndex(): Promise<readonly LibraryEntry[]> {
  let value: unknown;
  try {
    const response = await fetch(URL_OF_INDEX);
    value = await response.json();
  } catch (error) {
    throw new Failure(t.failure.unreachable(URL_OF_INDEX), error);
  }
  const parsed = v.safeParse(index, value);
  if (!parsed.success) throw new Failure(t.failure.badIndex(URL_OF_INDEX));
  return shownLanguage === 'de' ? inGerman(parsed.output) : parsed.output;
}

/** Titles and what they are about; what has none is shown as it stands. The words of the scenario itself can still be looked for. */
async function inGerman(entries: readonly LibraryEntry[]): Promise<readonly LibraryEntry[]> {
  const { scenarios } = await import('../../strings/scenarios.de.ts');
  return entries.map((entry) => {
    const [title, note] = scenarios[entry.name] ?? [entry.title, entry.note];
    return { ...entry, title, note, also: `${entry.title} ${entry.note}` };
  });
}

/** Every word that is looked for stands somewhere in it. */
export function matches({ name, title, note, tags, edition, also = '' }: LibraryEntry, words: string): boolean {
  const text = [name, title, note, also, edition, ...tags].join(' ').toLowerCase();
  return words.toLowerCase().split(/\s+/).every((word) => text.includes(word));
}
