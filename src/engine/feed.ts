/** From patches to stores: brings the mirror up to date once a frame and tells everybody who shows something of it. */
import type { Patch } from '../../workers/uapi/patch.ts';
import type { TraceEvent } from '../../workers/uapi/trace.ts';
import { type Counts, createCounts } from '../map/index.ts';
import { addCalls, resetCalls } from '../state/calls.ts';
import { addEvents, eventContext, resetEvents } from '../state/events.ts';
import { useMachine } from '../state/machine.ts';
import { announce, refuse } from '../state/notice.ts';
import { addOutput, clearTerminal } from '../state/terminal.ts';
import { addMarks, addSample, resetTimeline } from '../state/timeline.ts';
import { resetVerdicts } from '../state/verdicts.ts';
import { selectBlock } from '../state/view.ts';
import { decodeBatch } from './drain.ts';
import type { Mirror } from './mirror.ts';
import { createNotices } from './notices.ts';
import { clockOf, snapshot } from './snapshot.ts';

/** What a picture of the machine needs to hear: which pageblocks changed. */
export type Listener = (patch: Patch) => void;

export interface Feed {
  /** Undefined until a machine has booted. */
  readonly mirror: () => Mirror | undefined;
  /** Frames by kind of that machine, shared by legend and picture. */
  readonly counts: () => Counts | undefined;
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
  /** True if something arrived that has not been published. */
  behind(): boolean;
}

/** The facts are published at most this often while commands run. */
const PUBLISH_MS = 100;

/** Forgets everything about the machine before. */
function resetStores(blockPages: number): void {
  resetEvents(blockPages);
  resetTimeline();
  resetCalls();
  resetVerdicts();
  clearTerminal();
  refuse(undefined);
  selectBlock(undefined);
  useMachine.setState({ submitted: 0, ended: 0, digest: undefined });
}

/** `changed` hears of every patch before the listeners do; `fail` of anything thrown on the way. */
export function createFeed(changed: (pageblocks: Int32Array, events: readonly TraceEvent[]) => void, fail: (error: unknown) => void): Feed {
  const listeners = new Set<Listener>();
  let noticeOf = createNotices();
  let mirror: Mirror | undefined;
  let counts: Counts | undefined;
  let published = 0;
  let dirty = false;
  let pumping: Promise<void> | undefined;

  function publish(): void {
    if (!mirror || !counts) return;
    published = performance.now();
    dirty = false;
    const now = snapshot(mirror.tables);
    const clock = clockOf(mirror.tables);
    useMachine.setState({ snapshot: now, kinds: Array.from(counts.machine), ...clock });
    addSample({ seq: clock.seq, online: now.online, free: now.free });
  }

  function take(patch: Patch): void {
    if (!counts) return;
    counts.update();
    const events = decodeBatch(patch.events);
    addOutput(patch.texts);
    addEvents(patch.events, patch.texts, patch.lost);
    addCalls(events);
    addMarks(events);
    changed(patch.pageblocks, events);
    let ended = 0;
    for (const event of events) {
      if (event.type === 'sim_command_end') ended++;
      const notice = noticeOf(event, eventContext);
      if (notice?.refusal) refuse(notice.refusal);
      if (notice?.spoken) announce(notice.spoken);
    }
    if (ended > 0) useMachine.setState((s) => ({ ended: s.ended + ended }));
    for (const listener of listeners) listener(patch);
    // Numbers taken while the engine worked may be torn: the next patch has whole ones.
    if (patch.consistent) dirty = true;
  }

  async function pumpOnce(): Promise<void> {
    const from = mirror;
    const patch = await from?.update();
    if (patch && from === mirror) take(patch);
    if (!dirty) return;
    const { ended, submitted } = useMachine.getState();
    if (ended >= submitted || performance.now() - published >= PUBLISH_MS) publish();
  }
  /** Never two at once: a patch starts where the one before ended. */
  function pump(): Promise<void> {
    pumping ??= pumpOnce().catch(fail).finally(() => { pumping = undefined; });
    return pumping;
  }

  return {
    pump, publish,
    mirror: () => mirror,
    counts: () => counts,
    behind: () => dirty,
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
      mirror = next;
      counts = createCounts(next.tables);
      take(first);
      publish();
    },
  };
}
