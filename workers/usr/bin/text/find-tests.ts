/** The expression of find: a tree of tests and actions. */
import type { Kthread } from '../../../kernel/kthread.ts';
import { strerror } from '../../../uapi/errno.ts';
import type { Stat } from '../../program.ts';
import { print, printf, remove, runCommand, typeLetter } from './find-actions.ts';
import { fnmatch } from './fnmatch.ts';
import type { Tool } from './io.ts';
import { compileRegex } from './regex/regex.ts';

export interface Entry {
  /** As it is printed. */
  readonly path: string;
  readonly name: string;
  readonly depth: number;
  /** The starting point it was found under. */
  readonly start: string;
  readonly stat: Stat;
}
export class FindError extends Error {}
/** What actions do beyond their answer. */
export interface Walk {
  readonly tool: Tool;
  prune: boolean;
  quit: boolean;
  /** -exec … + gathers here; run at the end. */
  readonly batches: Map<Expression, string[]>;
}
export interface Expression {
  eval(entry: Entry, walk: Walk): Kthread<boolean>;
  /** -exec … +: the command, to which the gathered paths are added. */
  readonly batch?: readonly string[];
}
export interface Parsed {
  readonly expression: Expression;
  readonly minDepth: number;
  readonly maxDepth: number;
  readonly depthFirst: boolean;
}

const pure = (test: (e: Entry) => boolean): Expression => ({
  *eval(entry) {
    return test(entry);
  },
});
/** '+3', '-3', '3'. */
function numeric(text: string): (n: number) => boolean {
  const m = /^([+-]?)(\d+)$/.exec(text);
  if (!m) throw new FindError(`invalid number '${text}'`);
  const limit = Number(m[2]);
  return m[1] === '+' ? (n) => n > limit : m[1] === '-' ? (n) => n < limit : (n) => n === limit;
}
const SIZE_UNITS: Readonly<Record<string, number>> = { c: 1, w: 2, b: 512, '': 512, k: 1024, M: 1024 ** 2, G: 1024 ** 3 };

export function parseFind(args: readonly string[], tool: Tool): Parsed {
  const p = new FindParser(args, tool);
  const expression = p.all();
  return { expression, minDepth: p.minDepth, maxDepth: p.maxDepth, depthFirst: p.depthFirst };
}

class FindParser {
  readonly #t: readonly string[];
  readonly #tool: Tool;
  #i = 0;
  #acts = false;
  minDepth = 0;
  maxDepth = Number.POSITIVE_INFINITY;
  depthFirst = false;
  constructor(tokens: readonly string[], tool: Tool) {
    this.#t = tokens;
    this.#tool = tool;
  }
  all(): Expression {
    const parsed = this.#t.length === 0 ? pure(() => true) : this.#or();
    if (this.#i < this.#t.length) throw new FindError(this.#t[this.#i] === ')' ? "you have too many ')'" : `unrecognized: ${this.#t[this.#i]}`);
    return this.#acts ? parsed : and(parsed, print('\n'));
  }
  #or(): Expression {
    let left = this.#and();
    while (this.#t[this.#i] === '-o' || this.#t[this.#i] === '-or') {
      this.#i++;
      left = or(left, this.#and());
    }
    return left;
  }
  #and(): Expression {
    let left = this.#not();
    for (;;) {
      const token = this.#t[this.#i];
      if (token === undefined || token === ')' || token === '-o' || token === '-or') return left;
      if (token === '-a' || token === '-and') this.#i++;
      left = and(left, this.#not());
    }
  }
  #not(): Expression {
    const token = this.#t[this.#i];
    if (token !== '!' && token !== '-not') return this.#primary();
    this.#i++;
    const inner = this.#not();
    return { *eval(e, w) { return !(yield* inner.eval(e, w)); } };
  }
  #argument(name: string): string {
    const value = this.#t[this.#i++];
    if (value === undefined) throw new FindError(`missing argument to '${name}'`);
    return value;
  }
  #primary(): Expression {
    const name = this.#t[this.#i++];
    if (name === undefined) throw new FindError('missing expression');
    if (name === '(') {
      const inner = this.#or();
      if (this.#t[this.#i++] !== ')') throw new FindError("unmatched '('");
      return inner;
    }
    switch (name) {
      case '-name': case '-iname': {
        const glob = this.#argument(name);
        return pure((e) => fnmatch(glob, e.name, { icase: name === '-iname' }));
      }
      case '-path': case '-wholename': case '-ipath': {
        const glob = this.#argument(name);
        return pure((e) => fnmatch(glob, e.path, { icase: name === '-ipath' }));
      }
      case '-regex': case '-iregex': {
        const regex = compileRegex(`^\\(${this.#argument(name)}\\)$`, { extended: false, icase: name === '-iregex' });
        return pure((e) => regex.test(e.path));
      }
      case '-type': {
        const letters = this.#argument(name).split(',');
        return pure((e) => letters.includes(typeLetter(e.stat)));
      }
      case '-size': {
        const text = this.#argument(name);
        const m = /^([+-]?\d+)([cwbkMG]?)$/.exec(text);
        if (!m) throw new FindError(`invalid number '${text}'`);
        const unit = SIZE_UNITS[m[2] as string] as number;
        const fits = numeric(m[1] as string);
        return pure((e) => fits(Math.ceil(e.stat.size / unit)));
      }
      case '-perm': return this.#perm(this.#argument(name));
      case '-links': {
        const fits = numeric(this.#argument(name));
        return pure((e) => fits(e.stat.nlink));
      }
      case '-user': case '-uid': return this.#id(name, (s) => s.uid);
      case '-group': case '-gid': return this.#id(name, (s) => s.gid);
      case '-newer': {
        const stat = this.#tool.sys.stat(this.#argument(name));
        if (typeof stat === 'number') throw new FindError(`${this.#t[this.#i - 1]}: ${strerror(stat)}`);
        return pure((e) => e.stat.mtime > stat.mtime);
      }
      case '-mtime': case '-mmin': case '-atime': case '-ctime': case '-amin': case '-cmin': {
        const fits = numeric(this.#argument(name));
        const unit = name.endsWith('min') ? 60 : 86400;
        return pure((e) => fits(Math.floor((this.#tool.sys.clock_realtime() - e.stat.mtime) / unit)));
      }
      case '-samefile': {
        const stat = this.#tool.sys.stat(this.#argument(name));
        return pure((e) => typeof stat !== 'number' && e.stat.node === stat.node);
      }
      case '-empty': return this.#empty();
      case '-readable': case '-writable': case '-executable': {
        const mode = name === '-readable' ? 4 : name === '-writable' ? 2 : 1;
        return pure((e) => this.#tool.sys.access(e.path, mode) === 0);
      }
      case '-true': return pure(() => true);
      case '-false': return pure(() => false);
      case '-maxdepth': this.maxDepth = Number(this.#argument(name)); return pure(() => true);
      case '-mindepth': this.minDepth = Number(this.#argument(name)); return pure(() => true);
      case '-depth': this.depthFirst = true; return pure(() => true);
      case '-xdev': case '-mount': case '-noleaf': case '-follow': case '-daystart': return pure(() => true);
      default: return this.#action(name);
    }
  }
  #id(name: string, of: (s: Stat) => number): Expression {
    const text = this.#argument(name);
    const fits = numeric(text === 'root' ? '0' : text);
    return pure((e) => fits(of(e.stat)));
  }
  #perm(text: string): Expression {
    const kind = /^[-/+]/.test(text) ? text[0] : '';
    const digits = kind === '' ? text : text.slice(1);
    const wanted = /^[0-7]+$/.test(digits) ? Number.parseInt(digits, 8) : symbolic(digits);
    if (wanted === undefined) throw new FindError(`invalid mode '${text}'`);
    return pure(({ stat }) => {
      const bits = stat.mode & 0o7777;
      return kind === '-' ? (bits & wanted) === wanted : kind === '' ? bits === wanted : wanted === 0 || (bits & wanted) !== 0;
    });
  }
  #empty(): Expression {
    return pure((e) => {
      if (e.stat.kind === 'file') return e.stat.size === 0;
      const names = e.stat.kind === 'dir' ? this.#tool.sys.readdir(e.path) : -1;
      return typeof names !== 'number' && names.length === 0;
    });
  }
  #action(name: string): Expression {
    switch (name) {
      case '-prune': return { *eval(_, w) { w.prune = true; return true; } };
      case '-quit': this.#acts = true; return { *eval(_, w) { w.quit = true; return true; } };
      case '-print': this.#acts = true; return print('\n');
      case '-print0': this.#acts = true; return print('\0');
      case '-printf': this.#acts = true; return printf(this.#argument(name));
      case '-delete': this.#acts = this.depthFirst = true; return remove;
      case '-exec': case '-execdir': case '-ok': this.#acts = true; return this.#exec(name);
      default: throw new FindError(`unrecognized: ${name}`);
    }
  }
  #exec(name: string): Expression {
    const command: string[] = [];
    for (;;) {
      const token = this.#t[this.#i++];
      if (token === undefined) throw new FindError(`missing argument to '${name}'`);
      if (token === ';') break;
      if (token === '+' && command.at(-1) === '{}') {
        const batch: Expression = { batch: command.slice(0, -1),
          *eval(e, w) { w.batches.set(batch, [...(w.batches.get(batch) ?? []), e.path]); return true; } };
        return batch;
      }
      command.push(token);
    }
    return {
      *eval(entry, { tool }) {
        const path = name === '-execdir' ? `./${entry.name}` : entry.path;
        const argv = command.map((part) => part.split('{}').join(path));
        const cwd = name === '-execdir' ? { cwd: entry.path.replace(/\/?[^/]*$/, '') || (entry.path.startsWith('/') ? '/' : '.') } : {};
        return (yield* runCommand(tool, argv, cwd)) === 0;
      },
    };
  }
}

const and = (a: Expression, b: Expression): Expression => ({ *eval(e, w) { return (yield* a.eval(e, w)) && (yield* b.eval(e, w)); } });
const or = (a: Expression, b: Expression): Expression => ({ *eval(e, w) { return (yield* a.eval(e, w)) || (yield* b.eval(e, w)); } });

function symbolic(text: string): number | undefined {
  let bits = 0;
  for (const part of text.split(',')) {
    const m = /^([ugoa]*)[=+]([rwxst]*)$/.exec(part);
    if (!m) return undefined;
    const who = m[1] === '' || m[1]?.includes('a') ? 'ugo' : (m[1] as string);
    for (const w of who) {
      const shift = w === 'u' ? 6 : w === 'g' ? 3 : 0;
      for (const p of m[2] as string) bits |= { r: 4, w: 2, x: 1, s: 0, t: 0 }[p as 'r'] << shift;
    }
  }
  return bits;
}
