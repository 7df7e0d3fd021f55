/**
 * The build test: a machine of the size of the paper's builds kernels for twenty minutes, and what became of its pageblocks is looked at; then it builds on while a process takes huge pages,
 * gives them back and takes them again.
 */
import { type Fragmentation, measureFragmentation } from '../../machine/fragmentation.ts';
import { bootMachine, lineOf, percent, printTable, type Row, runLine } from './fragmentation_machine.ts';

/** 896 pageblocks; the paper's had 900, and eight processors would explain its times. */
export const BUILD_MEMORY = '1792M';
const CPUS = '8';
/** The paper's swapped out 14 000 pages in a build. */
const SWAP = 'modprobe zram; echo 1G > /sys/block/zram0/disksize && mkswap /dev/zram0 > /dev/null && swapon /dev/zram0';
/** One build of the paper's took 265 s. */
const HUGE_MINUTES = 5;
const HUGE_EVERY_MS = 500;
const HUGE_ROUNDS = (HUGE_MINUTES * 60_000) / HUGE_EVERY_MS;
const COUNTERS = ['thp_fault_alloc', 'thp_fault_fallback', 'compact_stall', 'compact_fail', 'compact_success', 'pgscan_kswapd', 'pgsteal_kswapd', 'pgscan_direct', 'pgsteal_direct', 'pswpout'] as const;
type Counts = Readonly<Record<(typeof COUNTERS)[number], number>>;

export interface BuildOptions {
  readonly memory: string;
  readonly minutes: number;
  readonly seed: number;
  /** Further parameters of the builds. */
  readonly words: readonly string[];
}
export interface BuildTest {
  readonly measured: Fragmentation;
  /** While huge pages were asked for. */
  readonly counts: Counts;
}
export function runBuildTest({ memory, minutes, seed, words }: BuildOptions): BuildTest {
  const machine = bootMachine(['-m', memory, '-smp', CPUS]);
  const counters = (): number[] => COUNTERS.map((name) => lineOf(machine, '/proc/vmstat', name));
  runLine(machine, SWAP);
  runLine(machine, ['workload', 'builds', `minutes=${minutes}`, `seed=${seed}`, ...words].join(' '));
  const measured = measureFragmentation(machine.kernel.mm);
  const before = counters();
  const own = words.filter((word) => !/^(others|unpack)=/.test(word));
  runLine(machine, [`workload hugealloc rounds=${HUGE_ROUNDS} every=${HUGE_EVERY_MS} > /dev/null &`, 'workload', 'builds', `minutes=${HUGE_MINUTES}`, `seed=${seed}`, 'others=0', 'unpack=no', ...own].join(' '));
  const after = counters();
  return { measured, counts: Object.fromEntries(COUNTERS.map((name, i) => [name, (after[i] as number) - (before[i] as number)])) as unknown as Counts };
}

export function blocksTable({ measured: m }: BuildTest): readonly Row[] {
  const typed = m.unmovableBlocks + m.reclaimableBlocks + m.movableBlocks;
  return [
    ['pageblocks unmovable', percent(m.unmovableBlocks, typed), '5.6 %'],
    ['pageblocks reclaimable', percent(m.reclaimableBlocks, typed), '16.6 %'],
    ['pageblocks movable', percent(m.movableBlocks, typed), '77.9 %'],
    ['movable ones that are polluted', percent(m.polluted, m.movableBlocks), '11.0 %'],
    ['reclaimable slab pages in each of these', m.polluted === 0 ? '–' : (m.pollutingSlab / m.polluted).toFixed(1), '55.3'],
    ['other pages of the kernel in each', m.polluted === 0 ? '–' : (m.pollutingKernel / m.polluted).toFixed(1), '1.0'],
  ];
}
export function hugeTable({ counts: c }: BuildTest): readonly Row[] {
  return [
    ['huge pages refused at a fault', percent(c.thp_fault_fallback, c.thp_fault_alloc + c.thp_fault_fallback), '9.8 %'],
    ['direct compaction that succeeds', percent(c.compact_success, c.compact_success + c.compact_fail), '7.2 %'],
    ['of so many attempts', String(c.compact_success + c.compact_fail), '282'],
    ['pages kswapd looked at', String(c.pgscan_kswapd), '586757'],
    ['of these reclaimed', percent(c.pgsteal_kswapd, c.pgscan_kswapd), '65.7 %'],
    ['pages direct reclaim looked at', String(c.pgscan_direct), '335200'],
    ['of these reclaimed', percent(c.pgsteal_direct, c.pgscan_direct), '38.2 %'],
    ['pages swapped out', String(c.pswpout), '14084'],
  ];
}
const BLOCKS_SOURCE = 'The RFC\'s build test, before its patches: 50 unmovable, 149 reclaimable, 701 movable, 77 of these with 4257 pages of reclaimable slab and 79 others.';
const HUGE_SOURCE = 'One more build of the same mail (265 s; here 300), while a process takes 80 MiB of huge pages again and again.';

export function runBuilds(options: BuildOptions): void {
  console.log(`builds, seed ${options.seed}: a machine of ${options.memory}, ${CPUS} processors, ${options.minutes} minutes`);
  const test = runBuildTest(options);
  const { measured: m } = test;
  console.log(`unmovable ${percent(m.unmovable, m.pages)}, reclaimable slab ${percent(m.reclaimable, m.pages)}, free ${percent(m.free, m.pages)} of memory`);
  printTable(blocksTable(test), BLOCKS_SOURCE);
  printTable(hugeTable(test), HUGE_SOURCE);
}
