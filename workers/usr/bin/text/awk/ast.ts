/** The tree of an awk program. */
import type { Regex } from '../regex/regex.ts';
import type { Value } from './value.ts';

interface Typed {
  /** Can be computed at once: no input, no function of the program, no command. Decided when the program is parsed. */
  readonly pure: boolean;
}
export type LValue =
  | (Typed & { readonly t: 'var'; readonly name: string })
  | (Typed & { readonly t: 'field'; readonly index: Expr })
  | (Typed & { readonly t: 'index'; readonly array: string; readonly subscripts: readonly Expr[] });
export type Expr =
  | LValue
  | (Typed & { readonly t: 'value'; readonly value: Value })
  | (Typed & { readonly t: 'regex'; readonly regex: Regex })
  | (Typed & { readonly t: 'binary'; readonly op: string; readonly a: Expr; readonly b: Expr })
  | (Typed & { readonly t: 'logic'; readonly op: '&&' | '||'; readonly a: Expr; readonly b: Expr })
  | (Typed & { readonly t: 'unary'; readonly op: '!' | '-' | '+' | '('; readonly a: Expr })
  | (Typed & { readonly t: 'match'; readonly not: boolean; readonly a: Expr; readonly b: Expr })
  | (Typed & { readonly t: 'cond'; readonly test: Expr; readonly yes: Expr; readonly no: Expr })
  | (Typed & { readonly t: 'assign'; readonly op: string; readonly to: LValue; readonly value: Expr })
  | (Typed & { readonly t: 'step'; readonly by: 1 | -1; readonly prefix: boolean; readonly to: LValue })
  | (Typed & { readonly t: 'in'; readonly subscripts: readonly Expr[]; readonly array: string })
  | (Typed & { readonly t: 'builtin'; readonly name: string; readonly args: readonly Expr[] })
  | (Typed & { readonly t: 'call'; readonly name: string; readonly args: readonly Expr[] })
  | (Typed & { readonly t: 'getline'; readonly from: 'main' | 'file' | 'command'; readonly source: Expr | undefined; readonly to: LValue | undefined });

export interface Redirect {
  readonly kind: '>' | '>>' | '|';
  readonly target: Expr;
}
export type Stmt =
  | { readonly t: 'expr'; readonly e: Expr }
  | { readonly t: 'print'; readonly args: readonly Expr[]; readonly redirect: Redirect | undefined; readonly format: boolean }
  | { readonly t: 'block'; readonly body: readonly Stmt[] }
  | { readonly t: 'if'; readonly test: Expr; readonly yes: Stmt; readonly no: Stmt | undefined }
  | { readonly t: 'while'; readonly test: Expr; readonly body: Stmt; readonly first: boolean }
  | { readonly t: 'for'; readonly init: Stmt | undefined; readonly test: Expr | undefined; readonly step: Stmt | undefined; readonly body: Stmt }
  | { readonly t: 'forin'; readonly name: string; readonly array: string; readonly body: Stmt }
  | { readonly t: 'delete'; readonly array: string; readonly subscripts: readonly Expr[] | undefined }
  | { readonly t: 'return' | 'exit'; readonly value: Expr | undefined }
  | { readonly t: 'next' | 'nextfile' | 'break' | 'continue' };

export interface Rule {
  readonly kind: 'begin' | 'end' | 'pattern' | 'range' | 'always';
  readonly a?: Expr;
  readonly b?: Expr;
  /** Undefined: print the record. */
  readonly body: Stmt | undefined;
}
export interface Func {
  readonly params: readonly string[];
  readonly body: Stmt;
}
export interface Program {
  readonly rules: readonly Rule[];
  readonly functions: ReadonlyMap<string, Func>;
}
/** What is wrong with a program, with its line. */
export class AwkError extends Error {}
