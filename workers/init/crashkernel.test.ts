/** Every recorded crashkernel= machine: boots from the question, and holds ranges, size and log lines against what the real kernel printed. */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { EDITIONS } from '../editions/index.ts';
import { rootPlace, walk } from '../kernel/vfs.ts';
import { formatIomem } from '../kernel/resource.ts';
import { H_TEXT_HEAD } from '../uapi/layout.ts';
import { readText } from '../uapi/text.ts';
import { describeMachine, type MachineQuestion } from './firmware.ts';
import { start_kernel } from './main.ts';

const folder = fileURLToPath(new URL('../testing/linux-6.1/', import.meta.url));
interface Recording extends MachineQuestion {
  readonly id: string;
  readonly steps: { readonly run?: string; readonly stdout?: string }[];
}
const referee = (await import('../testing/linux-6.1/compare.mjs' as string)) as { question(r: unknown): Recording };
const recordings = readdirSync(folder)
  .filter((f) => f.startsWith('crash-') && f.endsWith('.json'))
  .map((f) => JSON.parse(readFileSync(folder + f, 'utf8')) as Recording)
  .filter((r) => r.steps[0]?.stdout?.includes('System RAM'));

const crashLines = (text: string): string[] => text.split('\n').filter((l) => /Crash kernel/.test(l));
const logLines = (text: string): string[] => text.split('\n').map((l) => l.replace(/^\[ *[\d.]+\] /, '')).filter((l) => /for crashkernel|^crashkernel/.test(l));

describe('crashkernel= as recorded', () => {
  it.each(recordings.map((r) => [r.id, r] as const))('%s', (_, recording) => {
    const described = describeMachine(referee.question(recording));
    if (!described.ok) throw new Error(described.reason);
    const booted = start_kernel({ description: described.description }, EDITIONS);
    if (!booted.ok) throw new Error(booted.reason);
    const { kernel } = booted;
    const answer = recording.steps[0]?.stdout as string;
    expect(crashLines(formatIomem(kernel.iomem))).toEqual(crashLines(answer));
    const rows = Array.from({ length: kernel.mm.t.header[H_TEXT_HEAD] as number }, (_unused, id) => readText(kernel.mm.t, id)?.text ?? '');
    expect(logLines(rows.join('\n'))).toEqual(logLines(answer));
    const size = walk(kernel.root, rootPlace(kernel.root), '/sys/kernel/kexec_crash_size', 0, true);
    const node = typeof size === 'number' ? undefined : size.node;
    expect(node?.kind === 'file' && node.read(0, 100)).toBe(`${/---\n(\d+)\n/.exec(answer)?.[1]}\n`);
    // MemTotal: within a few pages, as the reserved memory of the profile is.
    const total = Number(/MemTotal: +(\d+)/.exec(answer)?.[1]);
    const managed = kernel.mm.t.zone.managed_pages.reduce((sum, n) => sum + n, 0) * 4;
    expect(Math.abs(managed - total)).toBeLessThanOrEqual(4 * 16);
  });
});
