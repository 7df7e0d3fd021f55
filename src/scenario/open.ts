/** Opens a scenario in the page: its machine, its steps, the moment and the view it names. */
import { didYouMean } from '../../workers/scenario/diagnostic.ts';
import { allOf, branchesOf, firstBranch, lastOf, type Moment, noteOf, stepsOf, titleOf } from '../../workers/scenario/scenario.ts';
import type { BootRequest } from '../../workers/uapi/machine_description.ts';
import { LENSES } from '../../workers/uapi/lens.ts';
import { KIND_NAMES } from '../../workers/uapi/page_kind.ts';
import { Failure } from '../engine/failure.ts';
import { listMachines, loadMachine } from '../engine/machines.ts';
import { bootFirst, type Session } from '../engine/session.ts';
import { word } from '../format/numbers.ts';
import { chooseLens } from '../state/lens.ts';
import { useTime } from '../state/time.ts';
import { useMachine } from '../state/machine.ts';
import { NO_SCENARIO, tellScenario, useScenario } from '../state/scenario.ts';
import { lookAt, selectBlock, selectFrame, toggleKind, useView } from '../state/view.ts';
import { t } from '../strings/index.ts';
import { setCurrent } from './current.ts';
import { openFragment, type Opened } from './link.ts';
import { NAME } from './fragment.ts';
import { setStage, speak } from './stage.ts';
import { inOwnWords } from './words.ts';

const LAYOUT_MS = 100;

/** A scenario of the library, by name. Undefined: there is none. */
export async function fetchLibrary(name: string): Promise<string | undefined> {
  if (!NAME.test(name)) return undefined;
  let response: Response;
  try {
    response = await fetch(`scenarios/${name}.scn`);
  } catch (error) {
    throw new Failure(t.failure.unreachable(`scenarios/${name}.scn`), error);
  }
  // A host that answers every path with the page itself has no such file either.
  return response.ok && !response.headers.get('content-type')?.includes('text/html') ? response.text() : undefined;
}

async function recordedMachine(name: string): Promise<BootRequest | undefined> {
  const machines = await listMachines();
  useMachine.setState({ machines });
  const entry = machines.find(({ id }) => id === name);
  return entry && loadMachine(entry);
}

/** The panels have their sizes: what fits into the map depends on them. A hidden page is never laid out and is not waited for. */
const laidOut = (): Promise<void> => new Promise((resolve) => {
  setTimeout(resolve, LAYOUT_MS);
  requestAnimationFrame(() => { requestAnimationFrame(() => { resolve(); }); });
});

/** Applies a view's parts; what it does not say stays. */
async function show(values: Readonly<Record<string, string>>): Promise<void> {
  setStage(values, new URLSearchParams(location.search));
  await laidOut();
  const pages = (useMachine.getState().snapshot?.blockBytes ?? 2 ** 27) / 4096;
  const number = (text: string | undefined): number | undefined => (text !== undefined && /^(0x[0-9a-f]{1,9}|\d{1,9})$/i.test(text) ? Number(text) : undefined);
  const pfn = number(values.pfn);
  const block = number(values.block);
  if (pfn !== undefined) selectFrame(pfn, pages);
  else if (block !== undefined) selectBlock(block);
  const [start, end] = (values.at ?? '').split('-').map(number);
  const top = number(values.top);
  lookAt(start !== undefined && end !== undefined && end > start ? { start, end, ...(top !== undefined && { top }) } : undefined);
  chooseLens(LENSES.find((lens) => lens === values.colours) ?? 'kind');
  const kind = KIND_NAMES.findIndex((name) => name === (values.kind ?? ''));
  if (kind >= 0 && useView.getState().isolated !== kind) toggleKind(kind);
  if (values.tab === 'inspector' || values.tab === 'calls') useView.setState({ tab: values.tab });
}

function problem(sentence: string, details: readonly string[] = []): false {
  tellScenario({ kind: 'problem', sentence, details });
  return false;
}

/** Where a machine with branches stands that says nothing of it. */
const BOOT: Moment = { type: 'moment', command: 0, events: 0, settled: false };

/** Opens what was read. False: it could not be, and the page says why. `stand`: one that would play stands at its first step until it is told to. */
export async function openScenario(session: Session, opened: Opened, stand = false): Promise<boolean> {
  if (!opened.ok) return problem(opened.reason, opened.details);
  const { scenario, library, warnings } = opened;
  useScenario.setState({ resume: undefined, chosen: undefined });
  const told = await inOwnWords(library?.name, titleOf(scenario), noteOf(scenario));
  tellScenario(warnings.length > 0 ? { kind: 'warning', sentence: t.scenario.warned, details: warnings.map(({ line, message }) => `${line}: ${message}`) } : undefined);
  const wanted = lastOf(scenario, 'recorded')?.name;
  const recorded = wanted === undefined ? undefined : await recordedMachine(wanted);
  const described = await session.engine.api.describe(scenario, recorded);
  const meant = wanted === undefined || recorded ? '' : didYouMean(wanted, useMachine.getState().machines.map(({ id }) => id));
  if (!described.ok) return problem(`${described.reason}${meant}${described.remedy ? ` ${t.scenario.remedy(described.remedy)}` : ''}`);
  const steps = stepsOf(scenario);
  const branches = branchesOf(scenario);
  // It was lived further than to its moment, on one branch or on several.
  const far = firstBranch(scenario).find((s) => s.type === 'reached');
  const future = far !== undefined || branches.length > 0;
  const moment = lastOf(scenario, 'moment');
  const start = lastOf(scenario, 'start')?.mode ?? (moment || steps.length === 0 ? 'end' : 'step');
  const { api } = session.engine;
  useScenario.setState({ ...NO_SCENARIO, ...told, steps: steps.length });
  setCurrent({ scenario, library, start });
  let reached: number | undefined;
  let stopped = false;
  const arrive = async (at: Moment | 'end'): Promise<void> => {
    useTime.setState({ arriving: true });
    stopped = (await api.arrive(at)).stopped;
    useTime.setState({ arriving: false });
  };
  try {
    await session.open({
      name: told.title || described.request.description.name, request: described.request, ...(wanted !== undefined && { machine: wanted }),
      async prepare() {
        await api.perform(steps, start === 'step' ? 'step' : 'play');
        if (future) {
          await arrive(far ? { ...far, type: 'moment' } : 'end');
          if (stopped) return false;
          for (const branch of branches) await api.grow(branch);
          const there = await api.revisit(moment ?? BOOT);
          stopped = there.stopped;
          if (stopped) return false;
          reached = there.digest;
          return there.seq >= there.end && moment?.settled === true;
        }
        if (moment || start === 'end') await arrive(moment ?? 'end');
        if (stopped) return false;
        if (moment) reached = (await api.digest()).digest;
        return moment === undefined ? !(stand && start === 'play') : moment.settled;
      },
    });
  } catch (error) {
    setCurrent(undefined);
    useScenario.setState(NO_SCENARIO);
    return problem(error instanceof Failure ? error.message : t.failure.engine, error instanceof Failure && error.detail ? [error.detail] : []);
  }
  // It was lived behind the page's back: with the next patch it reads all of it anew.
  if (future && !stopped) {
    useTime.setState({ branch: -1 });
    await api.revisit(moment ?? BOOT);
  }
  useTime.setState({ bookmarks: allOf(scenario, 'bookmark').map(({ branch, seq, name }) => ({ branch, seq, name })) });
  if (stopped) tellScenario({ kind: 'news', sentence: t.scenario.stoppedShort, details: [] });
  await show(lastOf(scenario, 'view')?.values ?? {});
  if (moment?.digest !== undefined && reached !== undefined && reached >>> 0 !== moment.digest >>> 0) {
    tellScenario({ kind: 'differs', sentence: t.scenario.differs, details: [t.scenario.digestThen(word(moment.digest)), t.scenario.digestNow(word(reached))] });
  }
  return true;
}

/** Opens the address's fragment. False: there is none. What cannot be opened is told, and a machine is there all the same. `stand`: as for openScenario. */
export async function openAddress(session: Session, hash: string, stand = false): Promise<boolean> {
  let opened: Opened | undefined;
  try {
    opened = await openFragment(hash, fetchLibrary, session.engine.api.readScenario);
  } catch (error) {
    opened = { ok: false, reason: error instanceof Failure ? error.message : t.failure.engine, details: [] };
  }
  if (opened === undefined) return false;
  const lang = opened.ok ? lastOf(opened.scenario, 'view')?.values.lang : undefined;
  // The page is about to go: nothing is booted for it.
  if (hash === location.hash && speak(lang, new URLSearchParams(location.search))) return new Promise(() => undefined);
  if (!(await openScenario(session, opened, stand)) && useMachine.getState().phase !== 'ready') await bootFirst(session, null);
  return true;
}
