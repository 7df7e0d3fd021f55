/** $( … ), ` … `, <( … ) and >( … ): subshells whose files are pipes. */
import { get, install, openPipe, put } from '../../../kernel/file.ts';
import type { Kthread } from '../../../kernel/kthread.ts';
import { makePipe } from '../../../kernel/pipe.ts';
import { strerror } from '../../../uapi/errno.ts';
import type { CommandExpansionPart, ProcessSubstitutionPart, Statement, Word } from './ast.ts';
import { complain, currentLine, ExpansionError, type Sh, within } from './shell.ts';
import { forkShell, runForked } from './subshell.ts';

/** Bytes a $( … ) may print; more cannot be written. */
const MAX_OUTPUT = 2 ** 25;

/** `$(<file)`: the word, if a script is nothing but one input redirection. */
function onlyFile(statements: readonly Statement[]): Word | undefined {
  const command = statements.length === 1 ? statements[0]?.command : undefined;
  if (command?.type !== 'Command' || command.name || command.prefix.length !== 1) return undefined;
  const redirect = command.prefix[0];
  return redirect?.type === 'Redirect' && redirect.operator === '<' && redirect.descriptor === undefined ? redirect.target : undefined;
}

function* fileText(sh: Sh, word: Word, expand: (sh: Sh, word: Word) => Kthread<string[]>): Kthread<string> {
  const [path = '', ...more] = yield* expand(sh, word);
  if (more.length > 0) {
    yield* complain(sh, `${word.text}: ambiguous redirect`);
    sh.substituted = 1;
    return '';
  }
  const fd = sh.sys.open(path, { read: true });
  sh.substituted = fd < 0 ? 1 : 0;
  if (fd < 0) {
    yield* complain(sh, `${path}: ${strerror(fd)}`);
    return '';
  }
  let all = '';
  for (;;) {
    const got = yield* sh.sys.read(fd, 65536);
    if (typeof got === 'number') {
      // Input that cannot be read is no input; only the status tells.
      sh.substituted = 1;
      break;
    }
    if (got === '') break;
    all += got;
  }
  sh.sys.close(fd);
  return all;
}

/** Output of a command without its last line breaks; the status goes to `sh.substituted`. `expand`: what a word becomes ($(< FILE) runs nothing). */
export function* commandSubstitution(sh: Sh, part: CommandExpansionPart, expand: (sh: Sh, word: Word) => Kthread<string[]>): Kthread<string> {
  const { script } = part;
  if (script === undefined) return '';
  const [problem] = script.errors ?? [];
  if (problem) throw new ExpansionError(`command substitution: ${problem.message}`);
  // An escaped `…` has a text of its own.
  const source = script.source === undefined ? sh.source : { text: script.source, line: currentLine(sh) };
  const file = onlyFile(script.commands);
  const text = file
    ? yield* within(sh, source, fileText(sh, file, expand))
    : yield* capture(sh, (child) => within(child, source, child.interpreter.runStatements(child, script.commands)));
  return text.replace(/\n+$/, '').replaceAll('\0', '');
}

/** Everything a subshell writes to stdout, also by what it leaves running. */
function* capture(sh: Sh, body: (child: Sh) => Kthread<void>): Kthread<string> {
  const pipe = makePipe(MAX_OUTPUT, true);
  const child = forkShell(sh, false);
  child.level++;
  install(child.process.fds, 1, openPipe(pipe, false, true));
  // `set -e` does not reach into command substitutions.
  child.state.options.delete('errexit');
  sh.substituted = yield* runForked(child, body(child));
  while (pipe.writers > 0) {
    yield* sh.system.processes.scheduler.park(() => pipe.writers === 0 || sh.process.killed !== 0);
    if (sh.process.killed !== 0) yield;
  }
  return pipe.data;
}

/** Starts the command; the name of the descriptor that leads to it. */
export function* processSubstitution(sh: Sh, part: ProcessSubstitutionPart): Kthread<string> {
  const { script } = part;
  const pipe = makePipe();
  const reads = part.operator === '<';
  const child = forkShell(sh, true);
  install(child.process.fds, reads ? 1 : 0, openPipe(pipe, !reads, reads));
  let fd = 63;
  while (sh.process.fds.has(fd)) fd--;
  const end = get(openPipe(pipe, reads, !reads));
  install(sh.process.fds, fd, end);
  put(end);
  sh.passedFds.push(fd);
  sh.system.processes.start(child.process, runForked(child, child.interpreter.runStatements(child, script?.commands ?? []), true));
  return `/dev/fd/${fd}`;
}
