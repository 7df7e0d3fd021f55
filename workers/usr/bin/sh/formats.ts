/** echo and printf, for the builtins and the programs: text from arguments, nothing of a shell. */
import { formatted } from '../text/printf.ts';
import { backslashQuote, decodeEscapes } from './quote.ts';

/** What echo writes: options -n, -e, -E as bash takes them. */
export function echoText(args: readonly string[]): string {
  let newline = true;
  let escapes = false;
  let i = 0;
  for (; i < args.length && /^-[neE]+$/.test(args[i] as string); i++) {
    for (const c of (args[i] as string).slice(1)) {
      if (c === 'n') newline = false;
      else escapes = c === 'e';
    }
  }
  const text = args.slice(i).join(' ');
  if (!escapes) return text + (newline ? '\n' : '');
  const { text: out, stop } = decodeEscapes(text, 'echo');
  return out + (newline && !stop ? '\n' : '');
}
/** Columns a conversion may take: more is nobody's wish and everybody's memory. */
const MAX_WIDTH = 2 ** 20;

/** Text of a printf call and what it had to complain about, in order. */
export interface Printed {
  readonly text: string;
  readonly complaints: readonly string[];
  readonly status: number;
}
const SPEC = /%([-+ #0']*)(\*|\d+)?(?:\.(\*|-?\d+)?)?([hlqjzLt]*)([diouxXeEfFgGaAcsbq%]|\([^)]*\)T)/y;

/** printf(1) with a format and arguments, as bash does it: the format is used again while arguments are left. */
export function printfText(format: string, args: readonly string[], date: (format: string, seconds: number | undefined) => string): Printed {
  const complaints: string[] = [];
  let status = 0;
  let next = 0;
  let text = '';
  const number = (arg: string | undefined): bigint => {
    if (arg === undefined || arg === '') {
      if (arg === '') return 0n;
      return 0n;
    }
    if (/^["']/.test(arg)) return BigInt(arg.charCodeAt(1) || 0);
    const m = /^[ \t\n]*([+-]?)(0[xX][0-9a-fA-F]+|0[0-7]*|[1-9][0-9]*)/.exec(arg);
    if (!m || m[0].length !== arg.length) {
      complaints.push(`${arg}: invalid number`);
      status = 1;
    }
    if (!m) return 0n;
    const digits = m[2] as string;
    const n = /^0[0-7]+$/.test(digits) ? BigInt(`0o${digits.slice(1)}`) : BigInt(digits);
    return m[1] === '-' ? -n : n;
  };
  const once = (): boolean => {
    for (let i = 0; i < format.length; ) {
      const c = format.charAt(i);
      if (c === '\\') {
        // One escape at a time, so that '%' from an escape stays plain.
        const m = /^\\(?:[0-7]{1,3}|x[0-9a-fA-F]{1,2}|u[0-9a-fA-F]{1,4}|U[0-9a-fA-F]{1,8}|[\s\S]|$)/.exec(format.slice(i)) as RegExpExecArray;
        if (m[0] === '\\c') return false;
        text += decodeEscapes(m[0], 'printf').text;
        i += m[0].length;
        continue;
      }
      if (c !== '%') {
        text += c;
        i++;
        continue;
      }
      SPEC.lastIndex = i;
      const m = SPEC.exec(format);
      if (!m) {
        const bad = /^%[-+ #0']*\d*(?:\.\d*)?[hlqjzLt]*(.?)/.exec(format.slice(i));
        complaints.push(bad?.[1] ? `\`${bad[1]}': invalid format character` : `\`${format.slice(i)}': missing format character`);
        status = 1;
        return false;
      }
      i = SPEC.lastIndex;
      if (!convert(m)) return false;
    }
    return true;
  };
  const convert = (m: RegExpExecArray): boolean => {
    const [, flags = '', widthText, precisionText, , kind = ''] = m;
    if (kind === '%') {
      text += '%';
      return true;
    }
    const hasPrecision = /\./.test(m[0].slice(0, -kind.length));
    let width = widthText === '*' ? Number(number(args[next++])) : Number(widthText ?? 0);
    let left = flags.includes('-');
    if (width < 0) {
      left = true;
      width = -width;
    }
    width = Math.min(width, MAX_WIDTH);
    let precision = !hasPrecision ? -1 : precisionText === '*' ? Number(number(args[next++])) : Number(precisionText ?? 0);
    if (precision < 0) precision = -1;
    const put = (sign: string, body: string, zeros: boolean): void => {
      const pad = Math.max(0, width - sign.length - body.length);
      text += left ? sign + body + ' '.repeat(pad) : zeros && flags.includes('0') ? sign + '0'.repeat(pad) + body : ' '.repeat(pad) + sign + body;
    };
    const arg = args[next];
    switch (kind) {
      case 's': {
        next++;
        put('', precision >= 0 ? (arg ?? '').slice(0, precision) : (arg ?? ''), false);
        return true;
      }
      case 'c':
        next++;
        put('', (arg ?? '').charAt(0), false);
        return true;
      case 'b': {
        next++;
        const { text: out, stop } = decodeEscapes(arg ?? '', 'b');
        put('', precision >= 0 ? out.slice(0, precision) : out, false);
        return !stop;
      }
      case 'q':
        next++;
        put('', backslashQuote(arg ?? ''), false);
        return true;
      case 'd':
      case 'i':
      case 'o':
      case 'u':
      case 'x':
      case 'X': {
        next++;
        const value = number(arg);
        const signed = kind === 'd' || kind === 'i';
        if (value > 2n ** (signed ? 63n : 64n) - 1n || value < -(2n ** 63n)) {
          complaints.push(`warning: ${arg}: Numerical result out of range`);
        }
        const limited = signed ? (value > 2n ** 63n - 1n ? 2n ** 63n - 1n : value < -(2n ** 63n) ? -(2n ** 63n) : value) : BigInt.asUintN(64, value);
        const magnitude = limited < 0n ? -limited : limited;
        let body = magnitude.toString(kind === 'o' ? 8 : kind === 'x' || kind === 'X' ? 16 : 10);
        if (kind === 'X') body = body.toUpperCase();
        if (precision === 0 && magnitude === 0n) body = '';
        body = body.padStart(precision, '0');
        const sign = signed
          ? limited < 0n
            ? '-'
            : flags.includes('+')
              ? '+'
              : flags.includes(' ')
                ? ' '
                : ''
          : flags.includes('#') && magnitude !== 0n
            ? { o: '0', x: '0x', X: '0X', u: '' }[kind]
            : '';
        put(sign, body, precision < 0);
        return true;
      }
      case 'e':
      case 'E':
      case 'f':
      case 'F':
      case 'g':
      case 'G':
      case 'a':
      case 'A': {
        next++;
        const value = /^["']/.test(arg ?? '') ? (arg as string).charCodeAt(1) || 0 : Number(arg === undefined || arg === '' ? 0 : arg);
        if (Number.isNaN(value) && !/^[+-]?nan$/i.test(arg ?? '')) {
          complaints.push(`${arg}: invalid number`);
          status = 1;
        }
        text += formatted(`%${flags}${width || ''}${precision < 0 ? '' : `.${precision}`}${kind}`, [
          Number.isNaN(value) ? Number.parseFloat(arg ?? '') || 0 : value,
        ]);
        return true;
      }
      default: {
        next++;
        const seconds = arg === undefined || arg === '' || arg === '-1' || arg === '-2' ? undefined : Number(number(arg));
        put('', date(kind.slice(1, -2) || '%X', seconds), false);
        return true;
      }
    }
  };
  do {
    const before = next;
    if (!once()) break;
    if (next === before) break;
  } while (next < args.length);
  return { text, complaints, status };
}
