import { editionNames } from '../../editions/index.ts';
import { findingText, fuzz } from '../../testing/fuzz/fuzz.ts';
import type { Edition } from '../../uapi/machine_description.ts';
import { type LabCommand, readArguments, UsageError, wholeNumber } from './command.ts';

const STEPS = 10_000;
/** How often it says how far it is, in steps. */
const REPORT = 10_000;

function chosen(name: string | undefined): readonly Edition[] {
  const all = editionNames();
  if (name === undefined) return all;
  const found = all.find((edition) => edition === name);
  if (found === undefined) throw new UsageError(`--edition takes one of ${all.join(', ')}, not "${name}".`);
  return [found];
}

export const fuzzCommand: LabCommand = {
  usage: '[--seed S] [--steps N] [--edition E]',
  about: 'Random commands from a seed, in every edition; checks the machine\'s invariants and prints the first failure as a scenario. Status 1: there was one.',
  run(argv) {
    const { values } = readArguments(argv, { seed: { type: 'string' }, steps: { type: 'string' }, edition: { type: 'string' } }, { min: 0, max: 0, what: '' });
    const seed = wholeNumber('--seed', values.seed, 1);
    const steps = wholeNumber('--steps', values.steps, STEPS);
    const editions = chosen(values.edition);
    console.log(`seed ${seed}`);
    for (const edition of editions) {
      let next = REPORT;
      const found = fuzz(edition, seed, steps, (done) => {
        if (done < next) return;
        next += REPORT;
        console.log(`${edition}: ${done} steps held`);
      }, (session, finding) => console.log(`${edition}: session ${session}: ${finding}\nmaking it short …`));
      if (found === undefined) {
        console.log(`${edition}: ${steps} steps, every invariant held`);
        continue;
      }
      console.log(findingText(found));
      return 1;
    }
    return 0;
  },
};
