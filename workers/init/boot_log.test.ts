/** The boot's own lines, held against the whole boot logs that were recorded: every line of ours is there, in the same order. */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { EDITIONS } from '../editions/index.ts';
import { question } from '../testing/linux-6.1/compare.mjs';
import { H_TEXT_HEAD } from '../uapi/layout.ts';
import { readText, STREAM_KERNEL } from '../uapi/text.ts';
import { initArguments } from './boot_log_board.ts';
import { parseCmdline } from './cmdline.ts';
import { describeMachine, type MachineQuestion } from './firmware.ts';
import { start_kernel } from './main.ts';

const folder = fileURLToPath(new URL('../testing/linux-6.1/', import.meta.url));
interface Recording {
  readonly id: string;
  readonly cmdline?: string;
  readonly boot?: { readonly dmesg?: readonly { readonly text: string }[] };
}
/** A log that was kept whole ends with what init was started with. */
const whole = readdirSync(folder).filter((file) => file.endsWith('.json')).map((file) => JSON.parse(readFileSync(folder + file, 'utf8')) as Recording)
  .filter(({ boot }) => boot?.dmesg?.some(({ text }) => text === '  with environment:'));
/** Lines that no two boots of the real kernel have alike: frequencies, and where KASLR put the image. Three lines may stand where a later module's line came in between. */
const FREE = /^(tsc: Refined|clocksource: |Linux version)/;

describe('the boot log', () => {
  it.each(whole.filter(({ cmdline }) => cmdline?.includes('nokaslr')).map((r) => [r.id, r] as const))('%s', (_, recording) => {
    const described = describeMachine(question(recording) as MachineQuestion);
    if (!described.ok) throw new Error(described.reason);
    const booted = start_kernel({ description: described.description }, EDITIONS);
    if (!booted.ok) throw new Error(booted.reason);
    const { t } = booted.kernel.mm;
    const ours: string[] = [];
    for (let id = 0; id < (t.header[H_TEXT_HEAD] as number); id++) {
      const row = readText(t, id);
      if (row?.stream === STREAM_KERNEL && !FREE.test(row.text)) ours.push(row.text.trimEnd());
    }
    const recorded = recording.boot?.dmesg?.map(({ text }) => text.trimEnd()) ?? [];
    let at = 0;
    const strange = ours.filter((line) => {
      const found = recorded.indexOf(line, at);
      if (found >= 0) at = found + 1;
      return found < 0;
    });
    // Three boots came out with a page more or less of reserved memory than all the others of their size.
    expect(strange.filter((line) => !line.startsWith('Memory: ')).join('\n')).toBe('');
    expect(ours.length).toBeGreaterThan(40);
  });
});

describe('what init is started with', () => {
  it.each([
    ['console=ttyS0 quiet nokaslr', ['nokaslr'], []],
    ['quiet nosuch colour=red memory_hotplug.memmap_on_memory rec.notrace', ['nosuch'], ['colour=red']],
    ['movablecore=256M movable_node', [], []],
  ])('%s', (cmdline, argv, env) => expect(initArguments(parseCmdline(cmdline))).toEqual({ argv, env }));
});
