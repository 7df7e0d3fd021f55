/** Composition root of the embedded page. */
import type { Engine } from '../engine/connect.ts';
import { bootFirst } from '../engine/session.ts';
import { pageIsWhole } from '../engine/test_handle.ts';
import { beginVisit, type Visit } from '../engine/visit.ts';
import { describeEvent } from '../format/event.ts';
import { openFragment, openText } from '../scenario/link.ts';
import { fetchLibrary, openAddress, openScenario } from '../scenario/open.ts';
import { eventContext } from '../state/events.ts';
import { useMachine } from '../state/machine.ts';
import { captionOf, useScenario } from '../state/scenario.ts';
import { useTheme } from '../state/theme.ts';
import { showFrame } from './frame.ts';
import { type Answer, listen, PROTOCOL, type Request } from './messages.ts';
import type { At, EmbedParameters } from './parameters.ts';
import { tellEvents } from './told.ts';

/** How long the end is shown before it begins again. */
const LOOP_MS = 2000;

const state = (): Answer => {
  const { seq, time, running, phase, pace, digest } = useMachine.getState();
  const { title, report } = useScenario.getState();
  return { type: 'state', phase, seq, time, running, playing: pace.mode === 'playing', digest: digest?.seq === seq ? digest.digest >>> 0 : undefined, title, step: report?.position, steps: report?.of, caption: report?.caption, failed: report?.failed.length };
};

export async function startEmbed(container: HTMLElement, engine: Engine, parameters: EmbedParameters, visit: Visit): Promise<void> {
  const session = beginVisit(engine, visit);
  const { api } = engine;
  if (parameters.theme) useTheme.setState({ theme: parameters.theme });
  showFrame(container, session, parameters);
  pageIsWhole();

  let hash = location.hash;
  /** Back is where the machine has been; on is where its steps lead. */
  const seek = async ({ command, events }: At): Promise<void> => {
    const { moment } = await api.session();
    if (moment.command > command || (moment.command === command && moment.events > events)) {
      const taken = (await api.journal())[command - 1]?.seq ?? 0;
      await session.seek(taken + events);
      return;
    }
    await api.arrive({ type: 'moment', command, events, settled: false });
    await session.pause();
  };
  /** It has reached the end it was given, or is on its way back to the beginning. */
  let over = true;
  /** It stands where it begins: a play that came before would be stopped there. */
  let begun = false;
  const begin = async (): Promise<void> => {
    // Nobody listens yet: what it did before the first word came would be told to no one.
    if (!(await openAddress(session, hash, true))) await bootFirst(session, visit.machine);
    await play();
    begun = true;
  };
  /** Once more: from where it began, on the branch it was. */
  const again = (): void => {
    if (!parameters.loop) return;
    setTimeout(() => {
      over = true;
      void session.seek(0, 0).then(play);
    }, LOOP_MS);
  };
  const play = async (): Promise<void> => {
    if (parameters.start) await seek(parameters.start);
    over = false;
    if (parameters.autoplay) {
      await api.nextStep(true);
      await session.play();
    } else if (!parameters.start && useScenario.getState().steps > 0 && !useScenario.getState().report?.done) await session.pause();
  };

  async function handle(message: Request): Promise<Answer> {
    switch (message.type) {
      case 'ping': return { type: 'pong', version: PROTOCOL, ready: begun && useMachine.getState().phase === 'ready' };
      case 'play':
        await api.nextStep(true);
        await session.play();
        return { type: 'done' };
      case 'pause':
        await session.pause();
        return { type: 'done' };
      case 'seek': {
        const at = { command: message.command, events: message.events ?? 0 };
        await seek(at);
        return state();
      }
      case 'load': {
        const opened = message.text === undefined ? await openFragment(new URL(message.link ?? '', location.href).hash, fetchLibrary, api.readScenario) : await openText(message.text, api.readScenario);
        if (!opened) return { type: 'refused', reason: 'load takes a link to a scenario, or a text' };
        if (!opened.ok) return { type: 'refused', reason: opened.reason, details: opened.details };
        if (!(await openScenario(session, opened))) return { type: 'refused', reason: useScenario.getState().notice?.sentence ?? '' };
        if (message.link !== undefined) hash = new URL(message.link, location.href).hash;
        return { type: 'done' };
      }
      default: return state();
    }
  }
  const wire = listen(parameters.origins, handle);
  tellEvents((event) => { wire.tell({ type: 'event', seq: event.seq, text: describeEvent(event, eventContext).text }); });
  useScenario.subscribe((now, before) => {
    const caption = captionOf(now);
    if (caption !== undefined && caption !== captionOf(before)) wire.tell({ type: 'caption', text: caption });
    // The first that is heard of a short one may be its end.
    if (now.report?.done === true && before.report?.done !== true) {
      wire.tell({ type: 'done', met: now.report.met, failed: now.report.failed });
      if (!over) again();
    }
  });
  const { end } = parameters;
  if (end) {
    /** Stands exactly at the end, however far it had run on when that was noticed. */
    const stopAt = async (): Promise<void> => {
      await session.pause();
      const begun = end.command === 0 ? 0 : (await api.journal())[end.command - 1]?.seq;
      if (begun !== undefined) await session.seek(begun + end.events);
      again();
    };
    useMachine.subscribe(({ seq, pace }, before) => {
      // That it plays may be heard after the last of its events.
      if ((seq === before.seq && pace.mode === before.pace.mode) || pace.mode === 'paused' || over) return;
      void api.session().then(({ moment }) => {
        if (over || moment.command < end.command || (moment.command === end.command && moment.events < end.events)) return;
        over = true;
        void stopAt();
      });
    });
  }
  await begin();
}
