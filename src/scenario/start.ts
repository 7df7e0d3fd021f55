/** What the page does about scenarios once its machine runs: the address follows, the session is kept, files and texts are taken in. */
import type { Session } from '../engine/session.ts';
import { tellScenario, useScenario } from '../state/scenario.ts';
import { t } from '../strings/index.ts';
import { followAddress, leaveMark } from './address.ts';
import { keep, lastSession, newRecord } from './keep.ts';
import { openFragment, openText } from './link.ts';
import { fetchLibrary, openAddress, openScenario } from './open.ts';

export { openAddress };

/** A text from anywhere: a scenario, or a link to one. False: it is neither. */
async function takeIn(session: Session, text: string): Promise<boolean> {
  const hash = /^\S*?(#(?:v\d+;|s=)\S*)$/.exec(text.trim())?.[1];
  const scenario = /^\s*(#[^\n]*\n\s*)*scenario\s+\d/.test(text);
  if (hash === undefined && !scenario) return false;
  const opened = hash === undefined ? openText(text) : await openFragment(hash, fetchLibrary);
  if (!opened) return false;
  leaveMark();
  newRecord();
  await openScenario(session, opened);
  return true;
}

function acceptTexts(session: Session): void {
  addEventListener('paste', (event) => {
    const { target } = event;
    if (target instanceof HTMLElement && target.closest('input, textarea, dialog')) return;
    void takeIn(session, event.clipboardData?.getData('text/plain') ?? '');
  });
  const ours = (data: DataTransfer | null): File | undefined => [...(data?.files ?? [])].find(({ name }) => name.endsWith('.scn'));
  addEventListener('dragover', (event) => { if ([...(event.dataTransfer?.types ?? [])].some((type) => type === 'Files' || type === 'text/uri-list')) event.preventDefault(); });
  addEventListener('drop', (event) => {
    const file = ours(event.dataTransfer);
    const link = event.dataTransfer?.getData('text/uri-list') ?? '';
    // Other files are for whoever else listens.
    if (!file && !/#(v\d+;|s=)/.test(link)) return;
    event.preventDefault();
    void (async () => {
      if (!(await takeIn(session, file ? await file.text() : link))) tellScenario({ kind: 'problem', sentence: t.scenario.dropped, details: [] });
    })();
  });
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
      if (last) useScenario.setState({ resume: { title: last.title, text: last.text } });
    } catch (error) {
      cannotKeep(error);
    }
  }
  followAddress(session, ({ scenario }) => { if (!broken) keep(scenario, useScenario.getState().title).catch(cannotKeep); });
  acceptTexts(session);
}

/** Goes on with the session that was under way when the page was left. */
export async function resume(session: Session, text: string): Promise<void> {
  useScenario.setState({ resume: undefined });
  await openScenario(session, openText(text));
}
