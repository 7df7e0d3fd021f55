/** Compiled POSIX regular expressions for grep, sed, awk and the shell's =~. */
import type { Node } from './ast.ts';
import { toJavaScript } from './javascript.ts';
import { LongestMatcher, type Spans } from './longest.ts';
import { parseRegex, type Syntax } from './parse.ts';

export { RegexError } from './ast.ts';
export type { Spans } from './longest.ts';

export interface Regex {
  readonly groups: number;
  test(text: string): boolean;
  /** Leftmost-longest match at or after `from`; anchors see the whole text. */
  exec(text: string, from?: number): Spans | undefined;
}

/** How far JavaScript's own matcher may be trusted. */
function traits(node: Node, inRep = false): { exact: boolean; safe: boolean } {
  switch (node.kind) {
    case 'group': return traits(node.item, inRep);
    case 'cat': return all(node.items.map((item) => traits(item, inRep)));
    case 'alt': return { exact: false, safe: !inRep && node.items.every((item) => traits(item, inRep).safe) };
    // One byte repeated: greedy is longest. A group repeated may have to stop early for the whole to be longer, and repeats within repeats can take
    // exponential time.
    case 'rep': return node.item.kind === 'set' ? { exact: true, safe: !inRep } : { exact: false, safe: !inRep && traits(node.item, true).safe };
    default: return { exact: true, safe: true };
  }
}
const all = (parts: { exact: boolean; safe: boolean }[]) => ({ exact: parts.every((p) => p.exact), safe: parts.every((p) => p.safe) });

/** Throws RegexError with regerror(3)'s text. */
export function compileRegex(source: string, syntax: Syntax): Regex {
  const { root, groups, refs } = parseRegex(source, syntax);
  const { exact, safe } = traits(root);
  const pattern = new RegExp(toJavaScript(root), refs && syntax.icase ? 'dgi' : 'dg');
  const search = (text: string, from: number): RegExpExecArray | null => {
    pattern.lastIndex = from;
    return pattern.exec(text);
  };
  const plain = new RegExp(pattern.source, refs && syntax.icase ? 'i' : '');
  if (refs || exact) {
    const exec = (text: string, from = 0): Spans | undefined => {
      const found = search(text, from);
      return found ? [...(found.indices as unknown as Spans)] : undefined;
    };
    return { groups, exec, test: (text) => plain.test(text) };
  }
  const longest = new LongestMatcher(root, groups);
  if (!safe) return { groups, exec: (text, from = 0) => longest.exec(text, from), test: (text) => longest.exec(text, 0) !== undefined };
  return {
    groups, test: (text) => plain.test(text),
    exec: (text, from = 0) => {
      const found = search(text, from);
      return found ? longest.exec(text, found.index) : undefined;
    },
  };
}
