/** Redirections: applied one after the other to the process's descriptors, and undone. */
import { closeFd, get, install, lowestFree, openPipe, type OpenFile, put } from '../../../kernel/file.ts';
import type { Kthread } from '../../../kernel/kthread.ts';
import { makePipe } from '../../../kernel/pipe.ts';
import { ERRNO, strerror } from '../../../uapi/errno.ts';
import type { OpenFlags } from '../../program.ts';
import { type HereDoc, lineAt, partsOfText, type Redirect, type Redirection, type Word } from './ast.ts';
import { addParts, expandString, expandWord, ifsOf } from './expand.ts';
import { Fields, fieldText } from './fields.ts';
import { complain, prefix, type Sh, within } from './shell.ts';
import { assign, getElement, getVar, splitTarget } from './vars.ts';

/** What stood at a descriptor before. */
interface Undo {
  readonly fd: number;
  readonly old: OpenFile | undefined;
}
/** Thrown inside, to be printed: what bash says after its prefix. */
class RedirectError extends Error {}

function set(sh: Sh, fd: number, file: OpenFile | undefined, undo: Undo[]): void {
  const old = sh.process.fds.get(fd);
  undo.push({ fd, old: old && get(old) });
  if (file) install(sh.process.fds, fd, file);
  else closeFd(sh.process.fds, fd);
}
function openAt(sh: Sh, path: string, flags: OpenFlags, fd: number, undo: Undo[]): void {
  if (path === '') throw new RedirectError(': No such file or directory');
  const made = sh.sys.open(path, flags);
  if (made < 0) throw new RedirectError(`${path}: ${strerror(made)}`);
  const file = sh.process.fds.get(made) as OpenFile;
  get(file);
  closeFd(sh.process.fds, made);
  set(sh, fd, file, undo);
  put(file);
}
const READ: OpenFlags = { read: true };
const WRITE: OpenFlags = { write: true, create: true, truncate: true };
const APPEND: OpenFlags = { write: true, create: true, append: true };
const BOTH: OpenFlags = { read: true, write: true, create: true };

/** The one name a redirection goes to. */
function* target(sh: Sh, word: Word | undefined): Kthread<string> {
  if (!word) throw new RedirectError("syntax error near unexpected token `newline'");
  const words = yield* expandWord(sh, word);
  if (words.length !== 1) throw new RedirectError(`${word.text}: ambiguous redirect`);
  return words[0] as string;
}
/** The descriptor named, by number or in a variable ({fd}>…: a new one from 10 on, kept in the variable). */
function number(sh: Sh, r: Redirection, otherwise: number, closing: boolean): number {
  const { descriptor } = r;
  if (descriptor === undefined) return otherwise;
  if (descriptor.type === 'FileDescriptor') return descriptor.value;
  const { name, subscript } = splitTarget(descriptor.name) ?? { name: descriptor.name, subscript: undefined };
  if (closing) return Number((subscript === undefined ? getVar(sh, name) : getElement(sh, name, subscript)) ?? -1);
  const fd = lowestFree(sh.process.fds, 10);
  assign(sh, name, String(fd), subscript);
  return fd;
}
function* hereText(sh: Sh, doc: HereDoc): Kthread<string> {
  const text = yield* hereBody(sh, doc);
  if (doc.closing !== undefined || !doc.delimiter) return text;
  // The text ended first: a warning, and the last line ends.
  const line = lineAt(sh.source, doc.pos);
  const end = sh.source.line + sh.source.text.replace(/\n$/, '').split('\n').length - 1;
  yield* sh.sys.write(2, `${prefix(sh).replace(/line \d+/, `line ${end}`)}warning: here-document at line ${line} delimited by end-of-file (wanted \`${doc.delimiter.value}')\n`);
  return text === '' || text.endsWith('\n') ? text : `${text}\n`;
}
function* hereBody(sh: Sh, doc: HereDoc): Kthread<string> {
  const { body } = doc;
  if (doc.operator === '<<-') {
    const text = body.text.replace(/^\t+/gm, '');
    if (doc.delimiter?.quoted || !/[$`\\]/.test(text)) return text;
    const { source, parts } = partsOfText(text);
    const fields = new Fields(ifsOf(sh), false);
    yield* within(sh, source, addParts(sh, parts, fields, { quoted: true }));
    return fields.finish().map(fieldText).join('');
  }
  if (body.parts === undefined || doc.delimiter?.quoted) return body.text;
  const fields = new Fields(ifsOf(sh), false);
  yield* addParts(sh, body.parts, fields, { quoted: true });
  return fields.finish().map(fieldText).join('');
}
function feed(sh: Sh, fd: number, text: string, undo: Undo[]): void {
  const pipe = makePipe(Number.MAX_SAFE_INTEGER);
  pipe.data = text;
  pipe.hadWriter = true;
  set(sh, fd, openPipe(pipe, true, false), undo);
}
function* duplicate(sh: Sh, r: Redirect, undo: Undo[]): Kthread<void> {
  const input = r.operator === '<&';
  const word = yield* target(sh, r.target);
  const closing = word === '-';
  const fd = number(sh, r, input ? 0 : 1, closing);
  if (closing) {
    set(sh, fd, undefined, undo);
    return;
  }
  const [, digits, move] = /^(\d+)(-?)$/.exec(word) ?? [];
  if (digits === undefined) {
    if (input || r.descriptor !== undefined) throw new RedirectError(`${r.target?.text}: ambiguous redirect`);
    openAt(sh, word, WRITE, 1, undo);
    set(sh, 2, sh.process.fds.get(1), undo);
    return;
  }
  const from = Number(digits);
  const file = sh.process.fds.get(from);
  if (!file) throw new RedirectError(`${r.target?.text === word ? word : r.target?.text}: ${strerror(ERRNO.EBADF)}`);
  if (from !== fd) set(sh, fd, file, undo);
  if (move && from !== fd) set(sh, from, undefined, undo);
}
function* one(sh: Sh, r: Redirection, undo: Undo[]): Kthread<void> {
  if (r.type === 'HereDoc') {
    feed(sh, number(sh, r, 0, false), yield* hereText(sh, r), undo);
    return;
  }
  if (r.type === 'HereString') {
    feed(sh, number(sh, r, 0, false), `${r.target ? yield* expandString(sh, r.target) : ''}\n`, undo);
    return;
  }
  switch (r.operator) {
    case '<&':
    case '>&':
      yield* duplicate(sh, r, undo);
      return;
    case '&>':
    case '&>>':
      openAt(sh, yield* target(sh, r.target), r.operator === '&>' ? WRITE : APPEND, 1, undo);
      set(sh, 2, sh.process.fds.get(1), undo);
      return;
    default: {
      const path = yield* target(sh, r.target);
      const fd = number(sh, r, r.operator.startsWith('<') ? 0 : 1, false);
      if (r.operator === '>' && sh.state.options.has('noclobber')) {
        const stat = sh.sys.stat(path);
        if (typeof stat !== 'number' && stat.kind === 'file' && !stat.special) throw new RedirectError(`${path}: cannot overwrite existing file`);
      }
      openAt(sh, path, r.operator === '<' ? READ : r.operator === '<>' ? BOTH : r.operator === '>>' ? APPEND : WRITE, fd, undo);
    }
  }
}

/** Applies redirections. What to give to `undoAll`, or undefined after an error was printed (and everything undone). */
export function* redirect(sh: Sh, redirections: readonly Redirection[]): Kthread<Undo[] | undefined> {
  const undo: Undo[] = [];
  try {
    for (const r of redirections) yield* one(sh, r, undo);
  } catch (e) {
    // It is said where stderr leads by then: what stands before on the line has taken effect.
    if (e instanceof RedirectError) yield* complain(sh, e.message);
    undoAll(sh, undo);
    if (!(e instanceof RedirectError)) throw e;
    return undefined;
  }
  return undo;
}
export function undoAll(sh: Sh, undo: readonly Undo[]): void {
  for (const { fd, old } of [...undo].reverse()) {
    if (old) {
      install(sh.process.fds, fd, old);
      put(old);
    } else closeFd(sh.process.fds, fd);
  }
}
/** `exec 3>file`: what was applied stays. */
export function keepAll(undo: readonly Undo[]): void {
  for (const { old } of undo) if (old) put(old);
}
