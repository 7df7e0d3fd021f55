/** Boots from the questions of the recordings (never from their answers) and holds the first look at the machine against what the real kernel showed. */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { EDITIONS } from '../editions/index.ts';
import { capture } from '../testing/capture.ts';
import { describeMachine, type MachineQuestion } from './firmware.ts';
import { start_kernel } from './main.ts';

const folder = fileURLToPath(new URL('../testing/linux-6.1/', import.meta.url));
interface Step {
  readonly capture?: string;
  readonly run?: string;
  readonly host?: unknown;
  readonly files?: Record<string, unknown>;
}
interface Recording extends MachineQuestion {
  readonly id: string;
  readonly group: number;
  readonly steps: Step[];
}
interface Referee {
  compare(expected: unknown, actual: unknown): { classes: Record<string, [number, number]>; diffs: { class: string; key: string; expected: unknown; actual: unknown }[] };
  question(recording: unknown): Recording;
}
const referee = (await import('../testing/linux-6.1/compare.mjs' as string)) as Referee;

/** Recordings whose first step is a look at the machine: nothing has happened since boot. */
const recordings = readdirSync(folder)
  .filter((f) => f.endsWith('.json'))
  .map((f) => JSON.parse(readFileSync(folder + f, 'utf8')) as Recording)
  .filter((r) => Array.isArray(r.steps) && r.steps[0]?.capture !== undefined);

describe('first look after boot, as recorded', () => {
  it.each(recordings.map((r) => [r.id, r] as const))('%s', (_, recording) => {
    const question = referee.question(recording);
    const described = describeMachine(question);
    if (!described.ok) throw new Error(described.reason);
    const booted = start_kernel({ description: described.description }, EDITIONS);
    if (!booted.ok) throw new Error(booted.reason);
    const [step] = question.steps as [Step];
    const actual = { ...recording, steps: [capture(booted.kernel, step.capture as string, Object.keys(step.files ?? {}))] };
    const { diffs, classes } = referee.compare({ ...recording, steps: [recording.steps[0]] }, actual);
    expect(Object.values(classes).some(([, total]) => total > 0)).toBe(true);
    expect(diffs.map((d) => `${d.class}: ${d.key}: recorded ${JSON.stringify(d.expected)}, here ${JSON.stringify(d.actual)}`)).toEqual([]);
  });
});
