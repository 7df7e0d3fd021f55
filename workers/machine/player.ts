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
}

/** Events between two looks at the rings: less than they hold. */
const LOOK_EVERY = 64;
/** Runs in a row without an event: each is a hundred thousand turns of a loop that does nothing. */
const MAX_SILENT = 20;
/** Characters kept of each output: more than a lesson prints. */
const KEPT = 1 << 20;

/** Steps that do something to the machine. */
const COMMANDS: ReadonlySet<string> = new Set(['shell', 'qemu', 'plug', 'unplug', 'signal', 'workload']);

type Goal = { readonly end: true } | { readonly idle: true } | { readonly seq: number } | { readonly ns: number };

export function createPlayer(machine: Machine, steps: readonly Step[]): Player {
  const { t } = machine.kernel.mm;
  const { header } = t;
  const columns = [t.trace.w0, t.trace.w1, t.trace.w2, t.trace.w3, t.trace.w4, t.trace.w5, t.trace.w6, t.trace.w7];
  const words = new Int32Array(8);
  const blockPages = 2 ** machine.kernel.mm.PFN_BLOCK_SHIFT;
  let notes: Note[] = [];
  let at = 0;
  let goal: Goal | undefined;
  /** The step's commands that wait for the one before them. */
  let pending: Command[] = [];
  /** Number of the last command, and where it took effect. */
  let last: number | undefined;
  let begun = { seq: 0, ns: 0 };
  /** Its end was not waited for, or was. */
  let settled = true;
  let silent = 0;
  let allowed = Number.POSITIVE_INFINITY;
  const held = (): boolean => {
    const step = steps[at];
    return goal === undefined && pending.length === 0 && settled && allowed <= 0 && step !== undefined && COMMANDS.has(step.type);
  };
  let traceAt = header[H_TRACE_HEAD] as number;
  let textAt = header[H_TEXT_HEAD] as number;
  let seen: Record<Exclude<Subject, 'reply'>, string> = { stdout: '', stderr: '', log: '', events: '' };
  let writeErrors: number[] = [];
  let reasons: number[] = [];

  const seq = (): number => (header[H_SEQ] as number) >>> 0;
  const now = (): number => readClock(t);
  /** The newest is kept: a loop ends with what matters. */
  const add = (subject: keyof typeof seen, text: string): void => {
    const all = seen[subject] + text;
    seen[subject] = all.length > 2 * KEPT ? all.slice(-KEPT) : all;
  };

  /** Reads both rings up to their ends. */
  function look(): void {
    const rows = t.trace.w0.length;
    const head = header[H_TRACE_HEAD] as number;
    for (traceAt = Math.max(traceAt, head - rows); traceAt < head; traceAt++) {
      for (let i = 0; i < 8; i++) words[i] = (columns[i] as Int32Array)[traceAt % rows] as number;
      const event = decodeEvent(words);
      if (event.type === 'write_error') writeErrors.push(event.errno);
      if (event.type === 'offline_pages_ret') reasons.push(event.reason);
      const line = eventLine(event, blockPages);
      if (line !== undefined) add('events', `${line}\n`);
    }
    for (const end = header[H_TEXT_HEAD] as number; textAt < end; textAt++) {
      const row = readText(t, textAt);
      if (!row) continue;
      if (row.stream === STREAM_STDOUT || row.stream === STREAM_STDERR) {
        add(row.stream === STREAM_STDOUT ? 'stdout' : 'stderr', row.text);
        notes.push({ type: 'output', stream: row.stream, text: row.text });
      } else if (row.stream === STREAM_KERNEL) add('log', row.text.endsWith('\n') ? row.text : `${row.text}\n`);
    }
  }
  function forget(): void {
    look();
    seen = { stdout: '', stderr: '', log: '', events: '' };
    writeErrors = [];
    reasons = [];
  }
  const observed: Observed = {
    get status() { return last === undefined ? undefined : machine.status(last); },
    get writeErrors() { return writeErrors; },
    get reasons() { return reasons; },
    text: (subject) => (subject === 'reply' ? JSON.stringify(last === undefined ? undefined : machine.reply(last)) ?? '' : bytesToText(seen[subject])),
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
    notes.push({ type: 'failed', step: Math.max(0, at - 1), seq: seq(), difference });
  }
  /** Nothing that follows would mean anything. */
  function giveUp(difference: string): void {
    fail(difference);
    at = steps.length;
    goal = undefined;
    pending = [];
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
    notes.push({ type: 'command', step: at - 1, seq: where.seq, id: reply.id, command });
    if (command.type === 'signal') return;
    last = reply.id;
    begun = where;
    settled = false;
  }
  function reached(g: Goal): boolean {
    if ('seq' in g) return seq() >= g.seq;
    if ('ns' in g) return now() >= g.ns;
    return 'end' in g && (last === undefined || machine.status(last) !== undefined);
  }
  /** Does what the next step says. A command that was not waited for is waited for first. */
  function next(): void {
    const step = steps[at] as Step;
    if (step.type === 'wait') {
      at++;
      settled = true;
      goal = 'events' in step ? { seq: begun.seq + step.events } : 'ns' in step ? { ns: begun.ns + step.ns } : 'end' in step ? { end: true } : { idle: true };
      return;
    }
    if (!settled) {
      settled = true;
      goal = { end: true };
      return;
    }
    at++;
    if (step.type === 'caption') notes.push({ type: 'caption', step: at - 1, seq: seq(), text: step.text });
    else if (step.type === 'expect') {
      look();
      const difference = check(step.expectation, observed);
      if (difference === undefined) notes.push({ type: 'met', step: at - 1, seq: seq() });
      else fail(difference);
    } else {
      allowed--;
      pending = [...commandsOf(step)];
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
    silent = seq() === before && !('ns' in g && now() >= g.ns) ? silent + 1 : 0;
    if (reached(g)) goal = undefined;
    else if (!more && 'ns' in g) machine.advance(g.ns - now());
    else if (!more) {
      // Fewer events than were waited for: that is their end. A command that waits for what never comes has none.
      if ('seq' in g || 'idle' in g) goal = undefined;
      else giveUp('the command has not ended, and nothing is left to do');
    } else if (silent >= MAX_SILENT) giveUp('the command says nothing and does not end; end it with "signal SIGINT" after a "wait 10ms"');
    else if (seq() - begun.seq > MAX_STEP_EVENTS || now() - begun.ns > MAX_STEP_NS) giveUp(`the command goes on after ${seq() - begun.seq} events and ${Math.floor((now() - begun.ns) / 1e9)} s of simulated time; end it with "signal SIGINT" after a "wait"`);
    return seq() - before;
  }

  return {
    run(events) {
      let left = events;
      for (;;) {
        if (goal && reached(goal)) goal = undefined;
        if (goal) {
          left -= stretch(left, goal);
          // A stretch without events is a turn as well: the host has its say.
          if (left <= 0 || goal) return true;
        } else if (pending.length > 0) {
          if (!settled) {
            settled = true;
            goal = { end: true };
          } else submit(pending.shift() as Command);
        } else if (held()) return machine.run(left);
        else if (at < steps.length) next();
        else if (!settled) {
          settled = true;
          goal = { end: true };
        } else return machine.run(left);
      }
    },
    position: () => at,
    done: () => at >= steps.length && pending.length === 0 && goal === undefined && settled,
    allow: (n) => { allowed = n; },
    held,
    take() {
      look();
      const taken = notes;
      notes = [];
      return taken;
    },
  };
}
