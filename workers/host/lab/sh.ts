import process from 'node:process';
import { STREAM_STDERR } from '../../uapi/text.ts';
import { type LabCommand, readArguments, UsageError } from './command.ts';
import { bootChosen, MACHINE_OPTIONS, MACHINE_USAGE } from './machine_option.ts';
import { typeLine } from './typed.ts';

export const shCommand: LabCommand = {
  usage: `${MACHINE_USAGE} -c COMMAND…`,
  about: 'Runs each command by a fresh bash in one machine; output and exit status are the last one\'s own.',
  run(argv) {
    const { values } = readArguments(argv, { ...MACHINE_OPTIONS, command: { type: 'string', short: 'c', multiple: true } }, { min: 0, max: 0, what: '' });
    if (!values.command?.length) throw new UsageError('-c COMMAND is missing: what to run.');
    const machine = bootChosen(values);
    let status = 0;
    for (const line of values.command) {
      const print = (stream: number, bytes: string): void => { (stream === STREAM_STDERR ? process.stderr : process.stdout).write(Buffer.from(bytes, 'latin1')); };
      const ended = typeLine(machine, line, print, true);
      if (ended === undefined) {
        console.error('The command did not end.');
        return 124;
      }
      status = ended;
    }
    return status;
  },
};
