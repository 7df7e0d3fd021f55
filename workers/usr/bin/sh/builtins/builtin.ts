/** What builtins share: how they print and how they complain. */
import type { Kthread } from '../../../../kernel/kthread.ts';
import { ERRNO, strerror } from '../../../../uapi/errno.ts';
import { complain, type Sh, writeLines } from '../shell.ts';
import { giveUpLine } from '../traps.ts';

/** Runs to its status. args are without the name. */
export type Builtin = (sh: Sh, args: readonly string[], name: string) => Kthread<number>;

/** Writes to stdout line by line; 1 after having said why not. */
export function* print(sh: Sh, name: string, text: string): Kthread<number> {
  const error = yield* writeLines(sh, 1, text);
  if (error === 0) return 0;
  // At a terminal ^C gives up the line before anything is said.
  if (error === -ERRNO.EINTR) giveUpLine(sh);
  yield* complain(sh, `${name}: write error: ${strerror(error)}`);
  return 1;
}
/** `name: message`; the answer is `status`. */
export function* fail(sh: Sh, name: string, message: string, status = 1): Kthread<number> {
  yield* complain(sh, `${name}: ${message}`);
  return status;
}
/** `name: -x: invalid option` and the usage line; 2. */
export function* badOption(sh: Sh, name: string, option: string, usage: string): Kthread<number> {
  yield* complain(sh, `${name}: ${option}: invalid option`);
  yield* sh.sys.write(2, `${name}: usage: ${usage}\n`);
  return 2;
}
/** Letters of leading options and what follows; undefined option letters are answered as `bad`. `valued` letters take an argument. */
export function options(args: readonly string[], letters: string, valued = ''): { flags: Map<string, string>; rest: readonly string[]; bad?: string } {
  const flags = new Map<string, string>();
  let i = 0;
  for (; i < args.length; i++) {
    const arg = args[i] as string;
    if (arg === '--') {
      i++;
      break;
    }
    if (!/^-./.test(arg)) break;
    for (let j = 1; j < arg.length; j++) {
      const c = arg.charAt(j);
      if (valued.includes(c)) {
        flags.set(c, j + 1 < arg.length ? arg.slice(j + 1) : (args[++i] ?? ''));
        break;
      }
      if (!letters.includes(c)) return { flags, rest: args.slice(i), bad: `-${c}` };
      flags.set(c, '');
    }
  }
  return { flags, rest: args.slice(i) };
}
