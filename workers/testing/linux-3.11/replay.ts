/**
 * Answers questions in the shape of the 3.11 recordings: each step is a line of the guest's shell or, after "@qmp", a line of QEMU's monitor; the answer is what was printed, the kernel log as
 * lines, and what happened at the notifier chains as one line each. Nothing depends on an id, a title or the text of a whole step.
 */
import type { Machine } from '../../machine/types.ts';
import { H_TEXT_HEAD, H_TIME_HI, H_TIME_LO, H_TRACE_HEAD, NODE_ONLINE } from '../../uapi/layout.ts';
import { MEM_ABSENT } from '../../uapi/memory_block.ts';
import { bytesToText, readText, STREAM_KERNEL, STREAM_STDERR, STREAM_STDOUT } from '../../uapi/text.ts';
import { decodeEvent, type TraceEvent, UEVENT_ACTIONS, UEVENT_SUBSYSTEMS } from '../../uapi/trace.ts';
import type { Answer, AnswerStep, Question } from '../question.ts';
import { HELPERS } from './helpers.ts';

/** What these questions have beyond the others. */
export interface NotifyQuestion extends Question {
  readonly helpers: Readonly<Record<string, string>>;
}
export const asksForNotify = (question: Question): question is NotifyQuestion => typeof (question as Partial<NotifyQuestion>).helpers === 'object';

const SECOND = 1e9;
/** Longer than the longest offline may take (s of simulated time). */
const TIMEOUT = 300;
/** The machine is left alone for so long after a line of the shell, after one of the monitor (s). */
const QUIET_RUN = 0.03;
const QUIET_HOST = 0.35;
const LOOK_EVERY = 64;
const MAX_EVENTS = 2_000_000;
const hex = (n: number): string => `0x${n.toString(16)}`;

/** One line for each event that the recorded kernel told of. */
function notifyLine(machine: Machine, e: TraceEvent): string[] {
  switch (e.type) {
    case 'notify':
      // There is no highmem on x86_64: its field is a copy of the normal one.
      return [`notify action=${e.action} start_pfn=${hex(e.start_pfn)} nr_pages=${e.nr_pages} nid_normal=${e.status_change_nid_normal} nid_high=${e.status_change_nid_normal} nid=${e.status_change_nid}`];
    case 'sim_notifier_call': {
      const block = machine.kernel.memory_chain.blocks.find((b) => b.id === e.callback);
      return [`cb ${block?.name} prio=${block?.priority} ret=${hex(e.ret)}`];
    }
    case 'notify_ret': return [`notify_ret action=${e.action} ret=${hex(e.ret)}`];
    case 'uevent': return UEVENT_SUBSYSTEMS[e.subsystem] === 'acpi' || e.id < 0 ? [] : [`uevent ${UEVENT_ACTIONS[e.action]} ${UEVENT_SUBSYSTEMS[e.subsystem]}${e.id}`];
    default: return [];
  }
}
/** What boot told before anybody could listen: blocks, then nodes. */
function bootEvents({ kernel }: Machine): string[] {
  const { memory_block, node } = kernel.mm.t;
  return [
    ...[...memory_block.state].flatMap((state, id) => (state === MEM_ABSENT ? [] : [`uevent add memory${id}`])),
    ...[...node.state].flatMap((state, nid) => ((state & NODE_ONLINE) === 0 ? [] : [`uevent add node${nid}`])),
  ];
}

class Watcher {
  private readonly machine: Machine;
  private traceAt: number;
  private textAt: number;
  private readonly words = new Int32Array(8);
  notify: string[];
  dmesg: string[] = [];
  stdout = '';
  stderr = '';
  /** Events seen so far. */
  events = 0;

  constructor(machine: Machine) {
    this.machine = machine;
    const { header } = machine.kernel.mm.t;
    this.traceAt = header[H_TRACE_HEAD] as number;
    this.textAt = 0;
    this.notify = bootEvents(machine);
  }
  now(): number {
    const { header } = this.machine.kernel.mm.t;
    return (header[H_TIME_HI] as number) * 2 ** 32 + ((header[H_TIME_LO] as number) >>> 0);
  }
  look(): void {
    const { t } = this.machine.kernel.mm;
    const columns = Object.values(t.trace);
    for (const head = t.header[H_TRACE_HEAD] as number; this.traceAt < head; this.traceAt++) {
      for (let i = 0; i < columns.length; i++) this.words[i] = (columns[i] as Int32Array)[this.traceAt % t.trace.w0.length] as number;
      this.notify.push(...notifyLine(this.machine, decodeEvent(this.words)));
      this.events++;
    }
    for (const end = t.header[H_TEXT_HEAD] as number; this.textAt < end; this.textAt++) {
      const row = readText(t, this.textAt);
      if (row?.stream === STREAM_STDOUT) this.stdout += row.text;
      else if (row?.stream === STREAM_STDERR) this.stderr += row.text;
      else if (row?.stream === STREAM_KERNEL) this.dmesg.push(bytesToText(row.text));
    }
  }
  /** False: it was not done in time. */
  runUntil(done: () => boolean, deadline: number): boolean {
    for (let steps = 0; steps < MAX_EVENTS && !done() && this.now() < deadline; steps++) {
      const more = this.machine.run(1, deadline);
      if (steps % LOOK_EVERY === 0) this.look();
      if (!more) break;
    }
    this.look();
    return done();
  }
  settle(seconds: number): void {
    for (let steps = 0; steps < MAX_EVENTS; steps++) {
      const before = this.events;
      const until = this.now() + seconds * SECOND;
      this.machine.run(1, until);
      this.look();
      if (this.events > before) continue;
      if (this.now() < until) this.machine.advance(until - this.now());
      return;
    }
  }
  take(): { stdout: string; stderr: string; dmesg: string[]; notify: string[] } {
    const taken = { stdout: bytesToText(this.stdout), stderr: bytesToText(this.stderr), dmesg: this.dmesg, notify: this.notify };
    this.stdout = this.stderr = '';
    this.dmesg = [];
    this.notify = [];
    return taken;
  }
}

function shellStep(machine: Machine, watcher: Watcher, line: string): { exit: number } {
  const accepted = machine.submit({ type: 'shell', line: `${HELPERS}${line}`, fresh: true });
  if (!accepted.ok) return { exit: 127 };
  const ended = (): boolean => machine.status(accepted.id) !== undefined;
  if (!watcher.runUntil(ended, watcher.now() + TIMEOUT * SECOND)) {
    machine.submit({ type: 'signal', signal: 'SIGKILL' });
    watcher.runUntil(ended, watcher.now() + SECOND);
    return { exit: -1 };
  }
  watcher.settle(QUIET_RUN);
  return { exit: machine.status(accepted.id) as number };
}

const MONITOR = '@qmp ';
/** Commands of the monitor, parted by ";;". Its answers are kept as text. */
function monitorStep(machine: Machine, watcher: Watcher, line: string): { exit: number; qmp: string[] } {
  const qmp = line.slice(MONITOR.length).split(' ;; ').map((text) => {
    const { execute, arguments: args } = JSON.parse(text) as { execute: string; arguments?: Readonly<Record<string, unknown>> };
    const accepted = machine.submit({ type: 'qmp', execute, ...(args && { arguments: args }) });
    if (!accepted.ok) return JSON.stringify({ error: { class: 'GenericError', desc: accepted.reason } });
    watcher.runUntil(() => machine.status(accepted.id) !== undefined, watcher.now() + TIMEOUT * SECOND);
    return JSON.stringify(machine.reply(accepted.id));
  });
  watcher.settle(QUIET_HOST);
  return { exit: 0, qmp };
}

export function replayNotify(question: NotifyQuestion, boot: (question: Question) => Machine): Answer {
  const { id, title, cmdline } = question;
  const head = { id, ...(title !== undefined && { title }), ...(cmdline !== undefined && { cmdline }) };
  let machine: Machine;
  try {
    machine = boot(question);
  } catch (error) {
    return { ...head, steps: [], error: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
  const watcher = new Watcher(machine);
  const steps = question.steps.map(({ run = '' }): AnswerStep => {
    let answer: AnswerStep;
    try {
      answer = run.startsWith(MONITOR) ? monitorStep(machine, watcher, run) : shellStep(machine, watcher, run);
    } catch (error) {
      answer = { simulator_error: error instanceof Error ? (error.stack ?? error.message) : String(error) };
    }
    watcher.look();
    const seen = watcher.take();
    return { run, ...answer, ...seen };
  });
  return { ...head, steps };
}
