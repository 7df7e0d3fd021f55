/** The table of builtins. */
import type { Kthread } from '../../../../kernel/kthread.ts';
import type { Evaluated } from '../ast.ts';
import { classicTest, TestError } from '../classic_test.ts';
import { type Builtins, complain, ExpansionError, type Sh } from '../shell.ts';
import { isSet } from '../test.ts';
import { aboutShell } from './about.ts';
import type { Builtin } from './builtin.ts';
import { completion } from './completion.ts';
import { control } from './control.ts';
import { flow } from './flow.ts';
import { mapfile, read } from './input.ts';
import { echo, printf } from './output.ts';
import { places } from './places.ts';
import { settings } from './settings.ts';
import { stack } from './stack.ts';
import { DECLARATIONS, variables } from './variables.ts';

const status = (n: number): Builtin =>
  function* () {
    return n;
  };
const test: Builtin = function* (sh, args, name) {
  let words = args;
  if (name === '[') {
    if (args.at(-1) !== ']') {
      yield* complain(sh, "[: missing `]'");
      return 2;
    }
    words = args.slice(0, -1);
  }
  try {
    return classicTest({ sys: sh.sys, variable: (n) => isSet(sh, n), option: (n) => sh.state.options.has(n) }, words) ? 0 : 1;
  } catch (e) {
    if (!(e instanceof TestError)) throw e;
    yield* complain(sh, `${name}: ${e.message}`);
    return 2;
  }
};
const table: ReadonlyMap<string, Builtin> = new Map(Object.entries<Builtin>({
  ':': status(0),
  true: status(0),
  false: status(1),
  test,
  '[': test,
  echo,
  printf,
  read,
  mapfile,
  readarray: mapfile,
  '.': flow.source as Builtin,
  ...flow,
  ...variables,
  ...settings,
  ...control,
  ...places,
  ...stack,
  ...aboutShell,
  ...completion,
}));
const isDeclaration = (name: string): boolean => Object.hasOwn(DECLARATIONS, name);

/** What goes wrong with a variable is the builtin's failure, not the script's end. */
function* run(sh: Sh, name: string, args: readonly (string | Evaluated)[]): Kthread<number> {
  try {
    const declaration = Object.hasOwn(DECLARATIONS, name) ? DECLARATIONS[name] : undefined;
    if (declaration) return yield* declaration(sh, args, name);
    const builtin = table.get(name) as Builtin;
    return yield* builtin(
      sh,
      args.map((a) => (typeof a === 'string' ? a : `${a.name}=${a.value ?? ''}`)),
      name,
    );
  } catch (e) {
    if (!(e instanceof ExpansionError) || e.fatal) throw e;
    yield* complain(sh, e.message);
    return 1;
  }
}

export const BUILTINS: Builtins = { names: () => [...table.keys(), ...Object.keys(DECLARATIONS)], has: (name) => table.has(name) || isDeclaration(name), isDeclaration, run };
