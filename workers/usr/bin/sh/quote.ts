/** Quoting in both directions: $'…' and echo -e escapes, printf %q, ${x@Q}. Bytes. */

export interface Escapes {
  readonly text: string;
  /** \c was met: nothing more is to be written. */
  readonly stop: boolean;
}
const SIMPLE: Readonly<Record<string, string>> = { a: '\x07', b: '\b', e: '\x1b', E: '\x1b', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v', '\\': '\\' };

/** A code point as UTF-8 bytes. */
export function utf8(code: number): string {
  if (code < 0x80) return String.fromCharCode(code);
  if (code < 0x800) return String.fromCharCode(0xc0 | (code >> 6), 0x80 | (code & 63));
  if (code < 0x10000) return String.fromCharCode(0xe0 | (code >> 12), 0x80 | ((code >> 6) & 63), 0x80 | (code & 63));
  return String.fromCharCode(0xf0 | (code >> 18), 0x80 | ((code >> 12) & 63), 0x80 | ((code >> 6) & 63), 0x80 | (code & 63));
}

/** Backslash escapes of `echo -e` (octal as \0nnn) and of printf's %b and format (octal as \nnn; quotes may be escaped). */
export function decodeEscapes(s: string, kind: 'echo' | 'printf' | 'b'): Escapes {
  let out = '';
  for (let i = 0; i < s.length; i++) {
    const c = s.charAt(i);
    if (c !== '\\' || i + 1 >= s.length) {
      out += c;
      continue;
    }
    const e = s.charAt(++i);
    if (e === 'c' && kind !== 'printf') return { text: out, stop: true };
    const rest = s.slice(i);
    const octal = kind === 'echo' ? /^0([0-7]{0,3})/.exec(rest) : kind === 'b' ? /^(?:0([0-7]{1,3})|([0-7]{1,3}))/.exec(rest) : /^([0-7]{1,3})/.exec(rest);
    const hex = /^(?:x([0-9a-fA-F]{1,2})|u([0-9a-fA-F]{1,4})|U([0-9a-fA-F]{1,8}))/.exec(rest);
    if (octal) {
      out += String.fromCharCode(Number.parseInt(octal[1] ?? octal[2] ?? '0', 8) & 255 || 0);
      i += octal[0].length - 1;
    } else if (hex) {
      out += hex[1] !== undefined ? String.fromCharCode(Number.parseInt(hex[1], 16)) : utf8(Number.parseInt(hex[2] ?? hex[3] ?? '0', 16));
      i += hex[0].length - 1;
    } else if (Object.hasOwn(SIMPLE, e)) out += SIMPLE[e];
    else if (kind !== 'echo' && (e === '"' || e === "'" || e === '?')) out += e;
    else out += `\\${e}`;
  }
  return { text: out, stop: false };
}

/** What stands between $' and ': bytes, up to a NUL. `\cx` is control-x. */
export function ansiText(s: string): string {
  const pieces = s.split(/(\\[\s\S])/);
  let out = '';
  let run = '';
  for (let i = 0; i < pieces.length; i++) {
    const piece = pieces[i] as string;
    const next = pieces[i + 1] ?? '';
    if (piece !== '\\c' || next === '') {
      run += piece;
      continue;
    }
    out += decodeEscapes(run, 'printf').text + String.fromCharCode(next.charCodeAt(0) & 31);
    run = '';
    pieces[i + 1] = next.slice(1);
  }
  return (out + decodeEscapes(run, 'printf').text).replace(/\0[\s\S]*$/, '');
}
const isControl = (c: string): boolean => c < ' ' || c > '~';
const hasControl = (s: string): boolean => [...s].some(isControl);
/** $'…' around text with control characters. */
function ansiQuote(s: string): string {
  const names: Readonly<Record<string, string>> = {
    '\x07': '\\a',
    '\b': '\\b',
    '\t': '\\t',
    '\n': '\\n',
    '\v': '\\v',
    '\f': '\\f',
    '\r': '\\r',
    '\x1b': '\\E',
    "'": "\\'",
    '\\': '\\\\',
  };
  return `$'${[...s].map((c) => names[c] ?? (isControl(c) ? `\\${c.charCodeAt(0).toString(8).padStart(3, '0')}` : c)).join('')}'`;
}
/** As ${x@Q} and `set` show a value: '…', or $'…' with control characters. */
export const singleQuote = (s: string): string => (hasControl(s) ? ansiQuote(s) : `'${s.replace(/'/g, `'\\''`)}'`);
/** printf %q: backslashes; $'…' with control characters; '' for nothing. */
export function backslashQuote(s: string): string {
  if (s === '') return "''";
  if (hasControl(s)) return ansiQuote(s);
  return s.replace(/[^A-Za-z0-9_%+./:=@-]/g, '\\$&').replace(/^~/, '\\~');
}
/** As `set -x` and `declare -p` of arrays show a word: bare where it can be. */
export const traceQuote = (s: string): string =>
  s === '' ? "''" : hasControl(s) ? ansiQuote(s) : /[^A-Za-z0-9_%+./:=@,-]/.test(s) ? `'${s.replace(/'/g, `'\\''`)}'` : s;
/** "…" as declare -p shows values. */
export const doubleQuote = (s: string): string => (hasControl(s) ? ansiQuote(s) : `"${s.replace(/["$`\\]/g, '\\$&')}"`);
