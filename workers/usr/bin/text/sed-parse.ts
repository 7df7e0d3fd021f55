/** The text of a sed script → commands. */
import { compileRegex, type Regex } from './regex/regex.ts';

export class SedError extends Error {
  /** Position in the script, from 1, as GNU's "char N". */
  readonly at: number;
  constructor(message: string, at: number) {
    super(message);
    this.at = at;
  }
}
export type Address =
  | { readonly kind: 'line'; readonly n: number }
  | { readonly kind: 'last' }
  /** Undefined regex: the last one used. */
  | { readonly kind: 'regex'; readonly regex: Regex | undefined }
  | { readonly kind: 'step'; readonly first: number; readonly step: number }
  /** addr1,+N and addr1,~N. */
  | { readonly kind: 'plus' | 'multiple'; readonly n: number };

/** A replacement in pieces: text, a group (0 is &), or a change of case (\U \L \u \l \E). */
export type Piece = { readonly text: string } | { readonly group: number } | { readonly fold: 'U' | 'L' | 'u' | 'l' | 'E' };

export interface Command {
  readonly name: string;
  readonly from?: Address;
  readonly to?: Address;
  readonly not: boolean;
  /** a i c: the text; b t T : the label; r R w W: the file; y: the map. */
  readonly text?: string;
  readonly map?: ReadonlyMap<string, string>;
  readonly substitute?: Substitute;
  /** q Q: exit status; l: width. */
  readonly number?: number;
  /** '{': index of its '}'; b t T: index to go on at. Filled in when the script is complete. */
  target: number;
  /** State of a range: active until `until` (line number; 0: until the second address matches). */
  active: boolean;
  until: number;
}
export interface Substitute {
  readonly regex: Regex | undefined;
  readonly pieces: readonly Piece[];
  readonly global: boolean;
  readonly nth: number;
  readonly print: boolean;
  readonly file?: string;
}
export interface Script {
  readonly commands: readonly Command[];
  /** The script begins with #n. */
  readonly quiet: boolean;
}

export function parseScript(text: string, options: { extended: boolean }): Script {
  const parser = new Parser(text, options.extended);
  return { commands: parser.parse(), quiet: /^#n(\n|$)/.test(text) };
}

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', f: '\f', v: '\v', a: '\x07' };

class Parser {
  readonly #s: string;
  readonly #extended: boolean;
  #i = 0;
  readonly #commands: Command[] = [];
  constructor(text: string, extended: boolean) {
    this.#s = text;
    this.#extended = extended;
  }
  #fail(message: string): never {
    throw new SedError(message, Math.min(this.#i, this.#s.length) || 1);
  }
  parse(): Command[] {
    const open: number[] = [];
    for (;;) {
      while (/[\s;]/.test(this.#s[this.#i] ?? '')) this.#i++;
      if (this.#i >= this.#s.length) break;
      if (this.#s[this.#i] === '#') {
        this.#restOfLine();
        continue;
      }
      const command = this.#command();
      if (command.name === '{') open.push(this.#commands.length);
      if (command.name === '}') {
        const start = open.pop();
        if (start === undefined) this.#fail("unexpected `}'");
        (this.#commands[start] as Command).target = this.#commands.length;
      }
      this.#commands.push(command);
    }
    if (open.length > 0) throw new SedError("unmatched `{'", 0);
    this.#resolveLabels();
    return this.#commands;
  }
  #resolveLabels(): void {
    for (const command of this.#commands) {
      if (!'btT'.includes(command.name)) continue;
      if (command.text === '') command.target = this.#commands.length;
      else {
        const at = this.#commands.findIndex((c) => c.name === ':' && c.text === command.text);
        if (at < 0) this.#fail(`can't find label for jump to \`${command.text}'`);
        command.target = at;
      }
    }
  }
  #restOfLine(): string {
    let end = this.#s.indexOf('\n', this.#i);
    if (end < 0) end = this.#s.length;
    const text = this.#s.slice(this.#i, end);
    this.#i = end;
    return text;
  }
  #blanks(): void {
    while (/[ \t]/.test(this.#s[this.#i] ?? '')) this.#i++;
  }
  #number(): number | undefined {
    const digits = /^\d+/.exec(this.#s.slice(this.#i))?.[0];
    if (digits === undefined) return undefined;
    this.#i += digits.length;
    return Number(digits);
  }
  #address(second: boolean): Address | undefined {
    const c = this.#s[this.#i];
    if (c === '$') {
      this.#i++;
      return { kind: 'last' };
    }
    if (second && (c === '+' || c === '~')) {
      this.#i++;
      return { kind: c === '+' ? 'plus' : 'multiple', n: this.#number() ?? this.#fail('expected number') };
    }
    const n = this.#number();
    if (n !== undefined) {
      if (!second && this.#s[this.#i] === '~') {
        this.#i++;
        return { kind: 'step', first: n, step: this.#number() ?? 0 };
      }
      return { kind: 'line', n };
    }
    if (c !== '/' && c !== '\\') return undefined;
    this.#i += c === '\\' ? 2 : 1;
    const source = this.#delimited(this.#s[this.#i - 1] as string, 'unterminated address regex', true);
    let icase = false;
    let multiline = false;
    for (; /[IM]/.test(this.#s[this.#i] ?? ''); this.#i++) {
      if (this.#s[this.#i] === 'I') icase = true;
      else multiline = true;
    }
    return { kind: 'regex', regex: this.#regex(source, icase, multiline) };
  }
  /** Text up to an unescaped delimiter; an escaped delimiter loses its backslash, in a regular expression \n is a newline. */
  #delimited(delimiter: string, error: string, regex: boolean): string {
    let out = '';
    let bracket = false;
    for (; this.#i < this.#s.length; this.#i++) {
      const c = this.#s[this.#i] as string;
      if (regex && bracket) {
        out += c;
        if (c === '[' && /[:.=]/.test(this.#s[this.#i + 1] ?? '')) {
          const end = this.#s.indexOf(`${this.#s[this.#i + 1]}]`, this.#i + 2);
          if (end > 0) {
            out += this.#s.slice(this.#i + 1, end + 2);
            this.#i = end + 1;
          }
        } else if (c === ']') bracket = false;
        else if (c === '\\' && this.#s[this.#i + 1] === 'n') {
          out = `${out.slice(0, -1)}\n`;
          this.#i++;
        } else if (c === '\\' && this.#s[this.#i + 1] === 't') {
          out = `${out.slice(0, -1)}\t`;
          this.#i++;
        }
        continue;
      }
      if (c === delimiter) {
        this.#i++;
        return out;
      }
      if (c === '\\') {
        const next = this.#s[++this.#i];
        if (next === undefined) break;
        // \% in s%..%..% is a plain %: where % alone would be an operator it stays escaped, where \% would be one it does not.
        if (next === delimiter) out += regex && (this.#extended ? '.*[]^$+?(){}|' : '.*[]^$').includes(next) ? `\\${next}` : next;
        else if (regex && next === 'n') out += '\n';
        else out += `\\${next}`;
        continue;
      }
      if (c === '\n' && regex) this.#fail(error);
      if (regex && c === '[') {
        bracket = true;
        out += c;
        if (this.#s[this.#i + 1] === '^') out += this.#s[++this.#i];
        if (this.#s[this.#i + 1] === ']') out += this.#s[++this.#i];
        continue;
      }
      out += c;
    }
    return this.#fail(error);
  }
  /** '' means: the regular expression used last. */
  #regex(source: string, icase: boolean, multiline: boolean): Regex | undefined {
    if (source === '') return undefined;
    const plain = source.replace(/\\([ntrfva])|\\(.)/gs, (whole, mark: string | undefined) => (mark ? (ESCAPES[mark] as string) : whole));
    return compileRegex(plain, { extended: this.#extended, icase, multiline });
  }
  #command(): Command {
    const from = this.#address(false);
    let to: Address | undefined;
    this.#blanks();
    if (from && this.#s[this.#i] === ',') {
      this.#i++;
      this.#blanks();
      to = this.#address(true) ?? this.#fail('unexpected `,\'');
    }
    this.#blanks();
    let not = false;
    while (this.#s[this.#i] === '!') {
      not = true;
      this.#i++;
      this.#blanks();
    }
    const name = this.#s[this.#i];
    if (name === undefined || name === '\n' || name === ';') this.#fail('missing command');
    this.#i++;
    const base = { name, not, target: 0, active: false, until: 0, ...(from && { from }), ...(to && { to }) };
    if (from?.kind === 'line' && from.n === 0 && to?.kind !== 'regex') this.#fail('invalid usage of line address 0');
    if (from && (name === '}' || name === ':')) this.#fail(`${name === ':' ? ':' : '}'} doesn't want any addresses`);
    switch (name) {
      case '{': return base;
      case 'a': case 'i': case 'c': return { ...base, text: this.#textArgument() };
      case ':': return { ...base, text: this.#label(false) || this.#fail('":" lacks a label') };
      case 'b': case 't': case 'T': return { ...base, text: this.#label(true) };
      case 'r': case 'R': case 'w': case 'W': {
        this.#blanks();
        return { ...base, text: this.#restOfLine() || this.#fail('missing filename in r/R/w/W commands') };
      }
      case 's': return { ...base, substitute: this.#substitute() };
      case 'y': {
        const map = this.#transliterate();
        this.#end();
        return { ...base, map };
      }
      case 'q': case 'Q': case 'l': case 'L': {
        this.#blanks();
        const number = this.#number();
        this.#end();
        return { ...base, ...(number !== undefined && { number }) };
      }
      default:
        if (!'}=dDgGhHnNpPxzF'.includes(name)) this.#fail(`unknown command: \`${name}'`);
        this.#end();
        return base;
    }
  }
  #end(): void {
    this.#blanks();
    const c = this.#s[this.#i];
    if (c === undefined || c === '}' || c === '#') return;
    if (c === ';' || c === '\n') this.#i++;
    else {
      this.#i++;
      this.#fail('extra characters after command');
    }
  }
  #label(semicolonEnds: boolean): string {
    this.#blanks();
    const end = /[\n;}]/;
    let out = '';
    while (this.#i < this.#s.length && !(semicolonEnds ? end : /[\n;]/).test(this.#s[this.#i] as string)) out += this.#s[this.#i++];
    return out.trimEnd();
  }
  /** a, i and c: GNU's one-line form or backslash-newline; \ before a character keeps it, backslash-newline continues. */
  #textArgument(): string {
    this.#blanks();
    if (this.#s[this.#i] === '\\') {
      this.#i++;
      const rest = /^[ \t]*\n/.exec(this.#s.slice(this.#i));
      if (rest) this.#i += rest[0].length;
    }
    if (this.#i >= this.#s.length) this.#fail('expected \\ after `a\', `c\' or `i\'');
    let out = '';
    for (; this.#i < this.#s.length; this.#i++) {
      const c = this.#s[this.#i] as string;
      if (c === '\n') break;
      if (c === '\\') {
        const next = this.#s[++this.#i];
        if (next !== undefined) out += next === 't' ? '\t' : next;
      } else out += c;
    }
    return `${out}\n`;
  }
  #transliterate(): Map<string, string> {
    const delimiter = this.#s[this.#i++] ?? this.#fail("unterminated `y' command");
    const letters = (): string[] => {
      const raw = this.#delimited(delimiter, "unterminated `y' command", false);
      return [...raw.replace(/\\(.)/gs, (whole, c: string) => (c === '\\' ? '\\' : (ESCAPES[c] ?? whole)))];
    };
    const [from, to] = [letters(), letters()];
    if (from.length !== to.length) this.#fail("strings for `y' command are different lengths");
    return new Map(from.map((c, i) => [c, to[i] as string]));
  }
  #substitute(): Substitute {
    const delimiter = this.#s[this.#i++] ?? this.#fail("unterminated `s' command");
    if (delimiter === '\n' || delimiter === '\\') this.#fail("delimiter character is not a single-byte character");
    const source = this.#delimited(delimiter, "unterminated `s' command", true);
    const replacement = this.#delimited(delimiter, "unterminated `s' command", false);
    let [global, print, icase, multiline, nth] = [false, false, false, false, 0];
    let file: string | undefined;
    flags: for (;;) {
      const c = this.#s[this.#i];
      const n = this.#number();
      if (n !== undefined) {
        if (n === 0) this.#fail("number option to `s' command may not be zero");
        nth = n;
        continue;
      }
      switch (c) {
        case 'g': global = true; break;
        case 'p': print = true; break;
        case 'i': case 'I': icase = true; break;
        case 'm': case 'M': multiline = true; break;
        case 'w': this.#i++; this.#blanks(); file = this.#restOfLine(); break flags;
        case undefined: case '\n': case ';': case '}': case '#': case ' ': case '\t': this.#end(); break flags;
        default: this.#i++; this.#fail("unknown option to `s'");
      }
      this.#i++;
    }
    const regex = this.#regex(source, icase, multiline);
    const pieces = replacementPieces(replacement);
    const highest = Math.max(0, ...pieces.map((p) => ('group' in p ? p.group : 0)));
    if (regex && highest > regex.groups) this.#fail(`invalid reference \\${highest} on \`s' command's RHS`);
    return { regex, pieces, global, nth: nth || 1, print, ...(file !== undefined && { file }) };
  }
}

function replacementPieces(source: string): Piece[] {
  const pieces: Piece[] = [];
  let text = '';
  const push = (piece: Piece): void => {
    if (text !== '') pieces.push({ text });
    text = '';
    pieces.push(piece);
  };
  for (let i = 0; i < source.length; i++) {
    const c = source[i] as string;
    if (c === '&') push({ group: 0 });
    else if (c === '\\' && i + 1 < source.length) {
      const next = source[++i] as string;
      if (/\d/.test(next)) push({ group: Number(next) });
      else if ('ULulE'.includes(next)) push({ fold: next as 'U' });
      else text += ESCAPES[next] ?? next;
    } else text += c;
  }
  if (text !== '') pieces.push({ text });
  return pieces;
}
