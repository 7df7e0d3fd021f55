/** From patches to stores: brings the mirror up to date once a frame and tells everybody who shows something of it. */
import type { EngineApi } from '../../workers/uapi/engine.ts';
import { H_BRANCH, H_REPLAY, H_RUNNING, H_SEQ } from '../../workers/uapi/layout.ts';
import type { Patch } from '../../workers/uapi/patch.ts';
import type { TraceEvent } from '../../workers/uapi/trace.ts';
import { PAGE_SIZE } from '../../workers/uapi/units.ts';
import type { Lens } from '../../workers/uapi/lens.ts';
import { type Counts, createCounts, type Mirror as Drawn } from '../map/index.ts';
import { resetCalls } from '../state/calls.ts';
import { addEvents, appendEvents, endSeq, eventContext, resetEvents, showEvents } from '../state/events.ts';
import { resetPins } from '../state/inspector.ts';
import { useLens } from '../state/lens.ts';
import { useMachine } from '../state/machine.ts';
import { announce, refuse } from '../state/notice.ts';
import { clearTerminal } from '../state/terminal.ts';
import { resetTime, useTime } from '../state/time.ts';
import { addMarks, addSample, resetTimeline, setSamples } from '../state/timeline.ts';
import { resetVerdicts } from '../state/verdicts.ts';
import { selectBlock } from '../state/view.ts';
import { decodeBatch, spanOf } from './drain.ts';
import type { Mirror } from './mirror.ts';
import { createNotices } from './notices.ts';
import { createNow } from './now.ts';
import { clockOf, snapshot } from './snapshot.ts';

/** What a picture of the machine needs to hear: which pageblocks changed. */
export type Listener = (patch: Patch) => void;

/** The machine as the chosen lens shows it. */
export interface Lensed {
  readonly lens: Lens;
  readonly mirror: Drawn;
  readonly counts: Counts;
}

export interface Feed {
  /** Undefined until a machine has booted. */
  readonly mirror: () => Mirror | undefined;
  /** Frames by kind of that machine, shared by legend and picture. */
  readonly counts: () => Counts | undefined;
  /** What the picture draws; kinds until the classes of another lens have come. The same object while the lens stays. */
  readonly drawn: () => Lensed | undefined;
  /** Calls back for every patch, after the mirror has it. Returns how to stop. */
  onPatch(listener: Listener): () => void;
  /** Lets go of the machine: nothing is read from it any more once this has resolved. */
  close(): Promise<void>;
  /** Shows a machine from its beginning. */
  open(mirror: Mirror, first: Patch): void;
  /** Brings mirror and stores up to date now. */
  pump(): Promise<void>;
  /** Publishes the facts now, however recently that was done. */
  publish(): void;
  /** True: the machine stands before the end of what is known. */
  past(): boolean;
  /** True if something arrived that has not been published. */
  behind(): boolean;
}

/** The facts are published at most this often while commands run; half as often where so many events lie in between that nobody follows the numbers: a lecture's steps are shown at once, a flood's are not. */
const PUBLISH_MS = 100;
const FLOOD_EVENTS = 10_000;

/** Forgets everything about the machine before. */
function resetStores(blockPages: number): void {
  resetEvents(blockPages);
  resetTimeline();
  resetCalls();
  resetTime();
  resetVerdicts();
  resetPins();
  clearTerminal();
  refuse(undefined);
  selectBlock(undefined);
  useMachine.setState({ submitted: 0, ended: 0, digest: undefined });
}

/** `changed` hears of every patch before the listeners do; `fail` of anything thrown on the way. */
export function createFeed(api: Pick<EngineApi, 'past' | 'branches'>, changed: (pageblocks: Int32Array, events: readonly TraceEvent[]) => void, fail: (error: unknown) => void): Feed {
  const listeners = new Set<Listener>();
  let noticeOf = createNotices();
  let mirror: Mirror | undefined;
  let drawn: Lensed | undefined;
  let published = 0;
  let publishedSeq = 0;
  let dirty = false;
  let pumping: Promise<void> | undefined;
  const now = createNow();

  function publish(): void {
    if (!mirror) return;
    published = performance.now();
    publishedSeq = mirror.tables.header[H_SEQ] as number;
    dirty = false;
    showEvents();
    const facts = snapshot(mirror.tables, useMachine.getState().snapshot);
    const clock = clockOf(mirror.tables);
    useMachine.setState({ snapshot: facts, kinds: Array.from(mirror.counts.machine), ...clock });
    if (drawn && drawn.lens !== 'kind') useLens.setState({ classes: Array.from(drawn.counts.machine) });
    const end = endSeq();
    if (clock.seq >= end) addSample({ seq: clock.seq, online: facts.online, free: facts.free });
    const heading = mirror.tables.header[H_REPLAY] || undefined;
    useTime.setState({ end: Math.max(end, clock.seq), heading });
  }

  /** On the way through time the numbers are torn and wait for its end; how far it is can be told. */
  function tellWay(): void {
    if (!mirror || performance.now() - published < PUBLISH_MS) return;
    const { header } = mirror.tables;
    const heading = header[H_REPLAY] || undefined;
    if (heading === undefined) return;
    published = performance.now();
    useTime.setState({ heading });
    useMachine.setState({ seq: header[H_SEQ] as number });
  }

  /** Follows the mirror to another lens, or brings the classes' counts up to date. */
  function look(): void {
    const seen = mirror?.drawn();
    if (!mirror || !seen) return;
    if (drawn?.mirror === seen.mirror) {
      if (seen.lens !== 'kind') drawn.counts.update();
      return;
    }
    drawn = seen.lens === 'kind' ? { ...seen, counts: mirror.counts } : { ...seen, counts: createCounts(seen.mirror) };
    useLens.setState({ shown: seen.lens, classes: seen.lens === 'kind' ? [] : Array.from(drawn.counts.machine) });
  }

  /** What is new is said, and a refusal shown. */
  function say(events: readonly TraceEvent[]): void {
    for (const event of events) {
      const notice = noticeOf(event, eventContext);
      if (notice?.refusal) refuse(notice.refusal);
      if (notice?.spoken) announce(notice.spoken);
    }
  }

  function take(patch: Patch): void {
    if (!mirror) return;
    look();
    const events = decodeBatch(patch.events);
    appendEvents(patch.events, patch.texts, patch.lost);
    addMarks(events);
    changed(patch.pageblocks, events);
    let ended = 0;
    /** Commands that have begun: a scenario submits some of its own. */
    let begun = 0;
    for (const event of events) {
      if (event.type === 'sim_command_end') ended++;
      else if (event.type === 'sim_command') begun = Math.max(begun, event.command + 1);
    }
    say(events);
    if (ended > 0 || begun > 0) useMachine.setState((s) => ({ ended: s.ended + ended, submitted: Math.max(s.submitted, begun) }));
    now.take(patch.texts);
    now.follow(patch.header[H_SEQ] as number, events, spanOf(patch.events));
    for (const listener of listeners) listener(patch);
    // Numbers taken while the engine worked may be torn: the next patch has whole ones.
    if (patch.consistent) dirty = true;
  }

  /** The machine lives on another branch: what was known of the future is that one's, and everything is read anew. */
  async function change(patch: Patch): Promise<void> {
    const { branch, events, texts, samples } = await api.past();
    const branches = await api.branches();
    if (!mirror) return;
    const fresh = useTime.getState().branches.every(({ id }) => id !== branch);
    resetEvents(2 ** mirror.tables.sizes.block_shift);
    resetTimeline();
    useTime.setState({ branch, branches, end: events.length / 8 });
    addEvents(events, texts, 0);
    const known = decodeBatch(events);
    addMarks(known);
    setSamples(samples.map(({ seq, online, free }) => ({ seq, online: online * PAGE_SIZE, free: free * PAGE_SIZE })));
    mirror.known(events.length / 8, (texts.at(-1)?.id ?? -1) + 1);
    now.reset(texts);
    // What was under way on the other branch is not waited for, what is under way on this one is.
    const open = known.reduce((n, { type }) => n + (type === 'sim_command' ? 1 : type === 'sim_command_end' ? -1 : 0), 0);
    useMachine.setState((s) => ({ ended: s.submitted - open }));
    take({ ...patch, events: new Int32Array(0), texts: [], lost: 0 });
    // Of a branch that has just begun, what is behind the fork has happened now.
    const fork = branches.find(({ id }) => id === branch)?.from?.seq;
    if (fresh && fork !== undefined) say(known.filter(({ seq }) => seq >= fork));
  }

  async function pumpOnce(): Promise<void> {
    const from = mirror;
    const patch = await from?.update();
    if (patch && from === mirror) {
      if (patch.header[H_BRANCH] === useTime.getState().branch) take(patch);
      else await change(patch);
    }
    if (!dirty) {
      tellWay();
      return;
    }
    const { ended, submitted } = useMachine.getState();
    const rests = ended >= submitted && mirror?.tables.header[H_RUNNING] === 0;
    const flood = (mirror?.tables.header[H_SEQ] ?? 0) - publishedSeq > FLOOD_EVENTS;
    if (rests || performance.now() - published >= (flood ? 2 : 1) * PUBLISH_MS) publish();
  }
  /** Never two at once: a patch starts where the one before ended. */
  function pump(): Promise<void> {
    pumping ??= pumpOnce().catch(fail).finally(() => { pumping = undefined; });
    return pumping;
  }

  useLens.subscribe(({ chosen }, before) => {
    if (chosen === before.chosen) return;
    mirror?.setLens(chosen);
    // Kinds are there already; the classes of any other lens come with the next patch.
    look();
  });

  return {
    pump, publish,
    mirror: () => mirror,
    counts: () => mirror?.counts,
    drawn: () => drawn,
    behind: () => dirty,
    past: () => (mirror?.tables.header[H_SEQ] ?? 0) < endSeq(),
    onPatch(listener) {
      listeners.add(listener);
      return () => { listeners.delete(listener); };
    },
    async close() {
      mirror = undefined;
      await pumping;
    },
    open(next, first) {
      resetStores(2 ** next.tables.sizes.block_shift);
      noticeOf = createNotices();
      now.reset([]);
      mirror = next;
      drawn = undefined;
      next.setLens(useLens.getState().chosen);
      take(first);
      publish();
    },
  };
}
