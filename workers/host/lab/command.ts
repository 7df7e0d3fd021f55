/** What every subcommand of `lab` is, and how its words are read. */
import { parseArgs, type ParseArgsConfig } from 'node:util';

/** A mistake in what was typed: one sentence for the person, exit status 2. */
export class UsageError extends Error {}

export interface LabCommand {
  /** Shown after the name: `DIR [--diff N]`. */
  readonly usage: string;
  /** One sentence. */
  readonly about: string;
  /** Runs to its exit status. Throws UsageError for words it does not understand. */
  readonly run: (argv: readonly string[]) => number | Promise<number>;
}

type Options = NonNullable<ParseArgsConfig['options']>;
type Parsed<O extends Options> = ReturnType<typeof parseArgs<{ args: string[]; options: O; allowPositionals: true; strict: true }>>;

/** Positionals and options of a subcommand; what it does not know is refused in one sentence. */
export function readArguments<O extends Options>(
  argv: readonly string[], options: O, positionals: { readonly min: number; readonly max: number; readonly what: string },
): Pick<Parsed<O>, 'positionals' | 'values'> {
  try {
    const parsed = parseArgs({ args: [...argv], options, allowPositionals: true, strict: true });
    const { length } = parsed.positionals;
    if (length < positionals.min) throw new UsageError(`${positionals.what} is missing.`);
    if (length > positionals.max) throw new UsageError(`"${parsed.positionals[positionals.max]}" is one word too many.`);
    return parsed;
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    // parseArgs goes on to explain dashes; its first sentence is what matters.
    throw new UsageError(`${error.message.split(/\. |\n/)[0]}.`);
  }
}

/** `--diff 5` → 5. */
export function wholeNumber(option: string, text: string | undefined, fallback: number): number {
  if (text === undefined) return fallback;
  if (!/^\d{1,9}$/.test(text)) throw new UsageError(`${option} takes a whole number, not "${text}".`);
  return Number(text);
}
