/** Sizes as util-linux writes and reads them (lib/strutils.c, facts). */

const LETTERS = 'BKMGTPE';

/** Bytes → '128M', '2.6G': one letter, one decimal rounded half up from truncated thousandths, '.0' left out. */
export function humanSize(bytes: bigint): string {
  let unit = 0;
  while (unit < LETTERS.length - 1 && bytes >= 1n << BigInt(10 * (unit + 1))) unit++;
  const scale = 1n << BigInt(10 * unit);
  let whole = bytes / scale;
  const thousandths = ((bytes % scale) * 1000n) / scale;
  let tenths = (thousandths + 50n) / 100n;
  if (tenths === 10n) {
    whole += 1n;
    tenths = 0n;
  }
  return `${whole}${tenths === 0n ? '' : `.${tenths}`}${LETTERS[unit]}`;
}

const POWERS = 'KMGTPEZY';
/** strtoumax(3) with base 0: decimal, 0x and 0 prefixes. Undefined if the text does not begin with a number. */
function integer(text: string): { value: bigint; length: number } | undefined {
  const m = /^\s*\+?(0[xX][0-9a-fA-F]+|0[0-7]*|[1-9]\d*)/.exec(text);
  if (!m) return undefined;
  const digits = m[1] as string;
  return { value: BigInt(/^0[0-7]+$/.test(digits) ? `0o${digits.slice(1)}` : digits), length: m[0].length };
}

/** '1g', '1.5GiB', '10MB' → bytes (a number without suffix as it stands); undefined if it is none. */
export function parseSize(text: string): bigint | undefined {
  const start = integer(text);
  if (!start) return undefined;
  let rest = text.slice(start.length);
  if (rest === '') return start.value;
  let fraction = '';
  const decimals = /^\.(\d*)(?=[A-Za-z])/.exec(rest);
  if (decimals) {
    fraction = decimals[1] as string;
    rest = rest.slice(decimals[0].length);
  }
  const suffix = /^([kmgtpezyKMGTPEZY])(i[Bb]|[Bb])?$/.exec(rest);
  if (!suffix) return undefined;
  const base = suffix[2] === undefined || suffix[2].startsWith('i') ? 1024n : 1000n;
  const scale = base ** BigInt(POWERS.indexOf((suffix[1] as string).toUpperCase()) + 1);
  let value = start.value * scale;
  // Digit by digit and rounded down each time, as strutils does it.
  for (const [i, digit] of [...fraction].entries()) {
    const parts = 10n ** BigInt(i + 1) / BigInt(digit === '0' ? 1 : digit);
    if (digit !== '0') value += scale / parts;
  }
  return value;
}

/** strtou64 of the whole text in a base (0: by prefix); undefined for anything else and for negative numbers. */
export function parseU64(text: string, base: 10 | 16): bigint | undefined {
  const m = base === 10 ? /^\s*\+?(\d+)$/.exec(text) : /^\s*\+?(?:0[xX])?([0-9a-fA-F]+)$/.exec(text);
  if (!m) return undefined;
  return BigInt(base === 16 ? `0x${m[1]}` : (m[1] as string));
}
