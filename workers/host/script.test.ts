import { describe, expect, it } from 'vitest';
import type { SessionReport } from '../scenario/engine.ts';
import { parseScenario } from '../scenario/parse.ts';
import { type Moment, type Step, stepsOf } from '../scenario/scenario.ts';
import { bytesToText } from '../uapi/text.ts';
import { EV } from '../uapi/trace.ts';
import type { EventSeq } from '../uapi/units.ts';
import { createEngine } from './engine.ts';

const STATE = '/sys/devices/system/memory/memory3/state';
const SOURCE = `scenario 1
memory 512M
boot movablecore=256M
caption The last but one block goes.
$ echo offline > /sys/devices/system/memory/memory2/state
  expect memory2 offline
$ echo two
`;
function read(text: string): { steps: Step[]; scenario: Extract<ReturnType<typeof parseScenario>, { ok: true }>['scenario'] } {
  const parsed = parseScenario(text);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.errors));
  return { scenario: parsed.scenario, steps: stepsOf(parsed.scenario) };
}
/** An engine whose timers run when told. */
async function opened(steps: readonly Step[], mode: 'play' | 'step' = 'play') {
  const work: (() => void)[] = [];
  const api = createEngine({ now: () => 0, later: (_, f) => { work.push(f); } });
  const described = await api.describe(read(SOURCE).scenario);
  if (!described.ok) throw new Error(described.reason);
  await api.boot(described.request);
  await api.setPace({ mode: 'paused' });
  await api.perform(steps, mode);
  const drain = async <T>(promise: Promise<T>): Promise<T> => {
    let over = false;
    void promise.finally(() => { over = true; });
    for (let n = 0; n < 100_000 && !over; n++) {
      work.shift()?.();
      await Promise.resolve();
    }
    return promise;
  };
  const settle = async (): Promise<void> => {
    for (let n = 0; n < 10_000 && work.length > 0; n++) work.shift()?.();
  };
  return { api, drain, settle };
}

describe('an engine with a scenario', () => {
  it('plays it at its pace and tells how far it is', async () => {
    const { api, settle } = await opened(read(SOURCE).steps);
    expect(await api.script()).toMatchObject({ position: 0, of: 4, done: false, caption: undefined });
    await api.setPace({ mode: 'playing', eventsPerSecond: Number.POSITIVE_INFINITY });
    await settle();
    expect(await api.script()).toMatchObject({ position: 4, done: true, caption: 'The last but one block goes.', met: 1, failed: [] });
  });
  it('asked before its programs are there, it tells of the scenario it was given', async () => {
    const { scenario, steps } = read(SOURCE);
    const api = createEngine({ now: () => 0, later: () => undefined });
    const described = await api.describe(scenario);
    if (!described.ok) throw new Error(described.reason);
    await api.boot(described.request);
    const performed = api.perform(steps, 'step');
    const asked = api.script();
    expect((await asked).of).toBe(4);
    await performed;
  });
  it('step by step: each waits to be allowed', async () => {
    const { api, settle } = await opened(read(SOURCE).steps, 'step');
    await api.setPace({ mode: 'playing', eventsPerSecond: Number.POSITIVE_INFINITY });
    await settle();
    expect(await api.script()).toMatchObject({ held: true, position: 1 });
    await api.nextStep();
    await settle();
    expect(await api.script()).toMatchObject({ held: true, position: 3, met: 1 });
    await api.nextStep(true);
    await settle();
    expect(await api.script()).toMatchObject({ done: true });
  });

  it('tells the session as steps and a moment that lead to the same machine', async () => {
    const first = await opened(read(SOURCE).steps);
    await first.drain(first.api.arrive('end'));
    await first.api.submit({ type: 'shell', line: 'mh anon 20 nothp' });
    await first.api.finish(1e6);
    await first.api.submit({ type: 'shell', line: `echo offline > ${STATE}` });
    await first.api.step(9);
    await first.api.submit({ type: 'signal', signal: 'SIGINT' });
    await first.api.step(3);
    const leads = async ({ added, all, moment }: SessionReport): Promise<void> => {
      for (const steps of [all, [...read(SOURCE).steps, ...(added ?? [])]]) {
        const again = await opened(steps);
        await again.drain(again.api.arrive(moment));
        expect((await again.api.digest()).digest).toBe(moment.digest);
      }
    };
    const interrupted = [
      { type: 'shell', line: 'mh anon 20 nothp', fresh: false }, { type: 'shell', line: `echo offline > ${STATE}`, fresh: false },
      { type: 'wait', events: expect.any(Number) as number }, { type: 'signal', signal: 'SIGINT' },
    ];
    const session = await first.api.session();
    expect(session.added).toEqual(interrupted);
    expect(session.moment).toMatchObject({ command: 5, settled: false });
    await leads(session);
    // What comes when it has ended waits for that end, and not for the place of the signal.
    await first.api.finish(1e6);
    await first.api.submit({ type: 'shell', line: `echo offline > ${STATE}` });
    await first.api.finish(1e6);
    const later = await first.api.session();
    expect(later.added).toEqual([...interrupted, { type: 'wait', end: true }, { type: 'shell', line: `echo offline > ${STATE}`, fresh: false }]);
    await leads(later);
  });
  it('tells that a command was typed at rest, where what ran after the one before said nothing: a process gives its pages back', async () => {
    const first = await opened(read('scenario 1\nmemory 512M\nboot movablecore=256M\n').steps);
    for (const line of ['mh anon 20 nothp', 'kill -9 $(ls /tmp/mh.* | sed s/.*mh.//)', `echo offline > ${STATE.replace('3', '2')}`]) {
      await first.api.submit({ type: 'shell', line });
      await first.api.finish(1e6);
    }
    const { all, moment } = await first.api.session();
    const again = await opened(all);
    await again.drain(again.api.arrive(moment));
    expect((await again.api.digest()).digest).toBe(moment.digest);
    expect(all.filter(({ type }) => type === 'wait')).toEqual([{ type: 'wait', idle: true }]);
  });
  it('goes on step by step from a moment', async () => {
    const first = await opened(read(SOURCE).steps, 'step');
    await first.api.setPace({ mode: 'playing', eventsPerSecond: Number.POSITIVE_INFINITY });
    await first.api.nextStep();
    await first.settle();
    const { moment } = await first.api.session();
    expect(moment).toMatchObject({ command: 1, settled: true });
    const again = await opened(read(SOURCE).steps, 'step');
    await again.drain(again.api.arrive(moment));
    expect((await again.api.digest()).digest).toBe(moment.digest);
    await again.api.setPace({ mode: 'playing', eventsPerSecond: Number.POSITIVE_INFINITY });
    await again.settle();
    expect(await again.api.script()).toMatchObject({ held: true, met: 1 });
    expect((await again.api.journal()).length).toBe(1);
  });
  it('on the way to a moment without an end it can be stopped, stands there, and lives on from there', async () => {
    const endless = 'while true; do for w in offline online_movable; do echo $w > /sys/devices/system/memory/memory2/state; done; done';
    const { api, drain } = await opened(read(`scenario 1\nmemory 512M\n$ ${endless}\n`).steps);
    const way = api.arrive('end');
    // It has begun, and waits for the next message.
    for (let n = 0; n < 20; n++) await Promise.resolve();
    await api.stop();
    const { stopped, seq, running } = await drain(way);
    expect({ stopped, running }).toEqual({ stopped: true, running: true });
    expect(seq).toBeGreaterThan(0);
    expect((await api.digest()).seq).toBe(seq);
    expect(await api.step(1)).toMatchObject({ running: true });
    expect((await api.digest()).seq).toBeGreaterThanOrEqual(seq);
  });
  it('arrives at a moment in the middle, and at rest', async () => {
    const one = await opened(read(SOURCE).steps);
    for (const moment of [{ type: 'moment', command: 1, events: 7, settled: false }, { type: 'moment', command: 1, events: 0, settled: true }] satisfies Moment[]) {
      const a = await opened(read(SOURCE).steps);
      await a.drain(a.api.arrive(moment));
      expect((await a.api.journal()).length).toBe(1);
    }
    await one.drain(one.api.arrive({ type: 'moment', command: 99, events: 0, settled: false }));
    expect(await one.api.script()).toMatchObject({ done: true });
  });
});

describe('a scenario in time', () => {
  const THREE = `scenario 1
memory 512M
boot movablecore=256M
caption First.
$ echo one
  expect stdout has "one"
caption Second.
$ echo two
  expect stdout has "three"
caption Third.
$ echo three
`;
  const commandsOf = (journal: readonly { readonly command: unknown }[]): string[] => journal.map(({ command }) => (command as { line?: string }).line ?? '');
  async function played(mode: 'play' | 'step' = 'play') {
    const engine = await opened(read(THREE).steps, mode);
    await engine.drain(engine.api.arrive('end'));
    const last = (await engine.api.digest()).seq;
    const { events } = await engine.api.past();
    /** Events at which commands took effect. */
    const commands: number[] = [];
    for (let seq = 1; seq <= last; seq++) if ((events[(seq - 1) * 8 + 2] as number & 0xff) === EV.sim_command) commands.push(seq);
    return { ...engine, last, commands };
  }

  it('tells of the place one has gone back to, and of the end again', async () => {
    const { api, drain, last, commands } = await played();
    const end = await api.script();
    expect(end).toMatchObject({ position: 8, done: true, caption: 'Third.', met: 1, failed: [{ step: 5 }] });
    await drain(api.seek(commands[1] as EventSeq));
    expect(await api.script()).toMatchObject({ position: 5, done: false, caption: 'Second.', met: 1, failed: [] });
    await drain(api.seek(0 as EventSeq));
    // What was said before the first command was said at boot.
    expect(await api.script()).toMatchObject({ position: 1, caption: 'First.', met: 0, done: false });
    await drain(api.seek(last));
    expect(await api.script()).toEqual(end);
  });

  it('a command in its past begins a branch, on which the rest of its steps still comes when it is asked for', async () => {
    const { api, drain, settle, commands } = await played();
    await drain(api.seek((commands[1] as number) - 1 as EventSeq));
    await api.submit({ type: 'shell', line: 'echo else' });
    await api.finish(1e6);
    expect(await api.script()).toMatchObject({ position: 4, held: true, done: false, met: 1, failed: [] });
    expect(commandsOf(await api.journal())).toHaveLength(2);
    await api.nextStep(true);
    await api.setPace({ mode: 'playing', eventsPerSecond: Number.POSITIVE_INFINITY });
    await settle();
    expect(await api.script()).toMatchObject({ position: 8, done: true, met: 1, failed: [{ step: 5 }] });
    expect((await api.journal()).map(({ command }) => (command.type === 'shell' ? bytesToText(command.line) : ''))).toEqual(['echo one', 'echo else', 'echo two', 'echo three']);
    // The other branch is as it was.
    await drain(api.seek(1e9 as EventSeq, 0));
    expect(await api.script()).toMatchObject({ position: 8, done: true, met: 1 });
    expect(await api.journal()).toHaveLength(3);
  });

  it('step by step through the past: each step is the one that was', async () => {
    const { api, drain } = await played('step');
    const end = await api.digest();
    await drain(api.seek(0 as EventSeq));
    const positions: number[] = [];
    for (let n = 0; n < 12 && (await api.digest()).seq < end.seq; n++) {
      await drain(api.nextStep());
      positions.push((await api.script()).position);
    }
    expect(positions).toEqual([...positions].sort((a, b) => a - b));
    expect(await api.digest()).toEqual(end);
  });
});
