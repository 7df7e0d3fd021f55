/**
 * Visual regression in Node: at named events of named scenarios the machine's digest and the pixels of its picture are what they were, compared apart. Browsers are held to the same
 * file (e2e/pictures). After an intended change, look at the picture, then renew with `RENEW=1 npx vitest run workers/host/pictures.test.ts`.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { env } from 'node:process';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { differences, type Difference, lensesOf, type Moment, type Place, PLACES } from '../../src/map/moments.ts';
import { decodeBatch } from '../../src/engine/drain.ts';
import { describeEvent } from '../../src/format/event.ts';
import { addEvents, eventsBetween, resetEvents } from '../../src/state/events.ts';
import { picturesOf, seenThrough } from '../../src/map/pictures.ts';
import { described, readScenario } from './lab/scenario_file.ts';
import { createEngine } from './engine.ts';
import { stepsOf } from '../scenario/scenario.ts';
import { bindMachine } from '../uapi/layout.ts';
import type { EventSeq } from '../uapi/units.ts';

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const BASELINES = at('../../src/map/moments.json');

/** Plays a scenario to its end and goes to each place. */
async function visit(name: string, places: readonly Place[]): Promise<Moment[]> {
  const api = createEngine({ now: () => 0, later: (_, work) => { setImmediate(work); } });
  const { scenario } = readScenario(at(`../../public/scenarios/${name}.scn`));
  const machine = described(scenario);
  if ('sentence' in machine) throw new Error(machine.sentence);
  const booted = await api.boot(machine.request);
  if (!booted.ok || !booted.buffer) throw new Error('not booted');
  await api.perform(stepsOf(scenario), 'play');
  await api.arrive('end');
  const t = bindMachine(booted.buffer);
  const pageBytes = 4096;
  const holes = booted.holes.map(({ start, end, kind }) => ({ start: start / pageBytes, end: end / pageBytes, kind }));
  const past = (await api.past()).events;
  resetEvents(2 ** t.sizes.block_shift);
  addEvents(past, [], 0);
  const events = decodeBatch(past).map((event) => ({ seq: event.seq, line: `${event.type} ${describeEvent(event, { blockPages: 2 ** t.sizes.block_shift, text: () => '' }).text}` }));
  const moments: Moment[] = [];
  for (const place of places) {
    const { event } = place;
    const found = event && events.filter(({ line }) => line.includes(event.words)).at(event.nth < 0 ? event.nth : event.nth - 1);
    if (event && !found) throw new Error(`${name} has no event ${event.words}`);
    const { seq, digest } = await api.seek((found?.seq ?? 0) as EventSeq);
    moments.push({ ...place, seq, digest: (digest >>> 0).toString(16).padStart(8, '0'), pictures: Object.assign({}, ...lensesOf(place).map((lens) => picturesOf(seenThrough(t, lens), lens, holes, place.block, { now: seq, log: eventsBetween(0, seq) }))) as Moment['pictures'] });
  }
  return moments;
}

describe('at named events of named scenarios', () => {
  const now: Moment[] = [];
  let otherwise: Difference[] = [];
  beforeAll(async () => {
    for (const scenario of new Set(PLACES.map((place) => place.scenario))) now.push(...await visit(scenario, PLACES.filter((place) => place.scenario === scenario)));
    if (env.RENEW) writeFileSync(BASELINES, `${JSON.stringify(now, null, 1)}\n`);
    const was = JSON.parse(readFileSync(BASELINES, 'utf8')) as Moment[];
    // What is held to is what is asked for, in its order.
    expect(was.map(({ seq: _seq, digest: _digest, pictures: _pictures, ...place }) => place)).toEqual(PLACES);
    otherwise = was.flatMap((moment, i) => differences(moment, now[i] as Moment));
  });
  it('kernel: the machine is the one it was', () => { expect(otherwise.filter(({ fault }) => fault === 'kernel')).toEqual([]); });
  it('paint: the same machine has the same pixels, at every level, in every colour mode and theme', () => { expect(otherwise.filter(({ fault }) => fault === 'paint')).toEqual([]); });
  it('no two looks at one moment are the same picture by accident', () => {
    for (const { pictures } of now) {
      const [machine, block, pageblock, frame] = ['machine', 'block', 'pageblock', 'frame'].map((level) => pictures[`${level} by kind`]);
      expect(new Set([machine, block, pageblock, frame]).size).toBe(4);
      for (const line of Object.values(pictures)) expect(new Set(line.split(' ')).size).toBe(4);
    }
  });
});
