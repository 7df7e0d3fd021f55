/** sed's s command and l command on one pattern space. */
import type { Regex, Spans } from './regex/regex.ts';
import type { Piece, Substitute } from './sed-parse.ts';

/** The text after s/…/…/; undefined if nothing matched. */
export function substituted(regex: Regex, s: Substitute, text: string): string | undefined {
  let out = '';
  let from = 0;
  let count = 0;
  let copied = 0;
  let done = false;
  for (let at = 0; at <= text.length; ) {
    const spans = regex.exec(text, at);
    const whole = spans?.[0];
    if (!spans || !whole) break;
    // An empty match right after the last one does not count.
    if (whole[0] === whole[1] && whole[0] === from && count > 0) {
      at = whole[0] + 1;
      continue;
    }
    count++;
    from = whole[1];
    if (count >= s.nth) {
      out += text.slice(copied, whole[0]) + replacement(s.pieces, text, spans);
      copied = whole[1];
      done = true;
      if (!s.global) break;
    }
    at = whole[1] > whole[0] ? whole[1] : whole[1] + 1;
  }
  return done ? out + text.slice(copied) : undefined;
}

function replacement(pieces: readonly Piece[], text: string, spans: Spans): string {
  let out = '';
  let fold = '';
  let once = '';
  for (const piece of pieces) {
    if ('fold' in piece) {
      if (piece.fold === 'u' || piece.fold === 'l') once = piece.fold;
      else fold = piece.fold === 'E' ? '' : piece.fold;
      continue;
    }
    const span = 'group' in piece ? spans[piece.group] : undefined;
    let part = 'text' in piece ? piece.text : span ? text.slice(span[0], span[1]) : '';
    if (part === '') continue;
    if (fold === 'U') part = upper(part);
    if (fold === 'L') part = lower(part);
    if (once !== '') part = (once === 'u' ? upper : lower)(part[0] as string) + part.slice(1);
    once = '';
    out += part;
  }
  return out;
}
const upper = (s: string): string => s.replace(/[a-z]/g, (c) => c.toUpperCase());
const lower = (s: string): string => s.replace(/[A-Z]/g, (c) => c.toLowerCase());

const NAMED: Readonly<Record<string, string>> = { '\\': '\\\\', '\x07': '\\a', '\b': '\\b', '\f': '\\f', '\n': '\\n', '\r': '\\r', '\t': '\\t', '\v': '\\v' };
/** The l command: escapes, a $ at the end, wrapped at `width`. */
export function unambiguous(text: string, width: number): string {
  const marks = [...text].map((c) => NAMED[c] ?? (c >= ' ' && c <= '~' ? c : `\\${c.charCodeAt(0).toString(8).padStart(3, '0')}`));
  let out = '';
  let column = 0;
  for (const mark of marks) {
    if (width > 1 && column + mark.length > width - 1) {
      out += '\\\n';
      column = 0;
    }
    out += mark;
    column += mark.length;
  }
  return `${out}$`;
}
