/** The one place that knows the parser. Sources are bytes; positions are offsets into them. */
import { type ParsedScript, parse, type ParseError, type Statement, type Word, type WordPart } from 'unbash';

export type {
  ArithmeticFor,
  Assignment,
  Case,
  Command,
  CommandExpansionPart,
  CommandNode,
  CompoundList,
  Coproc,
  For,
  Function as FunctionNode,
  HereDoc,
  ParameterExpansionPart,
  ParameterOperation,
  Pipeline,
  ProcessSubstitutionPart,
  Redirect,
  Redirection,
  Select,
  Statement,
  TestExpression,
  While,
  Word,
  WordPart,
} from 'unbash';

/** A piece of script text and how its lines are called in messages. */
export interface Source {
  readonly text: string;
  /** Number of its first line. */
  readonly line: number;
}
export interface Script {
  readonly source: Source;
  readonly statements: readonly Statement[];
  /** The first thing the parser stumbled over. */
  readonly error: ParseError | undefined;
}

const starts = new WeakMap<Source, number[]>();
/** Line number of an offset. */
export function lineAt(source: Source, pos: number): number {
  let lines = starts.get(source);
  if (!lines) {
    lines = [0];
    for (let i = source.text.indexOf('\n'); i >= 0; i = source.text.indexOf('\n', i + 1)) lines.push(i + 1);
    starts.set(source, lines);
  }
  let low = 0;
  let high = lines.length;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if ((lines[middle] as number) <= pos) low = middle;
    else high = middle;
  }
  return source.line + low;
}

/** A cache that forgets everything when it is full: what is in a loop stays. */
function remembered<T>(make: (text: string) => T, limit = 500): (text: string) => T {
  const kept = new Map<string, T>();
  return (text) => {
    let value = kept.get(text);
    if (value === undefined) {
      if (kept.size >= limit) kept.clear();
      value = make(text);
      kept.set(text, value);
    }
    return value;
  };
}
const parsed = remembered<ParsedScript>((text) => parse(text), 100);

/** Parses a script. Never throws: `error` says what is wrong, `statements` is what came before. */
export function parseScript(text: string, line = 1): Script {
  const script = parsed(text);
  return { source: { text, line }, statements: script.commands, error: script.errors?.[0] };
}

/** Parts of a text in which only `$` and '`' and '\' are special (here-documents, arithmetic, subscripts), with the source their positions refer to. */
export const partsOfText = remembered<{ readonly source: Source; readonly parts: readonly WordPart[] }>((text) => {
  const source: Source = { text: `:<<\x01EOT\n${text}\n\x01EOT\n`, line: 0 };
  const command = parse(source.text).commands[0]?.command;
  const doc = command?.type === 'Command' ? command.redirects[0] : undefined;
  if (doc?.type !== 'HereDoc') return { source, parts: [] };
  const parts = doc.body.parts;
  // The line break before the delimiter is not part of the text.
  if (!parts) return { source, parts: [{ type: 'Literal', pos: 0, end: 0, value: doc.body.text.slice(0, -1), text }] };
  const last = parts.at(-1);
  if (last?.type !== 'Literal') return { source, parts };
  return { source, parts: [...parts.slice(0, -1), { ...last, value: last.value.slice(0, -1), text: last.text.slice(0, -1) }] };
});

/** A word from its text (an alternative of a brace expansion, an array element's value), with the source its positions refer to. */
export const wordOfText = remembered<{ readonly source: Source; readonly word: Word }>((text) => {
  const source: Source = { text: `_ ${text}`, line: 0 };
  const command = parse(source.text).commands[0]?.command;
  const word = command?.type === 'Command' ? command.suffix[0] : undefined;
  if (word?.type === 'Word') return { source, word };
  return { source, word: { type: 'Word', text, value: text, pos: 2, end: source.text.length } };
});

/** True if the text only lacks its end: an interactive shell asks for another line. */
export function isIncomplete(text: string): boolean {
  const { errors, commands } = parsed(text);
  const end = text.trimEnd().length;
  // What is missing is missing at the end; or a quote or bracket was opened somewhere and nothing closes it.
  if (errors?.length) {
    return errors.every((e) => /^(?:unterminated|expected)/.test(e.message)) && errors.some((e) => /^unterminated/.test(e.message) || e.pos >= end);
  }
  return /\\$/.test(text) || commands.some((s) => openHereDoc(s));
}
function openHereDoc({ command }: Statement): boolean {
  return command.type === 'Command' && command.redirects.some((r) => r.type === 'HereDoc' && r.closing === undefined);
}

/** An entry of an array, known. */
export interface Entry {
  readonly key?: string;
  readonly value: string;
  readonly append?: boolean;
}
/** An assignment whose right side is known. */
export interface Evaluated {
  readonly name: string;
  readonly subscript?: string;
  readonly append: boolean;
  /** One of them. */
  readonly value?: string;
  readonly entries?: readonly Entry[];
  /** The right side as it was written. */
  readonly written?: string;
}
