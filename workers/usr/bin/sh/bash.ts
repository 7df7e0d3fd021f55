/** bash and sh as programs: `bash -c SCRIPT`, `bash FILE`, a script on stdin. */
import { strerror } from '../../../uapi/errno.ts';
import { processBehind } from '../../exec.ts';
import type { Program } from '../../program.ts';
import { readFile } from '../../program.ts';
import { setOptions } from './builtins/settings.ts';
import { newShell } from './create.ts';
import { runText } from './interp.ts';
import { runFileText } from './script.ts';
import { toTheEnd } from './subshell.ts';

export const bash: Program = function* (proc) {
  const { sys, argv, env } = proc;
  const behind = processBehind(sys);
  if (!behind) throw new Error('a shell needs the process it runs in');
  const [name = 'bash', ...args] = argv;
  let command = false;
  let input = false;
  const settings: string[] = [];
  let i = 0;
  for (; i < args.length; i++) {
    const arg = args[i] as string;
    if (arg === '--' || arg === '-') {
      i++;
      break;
    }
    if (arg.startsWith('--')) continue;
    if (!/^[-+]./.test(arg)) break;
    for (const c of arg.slice(1)) {
      if (c === 'c') command = true;
      else if (c === 's') input = true;
      else if (c === 'o' || c === 'O') settings.push(arg.charAt(0) + c, args[++i] ?? '');
      else if (c !== 'l' && c !== 'i') settings.push(arg.charAt(0) + c);
    }
  }
  const rest = args.slice(i);
  const sh = newShell(behind.system, behind.process, sys, env, { name, interactive: false });
  for (let k = 0; k < settings.length; k++) {
    if (/^[-+]O$/.test(settings[k] as string)) {
      const option = settings[++k] as string;
      if (settings[k - 1] === '-O') sh.state.shopts.add(option);
      else sh.state.shopts.delete(option);
      continue;
    }
    const words = /o$/.test(settings[k] as string) ? [settings[k] as string, settings[++k] as string] : [settings[k] as string];
    const done = setOptions(sh, words);
    if ('bad' in done) {
      yield* sys.write(2, `${name}: ${done.bad}: invalid option${done.kind === 'name' ? ' name' : ''}\n`);
      return 2;
    }
  }
  if (command) {
    const [text, zero, ...positional] = rest;
    if (text === undefined) {
      yield* sys.write(2, `${name}: -c: option requires an argument\n`);
      return 2;
    }
    if (zero !== undefined) sh.state.name = zero;
    sh.state.positional = positional;
    return yield* toTheEnd(sh, runText(sh, text));
  }
  const [file, ...positional] = rest;
  if (file !== undefined && !input) {
    const stat = sys.stat(file);
    const text = typeof stat !== 'number' && stat.kind === 'dir' ? undefined : yield* readFile(sys, file);
    if (typeof text !== 'string') {
      yield* sys.write(2, text === undefined ? `${file}: ${file}: Is a directory\n` : `${name}: ${file}: ${strerror(text)}\n`);
      return text === undefined ? 126 : 127;
    }
    sh.state.name = file;
    sh.state.file = file;
    sh.state.positional = positional;
    return yield* toTheEnd(sh, runFileText(sh, text));
  }
  if (input) sh.state.positional = rest;
  let text = '';
  for (;;) {
    const got = yield* sys.read(0, 65536);
    if (typeof got === 'number' || got === '') break;
    text += got;
  }
  return yield* toTheEnd(sh, runFileText(sh, text));
};
