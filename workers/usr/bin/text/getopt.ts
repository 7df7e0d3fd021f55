/** getopt_long(3): options before, between and after operands, clusters, unique abbreviations of long names. Messages are glibc's. */
import type { Kthread } from '../../../kernel/kthread.ts';
import { Exit, type Tool } from './io.ts';

export interface LongOption {
  /** What `options` calls it: usually the short letter. */
  readonly key: string;
  readonly arg?: 'required' | 'optional';
}
export interface OptionTable {
  /** As getopt(3): letters, ':' after one with a value, '::' for an optional value. */
  readonly short: string;
  readonly long?: Readonly<Record<string, LongOption>>;
  /** POSIX order: the first operand ends the options (xargs, env). */
  readonly inOrder?: boolean;
}
export interface Parsed {
  /** In the order given. */
  readonly options: readonly (readonly [key: string, value: string | undefined])[];
  readonly operands: readonly string[];
  /** glibc's message without the program's name. */
  readonly error?: string;
}

export function parseOptions(args: readonly string[], table: OptionTable): Parsed {
  const options: [string, string | undefined][] = [];
  const operands: string[] = [];
  const fail = (error: string): Parsed => ({ options, operands, error });
  for (let i = 0; i < args.length; i++) {
    const arg = args[i] as string;
    if (arg === '--') {
      operands.push(...args.slice(i + 1));
      break;
    }
    if (arg.startsWith('--')) {
      const eq = arg.indexOf('=');
      const given = eq < 0 ? arg.slice(2) : arg.slice(2, eq);
      const found = findLong(given, table.long ?? {});
      if (typeof found === 'string') return fail(found);
      const [name, option] = found;
      let value = eq < 0 ? undefined : arg.slice(eq + 1);
      if (value !== undefined && option.arg === undefined) return fail(`option '--${name}' doesn't allow an argument`);
      if (value === undefined && option.arg === 'required') {
        if (i + 1 >= args.length) return fail(`option '--${name}' requires an argument`);
        value = args[++i];
      }
      options.push([option.key, value]);
    } else if (arg.startsWith('-') && arg !== '-') {
      for (let j = 1; j < arg.length; j++) {
        const letter = arg[j] as string;
        const at = letter === ':' ? -1 : table.short.indexOf(letter);
        if (at < 0) return fail(`invalid option -- '${letter}'`);
        if (table.short[at + 1] !== ':') {
          options.push([letter, undefined]);
          continue;
        }
        const attached = arg.slice(j + 1);
        if (attached !== '') options.push([letter, attached]);
        else if (table.short[at + 2] === ':') options.push([letter, undefined]);
        else if (i + 1 >= args.length) return fail(`option requires an argument -- '${letter}'`);
        else options.push([letter, args[++i]]);
        break;
      }
    } else if (table.inOrder) {
      operands.push(...args.slice(i));
      break;
    } else operands.push(arg);
  }
  return { options, operands };
}

function findLong(given: string, long: Readonly<Record<string, LongOption>>): [string, LongOption] | string {
  const exact = Object.hasOwn(long, given) ? long[given] : undefined;
  if (exact) return [given, exact];
  const near = Object.entries(long).filter(([name]) => name.startsWith(given));
  if (near.length === 0) return `unrecognized option '--${given}'`;
  const [first] = near;
  if (near.length > 1 && near.some(([, o]) => o.key !== first?.[1].key)) {
    return `option '--${given}' is ambiguous; possibilities: ${near.map(([name]) => `'--${name}'`).join(' ')}`;
  }
  return first as [string, LongOption];
}

/** Parses this tool's arguments. A wrong option is said as GNU programs do, and ends it with `status`; --help prints `usage` and ends it. */
export function* getopt(tool: Tool, table: OptionTable, usage: string, status = 1): Kthread<Parsed> {
  const parsed = parseOptions(tool.args, { ...table, long: { help: { key: 'help' }, ...table.long } });
  if (parsed.error !== undefined) yield* tool.die(`${parsed.error}\nTry '${tool.name} --help' for more information.`, status);
  if (parsed.options.some(([key]) => key === 'help')) {
    tool.put(`Usage: ${usage}\n`);
    yield* tool.flush();
    throw new Exit(0);
  }
  return parsed;
}
