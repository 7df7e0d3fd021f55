/** echo and printf. */
import { strftime } from '../../text/strftime.ts';
import { echoText, printfText } from '../formats.ts';
import { complain, type Sh } from '../shell.ts';
import { assign, splitTarget } from '../vars.ts';
import { badOption, type Builtin, print } from './builtin.ts';

export const echo: Builtin = function* (sh, args, name) {
  return yield* print(sh, name, echoText(args));
};

export const printf: Builtin = function* (sh, args, name) {
  let rest = args;
  let target: string | undefined;
  if (rest[0] === '-v') {
    target = rest[1] ?? '';
    rest = rest.slice(2);
    if (!splitTarget(target)) {
      yield* complain(sh, `printf: \`${target}': not a valid identifier`);
      return 2;
    }
  }
  if (rest[0] === '--') rest = rest.slice(1);
  else if (rest[0] !== undefined && /^-./.test(rest[0]) && args === rest)
    return yield* badOption(sh, name, rest[0].slice(0, 2), 'printf [-v var] format [arguments]');
  if (rest.length === 0) {
    yield* sh.sys.write(2, 'printf: usage: printf [-v var] format [arguments]\n');
    return 2;
  }
  const { text, complaints, status } = printfText(rest[0] as string, rest.slice(1), (format, seconds) => dateText(sh, format, seconds));
  for (const c of complaints) yield* complain(sh, `printf: ${c}`);
  if (target !== undefined) {
    const { name: variable, subscript } = splitTarget(target) as { name: string; subscript: string | undefined };
    assign(sh, variable, text, subscript);
    return status;
  }
  return (yield* print(sh, name, text)) || status;
};
function dateText(sh: Sh, format: string, seconds: number | undefined): string {
  return strftime(format, seconds ?? Math.floor(sh.sys.clock_realtime()));
}
