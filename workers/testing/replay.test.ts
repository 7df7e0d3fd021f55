import { describe, expect, it } from 'vitest';
import type { Machine } from '../machine/types.ts';
import type { QmpEvent, QmpReply } from '../machine/qemu.ts';
import type { Command } from '../uapi/command.ts';
import { formatMachine, H_TIME_HI, H_TIME_LO, placeTables } from '../uapi/layout.ts';
import { STREAM_KERNEL, STREAM_STDERR, STREAM_STDOUT, textWriter } from '../uapi/text.ts';
import { EV, traceWriter } from '../uapi/trace.ts';
import type { Question } from './question.ts';
import { replay, type Simulator } from './replay.ts';

const SECOND = 1e9;

/** A machine that does, at stated times after a command, what the test says; its clock jumps from one to the next. */
class ScriptedMachine {
  readonly t = (() => {
    const sizes = { max_pfn: 512, section_shift: 15, block_shift: 15, nodes: 1, slots: 1, trace_rows: 256, text_rows: 128, text_bytes: 4096 };
    return formatMachine(new ArrayBuffer(placeTables(sizes).bytes), sizes);
  })();
  readonly trace = traceWriter(this.t);
  readonly write = textWriter(this.t);
  readonly submitted: Command[] = [];
  private readonly plan: { readonly at: number; readonly act: () => void }[] = [];
  private readonly ended = new Map<number, number>();
  private readonly replies = new Map<number, QmpReply>();
  private events: QmpEvent[] = [];
  private readonly script: (machine: ScriptedMachine, command: Command, id: number) => void;

  constructor(script: (machine: ScriptedMachine, command: Command, id: number) => void) {
    this.script = script;
  }
  now(): number {
    return (this.t.header[H_TIME_HI] as number) * 2 ** 32 + ((this.t.header[H_TIME_LO] as number) >>> 0);
  }
  private setTime(ns: number): void {
    this.t.header[H_TIME_LO] = ns % 2 ** 32 | 0;
    this.t.header[H_TIME_HI] = Math.floor(ns / 2 ** 32);
  }
  after(ns: number, act: () => void): void {
    this.plan.push({ at: this.now() + ns, act });
  }
  end(id: number, status: number): void {
    this.ended.set(id, status);
  }
  answer(id: number, reply: QmpReply): void {
    this.replies.set(id, reply);
  }
  qmp(event: QmpEvent): void {
    this.events.push(event);
  }
  machine(): Machine {
    const mm = { t: this.t, PFN_BLOCK_SHIFT: 15 };
    const driven: Partial<Machine> = {
      kernel: { mm } as unknown as Machine['kernel'], journal: [],
      qemu: { takeEvents: () => this.events.splice(0) } as unknown as Machine['qemu'],
      submit: (command) => {
        this.submitted.push(command);
        const id = this.submitted.length - 1;
        this.script(this, command, id);
        return { ok: true, id };
      },
      run: (_, until = Number.POSITIVE_INFINITY) => {
        this.plan.sort((a, b) => a.at - b.at);
        const next = this.plan[0];
        if (!next) return false;
        this.setTime(Math.min(next.at, until));
        if (next.at <= until) (this.plan.shift() as typeof next).act();
        return this.plan.length > 0;
      },
      idle: () => this.plan.length === 0,
      advance: (ns) => { this.setTime(this.now() + ns); },
      status: (id) => this.ended.get(id), reply: (id) => this.replies.get(id),
    };
    return driven as Machine;
  }
}

const ask = (steps: Question['steps'], scripted: ScriptedMachine, more: Partial<Question> = {}) => {
  const simulator: Simulator = { boot: () => scripted.machine(), capture: (_, kind, files) => ({ blocks: { [kind]: { asked: files.join() } } }) };
  return replay({ id: 'q', steps, ...more }, simulator).steps;
};

describe('a run step', () => {
  const printer = () => new ScriptedMachine((m, _, id) => m.after(SECOND, () => {
    m.write(STREAM_STDOUT, 0, 'one\ntw\xc3\xb6\n');
    m.write(STREAM_STDERR, 0, 'bash: oh\n');
    m.trace(EV.log, 0, m.write(STREAM_KERNEL, 6, 'Policy zone: DMA32'), 6);
    m.trace(EV.uevent, 0, 3, 0, 32);
    m.end(id, 1);
  }));

  it('gives what a person saw: output, status, events, uevents and log', () => {
    expect(ask([{ run: 'cat x' }], printer())).toEqual([{
      run: 'cat x', stdout: 'one\ntwö\n', stderr: 'bash: oh\n', exit: 1, ms: 1000,
      events: [{ t: 1, type: 'log', text: 'Policy zone: DMA32' }, { t: 1, type: 'uevent', action: 'online', name: 'memory32' }],
      uevents: [{ ACTION: 'online', DEVPATH: '/devices/system/memory/memory32', SUBSYSTEM: 'memory', SEQNUM: '1' }],
      dmesg: [{ level: 6, t: 1, text: 'Policy zone: DMA32' }],
    }]);
  });
  it('runs by a fresh shell', () => {
    const scripted = printer();
    ask([{ run: 'cat x' }], scripted);
    expect(scripted.submitted).toEqual([{ type: 'shell', line: 'cat x', fresh: true }]);
  });
  it('is not watched where the question says quiet, and has no events where tracing was off', () => {
    expect(Object.keys(ask([{ run: 'cat x' }], printer(), { scenario: { steps: [{ quiet: true }] } })[0] ?? {})).toEqual(['run', 'stdout', 'stderr', 'exit', 'ms']);
    expect(ask([{ run: 'cat x' }], printer(), { cmdline: 'quiet rec.notrace' })[0]).toMatchObject({ events: [], uevents: [{ ACTION: 'online' }] });
  });
  it('is killed when its time is over', () => {
    const scripted = new ScriptedMachine((m, command, id) => {
      if (command.type === 'signal') m.after(0, () => m.end(id - 1, 137));
      else m.after(100 * SECOND, () => m.end(id, 0));
    });
    expect(ask([{ run: 'sleep 100' }], scripted)[0]).toMatchObject({ exit: -1, killed_by_signal: 9, timed_out: true, ms: 60_000 });
    expect(scripted.submitted[1]).toEqual({ type: 'signal', signal: 'SIGKILL' });
  });
  it('leaves what it started in the background for later steps', () => {
    const scripted = new ScriptedMachine((m, command, id) => {
      m.after(0, () => m.end(id, 0));
      if (command.type === 'shell' && command.line.endsWith('&')) m.after(5 * SECOND, () => m.trace(EV.uevent, 0, 4, 0, 7));
    });
    const [first, second] = ask([{ run: 'slow &' }, { run: 'sleep 9', timeout: 9 }], scripted);
    expect([first?.events, second?.events]).toEqual([[], []]);
  });
  it('waits until the machine has been quiet for a while', () => {
    const scripted = new ScriptedMachine((m, _, id) => {
      m.after(0, () => m.end(id, 0));
      for (const ms of [20, 40, 60, 200]) m.after(ms * 1e6, () => m.trace(EV.uevent, 0, 0, 0, ms));
    });
    expect(ask([{ run: 'plug' }], scripted)[0]?.events?.map((e) => e.name)).toEqual(['memory20', 'memory40', 'memory60']);
  });
});

describe('a host step', () => {
  it('gives each command its answer, and the board\'s events', () => {
    const event: QmpEvent = { event: 'DEVICE_DELETED', data: { device: 'd0', path: '/machine/peripheral/d0' } };
    const scripted = new ScriptedMachine((m, _, id) => m.after(0, () => {
      m.answer(id, id === 0 ? { return: {} } : { error: { class: 'DeviceNotFound', desc: 'Device \'x\' not found' } });
      if (id === 0) m.qmp(event);
    }));
    expect(ask([{ host: [{ qmp: 'device_del', arguments: { id: 'd0' } }, { qmp: 'device_del', arguments: { id: 'x' } }] }], scripted)).toEqual([{
      host: [
        { qmp: 'device_del', arguments: { id: 'd0' }, return: {} },
        { qmp: 'device_del', arguments: { id: 'x' }, error: { class: 'DeviceNotFound', desc: 'Device \'x\' not found' } },
      ],
      events: [], qmp_events: [event],
    }]);
  });
});

describe('other steps', () => {
  it('a capture shows the files that were asked for', () => {
    expect(ask([{ capture: 'full', name: 'after', files: { '/proc/iomem': null } }], new ScriptedMachine(() => {}))).toEqual([
      { capture: 'full', name: 'after', blocks: { full: { asked: '/proc/iomem' } } },
    ]);
  });
  it('a dump is answered, not compared', () => { expect(ask([{ binary: '/proc/kpageflags' }], new ScriptedMachine(() => {}))).toEqual([{ binary: '/proc/kpageflags', exit: 0 }]); });
  it('a bug costs its own step only', () => {
    const scripted = new ScriptedMachine((m, _, id) => {
      if (id === 0) throw new Error('no such thing');
      m.after(0, () => m.end(id, 0));
    });
    const [first, second] = ask([{ run: 'a' }, { run: 'b' }], scripted);
    expect(first?.simulator_error).toContain('no such thing');
    expect(second).toMatchObject({ run: 'b', exit: 0 });
  });
  it('a machine that does not boot has no answers but says why', () => {
    const simulator: Simulator = { boot: () => { throw new Error('no memory at all'); }, capture: () => ({}) };
    expect(replay({ id: 'q', steps: [{ run: 'a' }] }, simulator)).toMatchObject({ id: 'q', steps: [], error: expect.stringContaining('no memory at all') });
  });
});
