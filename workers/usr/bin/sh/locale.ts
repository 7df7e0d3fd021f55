/** Characters: bytes, or UTF-8 where LC_ALL, LC_CTYPE or LANG says so. Text of the shell is bytes throughout; what counts or cuts characters decodes it first. */
import type { Sh } from './shell.ts';
import { utf8 } from './quote.ts';
import { getVar } from './vars.ts';

export function isUtf8(sh: Sh): boolean {
  const locale = getVar(sh, 'LC_ALL') || getVar(sh, 'LC_CTYPE') || getVar(sh, 'LANG') || '';
  return /utf-?8$/i.test(locale);
}
const SEQUENCE = /[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}/g;
/** Bytes → code points (above U+FFFF as two units); a byte that begins no character stays one. */
const decode = (bytes: string): string =>
  bytes.replace(SEQUENCE, (s) => {
    const lead = s.charCodeAt(0);
    let code = lead & (s.length === 2 ? 31 : s.length === 3 ? 15 : 7);
    for (let i = 1; i < s.length; i++) code = (code << 6) | (s.charCodeAt(i) & 63);
    // Below U+0100 it would be taken for a byte: see `encode`.
    return code < 0x100 ? String.fromCharCode(PRIVATE + code) : String.fromCodePoint(code);
  });
/** Characters U+0080 to U+00FF are kept here, so that stray bytes keep their own numbers. */
const PRIVATE = 0xf700;
const unhide = (code: number): number => (code >= PRIVATE + 0x80 && code < PRIVATE + 0x100 ? code - PRIVATE : code);
const encode = (text: string): string => [...text].map((c) => (c.length === 1 && c.charCodeAt(0) < 0x100 ? c : utf8(unhide(c.codePointAt(0) as number)))).join('');

/** Does a text end with a whole character? */
export const wholeUtf8 = (bytes: string): boolean => !/(?:[\xc2-\xf4]|[\xe0-\xf4][\x80-\xbf]|[\xf0-\xf4][\x80-\xbf]{2})$/.test(bytes);

export interface Chars {
  in(bytes: string): string;
  out(text: string): string;
  upper(text: string): string;
  lower(text: string): string;
}
const ascii = (change: (s: string) => string, set: RegExp) => (text: string): string => text.replace(set, change);
const BYTES: Chars = {
  in: (s) => s,
  out: (s) => s,
  upper: ascii((s) => s.toUpperCase(), /[a-z]+/g),
  lower: ascii((s) => s.toLowerCase(), /[A-Z]+/g),
};
/** One character stays one character. */
const changed = (text: string, change: (c: string) => string): string =>
  [...text]
    .map((c) => {
      const plain = c.length === 1 ? String.fromCharCode(unhide(c.charCodeAt(0))) : c;
      const made = change(plain);
      if ([...made].length !== 1 || made === plain) return c;
      const code = made.codePointAt(0) as number;
      return code >= 0x80 && code < 0x100 ? String.fromCharCode(PRIVATE + code) : made;
    })
    .join('');
const UTF8: Chars = { in: decode, out: encode, upper: (s) => changed(s, (c) => c.toUpperCase()), lower: (s) => changed(s, (c) => c.toLowerCase()) };
const isPlain = (texts: readonly string[]): boolean => texts.every((t) => !/[\x80-\xff]/.test(t));
/** How to read these texts: as bytes where nothing else can be in them. */
export const charsOf = (sh: Sh, ...texts: readonly string[]): Chars => (isPlain(texts) || !isUtf8(sh) ? BYTES : UTF8);
