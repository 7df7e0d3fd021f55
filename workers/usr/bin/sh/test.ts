/** [[ … ]]: patterns, regular expressions, arithmetic; words are not split. */
import type { Kthread } from '../../../kernel/kthread.ts';
import { compileRegex, RegexError } from '../text/regex/regex.ts';
import { ArithError } from './arith.ts';
import type { TestExpression } from './ast.ts';
import { expandPattern, expandRegex, expandString } from './expand.ts';
import { compareFiles, compareNumbers, FILE_BINARY, fileTest, NUMBER_BINARY } from './filetest.ts';
import { trace } from './command.ts';
import { matches } from './glob.ts';
import { charsOf } from './locale.ts';
import { ExpansionError, type Sh } from './shell.ts';
import { evaluate, getElement, getVar, isAssoc, lookup, setArray, splitTarget } from './vars.ts';

/** Is a variable (or element) set? */
export function isSet(sh: Sh, text: string): boolean {
  const target = splitTarget(text);
  if (!target) return /^\d+$/.test(text) && sh.state.positional[Number(text) - 1] !== undefined;
  const { name, subscript } = target;
  if (subscript === undefined) return getVar(sh, name) !== undefined;
  if (subscript === '@' || subscript === '*') return (lookup(sh, name)?.array?.size ?? lookup(sh, name)?.assoc?.size ?? 0) > 0;
  return getElement(sh, name, isAssoc(sh, name) ? subscript : subscript) !== undefined;
}

/** As `set -x` shows a test. */
function* traced(sh: Sh, text: string): Kthread<void> {
  yield* trace(sh, `[[ ${text} ]]`);
}
export function* testExpression(sh: Sh, e: TestExpression): Kthread<boolean> {
  switch (e.type) {
    case 'TestLogical': {
      for (const operand of e.operands) {
        const value = yield* testExpression(sh, operand);
        if (value === (e.operator === '||')) return value;
      }
      return e.operator === '&&';
    }
    case 'TestNot':
      return (yield* testExpression(sh, e.operand)) !== (e.negations.length % 2 === 1);
    case 'TestGroup':
      return yield* testExpression(sh, e.expression);
    case 'TestUnary': {
      const arg = yield* expandString(sh, e.operand);
      yield* traced(sh, `${e.operator} ${arg || "''"}`);
      switch (e.operator) {
        case '-n':
          return arg !== '';
        case '-z':
          return arg === '';
        case '-v':
          return isSet(sh, arg);
        case '-o':
          return sh.state.options.has(arg);
        case '-R':
          return lookup(sh, arg)?.nameref ?? false;
        default:
          return fileTest(sh.sys, e.operator, arg);
      }
    }
    case 'TestBinary':
      return yield* binary(sh, e);
  }
}
function* binary(sh: Sh, e: TestExpression & { type: 'TestBinary' }): Kthread<boolean> {
  const left = yield* expandString(sh, e.left);
  const nocase = sh.state.shopts.has('nocasematch');
  switch (e.operator) {
    case '=':
    case '==':
    case '!=': {
      const pattern = yield* expandPattern(sh, e.right);
      yield* traced(sh, `${left || "''"} ${e.operator} ${pattern || "''"}`);
      const chars = charsOf(sh, left, pattern);
      return matches(chars.in(pattern), chars.in(left), true, nocase) === (e.operator !== '!=');
    }
    case '=~':
    {
      const pattern = yield* expandRegex(sh, e.right);
      yield* traced(sh, `${left || "''"} =~ ${pattern || "''"}`);
      return regexMatch(sh, left, pattern, nocase);
    }
    default:
  }
  const right = yield* expandString(sh, e.right);
  yield* traced(sh, `${left || "''"} ${e.operator} ${right || "''"}`);
  if (e.operator === '<') return left < right;
  if (e.operator === '>') return left > right;
  if (FILE_BINARY.includes(e.operator)) return compareFiles(sh.sys, e.operator, left, right);
  if (!NUMBER_BINARY.includes(e.operator)) throw new ExpansionError(`conditional binary operator expected`);
  try {
    return compareNumbers(e.operator, evaluate(sh, left), evaluate(sh, right));
  } catch (error) {
    throw error instanceof ArithError ? new ExpansionError(`[[: ${error.message}`) : error;
  }
}
function regexMatch(sh: Sh, text: string, pattern: string, icase: boolean): boolean {
  try {
    const spans = compileRegex(pattern, { extended: true, icase }).exec(text);
    setArray(sh, 'BASH_REMATCH', spans ? spans.map((span) => (span ? text.slice(span[0], span[1]) : '')) : []);
    return spans !== undefined;
  } catch (e) {
    // A pattern that cannot be compiled: status 2, and nothing said.
    if (e instanceof RegexError) throw new ExpansionError('', false, 2);
    throw e;
  }
}
