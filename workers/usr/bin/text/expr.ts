/** expr: integers of any size, comparisons, regular expressions. Exit 0, 1 for null or 0, 2 for a wrong expression. */
import { program, stop } from './io.ts';
import { compileRegex } from './regex/regex.ts';
import { fromBytesOrder } from './version.ts';

class ExprError extends Error {}
const LEVELS: readonly (readonly string[])[] = [['|'], ['&'], ['<', '<=', '=', '==', '!=', '>=', '>'], ['+', '-'], ['*', '/', '%'], [':']];
const integer = (s: string): bigint | undefined => (/^-?\d+$/.test(s) ? BigInt(s) : undefined);
const isNull = (s: string): boolean => s === '' || /^-?0+$/.test(s);

function matchOf(text: string, pattern: string): string {
  const regex = compileRegex(pattern.replace(/^\^/, ''), { extended: false });
  const spans = regex.exec(text);
  const from = spans?.[0]?.[0] === 0 ? spans : undefined;
  const group = from?.[1];
  if (regex.groups > 0) return group ? text.slice(group[0], group[1]) : '';
  return String(from?.[0]?.[1] ?? 0);
}

class Parser {
  readonly #t: readonly string[];
  #i = 0;
  constructor(tokens: readonly string[]) {
    this.#t = tokens;
  }
  all(): string {
    const value = this.#level(0);
    if (this.#i < this.#t.length) throw new ExprError(`syntax error: unexpected argument '${this.#t[this.#i]}'`);
    return value;
  }
  #level(n: number): string {
    const operators = LEVELS[n];
    if (!operators) return this.#primary();
    let left = this.#level(n + 1);
    while (operators.includes(this.#t[this.#i] ?? '')) {
      const op = this.#t[this.#i++] as string;
      left = apply(op, left, this.#level(n + 1));
    }
    return left;
  }
  #primary(): string {
    const token = this.#t[this.#i++];
    if (token === undefined) throw new ExprError(this.#i === 1 ? "missing operand\nTry 'expr --help' for more information."
      : `syntax error: missing argument after '${this.#t.at(-1)}'`);
    const more = this.#i < this.#t.length;
    if (token === '(') {
      const value = this.#level(0);
      if (this.#t[this.#i++] !== ')') throw new ExprError(`syntax error: expecting ')' after '${this.#t[Math.min(this.#i, this.#t.length) - 1]}'`);
      return value;
    }
    if (!more) return token;
    switch (token) {
      case '+': return this.#t[this.#i++] as string;
      case 'length': return String(this.#level(LEVELS.length).length);
      case 'match': return matchOf(this.#level(LEVELS.length), this.#level(LEVELS.length));
      case 'index': {
        const [text, chars] = [this.#level(LEVELS.length), this.#level(LEVELS.length)];
        return String([...text].findIndex((c) => chars.includes(c)) + 1);
      }
      case 'substr': {
        const [text, from, length] = [this.#level(LEVELS.length), integer(this.#level(LEVELS.length)), integer(this.#level(LEVELS.length))];
        return from === undefined || length === undefined || from < 1n || length < 1n ? '' : text.slice(Number(from) - 1, Number(from + length) - 1);
      }
      default: return token;
    }
  }
}
function apply(op: string, a: string, b: string): string {
  if (op === '|') return isNull(a) ? (isNull(b) ? '0' : b) : a;
  if (op === '&') return isNull(a) || isNull(b) ? '0' : a;
  if (op === ':') return matchOf(a, b);
  const [x, y] = [integer(a), integer(b)];
  if ('<=>=!='.includes(op)) {
    const order = x !== undefined && y !== undefined ? (x < y ? -1 : x > y ? 1 : 0) : fromBytesOrder(a, b);
    const holds = op === '<' ? order < 0 : op === '<=' ? order <= 0 : op === '>' ? order > 0 : op === '>=' ? order >= 0 : op === '!=' ? order !== 0
      : order === 0;
    return holds ? '1' : '0';
  }
  if (x === undefined || y === undefined) throw new ExprError('non-integer argument');
  if (op === '+') return String(x + y);
  if (op === '-') return String(x - y);
  if (op === '*') return String(x * y);
  if (y === 0n) throw new ExprError('division by zero');
  return String(op === '/' ? x / y : x % y);
}

export const expr = program(function* (tool) {
  try {
    const value = new Parser(tool.args[0] === '--' ? tool.args.slice(1) : tool.args).all();
    tool.put(`${value}\n`);
    return yield* stop(isNull(value) ? 1 : 0);
  } catch (e) {
    if (!(e instanceof ExprError)) throw e;
    return yield* tool.die(e.message, 2);
  }
});
