import process from 'node:process';
import { createPlayer, type Note } from '../../machine/player.ts';
import { printStep } from '../../scenario/steps.ts';
import { firstBranch, isStep, type Scenario, stepsOf } from '../../scenario/scenario.ts';
import { H_SEQ } from '../../uapi/layout.ts';
import { bytesToText } from '../../uapi/text.ts';
import { monitorLine } from '../../scenario/monitor.ts';
import { type LabCommand, readArguments } from './command.ts';
import { bootScenario, readScenario } from './scenario_file.ts';

/** Events between two looks at the transcript. */
const SLICE = 4096;

interface Course {
  readonly failed: number;
  readonly met: number;
  readonly seq: number;
  readonly digest: string;
}
const hex8 = (n: number): string => (n >>> 0).toString(16).padStart(8, '0');

/** Plays a scenario to its end and tells it line by line. @param place of each step: `FILE:LINE` */
export function playScenario(scenario: Scenario, place: (step: number) => string, print: (text: string) => void): Course {
  const steps = stepsOf(scenario);
  const machine = bootScenario(scenario);
  const player = createPlayer(machine, steps);
  let failed = 0;
  let met = 0;
  let column = 0;
  /** What stands on a line of its own, after output that did not end one. */
  const line = (text: string): void => {
    print(`${column > 0 ? '\n' : ''}${text}\n`);
    column = 0;
  };
  const tell = (note: Note): void => {
    switch (note.type) {
      case 'caption':
        line(`# ${note.text}`);
        return;
      case 'command':
        line(note.command.type === 'shell' ? `$ ${note.command.line.split('\n').join('\n> ')}` : note.command.type === 'signal' ? `signal ${note.command.signal}` : `(qemu) ${monitorLine(note.command)}`);
        return;
      case 'output': {
        const text = bytesToText(note.text);
        print(text);
        column = text.endsWith('\n') ? 0 : text.length > 0 ? 1 : column;
        return;
      }
      case 'met':
        met++;
        return;
      case 'failed':
        failed++;
        line(`${place(note.step)}: event ${note.seq}: ${printStep(steps[note.step] as (typeof steps)[number])}: ${note.difference}`);
    }
  };
  while (!player.done()) {
    player.run(SLICE);
    for (const note of player.take()) tell(note);
  }
  if (column > 0) print('\n');
  return { failed, met, seq: (machine.kernel.mm.t.header[H_SEQ] as number) >>> 0, digest: hex8(machine.digest()) };
}

export const runCommand: LabCommand = {
  usage: 'FILE.scn… [--quiet]',
  about: 'Plays scenarios, prints each transcript, and exits with 1 if an expectation fails: with the difference, the line and the event.',
  run(argv) {
    const { positionals, values } = readArguments(argv, { quiet: { type: 'boolean' } }, { min: 1, max: 1000, what: 'The scenario' });
    let failed = 0;
    for (const file of positionals) {
      const { scenario, lines } = readScenario(file);
      const places = firstBranch(scenario).flatMap((s, i) => (isStep(s) ? [`${file}:${lines[i]}`] : []));
      const print = values.quiet ? (text: string): void => { if (text.startsWith(file)) process.stdout.write(text); } : (text: string): void => { process.stdout.write(text); };
      const course = playScenario(scenario, (step) => places[step] ?? file, print);
      failed += course.failed;
      console.log(`${file}: ${course.met} met, ${course.failed} failed, event ${course.seq}, digest ${course.digest}`);
    }
    return failed > 0 ? 1 : 0;
  },
};
