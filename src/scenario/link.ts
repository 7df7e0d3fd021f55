/** Links → scenarios (the way back: tell_link.ts). Everything a link may hold is checked here, before anything is done with it. */
import { type Diagnostic, diagnosticLine } from '../../workers/scenario/diagnostic.ts';
import { MAX_TEXT } from '../../workers/scenario/limits.ts';
import type { ReadText } from '../../workers/scenario/read.ts';
import type { Scenario } from '../../workers/scenario/scenario.ts';
import { t } from '../strings/index.ts';
import { inflate, type Unpack } from './deflate.ts';
import { readFragment } from './fragment.ts';

export type Opened =
  | { readonly ok: true; readonly text: string; readonly scenario: Scenario; readonly warnings: readonly Diagnostic[]; /** The library's scenario it is, or began as. */ readonly library?: LibraryText }
  | { readonly ok: false; readonly reason: string; /** Line by line, where the text itself is wrong. */ readonly details: readonly string[] };
export interface LibraryText {
  readonly name: string;
  readonly text: string;
  readonly scenario: Scenario;
}
/** Text of a scenario of the library; undefined: there is none of that name. */
export type FetchLibrary = (name: string) => Promise<string | undefined>;

const refuse = (reason: string, details: readonly string[] = []): Opened => ({ ok: false, reason, details });

/** Who reads texts: the engine, so that the parser is none of what the page loads before it shows something. */
export type Read = (text: string, added?: string) => Promise<ReadText>;

function openedAs({ text, parsed, base }: ReadText, name?: string, own?: string): Opened {
  if (!parsed.ok) return refuse(parsed.errors.length === 1 ? (parsed.errors[0]?.message ?? '') : t.link.unreadable, parsed.errors.map(diagnosticLine));
  return { ok: true, text, scenario: parsed.scenario, warnings: parsed.warnings, ...(name !== undefined && own !== undefined && base && { library: { name, text: own, scenario: base } }) };
}
/** Reads a text that came from anywhere: a file, the clipboard, a link. */
export const openText = async (text: string, read: Read): Promise<Opened> => openedAs(await read(text));

/** Opens what stands behind #. Undefined: nothing does. Never throws for what a link holds; what `fetchLibrary` throws goes up. */
export async function openFragment(hash: string, fetchLibrary: FetchLibrary, read: Read, unpack: Unpack = inflate): Promise<Opened | undefined> {
  const fragment = readFragment(hash);
  if (fragment.kind === 'none') return undefined;
  if (fragment.kind === 'refused') return refuse(fragment.reason);
  const inflated = fragment.bytes && await unpack(fragment.bytes, MAX_TEXT);
  if (inflated && !inflated.ok) return refuse(inflated.reason);
  if (fragment.kind === 'whole') return openText(inflated?.text ?? '', read);
  const text = await fetchLibrary(fragment.name);
  if (text === undefined) return refuse(t.link.noScenario(fragment.name));
  return openedAs(await read(text, inflated?.text), fragment.name, text);
}
