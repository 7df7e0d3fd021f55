import process from 'node:process';
import { createHistory } from '../../machine/history.ts';
import { H_SEQ } from '../../uapi/layout.ts';
import { type LabCommand, readArguments, wholeNumber } from './command.ts';
import { bootChosen, MACHINE_OPTIONS, MACHINE_USAGE } from './machine_option.ts';
import { typeLine } from './typed.ts';

export const atCommand: LabCommand = {
  usage: `EVENT ${MACHINE_USAGE} [-c COMMAND]… [--branch COMMAND]…`,
  about: 'Boots, runs the commands, goes back to an event and prints its number and the digest there; then runs more commands in a branch of its own and prints what they say.',
  run(argv) {
    const { positionals, values } = readArguments(argv, { ...MACHINE_OPTIONS, command: { type: 'string', short: 'c', multiple: true }, branch: { type: 'string', multiple: true } }, { min: 1, max: 1, what: 'The event' });
    const seq = wholeNumber('The event', positionals[0], 0);
    const { machine, seek } = createHistory(bootChosen(values));
    for (const line of values.command ?? []) typeLine(machine, line, () => {});
    seek(seq);
    console.log(`${(machine.kernel.mm.t.header[H_SEQ] as number) >>> 0} ${(machine.digest() >>> 0).toString(16).padStart(8, '0')}`);
    let status = 0;
    for (const line of values.branch ?? []) status = typeLine(machine, line, (_, bytes) => { process.stdout.write(bytes); }) ?? 1;
    return status;
  },
};
