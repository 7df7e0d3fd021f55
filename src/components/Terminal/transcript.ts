/** What was typed and printed, as a file: as it stands in the terminal, or as a scenario that does it again. */
import type { Command, JournalEntry } from '../../../workers/uapi/command.ts';
import { printScenario } from '../../../workers/scenario/print.ts';
import type { Json, Statement } from '../../../workers/scenario/scenario.ts';
import type { TerminalLine } from '../../state/terminal.ts';
import { t } from '../../strings/later.ts';

const PROMPTS: Partial<Record<TerminalLine['kind'], string>> = { input: t.terminal.prompt, host: t.terminal.host };

export const transcript = (lines: readonly TerminalLine[]): string => lines.map(({ kind, text }) => `${PROMPTS[kind] ?? ''}${text}\n`).join('');

function stepOf(command: Command): Statement {
  if (command.type === 'shell') return { type: 'shell', line: command.line, fresh: command.fresh === true };
  if (command.type === 'signal') return { type: 'signal', signal: command.signal };
  return { type: 'qemu', execute: command.execute, arguments: (command.arguments ?? {}) as Readonly<Record<string, Json>> };
}
/** A step waits until the one before it has ended; a signal is meant for what still runs, so many events after that began. */
export function scenarioOf(title: string, recorded: string | undefined, journal: readonly JournalEntry[]): string {
  const statements: Statement[] = [{ type: 'title', text: title }];
  if (recorded === undefined) statements.push({ type: 'comment', text: t.terminal.importedNote });
  else statements.push({ type: 'recorded', name: recorded });
  statements.push({ type: 'blank' });
  for (const [i, { command, seq }] of journal.entries()) {
    const before = journal[i - 1];
    if (command.type === 'signal' && before) statements.push({ type: 'wait', events: seq - before.seq });
    statements.push(stepOf(command));
  }
  return printScenario({ statements });
}

/** Hands a file to the person. */
export function save(name: string, content: string | Uint8Array, type = 'text/plain'): void {
  const url = URL.createObjectURL(new Blob([content as BlobPart], { type }));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  // The browser reads it after this task.
  setTimeout(() => { URL.revokeObjectURL(url); }, 10_000);
}
