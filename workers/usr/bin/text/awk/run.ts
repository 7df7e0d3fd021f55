/** Runs an awk program. Expressions that need no input are computed at once (`value`), the others wait where they must (`eval`). */
import type { Kthread } from '../../../../kernel/kthread.ts';
import { Exit, stop, type Tool } from '../io.ts';
import { formatted } from '../printf.ts';
import type { Regex } from '../regex/regex.ts';
import { AwkError, type Expr, type Func, type LValue, type Program, type Rule, type Stmt } from './ast.ts';
import { dynamicRegex, plainFunction, Random, substitute } from './functions.ts';
import { MainInput, readRecord } from './input.ts';
import { splitText } from './record.ts';
import { type Local, Scope } from './scope.ts';
import { Streams } from './streams.ts';
import { compare, Input, num, str, truth, type Value } from './value.ts';

/** A loop offers to pause this often. */
const STATEMENTS_PER_YIELD = 2048;
const MAX_DEPTH = 2000;
type Flow = 'next' | 'nextfile' | 'break' | 'continue' | 'return' | undefined;

export class AwkRun {
  readonly #tool: Tool;
  readonly #program: Program;
  readonly #streams: Streams;
  readonly #random = new Random();
  readonly #scope: Scope;
  readonly #input: MainInput;
  readonly #inRange = new Map<Rule, boolean>();
  #returned: Value;
  #exit: number | undefined;
  #steps = 0;
  #depth = 0;

  constructor(tool: Tool, program: Program, args: readonly string[]) {
    this.#tool = tool;
    this.#program = program;
    this.#streams = new Streams(tool);
    this.#scope = new Scope(args, tool.proc.env);
    this.#input = new MainInput(tool, this.#scope);
  }
  assign(name: string, text: string): void {
    this.#scope.set(name, new Input(text));
  }

  *run(): Kthread<number> {
    const { rules } = this.#program;
    try {
      for (const rule of rules) if (rule.kind === 'begin' && this.#exit === undefined) yield* this.#exec(rule.body as Stmt);
      const main = rules.filter((r) => r.kind !== 'begin' && r.kind !== 'end');
      const end = rules.filter((r) => r.kind === 'end');
      if (this.#exit === undefined && (main.length > 0 || end.length > 0)) {
        while (this.#exit === undefined && (yield* this.#nextRecord())) yield* this.#records(main);
      }
      const status = this.#exit;
      this.#exit = undefined;
      for (const rule of end) if (this.#exit === undefined) yield* this.#exec(rule.body as Stmt);
      this.#exit ??= status;
    } finally {
      yield* this.#streams.closeAll();
    }
    return Math.max(this.#exit ?? 0, this.#exit === undefined ? this.#tool.status : 0);
  }
  *#records(main: readonly Rule[]): Kthread<void> {
    for (const rule of main) {
      if (!(yield* this.#selected(rule))) continue;
      let flow: Flow;
      if (rule.body) flow = yield* this.#exec(rule.body);
      else yield* this.#streams.write(undefined, '', this.#scope.record.text + this.#scope.text('ORS'));
      if (this.#exit !== undefined || flow === 'next') return;
      if (flow === 'nextfile') {
        this.#input.closeFile();
        return;
      }
    }
  }
  *#selected(rule: Rule): Kthread<boolean> {
    if (rule.kind === 'always') return true;
    if (rule.kind === 'pattern') return truth(yield* this.#eval(rule.a as Expr));
    const began = this.#inRange.get(rule) ?? false;
    if (!began && !truth(yield* this.#eval(rule.a as Expr))) return false;
    this.#inRange.set(rule, !truth(yield* this.#eval(rule.b as Expr)));
    return true;
  }

  *#nextRecord(): Kthread<boolean> {
    const text = yield* this.#input.next();
    if (text !== undefined) this.#scope.setRecord(text);
    return text !== undefined;
  }

  // Lvalues

  #key(subscripts: readonly Expr[]): string {
    const [only] = subscripts;
    if (subscripts.length === 1) return this.#scope.subscript(this.#value(only as Expr));
    return subscripts.map((s) => this.#scope.subscript(this.#value(s))).join(this.#scope.text('SUBSEP'));
  }
  #read(to: LValue): Value {
    if (to.t === 'var') return this.#scope.get(to.name);
    if (to.t === 'field') return this.#scope.record.field(this.#fieldNumber(to.index));
    const array = this.#scope.array(to.array);
    const key = this.#key(to.subscripts);
    if (!array.has(key)) array.set(key, undefined);
    return array.get(key);
  }
  #write(to: LValue, value: Value): void {
    if (to.t === 'var') {
      this.#scope.set(to.name, value);
    } else if (to.t === 'index') this.#scope.array(to.array).set(this.#key(to.subscripts), value);
    else {
      const n = this.#fieldNumber(to.index);
      if (n === 0) this.#scope.setRecord(this.#scope.string(value));
      else this.#scope.record.setField(n, value);
    }
  }
  #fieldNumber(index: Expr): number {
    const n = Math.trunc(num(this.#value(index)));
    if (n < 0) throw new AwkError(`Access to negative field`);
    return n;
  }

  // Expressions without waiting

  #regexOf(e: Expr): Regex {
    return e.t === 'regex' ? e.regex : dynamicRegex(this.#scope.string(this.#value(e)));
  }
  #value(e: Expr): Value {
    switch (e.t) {
      case 'value': return e.value;
      case 'var': return this.#scope.get(e.name);
      case 'field': case 'index': return this.#read(e);
      case 'regex': return e.regex.test(this.#scope.record.text) ? 1 : 0;
      case 'binary': return this.#binary(e.op, this.#value(e.a), this.#value(e.b));
      case 'logic': return (e.op === '&&' ? truth(this.#value(e.a)) && truth(this.#value(e.b)) : truth(this.#value(e.a)) || truth(this.#value(e.b))) ? 1 : 0;
      case 'unary': {
        const v = this.#value(e.a);
        return e.op === '(' ? v : e.op === '!' ? (truth(v) ? 0 : 1) : e.op === '-' ? -num(v) : num(v);
      }
      case 'match': {
        const text = this.#scope.string(this.#value(e.a));
        return this.#regexOf(e.b).test(text) !== e.not ? 1 : 0;
      }
      case 'cond': return this.#value(truth(this.#value(e.test)) ? e.yes : e.no);
      case 'assign': {
        const value = this.#value(e.value);
        const result = e.op === '=' ? value : this.#binary(e.op.slice(0, -1), this.#read(e.to), value);
        this.#write(e.to, result);
        return result;
      }
      case 'step': {
        const old = num(this.#read(e.to));
        this.#write(e.to, old + e.by);
        return e.prefix ? old + e.by : old;
      }
      case 'in': return this.#scope.array(e.array).has(this.#key(e.subscripts)) ? 1 : 0;
      case 'builtin': return this.#builtin(e.name, e.args);
      case 'call': case 'getline': throw new Error('not computable at once');
    }
  }
  #binary(op: string, a: Value, b: Value): Value {
    switch (op) {
      case ' ': return this.#scope.string(a) + this.#scope.string(b);
      case '+': return num(a) + num(b);
      case '-': return num(a) - num(b);
      case '*': return num(a) * num(b);
      case '/': case '%':
        if (num(b) === 0) throw new AwkError('Division by zero');
        return op === '/' ? num(a) / num(b) : num(a) % num(b);
      case '^': return num(a) ** num(b);
      default: {
        const order = compare(a, b, this.#scope.text('CONVFMT'));
        const holds = op === '<' ? order < 0 : op === '<=' ? order <= 0 : op === '>' ? order > 0 : op === '>=' ? order >= 0 : op === '==' ? order === 0
          : order !== 0;
        return holds ? 1 : 0;
      }
    }
  }
  #arrayName(e: Expr | undefined): string {
    if (e?.t !== 'var') throw new AwkError('an array is needed');
    return e.name;
  }
  #builtin(name: string, args: readonly Expr[]): Value {
    const [a, b, c, d] = args;
    const text = (e: Expr): string => this.#scope.string(this.#value(e));
    switch (name) {
      case 'length':
        if (a?.t === 'var' && this.#scope.isArray(a.name)) return this.#scope.array(a.name).size;
        return (a ? text(a) : this.#scope.record.text).length;
      case 'split': {
        const source = text(a as Expr);
        const separator = c === undefined ? this.#scope.text('FS') : c.t === 'regex' ? c.regex : text(c);
        const parts = splitText(source, separator);
        const array = this.#scope.array(this.#arrayName(b));
        array.clear();
        for (const [i, part] of parts.entries()) array.set(String(i + 1), new Input(part));
        return parts.length;
      }
      case 'sub': case 'gsub': {
        const to: LValue = c === undefined ? { t: 'field', index: { t: 'value', value: 0, pure: true }, pure: true } : (c as LValue);
        const target = c === undefined ? this.#scope.record.text : text(c);
        const done = substitute(this.#regexOf(a as Expr), text(b as Expr), target, name === 'sub' ? 1 : 'all', false);
        if (done.count > 0 && (to.t === 'var' || to.t === 'field' || to.t === 'index')) this.#write(to, done.text);
        return done.count;
      }
      case 'gensub': {
        const which = text(c as Expr);
        return substitute(this.#regexOf(a as Expr), text(b as Expr), d ? text(d) : this.#scope.record.text,
          /^[gG]/.test(which) ? 'all' : Math.max(1, Math.trunc(Number(which) || 1)), true).text;
      }
      case 'match': {
        const subject = text(a as Expr);
        const spans = this.#regexOf(b as Expr).exec(subject);
        const whole = spans?.[0];
        this.#scope.set('RSTART', whole ? whole[0] + 1 : 0);
        this.#scope.set('RLENGTH', whole ? whole[1] - whole[0] : -1);
        if (c !== undefined) {
          const array = this.#scope.array(this.#arrayName(c));
          array.clear();
          for (const [i, span] of (spans ?? []).entries()) if (span) array.set(String(i), new Input(subject.slice(span[0], span[1])));
        }
        return whole ? whole[0] + 1 : 0;
      }
      case 'sprintf': return this.#format(args.map((e) => this.#value(e)));
      case 'asort': case 'asorti': {
        const source = this.#scope.array(this.#arrayName(a));
        const format = this.#scope.text('CONVFMT');
        const values: Value[] = name === 'asort' ? [...source.values()] : [...source.keys()];
        values.sort((x, y) => compare(x, y, format));
        const target = this.#scope.array(this.#arrayName(b ?? a));
        target.clear();
        for (const [i, v] of values.entries()) target.set(String(i + 1), v);
        return values.length;
      }
      default: return plainFunction(name, args.map((e) => this.#value(e)), this.#random, () => this.#tool.sys.clock_realtime(), this.#scope.text('CONVFMT'));
    }
  }
  #format(values: readonly Value[]): string {
    const [format, ...rest] = values;
    // %c tells a number from text; input counts as text there and as a number under %d.
    const plain = rest.map((v) => (typeof v === 'object' ? v.text : (v ?? '')));
    return formatted(this.#scope.string(format), plain, { number: (v) => num(v), string: (v) => this.#scope.string(v) });
  }

  // Expressions that may wait

  *#eval(e: Expr): Kthread<Value> {
    if (e.pure) return this.#value(e);
    switch (e.t) {
      case 'logic': {
        const a = truth(yield* this.#eval(e.a));
        return (e.op === '&&' ? a && truth(yield* this.#eval(e.b)) : a || truth(yield* this.#eval(e.b))) ? 1 : 0;
      }
      case 'cond': return yield* this.#eval(truth(yield* this.#eval(e.test)) ? e.yes : e.no);
      case 'getline': return yield* this.#getline(e);
      case 'call': return yield* this.#call(e.name, e.args);
      case 'builtin': {
        const args = [];
        for (const arg of e.args) args.push(arg.pure ? arg : yield* this.#now(arg));
        if (e.name === 'system') return yield* this.#streams.system(this.#scope.string(this.#value(args[0] as Expr)));
        if (e.name === 'close') return yield* this.#streams.close(this.#scope.string(this.#value(args[0] as Expr)));
        if (e.name !== 'fflush') return this.#value({ ...e, args, pure: true });
        yield* this.#streams.flushAll();
        return 0;
      }
      case 'binary': return this.#binary(e.op, yield* this.#eval(e.a), yield* this.#eval(e.b));
      case 'match': {
        const a = yield* this.#now(e.a);
        return this.#value({ ...e, a, b: e.b.t === 'regex' ? e.b : yield* this.#now(e.b), pure: true });
      }
      case 'unary': return this.#value({ ...e, a: yield* this.#now(e.a), pure: true });
      case 'assign': {
        const value = yield* this.#now(e.value);
        return this.#value({ ...e, value, to: yield* this.#settled(e.to), pure: true });
      }
      case 'step': return this.#value({ ...e, to: yield* this.#settled(e.to), pure: true });
      case 'in': return this.#value({ ...e, subscripts: yield* this.#list(e.subscripts), pure: true });
      case 'field': case 'index': return this.#read(yield* this.#settled(e));
      default: return this.#value(e);
    }
  }
  /** A computed expression. */
  *#now(e: Expr): Kthread<Expr> {
    return { t: 'value', value: yield* this.#eval(e), pure: true };
  }
  *#list(list: readonly Expr[]): Kthread<Expr[]> {
    const out: Expr[] = [];
    for (const e of list) out.push(yield* this.#now(e));
    return out;
  }
  *#settled(to: LValue): Kthread<LValue> {
    if (to.pure || to.t === 'var') return to;
    if (to.t === 'field') return { ...to, index: yield* this.#now(to.index), pure: true };
    return { ...to, subscripts: yield* this.#list(to.subscripts), pure: true };
  }
  *#getline(e: Expr & { t: 'getline' }): Kthread<Value> {
    let text: string | undefined;
    if (e.from === 'main') text = yield* this.#input.next();
    else {
      const source = this.#scope.string(yield* this.#eval(e.source as Expr));
      const reader = e.from === 'file' ? this.#streams.file(source) : yield* this.#streams.command(source);
      if (!reader) return -1;
      text = yield* readRecord(reader, this.#scope.text('RS'));
      if (text === undefined && reader.error < 0) return -1;
      if (text !== undefined && e.from === 'command') this.#scope.set('NR', num(this.#scope.get('NR')) + 1);
    }
    if (text === undefined) return 0;
    if (e.to) this.#write(yield* this.#settled(e.to), new Input(text));
    else this.#scope.setRecord(text);
    return 1;
  }
  *#call(name: string, args: readonly Expr[]): Kthread<Value> {
    const func = this.#program.functions.get(name);
    if (!func) throw new AwkError('Call to undefined function');
    if (++this.#depth > MAX_DEPTH) throw new AwkError('function calls are nested too deeply');
    const locals = new Map<string, Local>();
    const back: (() => void)[] = [];
    for (const [i, param] of func.params.entries()) locals.set(param, yield* this.#argumentValue(args[i], func, i, locals, back));
    const outer = this.#scope.locals;
    this.#scope.locals = locals;
    this.#returned = undefined;
    yield* this.#exec(func.body);
    this.#scope.locals = outer;
    this.#depth--;
    for (const step of back) step();
    const value = this.#returned;
    this.#returned = undefined;
    return value;
  }
  /** Arrays are passed by reference; an unset variable may become an array inside, which is then given back. */
  *#argumentValue(e: Expr | undefined, func: Func, i: number, locals: Map<string, Local>, back: (() => void)[]): Kthread<Local> {
    if (!e) return undefined;
    if (e.t !== 'var' || e.name === 'NF') return yield* this.#eval(e);
    const scope = this.#scope.mapOf(e.name);
    const v = scope.get(e.name);
    if (v === undefined) {
      back.push(() => {
        const made = locals.get(func.params[i] as string);
        if (made instanceof Map && scope.get(e.name) === undefined) scope.set(e.name, made);
      });
    }
    return v;
  }

  // Statements

  *#exec(s: Stmt): Kthread<Flow> {
    if (++this.#steps % STATEMENTS_PER_YIELD === 0) yield;
    switch (s.t) {
      case 'block':
        for (const inner of s.body) {
          const flow = yield* this.#exec(inner);
          if (flow !== undefined || this.#exit !== undefined) return flow;
        }
        return undefined;
      case 'expr':
        if (s.e.pure) this.#value(s.e);
        else yield* this.#eval(s.e);
        return undefined;
      case 'print': return yield* this.#print(s);
      case 'if': {
        const branch = truth(yield* this.#eval(s.test)) ? s.yes : s.no;
        return branch ? yield* this.#exec(branch) : undefined;
      }
      case 'while':
        for (let first = !s.first; first || truth(yield* this.#eval(s.test)); first = false) {
          const flow = yield* this.#exec(s.body);
          if (flow === 'break') break;
          if ((flow !== undefined && flow !== 'continue') || this.#exit !== undefined) return flow;
        }
        return undefined;
      case 'for':
        if (s.init) yield* this.#exec(s.init);
        while (!s.test || truth(yield* this.#eval(s.test))) {
          const flow = yield* this.#exec(s.body);
          if (flow === 'break') break;
          if ((flow !== undefined && flow !== 'continue') || this.#exit !== undefined) return flow;
          if (s.step) yield* this.#exec(s.step);
        }
        return undefined;
      case 'forin': {
        const array = this.#scope.array(s.array);
        for (const key of [...array.keys()]) {
          if (!array.has(key)) continue;
          this.#scope.set(s.name, new Input(key));
          const flow = yield* this.#exec(s.body);
          if (flow === 'break') break;
          if ((flow !== undefined && flow !== 'continue') || this.#exit !== undefined) return flow;
        }
        return undefined;
      }
      case 'delete':
        if (s.subscripts) this.#scope.array(s.array).delete(this.#key(yield* this.#list(s.subscripts)));
        else this.#scope.array(s.array).clear();
        return undefined;
      case 'return':
        this.#returned = s.value ? yield* this.#eval(s.value) : undefined;
        return 'return';
      case 'exit':
        this.#exit = s.value ? Math.trunc(num(yield* this.#eval(s.value))) & 255 : (this.#exit ?? 0);
        return 'return';
      default: return s.t;
    }
  }
  *#print(s: Stmt & { t: 'print' }): Kthread<undefined> {
    const values: Value[] = [];
    for (const arg of s.args) values.push(arg.pure ? this.#value(arg) : yield* this.#eval(arg));
    const output = (v: Value): string => (typeof v === 'number' ? str(v, this.#scope.text('OFMT')) : str(v));
    const bytes = s.format ? this.#format(values) : (values.length === 0 ? this.#scope.record.text
      : values.map(output).join(this.#scope.text('OFS'))) + this.#scope.text('ORS');
    const target = s.redirect ? this.#scope.string(yield* this.#eval(s.redirect.target)) : '';
    yield* this.#streams.write(s.redirect?.kind, target, bytes);
    return undefined;
  }
}
/** Runs and turns an awk error into its message; `stop` keeps an Exit what it is. */
export function* runAwk(tool: Tool, run: AwkRun): Kthread<number> {
  try {
    return yield* run.run();
  } catch (e) {
    if (e instanceof Exit) return yield* stop(e.status);
    if (!(e instanceof AwkError)) throw e;
    return yield* tool.die(`cmd. line:1: ${e.message}`, 2);
  }
}
