/** Mirrors: lib/cmdline.c, kernel/params.c (6.1): the kernel command line as parameters. Left out: dashes standing for underscores only inside module names is not told apart. */

export interface Parameter {
  readonly name: string;
  /** Text behind '=', undefined for a bare word. */
  readonly value: string | undefined;
}

/** Splits at blanks outside double quotes; a `--` ends the kernel's part. Dashes in names count as underscores, as parameq() has it. */
export function parseCmdline(cmdline: string): Parameter[] {
  const out: Parameter[] = [];
  for (const word of cmdline.match(/(?:"[^"]*"|[^\s"])+/g) ?? []) {
    if (word === '--') break;
    const text = word.replaceAll('"', '');
    const at = text.indexOf('=');
    out.push({ name: (at < 0 ? text : text.slice(0, at)).replaceAll('-', '_'), value: at < 0 ? undefined : text.slice(at + 1) });
  }
  return out;
}
/** Value of the last parameter of that name; undefined if absent or without a value. */
export const lastValue = (parameters: readonly Parameter[], name: string): string | undefined => parameters.findLast((p) => p.name === name)?.value;
export const hasFlag = (parameters: readonly Parameter[], name: string): boolean => parameters.some((p) => p.name === name);

const SUFFIX = 'kmgtpe';
/** memparse(): a number in C notation with one optional suffix K M G T P E. `rest` is what follows; no digits: value 0 and rest = text. */
export function memparse(text: string): { value: number; rest: string } {
  const match = /^(0[xX][0-9a-fA-F]+|[0-9]+)([kmgtpeKMGTPE]?)/.exec(text);
  if (!match) return { value: 0, rest: text };
  const digits = match[1] as string;
  const base = /^0[xX]/.test(digits) ? Number.parseInt(digits, 16) : digits.length > 1 && digits.startsWith('0') ? Number.parseInt(digits, 8) || 0 : Number(digits);
  const suffix = (match[2] as string).toLowerCase();
  return { value: suffix === '' ? base : base * 1024 ** (SUFFIX.indexOf(suffix) + 1), rest: text.slice(match[0].length) };
}
