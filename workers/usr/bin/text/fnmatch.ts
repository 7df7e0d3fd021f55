/** fnmatch(3): shell patterns on whole names, bytes, C locale. */
import { classBytes } from './regex/ast.ts';

const cache = new Map<string, RegExp>();

/** `pathname`: wildcards stop at '/'. `period`: a leading '.' must be matched by a '.'. */
export function fnmatch(pattern: string, name: string, options: { pathname?: boolean; period?: boolean; icase?: boolean } = {}): boolean {
  if (options.period && name.startsWith('.') && !pattern.startsWith('.')) return false;
  const key = `${options.pathname ? '/' : ''}${options.icase ? 'i' : ''}\0${pattern}`;
  let regex = cache.get(key);
  if (!regex) {
    regex = new RegExp(`^${source(pattern, options.pathname ?? false)}$`, options.icase ? 'is' : 's');
    if (cache.size > 200) cache.clear();
    cache.set(key, regex);
  }
  return regex.test(name);
}

const literal = (c: string): string => c.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');

function source(pattern: string, pathname: boolean): string {
  const any = pathname ? '[^/]' : '.';
  let out = '';
  for (let i = 0; i < pattern.length; i++) {
    const c = pattern[i] as string;
    if (c === '*') out += `${any}*`;
    else if (c === '?') out += any;
    else if (c === '\\' && i + 1 < pattern.length) out += literal(pattern[++i] as string);
    else if (c === '[') {
      const bracket = bracketSource(pattern, i);
      if (bracket) {
        out += bracket.source;
        i = bracket.last;
      } else out += '\\[';
    } else out += literal(c);
  }
  return out;
}

function bracketSource(pattern: string, at: number): { source: string; last: number } | undefined {
  let i = at + 1;
  const negate = pattern[i] === '!' || pattern[i] === '^';
  if (negate) i++;
  let body = '';
  for (let first = true; i < pattern.length; i++, first = false) {
    const c = pattern[i] as string;
    if (c === ']' && !first) return { source: `[${negate ? '^' : ''}${body}]`, last: i };
    const named = c === '[' ? /^\[:(\w+):\]/.exec(pattern.slice(i)) : null;
    if (named) {
      body += (classBytes(named[1] as string) ?? []).map((b) => `\\x${b.toString(16).padStart(2, '0')}`).join('');
      i += named[0].length - 1;
    } else if (c === '\\' && i + 1 < pattern.length) body += literal(pattern[++i] as string);
    else body += c === '-' && !first && pattern[i + 1] !== ']' ? '-' : literal(c);
  }
  return undefined;
}
