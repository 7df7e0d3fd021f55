/** bc's numbers: decimal fractions of any length. `n` / 10^scale. */
export interface Num {
  readonly n: bigint;
  readonly scale: number;
}
export class BcError extends Error {}

const pow10 = (k: number): bigint => 10n ** BigInt(k);
export const whole = (n: bigint | number): Num => ({ n: BigInt(n), scale: 0 });
export const isZero = (a: Num): boolean => a.n === 0n;
/** The same value with more digits, or with digits cut off. */
export const rescale = (a: Num, scale: number): Num =>
  scale >= a.scale ? { n: a.n * pow10(scale - a.scale), scale } : { n: a.n / pow10(a.scale - scale), scale };
const aligned = (a: Num, b: Num): [bigint, bigint, number] => {
  const scale = Math.max(a.scale, b.scale);
  return [rescale(a, scale).n, rescale(b, scale).n, scale];
};
export function compare(a: Num, b: Num): number {
  const [x, y] = aligned(a, b);
  return x < y ? -1 : x > y ? 1 : 0;
}
export function add(a: Num, b: Num, sign: 1n | -1n = 1n): Num {
  const [x, y, scale] = aligned(a, b);
  return { n: x + sign * y, scale };
}
export const multiply = (a: Num, b: Num, scale: number): Num =>
  rescale({ n: a.n * b.n, scale: a.scale + b.scale }, Math.min(a.scale + b.scale, Math.max(scale, a.scale, b.scale)));
export function divide(a: Num, b: Num, scale: number): Num {
  if (isZero(b)) throw new BcError('Divide by zero');
  return { n: (a.n * pow10(scale + b.scale)) / (b.n * pow10(a.scale)), scale };
}
export function modulo(a: Num, b: Num, scale: number): Num {
  if (isZero(b)) throw new BcError('Modulo by zero');
  const digits = Math.max(a.scale, scale + b.scale);
  const quotient = divide(a, b, scale);
  return rescale(add(a, { n: quotient.n * b.n, scale: quotient.scale + b.scale }, -1n), digits);
}
export function power(a: Num, b: Num, scale: number): Num {
  const exponent = b.n / pow10(b.scale);
  const times = exponent < 0n ? -exponent : exponent;
  if (times > 100_000n) throw new BcError('exponent too large in raise');
  const raised: Num = { n: a.n ** times, scale: a.scale * Number(times) };
  if (exponent < 0n) return divide(whole(1), raised, scale);
  return rescale(raised, Math.min(raised.scale, Math.max(scale, a.scale)));
}
/** Square root, cut off at max(scale, own scale) digits. */
export function squareRoot(a: Num, scale: number): Num {
  if (a.n < 0n) throw new BcError('Square root of a negative number');
  const digits = Math.max(scale, a.scale);
  const target = rescale(a, 2 * digits).n;
  if (target === 0n) return { n: 0n, scale: digits };
  let x = 1n << BigInt((target.toString(2).length + 1) >> 1);
  for (;;) {
    const next = (x + target / x) >> 1n;
    if (next >= x) return { n: x, scale: digits };
    x = next;
  }
}
/** Significant digits, as length() counts them. */
export const lengthOf = (a: Num): number => Math.max((a.n < 0n ? -a.n : a.n).toString().length, a.scale, 1);

const DIGITS = '0123456789ABCDEF';
/** A number as it was written, in base `ibase`; digits that the base lacks count as its highest. */
export function parseNumber(text: string, ibase: number): Num {
  const [integer = '', fraction = ''] = text.split('.');
  if (ibase === 10 && !/[A-F]/.test(text)) return { n: BigInt(integer + fraction || '0'), scale: fraction.length };
  const digit = (c: string): bigint => BigInt(text.length === 1 ? DIGITS.indexOf(c) : Math.min(DIGITS.indexOf(c), ibase - 1));
  let n = 0n;
  for (const c of integer + fraction) n = n * BigInt(ibase) + digit(c);
  return fraction === '' ? whole(n) : divide(whole(n), whole(BigInt(ibase) ** BigInt(fraction.length)), fraction.length);
}
/** A number as it is printed in base `obase`, without line breaks. */
export function formatNumber(a: Num, obase: number): string {
  const sign = a.n < 0n ? '-' : '';
  const unsigned = a.n < 0n ? -a.n : a.n;
  if (obase === 10) {
    const digits = unsigned.toString().padStart(a.scale + 1, '0');
    const integer = digits.slice(0, digits.length - a.scale).replace(/^0+/, '');
    const fraction = digits.slice(digits.length - a.scale);
    return a.scale === 0 ? sign + (integer || '0') : unsigned === 0n ? '0' : `${sign}${integer}.${fraction}`;
  }
  const base = BigInt(obase);
  const width = (obase - 1).toString().length;
  const shown = (d: bigint): string => (obase <= 16 ? (DIGITS[Number(d)] as string) : ` ${d.toString().padStart(width, '0')}`);
  let integer = unsigned / pow10(a.scale);
  let fraction = unsigned % pow10(a.scale);
  let text = integer === 0n && a.scale === 0 ? shown(0n) : '';
  for (; integer > 0n; integer /= base) text = shown(integer % base) + text;
  if (a.scale === 0) return sign + text;
  text += '.';
  // As many digits as hold the decimal ones.
  for (let reach = 1n; reach < pow10(a.scale); reach *= base) {
    fraction *= base;
    text += shown(fraction / pow10(a.scale));
    fraction %= pow10(a.scale);
  }
  return sign + text;
}
