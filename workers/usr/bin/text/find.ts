/** find: walks trees in directory order. Messages as busybox. */
import type { Kthread } from '../../../kernel/kthread.ts';
import { strerror } from '../../../uapi/errno.ts';
import { runCommand } from './find-actions.ts';
import { type Entry, FindError, parseFind, type Parsed, type Walk } from './find-tests.ts';
import { program } from './io.ts';
import { RegexError } from './regex/regex.ts';

const BATCH = 1000;

export const find = program(function* (tool) {
  let i = 0;
  let follow: 'never' | 'start' | 'always' = 'never';
  for (; /^-[HLP]$/.test(tool.args[i] ?? ''); i++) follow = tool.args[i] === '-L' ? 'always' : tool.args[i] === '-H' ? 'start' : 'never';
  const starts: string[] = [];
  for (; i < tool.args.length && !/^(-.|[(!]$)/.test(tool.args[i] as string); i++) starts.push(tool.args[i] as string);
  let parsed: Parsed;
  try {
    parsed = parseFind(tool.args.slice(i), tool);
  } catch (e) {
    if (!(e instanceof FindError || e instanceof RegexError)) throw e;
    return yield* tool.die(e.message);
  }
  if (tool.args.includes('-follow')) follow = 'always';
  const walk: Walk = { tool, prune: false, quit: false, batches: new Map() };

  function* visit(path: string, start: string, depth: number): Kthread<void> {
    const named = depth === 0 && follow !== 'never';
    let stat = named || follow === 'always' ? tool.sys.stat(path) : tool.sys.lstat(path);
    if (typeof stat === 'number' && (named || follow === 'always')) stat = tool.sys.lstat(path);
    if (typeof stat === 'number') return yield* tool.warn(`${path}: ${strerror(stat)}`);
    const trimmed = path.replace(/\/+$/, '');
    const entry: Entry = { path, name: trimmed === '' ? '/' : trimmed.replace(/^.*\//, ''), depth, start, stat };
    const wanted = depth >= parsed.minDepth;
    walk.prune = false;
    if (!parsed.depthFirst && wanted) yield* parsed.expression.eval(entry, walk);
    const pruned = walk.prune && !parsed.depthFirst;
    if (!walk.quit && stat.kind === 'dir' && !pruned && depth < parsed.maxDepth) {
      const names = tool.sys.readdir(path);
      if (typeof names === 'number') yield* tool.warn(`${path}: ${strerror(names)}`);
      else for (const name of names) {
        if (name === '.' || name === '..') continue;
        yield* visit(path.endsWith('/') ? path + name : `${path}/${name}`, start, depth + 1);
        if (walk.quit) return;
      }
    }
    if (parsed.depthFirst && wanted && !walk.quit) yield* parsed.expression.eval(entry, walk);
  }
  for (const start of starts.length > 0 ? starts : ['.']) {
    if (!walk.quit) yield* visit(start, start, 0);
  }
  for (const [expression, paths] of walk.batches) {
    for (let at = 0; at < paths.length; at += BATCH) {
      const status = yield* runCommand(tool, [...(expression.batch ?? []), ...paths.slice(at, at + BATCH)]);
      if (status !== 0) tool.status = 1;
    }
  }
  return 0;
});
