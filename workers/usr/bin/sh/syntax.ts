/** Syntax errors in bash's words. */
import type { Kthread } from '../../../kernel/kthread.ts';
import { lineAt, type Source } from './ast.ts';
import type { Sh } from './shell.ts';

/** Prints what bash prints for an error the parser found. */
export function* syntaxError(sh: Sh, source: Source, error: { readonly message: string; readonly pos: number }, kind = '-c'): Kthread<void> {
  const { text } = source;
  const interactive = sh.interactive && sh.state.file === '';
  const name = sh.state.file || (interactive ? sh.state.name : `${sh.state.name}: ${kind}`);
  const at = (line: number): string => (interactive ? `${name}: ` : `${name}: line ${line}: `);
  const quote = /unterminated (double quote|single quote|backquote|backtick|command substitution|parameter|arithmetic|brace)/i.exec(error.message)?.[1];
  const mark: Readonly<Record<string, string>> = {
    'double quote': '"',
    'single quote': "'",
    backquote: '`',
    backtick: '`',
    'command substitution': ')',
    parameter: '}',
    brace: '}',
    arithmetic: ')',
  };
  const lines = text.split('\n').length - (text.endsWith('\n') ? 1 : 0);
  if (quote !== undefined || /unterminated (?:string|quote|\$'|ansi)/i.test(error.message)) {
    const line = quote === 'command substitution' ? source.line + lines : lineAt(source, error.pos);
    yield* sh.sys.write(2, `${at(line)}unexpected EOF while looking for matching \`${mark[quote ?? 'single quote'] ?? "'"}'\n`);
    return;
  }
  const token = missing(text, error) ?? tokenAt(text, error.pos);
  if (token === undefined) {
    yield* sh.sys.write(2, `${at(source.line + lines)}syntax error: unexpected end of file\n`);
    return;
  }
  const line = lineAt(source, Math.min(error.pos, text.length - 1));
  yield* sh.sys.write(2, `${at(line)}syntax error near unexpected token \`${token}'\n`);
  if (!interactive) yield* sh.sys.write(2, `${at(line)}\`${text.split('\n')[line - source.line] ?? ''}'\n`);
}
/** Where a word is wanted and the text ends, bash speaks of the line's end; a closing word in the wrong place is named. */
function missing(text: string, error: { readonly message: string; readonly pos: number }): string | undefined {
  if (text.slice(error.pos).trim() !== '') return undefined;
  if (error.message === 'expected redirect target' || /(?:^|[;&|\n]\s*)(?:for|function|select)\s*$/.test(text)) return 'newline';
  return /^expected '/.test(error.message) ? /(?:^|[;\s])(fi|done|esac)\s*$/.exec(text)?.[1] : undefined;
}
/** The token an error points at; undefined at the end of the text. */
function tokenAt(text: string, pos: number): string | undefined {
  const rest = text.slice(pos).replace(/^[ \t]+/, '');
  if (rest.trim() === '') return undefined;
  if (rest.startsWith('\n')) return 'newline';
  return /^(?:;;&|;&|;;|&&|\|\||\|&|<<-|<<<|<<|>>|<&|>&|<>|>\||&>>|&>|[;&|()<>]|[^\s;&|()<>]+)/.exec(rest)?.[0];
}
