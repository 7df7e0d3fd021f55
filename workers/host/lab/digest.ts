import { H_SEQ } from '../../uapi/layout.ts';
import { type LabCommand, readArguments } from './command.ts';
import { playScenario } from './run.ts';
import { readScenario } from './scenario_file.ts';
import { bootChosen, MACHINE_OPTIONS, MACHINE_USAGE } from './machine_option.ts';
import { typeLine } from './typed.ts';

export const digestCommand: LabCommand = {
  usage: `FILE.scn… | ${MACHINE_USAGE} [-c COMMAND]…`,
  about: 'Boots, runs the commands, and prints event number and digest of the whole state: the same here and in every browser.',
  run(argv) {
    const { positionals, values } = readArguments(argv, { ...MACHINE_OPTIONS, command: { type: 'string', short: 'c', multiple: true } }, { min: 0, max: 1000, what: 'The scenario' });
    for (const file of positionals) {
      const { seq, digest } = playScenario(readScenario(file).scenario, () => file, () => {});
      console.log(`${seq} ${digest}${positionals.length > 1 ? ` ${file}` : ''}`);
    }
    if (positionals.length > 0) return 0;
    const machine = bootChosen(values);
    for (const line of values.command ?? []) typeLine(machine, line, () => {});
    console.log(`${(machine.kernel.mm.t.header[H_SEQ] as number) >>> 0} ${(machine.digest() >>> 0).toString(16).padStart(8, '0')}`);
    return 0;
  },
};
