/** Runs an event through rules, line by line, token by token, as systemd 252 does: the first token that does not match ends its line. */
import type { Kthread } from '../../../kernel/kthread.ts';
import { strerror } from '../../../uapi/errno.ts';
import { readFile } from '../../program.ts';
import { fnmatch } from '../text/fnmatch.ts';
import { setAttribute, parentsOf, subsystemOf, sysnameOf } from './device.ts';
import { attributeOf, substituted, type UdevEvent } from './event.ts';
import type { RuleFile, RuleLine, Token } from './rules.ts';

const SYS = '/sys';
/** Patterns with `|` between them: one has to fit. */
const fits = (pattern: string, text: string): boolean => pattern.split('|').some((one) => fnmatch(one, text));
/** An attribute's white space at its end counts only if the pattern has some. */
const fitsAttribute = (pattern: string, text: string): boolean => fits(pattern, /\s$/.test(pattern) ? text : text.trimEnd());

const PARENT_KEYS = ['KERNELS', 'SUBSYSTEMS', 'DRIVERS', 'ATTRS', 'TAGS'];

/** One of the keys that look at the device or at a parent, against one device. */
function* matchesAt(event: UdevEvent, devpath: string, { key, attr, value }: Token): Kthread<boolean> {
  if (key === 'KERNELS') return fits(value, sysnameOf(devpath));
  if (key === 'SUBSYSTEMS') return fits(value, subsystemOf(event.sys, devpath));
  // Memory devices have no driver, and tags are the event's own.
  if (key === 'DRIVERS') return fits(value, '');
  if (key === 'TAGS') return [...event.tags].some((tag) => fits(value, tag));
  const text = yield* attributeOf(event, devpath, attr);
  return text !== undefined && fitsAttribute(value, text);
}
/** All such keys of a line have to fit the same device. */
function* someParent(event: UdevEvent, tokens: readonly Token[]): Kthread<boolean> {
  for (const devpath of [event.devpath, ...parentsOf(event.sys, event.devpath).map((d) => d.devpath)]) {
    let all = true;
    for (const token of tokens) if ((yield* matchesAt(event, devpath, token)) !== (token.op === '==')) all = false;
    if (all) return true;
  }
  return false;
}

/** KEY=VALUE lines, as programs and files give them to IMPORT. */
function importLines(event: UdevEvent, text: string): void {
  for (const line of text.split('\n')) {
    const m = /^\s*([^#=\s][^=]*?)\s*=\s*(.*?)\s*$/.exec(line);
    if (m) event.properties.set(m[1] as string, (m[2] as string).replace(/^(["'])(.*)\1$/, '$2'));
  }
}
function* importFrom(event: UdevEvent, attr: string, value: string): Kthread<boolean> {
  const text = yield* substituted(event, value);
  if (attr === 'program') {
    const { output, status } = yield* event.spawn(text);
    if (status === 0) importLines(event, output);
    return status === 0;
  }
  if (attr === 'file') {
    const contents = yield* readFile(event.sys, text);
    if (typeof contents === 'string') importLines(event, contents);
    return typeof contents === 'string';
  }
  if (attr === 'cmdline') {
    const cmdline = yield* readFile(event.sys, '/proc/cmdline');
    const word = typeof cmdline === 'string' ? cmdline.trim().split(/\s+/).find((w) => w === text || w.startsWith(`${text}=`)) : undefined;
    if (word !== undefined) event.properties.set(text, word.includes('=') ? word.slice(word.indexOf('=') + 1) : '1');
    return word !== undefined;
  }
  // Nothing is kept of earlier events, parents have no properties of their own, and no builtin speaks of memory.
  return false;
}

function* matches(event: UdevEvent, token: Token): Kthread<boolean> {
  const { key, attr, value } = token;
  const p = event.properties;
  switch (key) {
    case 'ACTION': case 'DEVPATH': case 'SUBSYSTEM': return fits(value, p.get(key) ?? '');
    case 'KERNEL': return fits(value, sysnameOf(event.devpath));
    case 'DRIVER': return fits(value, '');
    case 'NAME': return fits(value, event.name);
    case 'SYMLINK': return false;
    case 'TAG': return [...event.tags].some((tag) => fits(value, tag));
    case 'ENV': return fits(value, p.get(attr) ?? '');
    case 'RESULT': return event.result !== undefined && fits(value, event.result);
    case 'ATTR': {
      const text = yield* attributeOf(event, event.devpath, yield* substituted(event, attr));
      return text !== undefined && fitsAttribute(value, text);
    }
    case 'SYSCTL': {
      const text = yield* readFile(event.sys, `/proc/sys/${attr.replaceAll('.', '/')}`);
      return typeof text === 'string' && fits(value, text.trimEnd());
    }
    case 'CONST': {
      const { output } = yield* event.spawn(attr === 'virt' ? '/usr/bin/systemd-detect-virt' : '/bin/uname -m');
      return (attr === 'virt' || attr === 'arch') && fits(value, attr === 'arch' ? output.replace('_', '-') : output);
    }
    case 'TEST': {
      const path = yield* substituted(event, value);
      const stat = event.sys.stat(path.startsWith('/') ? path : `${SYS}${event.devpath}/${path}`);
      return typeof stat !== 'number' && (attr === '' || (stat.mode & Number.parseInt(attr, 8)) !== 0);
    }
    case 'PROGRAM': {
      event.result = undefined;
      const { output, status } = yield* event.spawn(yield* substituted(event, value));
      if (status === 0) event.result = output;
      return status === 0;
    }
    case 'IMPORT': return yield* importFrom(event, attr, value);
    default: return true;
  }
}

function* assign(event: UdevEvent, line: RuleLine, { key, attr, op, value }: Token): Kthread<void> {
  const at = `${line.file}:${line.line}`;
  const text = key === 'RUN' ? value : yield* substituted(event, value);
  switch (key) {
    case 'ENV': {
      const old = event.properties.get(attr);
      if (op === '+=' && old !== undefined && old !== '') event.properties.set(attr, `${old} ${text}`);
      else if (text === '' && op !== '+=') event.properties.delete(attr);
      else event.properties.set(attr, text);
      return;
    }
    case 'TAG':
      if (op === '=' || op === ':=') event.tags.clear();
      if (op === '-=') event.tags.delete(text);
      else event.tags.add(text);
      return;
    case 'NAME': event.name = text; return;
    case 'RUN':
      if (event.runFinal) return;
      if (op !== '+=') event.run = [];
      event.runFinal = op === ':=';
      event.run.push({ kind: attr === 'builtin' ? 'builtin' : 'program', command: value });
      return;
    case 'ATTR': case 'SYSCTL': {
      const path = key === 'SYSCTL' ? `/proc/sys/${attr.replaceAll('.', '/')}` : `${SYS}${event.devpath}/${yield* substituted(event, attr)}`;
      if (event.dry) return;
      const ret = yield* setAttribute(event.sys, path, text);
      if (ret < 0) event.say(`${sysnameOf(event.devpath)}: ${at} Failed to write ${key}{${path}}="${text}", ignoring: ${strerror(ret)}`);
      return;
    }
    // Devices without a node have no owner, mode or links.
    default:
  }
}

function* applyLine(event: UdevEvent, line: RuleLine): Kthread<boolean> {
  const parents = line.tokens.filter(({ key }) => PARENT_KEYS.includes(key));
  let looked = parents.length === 0;
  for (const token of line.tokens) {
    if (PARENT_KEYS.includes(token.key)) {
      if (!looked && !(yield* someParent(event, parents))) return false;
      looked = true;
    } else if (token.op === '==' || token.op === '!=') {
      if ((yield* matches(event, token)) !== (token.op === '==')) return false;
    } else yield* assign(event, line, token);
  }
  return true;
}

/** All files in their order. */
export function* applyRules(event: UdevEvent, files: readonly RuleFile[]): Kthread<void> {
  for (const { lines } of files) {
    for (let i = 0; i < lines.length; ) {
      const line = lines[i] as RuleLine;
      const went = (yield* applyLine(event, line)) && line.goto !== undefined;
      i = went ? (line.goto as number) : i + 1;
      yield;
    }
  }
}
