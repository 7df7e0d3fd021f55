import { describe, expect, it } from 'vitest';
import { editionNames } from '../../editions/index.ts';
import { runSession } from './session.ts';
import { shrink } from './shrink.ts';
import { printfFormat, stepLine } from './step.ts';

/** A few sessions each; `lab fuzz` goes on for as long as one likes. */
const SEEDS = [1, 2, 3, 5, 6, 8, 9, 12];
const STEPS = 120;

describe('whatever is written, plugged and started in whatever order, every edition stays sound, and refused input changes nothing', () => {
  it.each(editionNames().flatMap((edition) => SEEDS.map((seed) => [edition, seed] as const)))('%s, seed %i', (edition, seed) => {
    expect(runSession({ edition, seed, length: STEPS }).finding).toBeUndefined();
  }, 60_000);
});

describe('a finding is made short', () => {
  /** Stands for a bug: the machine is not what the script says it should be. */
  const steps = ['echo a', 'mh anon 1', 'echo b'].map((line) => ({ command: { type: 'shell', line } as const }));
  it('and keeps the rule it broke', () => {
    const failed = { steps, finding: 'a rule that nothing breaks' };
    expect(shrink({ edition: '6.1', seed: 1, length: 3 }, failed, 3)).toBe(failed);
  });
  it('is printed as lines to type', () => {
    expect([
      stepLine({ command: { type: 'shell', line: `printf '${printfFormat('on\0\n')}' > /x` } }), stepLine({ command: { type: 'signal', signal: 'SIGINT' } }),
      stepLine({ command: { type: 'qmp', execute: 'device_del', arguments: { id: 'd1' } }, after: 7 }),
    ]).toEqual(["printf 'on\\000\\012' > /x", '^C', '(qemu) device_del {"id":"d1"}   # the next begins 7 events later']);
  });
});
