/** bc: arithmetic of any precision, with variables, arrays, functions and loops. Messages are GNU's, without the addresses of its byte code. */
import type { Kthread } from '../../../../kernel/kthread.ts';
import { Lines, program, stop, type Tool } from '../io.ts';
import { getopt } from '../getopt.ts';
import { add, BcError, compare, divide, formatNumber, isZero, lengthOf, modulo, multiply, type Num, parseNumber, power, squareRoot, whole } from './number.ts';
import { BcSyntax, type Expr, parser, type Stmt } from './parse.ts';

/** A printed number is broken after so many characters, the backslash included. */
const LINE_LENGTH = 70;
const MAX_BASE = 2 ** 31 - 1;
/** Depth of calls. */
const MAX_DEPTH = 200;
/** Statements between two offers to pause. */
const STATEMENTS_PER_YIELD = 64;

class Leave extends Error {
  readonly how: 'break' | 'continue' | 'return' | 'quit';
  readonly value: Num;
  constructor(how: Leave['how'], value = whole(0)) {
    super(how);
    this.how = how;
    this.value = value;
  }
}
interface BcFunction {
  readonly params: readonly string[];
  readonly autos: readonly string[];
  readonly body: readonly Stmt[];
}

class Bc {
  readonly #tool: Tool;
  readonly #vars = new Map<string, Num>([['scale', whole(0)], ['ibase', whole(10)], ['obase', whole(10)], ['last', whole(0)]]);
  readonly #functions = new Map<string, BcFunction>();
  #depth = 0;
  #count = 0;
  constructor(tool: Tool) {
    this.#tool = tool;
  }
  #small(name: 'scale' | 'ibase' | 'obase'): number {
    return Number((this.#vars.get(name) as Num).n);
  }
  #print(value: Num): string {
    const text = formatNumber(value, this.#small('obase'));
    let rest = text;
    let lines = '';
    for (; rest.length >= LINE_LENGTH; rest = rest.slice(LINE_LENGTH - 2)) lines += `${rest.slice(0, LINE_LENGTH - 2)}\\\n`;
    return lines + rest;
  }
  *#key(name: string, index: Expr | undefined): Kthread<string> {
    return index ? `${name}[${(yield* this.#eval(index)).n}]` : name;
  }
  #set(key: string, value: Num): Num {
    let kept = value;
    if (key === 'ibase') kept = whole(Math.min(16, Math.max(2, Number(value.n / 10n ** BigInt(value.scale)))));
    else if (key === 'obase') kept = whole(Math.min(MAX_BASE, Math.max(2, Number(value.n / 10n ** BigInt(value.scale)))));
    else if (key === 'scale') kept = whole(value.n < 0n ? 0n : value.n / 10n ** BigInt(value.scale));
    this.#vars.set(key, kept);
    return value;
  }
  #binary(op: string, a: Num, b: Num): Num {
    const scale = this.#small('scale');
    switch (op) {
      case '+': return add(a, b);
      case '-': return add(a, b, -1n);
      case '*': return multiply(a, b, scale);
      case '/': return divide(a, b, scale);
      case '%': return modulo(a, b, scale);
      case '^': return power(a, b, scale);
      default: return whole(this.#holds(op, compare(a, b)) ? 1 : 0);
    }
  }
  #holds(op: string, order: number): boolean {
    return op === '==' ? order === 0 : op === '!=' ? order !== 0 : op === '<' ? order < 0 : op === '<=' ? order <= 0 : op === '>' ? order > 0 : order >= 0;
  }
  *#eval(e: Expr): Kthread<Num> {
    switch (e.k) {
      case 'number': return parseNumber(e.text, this.#small('ibase'));
      case 'group': return yield* this.#eval(e.e);
      case 'var': return this.#vars.get(yield* this.#key(e.name, e.index)) ?? whole(0);
      case 'unary': {
        const value = yield* this.#eval(e.e);
        return e.op === '-' ? { n: -value.n, scale: value.scale } : whole(isZero(value) ? 1 : 0);
      }
      case 'binary': {
        const a = yield* this.#eval(e.a);
        if (e.op === '&&' && isZero(a)) return whole(0);
        if (e.op === '||' && !isZero(a)) return whole(1);
        const b = yield* this.#eval(e.b);
        return e.op === '&&' || e.op === '||' ? whole(isZero(b) ? 0 : 1) : this.#binary(e.op, a, b);
      }
      case 'assign': {
        const key = yield* this.#key(e.name, e.index);
        const value = yield* this.#eval(e.e);
        return this.#set(key, e.op === '' ? value : this.#binary(e.op, this.#vars.get(key) ?? whole(0), value));
      }
      case 'step': {
        const key = yield* this.#key(e.name, e.index);
        const old = this.#vars.get(key) ?? whole(0);
        const next = this.#set(key, add(old, whole(e.by)));
        return e.before ? next : old;
      }
      default: return yield* this.#call(e.name, e.args);
    }
  }
  *#call(name: string, args: readonly Expr[]): Kthread<Num> {
    const values: Num[] = [];
    for (const arg of args) values.push(yield* this.#eval(arg));
    const [value = whole(0)] = values;
    if (name === 'length') return whole(lengthOf(value));
    if (name === 'scale') return whole(value.scale);
    if (name === 'sqrt') return squareRoot(value, this.#small('scale'));
    const def = this.#functions.get(name);
    if (!def) throw new BcError(`Function ${name} not defined.`);
    if (def.params.length !== values.length) throw new BcError('Parameter number mismatch');
    if (this.#depth >= MAX_DEPTH) throw new BcError('Calls are nested too deeply.');
    const names = [...def.params, ...def.autos];
    const saved = names.map((n) => this.#vars.get(n));
    for (const [i, n] of def.params.entries()) this.#vars.set(n, values[i] as Num);
    for (const n of def.autos) this.#vars.set(n, whole(0));
    this.#depth++;
    try {
      for (const s of def.body) yield* this.run(s);
      return whole(0);
    } catch (leave) {
      if (!(leave instanceof Leave) || leave.how !== 'return') throw leave;
      return leave.value;
    } finally {
      this.#depth--;
      names.forEach((n, i) => {
        const old = saved[i];
        if (old) this.#vars.set(n, old);
        else this.#vars.delete(n);
      });
    }
  }
  /** Runs a loop's body; false: the loop ends. */
  *#round(body: Stmt): Kthread<boolean> {
    try {
      yield* this.run(body);
    } catch (leave) {
      if (!(leave instanceof Leave) || (leave.how !== 'break' && leave.how !== 'continue')) throw leave;
      return leave.how === 'continue';
    }
    return true;
  }
  *run(s: Stmt): Kthread<void> {
    if (++this.#count % STATEMENTS_PER_YIELD === 0) yield;
    switch (s.k) {
      case 'expr': {
        const value = yield* this.#eval(s.e);
        if (s.e.k === 'assign') return;
        this.#vars.set('last', value);
        this.#tool.put(`${this.#print(value)}\n`);
        yield* this.#tool.settle();
        return;
      }
      case 'string': return this.#tool.put(s.text);
      case 'print':
        for (const item of s.items) {
          if (typeof item === 'string') this.#tool.put(item.replace(/\\(.)/g, (_, c: string) => ({ a: '\x07', b: '\b', f: '\f', n: '\n', q: '"', r: '\r', t: '\t', '\\': '\\' })[c] ?? ''));
          else {
            const value = yield* this.#eval(item);
            this.#vars.set('last', value);
            this.#tool.put(this.#print(value));
          }
        }
        return;
      case 'if': {
        const branch = isZero(yield* this.#eval(s.test)) ? s.other : s.then;
        if (branch) yield* this.run(branch);
        return;
      }
      case 'while':
        while (!isZero(yield* this.#eval(s.test)) && (yield* this.#round(s.body)));
        return;
      case 'for':
        if (s.first) yield* this.#eval(s.first);
        while ((!s.test || !isZero(yield* this.#eval(s.test))) && (yield* this.#round(s.body))) if (s.next) yield* this.#eval(s.next);
        return;
      case 'block':
        for (const inner of s.body) yield* this.run(inner);
        return;
      case 'define': {
        this.#functions.set(s.name, s);
        return;
      }
      case 'return': throw new Leave('return', s.e ? yield* this.#eval(s.e) : whole(0));
      case 'halt': throw new Leave('quit');
      default: throw new Leave(s.k);
    }
  }
}

/** Runs a text; errors are said, and the line they are in is given up. */
function* runText(tool: Tool, bc: Bc, text: string, name: string): Kthread<void> {
  let lines: ReturnType<typeof parser>;
  try {
    lines = parser(text);
  } catch (e) {
    if (!(e instanceof BcSyntax)) throw e;
    yield* tool.stderr(`${name} ${e.line}: ${e.message}\n`);
    return;
  }
  for (;;) {
    try {
      const line = lines.line();
      if (!line) return;
      for (const statement of line) yield* bc.run(statement);
    } catch (e) {
      if (e instanceof BcSyntax) yield* tool.stderr(`${name} ${e.line}: ${e.message}\n`);
      else if (e instanceof BcError) yield* tool.stderr(`Runtime error (func=(main)): ${e.message}\n`);
      else throw e;
      if (e instanceof BcSyntax) lines.skip();
    }
  }
}
export const bc = program(function* (tool) {
  const { options, operands } = yield* getopt(
    tool, { short: 'hilqswv', long: { mathlib: { key: 'l' }, quiet: { key: 'q' }, standard: { key: 's' }, warn: { key: 'w' }, interactive: { key: 'i' } } }, 'bc [options] [file ...]',
  );
  if (options.some(([k]) => k === 'l')) return yield* tool.die('the library of -l (s, c, a, l, e, j) is not here');
  const machine = new Bc(tool);
  try {
    for (const file of operands) {
      const text = yield* tool.slurp(file);
      if (text === undefined) return 1;
      yield* runText(tool, machine, text, file);
    }
    // Lines of a pipe may come one by one; a statement goes on while brackets are open.
    const input = new Lines(tool.sys, 0);
    let pending = '';
    for (let line = yield* input.next(); line !== undefined; line = yield* input.next()) {
      pending += `${line}\n`;
      const open = (pending.match(/[{(]/g) ?? []).length - (pending.match(/[})]/g) ?? []).length;
      if (open > 0 || line.endsWith('\\') || (pending.match(/"/g) ?? []).length % 2 > 0 || (pending.includes('/*') && pending.lastIndexOf('/*') > pending.lastIndexOf('*/'))) continue;
      yield* runText(tool, machine, pending, '(standard_in)');
      pending = '';
    }
    if (pending !== '') yield* runText(tool, machine, pending, '(standard_in)');
  } catch (e) {
    if (!(e instanceof Leave)) throw e;
    if (e.how === 'quit') return yield* stop(0);
  }
  return 0;
});
