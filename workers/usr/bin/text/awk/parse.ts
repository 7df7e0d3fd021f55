/** awk tokens → program. The grammar of POSIX.1-2017 awk, with ** and a few of gawk's functions. */
import { compileRegex } from '../regex/regex.ts';
import { AwkError, type Expr, type Func, type LValue, type Program, type Redirect, type Rule, type Stmt } from './ast.ts';
import { type Token, tokens } from './lex.ts';

export function parseAwk(source: string): Program {
  return new Parser(tokens(source)).program();
}
/** Functions that run commands or wait. */
const IMPURE = new Set(['system', 'close', 'fflush']);
const ASSIGN = ['=', '+=', '-=', '*=', '/=', '%=', '^='];
const COMPARE = ['<', '<=', '==', '!=', '>', '>='];

class Parser {
  readonly #t: readonly Token[];
  #i = 0;
  /** Inside `print a > b`: > redirects. */
  #noGreater = false;
  readonly #functions = new Map<string, Func>();
  constructor(list: readonly Token[]) {
    this.#t = list;
  }
  get #token(): Token {
    return this.#t[this.#i] as Token;
  }
  #is(text: string): boolean {
    const { kind } = this.#token;
    return (kind === 'op' || kind === 'keyword') && this.#token.text === text;
  }
  #accept(text: string): boolean {
    if (!this.#is(text)) return false;
    this.#i++;
    return true;
  }
  #fail(): never {
    throw new AwkError(`cmd. line:${this.#token.line}: Unexpected ${this.#token.kind === 'end' ? 'end of program' : 'token'}`);
  }
  #expect(text: string): void {
    if (!this.#accept(text)) this.#fail();
  }
  #newlines(): void {
    while (this.#token.kind === 'newline') this.#i++;
  }
  #terminators(): void {
    while (this.#token.kind === 'newline' || this.#is(';')) this.#i++;
  }
  program(): Program {
    const rules: Rule[] = [];
    for (this.#terminators(); this.#token.kind !== 'end'; this.#terminators()) {
      if (this.#is('function') || this.#is('func')) this.#function();
      else rules.push(this.#rule());
    }
    return { rules, functions: this.#functions };
  }
  #function(): void {
    this.#i++;
    const name = this.#token.text;
    if (this.#token.kind !== 'name' && this.#token.kind !== 'funcname') this.#fail();
    this.#i++;
    this.#expect('(');
    const params: string[] = [];
    while (!this.#is(')')) {
      this.#newlines();
      if (this.#token.kind !== 'name') this.#fail();
      params.push(this.#token.text);
      this.#i++;
      this.#newlines();
      if (!this.#accept(',')) break;
    }
    this.#expect(')');
    this.#newlines();
    this.#functions.set(name, { params, body: this.#block() });
  }
  #rule(): Rule {
    if (this.#accept('BEGIN')) return { kind: 'begin', body: this.#block() };
    if (this.#accept('END')) return { kind: 'end', body: this.#block() };
    if (this.#is('{')) return { kind: 'always', body: this.#block() };
    const a = this.#expr();
    let b: Expr | undefined;
    if (this.#accept(',')) {
      this.#newlines();
      b = this.#expr();
    }
    const body = this.#is('{') ? this.#block() : undefined;
    return b ? { kind: 'range', a, b, body } : { kind: 'pattern', a, body };
  }
  #block(): Stmt {
    this.#expect('{');
    const body: Stmt[] = [];
    for (this.#terminators(); !this.#is('}'); this.#terminators()) {
      if (this.#token.kind === 'end') this.#fail();
      body.push(this.#statement());
    }
    this.#i++;
    return { t: 'block', body };
  }
  /** After a simple statement: newline, ; or the } that follows. */
  #endOfStatement(): void {
    if (this.#token.kind === 'newline' || this.#is(';')) this.#i++;
    else if (!this.#is('}') && this.#token.kind !== 'end') this.#fail();
  }
  #body(): Stmt {
    this.#newlines();
    if (this.#accept(';')) return { t: 'block', body: [] };
    return this.#statement();
  }
  #statement(): Stmt {
    if (this.#is('{')) return this.#block();
    if (this.#accept('if')) {
      this.#expect('(');
      const test = this.#expr();
      this.#expect(')');
      const yes = this.#body();
      const mark = this.#i;
      this.#terminators();
      if (this.#accept('else')) return { t: 'if', test, yes, no: this.#body() };
      this.#i = mark;
      return { t: 'if', test, yes, no: undefined };
    }
    if (this.#accept('while')) {
      this.#expect('(');
      const test = this.#expr();
      this.#expect(')');
      return { t: 'while', test, body: this.#body(), first: true };
    }
    if (this.#accept('do')) {
      const body = this.#body();
      this.#terminators();
      this.#expect('while');
      this.#expect('(');
      const test = this.#expr();
      this.#expect(')');
      this.#endOfStatement();
      return { t: 'while', test, body, first: false };
    }
    if (this.#accept('for')) return this.#for();
    const simple = this.#simple();
    this.#endOfStatement();
    return simple;
  }
  #for(): Stmt {
    this.#expect('(');
    const [name, word, array, close] = this.#t.slice(this.#i, this.#i + 4);
    if (name?.kind === 'name' && word?.text === 'in' && word.kind === 'keyword' && array?.kind === 'name' && close?.text === ')') {
      this.#i += 4;
      return { t: 'forin', name: name.text, array: array.text, body: this.#body() };
    }
    const init = this.#is(';') ? undefined : this.#simple();
    this.#expect(';');
    this.#newlines();
    const test = this.#is(';') ? undefined : this.#expr();
    this.#expect(';');
    this.#newlines();
    const step = this.#is(')') ? undefined : this.#simple();
    this.#expect(')');
    return { t: 'for', init, test, step, body: this.#body() };
  }
  #simple(): Stmt {
    const { kind, text } = this.#token;
    if (kind !== 'keyword') return { t: 'expr', e: this.#expr() };
    switch (text) {
      case 'next': case 'nextfile': case 'break': case 'continue': this.#i++; return { t: text };
      case 'return': case 'exit': {
        this.#i++;
        const more = this.#token.kind !== 'newline' && !this.#is(';') && !this.#is('}');
        return { t: text, value: more ? this.#expr() : undefined };
      }
      case 'delete': {
        this.#i++;
        const array = this.#token.text;
        if (this.#token.kind !== 'name') this.#fail();
        this.#i++;
        if (!this.#accept('[')) return { t: 'delete', array, subscripts: undefined };
        const subscripts = this.#list(']');
        this.#expect(']');
        return { t: 'delete', array, subscripts };
      }
      case 'print': case 'printf': return this.#print(text === 'printf');
      default: return { t: 'expr', e: this.#expr() };
    }
  }
  #print(format: boolean): Stmt {
    this.#i++;
    const args = this.#printArguments();
    let redirect: Redirect | undefined;
    for (const kind of ['>', '>>', '|'] as const) {
      if (redirect || !this.#accept(kind)) continue;
      redirect = { kind, target: this.#concatenation(true) };
    }
    return { t: 'print', args, redirect, format };
  }
  /** `print (a, b) > "f"`: the parentheses hold the list only if nothing but a redirection or the end follows. */
  #printArguments(): readonly Expr[] {
    const ends = (): boolean => this.#token.kind === 'newline' || ['>', '>>', '|', ';', '}'].some((op) => this.#is(op));
    if (ends()) return [];
    if (this.#is('(')) {
      const mark = this.#i;
      this.#i++;
      const list = this.#list(')');
      if (this.#accept(')') && ends()) return list;
      this.#i = mark;
    }
    const before = this.#noGreater;
    this.#noGreater = true;
    const args = [this.#expr()];
    while (this.#accept(',')) {
      this.#newlines();
      args.push(this.#expr());
    }
    this.#noGreater = before;
    return args;
  }
  /** Expressions up to a closing bracket, inside which > means what it usually does. */
  #list(close: string): Expr[] {
    const greater = this.#noGreater;
    this.#noGreater = false;
    const out: Expr[] = [];
    this.#newlines();
    while (!this.#is(close)) {
      out.push(this.#expr());
      this.#newlines();
      if (!this.#accept(',')) break;
      this.#newlines();
    }
    this.#noGreater = greater;
    return out;
  }
  #expr(): Expr {
    const left = this.#ternary();
    const { kind, text } = this.#token;
    if (kind !== 'op' || !ASSIGN.includes(text)) return left;
    const to = lvalue(left) ?? this.#fail();
    this.#i++;
    this.#newlines();
    const value = this.#expr();
    return { t: 'assign', op: text, to, value, pure: value.pure && to.pure };
  }
  #ternary(): Expr {
    const test = this.#or();
    if (!this.#accept('?')) return test;
    this.#newlines();
    const yes = this.#expr();
    this.#newlines();
    this.#expect(':');
    this.#newlines();
    const no = this.#expr();
    return { t: 'cond', test, yes, no, pure: test.pure && yes.pure && no.pure };
  }
  #or(): Expr {
    let a = this.#and();
    while (this.#accept('||')) {
      this.#newlines();
      const b = this.#and();
      a = { t: 'logic', op: '||', a, b, pure: a.pure && b.pure };
    }
    return a;
  }
  #and(): Expr {
    let a = this.#in();
    while (this.#accept('&&')) {
      this.#newlines();
      const b = this.#in();
      a = { t: 'logic', op: '&&', a, b, pure: a.pure && b.pure };
    }
    return a;
  }
  #in(): Expr {
    let a = this.#matching();
    while (this.#is('in')) {
      this.#i++;
      const array = this.#token.text;
      if (this.#token.kind !== 'name') this.#fail();
      this.#i++;
      a = { t: 'in', subscripts: [a], array, pure: a.pure };
    }
    return a;
  }
  #matching(): Expr {
    let a = this.#comparison();
    while (this.#is('~') || this.#is('!~')) {
      const not = this.#token.text === '!~';
      this.#i++;
      const b = this.#comparison();
      a = { t: 'match', not, a, b, pure: a.pure && b.pure };
    }
    return a;
  }
  #comparison(): Expr {
    const a = this.#concatenation(false);
    const { kind, text } = this.#token;
    if (kind !== 'op' || !COMPARE.includes(text) || (text === '>' && this.#noGreater)) return a;
    this.#i++;
    const b = this.#concatenation(false);
    return { t: 'binary', op: text, a, b, pure: a.pure && b.pure };
  }
  /** Also where `command | getline` is found: it binds looser than concatenation. `target`: after a redirection, where | does not. */
  #concatenation(target: boolean): Expr {
    let a = this.#additive();
    while (this.#startsOperand()) {
      const b = this.#additive();
      a = { t: 'binary', op: ' ', a, b, pure: a.pure && b.pure };
    }
    while (!target && this.#is('|') && this.#t[this.#i + 1]?.text === 'getline') {
      this.#i += 2;
      a = { t: 'getline', from: 'command', source: a, to: this.#optionalLValue(), pure: false };
    }
    return a;
  }
  #startsOperand(): boolean {
    const { kind, text } = this.#token;
    if (['number', 'string', 'regex', 'name', 'funcname', 'builtin'].includes(kind)) return true;
    return kind === 'op' && ['$', '!', '(', '-', '+', '++', '--'].includes(text);
  }
  #additive(): Expr {
    let a = this.#multiplicative();
    while (this.#is('+') || this.#is('-')) {
      const op = this.#token.text;
      this.#i++;
      const b = this.#multiplicative();
      a = { t: 'binary', op, a, b, pure: a.pure && b.pure };
    }
    return a;
  }
  #multiplicative(): Expr {
    let a = this.#unary();
    while (this.#is('*') || this.#is('/') || this.#is('%')) {
      const op = this.#token.text;
      this.#i++;
      const b = this.#unary();
      a = { t: 'binary', op, a, b, pure: a.pure && b.pure };
    }
    return a;
  }
  #unary(): Expr {
    const { kind, text } = this.#token;
    if (kind !== 'op' || !['!', '-', '+'].includes(text)) return this.#power();
    this.#i++;
    const a = this.#unary();
    return { t: 'unary', op: text as '!', a, pure: a.pure };
  }
  #power(): Expr {
    const a = this.#postfix();
    if (!this.#accept('^')) return a;
    // Right-associative, and its right side may have a sign: 2^-3.
    const b = this.#is('-') || this.#is('+') || this.#is('!') ? this.#unary() : this.#power();
    return { t: 'binary', op: '^', a, b, pure: a.pure && b.pure };
  }
  #postfix(): Expr {
    const a = this.#primary();
    const to = lvalue(a);
    if (to && this.#accept('++')) return { t: 'step', by: 1, prefix: false, to, pure: to.pure };
    if (to && this.#accept('--')) return { t: 'step', by: -1, prefix: false, to, pure: to.pure };
    return a;
  }
  #optionalLValue(): LValue | undefined {
    if (this.#token.kind !== 'name' && !this.#is('$')) return undefined;
    return lvalue(this.#primary());
  }
  #primary(): Expr {
    const { kind, text } = this.#token;
    this.#i++;
    switch (kind) {
      case 'number': return { t: 'value', value: Number(text), pure: true };
      case 'string': return { t: 'value', value: text, pure: true };
      case 'regex': return { t: 'regex', regex: compileRegex(text, { extended: true, awk: true }), pure: true };
      case 'builtin': return this.#builtin(text);
      case 'funcname': {
        this.#expect('(');
        const args = this.#list(')');
        this.#expect(')');
        return { t: 'call', name: text, args, pure: false };
      }
      case 'name': {
        if (!this.#accept('[')) return { t: 'var', name: text, pure: true };
        const subscripts = this.#list(']');
        this.#expect(']');
        return { t: 'index', array: text, subscripts, pure: subscripts.every((s) => s.pure) };
      }
      default:
    }
    if (kind === 'keyword' && text === 'getline') {
      const to = this.#optionalLValue();
      if (!this.#accept('<')) return { t: 'getline', from: 'main', source: undefined, to, pure: false };
      return { t: 'getline', from: 'file', source: this.#postfix(), to, pure: false };
    }
    if (kind !== 'op') this.#i--;
    switch (kind === 'op' ? text : '') {
      case '$': {
        const prefix = this.#is('++') || this.#is('--');
        const index = prefix ? this.#primary() : this.#is('-') || this.#is('+') || this.#is('!') ? this.#unary() : this.#primary();
        return { t: 'field', index, pure: index.pure };
      }
      case '++': case '--': {
        const to = lvalue(this.#primary()) ?? this.#fail();
        return { t: 'step', by: text === '++' ? 1 : -1, prefix: true, to, pure: to.pure };
      }
      case '(': return this.#parenthesised();
      case '-': case '+': case '!': this.#i--; return this.#unary();
      default: this.#i--; return this.#fail();
    }
  }
  #parenthesised(): Expr {
    const list = this.#list(')');
    this.#expect(')');
    if (list.length === 1) return { t: 'unary', op: '(', a: list[0] as Expr, pure: (list[0] as Expr).pure };
    if (list.length === 0 || !this.#accept('in')) this.#fail();
    const array = this.#token.text;
    if (this.#token.kind !== 'name') this.#fail();
    this.#i++;
    return { t: 'in', subscripts: list, array, pure: list.every((s) => s.pure) };
  }
  #builtin(name: string): Expr {
    let args: Expr[] = [];
    if (this.#accept('(')) {
      args = this.#list(')');
      this.#expect(')');
    } else if (name !== 'length') this.#fail();
    return { t: 'builtin', name, args, pure: !IMPURE.has(name) && args.every((a) => a.pure) };
  }
}
const lvalue = (e: Expr): LValue | undefined => (e.t === 'var' || e.t === 'field' || e.t === 'index' ? e : undefined);
