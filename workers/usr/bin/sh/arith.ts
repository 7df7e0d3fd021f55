/**
 * Arithmetic as the shell does it: 64-bit integers that wrap, C's operators, variables by name, values that are themselves expressions.
 * The text is expanded already. Messages are bash's, with the rest of the text from the token at fault.
 */

/** Variables as the expression sees them; a subscript is its text. */
export interface ArithVars {
  /** undefined: unset. Throws what it likes for an unbound variable under set -u. */
  get(name: string, subscript: string | undefined): string | undefined;
  set(name: string, subscript: string | undefined, value: string): void;
}
export class ArithError extends Error {}

const MAX_DEPTH = 1024;
const ASSIGN = new Set(['=', '*=', '/=', '%=', '+=', '-=', '<<=', '>>=', '&=', '^=', '|=']);
const OPERATORS = ['<<=', '>>=', '**', '==', '!=', '<=', '>=', '<<', '>>', '&&', '||', '++', '--', '*=', '/=', '%=', '+=', '-=', '&=', '^=', '|='];
/** Binary operators by level, loosest first; all left to right. */
const LEVELS: readonly (readonly string[])[] = [['|'], ['^'], ['&'], ['==', '!='], ['<=', '>=', '<', '>'], ['<<', '>>'], ['+', '-'], ['*', '/', '%']];

const wrap = (n: bigint): bigint => BigInt.asIntN(64, n);
const truth = (b: boolean): bigint => (b ? 1n : 0n);

type Token =
  | { readonly kind: 'num'; readonly value: bigint }
  | { readonly kind: 'name'; readonly name: string; readonly subscript: string | undefined }
  | { readonly kind: 'op'; readonly op: string }
  | { readonly kind: 'end' };
interface Place {
  readonly name: string;
  readonly subscript: string | undefined;
}

class Evaluator {
  readonly #text: string;
  readonly #vars: ArithVars;
  readonly #depth: number;
  /** Offset after the current token, and of its start. */
  #next = 0;
  #start = 0;
  #previous = 0;
  #token: Token = { kind: 'end' };
  /** > 0: in a branch that is not taken; nothing is assigned or divided. */
  #skip = 0;

  constructor(text: string, vars: ArithVars, depth: number) {
    this.#text = text;
    this.#vars = vars;
    this.#depth = depth;
  }

  run(): bigint {
    if (this.#depth > MAX_DEPTH) this.#fail('expression recursion level exceeded');
    this.#advance();
    if (this.#ended()) return 0n;
    const value = this.#comma();
    if (!this.#ended()) this.#fail('syntax error in expression');
    return value;
  }

  #ended(): boolean {
    return this.#token.kind === 'end';
  }
  #fail(message: string, at = this.#start, end = this.#text.length): never {
    throw new ArithError(`${this.#text.slice(0, end).replace(/^[ \t\n]+/, '')}: ${message} (error token is "${this.#text.slice(at, end)}")`);
  }

  #advance(): void {
    const s = this.#text;
    this.#previous = this.#start;
    let i = this.#next;
    const operand = this.#token.kind === 'num' || this.#token.kind === 'name';
    while (i < s.length && ' \t\n'.includes(s.charAt(i))) i++;
    const c = s.charAt(i);
    if (c === '') {
      // At the end bash points at the token before.
      this.#next = i;
      this.#token = { kind: 'end' };
      return;
    }
    this.#start = i;
    if (/[A-Za-z_]/.test(c)) {
      const name = /^[A-Za-z0-9_]+/.exec(s.slice(i))?.[0] as string;
      i += name.length;
      let subscript: string | undefined;
      if (s.charAt(i) === '[') {
        const end = closingBracket(s, i);
        if (end < 0) this.#fail('bad array subscript');
        subscript = s.slice(i + 1, end);
        i = end + 1;
      }
      this.#token = { kind: 'name', name, subscript };
    } else if (/[0-9]/.test(c)) {
      const digits = /^[0-9A-Za-z_@#]+/.exec(s.slice(i))?.[0] as string;
      this.#token = { kind: 'num', value: this.#number(digits) };
      i += digits.length;
    } else {
      const op = OPERATORS.find((o) => s.startsWith(o, i)) ?? c;
      if (operand && !'-+*/%<>=!&|^~?:,()'.includes(c)) this.#fail('syntax error: invalid arithmetic operator');
      this.#token = { kind: 'op', op };
      i += op.length;
    }
    this.#next = i;
  }
  #number(digits: string): bigint {
    const [, base, rest] = /^(\d+)#(.*)$/s.exec(digits) ?? [];
    if (base !== undefined) {
      const radix = Number(base);
      if (radix < 2 || radix > 64) this.#fail('invalid arithmetic base');
      if (rest === '') this.#fail('invalid integer constant');
      return this.#digits(rest as string, radix, digits);
    }
    if (/^0[xX]/.test(digits)) return this.#digits(digits.slice(2), 16, digits);
    if (digits.length > 1 && digits.startsWith('0')) return this.#digits(digits.slice(1), 8, digits);
    return this.#digits(digits, 10, digits);
  }
  #digits(text: string, radix: number, digits: string): bigint {
    let value = 0n;
    for (const c of text) {
      const digit = /[0-9]/.test(c)
        ? Number(c)
        : /[a-z]/.test(c)
          ? c.charCodeAt(0) - 87
          : /[A-Z]/.test(c)
            ? c.charCodeAt(0) - (radix <= 36 ? 55 : 29)
            : c === '@'
              ? 62
              : c === '_'
                ? 63
                : 64;
      const end = this.#start + digits.length;
      if (c === '#') this.#fail('invalid number', this.#start, end);
      if (digit >= radix) this.#fail('value too great for base', this.#start, end);
      value = value * BigInt(radix) + BigInt(digit);
    }
    return wrap(value);
  }
  #op(...ops: readonly string[]): string | undefined {
    return this.#token.kind === 'op' && ops.includes(this.#token.op) ? this.#token.op : undefined;
  }

  #comma(): bigint {
    let value = this.#assignment();
    while (this.#op(',')) {
      this.#advance();
      value = this.#assignment();
    }
    return value;
  }
  #assignment(): bigint {
    const token = this.#token;
    const value = this.#conditional();
    if (this.#token.kind !== 'op' || !ASSIGN.has(this.#token.op)) return value;
    const { op } = this.#token;
    // Only a bare name may stand on the left: what was read must have been this one token.
    if (token.kind !== 'name' || this.#lastPlace !== token) this.#fail('attempted assignment to non-variable');
    const place: Place = token as Place;
    this.#advance();
    const right = this.#assignment();
    const result = op === '=' ? right : this.#binary(op.slice(0, -1), value, right);
    if (this.#skip === 0) this.#vars.set(place.name, place.subscript, String(result));
    this.#lastPlace = undefined;
    return result;
  }
  /** The name token that made up the whole operand read last. */
  #lastPlace: Token | undefined;

  #conditional(): bigint {
    const test = this.#or();
    if (!this.#op('?')) return test;
    this.#lastPlace = undefined;
    this.#advance();
    if (this.#ended() || this.#op(':')) this.#fail('expression expected');
    const yes = test !== 0n;
    if (!yes) this.#skip++;
    const first = this.#comma();
    if (!yes) this.#skip--;
    if (!this.#op(':')) this.#fail("`:' expected for conditional expression");
    this.#advance();
    if (this.#ended()) this.#fail('expression expected');
    if (yes) this.#skip++;
    const second = this.#conditional();
    if (yes) this.#skip--;
    this.#lastPlace = undefined;
    return yes ? first : second;
  }
  #or(): bigint {
    let value = this.#and();
    while (this.#op('||')) {
      this.#advance();
      const done = value !== 0n;
      if (done) this.#skip++;
      const right = this.#and();
      if (done) this.#skip--;
      value = truth(done || right !== 0n);
      this.#lastPlace = undefined;
    }
    return value;
  }
  #and(): bigint {
    let value = this.#level(0);
    while (this.#op('&&')) {
      this.#advance();
      const done = value === 0n;
      if (done) this.#skip++;
      const right = this.#level(0);
      if (done) this.#skip--;
      value = truth(!done && right !== 0n);
      this.#lastPlace = undefined;
    }
    return value;
  }
  #level(n: number): bigint {
    const ops = LEVELS[n];
    if (!ops) return this.#power();
    let value = this.#level(n + 1);
    for (let op = this.#op(...ops); op !== undefined; op = this.#op(...ops)) {
      this.#advance();
      value = this.#binary(op, value, this.#level(n + 1));
      this.#lastPlace = undefined;
    }
    return value;
  }
  #power(): bigint {
    const base = this.#unary();
    if (!this.#op('**')) return base;
    this.#advance();
    const exponent = this.#power();
    if (exponent < 0n) this.#fail('exponent less than 0');
    let result = 1n;
    let square = base;
    for (let e = exponent; e > 0n; e >>= 1n) {
      if (e & 1n) result = wrap(result * square);
      square = wrap(square * square);
    }
    this.#lastPlace = undefined;
    return result;
  }
  #binary(op: string, a: bigint, b: bigint): bigint {
    switch (op) {
      case '|':
        return a | b;
      case '^':
        return a ^ b;
      case '&':
        return a & b;
      case '==':
        return truth(a === b);
      case '!=':
        return truth(a !== b);
      case '<=':
        return truth(a <= b);
      case '>=':
        return truth(a >= b);
      case '<':
        return truth(a < b);
      case '>':
        return truth(a > b);
      // x86 shifts by the count modulo 64.
      case '<<':
        return wrap(a << (b & 63n));
      case '>>':
        return a >> (b & 63n);
      case '+':
        return wrap(a + b);
      case '-':
        return wrap(a - b);
      case '*':
        return wrap(a * b);
      default: {
        if (b === 0n) {
          if (this.#skip > 0) return 0n;
          this.#fail('division by 0', this.#ended() ? this.#start : this.#previous);
        }
        return wrap(op === '/' ? a / b : a % b);
      }
    }
  }
  #unary(): bigint {
    const op = this.#op('!', '~', '-', '+', '++', '--');
    if (op === undefined) return this.#postfix();
    this.#advance();
    if (op === '++' || op === '--') {
      if (this.#token.kind === 'name') {
        const place = this.#token;
        this.#advance();
        const value = wrap(this.#value(place) + (op === '++' ? 1n : -1n));
        if (this.#skip === 0) this.#vars.set(place.name, place.subscript, String(value));
        this.#lastPlace = undefined;
        return value;
      }
      const again = this.#unary();
      this.#lastPlace = undefined;
      return again;
    }
    const value = this.#unary();
    this.#lastPlace = undefined;
    return op === '!' ? truth(value === 0n) : op === '~' ? ~value : op === '-' ? wrap(-value) : value;
  }
  #postfix(): bigint {
    const token = this.#token;
    if (token.kind === 'num') {
      this.#advance();
      this.#lastPlace = undefined;
      return token.value;
    }
    if (token.kind === 'name') {
      this.#advance();
      const op = this.#op('++', '--');
      // `x = …` must not read x: it may be no number yet.
      if (op === undefined) {
        this.#lastPlace = token;
        return this.#op('=') ? 0n : this.#value(token);
      }
      const value = this.#value(token);
      this.#advance();
      if (this.#skip === 0) this.#vars.set(token.name, token.subscript, String(wrap(value + (op === '++' ? 1n : -1n))));
      this.#lastPlace = undefined;
      return value;
    }
    if (this.#op('(')) {
      this.#advance();
      const value = this.#comma();
      if (!this.#op(')')) this.#fail("missing `)'");
      this.#advance();
      this.#lastPlace = undefined;
      return value;
    }
    return this.#fail('syntax error: operand expected');
  }
  #value({ name, subscript }: Place): bigint {
    if (this.#skip > 0) return 0n;
    const text = this.#vars.get(name, subscript);
    if (text === undefined || text === '') return 0n;
    if (/^[1-9][0-9]{0,14}$/.test(text)) return BigInt(text);
    return new Evaluator(text, this.#vars, this.#depth + 1).run();
  }
}

/** The bracket that closes the one at `open`; -1 without. */
export function closingBracket(s: string, open: number): number {
  let depth = 0;
  for (let i = open; i < s.length; i++) {
    const c = s.charAt(i);
    if (c === '\\') i++;
    else if (c === '[') depth++;
    else if (c === ']' && --depth === 0) return i;
  }
  return -1;
}

/** Value of an expression; '' is 0. Throws ArithError. */
export const arithmetic = (text: string, vars: ArithVars): bigint => new Evaluator(text, vars, 0).run();
