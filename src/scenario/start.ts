/** What the page does about scenarios once its machine runs: the address follows, the session is kept, files and texts are taken in. */
import type { Session } from '../engine/session.ts';
import { watchEngine } from '../engine/watch.ts';
import { tellScenario, useScenario } from '../state/scenario.ts';
import { t } from '../strings/index.ts';
import { followAddress } from './address.ts';
import { begin } from './begin.ts';
import { MAX_FRAGMENT } from './fragment.ts';
import { keep, lastSession, newRecord } from './keep.ts';
import { openFragment, openText } from './link.ts';
import { fetchLibrary, openScenario } from './open.ts';

/** A text from anywhere: a scenario, or a link to one. False: it is neither. */
async function takeIn(session: Session, text: string): Promise<boolean> {
  const hash = /(?:^|\s)\S*?(#(?:v\d{1,6};|s=)\S+)/.exec(text.slice(0, 2 * MAX_FRAGMENT))?.[1];
  const scenario = /^\s*(#[^\n]*\n\s*)*scenario\s+\d/.test(text);
  if (hash === undefined && !scenario) return false;
  const opened = scenario || hash === undefined ? await openText(text, session.engine.api.readScenario) : await openFragment(hash, fetchLibrary, session.engine.api.readScenario);
  if (!opened) return false;
  await begin(session, opened);
  return true;
}

/** A scenario's file among those that were dropped or pasted; other files are for whoever else listens. */
const fileOf = (data: DataTransfer | null): File | undefined => [...(data?.files ?? [])].find(({ name }) => name.endsWith('.scn'));
const wordsOf = (data: DataTransfer | null): string => data?.getData('text/uri-list') || data?.getData('text/plain') || '';

function acceptTexts(session: Session): void {
  const take = async (data: DataTransfer | null): Promise<boolean> => {
    // Both have to be asked for before the event is over.
    const [file, words] = [fileOf(data), wordsOf(data)];
    return takeIn(session, file ? await file.text() : words);
  };
  addEventListener('paste', (event) => {
    const { target } = event;
    if (target instanceof HTMLElement && target.closest('input, textarea, dialog')) return;
    void take(event.clipboardData);
  });
  addEventListener('dragover', (event) => { if ([...(event.dataTransfer?.types ?? [])].some((type) => type === 'Files' || type === 'text/uri-list' || type === 'text/plain')) event.preventDefault(); });
  addEventListener('drop', (event) => {
    const { target, dataTransfer } = event;
    const file = fileOf(dataTransfer);
    if (!file && ((dataTransfer?.files.length ?? 0) > 0 || (target instanceof HTMLElement && target.closest('input, textarea')))) return;
    event.preventDefault();
    void take(dataTransfer).then((taken) => { if (file && !taken) tellScenario({ kind: 'problem', sentence: t.scenario.dropped, details: [] }); });
  // Before those who take any file.
  }, { capture: true });
}

/** @param fresh the page was opened without a scenario: the last session is offered */
export async function startScenarios(session: Session, fresh: boolean): Promise<void> {
  let broken = false;
  const cannotKeep = (error: unknown): void => {
    broken = true;
    useScenario.setState({ unkept: error instanceof Error ? error.message : String(error) });
  };
  if (fresh) {
    try {
      const last = await lastSession();
      if (last) useScenario.setState({ resume: last });
    } catch (error) {
      cannotKeep(error);
    }
  }
  followAddress(session, ({ scenario }) => { if (!broken) keep(scenario, useScenario.getState().title).catch(cannotKeep); });
  // A machine out of the list is another session; the one before stays as it was left.
  useScenario.subscribe((now, before) => { if (now.chosen !== undefined && now.chosen !== before.chosen) newRecord(); });
  acceptTexts(session);
  watchEngine(session.engine.api, (silent) => { useScenario.setState({ silent }); });
}

/** Goes on with the session that was under way when the page was left, in its own record. */
export async function resume(session: Session, { id, text }: { readonly id: string; readonly text: string }): Promise<void> {
  useScenario.setState({ resume: undefined });
  newRecord(id);
  await openScenario(session, await openText(text, session.engine.api.readScenario));
}
