/** printf(3) conversions over numbers and byte strings, C locale. Exact: a value halfway between two results goes to the even one, as in glibc. */

export type FormatValue = string | number;
export interface FormatOptions {
  /** How a value becomes a number or a string; default: Number and String. */
  readonly number?: (v: FormatValue) => number;
  readonly string?: (v: FormatValue) => string;
}

/** m · 2^e as a fraction. */
function fraction(x: number): [numerator: bigint, denominator: bigint] {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, x);
  const bits = view.getBigUint64(0);
  const exponent = Number((bits >> 52n) & 0x7ffn);
  const mantissa = (bits & 0xfffffffffffffn) | (exponent === 0 ? 0n : 1n << 52n);
  const e = (exponent === 0 ? 1 : exponent) - 1075;
  return e >= 0 ? [mantissa << BigInt(e), 1n] : [mantissa, 1n << BigInt(-e)];
}
/** n / d, rounded half to even. */
function rounded(n: bigint, d: bigint): bigint {
  const q = n / d;
  const twice = (n % d) * 2n;
  return twice > d || (twice === d && q % 2n === 1n) ? q + 1n : q;
}
/** %f of |x|. */
export function fixed(x: number, digits: number): string {
  const [n, d] = fraction(Math.abs(x));
  const text = rounded(n * 10n ** BigInt(digits), d).toString().padStart(digits + 1, '0');
  return digits === 0 ? text : `${text.slice(0, -digits)}.${text.slice(-digits)}`;
}
/** %e of |x|: digits of the mantissa and the decimal exponent. */
function scientific(x: number, digits: number): { mantissa: string; exponent: number } {
  if (x === 0) return { mantissa: '0'.repeat(digits + 1), exponent: 0 };
  const [n, d] = fraction(Math.abs(x));
  let exponent = Number(/e([+-]\d+)$/.exec(Math.abs(x).toExponential())?.[1]);
  for (;;) {
    const shift = BigInt(digits - exponent);
    const q = shift >= 0n ? rounded(n * 10n ** shift, d) : rounded(n, d * 10n ** -shift);
    const mantissa = q.toString();
    if (mantissa.length === digits + 1) return { mantissa, exponent };
    exponent += mantissa.length > digits + 1 ? 1 : -1;
  }
}
const exponentText = (e: number): string => `e${e < 0 ? '-' : '+'}${String(Math.abs(e)).padStart(2, '0')}`;
const pointed = (mantissa: string): string => (mantissa.length === 1 ? mantissa : `${mantissa[0]}.${mantissa.slice(1)}`);

/** %e, %f, %g of |x|; '#' keeps trailing zeros of %g. */
function float(kind: string, x: number, precision: number, alternate: boolean): string {
  if (kind === 'f') return fixed(x, precision) + (alternate && precision === 0 ? '.' : '');
  if (kind === 'e') {
    const { mantissa, exponent } = scientific(x, precision);
    return pointed(mantissa) + exponentText(exponent);
  }
  const significant = Math.max(precision, 1);
  const { mantissa, exponent } = scientific(x, significant - 1);
  const trim = (s: string): string => (alternate || !s.includes('.') ? s : s.replace(/\.?0+$/, ''));
  if (exponent < -4 || exponent >= significant) return trim(pointed(mantissa)) + exponentText(exponent);
  return trim(fixed(x, significant - 1 - exponent));
}

const SPEC = /%([-+ #0']*)(\*|\d+)?(?:\.(\*|-?\d+)?)?[hlqjzLt]*([a-zA-Z%])|%$|%/g;

/** Formats `values` in order; missing ones are '' and 0. */
export function formatted(format: string, values: readonly FormatValue[], options: FormatOptions = {}): string {
  const number = options.number ?? Number;
  const string = options.string ?? String;
  let i = 0;
  const next = (): FormatValue => values[i++] ?? '';
  return format.replace(SPEC, (whole: string, flags: string | undefined, widthText: string | undefined, precisionText: string | undefined,
    kind: string | undefined) => {
    if (kind === undefined) return whole;
    if (kind === '%') return '%';
    let left = flags?.includes('-') ?? false;
    let width = widthText === '*' ? Math.trunc(number(next())) : Number(widthText ?? 0);
    if (width < 0) {
      left = true;
      width = -width;
    }
    const hasPoint = /\.[*\d-]*[hlqjzLt]*[a-zA-Z]$/.test(whole);
    let precision = !hasPoint ? -1 : precisionText === '*' ? Math.trunc(number(next())) : Number(precisionText ?? 0);
    if (precision < -1) precision = -1;
    const conversion = convert(kind, flags ?? '', precision, next, number, string);
    if (conversion === undefined) return whole;
    const { sign, body, zeros } = conversion;
    const padding = width - sign.length - body.length;
    if (padding <= 0) return sign + body;
    if (left) return sign + body + ' '.repeat(padding);
    if (zeros && flags?.includes('0')) return sign + '0'.repeat(padding) + body;
    return ' '.repeat(padding) + sign + body;
  });
}
interface Conversion {
  sign: string;
  body: string;
  /** The 0 flag applies. */
  zeros: boolean;
}
function convert(kind: string, flags: string, precision: number, next: () => FormatValue, number: (v: FormatValue) => number,
  string: (v: FormatValue) => string): Conversion | undefined {
  const plus = flags.includes('+') ? '+' : flags.includes(' ') ? ' ' : '';
  switch (kind) {
    case 's': {
      const text = string(next());
      return { sign: '', body: precision >= 0 ? text.slice(0, precision) : text, zeros: false };
    }
    case 'c': {
      const v = next();
      return { sign: '', body: typeof v === 'number' ? String.fromCharCode(v & 255) : v[0] ?? '\0', zeros: false };
    }
    case 'd': case 'i': {
      const x = number(next());
      if (!Number.isFinite(x)) return infinite(x, plus);
      const n = BigInt(Math.trunc(x));
      return { sign: n < 0n ? '-' : plus, body: digits((n < 0n ? -n : n).toString(), precision), zeros: precision < 0 };
    }
    case 'o': case 'x': case 'X': case 'u': {
      const x = number(next());
      if (!Number.isFinite(x)) return infinite(x, '');
      const n = BigInt.asUintN(64, BigInt(Math.trunc(x)));
      let body = digits(n.toString({ o: 8, u: 10 }[kind as 'o'] ?? 16), precision);
      if (kind === 'o' && flags.includes('#') && !body.startsWith('0')) body = `0${body}`;
      if (kind === 'X') body = body.toUpperCase();
      return { sign: flags.includes('#') && n !== 0n && 'xX'.includes(kind) ? `0${kind}` : '', body, zeros: precision < 0 };
    }
    case 'e': case 'E': case 'f': case 'F': case 'g': case 'G': {
      const x = number(next());
      if (!Number.isFinite(x)) return infinite(x, plus);
      const body = float(kind.toLowerCase(), x, precision < 0 ? 6 : precision, flags.includes('#'));
      return { sign: x < 0 || Object.is(x, -0) ? '-' : plus, body: kind < 'a' ? body.toUpperCase() : body, zeros: true };
    }
    default: return undefined;
  }
}
const digits = (text: string, precision: number): string => (precision === 0 && text === '0' ? '' : text.padStart(Math.max(precision, 0), '0'));
const infinite = (x: number, plus: string): Conversion => ({ sign: x < 0 ? '-' : plus, body: Number.isNaN(x) ? 'nan' : 'inf', zeros: false });
