/** Links ⇄ scenarios. Everything a link may hold is checked here, before anything is done with it. */
import { type Diagnostic, diagnosticLine } from '../../workers/scenario/diagnostic.ts';
import { MAX_TEXT } from '../../workers/scenario/limits.ts';
import { parseScenario } from '../../workers/scenario/parse.ts';
import { printScenario } from '../../workers/scenario/print.ts';
import { type Scenario, SCENARIO_VERSION, type Statement } from '../../workers/scenario/scenario.ts';
import { deflate, inflate, type Unpack } from './deflate.ts';
import { libraryFragment, readFragment, wholeFragment } from './fragment.ts';

export type Opened =
  | { readonly ok: true; readonly text: string; readonly scenario: Scenario; readonly warnings: readonly Diagnostic[]; /** The library's scenario it is, or began as. */ readonly library?: LibraryText }
  | { readonly ok: false; readonly reason: string; /** Line by line, where the text itself is wrong. */ readonly details: readonly string[] };
export interface LibraryText {
  readonly name: string;
  readonly text: string;
}
/** Text of a scenario of the library; undefined: there is none of that name. */
export type FetchLibrary = (name: string) => Promise<string | undefined>;

const refuse = (reason: string, details: readonly string[] = []): Opened => ({ ok: false, reason, details });

/** Reads a text that came from anywhere: a file, the clipboard, a link. */
export function openText(text: string, library?: LibraryText): Opened {
  const parsed = parseScenario(text);
  if (!parsed.ok) return refuse(parsed.errors.length === 1 ? (parsed.errors[0]?.message ?? '') : 'The scenario cannot be read.', parsed.errors.map(diagnosticLine));
  return { ok: true, text, scenario: parsed.scenario, warnings: parsed.warnings, ...(library && { library }) };
}

const SHOWING: readonly Statement['type'][] = ['view', 'start', 'moment'];
/** A library scenario with statements added; its own view, start and moment give way to theirs. */
function joined(base: Scenario, added: string): string {
  const replaced = SHOWING.filter((type) => new RegExp(`^\\s*${type}\\b`, 'm').test(added));
  return printScenario({ statements: base.statements.filter(({ type }) => !replaced.includes(type)) }) + added;
}

/** Opens what stands behind #. Undefined: nothing does. Never throws for what a link holds; what `fetchLibrary` throws goes up. */
export async function openFragment(hash: string, fetchLibrary: FetchLibrary, unpack: Unpack = inflate): Promise<Opened | undefined> {
  const fragment = readFragment(hash);
  if (fragment.kind === 'none') return undefined;
  if (fragment.kind === 'refused') return refuse(fragment.reason);
  const inflated = fragment.bytes && await unpack(fragment.bytes, MAX_TEXT);
  if (inflated && !inflated.ok) return refuse(inflated.reason);
  if (fragment.kind === 'whole') return openText(inflated?.text ?? '');
  const text = await fetchLibrary(fragment.name);
  if (text === undefined) return refuse(`The library has no scenario "${fragment.name}".`);
  const library = { name: fragment.name, text };
  const base = openText(text, library);
  return !base.ok || inflated === undefined ? base : openText(joined(base.scenario, inflated.text), library);
}

/** The fragment that opens a scenario again. */
export const fragmentOf = async (scenario: Scenario): Promise<string> => wholeFragment(await deflate(printScenario(scenario)));
/** The same for a scenario of the library, with what was added to it. */
export async function libraryFragmentOf(name: string, added: readonly Statement[]): Promise<string> {
  if (added.length === 0) return libraryFragment(name);
  const head = `scenario ${SCENARIO_VERSION}\n`;
  return libraryFragment(name, await deflate(printScenario({ statements: added }).slice(head.length)));
}
