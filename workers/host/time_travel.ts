/** Going through time for the page: long ways in slices, so that they can be shown and given up; what there is to see of past and branches. */
import { readClock } from '../machine/clock.ts';
import { compareLooks, type Look, lookAt } from '../machine/compare.ts';
import { createHistory, type History, type Target } from '../machine/history.ts';
import type { Machine } from '../machine/types.ts';
import type { Reply } from '../uapi/command.ts';
import { ERRNO } from '../uapi/errno.ts';
import { H_GENERATION, H_REPLAY, H_SEQCOUNT } from '../uapi/layout.ts';
import type { Place, Stride, TimeApi, TimeReport } from '../uapi/time.ts';
import type { Instant } from '../scenario/scenario.ts';
import type { EventSeq, SimNs } from '../uapi/units.ts';
import { growBranch, placeOf } from './told_branches.ts';

/** Events lived through again between two looks at messages. */
const SLICE_EVENTS = 16_384;

export interface TimeTravel extends TimeApi {
  readonly history: History;
  /** True: a seek or stride is under way, nothing else may move the machine. */
  busy(): boolean;
  /** To exactly a place of the branch shown. */
  seekPlace(to: Target): Promise<TimeReport>;
  /** To an instant of a branch. */
  revisit(branch: number, at: Instant): Promise<TimeReport>;
  /** Lives a branch that was told: told_branches.ts. */
  grow(branch: Parameters<typeof growBranch>[1]): ReturnType<typeof growBranch>;
  /** Resolves when none is. */
  settled(): Promise<void>;
}

/** @param rest lets messages be looked at */
export function createTimeTravel(booted: Machine, rest: () => Promise<void>): TimeTravel {
  const history = createHistory(booted);
  const { header } = booted.kernel.mm.t;
  let busy = false;
  let stopped = false;

  async function settled(): Promise<void> {
    while (busy) await rest();
  }
  /** Readers see an odd count while the machine is elsewhere. */
  async function travel<T>(work: () => Promise<T>): Promise<T> {
    await settled();
    busy = true;
    stopped = false;
    Atomics.add(header, H_SEQCOUNT, 1);
    try {
      return await work();
    } finally {
      header[H_REPLAY] = 0;
      header[H_GENERATION] = (header[H_GENERATION] as number) + 1;
      Atomics.add(header, H_SEQCOUNT, 1);
      busy = false;
    }
  }
  async function go(to: Target, branch?: number): Promise<void> {
    const way = history.begin(to, branch);
    header[H_REPLAY] = way.to;
    while (!way.proceed(SLICE_EVENTS) && !stopped) await rest();
  }
  function report(): TimeReport {
    const { branch, seq } = history.position();
    const of = history.branches().find(({ id }) => id === branch);
    return { branch, seq: seq as EventSeq, time: readClock(booted.kernel.mm.t) as SimNs, end: (of?.end.seq ?? seq) as EventSeq, digest: booted.digest(), stopped };
  }
  const none = (reason: string, remedy: string): Reply<TimeReport> => ({ ok: false, errno: ERRNO.ENOENT, reason, rule: 'only what has happened can be gone to', remedy });
  async function look({ branch, seq }: Place): Promise<Place & Look> {
    await go(seq, branch);
    return { branch, seq, ...lookAt(booted) };
  }

  return {
    history,
    settled,
    busy: () => busy,
    seek: (to, branch) => travel(async () => {
      await go(to, branch);
      return report();
    }),
    seekPlace: (to) => travel(async () => {
      await go(to);
      return report();
    }),
    revisit: (branch, at) => travel(async () => {
      const id = history.branches().some((b) => b.id === branch) ? branch : 0;
      await go(placeOf(history, id, at), id);
      return report();
    }),
    grow: (branch) => travel(() => growBranch(history, branch, rest)),
    stride: (stride, direction) => travel(async () => {
      const found = history.find(stride, direction);
      if (found !== undefined) {
        await go(found);
        return { ok: true, ...report() };
      }
      if (direction === -1) return history.position().seq === 0 ? none('this is where the machine had just booted', 'go forwards') : reachStart();
      // Nothing of the kind in what is known: live on from its end.
      if (!history.atEnd()) await go(Number.POSITIVE_INFINITY);
      const on = history.stride(stride);
      for (;;) {
        const result = on(SLICE_EVENTS);
        if (result === 'done' || stopped) return { ok: true, ...report() };
        if (result === 'over') return none(`nothing of the kind (${stride}) comes: nothing is left to do`, 'type a command');
        await rest();
      }
      async function reachStart(): Promise<Reply<TimeReport>> {
        if (stride !== 'out' && stride !== 'over' && stride !== 'into' && stride !== 'event') return none(`there was nothing of the kind (${stride as Stride}) before`, 'go forwards');
        await go(0);
        return { ok: true, ...report() };
      }
    }),
    undo: () => travel(async () => {
      const { turn, acts } = history.position();
      const last = history.acts().slice(0, acts).findLastIndex(({ what }) => what.type === 'command');
      if (last < 0) return none('no command was typed before this', 'type one');
      await go({ turn: history.acts()[last]?.turn ?? turn, acts: last });
      return { ok: true, ...report() };
    }),
    async stop() {
      stopped = true;
    },
    async branches() {
      return history.branches().map(({ id, name, from, end }) => ({
        id, name, from: from && { branch: from.branch, seq: from.seq as EventSeq }, end: end.seq as EventSeq, commands: end.acts,
      }));
    },
    async nameBranch(branch, name) {
      history.name(branch, name.trim().slice(0, 60));
    },
    async past() {
      const past = history.past();
      return { branch: history.position().branch, events: past.words(0), texts: past.texts, samples: past.samples };
    },
    compare: (a, b) => travel(async () => {
      const { branch, turn, acts } = history.position();
      const first = await look(a);
      const second = stopped ? undefined : await look(b);
      const compared = second === undefined || stopped ? undefined : compareLooks(first, second);
      // Whoever stops a comparison wants to be where he was.
      stopped = false;
      await go({ turn, acts }, branch);
      return compared;
    }),
  };
}
