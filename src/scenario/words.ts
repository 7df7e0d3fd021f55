/** What a scenario says, in the language of the page: the library's in full, of any other the captions that are the library's. */
import type { ScenarioState } from '../state/scenario.ts';
import { shownLanguage } from '../strings/index.ts';

/** `library`: name in the library; undefined: it is somebody's own. */
export async function inOwnWords(library: string | undefined, title: string, note: string): Promise<Pick<ScenarioState, 'title' | 'note' | 'captions'>> {
  if (shownLanguage === 'en') return { title, note, captions: {} };
  const [{ scenarios }, { captions, notes }] = await Promise.all([import('../strings/scenarios.de.ts'), import('../strings/lessons.de.ts')]);
  if (library === undefined) return { title, note, captions };
  return { title: scenarios[library]?.[0] ?? title, note: notes[library] ?? note, captions };
}
