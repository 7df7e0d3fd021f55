import { describe, expect, it } from 'vitest';
import { createPrng } from '../lib/prng.ts';
import { parseScenario } from '../scenario/parse.ts';
import { printScenario } from '../scenario/print.ts';
import { branchesOf, firstBranch, lastOf, type Scenario, stepsOf } from '../scenario/scenario.ts';
import type { EventSeq } from '../uapi/units.ts';
import { createEngine } from './engine.ts';

const MACHINE = 'scenario 1\nmemory 512M\nboot movablecore=256M\n$ echo one\n$ mh anon 20 nothp\n';
function read(text: string): Scenario {
  const parsed = parseScenario(text);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.errors));
  return parsed.scenario;
}
async function boot() {
  const api = createEngine({ now: () => 0, later: (_, work) => { setImmediate(work); } });
  const described = await api.describe(read(MACHINE));
  if (!described.ok) throw new Error(described.reason);
  await api.boot(described.request);
  await api.setPace({ mode: 'paused' });
  return api;
}
type Api = Awaited<ReturnType<typeof boot>>;
/** Digests at the end of each branch, and where the session stands. */
async function ends(api: Api): Promise<{ names: string[]; ends: number[]; digests: number[] }> {
  const branches = await api.branches();
  const digests: number[] = [];
  for (const { id, end } of branches) digests.push((await api.seek(end, id)).digest);
  return { names: branches.map(({ name }) => name), ends: branches.map(({ end }) => end), digests };
}
async function lived(seed: number): Promise<Api> {
  const { below } = createPrng(seed);
  const api = await boot();
  await api.perform(stepsOf(read(MACHINE)), 'play');
  await api.arrive('end');
  const lines = ['echo offline > /sys/devices/system/memory/memory3/state', 'x=$((${x:-0}+1)); echo $x', 'mh anon 9', 'sleep 1; cat /proc/buddyinfo', 'echo online_movable > /sys/devices/system/memory/memory3/state'];
  for (let n = 0; n < 3; n++) {
    for (let i = 0; i < 2; i++) {
      await api.submit({ type: 'shell', line: lines[below(lines.length)] as string });
      await (below(3) === 0 ? api.step(1 + below(9)) : api.finish(1e6));
    }
    const end = (await api.digest()).seq;
    await api.seek(below(end) as EventSeq, below((await api.branches()).length));
  }
  await api.submit({ type: 'shell', line: 'echo last' });
  await api.finish(1e6);
  await api.nameBranch(1, 'the "other" one');
  await api.seek(below(20) as EventSeq, 0);
  return api;
}

describe('branches told as a scenario', () => {
  it.each([1, 2, 3, 4, 5, 6])('are there again when it is opened: seed %i', async (seed) => {
    const api = await lived(seed);
    const { moment, added, branches } = await api.session();
    const wanted = await ends(api);
    expect(wanted.ends.length).toBeGreaterThan(1);
    const text = printScenario({ statements: [...read(MACHINE).statements, ...(added ?? []), ...(branches ? [branches.reached, ...branches.others.flatMap(({ start, steps, reached }) => [start, ...steps, reached])] : []), moment] });

    const again = await boot();
    const scenario = read(text);
    await again.perform(stepsOf(scenario), 'play');
    const far = firstBranch(scenario).find((s) => s.type === 'reached');
    await again.arrive(far ? { ...far, type: 'moment' } : 'end');
    for (const branch of branchesOf(scenario)) expect(await again.grow(branch)).toBe(true);
    expect((await again.revisit(lastOf(scenario, 'moment') ?? moment)).digest).toBe(moment.digest);
    const { branches: told } = await again.session();
    expect(told?.others).toEqual(branches?.others);
    expect(await ends(again)).toEqual(wanted);
  });

  it.each([1, 2, 3])('one branch that stands in its past is told to its end, and opens where it stands: seed %i', async (seed) => {
    const { below } = createPrng(seed);
    const api = await boot();
    await api.perform(stepsOf(read(MACHINE)), 'play');
    await api.arrive('end');
    await api.submit({ type: 'shell', line: 'echo offline > /sys/devices/system/memory/memory3/state' });
    await (seed === 2 ? api.step(20) : api.finish(1e6));
    const { seq, digest } = await api.digest();
    await api.seek(below(seq) as EventSeq);
    const { moment, added, branches } = await api.session();
    expect(branches).toMatchObject({ others: [], done: true });
    const text = printScenario({ statements: [...read(MACHINE).statements, ...(added ?? []), ...(branches ? [branches.reached] : []), moment] });

    const again = await boot();
    const scenario = read(text);
    await again.perform(stepsOf(scenario), 'play');
    await again.arrive({ ...(firstBranch(scenario).find((s) => s.type === 'reached') as NonNullable<typeof branches>['reached']), type: 'moment' });
    expect((await again.revisit(lastOf(scenario, 'moment') ?? moment)).digest).toBe(moment.digest);
    expect((await again.session()).branches).toMatchObject({ reached: branches?.reached, others: [] });
    expect(await again.seek(seq)).toMatchObject({ seq, end: seq, digest });
  });

  it('a branch that leaves one that is not there is refused, line and all', () => {
    const parsed = parseScenario('scenario 1\nmemory 512M\n$ a\nbranch 1 1+0 settled\n$ b\nmoment 1+0 branch=2\n');
    expect(parsed.ok ? [] : parsed.errors.map(({ line, message }) => [line, message])).toEqual([[4, 'Branch 1 is not there yet: a branch leaves one that stands before it.'], [6, 'There is no branch 2.']]);
  });
});
