/** Servers of a fleet: three tiers, each machine lives for hours, and is looked at. */
import { type Fragmentation, measureFragmentation } from '../../machine/fragmentation.ts';
import { bootMachine, lineOf, percent, printTable, type Row, runLine } from './fragmentation_machine.ts';

export const TIERS = ['web', 'cache', 'batch'] as const;
export interface Server {
  readonly tier: (typeof TIERS)[number];
  readonly seed: number;
  readonly measured: Fragmentation;
  /** Huge pages wanted and had by a process that started at the end. */
  readonly thp: { readonly wanted: number; readonly had: number };
}
/** Pages a process may ask for when its huge pages are counted: a twentieth of memory. */
const THP_SHARE = 20;
const KIB_PER_THP = 2048;

/**
 * A server of the fleet has 64 GiB, of which khugepaged has it keep 5632 pages free in each of three zones: a thousandth. A small machine keeps as many, which is 4 % of 1 GiB, and all that
 * is scattered would find whole pageblocks there.
 */
const SERVER_KB = 64 * 2 ** 20;
const SERVER_MIN_FREE_KB = 3 * 5632 * 4;
export const MARKS = ['server', 'own'] as const;

export interface ServerOptions {
  readonly memory: string;
  readonly tier: (typeof TIERS)[number];
  readonly hours: number;
  readonly seed: number;
  /** Its marks: the share of memory that a server's are, or what a machine of its size has. */
  readonly marks: (typeof MARKS)[number];
  /** Further parameters of the tier. */
  readonly words: readonly string[];
}
/** One server: boots, lives so many hours, is looked at. */
export function liveServer({ memory, tier, hours, seed, marks, words }: ServerOptions): Server {
  const machine = bootMachine(['-m', memory]);
  if (marks === 'server') runLine(machine, `echo ${Math.floor((lineOf(machine, '/proc/meminfo', 'MemTotal') * SERVER_MIN_FREE_KB) / SERVER_KB)} > /proc/sys/vm/min_free_kbytes`);
  runLine(machine, ['workload', tier, `hours=${hours}`, `seed=${seed}`, ...words].join(' '));
  const measured = measureFragmentation(machine.kernel.mm);
  const wanted = Math.floor(lineOf(machine, '/proc/meminfo', 'MemTotal') / THP_SHARE / KIB_PER_THP);
  const before = lineOf(machine, '/proc/meminfo', 'AnonHugePages');
  runLine(machine, `workload thp size=${wanted * 2 + 2}M`);
  return { tier, seed, measured, thp: { wanted, had: Math.min(wanted, (lineOf(machine, '/proc/meminfo', 'AnonHugePages') - before) / KIB_PER_THP) } };
}

const total = (servers: readonly Server[], of: (s: Server) => number): number => servers.reduce((sum, s) => sum + of(s), 0);
export function fleetTable(servers: readonly Server[]): readonly Row[] {
  const m = (key: keyof Fragmentation): number => total(servers, (s) => s.measured[key]);
  return [
    ['memory that cannot be moved', percent(m('unmovable'), m('pages')), '< 7 %'],
    ['2 MiB blocks with such a page', percent(m('withUnmovable'), m('pageblocks')), '34 %'],
    ['servers without one free 2 MiB', percent(servers.filter((s) => s.measured.freeBlocks === 0).length, servers.length), '23 %'],
  ];
}
const SOURCE = 'Meta\'s servers, average (Weiner, RFC of 2023-04-18); the last row: Contiguitas, ISCA 2023, as quoted by summaries.';

export function runFleet(machines: number, options: Omit<ServerOptions, 'tier'>): void {
  console.log(`fleet, seed ${options.seed}: ${machines} machines of ${options.memory}, ${options.hours} h each`);
  const servers: Server[] = [];
  for (let n = 0; n < machines; n++) {
    const server = liveServer({ ...options, tier: TIERS[n % TIERS.length] as Server['tier'], seed: options.seed + n });
    servers.push(server);
    const { measured: m, thp } = server;
    console.log([
      `${server.tier.padEnd(5)} seed ${String(server.seed).padStart(5)}  unmovable ${percent(m.unmovable, m.pages).padStart(6)} in ${percent(m.withUnmovable, m.pageblocks).padStart(6)} of blocks`,
      `movable ones polluted ${percent(m.polluted, m.movableBlocks).padStart(6)}`, `${String(m.freeBlocks).padStart(3)} blocks and ${percent(m.free, m.pages).padStart(6)} of memory free`, `huge pages ${thp.had} of ${thp.wanted}`,
    ].join(', '));
  }
  printTable(fleetTable(servers), SOURCE);
}
