import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import process from 'node:process';
import type { Machine } from '../../machine/types.ts';
import type { GuestFile } from '../../uapi/machine_description.ts';
import { STREAM_STDERR, textToBytes } from '../../uapi/text.ts';
import { type LabCommand, readArguments, UsageError } from './command.ts';
import { bootChosen, MACHINE_OPTIONS, MACHINE_USAGE } from './machine_option.ts';
import { hostFile, mounted } from './mount.ts';
import { terminal } from './terminal.ts';
import { typeLine } from './typed.ts';

const OPTIONS = { ...MACHINE_OPTIONS, command: { type: 'string', short: 'c', multiple: true }, mount: { type: 'string', multiple: true } } as const;
/** Where a script from outside lies in the machine. */
const PLACE = '/tmp';
const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

/** Runs lines, each by a fresh bash; the status of the last one. */
function runLines(machine: Machine, lines: readonly string[]): number {
  let status = 0;
  for (const line of lines) {
    const print = (stream: number, bytes: string): void => { (stream === STREAM_STDERR ? process.stderr : process.stdout).write(Buffer.from(bytes, 'latin1')); };
    const ended = typeLine(machine, textToBytes(line), print, true);
    if (ended === undefined) {
      console.error('The command did not end.');
      return 124;
    }
    status = ended;
  }
  return status;
}

export const shCommand: LabCommand = {
  usage: `${MACHINE_USAGE} [--mount HOSTDIR:/path]… [-c COMMAND… | FILE [-- ARGUMENT…]]`,
  about: 'The machine\'s shell in this terminal; with -c or a script, runs that by a fresh bash, and output and exit status are its own.',
  run(argv) {
    const { values, positionals: [file, ...args] } = readArguments(argv, OPTIONS, { min: 0, max: Number.POSITIVE_INFINITY, what: '' });
    if (values.command?.length && file !== undefined) throw new UsageError(`-c and a script exclude each other: "${file}" is one word too many.`);
    const files: GuestFile[] = (values.mount ?? []).flatMap(mounted);
    if (file !== undefined) files.push({ ...hostFile(file, `${PLACE}/${basename(file)}`), mode: 0o755 });
    const machine = bootChosen(values, files);
    if (values.command?.length) return runLines(machine, values.command);
    if (file !== undefined) return runLines(machine, [`cd ${PLACE}; exec ./${quoted(basename(file))} ${args.map(quoted).join(' ')}`]);
    if (process.stdin.isTTY) return terminal(machine);
    return runLines(machine, [readFileSync(0, 'utf8')]);
  },
};
