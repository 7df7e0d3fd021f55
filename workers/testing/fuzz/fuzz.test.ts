import { describe, expect, it } from 'vitest';
import { editionNames } from '../../editions/index.ts';
import { commandsOf } from '../../scenario/commands.ts';
import { parseScenario } from '../../scenario/parse.ts';
import { stepsOf } from '../../scenario/scenario.ts';
import { longRuns } from '../bundled.ts';
import { shrink } from './shrink.ts';
import { findingText } from './fuzz.ts';
import { printfFormat, type Step } from './step.ts';

/** A few sessions each; `lab fuzz` goes on for as long as one likes. */
const SEEDS = [1, 2, 3, 5, 6, 8, 9, 12];
const STEPS = 120;

describe('whatever is written, plugged and started in whatever order, every edition stays sound, and refused input changes nothing', () => {
  it.each(editionNames().flatMap((edition) => SEEDS.map((seed) => [edition, seed] as const)))('%s, seed %i', async (edition, seed) => {
    const { runSession } = await longRuns();
    expect(runSession({ edition, seed, length: STEPS }).finding).toBeUndefined();
  }, 60_000);
  it('6.1, session 1431229377: a chunk whose second pageblock is still isolated is stolen as a whole while a block is onlined, and its zone counts an isolated pageblock for good, as 6.1 does', async () => {
    const { runSession } = await longRuns();
    expect(runSession({ edition: '6.1', seed: 1431229377, length: 64 }).finding).toBeUndefined();
  });
});

describe('a finding is made short', () => {
  /** Stands for a bug: the machine is not what the script says it should be. */
  const steps = ['echo a', 'mh anon 1', 'echo b'].map((line) => ({ command: { type: 'shell', line } as const }));
  it('and keeps the rule it broke', () => {
    const failed = { steps, finding: 'a rule that nothing breaks' };
    expect(shrink({ edition: '6.1', seed: 1, length: 3 }, failed, 3)).toBe(failed);
  });
  it('is printed as a scenario that means the same machine and the same commands', () => {
    const session = 4;
    const typed: Step[] = [
      { command: { type: 'shell', line: `printf '${printfFormat('on\0\n')}' > /x` } }, { command: { type: 'signal', signal: 'SIGINT' } }, { command: { type: 'qmp', execute: 'device_del', arguments: { id: 'd1' } }, after: 7 },
    ];
    const text = findingText({ edition: '6.1', session, finding: 'a rule  that\nnothing breaks', steps: typed });
    expect(text.split('\n')).toEqual([
      'scenario 1', 'title fuzz 4', 'edition 6.1', 'memory 512M', 'sockets 2 maxmem=4G', 'virtio-mem vm0 memdev=vmem0 size=1G block=2M requested=128M node=0', 'balloon balloon0', 'modules virtio-pci virtio-mem virtio-balloon',
      'boot memhp_default_state=online_movable', 'note a rule that nothing breaks', '', "$ printf 'on\\000\\012' > /x", 'signal SIGINT', 'qemu device_del id=d1', 'wait 7 events', '',
    ]);
    const parsed = parseScenario(text);
    expect(parsed.ok && stepsOf(parsed.scenario).flatMap(commandsOf)).toEqual([{ type: 'shell', line: "printf 'on\\000\\012' > /x" }, typed[1]?.command, typed[2]?.command]);
  });
});
