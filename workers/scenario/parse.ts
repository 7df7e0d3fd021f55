/**
 * Text → scenario. One statement a line, `#` begins a comment line, `$ ` a command and `> ` its further lines. The first line that is no comment says the version.
 * Every line that is not understood is told; a text with an error gives no scenario.
 */
import { OFFLINE_REASONS } from '../uapi/trace.ts';
import { Cursor, listed, Misread } from './cursor.ts';
import { type Diagnostic, didYouMean, quoted, UNSEEN } from './diagnostic.ts';
import { MAX_BRANCHES, MAX_DIAGNOSTICS, MAX_LINE, MAX_LINES, MAX_TEXT } from './limits.ts';
import { isSetting, isStep, SCENARIO_VERSION, type Scenario, type Statement, type StatementType } from './scenario.ts';
import { type Form, SETTING_FORMS } from './settings.ts';
import { STEP_FORMS } from './steps.ts';
import { upgrade } from './upgrade.ts';

export type Parsed =
  | { readonly ok: true; readonly scenario: Scenario; /** Line of each statement, from 1. */ readonly lines: readonly number[]; readonly warnings: readonly Diagnostic[] }
  | { readonly ok: false; readonly errors: readonly Diagnostic[] };

const FORMS: Readonly<Record<string, Form<Statement>>> = { ...SETTING_FORMS, ...STEP_FORMS };
export const KEYWORDS: readonly string[] = [...Object.keys(FORMS), '$', 'fresh', 'scenario'];
/** Said once: the last of two would silently win. */
const ONCE: readonly StatementType[] = [
  'title', 'recorded', 'edition', 'arch', 'memory', 'sockets', 'standby', 'cpus', 'seed', 'hypervisor', 'boot', 'initrd', 'profile', 'release', 'build', 'balloon', 'view', 'start', 'moment',
];
/** Branches beside the first one. */
const branchCount = (statements: readonly Statement[]): number => statements.reduce((n, { type }) => n + (type === 'branch' ? 1 : 0), 0);
/** The parts of a view this build knows. Another build's are kept: nothing is lost by not showing them. */
const VIEW_NAMES: readonly string[] = ['block', 'pfn', 'at', 'top', 'colours', 'kind', 'tab', 'panels', 'theme', 'lang', 'branch'];

/** The kernel's words for a refused offline. */
const REASONS: readonly string[] = OFFLINE_REASONS.filter((reason) => reason !== '');

const refused = (line: number, column: number, message: string): Parsed => ({ ok: false, errors: [{ line, column, message, severity: 'error' }] });

/** What a line that begins with no statement may have been meant as. */
function notStatement(word: string): string {
  if (/^(\/\/|;|--|\/\*)/.test(word)) return ' A comment begins with #.';
  if (/^\S+@\S*[#$]$|^[#%]$|^\(qemu\)$/.test(word)) return ' A command stands after "$ ", the monitor\'s after "qemu ", without the prompt.';
  return ' A command for the shell stands after "$ ".';
}

function readLine(line: string): Statement {
  const text = line.trimStart();
  if (text.trimEnd() === '') return { type: 'blank' };
  if (text.startsWith('#')) return { type: 'comment', text: text.slice(1).trimEnd() };
  const shell = /^(fresh +)?\$ (.*)$/.exec(text);
  if (shell) return { type: 'shell', line: shell[2] as string, fresh: shell[1] !== undefined };
  const c = new Cursor(line);
  const { column } = c;
  const keyword = c.word('a statement');
  if (keyword.startsWith('$')) c.fail('A command stands after $ and a blank.', column + 1);
  const form = Object.hasOwn(FORMS, keyword) ? FORMS[keyword] : undefined;
  if (!form) c.fail(`${quoted(keyword)} is not a statement.${didYouMean(keyword, KEYWORDS) || notStatement(keyword)}`, column);
  try {
    const statement = (form as Form<Statement>).read(c);
    c.end(keyword);
    return statement;
  } catch (error) {
    if (error instanceof Misread) throw new Misread(error.column, `${error.message} (${(form as Form<Statement>).usage})`);
    throw error;
  }
}

/** The version on the first line, and where it stands. */
function versionOf(lines: readonly string[]): { readonly version: number; readonly at: number } | { readonly refusal: Parsed } {
  const at = lines.findIndex((line) => line.trim() !== '' && !line.trimStart().startsWith('#'));
  const head = lines[at];
  const match = head === undefined ? null : /^\s*scenario\s+(\d{1,6})\s*$/.exec(head);
  if (!match) {
    const found = head === undefined ? 'The text is empty' : `The text begins with ${quoted(head.trim())}`;
    return { refusal: refused(Math.max(at, 0) + 1, 1, `${found}; expected "scenario ${SCENARIO_VERSION}" on the first line.`) };
  }
  const version = Number(match[1]);
  const column = (head as string).indexOf(match[1] as string) + 1;
  if (version > SCENARIO_VERSION) return { refusal: refused(at + 1, column, `This scenario is written in form ${version}; this page reads up to form ${SCENARIO_VERSION}. A newer Hotplug Lab opens it.`) };
  if (version < 1) return { refusal: refused(at + 1, column, `There is no form ${version}: the first was 1.`) };
  return { version, at };
}

/** What is wrong with the order of statements, though each for itself is right. */
function structure(statements: readonly Statement[], lines: readonly number[]): Diagnostic[] {
  const out: Diagnostic[] = [];
  const tell = (i: number, message: string, severity: Diagnostic['severity'] = 'error'): void => { out.push({ line: lines[i] as number, column: 1, message, severity }); };
  const seen = new Set<StatementType>();
  let stepAt = -1;
  let command = false;
  statements.forEach((s, i) => {
    if (ONCE.includes(s.type) && seen.has(s.type)) tell(i, `${s.type} stands twice; once is expected.`);
    seen.add(s.type);
    if (isStep(s) && stepAt < 0) stepAt = i;
    if (isSetting(s) && stepAt >= 0) tell(i, `${s.type} describes the machine and is expected before the first step (line ${lines[stepAt]}).`);
    if (s.type === 'shell' || s.type === 'qemu' || s.type === 'plug' || s.type === 'unplug' || s.type === 'signal' || s.type === 'workload') command = true;
    if (s.type === 'expect' && !command && !['file', 'path', 'block', 'digest'].includes(s.expectation.what)) tell(i, `There is no command before this line that "${s.expectation.what}" could be about.`);
    if (s.type === 'wait' && !command) tell(i, 'There is no command before this line to wait from.');
    if (s.type === 'expect' && s.expectation.what === 'errno' && s.expectation.reason !== undefined && !REASONS.includes(s.expectation.reason)) tell(i, `The kernel gives no reason ${quoted(s.expectation.reason)}: expected ${listed(REASONS.map((r) => JSON.stringify(r)))}.${didYouMean(s.expectation.reason, REASONS)}`, 'warning');
    if (s.type === 'branch' && s.from > branchCount(statements.slice(0, i))) tell(i, `Branch ${s.from} is not there yet: a branch leaves one that stands before it.`);
    if (s.type === 'branch' && branchCount(statements.slice(0, i)) === MAX_BRANCHES) tell(i, `There are at most ${MAX_BRANCHES} branches beside the first one.`);
    if ((s.type === 'moment' || s.type === 'bookmark') && (s.branch ?? 0) > branchCount(statements)) tell(i, `There is no branch ${s.branch}.`);
    if (s.type === 'view') for (const key of Object.keys(s.values)) if (!VIEW_NAMES.includes(key)) tell(i, `This page does not know "${key}" of a view; it is kept and not shown.${didYouMean(key, VIEW_NAMES)}`, 'warning');
  });
  const alone = ['memory', 'sockets', 'standby', 'node', 'range', 'srat', 'initrd', 'virtio-mem', 'balloon', 'profile'] as const;
  if (seen.has('recorded')) {
    const at = statements.findIndex((s) => alone.some((type) => type === s.type));
    if (at >= 0) tell(at, `A recorded machine brings its memory along: ${statements[at]?.type} cannot be stated beside it.`);
  }
  return out;
}

/** Reads a scenario in any version up to this one's. */
export function parseScenario(source: string): Parsed {
  if (source.length > MAX_TEXT) return refused(1, 1, `The text has ${source.length} characters; at most ${MAX_TEXT} are read.`);
  const head = versionOf(source.split(/\r?\n/, MAX_LINES));
  if ('refusal' in head) return head.refusal;
  const lines = (head.version === SCENARIO_VERSION ? source : upgrade(source, head.version)).split(/\r?\n/);
  if (lines.length > MAX_LINES) return refused(MAX_LINES, 1, `The text has ${lines.length} lines; at most ${MAX_LINES} are read.`);
  if (lines.at(-1)?.trim() === '') lines.pop();

  const statements: Statement[] = [];
  const places: number[] = [];
  const found: Diagnostic[] = [];
  lines.forEach((line, i) => {
    if (found.length >= MAX_DIAGNOSTICS) return;
    try {
      const control = UNSEEN.exec(line);
      if (control) throw new Misread(control.index + 1, `The character U+${control[0].charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')} cannot be seen and is not taken.`);
      if (line.length > MAX_LINE) throw new Misread(MAX_LINE, `The line is longer than ${MAX_LINE} characters.`);
      const more = /^\s*>(?: (.*))?$/.exec(line);
      if (more) {
        const last = statements.at(-1);
        if (last?.type !== 'shell') throw new Misread(line.indexOf('>') + 1, '"> " continues a command; none stands on the line before.');
        statements[statements.length - 1] = { ...last, line: `${last.line}\n${more[1] ?? ''}` };
        return;
      }
      if (i === head.at) return;
      statements.push(readLine(line));
      places.push(i + 1);
    } catch (error) {
      if (!(error instanceof Misread)) throw error;
      found.push({ line: i + 1, column: error.column, message: error.message, severity: 'error' });
    }
  });
  if (found.length === 0) found.push(...structure(statements, places));
  const errors = found.filter(({ severity }) => severity === 'error');
  if (errors.length > 0) return { ok: false, errors: errors.slice(0, MAX_DIAGNOSTICS) };
  return { ok: true, scenario: { statements }, lines: places, warnings: found };
}
