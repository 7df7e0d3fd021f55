/** The trace of a real session is what Perfetto's importer of Chrome's JSON format takes: https://docs.google.com/document/d/1CvAClvFfyA5R-PhYUmn5OOQtYMH4h6I0nSsKchNAySU */
import { describe, expect, it } from 'vitest';
import { bootScenario } from '../host/lab/scenario_file.ts';
import { createPlayer } from '../machine/player.ts';
import { parseScenario } from '../scenario/parse.ts';
import { stepsOf } from '../scenario/scenario.ts';
import { collectPatch, START } from '../uapi/patch.ts';
import type { TraceEvent } from '../uapi/trace.ts';
import { decodeBatch } from '../../src/engine/drain.ts';
import { chromeTrace } from '../../src/scenario/export/trace.ts';

interface Entry {
  readonly name: string;
  readonly ph: string;
  readonly ts: number;
  readonly pid: number;
  readonly tid: number;
  readonly dur?: number;
  readonly s?: string;
  readonly args?: Readonly<Record<string, unknown>>;
}

/** One block goes offline and comes back, one is refused, and one is on its way when the trace ends. */
const SOURCE = `scenario 1
memory 1G
sockets 2 maxmem=4G
plug d0 256M
$ cd /sys/devices/system/memory; echo online_movable > memory32/state; echo offline > memory32/state; echo offline > memory0/state
$ echo online_movable > memory33/state
workload 4K nothp splice
$ echo offline > memory33/state
wait 400 events
`;
function eventsOf(source: string): TraceEvent[] {
  const parsed = parseScenario(source);
  if (!parsed.ok) throw new Error('unread');
  const machine = bootScenario(parsed.scenario);
  const player = createPlayer(machine, stepsOf(parsed.scenario));
  const events: TraceEvent[] = [];
  let { cursor } = collectPatch(machine.kernel.mm.t, START);
  while (!player.done()) {
    player.run(256);
    const patch = collectPatch(machine.kernel.mm.t, cursor);
    cursor = patch.cursor;
    events.push(...decodeBatch(patch.events));
  }
  return events;
}
const text = chromeTrace(eventsOf(SOURCE), 32768, (event) => event.type);
const trace = JSON.parse(text) as { readonly displayTimeUnit: string; readonly traceEvents: readonly Entry[] };
const { traceEvents } = trace;
const trackOf = ({ pid, tid }: Entry): string => `${pid}/${tid}`;

describe('a session as a Chrome trace', () => {
  it('has entries of known phases, each with what its phase needs', () => {
    expect(['ms', 'ns']).toContain(trace.displayTimeUnit);
    const odd = traceEvents.filter((e) => !(typeof e.name === 'string' && e.name !== '' && Number.isFinite(e.ts) && e.ts >= 0 && Number.isInteger(e.pid) && Number.isInteger(e.tid)
      && (e.ph === 'B' || e.ph === 'E' || (e.ph === 'X' && Number.isFinite(e.dur) && (e.dur as number) >= 0) || (e.ph === 'i' && e.s === 't') || (e.ph === 'M' && typeof e.args?.name === 'string'))));
    expect(odd).toEqual([]);
  });
  it('functions nest: every end closes the last that began on its track, and times do not go back', () => {
    const open = new Map<string, string[]>();
    const last = new Map<string, number>();
    for (const e of traceEvents) {
      if (e.ph !== 'B' && e.ph !== 'E') continue;
      expect(e.ts).toBeGreaterThanOrEqual(last.get(trackOf(e)) ?? 0);
      last.set(trackOf(e), e.ts);
      const stack = open.get(trackOf(e)) ?? [];
      open.set(trackOf(e), stack);
      if (e.ph === 'B') stack.push(e.name);
      else expect(stack.pop()).toBe(e.name);
    }
    // What still runs stays open, as in a trace that was cut off.
    expect([...open.values()].filter((stack) => stack.length > 0)).toEqual([expect.arrayContaining(['offline_pages'])]);
  });
  it('every track and every group of them has a name', () => {
    const tracks = new Set(traceEvents.filter(({ ph, name }) => ph === 'M' && name === 'thread_name').map(trackOf));
    const groups = new Set(traceEvents.filter(({ ph, name }) => ph === 'M' && name === 'process_name').map(({ pid }) => pid));
    expect(traceEvents.filter((e) => e.ph !== 'M' && !(tracks.has(trackOf(e)) && groups.has(e.pid)))).toEqual([]);
  });
  it('blocks, listeners and functions are there as what they went through', () => {
    const nameOf = (e: Entry): unknown => traceEvents.find((m) => m.ph === 'M' && m.name === 'thread_name' && trackOf(m) === trackOf(e))?.args?.name;
    const spans = traceEvents.filter(({ ph }) => ph === 'X').map((e) => `${String(nameOf(e))}: ${e.name}`);
    expect(spans).toEqual(['memory32: going online', 'memory32: going offline', 'memory33: going online', 'memory33: going offline']);
    expect(traceEvents.some((e) => e.ph === 'i' && nameOf(e) === 'slab_memory_callback' && e.name === 'MEM_GOING_OFFLINE')).toBe(true);
    expect(traceEvents.some((e) => e.ph === 'i' && nameOf(e) === 'memory33' && e.name === 'uevent add')).toBe(true);
  });
});
