/** `lab fuzz-links`: as many hostile links as one likes; testing/fuzz/links makes and judges them. */
import process from 'node:process';
import { createPrng } from '../../lib/prng.ts';
import { attempt, play } from '../../testing/fuzz/links/attempt.ts';
import { makeLink } from '../../testing/fuzz/links/make.ts';
import { type LabCommand, readArguments, wholeNumber } from './command.ts';

const MIB = 2 ** 20;
/** A link that takes longer hangs the page (ms of this process's own time, so that a busy computer does not count). */
const TOO_LONG = 1000;
/** The same for its first events, machine included. */
const TOO_LONG_TO_PLAY = 20_000;
/** What may be allocated above the start at any time: unpacked text, its statements, and garbage that waits for the collector. */
const TOO_MUCH = 512 * MIB;
/** Links between two looks at the memory in use; between two that are opened with the page's streams; opened links between two that are played. */
const LOOK_EVERY = 512;
const STREAM_EVERY = 64;

const spent = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};

export const fuzzLinksCommand: LabCommand = {
  usage: '[--seed N] [--count N] [--play-every N]',
  about: 'Opens a million hostile links as the page does, and plays one opened link in N (2000): none may throw, hang, take more than its bound or become markup. Exits with 1 at the first that does, and prints it.',
  async run(argv) {
    const { values } = readArguments(argv, { seed: { type: 'string' }, count: { type: 'string' }, 'play-every': { type: 'string' } }, { min: 0, max: 0, what: '' });
    const seed = wholeNumber('--seed', values.seed, 1);
    const count = wholeNumber('--count', values.count, 1_000_000);
    const every = wholeNumber('--play-every', values['play-every'], 2000);
    const rng = createPrng(seed);
    const start = process.memoryUsage.rss();
    let opened = 0;
    let played = 0;
    let longest = 0;
    let most = 0;
    for (let n = 0; n < count; n++) {
      const hash = makeLink(rng);
      let wrong: string | undefined;
      try {
        const begun = spent();
        const result = await attempt(hash, n % STREAM_EVERY === 0);
        const ms = spent() - begun;
        longest = Math.max(longest, ms);
        wrong = result.wrong ?? (ms > TOO_LONG ? `took ${Math.round(ms)} ms` : undefined);
        if (n % LOOK_EVERY === 0 && played === 0) most = Math.max(most, process.memoryUsage.rss() - start);
        if (most > TOO_MUCH) wrong ??= `${Math.round(most / MIB)} MiB more memory than at the start`;
        if (result.opened) opened++;
        if (result.request && every > 0 && opened % every === 0) {
          played++;
          wrong ??= play(result);
          const took = spent() - begun;
          if (took > TOO_LONG_TO_PLAY) wrong ??= `took ${Math.round(took)} ms to boot and begin`;
        }
      } catch (error) {
        wrong = error instanceof Error ? error.stack : String(error);
      }
      if (wrong !== undefined) {
        console.error(`link ${n} of seed ${seed}: ${wrong}\n${hash.slice(0, 2000)}`);
        return 1;
      }
    }
    console.log(`${count} links of seed ${seed}: ${opened} opened, ${played} of them played, ${count - opened} refused with a sentence; longest ${Math.round(longest)} ms, at most ${Math.round(most / MIB)} MiB more than at the start`);
    return 0;
  },
};
