/** The scenario of an engine's machine: the player, what it has told so far, and what was done beside it. */
import { createPlayer, type Note } from '../machine/player.ts';
import { momentOf, sessionSteps } from '../machine/session.ts';
import type { Machine } from '../machine/types.ts';
import type { ScriptReport, SessionReport } from '../scenario/engine.ts';
import type { Moment, Step } from '../scenario/scenario.ts';
import { H_SEQ } from '../uapi/layout.ts';

/** Failures kept for the page. */
const MAX_FAILED = 100;

export interface Script {
  /** As machine.run(), with the steps that fall into it. */
  run(events: number): boolean;
  done(): boolean;
  /** Allows one more step, or all. */
  allow(all: boolean): void;
  /** A person submitted a command beside the steps. */
  submitted(id: number): void;
  /** One stretch towards a moment. True: it is reached. */
  towards(at: Moment | 'end'): boolean;
  report(): ScriptReport;
  session(): SessionReport;
}

export function createScript(machine: Machine, steps: readonly Step[] = [], mode: 'play' | 'step' = 'play'): Script {
  const player = createPlayer(machine, steps);
  const asUsual = (): void => { player.allow(mode === 'step' ? 0 : Number.POSITIVE_INFINITY); };
  asUsual();
  let caption: string | undefined;
  let met = 0;
  const failed: Extract<Note, { readonly type: 'failed' }>[] = [];
  /** Commands that the player submitted, and the last of them. */
  const own = new Set<number>();
  /** Commands submitted when nothing was left to do. */
  const rested = new Set<number>();
  /** Nothing was left to do after the last run. */
  let still = true;

  function note(): void {
    for (const n of player.take()) {
      if (n.type === 'caption') caption = n.text;
      else if (n.type === 'met') met++;
      else if (n.type === 'failed' && failed.length < MAX_FAILED) failed.push(n);
      else if (n.type === 'command') own.add(n.id);
    }
  }
  function run(events: number): boolean {
    const more = player.run(events);
    note();
    still = !more;
    return more;
  }
  const seq = (): number => machine.kernel.mm.t.header[H_SEQ] as number;

  return {
    run, done: player.done,
    allow: (all) => { player.allow(all ? Number.POSITIVE_INFINITY : 1); },
    submitted: (id) => { if (still) rested.add(id); },
    towards(at) {
      if (at === 'end') {
        player.allow(Number.POSITIVE_INFINITY);
        run(2048);
        return player.done() && still;
      }
      const last = machine.journal[at.command - 1];
      const begun = at.command === 0 ? 0 : last?.seq;
      // No step beyond the moment's own.
      player.allow(begun === undefined ? Number.POSITIVE_INFINITY : 0);
      if (begun !== undefined && seq() >= begun + at.events) {
        if (at.settled) still = !machine.run(2048);
        if (at.settled && !still) return false;
        asUsual();
        return true;
      }
      // The command's own event must not be passed over: one event at a time until it is there.
      const more = run(begun === undefined ? 1 : begun + at.events - seq());
      return !more && player.done();
    },
    report: () => ({ position: player.position(), of: steps.length, done: player.done(), held: player.held(), caption, met, failed: failed.map(({ step, seq: at, difference }) => ({ step, seq: at, difference })) }),
    session() {
      const isRested = (id: number): boolean => rested.has(id);
      // Its own commands came first: the scenario's text says them better than the journal.
      const first = [...own].every((id) => id < own.size);
      return { all: sessionSteps(machine, isRested), added: first ? sessionSteps(machine, isRested, own.size) : undefined, moment: momentOf(machine, still) };
    },
  };
}
