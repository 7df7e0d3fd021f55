/** bc's grammar: text to statements. */
export type Expr =
  | { readonly k: 'number'; readonly text: string }
  | { readonly k: 'var'; readonly name: string; readonly index?: Expr }
  | { readonly k: 'call'; readonly name: string; readonly args: readonly Expr[] }
  | { readonly k: 'unary'; readonly op: '-' | '!'; readonly e: Expr }
  | { readonly k: 'step'; readonly name: string; readonly index?: Expr; readonly by: 1 | -1; readonly before: boolean }
  | { readonly k: 'binary'; readonly op: string; readonly a: Expr; readonly b: Expr }
  | { readonly k: 'assign'; readonly name: string; readonly index?: Expr; readonly op: string; readonly e: Expr }
  | { readonly k: 'group'; readonly e: Expr };
export type Stmt =
  | { readonly k: 'expr'; readonly e: Expr; readonly line: number }
  | { readonly k: 'string'; readonly text: string }
  | { readonly k: 'print'; readonly items: readonly (string | Expr)[] }
  | { readonly k: 'if'; readonly test: Expr; readonly then: Stmt; readonly other: Stmt | undefined }
  | { readonly k: 'while'; readonly test: Expr; readonly body: Stmt }
  | { readonly k: 'for'; readonly first: Expr | undefined; readonly test: Expr | undefined; readonly next: Expr | undefined; readonly body: Stmt }
  | { readonly k: 'block'; readonly body: readonly Stmt[] }
  | { readonly k: 'define'; readonly name: string; readonly params: readonly string[]; readonly autos: readonly string[]; readonly body: readonly Stmt[] }
  | { readonly k: 'return'; readonly e: Expr | undefined }
  | { readonly k: 'break' | 'continue' | 'quit' | 'halt' };

interface Token {
  readonly t: 'number' | 'name' | 'string' | 'op' | 'newline' | 'end';
  readonly text: string;
  readonly line: number;
}
export class BcSyntax extends Error {
  readonly line: number;
  constructor(line: number) {
    super('syntax error');
    this.line = line;
  }
}
const TOKEN = /(?<blank>[ \t\r\f]+|\\\n|\/\*[\s\S]*?\*\/|#[^\n]*)|(?<newline>\n)|(?<number>[0-9A-F]*\.?[0-9A-F]+|[0-9A-F]+\.)|(?<name>[a-z][a-z0-9_]*|\.)|"(?<string>[^"]*)"|(?<op>\+\+|--|[-+*/%^]=|==|<=|>=|!=|&&|\|\||[-+*/%^=<>!(){}[\],;])/gy;

function tokens(text: string): Token[] {
  const all: Token[] = [];
  let line = 1;
  TOKEN.lastIndex = 0;
  for (let at = 0; at < text.length; at = TOKEN.lastIndex) {
    const m = TOKEN.exec(text);
    if (!m?.groups) throw new BcSyntax(line);
    for (const t of ['newline', 'number', 'name', 'string', 'op'] as const) if (m.groups[t] !== undefined) all.push({ t, text: m.groups[t], line });
    line += (m[0].match(/\n/g) ?? []).length;
  }
  all.push({ t: 'newline', text: '\n', line }, { t: 'end', text: '', line });
  return all;
}
const LEVELS: readonly (readonly string[])[] = [['||'], ['&&']];
const RELATIONS: readonly string[] = ['==', '<=', '>=', '!=', '<', '>'];
const KEYWORDS = new Set(['if', 'else', 'while', 'for', 'define', 'auto', 'return', 'break', 'continue', 'quit', 'halt', 'print', 'length', 'sqrt', 'read']);

class Parser {
  readonly #t: readonly Token[];
  #i = 0;
  constructor(text: string) {
    this.#t = tokens(text);
  }
  #now(): Token {
    return this.#t[this.#i] as Token;
  }
  fail(): never {
    throw new BcSyntax(this.#now().line);
  }
  #is(text: string): boolean {
    return this.#now().text === text && (this.#now().t === 'op' || this.#now().t === 'name');
  }
  #take(text: string): boolean {
    if (!this.#is(text)) return false;
    this.#i++;
    return true;
  }
  #need(text: string): void {
    if (!this.#take(text)) this.fail();
  }
  #newlines(): void {
    while (this.#now().t === 'newline') this.#i++;
  }
  /** The next line of statements; undefined at the end. */
  line(): Stmt[] | undefined {
    this.#newlines();
    if (this.#now().t === 'end') return undefined;
    const statements: Stmt[] = [];
    while (this.#now().t !== 'newline') {
      if (this.#take(';')) continue;
      const statement = this.#statement();
      statements.push(statement);
      if (statement.k !== 'define' && this.#now().t !== 'newline' && !this.#is(';')) this.fail();
    }
    this.#i++;
    return statements;
  }
  /** After an error: what is left of the line is given up. */
  skip(): void {
    while (this.#now().t !== 'newline' && this.#now().t !== 'end') this.#i++;
  }
  #statement(): Stmt {
    const { t, text, line } = this.#now();
    if (t === 'string') {
      this.#i++;
      return { k: 'string', text };
    }
    if (this.#take('{')) return { k: 'block', body: this.#body() };
    if (t === 'name') {
      if (this.#take('if')) return this.#if();
      if (this.#take('while')) {
        this.#need('(');
        const test = this.#expression();
        this.#need(')');
        this.#newlines();
        return { k: 'while', test, body: this.#statement() };
      }
      if (this.#take('for')) return this.#for();
      if (this.#take('define')) return this.#define();
      if (this.#take('print')) return this.#print();
      if (this.#take('return')) return { k: 'return', e: this.#now().t === 'newline' || this.#is(';') || this.#is('}') ? undefined : this.#expression() };
      for (const k of ['break', 'continue', 'quit', 'halt'] as const) if (this.#take(k)) return { k };
    }
    return { k: 'expr', e: this.#expression(), line };
  }
  #body(): Stmt[] {
    const body: Stmt[] = [];
    for (;;) {
      while (this.#now().t === 'newline' || this.#is(';')) this.#i++;
      if (this.#take('}')) return body;
      body.push(this.#statement());
      if (this.#now().t !== 'newline' && !this.#is(';') && !this.#is('}')) this.fail();
    }
  }
  #if(): Stmt {
    this.#need('(');
    const test = this.#expression();
    this.#need(')');
    this.#newlines();
    const then = this.#statement();
    return { k: 'if', test, then, other: this.#else() };
  }
  #else(): Stmt | undefined {
    if (!this.#take('else')) return undefined;
    this.#newlines();
    return this.#statement();
  }
  #for(): Stmt {
    const optional = (end: string): Expr | undefined => {
      const e = this.#is(end) ? undefined : this.#expression();
      this.#need(end);
      return e;
    };
    this.#need('(');
    const first = optional(';');
    const test = optional(';');
    const next = optional(')');
    this.#newlines();
    return { k: 'for', first, test, next, body: this.#statement() };
  }
  #names(end: string): string[] {
    const names: string[] = [];
    while (!this.#take(end)) {
      if (this.#now().t !== 'name') this.fail();
      names.push(this.#now().text);
      this.#i++;
      if (this.#take('[')) this.#need(']');
      if (!this.#take(',') && !this.#is(end)) {
        if (end === '\n' && this.#now().t === 'newline') break;
        this.fail();
      }
    }
    return names;
  }
  #define(): Stmt {
    const name = this.#now().text;
    if (this.#now().t !== 'name') this.fail();
    this.#i++;
    this.#need('(');
    const params = this.#names(')');
    this.#newlines();
    this.#need('{');
    this.#newlines();
    const autos = this.#take('auto') ? this.#names(this.#t.slice(this.#i).find((x) => x.text === ';' || x.t === 'newline')?.text ?? ';') : [];
    return { k: 'define', name, params, autos, body: this.#body() };
  }
  #print(): Stmt {
    const items: (string | Expr)[] = [];
    do {
      if (this.#now().t === 'string') {
        items.push(this.#now().text);
        this.#i++;
      } else items.push(this.#expression());
    } while (this.#take(','));
    return { k: 'print', items };
  }
  #expression(level = 0): Expr {
    const operators = LEVELS[level];
    if (!operators) return this.#not();
    let a = this.#expression(level + 1);
    while (operators.includes(this.#now().text) && this.#now().t === 'op') a = { k: 'binary', op: this.#t[this.#i++]?.text as string, a, b: this.#expression(level + 1) };
    return a;
  }
  #not(): Expr {
    if (this.#take('!')) return { k: 'unary', op: '!', e: this.#not() };
    let a = this.#assignment();
    while (this.#now().t === 'op' && RELATIONS.includes(this.#now().text)) a = { k: 'binary', op: this.#t[this.#i++]?.text as string, a, b: this.#assignment() };
    return a;
  }
  #assignment(): Expr {
    const a = this.#sum();
    const op = /^([-+*/%^]?)=$/.exec(this.#now().t === 'op' ? this.#now().text : '');
    if (!op || a.k !== 'var') return a;
    this.#i++;
    return { k: 'assign', name: a.name, ...(a.index && { index: a.index }), op: op[1] as string, e: this.#assignment() };
  }
  #sum(): Expr {
    let a = this.#product();
    while (this.#is('+') || this.#is('-')) a = { k: 'binary', op: this.#t[this.#i++]?.text as string, a, b: this.#product() };
    return a;
  }
  #product(): Expr {
    let a = this.#power();
    while (this.#is('*') || this.#is('/') || this.#is('%')) a = { k: 'binary', op: this.#t[this.#i++]?.text as string, a, b: this.#power() };
    return a;
  }
  #power(): Expr {
    const a = this.#unary();
    return this.#take('^') ? { k: 'binary', op: '^', a, b: this.#power() } : a;
  }
  #unary(): Expr {
    if (this.#take('-')) return { k: 'unary', op: '-', e: this.#unary() };
    return this.#primary();
  }
  #primary(): Expr {
    for (const [op, by] of [['++', 1], ['--', -1]] as const) {
      if (!this.#take(op)) continue;
      const e = this.#primary();
      return e.k === 'var' ? { k: 'step', name: e.name, ...(e.index && { index: e.index }), by, before: true } : this.fail();
    }
    const { t, text } = this.#now();
    if (t === 'number') {
      this.#i++;
      return { k: 'number', text };
    }
    if (this.#take('(')) {
      const e = this.#expression();
      this.#need(')');
      return { k: 'group', e };
    }
    if (t !== 'name' || (KEYWORDS.has(text) && text !== 'length' && text !== 'sqrt')) return this.fail();
    this.#i++;
    if (this.#take('(')) {
      const args: Expr[] = [];
      while (!this.#take(')')) {
        args.push(this.#expression());
        if (!this.#take(',') && !this.#is(')')) this.fail();
      }
      return { k: 'call', name: text, args };
    }
    const name = text === '.' ? 'last' : text;
    let index: Expr | undefined;
    if (this.#take('[')) {
      index = this.#expression();
      this.#need(']');
    }
    const place = { name, ...(index && { index }) };
    for (const [op, by] of [['++', 1], ['--', -1]] as const) if (this.#take(op)) return { k: 'step', ...place, by, before: false };
    return { k: 'var', ...place };
  }
}
export const parser = (text: string): { line(): Stmt[] | undefined; skip(): void } => new Parser(text);
