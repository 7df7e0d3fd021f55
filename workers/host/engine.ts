/**
 * The engine: one machine, paced against real time, behind the interface the page calls. Slices end after a number of events, never after milliseconds, so that the machine's
 * course does not depend on the computer it runs on; only how soon the next slice starts does.
 */
import { blockFacts, frameFacts, holderFrames, owners } from '../machine/facts.ts';
import { describeScenario } from '../machine/describe.ts';
import { createMachine } from '../machine/machine.ts';
import { readClock } from '../machine/clock.ts';
import type { Machine } from '../machine/types.ts';
import type { ScenarioEngineApi } from '../scenario/engine.ts';
import type { Pace, RunReport } from '../uapi/engine.ts';
import { ERRNO } from '../uapi/errno.ts';
import { H_GENERATION, H_SEQ, H_SEQCOUNT } from '../uapi/layout.ts';
import { HIGH_SYNTHESISED } from '../uapi/page_flags.ts';
import { KIND_INFERRED } from '../uapi/page_kind.ts';
import { collectPatch } from '../uapi/patch.ts';
import { bytesToText, textToBytes } from '../uapi/text.ts';
import type { EventSeq, SimNs } from '../uapi/units.ts';
import { holesOf } from './holes.ts';
import { rehearse } from '../machine/rehearse.ts';
import { createScript, type Script } from './script.ts';
import { createTimeTravel, type TimeTravel } from './time_travel.ts';

/** Events worked off before the reader may see the result and messages are looked at. */
const SLICE_EVENTS = 2048;
/** A moment is looked for this far: a link that names one further on shows where it got to. */
const MAX_ARRIVE_EVENTS = 20_000_000;
/** Stretches towards a moment between two looks at messages. */
const ARRIVE_STRETCHES = 64;
/** A run until nothing is left to do looks at messages this often, in ms of real time: it can be stopped. */
const FINISH_MS = 50;
/** How often a paced run wakes, in ms of real time. */
const TICK_MS = 16;
/** So long after the first rest going back is rehearsed, in ms of real time: what the page does when a command ends is done by then. */
const REHEARSAL_MS = 400;

/** So long after booting, whoever shows the machine for the first time has the processor to himself, unless he asks for something: then the first keyframe is taken and programs are fetched. ms of real time. */
const ALONE_MS = 500;

/** What the engine needs of its host. */
export interface Host {
  /** Calls back after about `ms` of real time; 0: as soon as messages have been looked at. */
  later(ms: number, work: () => void): void;
  /** ms of real time, for pacing only. */
  now(): number;
}

export function createEngine(host: Host): ScenarioEngineApi {
  let machine: Machine | undefined;
  let travel: TimeTravel | undefined;
  let script: Script | undefined;
  let pace: Pace = { mode: 'playing', eventsPerSecond: Number.POSITIVE_INFINITY };
  let scheduled = false;
  let rehearsed = false;
  let lastTick = 0;
  /** Events a slow pace still owes. */
  let credit = 0;
  /**
   * Programs and the shell are fetched once somebody has seen the machine, and what comes before they are waits, in its order. A command is stamped when it is submitted to the machine,
   * so that the wait is none of the machine's.
   */
  let fetched = false;
  let fetching: Promise<void> | undefined;
  async function userSpace(): Promise<void> {
    fetching ??= import('../usr/bin/user_space.ts').then(() => {
      fetched = true;
    });
    await fetching;
  }

  /** Gives the machine that has booted its past. The first keyframe looks at all that booting has touched, and whoever wants to see the machine need not wait for it. */
  let begin: (() => void) | undefined;
  const need = (): Machine => {
    begin?.();
    if (machine === undefined) throw new Error('no machine was booted yet');
    return machine;
  };
  const needScript = (): Script => {
    script ??= createScript(needTravel().history);
    return script;
  };
  const needTravel = (): TimeTravel => {
    begin?.();
    if (travel === undefined) throw new Error('no machine was booted yet');
    return travel;
  };
  /** Stands in the past: running means to live through it again. */
  const inPast = (): boolean => travel?.history.atEnd() === false;
  const working = (): boolean => {
    begin?.();
    return machine !== undefined && (!machine.idle() || script?.done() === false || inPast());
  };
  /** The run until nothing is left to do that is under way; whatever else the machine is told to do ends it. */
  /** The way to a moment that is under way; stop() forgets it. */
  let arriving: symbol | undefined;
  let finishing: symbol | undefined;
  /** The pace before somebody went into the past: a new command takes it up again. */
  let before: Pace | undefined;
  function stand(): void {
    if (pace.mode === 'playing') before = pace;
    pace = { mode: 'paused' };
    finishing = undefined;
  }
  /** Runs a slice and publishes it: readers see an odd count while numbers change. */
  function slice(events: number, run = (n: number): boolean => needScript().run(n)): boolean {
    if (travel?.busy() === true) return true;
    const m = need();
    const { header } = m.kernel.mm.t;
    Atomics.add(header, H_SEQCOUNT, 1);
    const more = run(events);
    header[H_GENERATION] = (header[H_GENERATION] as number) + 1;
    Atomics.add(header, H_SEQCOUNT, 1);
    return more;
  }
  function report(): RunReport {
    const m = need();
    return { seq: m.kernel.mm.t.header[H_SEQ] as EventSeq, time: readClock(m.kernel.mm.t) as SimNs, running: working() };
  }
  function wake(): void {
    if (scheduled || pace.mode === 'paused' || !working() || (script?.held() === true && machine?.idle() === true)) return;
    scheduled = true;
    const slow = pace.eventsPerSecond !== Number.POSITIVE_INFINITY;
    if (slow) lastTick = host.now();
    host.later(slow ? TICK_MS : 0, tick);
  }
  function tick(): void {
    scheduled = false;
    if (pace.mode === 'paused' || machine === undefined) return;
    // A machine whose tasks all wait for input has nothing to do: the next command wakes it.
    let more = true;
    if (pace.eventsPerSecond === Number.POSITIVE_INFINITY) more = slice(SLICE_EVENTS);
    else {
      credit = Math.min(credit + ((host.now() - lastTick) * pace.eventsPerSecond) / 1000, pace.eventsPerSecond);
      const events = Math.floor(credit);
      credit -= events;
      if (events > 0) more = slice(Math.min(events, SLICE_EVENTS));
    }
    if (more) wake();
    else if (!rehearsed) {
      rehearsed = true;
      host.later(REHEARSAL_MS, rehearseOnce);
    }
  }
  /** A machine that has something behind it can be put back: the first time is not to wait for the compiler. Who is at work again is not disturbed, and a machine nobody runs costs nothing. */
  function rehearseOnce(): void {
    if (working() || travel?.busy() === true) rehearsed = false;
    else rehearse();
  }

  /** The last machine that was asked for: machines boot in the order in which they were, though an older kernel has to be fetched first. */
  let ordered: Promise<void> | undefined;

  return {
    async boot(request) {
      if (ordered !== undefined || request.description.edition !== '6.1') {
        const here = Promise.all([ordered, request.description.edition === '6.1' ? undefined : import('../editions/older.ts')]);
        const settled = here.then(() => {}, () => {});
        ordered = settled;
        try {
          await here;
        } finally {
          if (ordered === settled) ordered = undefined;
        }
      }
      const booted = createMachine(request);
      if (!booted.ok) return booted;
      [machine, travel, script, before, finishing] = [undefined, undefined, undefined, undefined, undefined];
      begin = () => {
        begin = undefined;
        void userSpace();
        travel = createTimeTravel(booted.machine, () => new Promise((resolve) => { host.later(0, resolve); }));
        ({ machine } = travel.history);
      };
      host.later(ALONE_MS, () => { begin?.(); });
      const { mm } = booted.machine.kernel;
      const { header, memmap, buffer } = mm.t;
      header[H_GENERATION] = 1;
      const { description } = mm;
      const { kpageflags } = request;
      let inferred = 0;
      let known = 0;
      mm.t.section.state.forEach((state, nr) => {
        if (state === 0) return;
        known += 1 << mm.PFN_SECTION_SHIFT;
        if (!kpageflags) return;
        const end = (nr + 1) << mm.PFN_SECTION_SHIFT;
        for (let pfn = mm.t.section.virgin[nr] === 1 ? end : nr << mm.PFN_SECTION_SHIFT; pfn < end; pfn++) if (((memmap.kind[pfn] as number) & KIND_INFERRED) !== 0) inferred++;
      });
      // Free frames carry no mark of their own: whoever made them up marked them in the dump.
      for (let pfn = 0; kpageflags && pfn * 2 < kpageflags.length; pfn++) {
        if (((kpageflags[pfn * 2 + 1] as number) & HIGH_SYNTHESISED) !== 0 && ((memmap.kind[pfn] as number) & KIND_INFERRED) === 0) inferred++;
      }
      const shared = typeof SharedArrayBuffer !== 'undefined' && buffer instanceof SharedArrayBuffer;
      return {
        ok: true, ...(shared && { buffer }), bytes: buffer.byteLength, seq: header[H_SEQ] as EventSeq, release: description.release ?? '',
        cmdline: description.cmdline, ram: description.memory.reduce((sum, r) => sum + (r.type === 'usable' ? r.end - r.start : 0), 0), holes: holesOf(mm.t.section.state, mm.geometry.page_size * 2 ** mm.PFN_SECTION_SHIFT, description),
        ...(description.seed === undefined ? {} : { seed: description.seed }), ...(description.origin && { origin: description.origin }),
        provenance: request.kpageflags ? { recorded: known - inferred, inferred } : { recorded: 0, inferred: known },
      };
    },
    async submit(command) {
      if (!fetched) await userSpace();
      await needTravel().settled();
      if (before !== undefined && pace.mode === 'paused') pace = before;
      before = undefined;
      const { submitting, submitted } = needScript();
      submitting();
      const reply = need().submit(command.type === 'shell' ? { ...command, line: textToBytes(command.line) } : command);
      if (reply.ok) submitted(reply.id);
      wake();
      return reply;
    },
    async setPace(next) {
      pace = next;
      finishing = undefined;
      before = undefined;
      credit = 0;
      wake();
      return report();
    },
    async step(events) {
      if (!fetched) await userSpace();
      pace = { mode: 'paused' };
      slice(Math.max(1, Math.floor(events)));
      return report();
    },
    async finish(maxEvents) {
      if (!fetched) await userSpace();
      await needTravel().settled();
      const { kernel: { mm: { t: { header } } } } = need();
      const end = (header[H_SEQ] as number) + maxEvents;
      const run = Symbol('run');
      finishing = run;
      let looked = host.now();
      while (finishing === run && (header[H_SEQ] as number) < end && slice(SLICE_EVENTS)) {
        if (host.now() - looked < FINISH_MS) continue;
        await new Promise<void>((resolve) => { host.later(0, resolve); });
        looked = host.now();
      }
      if (finishing === run) finishing = undefined;
      return report();
    },
    async read(path) {
      if (!fetched) await userSpace();
      const reply = need().read(textToBytes(path));
      return reply.ok ? { ok: true, text: bytesToText(reply.text) } : reply;
    },
    async complete(line, cursor) {
      if (!fetched) await userSpace();
      return need().complete(line, cursor);
    },
    async incomplete(text) {
      if (!fetched) await userSpace();
      return need().incomplete(textToBytes(text));
    },
    async answer(id) {
      const reply = need().reply(id);
      return reply === undefined ? undefined : 'error' in reply ? { error: reply.error.desc } : {};
    },
    async importMachine(files, name) {
      const [{ unpack }, { importMachine }] = await Promise.all([import('./unpack.ts'), import('../import/import.ts')]);
      const plain = await unpack(files);
      return plain.ok ? importMachine(plain.files, name) : plain;
    },
    async exportMachine(format) {
      const { collectionOf, filesOf, tarOf } = await import('../import/export.ts');
      const files = filesOf(need().kernel.root);
      return format === 'tar' ? tarOf(files) : collectionOf(files);
    },
    async frame(pfn) {
      const facts = frameFacts(need().kernel.mm, pfn);
      return facts ? { ok: true, ...facts } : { ok: false, errno: ERRNO.ENXIO, reason: `no memory at pfn 0x${pfn.toString(16)}` };
    },
    async block(id) {
      const facts = blockFacts(need().kernel, id);
      return facts ? { ok: true, ...facts } : { ok: false, errno: ERRNO.ENODEV, reason: `memory${id} does not exist` };
    },
    async holder(id, cause, owner) {
      return holderFrames(need().kernel, id, cause, owner);
    },
    async owners() {
      return owners(need().kernel.mm);
    },
    async journal() {
      return need().journal;
    },
    async digest() {
      if (!fetched) await userSpace();
      const m = need();
      return { seq: m.kernel.mm.t.header[H_SEQ] as EventSeq, digest: m.digest() };
    },
    async readScenario(text, added) {
      return (await import('../scenario/read.ts')).readScenario(text, added);
    },
    async describe(scenario, recorded) {
      return describeScenario(scenario, recorded);
    },
    async perform(steps, mode) {
      if (!fetched) await userSpace();
      script = createScript(needTravel().history, steps, mode);
      wake();
    },
    async arrive(at) {
      if (!fetched) await userSpace();
      const of = need();
      pace = { mode: 'paused' };
      const end = (of.kernel.mm.t.header[H_SEQ] as number) + MAX_ARRIVE_EVENTS;
      const way = Symbol('way');
      arriving = way;
      let reached = false;
      while (!reached && arriving === way && machine === of && (of.kernel.mm.t.header[H_SEQ] as number) < end) {
        slice(0, () => {
          const begun = host.now();
          // A stretch may take long: whoever wants it stopped is heard.
          for (let n = 0; n < ARRIVE_STRETCHES && !reached; n++) {
            reached = needScript().towards(at);
            if (host.now() - begun >= FINISH_MS) break;
          }
          return false;
        });
        // The page may ask something meanwhile, or boot another machine.
        await new Promise<void>((resolve) => { host.later(0, resolve); });
      }
      return { ...report(), stopped: arriving !== way };
    },
    async nextStep(all = false) {
      if (!fetched) await userSpace();
      const { nextPlace, allow } = needScript();
      const next = all || !inPast() ? undefined : nextPlace();
      // In the past the next step is known: it is gone to, and lived through.
      if (next !== undefined) await needTravel().seekPlace(next);
      else {
        allow(all);
        if (pace.mode === 'paused' && inPast()) pace = before ?? { mode: 'playing', eventsPerSecond: Number.POSITIVE_INFINITY };
        wake();
      }
    },
    // Asked while the programs are still on their way, both would tell of a scenario without steps.
    async script() {
      if (!fetched) await userSpace();
      return needScript().report();
    },
    async session() {
      if (!fetched) await userSpace();
      return needScript().session();
    },
    async grow(branch) {
      if (!fetched) await userSpace();
      stand();
      const rested = await needTravel().grow(branch);
      if (rested) needScript().grown(rested);
      return rested !== undefined;
    },
    async revisit(moment) {
      if (!fetched) await userSpace();
      stand();
      return needTravel().revisit(moment.branch ?? 0, moment);
    },
    async seek(to, branch) {
      if (!fetched) await userSpace();
      stand();
      return needTravel().seek(to, branch);
    },
    async stride(stride, direction) {
      if (!fetched) await userSpace();
      stand();
      return needTravel().stride(stride, direction);
    },
    async undo() {
      stand();
      return needTravel().undo();
    },
    async stop() {
      arriving = undefined;
      await needTravel().stop();
    },
    branches: async () => needTravel().branches(),
    nameBranch: async (branch, name) => needTravel().nameBranch(branch, name),
    past: async () => needTravel().past(),
    async compare(a, b) {
      stand();
      return needTravel().compare(a, b);
    },
    async pull(cursor) {
      return collectPatch(need().kernel.mm.t, cursor);
    },
  };
}
