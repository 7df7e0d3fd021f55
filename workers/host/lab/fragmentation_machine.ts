/** A machine for the experiments of `lab fragmentation`: booted, told lines of shell, looked at. */
import { describeMachine } from '../../init/firmware.ts';
import { createMachine } from '../../machine/machine.ts';
import type { Machine } from '../../machine/types.ts';
import '../../usr/bin/user_space.ts';
import { H_TEXT_HEAD } from '../../uapi/layout.ts';
import { readText, STREAM_STDERR } from '../../uapi/text.ts';
import { UsageError } from './command.ts';

const EVENTS = 4096;

export function bootMachine(qemu_args: string[]): Machine {
  const described = describeMachine({ title: 'fragmentation', qemu_args });
  if (!described.ok) throw new UsageError(described.reason);
  const booted = createMachine(described);
  if (!booted.ok) throw new UsageError(booted.reason);
  return booted.machine;
}
/** Runs a line to its end. Throws with what it said where it failed. */
export function runLine(machine: Machine, line: string): void {
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
/** The number behind a name in a file of /proc, 0 if it is not there. */
export function lineOf(machine: Machine, path: string, name: string): number {
  const got = machine.read(path);
  return got.ok ? Number(new RegExp(`^${name}:? +(\\d+)`, 'm').exec(got.text)?.[1] ?? 0) : 0;
}

export const percent = (part: number, whole: number): string => (whole === 0 ? '–' : `${((100 * part) / whole).toFixed(1)} %`);
/** A row of a table: what, ours, what a paper reports. */
export type Row = readonly [what: string, ours: string, theirs: string];
export function printTable(rows: readonly Row[], source: string): void {
  console.log(`\n${''.padEnd(40)}${'here'.padStart(9)}${'paper'.padStart(9)}`);
  for (const [what, ours, theirs] of rows) console.log(`${what.padEnd(40)}${ours.padStart(9)}${theirs.padStart(9)}`);
  console.log(source);
}
