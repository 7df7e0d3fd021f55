/** awk source → tokens. Whether `/` begins a regular expression is known from the token before it. */
import { AwkError } from './ast.ts';

export interface Token {
  readonly kind: 'number' | 'string' | 'regex' | 'name' | 'funcname' | 'builtin' | 'keyword' | 'op' | 'newline' | 'end';
  readonly text: string;
  readonly line: number;
}
const KEYWORDS = new Set(['BEGIN', 'END', 'function', 'func', 'if', 'else', 'while', 'for', 'do', 'break', 'continue', 'next', 'nextfile', 'exit', 'return',
  'delete', 'in', 'getline', 'print', 'printf']);
export const BUILTINS = new Set([
  'length', 'substr', 'index', 'split', 'sub', 'gsub', 'gensub', 'match', 'sprintf', 'sin', 'cos', 'atan2', 'exp', 'log', 'sqrt', 'int', 'rand', 'srand',
  'tolower', 'toupper',
  'system', 'close', 'fflush', 'strtonum', 'systime', 'strftime', 'mktime', 'and', 'or', 'xor', 'lshift', 'rshift', 'compl', 'asort', 'asorti',
]);
const OPERATORS = ['**=', '&&', '||', '==', '<=', '>=', '!=', '!~', '++', '--', '+=', '-=', '*=', '/=', '%=', '^=', '**', '>>', '{', '}', '(', ')', '[', ']',
  ';', ',', '+', '-', '*', '/', '%', '^', '!', '<', '>', '|', '?', ':', '~', '$', '='];
const ESCAPES: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', '\\': '\\', '"': '"', '/': '/', a: '\x07', b: '\b', f: '\f', v: '\v' };

/** Escapes of a string constant; an unknown one keeps its backslash (so that "\." works as a regular expression). */
export const unescaped = (raw: string): string => raw.replace(/\\(?:([0-7]{1,3})|x([0-9a-fA-F]{1,2})|([\s\S]))/g,
  (whole, octal: string | undefined, hex: string | undefined, c: string | undefined) => {
  if (octal !== undefined) return String.fromCharCode(Number.parseInt(octal, 8) & 255);
  if (hex !== undefined) return String.fromCharCode(Number.parseInt(hex, 16));
  if (c === '\n') return '';
  return ESCAPES[c as string] ?? whole;
});

export function tokens(source: string): Token[] {
  const out: Token[] = [];
  let i = 0;
  let line = 1;
  const push = (kind: Token['kind'], text: string): void => {
    out.push({ kind, text, line });
  };
  const valueBefore = (): boolean => {
    const last = out.at(-1);
    return last !== undefined && (['number', 'string', 'regex', 'name', 'builtin'].includes(last.kind)
      || (last.kind === 'op' && [')', ']', '$', '++', '--'].includes(last.text)));
  };
  while (i < source.length) {
    const c = source[i] as string;
    if (c === '\n') {
      push('newline', '\n');
      line++;
      i++;
    } else if (/[ \t\r]/.test(c)) i++;
    else if (c === '\\' && /^\\\r?\n/.test(source.slice(i, i + 3))) {
      i = source.indexOf('\n', i) + 1;
      line++;
    } else if (c === '#') while (i < source.length && source[i] !== '\n') i++;
    else if (c === '"') {
      const end = closing(source, i + 1, '"');
      if (end < 0) throw new AwkError('cmd. line:1: Unexpected end of string');
      push('string', unescaped(source.slice(i + 1, end)));
      i = end + 1;
    } else if (/[0-9.]/.test(c) && /^(0[xX][0-9a-fA-F]|\d|\.\d)/.test(source.slice(i, i + 3))) {
      const text = (/^(0[xX][0-9a-fA-F]+|(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?)/.exec(source.slice(i)) as RegExpExecArray)[0];
      push('number', text);
      i += text.length;
    } else if (/[A-Za-z_]/.test(c)) {
      const text = (/^\w+/.exec(source.slice(i)) as RegExpExecArray)[0];
      i += text.length;
      push(KEYWORDS.has(text) ? 'keyword' : BUILTINS.has(text) ? 'builtin' : source[i] === '(' ? 'funcname' : 'name', text);
    } else if (c === '/' && !valueBefore()) {
      const end = closing(source, i + 1, '/');
      if (end < 0) throw new AwkError(`cmd. line:${line}: Unterminated regexp`);
      push('regex', source.slice(i + 1, end).replaceAll('\\/', '/'));
      i = end + 1;
    } else {
      const op = OPERATORS.find((o) => source.startsWith(o, i));
      if (op === undefined) throw new AwkError(`cmd. line:${line}: Unexpected token`);
      push('op', op === '**' ? '^' : op === '**=' ? '^=' : op);
      i += op.length;
    }
  }
  push('newline', '\n');
  push('end', '');
  return out;
}
/** Where an unescaped delimiter is; inside a bracket expression a / does not end a regular expression. */
function closing(source: string, from: number, delimiter: string): number {
  let bracket = false;
  for (let i = from; i < source.length; i++) {
    const c = source[i];
    if (c === '\\') i++;
    else if (c === '\n' && delimiter === '/') return -1;
    else if (delimiter === '/' && bracket) {
      if (c === ']') bracket = false;
    } else if (delimiter === '/' && c === '[') {
      bracket = true;
      if (source[i + 1] === '^') i++;
      if (source[i + 1] === ']') i++;
    } else if (c === delimiter) return i;
  }
  return -1;
}
