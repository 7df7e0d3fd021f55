/** Keeps the address bar shareable: what stands there opens what is shown. Looking around replaces it; opening another scenario is a step back can undo. */
import type { Session } from '../engine/session.ts';
import { useLens } from '../state/lens.ts';
import { useMachine } from '../state/machine.ts';
import { usePicture } from '../state/picture.ts';
import { useChrome } from '../state/chrome.ts';
import { useHidden } from '../state/hidden.ts';
import { useLayout } from '../state/layout.ts';
import { useScenario } from '../state/scenario.ts';
import { useTheme } from '../state/theme.ts';
import { useTime } from '../state/time.ts';
import { useView } from '../state/view.ts';
import { type Current, currentScenario, tellSession, type Told } from './current.ts';
import { fragmentOf, libraryFragmentOf } from './tell_link.ts';
import { newRecord } from './keep.ts';
import { openAddress } from './open.ts';

/** The address follows at most this often, and of a machine that works so that telling where it stands takes at most this share of its time: after a flood of changes the digest does. */
const FOLLOW_MS = 600;
const FOLLOW_SHARE = 1 / 20;

const machineAlone = ({ id, name }: { readonly id: string; readonly name: string }): Current => ({ scenario: { statements: [{ type: 'title', text: name }, { type: 'recorded', name: id }] }, library: undefined, start: 'end' });

/** The session as a scenario, as it stands; undefined before there is one. */
export async function sessionNow(session: Session): Promise<Told | undefined> {
  const { chosen } = useScenario.getState();
  // A machine out of the list is a scenario of one line.
  const from = chosen ? machineAlone(chosen) : currentScenario();
  if (!from || useMachine.getState().phase !== 'ready') return undefined;
  const [report, script] = await Promise.all([session.engine.api.session(), session.engine.api.script()]);
  return tellSession(from, report, report.branches ?? script);
}
/** The shortest fragment that opens it. */
export async function addressOf({ scenario, added }: Told): Promise<string> {
  const whole = await fragmentOf(scenario);
  const short = added && await libraryFragmentOf(added.name, added.statements);
  return short !== undefined && short.length < whole.length ? short : whole;
}

let renewNow = async (): Promise<void> => undefined;

/** Called with every scenario the address was renewed for. */
export type Follower = (told: Told) => void;

export function followAddress(session: Session, follower: Follower): void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let own = location.hash;
  /** How long it took to hear of the session, ms. */
  let took = 0;

  async function renew(): Promise<void> {
    timer = undefined;
    const asked = performance.now();
    const told = await sessionNow(session);
    took = performance.now() - asked;
    if (!told) return;
    const hash = await addressOf(told);
    useScenario.setState({ address: new URL(hash, location.href).href });
    follower(told);
    if (hash === own) return;
    own = hash;
    history.replaceState(null, '', hash);
  }
  const soon = (): void => {
    timer ??= setTimeout(() => { void renew().catch(() => undefined); }, useMachine.getState().running ? Math.max(FOLLOW_MS, took / FOLLOW_SHARE) : FOLLOW_MS);
  };
  useMachine.subscribe((now, before) => {
    if (before.running && !now.running) {
      clearTimeout(timer);
      timer = undefined;
    }
    if (now.seq !== before.seq || now.phase !== before.phase || now.running !== before.running) soon();
  });
  useView.subscribe(soon);
  useTime.subscribe((now, before) => { if (now.bookmarks !== before.bookmarks || now.branches !== before.branches) soon(); });
  useTheme.subscribe(soon);
  useLayout.subscribe(soon);
  useHidden.subscribe(soon);
  useChrome.subscribe((now, before) => { if (now.lecture !== before.lecture) soon(); });
  useLens.subscribe((now, before) => { if (now.chosen !== before.chosen) soon(); });
  usePicture.subscribe((now, before) => { if (now.range !== before.range) soon(); });
  addEventListener('popstate', () => {
    if (location.hash === own) return;
    own = location.hash;
    clearTimeout(timer);
    timer = undefined;
    newRecord();
    void openAddress(session, own);
  });
  renewNow = () => {
    clearTimeout(timer);
    return renew().catch(() => undefined);
  };
  soon();
}

/** The address tells of what is open now, without waiting for its turn. */
export const tellAddress = (): Promise<void> => renewNow();

/** Before another scenario is opened: where one was, as it stands now, is what back leads to. */
export async function leaveMark(): Promise<void> {
  await renewNow();
  history.pushState(null, '', location.href);
}
