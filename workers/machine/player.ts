/**
 * Plays a scenario's steps on a machine: submits each command when the one before has ended (or when the text says), looks at what happens, and checks what is expected.
 * Steps take effect at event numbers that depend on the machine alone, so that the same scenario is the same course everywhere, at whatever pace it is run.
 */
import { check, type Observed } from '../scenario/check.ts';
import { commandsOf } from '../scenario/commands.ts';
import { eventLine } from '../scenario/event_line.ts';
import { MAX_STEP_EVENTS, MAX_STEP_NS } from '../scenario/limits.ts';
import type { Step, Subject } from '../scenario/scenario.ts';
import type { Command } from '../uapi/command.ts';
import { ERRNO } from '../uapi/errno.ts';
import { H_SEQ, H_TEXT_HEAD, H_TRACE_HEAD } from '../uapi/layout.ts';
import { bytesToText, readText, STREAM_KERNEL, STREAM_STDERR, STREAM_STDOUT, textToBytes } from '../uapi/text.ts';
import { decodeEvent } from '../uapi/trace.ts';
import { readClock } from './clock.ts';
import type { Machine } from './types.ts';

/** What the player has to tell, in order. */
export type Note =
  | { readonly type: 'caption'; readonly step: number; readonly seq: number; readonly text: string }
  | { readonly type: 'command'; readonly step: number; readonly seq: number; readonly id: number; readonly command: Command }
  | { readonly type: 'output'; readonly stream: number; readonly text: string }
  | { readonly type: 'met'; readonly step: number; readonly seq: number }
  /** An expectation that fails, or a step that cannot be done: the difference in a sentence. */
  | { readonly type: 'failed'; readonly step: number; readonly seq: number; readonly difference: string };

export interface Player {
  /** As machine.run(): at least `events` more events, or nothing is left to do. True: there is more. */
  run(events: number): boolean;
  /** Index of the step that comes next. */
  position(): number;
  done(): boolean;
  /** How many more steps with commands it may take; Infinity to begin with. */
  allow(steps: number): void;
  /** It waits to be allowed another step. */
  held(): boolean;
  /** Notes since the last call. */
  take(): Note[];
  /** How far it is, to come back to. */
  save(): PlayerState;
  /** Goes on from there: its machine stands where it stood then, or later with nothing decided in between. Steps allowed are forgotten. */
  load(state: PlayerState): void;
}

/** What the player knows between two things it decides. */
export interface PlayerState {
  /** Index of the step that comes next. */
  readonly at: number;
  readonly goal: Goal | undefined;
  /** The step's commands that wait for the one before them. */
  readonly pending: readonly Command[];
  /** Number of the last command, and where it took effect. */
  readonly last: number | undefined;
  readonly begun: { readonly seq: number; readonly ns: number };
  /** Its end was not waited for, or was. */
  readonly settled: boolean;
  /** Runs without an event so far. */
  readonly silent: number;
  /** How far the rings were read, and what they said since the last command. */
  readonly traceAt: number;
  readonly textAt: number;
  readonly seen: Readonly<Record<Exclude<Subject, 'reply'>, string>>;
  /** Each kind once, in the order in which they came first: a loop may fail a hundred thousand times. */
  readonly writeErrors: readonly number[];
  readonly reasons: readonly number[];
}
const withValue = (all: readonly number[], value: number): readonly number[] => (all.includes(value) ? all : [...all, value]);
type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** Events between two looks at the rings: less than they hold. */
const LOOK_EVERY = 64;
/** Runs in a row without an event: each is a hundred thousand turns of a loop that does nothing. */
const MAX_SILENT = 20;
/** Characters kept of each output: more than a lesson prints. */
const KEPT = 1 << 20;

/** Steps that do something to the machine. */
const COMMANDS: ReadonlySet<string> = new Set(['shell', 'qemu', 'plug', 'unplug', 'signal', 'workload']);

type Goal = { readonly end: true } | { readonly idle: true } | { readonly seq: number } | { readonly ns: number };

/** @param decided called when it has decided something: submitted a command, taken a step, or found that it waits to be allowed one */
export function createPlayer(machine: Machine, steps: readonly Step[], decided: () => void = () => {}): Player {
  const { t } = machine.kernel.mm;
  const { header } = t;
  const columns = [t.trace.w0, t.trace.w1, t.trace.w2, t.trace.w3, t.trace.w4, t.trace.w5, t.trace.w6, t.trace.w7];
  const words = new Int32Array(8);
  const blockPages = 2 ** machine.kernel.mm.PFN_BLOCK_SHIFT;
  let notes: Note[] = [];
  const s: Mutable<PlayerState> = {
    at: 0, goal: undefined, pending: [], last: undefined, begun: { seq: 0, ns: 0 }, settled: true, silent: 0, traceAt: header[H_TRACE_HEAD] as number, textAt: header[H_TEXT_HEAD] as number,
    seen: { stdout: '', stderr: '', log: '', events: '' }, writeErrors: [], reasons: [],
  };
  let allowed = Number.POSITIVE_INFINITY;
  /** It waits to be allowed a step, or has none left, and has said so. */
  let rests = false;
  const held = (): boolean => {
    const step = steps[s.at];
    return s.goal === undefined && s.pending.length === 0 && s.settled && allowed <= 0 && step !== undefined && COMMANDS.has(step.type);
  };

  const seq = (): number => (header[H_SEQ] as number) >>> 0;
  const now = (): number => readClock(t);
  /** The newest is kept: a loop ends with what matters. */
  const add = (subject: keyof PlayerState['seen'], text: string): void => {
    const all = s.seen[subject] + text;
    s.seen = { ...s.seen, [subject]: all.length > 2 * KEPT ? all.slice(-KEPT) : all };
  };

  /** Reads both rings up to their ends. */
  function look(): void {
    const rows = t.trace.w0.length;
    const head = header[H_TRACE_HEAD] as number;
    for (s.traceAt = Math.max(s.traceAt, head - rows); s.traceAt < head; s.traceAt++) {
      for (let i = 0; i < 8; i++) words[i] = (columns[i] as Int32Array)[s.traceAt % rows] as number;
      const event = decodeEvent(words);
      if (event.type === 'write_error') s.writeErrors = withValue(s.writeErrors, event.errno);
      if (event.type === 'offline_pages_ret') s.reasons = withValue(s.reasons, event.reason);
      const line = eventLine(event, blockPages);
      if (line !== undefined) add('events', `${line}\n`);
    }
    for (const end = header[H_TEXT_HEAD] as number; s.textAt < end; s.textAt++) {
      const row = readText(t, s.textAt);
      if (!row) continue;
      if (row.stream === STREAM_STDOUT || row.stream === STREAM_STDERR) {
        add(row.stream === STREAM_STDOUT ? 'stdout' : 'stderr', row.text);
        notes.push({ type: 'output', stream: row.stream, text: row.text });
      } else if (row.stream === STREAM_KERNEL) add('log', row.text.endsWith('\n') ? row.text : `${row.text}\n`);
    }
  }
  function forget(): void {
    look();
    s.seen = { stdout: '', stderr: '', log: '', events: '' };
    s.writeErrors = [];
    s.reasons = [];
  }
  const observed: Observed = {
    get status() { return s.last === undefined ? undefined : machine.status(s.last); },
    get writeErrors() { return s.writeErrors; },
    get reasons() { return s.reasons; },
    text: (subject) => (subject === 'reply' ? JSON.stringify(s.last === undefined ? undefined : machine.reply(s.last)) ?? '' : bytesToText(s.seen[subject])),
    read(path) {
      const reply = machine.read(textToBytes(path));
      return reply.ok ? bytesToText(reply.text) : undefined;
    },
    exists(path) {
      const reply = machine.read(textToBytes(path));
      return reply.ok || (reply.errno !== ERRNO.ENOENT && reply.errno !== ERRNO.ENOTDIR);
    },
    digest: machine.digest,
  };

  function fail(difference: string): void {
    notes.push({ type: 'failed', step: Math.max(0, s.at - 1), seq: seq(), difference });
  }
  /** Nothing that follows would mean anything. */
  function giveUp(difference: string): void {
    fail(difference);
    s.at = steps.length;
    s.goal = undefined;
    s.pending = [];
  }
  function submit(command: Command): void {
    // What the last one said is kept while a signal ends it: it is its end that is expected next.
    if (command.type !== 'signal') forget();
    const where = { seq: seq(), ns: now() };
    const reply = machine.submit(command.type === 'shell' ? { ...command, line: textToBytes(command.line) } : command);
    if (!reply.ok) {
      giveUp(reply.reason);
      return;
    }
    notes.push({ type: 'command', step: s.at - 1, seq: where.seq, id: reply.id, command });
    if (command.type === 'signal') return;
    s.last = reply.id;
    s.begun = where;
    s.settled = false;
  }
  function reached(g: Goal): boolean {
    if ('seq' in g) return seq() >= g.seq;
    if ('ns' in g) return now() >= g.ns;
    return 'end' in g && (s.last === undefined || machine.status(s.last) !== undefined);
  }
  /** Does what the next step says. A command that was not waited for is waited for first. */
  function next(): void {
    const step = steps[s.at] as Step;
    if (step.type === 'wait') {
      s.at++;
      s.settled = true;
      s.goal = 'events' in step ? { seq: s.begun.seq + step.events } : 'ns' in step ? { ns: s.begun.ns + step.ns } : 'end' in step ? { end: true } : { idle: true };
      return;
    }
    if (!s.settled) {
      s.settled = true;
      s.goal = { end: true };
      return;
    }
    s.at++;
    if (step.type === 'caption') notes.push({ type: 'caption', step: s.at - 1, seq: seq(), text: step.text });
    else if (step.type === 'expect') {
      look();
      const difference = check(step.expectation, observed);
      if (difference === undefined) notes.push({ type: 'met', step: s.at - 1, seq: seq() });
      else fail(difference);
    } else {
      allowed--;
      s.pending = [...commandsOf(step)];
    }
  }
  /** One stretch of the machine's own course towards the goal. Events that happened. */
  function stretch(events: number, g: Goal): number {
    const before = seq();
    // An end is noticed at the very event: what else goes on must not carry the machine past it, at any pace.
    const most = 'end' in g ? 1 : Math.max(1, Math.min(events, LOOK_EVERY, 'seq' in g ? g.seq - before : LOOK_EVERY));
    const more = 'ns' in g ? machine.run(most, g.ns) : machine.run(most);
    // Sleepers were passed over to the moment waited for: the clock in machine memory follows only now.
    if ('ns' in g && more && seq() === before && now() < g.ns) machine.advance(0);
    look();
    s.silent = seq() === before && !('ns' in g && now() >= g.ns) ? s.silent + 1 : 0;
    if (reached(g)) s.goal = undefined;
    else if (!more && 'ns' in g) machine.advance(g.ns - now());
    else if (!more) {
      // Fewer events than were waited for: that is their end. A command that waits for what never comes has none.
      if ('seq' in g || 'idle' in g) s.goal = undefined;
      else giveUp('the command has not ended, and nothing is left to do');
    } else if (s.silent >= MAX_SILENT) giveUp('the command says nothing and does not end; end it with "signal SIGINT" after a "wait 10ms"');
    else if (seq() - s.begun.seq > MAX_STEP_EVENTS || now() - s.begun.ns > MAX_STEP_NS) giveUp(`the command goes on after ${seq() - s.begun.seq} events and ${Math.floor((now() - s.begun.ns) / 1e9)} s of simulated time; end it with "signal SIGINT" after a "wait"`);
    return seq() - before;
  }

  /** Nothing to decide: the machine goes its own way. */
  function rest(events: number): boolean {
    if (!rests) {
      rests = true;
      decided();
    }
    return machine.run(events);
  }

  return {
    run(events) {
      let left = events;
      for (;;) {
        if (s.goal && reached(s.goal)) s.goal = undefined;
        if (s.goal) {
          left -= stretch(left, s.goal);
          // A stretch without events is a turn as well: the host has its say.
          if (left <= 0 || s.goal) return true;
        } else if (s.pending.length > 0) {
          if (!s.settled) {
            s.settled = true;
            s.goal = { end: true };
          } else {
            const [command, ...more] = s.pending as [Command, ...Command[]];
            s.pending = more;
            rests = false;
            submit(command);
            decided();
          }
        } else if (held()) return rest(left);
        else if (s.at < steps.length) {
          next();
          // A step's commands are decided on when they are submitted.
          if (s.pending.length === 0) decided();
        } else if (!s.settled) {
          s.settled = true;
          s.goal = { end: true };
        } else return rest(left);
      }
    },
    position: () => s.at,
    done: () => s.at >= steps.length && s.pending.length === 0 && s.goal === undefined && s.settled,
    allow: (n) => { allowed = n; },
    held,
    take() {
      look();
      const taken = notes;
      notes = [];
      return taken;
    },
    save: () => ({ ...s }),
    load(state) {
      Object.assign(s, state);
      notes = [];
      rests = false;
      allowed = 0;
    },
  };
}
