import { H_SEQ } from '../../uapi/layout.ts';
import { type LabCommand, readArguments } from './command.ts';
import { bootChosen, MACHINE_OPTIONS, MACHINE_USAGE } from './machine_option.ts';
import { typeLine } from './typed.ts';

export const digestCommand: LabCommand = {
  usage: `${MACHINE_USAGE} [-c COMMAND]…`,
  about: 'Boots, runs the commands, and prints event number and digest of the whole state: the same here and in every browser.',
  run(argv) {
    const { values } = readArguments(argv, { ...MACHINE_OPTIONS, command: { type: 'string', short: 'c', multiple: true } }, { min: 0, max: 0, what: '' });
    const machine = bootChosen(values);
    for (const line of values.command ?? []) typeLine(machine, line, () => {});
    console.log(`${(machine.kernel.mm.t.header[H_SEQ] as number) >>> 0} ${(machine.digest() >>> 0).toString(16).padStart(8, '0')}`);
    return 0;
  },
};
