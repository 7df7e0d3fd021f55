import { writeFileSync } from 'node:fs';
import process from 'node:process';
import { diagnosticLine } from '../../scenario/diagnostic.ts';
import { printScenario } from '../../scenario/print.ts';
import { noteOf, stepsOf, titleOf } from '../../scenario/scenario.ts';
import { type LabCommand, readArguments } from './command.ts';
import { readScenario, readScenarioText, described } from './scenario_file.ts';

export const fmtCommand: LabCommand = {
  usage: 'FILE.scn… [--write | --check]',
  about: 'Prints scenarios in their one layout and newest form; --write puts it into the file, --check exits with 1 if a file differs.',
  run(argv) {
    const { positionals, values } = readArguments(argv, { write: { type: 'boolean' }, check: { type: 'boolean' } }, { min: 1, max: 1000, what: 'The scenario' });
    let different = 0;
    for (const file of positionals) {
      const { text } = readScenarioText(file);
      const printed = printScenario(readScenario(file).scenario);
      if (!values.write && !values.check) process.stdout.write(printed);
      if (printed === text) continue;
      different++;
      if (values.check) console.log(file);
      if (values.write) writeFileSync(file, printed);
    }
    return values.check && different > 0 ? 1 : 0;
  },
};

/** What a reader of the library misses, beyond what the parser refuses. */
function shortcomings(file: string): string[] {
  const { parsed } = readScenarioText(file);
  if (!parsed.ok) return parsed.errors.map((e) => `${file}:${diagnosticLine(e)}`);
  const { scenario, warnings } = parsed;
  const machine = described(scenario);
  const commands = new Set(['shell', 'qemu', 'plug', 'unplug', 'signal', 'workload']);
  const steps = stepsOf(scenario);
  return [
    ...warnings.map((w) => `${file}:${diagnosticLine(w)}`),
    ...(titleOf(scenario) === '' ? [`${file}: has no title.`] : []),
    ...(noteOf(scenario) === '' ? [`${file}: has no note: one paragraph on what it teaches.`] : []),
    ...(steps.some(({ type }) => commands.has(type)) && !steps.some(({ type }) => type === 'expect') ? [`${file}: expects nothing: nobody would notice if it came out otherwise.`] : []),
    ...('sentence' in machine ? [`${file}: ${machine.sentence}`] : []),
  ];
}
export const lintCommand: LabCommand = {
  usage: 'FILE.scn…',
  about: 'Says what is wrong with scenarios, by line and column, without running them; exits with 1 if anything is.',
  run(argv) {
    const { positionals } = readArguments(argv, {}, { min: 1, max: 1000, what: 'The scenario' });
    const found = positionals.flatMap(shortcomings);
    for (const line of found) console.log(line);
    return found.length > 0 ? 1 : 0;
  },
};
