/** Brace expansion: purely textual, before anything else. `a{b,c}d`, `{1..10..2}`, `{a..e}`, nested; quotes and `${…}` are left alone. */

/** Words too many to be meant: the text stays as it is. */
const MAX_WORDS = 100_000;

/** Index after a quoted or expanded piece at `i`, or `i` if there is none. */
function skipQuoted(s: string, i: number): number {
  const c = s.charAt(i);
  if (c === '\\') return i + 2;
  if (c === "'") {
    const end = s.indexOf("'", i + 1);
    return end < 0 ? s.length : end + 1;
  }
  if (c === '"' || c === '`') {
    for (let j = i + 1; j < s.length; j++) {
      if (s.charAt(j) === '\\') j++;
      else if (s.charAt(j) === c) return j + 1;
    }
    return s.length;
  }
  if (c === '$' && (s.charAt(i + 1) === '{' || s.charAt(i + 1) === '(')) {
    const open = s.charAt(i + 1);
    const close = open === '{' ? '}' : ')';
    let depth = 0;
    for (let j = i + 1; j < s.length; ) {
      const at = s.charAt(j);
      if (at === open) depth++;
      else if (at === close && --depth === 0) return j + 1;
      const skipped = at === '$' ? j : skipQuoted(s, j);
      j = skipped > j ? skipped : j + 1;
    }
    return s.length;
  }
  return i;
}
function sequence(body: string): string[] | undefined {
  const m = /^(-?\d+|[A-Za-z])\.\.(-?\d+|[A-Za-z])(?:\.\.(-?\d+))?$/.exec(body);
  if (!m) return undefined;
  const [, from = '', to = '', by] = m;
  const letters = /[A-Za-z]/.test(from);
  if (letters !== /[A-Za-z]/.test(to)) return undefined;
  const a = letters ? from.charCodeAt(0) : Number(from);
  const b = letters ? to.charCodeAt(0) : Number(to);
  const step = Math.abs(Number(by ?? 1)) || 1;
  if (Math.abs(b - a) / step > MAX_WORDS) return undefined;
  const padded = !letters && [from, to].some((n) => /^-?0\d/.test(n));
  const width = padded ? Math.max(from.length, to.length) : 0;
  const all: string[] = [];
  // A backslash among the letters is quoting, and gone.
  const letter = (code: number): string => (code === 92 ? '' : String.fromCharCode(code));
  for (let n = a; a <= b ? n <= b : n >= b; n += a <= b ? step : -step) {
    all.push(letters ? letter(n) : n < 0 ? `-${String(-n).padStart(width - 1, '0')}` : String(n).padStart(width, '0'));
  }
  return all;
}
/** The first brace that expands: where it begins and ends, and its alternatives. */
function findBrace(s: string): { start: number; end: number; words: string[] } | undefined {
  for (let i = 0; i < s.length; ) {
    const skipped = skipQuoted(s, i);
    if (skipped > i) {
      i = skipped;
      continue;
    }
    if (s.charAt(i) === '{') {
      const commas: number[] = [];
      let depth = 0;
      let j = i;
      for (; j < s.length; ) {
        const past = skipQuoted(s, j);
        if (past > j) {
          j = past;
          continue;
        }
        const c = s.charAt(j);
        if (c === '{') depth++;
        else if (c === '}' && --depth === 0) break;
        else if (c === ',' && depth === 1) commas.push(j);
        j++;
      }
      if (depth === 0 && j < s.length) {
        const body = s.slice(i + 1, j);
        if (commas.length > 0) {
          const cuts = [i, ...commas, j];
          return { start: i, end: j + 1, words: cuts.slice(0, -1).map((cut, k) => s.slice(cut + 1, cuts[k + 1])) };
        }
        const words = sequence(body);
        if (words) return { start: i, end: j + 1, words };
      }
    }
    i++;
  }
  return undefined;
}
/** All words a text stands for, in order. */
export function expandBraces(text: string): string[] {
  const brace = findBrace(text);
  if (!brace) return [text];
  const before = text.slice(0, brace.start);
  const tails = expandBraces(text.slice(brace.end));
  const middles = brace.words.flatMap((w) => expandBraces(w));
  if (middles.length * tails.length > MAX_WORDS) return [text];
  return middles.flatMap((m) => tails.map((t) => before + m + t));
}
