/** Words on their way to fields: pieces of text that remember whether they were quoted, cut at IFS where they may be. */
import { escapeGlob } from './glob.ts';
import { ExpansionError } from './shell.ts';

/** Bytes one word may come to. */
const MAX_SIZE = 2 ** 26;

interface Piece {
  readonly text: string;
  /** Quoted: no pattern, no splitting. */
  readonly quoted: boolean;
}
export type Field = readonly Piece[];

export class Fields {
  readonly #ifs: string;
  /** False: one field, whatever it holds (assignments, patterns, redirections of here-documents). */
  readonly splitting: boolean;
  readonly done: Field[] = [];
  #current: Piece[] | undefined;
  #size = 0;
  /** IFS white space ended the last field: one other delimiter after it belongs to the same gap. */
  #afterSpace = false;
  /** Something was added since the last `mark`. */
  touched = false;

  constructor(ifs: string, splitting: boolean) {
    this.#ifs = ifs;
    this.splitting = splitting;
  }
  get ifs(): string {
    return this.#ifs;
  }
  #push(text: string, quoted: boolean): void {
    this.#size += text.length;
    if (this.#size > MAX_SIZE) throw new ExpansionError('xrealloc: cannot allocate memory', true, 2);
    this.#current ??= [];
    this.#current.push({ text, quoted });
  }
  quoted(text: string): void {
    this.touched = true;
    this.#push(text, true);
  }
  /** Unquoted text of the script itself: may be a pattern, is not split. */
  plain(text: string): void {
    this.touched = true;
    this.#push(text, false);
  }
  /** Result of an unquoted expansion. */
  expanded(text: string): void {
    if (text === '') return;
    this.touched = true;
    if (!this.splitting || this.#ifs === '') {
      this.#push(text, false);
      return;
    }
    let from = 0;
    const take = (to: number): void => {
      if (to > from) this.#push(text.slice(from, to), false);
    };
    for (let i = 0; i < text.length; i++) {
      const c = text.charAt(i);
      if (!this.#ifs.includes(c)) {
        this.#afterSpace = false;
        continue;
      }
      take(i);
      from = i + 1;
      const space = c === ' ' || c === '\t' || c === '\n';
      if (this.#current) {
        this.cut();
        this.#afterSpace = space;
      } else if (!space) {
        if (this.#afterSpace) this.#afterSpace = false;
        else this.done.push([]);
      }
    }
    take(text.length);
  }
  /** Ends the field under way. */
  cut(): void {
    if (this.#current) this.done.push(this.#current);
    this.#current = undefined;
  }
  finish(): Field[] {
    this.cut();
    return this.done;
  }
}

export const fieldText = (field: Field): string => field.map((p) => p.text).join('');
export const fieldPattern = (field: Field): string => field.map((p) => (p.quoted ? escapeGlob(p.text) : p.text)).join('');
/** As a regular expression: quoted pieces stand for themselves. */
export const fieldRegex = (field: Field): string => field.map((p) => (p.quoted ? p.text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&') : p.text)).join('');
