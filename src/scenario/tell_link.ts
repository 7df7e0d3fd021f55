/** Scenarios → links. Comes with the address that follows the session, after the first picture. */
import { printScenario } from '../../workers/scenario/print.ts';
import { type Scenario, SCENARIO_VERSION, type Statement } from '../../workers/scenario/scenario.ts';
import { deflate } from './deflate.ts';
import { libraryFragment, wholeFragment } from './fragment.ts';

/** The fragment that opens a scenario again. */
export const fragmentOf = async (scenario: Scenario): Promise<string> => wholeFragment(await deflate(printScenario(scenario)));
/** The same for a scenario of the library, with what was added to it. */
export async function libraryFragmentOf(name: string, added: readonly Statement[]): Promise<string> {
  if (added.length === 0) return libraryFragment(name);
  const head = `scenario ${SCENARIO_VERSION}\n`;
  return libraryFragment(name, await deflate(printScenario({ statements: added }).slice(head.length)));
}
