/**
 * Answers a question file in the recordings' shape, by a machine that is booted for it and nothing else: no recording is read here, and nothing depends on an id, a title
 * or the text of a step. A step that needs what the simulator lacks is answered with what there is.
 */
import type { Machine } from '../machine/types.ts';
import { H_TEXT_HEAD, H_TIME_HI, H_TIME_LO, H_TRACE_HEAD } from '../uapi/layout.ts';
import { bytesToText, readText, STREAM_KERNEL, STREAM_STDERR, STREAM_STDOUT } from '../uapi/text.ts';
import { decodeEvent, type TraceEvent } from '../uapi/trace.ts';
import type { Answer, AnswerStep, LogLine, Question, QuestionStep } from './question.ts';
import { asksForNotify, replayNotify } from './linux-3.11/replay.ts';
import { collapse, collapseLog, recordedEvents, ueventOf } from './replay_events.ts';

/** What a person watching the machine would have seen since the last look. */
interface Seen {
  events: TraceEvent[];
  texts: Map<number, string>;
  log: LogLine[];
  stdout: string;
  stderr: string;
}
/** The outside world of a replay. */
export interface Simulator {
  readonly boot: (question: Question) => Machine;
  readonly capture: (machine: Machine, kind: string, files: readonly string[]) => Readonly<Record<string, unknown>>;
}

const SECOND = 1e9;
/** Seconds a script may take when the question does not say. */
const TIMEOUT = 60;
/** The machine is idle when nothing was heard of it for so long (ms of simulated time): after a script, after a host command. */
const QUIET_RUN = 30;
const QUIET_HOST = 350;
/** Seconds after which a step is left to itself although something still happens (an offline that repeats without end). */
const SETTLE_LIMIT = 5;
/** Events between two looks at the rings: less than they hold. */
const LOOK_EVERY = 64;
/** A step ends as timed out after so many events, whatever the simulated clock says. */
const MAX_EVENTS = 1_000_000;
const SIGKILL = 9;

class Watcher {
  private readonly machine: Machine;
  private traceAt: number;
  private textAt: number;
  private readonly words = new Int32Array(8);
  private seqnum = 0;
  /** Heard already, but of the next step. */
  private later: Partial<Pick<Seen, 'events' | 'log'>> = {};
  seen: Seen = { events: [], texts: new Map(), log: [], stdout: '', stderr: '' };

  constructor(machine: Machine) {
    this.machine = machine;
    const { header } = machine.kernel.mm.t;
    this.traceAt = header[H_TRACE_HEAD] as number;
    this.textAt = header[H_TEXT_HEAD] as number;
  }
  /** ns since boot. */
  now(): number {
    const { header } = this.machine.kernel.mm.t;
    return (header[H_TIME_HI] as number) * 2 ** 32 + ((header[H_TIME_LO] as number) >>> 0);
  }
  /** Reads both rings up to their ends. */
  look(): void {
    const { t } = this.machine.kernel.mm;
    const columns = [t.trace.w0, t.trace.w1, t.trace.w2, t.trace.w3, t.trace.w4, t.trace.w5, t.trace.w6, t.trace.w7];
    const rows = t.trace.w0.length;
    const head = t.header[H_TRACE_HEAD] as number;
    for (this.traceAt = Math.max(this.traceAt, head - rows); this.traceAt < head; this.traceAt++) {
      columns.forEach((column, i) => { this.words[i] = column[this.traceAt % rows] as number; });
      this.seen.events.push(decodeEvent(this.words));
    }
    for (const end = t.header[H_TEXT_HEAD] as number; this.textAt < end; this.textAt++) {
      const row = readText(t, this.textAt);
      if (!row) continue;
      if (row.stream === STREAM_STDOUT) this.seen.stdout += row.text;
      else if (row.stream === STREAM_STDERR) this.seen.stderr += row.text;
      else this.seen.texts.set(row.id, bytesToText(row.text));
      if (row.stream === STREAM_KERNEL) this.seen.log.push({ level: row.level, t: row.time / SECOND, text: bytesToText(row.text) });
    }
  }
  /** Runs until `done`, at most until the simulated clock shows `deadline`. False: it is not done. */
  runUntil(done: () => boolean, deadline: number): boolean {
    // Event by event: what goes on in the background must not carry the clock past the moment of being done.
    for (let events = 0; events < MAX_EVENTS && !done() && this.now() < deadline; events++) {
      const more = this.machine.run(1, deadline);
      if (events % LOOK_EVERY === 0) this.look();
      if (!more) break;
    }
    this.look();
    return done();
  }
  /** Lets time pass until nothing happened for `quiet` ms. */
  settle(quiet: number, limit: number): void {
    const deadline = this.now() + limit * SECOND;
    for (let events = 0; events < MAX_EVENTS && this.now() < deadline; events++) {
      const before = this.seen.events.length;
      const logged = this.seen.log.length;
      const until = this.now() + quiet * 1e6;
      this.machine.run(1, until);
      this.look();
      // What a long step of the kernel said after the quiet had lasted belongs to whoever looks next.
      const first = this.seen.events[before];
      if (first !== undefined && first.time > until) {
        this.later = { events: this.seen.events.splice(before), log: this.seen.log.splice(logged) };
        return;
      }
      if (first !== undefined) continue;
      if (this.now() < until) this.machine.advance(until - this.now());
      return;
    }
  }
  /** Events, uevents and log of the step, and forgets them. */
  take(watched: boolean, traced: boolean): AnswerStep {
    const { events, texts, log } = this.seen;
    const pages = 2 ** this.machine.kernel.mm.PFN_BLOCK_SHIFT;
    const uevents = events.flatMap((e) => {
      if (e.type !== 'uevent') return [];
      const { name: _, ...message } = ueventOf(e);
      return [{ ...message, SEQNUM: String(++this.seqnum) }];
    });
    this.seen = { events: [], log: [], ...this.later, texts: this.later.events ? texts : new Map(), stdout: '', stderr: '' };
    this.later = {};
    if (!watched) return {};
    const recorded = traced ? collapse(events.flatMap((e) => recordedEvents(e, (id) => texts.get(id) ?? '', pages))) : [];
    return { events: recorded, ...(log.length > 0 && { dmesg: collapseLog(log) }), ...(uevents.length > 0 && { uevents }) };
  }
}

function runStep(machine: Machine, watcher: Watcher, line: string, limit: number, settle: number): AnswerStep {
  const begun = watcher.now();
  const accepted = machine.submit({ type: 'shell', line, fresh: true });
  if (!accepted.ok) return { stdout: '', stderr: `bash: ${accepted.reason}\n`, exit: 127, ms: 0 };
  const ended = (): boolean => machine.status(accepted.id) !== undefined;
  const inTime = watcher.runUntil(ended, begun + limit * SECOND);
  if (!inTime) {
    machine.submit({ type: 'signal', signal: 'SIGKILL' });
    watcher.runUntil(ended, watcher.now() + SECOND);
  }
  const { stdout, stderr } = watcher.seen;
  const ms = Math.round((watcher.now() - begun) / 1e6);
  watcher.settle(settle, Math.min(limit, SETTLE_LIMIT));
  const text = { stdout: bytesToText(stdout), stderr: bytesToText(stderr) };
  return inTime ? { ...text, exit: machine.status(accepted.id), ms } : { ...text, exit: -1, killed_by_signal: SIGKILL, timed_out: true, ms };
}

function hostStep(machine: Machine, watcher: Watcher, commands: NonNullable<QuestionStep['host']>, limit: number, settle: number): AnswerStep {
  const host = commands.map(({ qmp, arguments: args }) => {
    const asked = { qmp, ...(args && { arguments: args }) };
    const accepted = machine.submit({ type: 'qmp', execute: qmp, ...(args && { arguments: args }) });
    if (!accepted.ok) return { ...asked, error: { class: 'GenericError', desc: accepted.reason } };
    watcher.runUntil(() => machine.reply(accepted.id) !== undefined, watcher.now() + limit * SECOND);
    return { ...asked, ...machine.reply(accepted.id) };
  });
  watcher.settle(settle, Math.min(limit, SETTLE_LIMIT));
  return { host };
}

/** One step; what throws is a bug of the simulator and costs this step only. */
function answerStep(simulator: Simulator, machine: Machine, watcher: Watcher, question: Question, index: number, traced: boolean): AnswerStep {
  const step = question.steps[index] as QuestionStep;
  const told = question.scenario?.steps?.[index] ?? {};
  const limit = step.timeout ?? told.timeout ?? TIMEOUT;
  const { name, label, note } = step;
  const same = { ...(label !== undefined && { label }), ...(note !== undefined && { note }) };
  let answer: AnswerStep = {};
  try {
    if (step.run !== undefined) answer = { run: step.run, ...runStep(machine, watcher, step.run, limit, told.settle ?? QUIET_RUN) };
    else if (step.host) answer = hostStep(machine, watcher, step.host, limit, told.settle ?? QUIET_HOST);
    else if (step.capture !== undefined) answer = { capture: step.capture, name: name ?? '', ...simulator.capture(machine, step.capture, Object.keys(step.files ?? {})) };
    else if (step.binary !== undefined) answer = { binary: step.binary, exit: 0 };
  } catch (error) {
    answer = { ...answer, ...(step.run !== undefined && { run: step.run }), simulator_error: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
  watcher.look();
  const seen = watcher.take(told.quiet !== true, traced);
  const qmp_events = machine.qemu.takeEvents();
  // A capture is a look at files: whatever happened meanwhile belongs to no step, as on the real machine.
  return { ...answer, ...(step.capture === undefined && step.binary === undefined && seen), ...(qmp_events.length > 0 && { qmp_events }), ...same };
}

/** Boots the machine of the question and answers every step of it, in order. */
export function replay(question: Question, simulator: Simulator): Answer {
  if (asksForNotify(question)) return replayNotify(question, simulator.boot);
  const { id, title, group, cmdline } = question;
  const head = { id, ...(title !== undefined && { title }), ...(group !== undefined && { group }), ...(cmdline !== undefined && { cmdline }) };
  let machine: Machine;
  try {
    machine = simulator.boot(question);
  } catch (error) {
    return { ...head, steps: [], error: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
  const watcher = new Watcher(machine);
  // The real machine's tracing could be switched off on the command line.
  const traced = !/(^|\s)rec\.notrace(\s|$)/.test(cmdline ?? '');
  return { ...head, steps: question.steps.map((_, index) => answerStep(simulator, machine, watcher, question, index, traced)) };
}

/** What went wrong in the simulator itself, one line each: the machine did not boot, or a step threw. */
export function bugsIn({ id, error, steps }: Answer): string[] {
  const firstLines = (stack: unknown): string => String(stack).split('\n').slice(0, 2).map((line) => line.trim()).join(' ');
  return [
    ...(error === undefined ? [] : [`${id}: ${firstLines(error)}`]),
    ...steps.flatMap((step, i) => (step.simulator_error === undefined ? [] : [`${id}, step ${i}: ${firstLines(step.simulator_error)}`])),
  ];
}
