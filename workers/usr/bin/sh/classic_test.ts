/** `test` and `[`: decided by the number of arguments first, as POSIX says, then by precedence. */
import type { Sys } from '../../program.ts';
import { compareFiles, compareNumbers, FILE_BINARY, fileTest, isUnary, NUMBER_BINARY } from './filetest.ts';

export class TestError extends Error {}
/** What only a shell knows: -v and -o. */
export interface TestContext {
  readonly sys: Sys;
  variable?(name: string): boolean;
  option?(name: string): boolean;
}
const BINARY: readonly string[] = ['=', '==', '!=', '<', '>', ...FILE_BINARY, ...NUMBER_BINARY];

function integer(text: string): bigint {
  const m = /^[ \t\n]*([+-]?)(\d+)[ \t\n]*$/.exec(text);
  if (!m) throw new TestError(`${text}: integer expression expected`);
  const n = BigInt(m[2] as string);
  return BigInt.asIntN(64, m[1] === '-' ? -n : n);
}
function unary(c: TestContext, op: string, arg: string): boolean {
  if (op === '-n') return arg !== '';
  if (op === '-z') return arg === '';
  if (op === '-v') return c.variable?.(arg) ?? false;
  if (op === '-o') return c.option?.(arg) ?? false;
  if (op === '-t' && !/^\s*[+-]?\d+\s*$/.test(arg)) throw new TestError(`${arg}: integer expression expected`);
  return fileTest(c.sys, op, arg);
}
function binary(c: TestContext, left: string, op: string, right: string): boolean {
  if (op === '=' || op === '==') return left === right;
  if (op === '!=') return left !== right;
  if (op === '<') return left < right;
  if (op === '>') return left > right;
  if (FILE_BINARY.includes(op)) return compareFiles(c.sys, op, left, right);
  return compareNumbers(op, integer(left), integer(right));
}

/** Value of the arguments (without '[' and ']'). Throws TestError. */
export function classicTest(c: TestContext, args: readonly string[]): boolean {
  const [a = '', b = '', d = '', e = ''] = args;
  switch (args.length) {
    case 0:
      return false;
    case 1:
      return a !== '';
    case 2:
      if (a === '!') return b === '';
      if (isUnary(a)) return unary(c, a, b);
      throw new TestError(`${a}: unary operator expected`);
    case 3:
      if (BINARY.includes(b)) return binary(c, a, b, d);
      if (b === '-a') return a !== '' && d !== '';
      if (b === '-o') return a !== '' || d !== '';
      if (a === '!') return !classicTest(c, [b, d]);
      if (a === '(' && d === ')') return b !== '';
      throw new TestError(`${b}: binary operator expected`);
    case 4:
      if (a === '!') return !classicTest(c, [b, d, e]);
      if (a === '(' && e === ')') return classicTest(c, [b, d]);
      break;
    default:
  }
  let i = 0;
  const or = (): boolean => {
    let value = and();
    while (args[i] === '-o') {
      i++;
      const right = and();
      value ||= right;
    }
    return value;
  };
  const and = (): boolean => {
    let value = term();
    while (args[i] === '-a') {
      i++;
      const right = term();
      value &&= right;
    }
    return value;
  };
  const term = (): boolean => {
    const word = args[i];
    if (word === undefined) throw new TestError('argument expected');
    const next = args[i + 1];
    if (next !== undefined && BINARY.includes(next) && args[i + 2] !== undefined) {
      i += 3;
      return binary(c, word, next, args[i - 1] as string);
    }
    if (word === '!') {
      i++;
      return !term();
    }
    if (word === '(') {
      i++;
      const value = or();
      if (args[i] !== ')') throw new TestError("`)' expected");
      i++;
      return value;
    }
    if (isUnary(word) && next !== undefined) {
      i += 2;
      return unary(c, word, next);
    }
    i++;
    return word !== '';
  };
  const value = or();
  if (i < args.length) throw new TestError('too many arguments');
  return value;
}
