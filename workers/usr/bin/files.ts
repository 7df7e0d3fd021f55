/** mkdir, rmdir, rm, touch, ln, mv, cp, chmod, mkfifo, truncate: programs that change the tree. */
import type { Kthread } from '../../kernel/kthread.ts';
import { ERRNO, strerror } from '../../uapi/errno.ts';
import { parseMode } from './mode.ts';
import { quoteaf, quotef } from './quotef.ts';
import { getopt } from './text/getopt.ts';
import { program, type Tool, writeAll } from './text/io.ts';

const base = (path: string): string => path.replace(/\/+$/, '').replace(/^.*\//, '') || '/';
const join = (dir: string, name: string): string => (dir.endsWith('/') ? dir + name : `${dir}/${name}`);
const isDir = (tool: Tool, path: string): boolean => {
  const stat = tool.sys.stat(path);
  return typeof stat !== 'number' && stat.kind === 'dir';
};
function* missingOperand(tool: Tool): Kthread<never> {
  return yield* tool.die(`missing operand\nTry '${tool.name} --help' for more information.`);
}

export const mkdir = program(function* (tool) {
  const { options, operands } = yield* getopt(
    tool,
    { short: 'pvm:', long: { parents: { key: 'p' }, verbose: { key: 'v' }, mode: { key: 'm', arg: 'required' } } },
    'mkdir [OPTION]... DIRECTORY...',
  );
  if (operands.length === 0) yield* missingOperand(tool);
  const has = (letter: string): boolean => options.some(([k]) => k === letter);
  const modeText = options.findLast(([k]) => k === 'm')?.[1];
  const mode = modeText === undefined ? 0o777 : parseMode(modeText, 0o777, true, 0);
  if (mode === undefined) return yield* tool.die(`invalid mode '${modeText}'`);
  for (const path of operands) {
    const parts = has('p')
      ? path
          .split('/')
          .map((_, i, all) => all.slice(0, i + 1).join('/'))
          .filter((p) => p !== '')
      : [path];
    for (const part of parts) {
      const error = tool.sys.mkdir(part, part === path ? mode : 0o777);
      if (error === 0) {
        if (modeText !== undefined && part === path) tool.sys.chmod(part, mode);
        if (has('v')) tool.put(`mkdir: created directory ${quoteaf(part)}\n`);
      } else if (!(has('p') && error === -ERRNO.EEXIST && isDir(tool, part))) {
        yield* tool.warn(`cannot create directory ${quoteaf(part)}: ${strerror(error)}`);
        break;
      }
    }
  }
  return 0;
});
export const rmdir = program(function* (tool) {
  const { options, operands } = yield* getopt(
    tool,
    { short: 'pv', long: { parents: { key: 'p' }, verbose: { key: 'v' }, 'ignore-fail-on-non-empty': { key: 'ignore' } } },
    'rmdir [OPTION]... DIRECTORY...',
  );
  if (operands.length === 0) yield* missingOperand(tool);
  for (const path of operands) {
    let dir = path;
    for (;;) {
      const error = tool.sys.rmdir(dir);
      if (error < 0) {
        if (!(error === -ERRNO.ENOTEMPTY && options.some(([k]) => k === 'ignore'))) yield* tool.warn(`failed to remove ${quoteaf(dir)}: ${strerror(error)}`);
        break;
      }
      dir = dir.replace(/\/+$/, '').replace(/\/?[^/]+$/, '');
      if (!options.some(([k]) => k === 'p') || dir === '') break;
    }
  }
  return 0;
});

function* removeTree(tool: Tool, path: string, how: { recursive: boolean; force: boolean; verbose: boolean }): Kthread<boolean> {
  const { sys } = tool;
  const stat = sys.lstat(path);
  if (typeof stat === 'number') {
    if (how.force && (stat === -ERRNO.ENOENT || stat === -ERRNO.ENOTDIR)) return true;
    yield* tool.warn(`cannot remove ${quoteaf(path)}: ${strerror(stat)}`);
    return false;
  }
  let error = 0;
  if (stat.kind === 'dir') {
    if (!how.recursive) {
      yield* tool.warn(`cannot remove ${quoteaf(path)}: Is a directory`);
      return false;
    }
    const names = sys.readdir(path);
    if (typeof names === 'number') error = names;
    else {
      let clean = true;
      for (const name of names) clean = (yield* removeTree(tool, join(path, name), how)) && clean;
      if (!clean) return false;
      error = sys.rmdir(path);
    }
  } else error = sys.unlink(path);
  if (error < 0) yield* tool.warn(`cannot remove ${quoteaf(path)}: ${strerror(error)}`);
  else if (how.verbose) tool.put(`removed ${stat.kind === 'dir' ? 'directory ' : ''}${quoteaf(path)}\n`);
  return error === 0;
}
export const rm = program(function* (tool) {
  const { options, operands } = yield* getopt(
    tool,
    { short: 'dfiIrRv', long: { force: { key: 'f' }, recursive: { key: 'r' }, verbose: { key: 'v' }, dir: { key: 'd' } } },
    'rm [OPTION]... [FILE]...',
  );
  const has = (...letters: string[]): boolean => options.some(([k]) => letters.includes(k));
  if (operands.length === 0 && !has('f')) yield* missingOperand(tool);
  for (const path of operands) {
    if (/(^|\/)\.\.?\/*$/.test(path)) {
      yield* tool.warn(`refusing to remove '.' or '..' directory: skipping ${quoteaf(path)}`);
      continue;
    }
    if (has('d') && !has('r', 'R') && isDir(tool, path)) {
      const error = tool.sys.rmdir(path);
      if (error < 0) yield* tool.warn(`cannot remove ${quoteaf(path)}: ${strerror(error)}`);
      continue;
    }
    yield* removeTree(tool, path, { recursive: has('r', 'R'), force: has('f'), verbose: has('v') });
  }
  return 0;
});

export const touch = program(function* (tool) {
  const { options, operands } = yield* getopt(
    tool,
    { short: 'acmd:r:t:h', long: { 'no-create': { key: 'c' }, date: { key: 'd', arg: 'required' }, reference: { key: 'r', arg: 'required' } } },
    'touch [OPTION]... FILE...',
  );
  if (operands.length === 0) yield* tool.die("missing file operand\nTry 'touch --help' for more information.");
  for (const path of operands) {
    if (typeof tool.sys.stat(path) === 'number') {
      if (options.some(([k]) => k === 'c')) continue;
      const fd = tool.sys.open(path, { write: true, create: true });
      if (fd < 0) yield* tool.warn(`cannot touch ${quoteaf(path)}: ${strerror(fd)}`);
      else tool.sys.close(fd);
      continue;
    }
    const error = tool.sys.utime(path);
    if (error < 0) yield* tool.warn(`setting times of ${quoteaf(path)}: ${strerror(error)}`);
  }
  return 0;
});

/** Sources and where each goes: `a b`, `a b dir`, `-t dir a b`. */
function* destinations(tool: Tool, operands: readonly string[], into: string | undefined, noDir: boolean): Kthread<[string, string][]> {
  if (operands.length === 0) yield* tool.die(`missing file operand\nTry '${tool.name} --help' for more information.`);
  if (into !== undefined) return operands.map((s) => [s, join(into, base(s))]);
  if (operands.length === 1)
    yield* tool.die(`missing destination file operand after ${quoteaf(operands[0] as string)}\nTry '${tool.name} --help' for more information.`);
  const sources = operands.slice(0, -1);
  const last = operands.at(-1) as string;
  if (!noDir && isDir(tool, last)) return sources.map((s) => [s, join(last, base(s))]);
  if (sources.length > 1)
    yield* tool.die(`target ${quoteaf(last)}${typeof tool.sys.stat(last) === 'number' ? ': No such file or directory' : ': Not a directory'}`);
  return [[sources[0] as string, last]];
}
export const ln = program(function* (tool) {
  const { options, operands } = yield* getopt(
    tool,
    { short: 'sfnvTt:', long: { symbolic: { key: 's' }, force: { key: 'f' }, 'no-dereference': { key: 'n' }, 'no-target-directory': { key: 'T' } } },
    'ln [OPTION]... TARGET LINK_NAME',
  );
  const has = (letter: string): boolean => options.some(([k]) => k === letter);
  const last = operands.at(-1);
  const replaceLink = has('n') && last !== undefined && ((s) => typeof s !== 'number' && s.kind === 'link')(tool.sys.lstat(last));
  const all =
    operands.length === 1
      ? operands.map((s): [string, string] => [s, base(s)])
      : yield* destinations(tool, operands, options.findLast(([k]) => k === 't')?.[1], has('T') || replaceLink);
  for (const [from, to] of all) {
    if (has('f') && typeof tool.sys.lstat(to) !== 'number') tool.sys.unlink(to);
    const error = has('s') ? tool.sys.symlink(from, to) : tool.sys.link(from, to);
    if (error < 0)
      yield* tool.warn(
        has('s')
          ? `failed to create symbolic link ${quoteaf(to)}: ${strerror(error)}`
          : error === -ERRNO.ENOENT
            ? `failed to access ${quoteaf(from)}: ${strerror(error)}`
            : `failed to create hard link ${quoteaf(to)}: ${strerror(error)}`,
      );
    else if (has('v')) tool.put(`${quoteaf(to)} ${has('s') ? '->' : '=>'} ${quoteaf(from)}\n`);
  }
  return 0;
});

/** Copies a file's bytes, a link or, with `recursive`, a tree. False after a complaint. */
function* copy(tool: Tool, from: string, to: string, how: { recursive: boolean; links: boolean; force: boolean }): Kthread<boolean> {
  const { sys } = tool;
  const stat = how.links ? sys.lstat(from) : sys.stat(from);
  if (typeof stat === 'number') {
    yield* tool.warn(`cannot stat ${quoteaf(from)}: ${strerror(stat)}`);
    return false;
  }
  if (stat.kind === 'dir') {
    if (!how.recursive) {
      yield* tool.warn(`-r not specified; omitting directory ${quoteaf(from)}`);
      return false;
    }
    const made = isDir(tool, to) ? 0 : sys.mkdir(to, stat.mode & 0o777);
    if (made < 0) {
      yield* tool.warn(`cannot create directory ${quoteaf(to)}: ${strerror(made)}`);
      return false;
    }
    const names = sys.readdir(from);
    if (typeof names === 'number') {
      yield* tool.warn(`cannot access ${quoteaf(from)}: ${strerror(names)}`);
      return false;
    }
    let clean = true;
    for (const name of names) clean = (yield* copy(tool, join(from, name), join(to, name), how)) && clean;
    return clean;
  }
  if (stat.kind === 'link') {
    const target = sys.readlink(from);
    const error = typeof target === 'number' ? target : sys.symlink(target, to);
    if (error < 0) yield* tool.warn(`cannot create symbolic link ${quoteaf(to)}: ${strerror(error)}`);
    return error === 0;
  }
  const there = sys.stat(to);
  if (typeof there !== 'number' && there.node === stat.node) {
    yield* tool.warn(`${quoteaf(from)} and ${quoteaf(to)} are the same file`);
    return false;
  }
  const input = sys.open(from, { read: true });
  if (input < 0) {
    yield* tool.warn(`cannot open ${quoteaf(from)} for reading: ${strerror(input)}`);
    return false;
  }
  let output = sys.open(to, { write: true, create: true, truncate: true }, stat.mode & 0o777);
  if (output < 0 && how.force && sys.unlink(to) === 0) output = sys.open(to, { write: true, create: true, truncate: true }, stat.mode & 0o777);
  if (output < 0) {
    sys.close(input);
    yield* tool.warn(`cannot create regular file ${quoteaf(to)}: ${strerror(output)}`);
    return false;
  }
  let clean = true;
  for (;;) {
    const got = yield* sys.read(input, 131072);
    if (got === '') break;
    const error = typeof got === 'number' ? got : yield* writeAll(sys, output, got);
    if (error === 0) continue;
    yield* tool.warn(`error ${typeof got === 'number' ? `reading ${quoteaf(from)}` : `writing ${quoteaf(to)}`}: ${strerror(error)}`);
    clean = false;
    break;
  }
  sys.close(input);
  sys.close(output);
  return clean;
}
export const cp = program(function* (tool) {
  const { options, operands } = yield* getopt(
    tool,
    {
      short: 'adfinprRLPTt:uv',
      long: {
        archive: { key: 'a' },
        recursive: { key: 'r' },
        force: { key: 'f' },
        'no-target-directory': { key: 'T' },
        'target-directory': { key: 't', arg: 'required' },
        verbose: { key: 'v' },
        'no-clobber': { key: 'n' },
      },
    },
    'cp [OPTION]... SOURCE... DEST',
  );
  const has = (...letters: string[]): boolean => options.some(([k]) => letters.includes(k));
  const recursive = has('r', 'R', 'a');
  for (const [from, to] of yield* destinations(tool, operands, options.findLast(([k]) => k === 't')?.[1], has('T'))) {
    if (has('n') && typeof tool.sys.lstat(to) !== 'number') continue;
    const done = yield* copy(tool, from, to, { recursive, links: (recursive || has('d', 'P')) && !has('L'), force: has('f') });
    if (done && has('v')) tool.put(`${quoteaf(from)} -> ${quoteaf(to)}\n`);
  }
  return 0;
});
export const mv = program(function* (tool) {
  const { options, operands } = yield* getopt(
    tool,
    { short: 'finTt:uv', long: { force: { key: 'f' }, 'no-clobber': { key: 'n' }, 'target-directory': { key: 't', arg: 'required' }, verbose: { key: 'v' } } },
    'mv [OPTION]... SOURCE... DEST',
  );
  const has = (letter: string): boolean => options.some(([k]) => k === letter);
  for (const [from, to] of yield* destinations(tool, operands, options.findLast(([k]) => k === 't')?.[1], has('T'))) {
    if (typeof tool.sys.lstat(from) === 'number') {
      yield* tool.warn(`cannot stat ${quoteaf(from)}: ${strerror(tool.sys.lstat(from) as number)}`);
      continue;
    }
    if (has('n') && typeof tool.sys.lstat(to) !== 'number') continue;
    const error = tool.sys.rename(from, to);
    if (error === -ERRNO.EXDEV) {
      if (yield* copy(tool, from, to, { recursive: true, links: true, force: true }))
        yield* removeTree(tool, from, { recursive: true, force: true, verbose: false });
    } else if (error < 0) yield* tool.warn(`cannot move ${quoteaf(from)} to ${quoteaf(to)}: ${strerror(error)}`);
    if (error === 0 && has('v')) tool.put(`renamed ${quoteaf(from)} -> ${quoteaf(to)}\n`);
  }
  return 0;
});

export const chmod = program(function* (tool) {
  // A mode may begin with '-': it is no option then.
  const dashed = tool.args.findIndex((a) => /^-[rwxXst,+=ugo-]*$/.test(a) && /^-[rwxXst]/.test(a) && a !== '-R');
  if (dashed >= 0) (tool as { args: readonly string[] }).args = [...tool.args.slice(0, dashed), '--', ...tool.args.slice(dashed)];
  const { options, operands } = yield* getopt(
    tool,
    { short: 'cfvR', long: { recursive: { key: 'R' }, verbose: { key: 'v' }, silent: { key: 'f' }, reference: { key: 'reference', arg: 'required' } } },
    'chmod [OPTION]... MODE[,MODE]... FILE...',
  );
  const [text, ...paths] = operands;
  if (text === undefined) return yield* missingOperand(tool);
  if (paths.length === 0) yield* tool.die(`missing operand after ${quoteaf(text)}\nTry 'chmod --help' for more information.`);
  if (parseMode(text, 0, false, 0) === undefined) yield* tool.die(`invalid mode: ${quoteaf(text)}\nTry 'chmod --help' for more information.`);
  const mask = tool.sys.umask(0);
  tool.sys.umask(mask);
  function* change(path: string): Kthread<void> {
    const stat = tool.sys.stat(path);
    if (typeof stat === 'number') {
      yield* tool.warn(`cannot access ${quoteaf(path)}: ${strerror(stat)}`);
      return;
    }
    const error = tool.sys.chmod(path, parseMode(text as string, stat.mode, stat.kind === 'dir', mask) as number);
    if (error < 0) yield* tool.warn(`changing permissions of ${quoteaf(path)}: ${strerror(error)}`);
    if (!options.some(([k]) => k === 'R') || stat.kind !== 'dir') return;
    const names = tool.sys.readdir(path);
    if (typeof names !== 'number') for (const name of names) if (!isLink(tool, join(path, name))) yield* change(join(path, name));
  }
  for (const path of paths) yield* change(path);
  return 0;
});
const isLink = (tool: Tool, path: string): boolean => {
  const stat = tool.sys.lstat(path);
  return typeof stat !== 'number' && stat.kind === 'link';
};

export const mkfifo = program(function* (tool) {
  const { options, operands } = yield* getopt(tool, { short: 'm:', long: { mode: { key: 'm', arg: 'required' } } }, 'mkfifo [OPTION]... NAME...');
  if (operands.length === 0) yield* missingOperand(tool);
  const mode = parseMode(options.findLast(([k]) => k === 'm')?.[1] ?? '666', 0o666, false, 0) ?? 0o666;
  for (const path of operands) {
    const error = tool.sys.mkfifo(path, mode);
    if (error < 0) yield* tool.warn(`cannot create fifo ${quoteaf(path)}: ${strerror(error)}`);
  }
  return 0;
});
export const truncate = program(function* (tool) {
  const { options, operands } = yield* getopt(
    tool,
    { short: 'cs:', long: { size: { key: 's', arg: 'required' }, 'no-create': { key: 'c' } } },
    'truncate OPTION... FILE...',
  );
  const text = options.findLast(([k]) => k === 's')?.[1];
  const m = /^([-+<>/%]?)(\d+)([kKMG]?)$/.exec(text ?? '');
  if (!m) return yield* tool.die(text === undefined ? "you must specify either '--size' or '--reference'" : `Invalid number: ${quoteaf(text)}`);
  const n = Number(m[2]) * 1024 ** ' kmg'.indexOf((m[3] || ' ').toLowerCase());
  for (const path of operands) {
    const fd = tool.sys.open(path, { write: true, create: !options.some(([k]) => k === 'c') });
    if (fd < 0) {
      yield* tool.warn(`cannot open ${quoteaf(path)} for writing: ${strerror(fd)}`);
      continue;
    }
    tool.sys.close(fd);
    const stat = tool.sys.stat(path);
    const size = typeof stat === 'number' ? 0 : stat.size;
    const error = tool.sys.truncate(path, m[1] === '+' ? size + n : m[1] === '-' ? Math.max(0, size - n) : n);
    if (error < 0) yield* tool.warn(`failed to truncate ${quotef(path)}: ${strerror(error)}`);
  }
  return 0;
});
