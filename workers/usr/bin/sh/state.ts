/** All a shell knows, as data that structuredClone takes: variables, functions (as text), options, traps, jobs. Files and directory belong to its process. */
import { DEFAULT_PATH } from '../../exec.ts';

export interface Variable {
  value?: string;
  /** Indexed array. */
  array?: Map<number, string>;
  assoc?: Map<string, string>;
  exported?: boolean;
  readonly?: boolean;
  integer?: boolean;
  lower?: boolean;
  upper?: boolean;
  nameref?: boolean;
}
export interface FunctionDef {
  readonly name: string;
  /** `name() { …; }` as it was written. */
  readonly text: string;
  /** Line it begins at. */
  readonly line: number;
  /** The script file it came from; '' for a command line. */
  readonly file: string;
}
export interface Job {
  readonly id: number;
  /** Processes, the last one first asked for its status. */
  readonly pids: number[];
  readonly text: string;
  /** Status when it ended. */
  status?: number;
  /** Signal it died of. */
  signal?: number;
  /** Its end was told, or waited for. */
  reported?: boolean;
}
export interface ShellState {
  /** Innermost last; the first holds the globals. */
  readonly scopes: Map<string, Variable>[];
  readonly functions: Map<string, FunctionDef>;
  readonly aliases: Map<string, string>;
  positional: string[];
  /** $0 */
  name: string;
  /** Script file that is read, for messages; '' for -c and the terminal. */
  file: string;
  /** set -o names that are on. */
  readonly options: Set<string>;
  /** shopt names that are on. */
  readonly shopts: Set<string>;
  /** Signal name or EXIT, ERR, DEBUG, RETURN → command. */
  readonly traps: Map<string, string>;
  status: number;
  /** PIPESTATUS */
  pipeStatus: number[];
  /** $! */
  lastBackground: number;
  readonly jobs: Job[];
  /** Functions under way, innermost last: FUNCNAME, and where each was called. */
  readonly calls: { readonly name: string; readonly file: string; readonly line: number }[];
  getopts: { index: number; at: number };
  /** The directory stack below the directory the shell is in. */
  dirs: string[];
  /** Lines typed at the terminal, oldest first. */
  readonly history: string[];
  /** Builtins that `enable -n` took away. */
  readonly disabled: Set<string>;
  /** Command → what `complete` was told about it. */
  readonly completions: Map<string, string>;
  /** What `ulimit` was told, by letter. */
  readonly limits: Map<string, string>;
  /** $_ */
  lastArgument: string;
  /** BASH_COMMAND */
  command: string;
  /** Simulated ns at which SECONDS was 0. */
  secondsFrom: number;
  /** RANDOM: a linear congruential generator. */
  random: number;
}

/** Options on at the start: those bash has. */
export function newState(name: string, env: ReadonlyMap<string, string>, interactive: boolean): ShellState {
  const globals = new Map<string, Variable>();
  for (const [key, value] of env) globals.set(key, { value, exported: true });
  const plain = (key: string, value: string) => {
    if (!globals.has(key)) globals.set(key, { value });
  };
  plain('IFS', ' \t\n');
  plain('OPTIND', '1');
  plain('PS4', '+ ');
  plain('PATH', DEFAULT_PATH);
  plain('BASH_VERSION', '5.2.15(1)-release');
  plain('HOSTTYPE', 'x86_64');
  plain('OSTYPE', 'linux-gnu');
  plain('MACHTYPE', 'x86_64-pc-linux-gnu');
  globals.set('BASH_VERSINFO', { array: new Map(['5', '2', '15', '1', 'release', 'x86_64-pc-linux-gnu'].map((v, i) => [i, v])), readonly: true });
  globals.set('PPID', { value: '1', readonly: true, integer: true });
  return {
    scopes: [globals],
    functions: new Map(),
    aliases: new Map(),
    positional: [],
    name,
    file: '',
    options: new Set(['braceexpand', 'hashall', 'interactive-comments', ...(interactive ? ['history', 'emacs'] : [])]),
    shopts: new Set([
      'sourcepath',
      'cmdhist',
      'extquote',
      'force_fignore',
      'globasciiranges',
      'globskipdots',
      'interactive_comments',
      'patsub_replacement',
      'promptvars',
      ...(interactive ? ['expand_aliases'] : []),
    ]),
    traps: new Map(),
    status: 0,
    pipeStatus: [0],
    lastBackground: 0,
    jobs: [],
    calls: [],
    getopts: { index: 1, at: 0 },
    dirs: [],
    history: [],
    disabled: new Set(),
    completions: new Map(),
    limits: new Map(),
    lastArgument: name,
    command: '',
    secondsFrom: 0,
    random: 1,
  };
}

const cloneVariable = (v: Variable): Variable => ({ ...v, ...(v.array && { array: new Map(v.array) }), ...(v.assoc && { assoc: new Map(v.assoc) }) });

/** A copy that shares nothing that changes: what a subshell starts with. */
export const cloneState = (s: ShellState): ShellState => ({
  ...s,
  scopes: s.scopes.map((scope) => new Map([...scope].map(([name, v]) => [name, cloneVariable(v)]))),
  functions: new Map(s.functions),
  aliases: new Map(s.aliases),
  positional: [...s.positional],
  options: new Set(s.options),
  shopts: new Set(s.shopts),
  traps: new Map(s.traps),
  jobs: s.jobs.map((j) => ({ ...j, pids: [...j.pids] })),
  calls: [...s.calls],
  dirs: [...s.dirs],
  history: [...s.history],
  disabled: new Set(s.disabled),
  completions: new Map(s.completions),
  limits: new Map(s.limits),
  getopts: { ...s.getopts },
});
