/** What a fuzzed session consists of: commands as a person gives them, so that a finding is a scenario to open in the page or to play with `lab run`. */
import type { Json, Step as ScenarioStep } from '../../scenario/scenario.ts';
import type { Command } from '../../uapi/command.ts';

export interface Step {
  readonly command: Command;
  /** Events to let happen before the next step may begin although this one has not ended; absent: it is waited for. */
  readonly after?: number;
}

/** The same for a scenario; what a person ends with ^C is a statement of its own. */
export function statementsOf({ command, after }: Step): readonly ScenarioStep[] {
  const waits: readonly ScenarioStep[] = after === undefined ? [] : [{ type: 'wait', events: after }];
  if (command.type === 'shell') return [{ type: 'shell', line: command.line, fresh: command.fresh === true }, ...waits];
  if (command.type === 'signal') return [{ type: 'signal', signal: command.signal }, ...waits];
  if (command.type === 'qmp') return [{ type: 'qemu', execute: command.execute, arguments: (command.arguments ?? {}) as Readonly<Record<string, Json>> }, ...waits];
  return [];
}

/** Bytes → a printf(1) format that writes exactly them. */
export function printfFormat(bytes: string): string {
  return [...bytes].map((c) => {
    const code = c.charCodeAt(0) & 0xff;
    return /[A-Za-z0-9_,.:/=+-]/.test(c) && code < 127 ? c : `\\${code.toString(8).padStart(3, '0')}`;
  }).join('');
}
