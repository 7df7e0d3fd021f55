/** Reads rules files as systemd 252's udev does: lines, tokens, and which key takes which operator. What it cannot use is said with file and line, and the line is left out. */

export type Operator = '==' | '!=' | '=' | '+=' | '-=' | ':=';
export interface Token {
  readonly key: string;
  /** What stands in braces: ATTR{state} → 'state'. */
  readonly attr: string;
  readonly op: Operator;
  readonly value: string;
}
export interface RuleLine {
  readonly file: string;
  readonly line: number;
  readonly tokens: readonly Token[];
  readonly label: string | undefined;
  /** Line to go on with, as an index into the file's lines; undefined: the next. */
  goto: number | undefined;
}
export interface RuleFile {
  readonly file: string;
  readonly lines: readonly RuleLine[];
}
/** A complaint: `file:line what`. */
export type Say = (message: string) => void;

/** Keys that compare only, that are set only, and that do both; `attr`: whether braces are needed (2), allowed (1) or wrong (0). */
interface KeyRule {
  readonly match: boolean;
  readonly assign: readonly Operator[];
  readonly attr: 0 | 1 | 2;
}
const ONLY_MATCH: KeyRule = { match: true, assign: [], attr: 0 };
const NAMED_MATCH: KeyRule = { match: true, assign: [], attr: 2 };
const LIST: KeyRule = { match: true, assign: ['=', '+=', '-=', ':='], attr: 0 };
const VALUE: KeyRule = { match: false, assign: ['=', '+=', ':='], attr: 0 };
const KEYS: Readonly<Record<string, KeyRule>> = {
  ACTION: ONLY_MATCH, DEVPATH: ONLY_MATCH, KERNEL: ONLY_MATCH, SUBSYSTEM: ONLY_MATCH, DRIVER: ONLY_MATCH, RESULT: ONLY_MATCH, KERNELS: ONLY_MATCH, SUBSYSTEMS: ONLY_MATCH, DRIVERS: ONLY_MATCH, TAGS: ONLY_MATCH,
  CONST: NAMED_MATCH, ATTRS: NAMED_MATCH,
  ENV: { match: true, assign: ['=', '+=', ':='], attr: 2 }, ATTR: { match: true, assign: ['=', '+=', ':='], attr: 2 }, SYSCTL: { match: true, assign: ['=', '+=', ':='], attr: 2 },
  TEST: { match: true, assign: [], attr: 1 }, SYMLINK: LIST, TAG: LIST, NAME: { match: true, assign: ['=', '+=', ':='], attr: 0 },
  // "=" is taken for "==": they are run to be looked at.
  PROGRAM: { match: true, assign: ['=', '+=', ':='], attr: 0 }, IMPORT: { match: true, assign: ['=', '+=', ':='], attr: 2 },
  RUN: { match: false, assign: ['=', '+=', ':='], attr: 1 },
  OWNER: VALUE, GROUP: VALUE, MODE: VALUE, OPTIONS: VALUE, SECLABEL: { match: false, assign: ['=', '+=', ':='], attr: 2 },
  GOTO: { match: false, assign: ['='], attr: 0 }, LABEL: { match: false, assign: ['='], attr: 0 },
};
const IMPORTS = ['program', 'builtin', 'file', 'db', 'cmdline', 'parent'];
const RUNS = ['', 'program', 'builtin'];

const PAIR = /^[ \t,]*([^\s=!+:{,"-]+)(?:\{([^}]*)\})?[ \t]*(==|!=|\+=|-=|:=|=)[ \t]*(e?)"((?:\\.|[^"\\])*)"/;

/** One token checked against its key, or why it is none. */
function check(key: string, attr: string | undefined, op: Operator, value: string): Token | string {
  const rule = Object.hasOwn(KEYS, key) ? KEYS[key] : undefined;
  if (rule === undefined) return `Invalid key '${key}'.`;
  const isMatch = op === '==' || op === '!=';
  if ((rule.attr === 0 && attr !== undefined) || (rule.attr === 2 && (attr === undefined || attr === ''))) return `Invalid attribute for ${key}.`;
  if (isMatch ? !rule.match : !rule.assign.includes(op)) return `Invalid operator for ${key}.`;
  if (key === 'IMPORT' && !IMPORTS.includes(attr ?? '')) return 'Invalid attribute for IMPORT.';
  if (key === 'RUN' && !RUNS.includes(attr ?? '')) return 'Invalid attribute for RUN.';
  const looksOnly = key === 'PROGRAM' || key === 'IMPORT';
  return { key, attr: attr ?? '', op: looksOnly && !isMatch ? '==' : op, value };
}

/** Only `\"` means something else inside quotes; with `e"…"` the escapes of C do. */
const unquoted = (text: string, escapes: boolean): string =>
  text.replace(/\\(.)/gs, (whole, c: string) => (c === '"' ? '"' : escapes ? ({ n: '\n', t: '\t', r: '\r', '\\': '\\', a: '\x07', e: '\x1b' }[c] ?? whole) : whole));

function parseLine(text: string, at: string, say: Say): { tokens: Token[]; label?: string; goto?: string } | undefined {
  const tokens: Token[] = [];
  let label: string | undefined;
  let goto: string | undefined;
  let rest = text;
  while (/[^\s,]/.test(rest)) {
    const m = PAIR.exec(rest);
    if (!m) {
      say(`${at} Invalid key/value pair, ignoring.`);
      return undefined;
    }
    const [whole, key = '', attr, op, e, quoted = ''] = m;
    const token = check(key, attr, op as Operator, unquoted(quoted, e === 'e'));
    if (typeof token === 'string') {
      say(`${at} ${token}`);
      return undefined;
    }
    if (token.key === 'LABEL') label = token.value;
    else if (token.key === 'GOTO') goto = token.value;
    else tokens.push(token);
    rest = rest.slice(whole.length);
  }
  if (tokens.length === 0 && label === undefined && goto === undefined) return undefined;
  if (goto === undefined && label === undefined && tokens.every(({ key, op }) => (op === '==' || op === '!=') && key !== 'PROGRAM' && key !== 'IMPORT')) {
    say(`${at} The line takes no effect, ignoring.`);
    return undefined;
  }
  return { tokens, ...(label !== undefined && { label }), ...(goto !== undefined && { goto }) };
}

/** A whole file. A line that ends in a backslash goes on in the next; `#` begins a comment at the start of a line only. */
export function parseRules(file: string, text: string, say: Say): RuleFile {
  const lines: RuleLine[] = [];
  const gotos = new Map<RuleLine, string>();
  let pending = '';
  for (const [i, raw] of text.split('\n').entries()) {
    if (pending === '' && /^\s*(#|$)/.test(raw)) continue;
    if (raw.endsWith('\\')) {
      pending += raw.slice(0, -1);
      continue;
    }
    const whole = (pending + raw).trim();
    pending = '';
    const parsed = whole === '' ? undefined : parseLine(whole, `${file}:${i + 1}`, say);
    if (!parsed) continue;
    const line: RuleLine = { file, line: i + 1, tokens: parsed.tokens, label: parsed.label, goto: undefined };
    lines.push(line);
    if (parsed.goto !== undefined) gotos.set(line, parsed.goto);
  }
  if (pending !== '') say(`${file}: Unexpected EOF after line continuation, line ignored.`);
  for (const [line, label] of gotos) {
    const to = lines.findIndex((other, i) => i > lines.indexOf(line) && other.label === label);
    if (to < 0) say(`${file}:${line.line} GOTO="${label}" has no matching label, ignoring.`);
    else line.goto = to;
  }
  return { file, lines };
}
