/** What a fuzzed session consists of: commands as a person gives them, so that a finding can be typed again in the page's terminal or with `lab sh`. */
import type { Command } from '../../uapi/command.ts';

export interface Step {
  readonly command: Command;
  /** Events to let happen before the next step may begin although this one has not ended; absent: it is waited for. */
  readonly after?: number;
}

/** One line a step. What the host is told stands behind "(qemu)", as in its monitor; a signal is the key that sends it. */
export function stepLine({ command, after }: Step): string {
  const overlaps = after === undefined ? '' : `   # the next begins ${after} events later`;
  if (command.type === 'shell') return `${command.line}${overlaps}`;
  if (command.type === 'signal') return command.signal === 'SIGINT' ? '^C' : `# ${command.signal}`;
  if (command.type === 'qmp') return `(qemu) ${command.execute} ${JSON.stringify(command.arguments ?? {})}${overlaps}`;
  return JSON.stringify(command);
}

/** Bytes → a printf(1) format that writes exactly them. */
export function printfFormat(bytes: string): string {
  return [...bytes].map((c) => {
    const code = c.charCodeAt(0) & 0xff;
    return /[A-Za-z0-9_,.:/=+-]/.test(c) && code < 127 ? c : `\\${code.toString(8).padStart(3, '0')}`;
  }).join('');
}
