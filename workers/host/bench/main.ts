/** `npm run bench [-- NAME…] [-- --json FILE] [-- --rounds N] [-- --chromium] [-- --peer PROGRAM]`: how fast the kernel is, as ratios to plain loops of the same run. */
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import '../../usr/bin/user_space.ts';
import { type Bench, measure } from './bench.ts';
import { type AllocatorFigures, allocatorBench, printAllocator } from './allocator/run.ts';
import { framesBench } from './frames/run.ts';
import { bootBench } from './boot.ts';
import { offlineBench } from './offline.ts';
import { printSizes, SIZES, sizesBench } from './sizes/run.ts';
import { printSeek, SEEK, seekBench } from './seek/run.ts';

const BENCHES: readonly Bench[] = [bootBench, offlineBench];
const ALLOCATOR = 'allocator';
/** Needs a browser and a minute: only when it is asked for. */
const FRAMES = 'frames';
const ROUNDS = 5;

/** Exit status: 2 for words it does not understand. */
export async function main(argv: readonly string[]): Promise<number> {
  let names: string[];
  let options: { json?: string; rounds?: string; chromium?: boolean; peer?: string };
  try {
    ({ positionals: names, values: options } = parseArgs({ args: [...argv], allowPositionals: true, options: { json: { type: 'string' }, rounds: { type: 'string' }, chromium: { type: 'boolean' }, peer: { type: 'string' } } }));
  } catch (error) {
    console.error(`bench: ${(error as Error).message.split(/\. |\n/)[0]}.`);
    return 2;
  }
  const apart: readonly string[] = [ALLOCATOR, SIZES, FRAMES, SEEK];
  const unknown = names.find((name) => !apart.includes(name) && !BENCHES.some((bench) => bench.name === name));
  const rounds = Number(options.rounds ?? ROUNDS);
  if (unknown !== undefined || !Number.isInteger(rounds) || rounds < 1) {
    console.error(unknown === undefined ? 'bench: --rounds takes a number from 1 on.' : `bench: there is no "${unknown}"; there is ${[...apart, ...BENCHES.map((b) => b.name)].join(', ')}.`);
    return 2;
  }
  const figures = BENCHES.filter(({ name }) => names.length === 0 || names.includes(name)).map((bench) => {
    const figure = measure(bench, rounds);
    console.log(`${figure.name.padEnd(20)} ${figure.ratio.toFixed(2).padStart(8)} ×   ${figure.subjectMs.toFixed(2)} ms against ${figure.baselineMs.toFixed(2)} ms\n${' '.repeat(20)} ${figure.about}`);
    return figure;
  });
  const allocator: AllocatorFigures[] = [];
  if (names.length === 0 || names.includes(ALLOCATOR)) {
    for (const chromium of options.chromium === true ? [false, true] : [false]) {
      const measured = await allocatorBench(rounds, chromium, options.peer);
      printAllocator(measured);
      allocator.push(measured);
    }
  }
  const sizes = names.length === 0 || names.includes(SIZES) ? await sizesBench() : [];
  if (sizes.length > 0) printSizes(sizes);
  const frames = names.includes(FRAMES) ? await framesBench() : undefined;
  const seek = names.length === 0 || names.includes(SEEK) ? await seekBench(rounds) : undefined;
  if (seek) printSeek(seek);
  if (options.json !== undefined) writeFileSync(options.json, `${JSON.stringify({ figures, allocator, sizes, frames, seek }, null, 2)}\n`);
  return 0;
}
