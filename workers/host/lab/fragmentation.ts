/** `lab fragmentation`: what servers that live for hours, and builds of a kernel, make of memory, beside what papers report. */
import { type LabCommand, readArguments, UsageError, wholeNumber } from './command.ts';
import { BUILD_MEMORY, runBuilds } from './fragmentation_builds.ts';
import { MARKS, runFleet } from './fragmentation_fleet.ts';

/** Papers find no more of it after days than after the first hour. */
const USUAL = { machines: 12, hours: 1, memory: '1G', minutes: 20, seed: 1 } as const;
const EXPERIMENTS = ['fleet', 'builds'] as const;

export const fragmentationCommand: LabCommand = {
  usage: '[fleet|builds] [--seed S] [--machines N] [--hours H] [--minutes M] [-m SIZE] [--marks server|own] [PARAMETER=VALUE…]',
  about: 'Two experiments, beside what papers report: servers of three tiers (web, cache, batch) live for hours of simulated time; a machine builds kernels for minutes. Parameters are those of the workloads: fleet survivors=0.',
  run(argv) {
    const { values, positionals } = readArguments(argv, {
      seed: { type: 'string' }, machines: { type: 'string' }, hours: { type: 'string' }, minutes: { type: 'string' }, memory: { type: 'string', short: 'm' }, marks: { type: 'string' },
    }, { min: 0, max: 6, what: 'experiment and its parameters' });
    const only = EXPERIMENTS.find((name) => name === positionals[0]);
    const words = only === undefined ? positionals : positionals.slice(1);
    if (only === undefined && words.length > 0) throw new UsageError(`Parameters belong to one experiment: ${EXPERIMENTS.join(' or ')} comes before "${words[0]}".`);
    const seed = wholeNumber('--seed', values.seed, USUAL.seed);
    const machines = wholeNumber('--machines', values.machines, USUAL.machines);
    const hours = wholeNumber('--hours', values.hours, USUAL.hours);
    const minutes = wholeNumber('--minutes', values.minutes, USUAL.minutes);
    const marks = MARKS.find((name) => name === (values.marks ?? 'server'));
    if (marks === undefined) throw new UsageError(`--marks takes server or own, not "${values.marks}".`);
    if (machines < 1 || hours < 1 || minutes < 1) throw new UsageError('--machines, --hours and --minutes take numbers from 1 on.');
    if (only !== 'builds') runFleet(machines, { memory: values.memory ?? USUAL.memory, hours, seed, marks, words });
    if (only === undefined) console.log();
    if (only !== 'fleet') runBuilds({ memory: values.memory ?? BUILD_MEMORY, minutes, seed, words });
    return 0;
  },
};
