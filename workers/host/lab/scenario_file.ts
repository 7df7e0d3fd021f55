/** Scenario files, read and booted for the subcommands that take one. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
// Node has all editions at once, also where the build draws the library's pictures.
import '../../editions/older.ts';
import { describeScenario } from '../../machine/describe.ts';
import { createMachine } from '../../machine/machine.ts';
import type { Machine } from '../../machine/types.ts';
import { diagnosticLine, didYouMean } from '../../scenario/diagnostic.ts';
import { parseScenario, type Parsed } from '../../scenario/parse.ts';
import { lastOf, type Scenario } from '../../scenario/scenario.ts';
import type { BootRequest } from '../../uapi/machine_description.ts';
import { UsageError } from './command.ts';
import { machineFile } from './machine_option.ts';

const MACHINES = fileURLToPath(new URL('../../../public/machines/', import.meta.url));

interface Listed {
  readonly id: string;
  readonly file: string;
}
const machines = (): readonly Listed[] => (JSON.parse(readFileSync(`${MACHINES}index.json`, 'utf8')) as { readonly machines: readonly Listed[] }).machines;
/** The recorded machine a scenario names, out of the project's own. */
export function recordedMachine(scenario: Scenario): BootRequest | undefined {
  const wanted = lastOf(scenario, 'recorded')?.name;
  if (wanted === undefined) return undefined;
  const entry = machines().find(({ id }) => id === wanted);
  return entry && machineFile(`${MACHINES}${entry.file}`);
}

export const readScenarioText = (file: string): { readonly text: string; readonly parsed: Parsed } => {
  const text = readFileSync(file, 'utf8');
  return { text, parsed: parseScenario(text) };
};
type Read = Extract<Parsed, { readonly ok: true }>;
/** A file's scenario. Throws UsageError with everything that is wrong with it. */
export function readScenario(file: string): Read {
  const { parsed } = readScenarioText(file);
  if (!parsed.ok) throw new UsageError(`${file} is not a scenario:\n${parsed.errors.map((e) => `${file}:${diagnosticLine(e)}`).join('\n')}`);
  return parsed;
}

/** The machine that a scenario states, or why there is none: a sentence with what would work. */
export function described(scenario: Scenario): { readonly request: BootRequest } | { readonly sentence: string } {
  const recorded = recordedMachine(scenario);
  const reply = describeScenario(scenario, recorded);
  if (reply.ok) return reply;
  const wanted = lastOf(scenario, 'recorded')?.name;
  const meant = wanted === undefined || recorded ? '' : didYouMean(wanted, machines().map(({ id }) => id));
  return { sentence: `${reply.reason}${meant}${reply.remedy ? ` Remedy: ${reply.remedy}.` : ''}` };
}
/** Boots a scenario's machine. Throws UsageError with the reason if there is none. */
export function bootScenario(scenario: Scenario): Machine {
  const machine = described(scenario);
  if ('sentence' in machine) throw new UsageError(machine.sentence);
  const booted = createMachine(machine.request);
  if (!booted.ok) throw new UsageError(booted.reason);
  return booted.machine;
}
