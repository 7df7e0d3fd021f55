/** What was done to a machine so far, as the steps of a scenario: played on the same machine they give the same course. */
import type { Json, Moment, Step } from '../scenario/scenario.ts';
import type { Command, JournalEntry } from '../uapi/command.ts';
import { H_SEQ } from '../uapi/layout.ts';
import { bytesToText } from '../uapi/text.ts';
import type { CommandEnd } from './past.ts';
import type { Machine } from './types.ts';

/** The step that submits a command. Shell lines are kept as bytes. */
function stepOf(command: Command): Step {
  switch (command.type) {
    case 'shell': return { type: 'shell', line: bytesToText(command.line), fresh: command.fresh === true };
    case 'qmp': return { type: 'qemu', execute: command.execute, arguments: (command.arguments ?? {}) as Readonly<Record<string, Json>> };
    case 'signal': return { type: 'signal', signal: command.signal };
  }
}

/** What was done, and where each command ended; undefined: it has not. */
export type Lived = Pick<Machine, 'journal'> & { endOf(id: number): CommandEnd | undefined };

/**
 * @param rested whether nothing was left to do when a command was submitted (the host knows); without it the stamps alone decide
 * @param from number of the first command to tell
 */
export function sessionSteps(lived: Lived, rested: (id: number) => boolean, from = 0): Step[] {
  const steps: Step[] = [];
  /** The command before, signals apart: what waits are counted from. */
  let last: JournalEntry | undefined;
  /** Something waits for less than its end: what comes next no longer waits for that by itself. */
  let waited = false;
  for (const entry of lived.journal) {
    if (entry.id >= from) {
      const end = last && lived.endOf(last.id);
      if (last && (end === undefined || end.seq > entry.seq)) {
        steps.push({ type: 'wait', events: entry.seq - last.seq });
        waited = true;
      } else if (last && end) {
        // What else had to be done may have said nothing: a process that was killed gives its pages back.
        if (rested(entry.id) && (end.seq !== entry.seq || end.turn !== entry.turn)) steps.push({ type: 'wait', idle: true });
        else if (end.seq !== entry.seq) steps.push({ type: 'wait', events: entry.seq - last.seq });
        else if (waited) steps.push({ type: 'wait', end: true });
      }
      steps.push(stepOf(entry.command));
    }
    if (entry.command.type !== 'signal') {
      last = entry;
      waited = false;
    }
  }
  return steps;
}

/** Where the machine stands, by command and event. @param settled nothing is left to do */
export function momentOf(machine: Pick<Machine, 'journal' | 'kernel' | 'digest'>, settled: boolean): Moment {
  const last = machine.journal.at(-1);
  const seq = machine.kernel.mm.t.header[H_SEQ] as number;
  return { type: 'moment', command: machine.journal.length, events: seq - (last?.seq ?? 0), settled, digest: machine.digest() };
}
