/** basename, dirname, readlink, realpath: names of files. */
import { ERRNO, strerror } from '../../uapi/errno.ts';
import type { Sys } from '../program.ts';
import { quoteaf, quotef } from './quotef.ts';
import { getopt } from './text/getopt.ts';
import { program } from './text/io.ts';

export const basename = program(function* (tool) {
  const { options, operands } = yield* getopt(
    tool,
    { short: 'as:z', inOrder: true, long: { multiple: { key: 'a' }, suffix: { key: 's', arg: 'required' }, zero: { key: 'z' } } },
    'basename NAME [SUFFIX]',
  );
  if (operands.length === 0) yield* tool.die("missing operand\nTry 'basename --help' for more information.");
  const many = options.some(([k]) => k === 'a' || k === 's');
  if (!many && operands.length > 2) yield* tool.die(`extra operand ${quoteaf(operands[2] as string)}\nTry 'basename --help' for more information.`);
  const suffix = options.findLast(([k]) => k === 's')?.[1] ?? (many ? '' : (operands[1] ?? ''));
  for (const path of many ? operands : operands.slice(0, 1)) {
    const name = path.replace(/\/+$/, '').replace(/^.*\//, '') || (path.startsWith('/') ? '/' : '');
    tool.put(
      `${suffix !== '' && name !== suffix && name.endsWith(suffix) ? name.slice(0, -suffix.length) : name}${options.some(([k]) => k === 'z') ? '\0' : '\n'}`,
    );
  }
  return 0;
});
export const dirname = program(function* (tool) {
  const { operands } = yield* getopt(tool, { short: 'z', long: { zero: { key: 'z' } } }, 'dirname [OPTION] NAME...');
  if (operands.length === 0) yield* tool.die("missing operand\nTry 'dirname --help' for more information.");
  for (const path of operands) {
    const trimmed = path.replace(/\/+$/, '');
    const dir = trimmed.replace(/\/*[^/]*$/, '');
    tool.put(`${dir !== '' ? dir : path.startsWith('/') ? '/' : '.'}\n`);
  }
  return 0;
});

/** A path without links, '.' and '..'. `lenient`: how many names at the end may be missing (0, 1 or all). -errno. */
function canonical(sys: Sys, path: string, lenient: 0 | 1 | 2): string | number {
  const pending = (path.startsWith('/') ? path : `${sys.getcwd()}/${path}`)
    .split('/')
    .filter((n) => n !== '')
    .reverse();
  const out: string[] = [];
  let links = 0;
  while (pending.length > 0) {
    const name = pending.pop() as string;
    if (name === '.') continue;
    if (name === '..') {
      out.pop();
      continue;
    }
    const at = `/${[...out, name].join('/')}`;
    const stat = sys.lstat(at);
    if (typeof stat === 'number') {
      if (lenient === 0 || (lenient === 1 && pending.length > 0)) return stat;
      out.push(name);
    } else if (stat.kind === 'link') {
      if (++links > 40) return -ERRNO.ELOOP;
      const target = sys.readlink(at);
      if (typeof target === 'number') return target;
      if (target.startsWith('/')) out.length = 0;
      pending.push(
        ...target
          .split('/')
          .filter((n) => n !== '')
          .reverse(),
      );
    } else if (stat.kind !== 'dir' && pending.length > 0) return -ERRNO.ENOTDIR;
    else out.push(name);
  }
  return `/${out.join('/')}`;
}
export const readlink = program(function* (tool) {
  const { options, operands } = yield* getopt(
    tool,
    {
      short: 'femnqsvz',
      long: {
        canonicalize: { key: 'f' },
        'canonicalize-existing': { key: 'e' },
        'canonicalize-missing': { key: 'm' },
        'no-newline': { key: 'n' },
        verbose: { key: 'v' },
      },
    },
    'readlink [OPTION]... FILE...',
  );
  if (operands.length === 0) yield* tool.die("missing operand\nTry 'readlink --help' for more information.");
  const has = (letter: string): boolean => options.some(([k]) => k === letter);
  for (const path of operands) {
    const target = has('m')
      ? canonical(tool.sys, path, 2)
      : has('e')
        ? canonical(tool.sys, path, 0)
        : has('f')
          ? canonical(tool.sys, path, 1)
          : tool.sys.readlink(path);
    if (typeof target === 'number') {
      tool.status = 1;
      if (has('v')) yield* tool.warn(`${quotef(path)}: ${strerror(target)}`);
    } else tool.put(target + (has('n') && operands.length === 1 ? '' : '\n'));
  }
  return 0;
});
export const realpath = program(function* (tool) {
  const { options, operands } = yield* getopt(
    tool,
    {
      short: 'emqsLPz',
      long: {
        'canonicalize-existing': { key: 'e' },
        'canonicalize-missing': { key: 'm' },
        quiet: { key: 'q' },
        strip: { key: 's' },
        'no-symlinks': { key: 's' },
      },
    },
    'realpath [OPTION]... FILE...',
  );
  if (operands.length === 0) yield* tool.die("missing operand\nTry 'realpath --help' for more information.");
  const has = (letter: string): boolean => options.some(([k]) => k === letter);
  for (const path of operands) {
    const target = canonical(tool.sys, path, has('m') ? 2 : has('e') ? 0 : 1);
    if (typeof target === 'string') tool.put(`${target}\n`);
    else if (has('q')) tool.status = 1;
    else yield* tool.warn(`${quotef(path)}: ${strerror(target)}`);
  }
  return 0;
});
