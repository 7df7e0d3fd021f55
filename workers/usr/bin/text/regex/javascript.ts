/** A tree as the source of a JavaScript RegExp without flags: every byte set is spelled out, so neither locale nor flags matter. */
import type { Assertion, ByteSet, Node } from './ast.ts';

const ASSERTIONS: Readonly<Record<Assertion, string>> = {
  start: '^', end: '$', bol: '(?<![^\\n])', eol: '(?![^\\n])', wordb: '\\b', nwordb: '\\B', wordstart: '\\b(?=\\w)', wordend: '\\b(?<=\\w)',
};
const hex = (byte: number): string => `\\x${byte.toString(16).padStart(2, '0')}`;

function setSource(set: ByteSet): string {
  let source = '';
  let single = true;
  for (let from = 0; from < 256; from++) {
    if (!set[from]) continue;
    let to = from;
    while (to < 255 && set[to + 1]) to++;
    if (source !== '' || to !== from) single = false;
    source += to === from ? hex(from) : `${hex(from)}-${hex(to)}`;
    from = to;
  }
  return single && source !== '' ? source : `[${source}]`;
}

/** Backtracking order, greedy: the same strings match and at the same place; how far the match goes may differ from POSIX (see longest.ts). */
export function toJavaScript(node: Node): string {
  switch (node.kind) {
    case 'empty': return '';
    case 'set': return setSource(node.set);
    case 'cat': return node.items.map((item) => (item.kind === 'alt' ? `(?:${toJavaScript(item)})` : toJavaScript(item))).join('');
    case 'alt': return node.items.map(toJavaScript).join('|');
    case 'group': return `(${toJavaScript(node.item)})`;
    case 'assert': return ASSERTIONS[node.what];
    case 'ref': return `(?:\\${node.n})`;
    case 'rep': {
      const bounds = `{${node.min},${node.max === Number.POSITIVE_INFINITY ? '' : node.max}}`;
      return `(?:${toJavaScript(node.item)})${bounds}`;
    }
  }
}
