/** Where an awk program's records come from: the files among its arguments, cut by RS. */
import type { Kthread } from '../../../../kernel/kthread.ts';
import { strerror } from '../../../../uapi/errno.ts';
import { Lines, type Tool } from '../io.ts';
import { dynamicRegex } from './functions.ts';
import type { Scope } from './scope.ts';
import { Input, num, str } from './value.ts';

/** One record by RS: a newline, one character, empty lines, or a regular expression. Undefined at the end. */
export function* readRecord(reader: Lines, rs: string): Kthread<string | undefined> {
  if (rs === '\n') return yield* reader.next();
  const regex = rs === '' ? dynamicRegex('\n\n+') : rs.length > 1 ? dynamicRegex(rs) : undefined;
  for (let complete = false; ; complete = !(yield* reader.more())) {
    while (rs === '' && /^\n/.test(reader.rest)) reader.take(1);
    const { rest } = reader;
    const at = regex ? -1 : rest.indexOf(rs);
    const span = regex ? regex.exec(rest)?.[0] : at >= 0 ? ([at, at + 1] as const) : undefined;
    // A match that reaches the end of what was read may go on.
    if (span && span[1] > span[0] && (complete || !regex || span[1] < rest.length)) {
      reader.take(span[1]);
      return rest.slice(0, span[0]);
    }
    if (!complete) continue;
    if (rest === '') return undefined;
    reader.take(rest.length);
    return regex ? rest.replace(/\n$/, '') : rest;
  }
}

export class MainInput {
  readonly #tool: Tool;
  readonly #scope: Scope;
  #reader: Lines | undefined;
  #argument = 1;
  #sawFile = false;
  constructor(tool: Tool, scope: Scope) {
    this.#tool = tool;
    this.#scope = scope;
  }
  /** nextfile, or the end of one. */
  closeFile(): void {
    if (this.#reader) this.#tool.close(this.#reader.fd);
    this.#reader = undefined;
  }
  /** The next record; NR and FNR count it. Undefined at the end of the last file. */
  *next(): Kthread<string | undefined> {
    const scope = this.#scope;
    for (;;) {
      if (!this.#reader && !(yield* this.#openNext())) return undefined;
      const reader = this.#reader as Lines;
      const text = yield* readRecord(reader, scope.text('RS'));
      if (text !== undefined) {
        scope.set('NR', num(scope.get('NR')) + 1);
        scope.set('FNR', num(scope.get('FNR')) + 1);
        return text;
      }
      if (reader.error < 0) yield* this.#tool.warn(`${scope.text('FILENAME')}: ${strerror(reader.error)}`, 2);
      this.closeFile();
    }
  }
  /** Opens the next file among ARGV, taking assignments on the way; stdin where there is none. */
  *#openNext(): Kthread<boolean> {
    const argv = this.#scope.array('ARGV');
    while (this.#argument < num(this.#scope.get('ARGC'))) {
      const arg = str(argv.get(String(this.#argument++)));
      if (arg === '') continue;
      const assignment = /^([A-Za-z_]\w*)=([\s\S]*)$/.exec(arg);
      if (assignment) {
        this.#scope.set(assignment[1] as string, new Input(assignment[2] as string));
        continue;
      }
      this.#sawFile = true;
      const fd = arg === '-' ? 0 : this.#tool.sys.open(arg, { read: true });
      if (fd < 0) {
        yield* this.#tool.warn(`${arg}: ${strerror(fd)}`, 2);
        continue;
      }
      this.#begin(fd, arg);
      return true;
    }
    if (this.#sawFile) return false;
    this.#sawFile = true;
    this.#begin(0, '-');
    return true;
  }
  #begin(fd: number, name: string): void {
    this.#reader = new Lines(this.#tool.sys, fd);
    this.#scope.set('FILENAME', name);
    this.#scope.set('FNR', 0);
  }
}
