/** `npm run -s lab -- COMMAND …`: the machine on the command line of Node. */
import '../../editions/older.ts';
import { atCommand } from './at.ts';
import { bootCommand } from './boot.ts';
import { type LabCommand, UsageError } from './command.ts';
import { conformanceCommand } from './conformance.ts';
import { digestCommand } from './digest.ts';
import { exportCommand } from './export.ts';
import { fmtCommand, lintCommand } from './fmt.ts';
import { fragmentationCommand } from './fragmentation.ts';
import { importCommand } from './import.ts';
import { fuzzLinksCommand } from './fuzz_links.ts';
import { fuzzCommand } from './fuzz.ts';
import { replayCommand } from './replay.ts';
import { runCommand } from './run.ts';
import { shCommand } from './sh.ts';

const COMMANDS: Readonly<Record<string, LabCommand>> = {
  boot: bootCommand, sh: shCommand, at: atCommand, import: importCommand, export: exportCommand, digest: digestCommand, fuzz: fuzzCommand, fragmentation: fragmentationCommand, replay: replayCommand, conformance: conformanceCommand, run: runCommand,
  fmt: fmtCommand, lint: lintCommand, 'fuzz-links': fuzzLinksCommand,
};

const help = (): string => [
  'usage: npm run -s lab -- COMMAND [ARGUMENT]…', '',
  ...Object.entries(COMMANDS).flatMap(([name, { usage, about }]) => [`  ${name} ${usage}`, `      ${about}`]),
  '  help', '      This text.',
].join('\n');

/** Exit status: the command's own; 2 for words it does not understand. */
export async function main(argv: readonly string[]): Promise<number> {
  const [name, ...rest] = argv;
  if (name === undefined || name === 'help' || name === '--help' || name === '-h') {
    console.log(help());
    return name === undefined ? 2 : 0;
  }
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  try {
    if (!command) throw new UsageError(`lab has no command "${name}"; it has ${Object.keys(COMMANDS).join(', ')} and help.`);
    return await command.run(rest);
  } catch (error) {
    // A file that is not there is the person's mistake as well; anything else is ours and goes up with its stack.
    const said = error instanceof UsageError || (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'EACCES'));
    if (!said) throw error;
    console.error(command && error instanceof UsageError ? `lab ${name}: ${error.message}` : (error as Error).message);
    return 2;
  }
}
