/** The current record: $0 and its fields, split when first asked for and joined when first needed. */
import { compileRegex, type Regex } from '../regex/regex.ts';
import { Input, type Value } from './value.ts';

/** How a separator splits: by blanks, by one character, into characters, or by a regular expression. */
export function splitText(text: string, separator: string | Regex, paragraph = false): string[] {
  if (text === '') return [];
  if (separator === ' ') {
    const trimmed = text.replace(/^[ \t\n]+|[ \t\n]+$/g, '');
    return trimmed === '' ? [] : trimmed.split(/[ \t\n]+/);
  }
  if (separator === '') return [...text];
  if (typeof separator === 'string' && separator.length === 1 && !paragraph && separator !== '\\') return text.split(separator);
  const regex = typeof separator === 'string' ? separatorRegex(separator, paragraph) : separator;
  const out: string[] = [];
  let from = 0;
  for (let at = 0; at <= text.length; ) {
    const span = regex.exec(text, at)?.[0];
    if (!span) break;
    if (span[1] === span[0]) {
      at = span[1] + 1;
      continue;
    }
    out.push(text.slice(from, span[0]));
    from = at = span[1];
  }
  out.push(text.slice(from));
  return out;
}
const cache = new Map<string, Regex>();
function separatorRegex(separator: string, paragraph: boolean): Regex {
  const source = separator === '\\' ? '\\\\' : separator.length === 1 ? separator.replace(/[\\.*[\]^$+?(){}|]/g, '\\$&') : separator;
  const key = `${paragraph}${source}`;
  let regex = cache.get(key);
  if (!regex) {
    regex = compileRegex(paragraph ? `(${source})|\n` : source, { extended: true, awk: true });
    if (cache.size > 50) cache.clear();
    cache.set(key, regex);
  }
  return regex;
}

export class Record {
  #text = '';
  /** From 1; undefined: $0 was not split yet. */
  #fields: Value[] | undefined;
  #stale = false;
  #separator: string = ' ';
  #paragraph = false;
  /** @param join text of a field list with the current OFS */
  readonly #join: (fields: readonly Value[]) => string;
  constructor(join: (fields: readonly Value[]) => string) {
    this.#join = join;
  }
  set(text: string, separator: string, paragraph: boolean): void {
    this.#text = text;
    this.#fields = undefined;
    this.#stale = false;
    this.#separator = separator;
    this.#paragraph = paragraph;
  }
  get #split(): Value[] {
    this.#fields ??= splitText(this.#text, this.#separator, this.#paragraph).map((f) => new Input(f));
    return this.#fields;
  }
  get text(): string {
    if (this.#stale) this.#text = this.#join(this.#fields ?? []);
    this.#stale = false;
    return this.#text;
  }
  field(n: number): Value {
    return n === 0 ? new Input(this.text) : this.#split[n - 1];
  }
  setField(n: number, value: Value): void {
    const fields = this.#split;
    while (fields.length < n) fields.push('');
    fields[n - 1] = value;
    this.#stale = true;
  }
  get count(): number {
    return this.#split.length;
  }
  set count(n: number) {
    const fields = this.#split;
    while (fields.length < n) fields.push('');
    fields.length = n;
    this.#stale = true;
  }
}
