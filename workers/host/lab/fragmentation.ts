/** `lab fragmentation`: servers that live for days, and what they make of memory, beside what papers report. */
import { describeMachine } from '../../init/firmware.ts';
import { type Fragmentation, measureFragmentation } from '../../machine/fragmentation.ts';
import { createMachine } from '../../machine/machine.ts';
import type { Machine } from '../../machine/types.ts';
import '../../usr/bin/user_space.ts';
import { H_TEXT_HEAD } from '../../uapi/layout.ts';
import { readText, STREAM_STDERR } from '../../uapi/text.ts';
import { type LabCommand, readArguments, UsageError, wholeNumber } from './command.ts';

const TIERS = ['web', 'cache', 'batch'] as const;
/** Papers find no more of it after days than after the first hour. */
const USUAL = { machines: 3, hours: 1, memory: '1G', seed: 1 } as const;
const EVENTS = 4096;

export interface Server {
  readonly tier: (typeof TIERS)[number];
  readonly seed: number;
  readonly measured: Fragmentation;
  /** Huge pages wanted and had by a process that started at the end. */
  readonly thp: { readonly wanted: number; readonly had: number };
}
/** Runs a line to its end. Throws with what it said where it failed. */
function run(machine: Machine, line: string): void {
  const { t } = machine.kernel.mm;
  const from = t.header[H_TEXT_HEAD] as number;
  const sent = machine.submit({ type: 'shell', line, fresh: true });
  if (!sent.ok) throw new UsageError(sent.reason);
  while (machine.status(sent.id) === undefined && machine.run(EVENTS));
  if (machine.status(sent.id) === 0) return;
  const said: string[] = [];
  for (let id = from; id < (t.header[H_TEXT_HEAD] as number); id++) {
    const row = readText(t, id);
    if (row?.stream === STREAM_STDERR) said.push(row.text);
  }
  throw new UsageError(`"${line}" ended with status ${machine.status(sent.id)}: ${said.join('').trim()}`);
}
const lineOf = (machine: Machine, path: string, name: string): number => {
  const got = machine.read(path);
  return got.ok ? Number(new RegExp(`^${name}:? +(\\d+)`, 'm').exec(got.text)?.[1] ?? 0) : 0;
};
/** Pages a process may ask for when its huge pages are counted: a twentieth of memory. */
const THP_SHARE = 20;
const KIB_PER_THP = 2048;

/**
 * A server of the fleet has 64 GiB, of which khugepaged has it keep 5632 pages free in each of three zones: a thousandth. A small machine keeps as many, which is 4 % of 1 GiB, and all that
 * is scattered would find whole pageblocks there.
 */
const SERVER_KB = 64 * 2 ** 20;
const SERVER_MIN_FREE_KB = 3 * 5632 * 4;
const MARKS = ['server', 'own'] as const;

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
  const described = describeMachine({ title: 'fleet', qemu_args: ['-m', memory] });
  if (!described.ok) throw new UsageError(described.reason);
  const booted = createMachine(described);
  if (!booted.ok) throw new UsageError(booted.reason);
  const { machine } = booted;
  if (marks === 'server') run(machine, `echo ${Math.floor((lineOf(machine, '/proc/meminfo', 'MemTotal') * SERVER_MIN_FREE_KB) / SERVER_KB)} > /proc/sys/vm/min_free_kbytes`);
  run(machine, ['workload', tier, `hours=${hours}`, `seed=${seed}`, ...words].join(' '));
  const measured = measureFragmentation(machine.kernel.mm);
  const wanted = Math.floor(lineOf(machine, '/proc/meminfo', 'MemTotal') / THP_SHARE / KIB_PER_THP);
  const before = lineOf(machine, '/proc/meminfo', 'AnonHugePages');
  run(machine, `workload thp size=${wanted * 2 + 2}M`);
  return { tier, seed, measured, thp: { wanted, had: Math.min(wanted, (lineOf(machine, '/proc/meminfo', 'AnonHugePages') - before) / KIB_PER_THP) } };
}

const percent = (part: number, whole: number): string => (whole === 0 ? '–' : `${((100 * part) / whole).toFixed(1)} %`);
const total = (servers: readonly Server[], of: (s: Server) => number): number => servers.reduce((sum, s) => sum + of(s), 0);
/** Rows of the table: what, ours, what a paper reports, and which. */
export function tableOf(servers: readonly Server[]): readonly (readonly [what: string, ours: string, theirs: string, source: string])[] {
  const m = (key: keyof Fragmentation): number => total(servers, (s) => s.measured[key]);
  const kinds = (key: keyof Fragmentation): string => percent(m(key), m('unmovableBlocks') + m('reclaimableBlocks') + m('movableBlocks'));
  return [
    ['memory that cannot be moved', percent(m('unmovable'), m('pages')), '< 7 %', 'Meta'],
    ['2 MiB blocks with such a page', percent(m('withUnmovable'), m('pageblocks')), '34 %', 'Meta'],
    ['servers without one free 2 MiB', percent(servers.filter((s) => s.measured.freeBlocks === 0).length, servers.length), '23 %', 'Contiguitas'],
    ['pageblocks unmovable', kinds('unmovableBlocks'), '5.6 %', 'build test'],
    ['pageblocks reclaimable', kinds('reclaimableBlocks'), '16.6 %', 'build test'],
    ['pageblocks movable', kinds('movableBlocks'), '77.9 %', 'build test'],
    ['movable ones that are polluted', percent(m('polluted'), m('movableBlocks')), '11.0 %', 'build test'],
    ['huge pages refused at a fault', percent(total(servers, (s) => s.thp.wanted - s.thp.had), total(servers, (s) => s.thp.wanted)), '9.8 %', 'build test'],
  ];
}
const SOURCES = `Meta: servers of a fleet, average (Weiner, RFC of 2023-04-18). Contiguitas: ISCA 2023, as quoted by summaries. build test: 20 minutes of kernel
builds, pageblocks before the RFC's patches: 50 unmovable, 149 reclaimable, 701 movable, 77 of these polluted (the same RFC).`;

export const fragmentationCommand: LabCommand = {
  usage: '[--seed S] [--machines N] [--hours H] [-m SIZE] [--marks server|own] [PARAMETER=VALUE…]',
  about: 'Lets servers of three tiers (web, cache, batch) live for hours of simulated time, and prints how fragmented their memory is, beside what papers report. Parameters are those of the tiers: survivors=0.',
  run(argv) {
    const { values, positionals } = readArguments(argv, { seed: { type: 'string' }, machines: { type: 'string' }, hours: { type: 'string' }, memory: { type: 'string', short: 'm' }, marks: { type: 'string' } }, { min: 0, max: 4, what: 'parameter' });
    const seed = wholeNumber('--seed', values.seed, USUAL.seed);
    const machines = wholeNumber('--machines', values.machines, USUAL.machines);
    const hours = wholeNumber('--hours', values.hours, USUAL.hours);
    const memory = values.memory ?? USUAL.memory;
    const marks = MARKS.find((name) => name === (values.marks ?? 'server'));
    if (marks === undefined) throw new UsageError(`--marks takes server or own, not "${values.marks}".`);
    if (machines < 1 || hours < 1) throw new UsageError('--machines and --hours take numbers from 1 on.');
    console.log(`seed ${seed}: ${machines} machines of ${memory}, ${hours} h each`);
    const servers: Server[] = [];
    for (let n = 0; n < machines; n++) {
      const server = liveServer({ memory, tier: TIERS[n % TIERS.length] as Server['tier'], hours, seed: seed + n, marks, words: positionals });
      servers.push(server);
      const { measured: m, thp } = server;
      console.log(`${server.tier.padEnd(5)} seed ${String(server.seed).padStart(5)}  unmovable ${percent(m.unmovable, m.pages).padStart(6)} in ${percent(m.withUnmovable, m.pageblocks).padStart(6)} of blocks, ${String(m.freeBlocks).padStart(3)} blocks and ${percent(m.free, m.pages).padStart(6)} of memory free, huge pages ${thp.had} of ${thp.wanted}`);
    }
    console.log(`\n${''.padEnd(33)}${'here'.padStart(8)}${'paper'.padStart(9)}`);
    for (const [what, ours, theirs, source] of tableOf(servers)) console.log(`${what.padEnd(33)}${ours.padStart(8)}${theirs.padStart(9)}  ${source}`);
    console.log(`\n${SOURCES}`);
    return 0;
  },
};
