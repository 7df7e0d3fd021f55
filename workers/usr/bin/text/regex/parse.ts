/**
 * POSIX basic and extended regular expressions with GNU's additions (\+ \? \| in basic ones, \w \W \s \S \b \B \< \> \` \', back-references), C locale.
 * Source: POSIX.1-2017 XBD 9; the GNU additions as regex(7) and the grep manual describe them.
 */
import { type ByteSet, classBytes, foldCase, inverted, type Node, RegexError, setOf, WORD_BYTES } from './ast.ts';

export interface Syntax {
  readonly extended: boolean;
  readonly icase?: boolean;
  /** sed's M: ^ and $ also at newlines. */
  readonly multiline?: boolean;
  /** awk's escapes: \n \t \/ \" \ddd, also inside brackets; \b is a backspace and \y a word boundary. */
  readonly awk?: boolean;
}
const AWK_ESCAPES: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', f: '\f', v: '\v', a: '\x07', b: '\b' };
const RE_DUP_MAX = 32767;

export function parseRegex(source: string, syntax: Syntax): { root: Node; groups: number; refs: boolean } {
  return new Parser(source, syntax).parse();
}

class Parser {
  readonly #s: string;
  readonly #syntax: Syntax;
  #i = 0;
  #groups = 0;
  #depth = 0;
  #refs = false;
  #closed: boolean[] = [];
  constructor(source: string, syntax: Syntax) {
    this.#s = source;
    this.#syntax = syntax;
  }
  parse(): { root: Node; groups: number; refs: boolean } {
    const root = this.#alternatives();
    if (this.#i < this.#s.length) throw new RegexError('Unmatched ) or \\)');
    return { root, groups: this.#groups, refs: this.#refs };
  }
  /** The operator at the cursor in either syntax, e.g. '(' for `(` in ERE and `\(` in BRE; '' if there is none. */
  #operator(): string {
    const c = this.#s[this.#i] ?? '';
    if (this.#syntax.extended) return '()|{}+?*'.includes(c) ? c : '';
    if (c === '*') return c;
    const next = this.#s[this.#i + 1] ?? '';
    return c === '\\' && next !== '' && '()|{}+?'.includes(next) ? next : '';
  }
  #skipOperator(): void {
    this.#i += this.#syntax.extended || this.#s[this.#i] === '*' ? 1 : 2;
  }
  #alternatives(): Node {
    const items = [this.#sequence()];
    while (this.#operator() === '|') {
      this.#skipOperator();
      items.push(this.#sequence());
    }
    return items.length === 1 ? (items[0] as Node) : { kind: 'alt', items };
  }
  #sequence(): Node {
    const items: Node[] = [];
    for (;;) {
      if (this.#i >= this.#s.length) break;
      const operator = this.#operator();
      if (operator === '|' || (operator === ')' && (this.#depth > 0 || !this.#syntax.extended))) break;
      const atStart = items.length === 0;
      let atom = this.#atom(atStart);
      while (this.#quantifiable(atom, atStart)) atom = this.#quantified(atom);
      items.push(atom);
    }
    if (items.length === 0) return { kind: 'empty' };
    return items.length === 1 ? (items[0] as Node) : { kind: 'cat', items };
  }
  /** A quantifier follows and applies. In a basic expression `*` after a leading ^ is a plain star. */
  #quantifiable(atom: Node, atStart: boolean): boolean {
    const operator = this.#operator();
    if (operator === '{') return this.#syntax.extended ? /^\{(\d+(,\d*)?|,\d*)\}/.test(this.#s.slice(this.#i)) : true;
    if (operator === '' || !'*+?'.includes(operator)) return false;
    return !(operator === '*' && !this.#syntax.extended && atStart && atom.kind === 'assert' && atom.what === 'bol');
  }
  #quantified(item: Node): Node {
    const operator = this.#operator();
    this.#skipOperator();
    if (operator === '*') return { kind: 'rep', min: 0, max: Number.POSITIVE_INFINITY, item };
    if (operator === '+') return { kind: 'rep', min: 1, max: Number.POSITIVE_INFINITY, item };
    if (operator === '?') return { kind: 'rep', min: 0, max: 1, item };
    const close = this.#syntax.extended ? '}' : '\\}';
    const end = this.#s.indexOf(close, this.#i);
    if (end < 0) throw new RegexError('Unmatched { or \\{');
    const bounds = /^(\d*)(,?)(\d*)$/.exec(this.#s.slice(this.#i, end));
    if (bounds === null || (bounds[1] === '' && bounds[2] === '')) throw new RegexError('Invalid content of \\{\\}');
    this.#i = end + close.length;
    const min = Number(bounds[1] || 0);
    const max = bounds[2] === '' ? min : bounds[3] === '' ? Number.POSITIVE_INFINITY : Number(bounds[3]);
    if (min > max) throw new RegexError('Invalid content of \\{\\}');
    if (min > RE_DUP_MAX || (max > RE_DUP_MAX && max !== Number.POSITIVE_INFINITY)) throw new RegexError('Regular expression too big');
    return { kind: 'rep', min, max, item };
  }
  #atom(atStart: boolean): Node {
    const { extended } = this.#syntax;
    const c = this.#s[this.#i] as string;
    const operator = this.#operator();
    if (operator === '(') return this.#group();
    if (operator !== '' && '*+?{'.includes(operator)) return this.#strayQuantifier(operator);
    if (c === '[') return this.#bracket();
    if (c === '.') {
      this.#i++;
      return { kind: 'set', set: new Uint8Array(256).fill(1) };
    }
    const bol = this.#syntax.multiline ? 'bol' : 'start';
    const eol = this.#syntax.multiline ? 'eol' : 'end';
    if (c === '^' && (extended || atStart)) {
      this.#i++;
      return { kind: 'assert', what: bol };
    }
    if (c === '$' && (extended || this.#dollarEnds())) {
      this.#i++;
      return { kind: 'assert', what: eol };
    }
    if (c === '\\') return this.#escape();
    this.#i++;
    return this.#literal(c);
  }
  /** BRE: $ is an anchor only at the end of the expression or of a group or alternative. */
  #dollarEnds(): boolean {
    const rest = this.#s.slice(this.#i + 1);
    return rest === '' || rest.startsWith('\\)') || rest.startsWith('\\|');
  }
  /** A quantifier with nothing before it: literal in a basic expression; in an extended one a star says nothing, the others are literal. */
  #strayQuantifier(operator: string): Node {
    if (this.#syntax.extended && operator === '*') {
      this.#skipOperator();
      return { kind: 'empty' };
    }
    if (!this.#syntax.extended && operator !== '*') throw new RegexError('Invalid preceding regular expression');
    this.#skipOperator();
    return this.#literal(operator);
  }
  #literal(c: string): Node {
    return { kind: 'set', set: this.#folded(setOf([c.charCodeAt(0)])) };
  }
  #folded(set: ByteSet): ByteSet {
    return this.#syntax.icase ? foldCase(set) : set;
  }
  #group(): Node {
    this.#skipOperator();
    const n = ++this.#groups;
    this.#depth++;
    const item = this.#alternatives();
    if (this.#operator() !== ')') throw new RegexError('Unmatched ( or \\(');
    this.#skipOperator();
    this.#depth--;
    this.#closed[n] = true;
    return { kind: 'group', n, item };
  }
  #escape(): Node {
    const c = this.#s[this.#i + 1];
    if (c === undefined) throw new RegexError('Trailing backslash');
    if (this.#syntax.awk && (/[0-7]/.test(c) || Object.hasOwn(AWK_ESCAPES, c))) return this.#literal(String.fromCharCode(this.#awkEscape()));
    this.#i += 2;
    if (this.#syntax.awk && c === 'y') return { kind: 'assert', what: 'wordb' };
    if (c >= '1' && c <= '9') {
      const n = Number(c);
      if (!this.#closed[n]) throw new RegexError('Invalid back reference');
      this.#refs = true;
      return { kind: 'ref', n };
    }
    switch (c) {
      case 'w': return { kind: 'set', set: WORD_BYTES };
      case 'W': return { kind: 'set', set: inverted(WORD_BYTES) };
      case 's': return { kind: 'set', set: setOf(classBytes('space') ?? []) };
      case 'S': return { kind: 'set', set: inverted(setOf(classBytes('space') ?? [])) };
      case 'b': return { kind: 'assert', what: 'wordb' };
      case 'B': return { kind: 'assert', what: 'nwordb' };
      case '<': return { kind: 'assert', what: 'wordstart' };
      case '>': return { kind: 'assert', what: 'wordend' };
      case '`': return { kind: 'assert', what: 'start' };
      case "'": return { kind: 'assert', what: 'end' };
      default: return this.#literal(c);
    }
  }
  #bracket(): Node {
    this.#i++;
    const negate = this.#s[this.#i] === '^';
    if (negate) this.#i++;
    const set = new Uint8Array(256);
    for (let first = true; ; first = false) {
      const c = this.#s[this.#i];
      if (c === undefined) throw new RegexError('Unmatched [, [^, [:, [., or [=');
      if (c === ']' && !first) break;
      const named = this.#bracketClass();
      if (named) {
        for (const b of named) set[b] = 1;
        continue;
      }
      const from = this.#bracketElement();
      const rangeFollows = this.#s[this.#i] === '-' && this.#s[this.#i + 1] !== ']' && this.#s[this.#i + 1] !== undefined;
      if (!rangeFollows) {
        set[from] = 1;
        continue;
      }
      this.#i++;
      const to = this.#bracketElement();
      if (to < from) throw new RegexError('Invalid range end');
      for (let b = from; b <= to; b++) set[b] = 1;
    }
    this.#i++;
    const folded = this.#folded(set);
    return { kind: 'set', set: negate ? inverted(folded) : folded };
  }
  #bracketClass(): readonly number[] | undefined {
    if (!this.#s.startsWith('[:', this.#i)) return undefined;
    const end = this.#s.indexOf(':]', this.#i + 2);
    if (end < 0) throw new RegexError('Unmatched [, [^, [:, [., or [=');
    const bytes = classBytes(this.#s.slice(this.#i + 2, end));
    if (!bytes) throw new RegexError('Invalid character class name');
    this.#i = end + 2;
    return bytes;
  }
  /** One byte, or [.x.] and [=x=]. */
  #bracketElement(): number {
    const mark = this.#s[this.#i + 1];
    if (this.#s[this.#i] === '[' && (mark === '.' || mark === '=')) {
      const end = this.#s.indexOf(`${mark}]`, this.#i + 2);
      if (end !== this.#i + 3) throw new RegexError('Invalid collation character');
      const byte = this.#s.charCodeAt(this.#i + 2);
      this.#i = end + 2;
      return byte;
    }
    if (this.#syntax.awk && this.#s[this.#i] === '\\' && mark !== undefined) return this.#awkEscape();
    return this.#s.charCodeAt(this.#i++);
  }
  /** The byte an escape of awk stands for; the cursor is at its backslash. */
  #awkEscape(): number {
    const octal = /^[0-7]{1,3}/.exec(this.#s.slice(this.#i + 1))?.[0];
    this.#i += 1 + (octal?.length ?? 1);
    if (octal !== undefined) return Number.parseInt(octal, 8) & 255;
    const c = this.#s[this.#i - 1] as string;
    return (AWK_ESCAPES[c] ?? c).charCodeAt(0);
  }
}
