/** Lines typed at a machine's terminal, from outside: runs them and hands over what they print. */
import type { Machine } from '../../machine/types.ts';
import { H_TEXT_HEAD } from '../../uapi/layout.ts';
import { readText, STREAM_STDERR, STREAM_STDOUT } from '../../uapi/text.ts';

const SLICE = 64;
/** A line that goes on for longer is given up: the rings would have come around long ago. */
const MAX_SLICES = 1_000_000;

/** Runs one line to its end; bytes go to `print` as they come. Exit status; undefined: it did not end. */
export function typeLine(machine: Machine, line: string, print: (stream: number, bytes: string) => void, fresh = false): number | undefined {
  const { t } = machine.kernel.mm;
  let at = t.header[H_TEXT_HEAD] as number;
  const accepted = machine.submit({ type: 'shell', line, fresh });
  if (!accepted.ok) {
    print(STREAM_STDERR, `${accepted.reason}\n`);
    return 127;
  }
  for (let slice = 0; slice < MAX_SLICES && machine.status(accepted.id) === undefined; slice++) {
    const more = machine.run(SLICE);
    for (const end = t.header[H_TEXT_HEAD] as number; at < end; at++) {
      const row = readText(t, at);
      if (row && (row.stream === STREAM_STDOUT || row.stream === STREAM_STDERR)) print(row.stream, row.text);
    }
    if (!more) break;
  }
  return machine.status(accepted.id);
}
