/** sysctl(8) of procps 4.0.2 over /proc/sys. */
import type { Kthread } from '../../../kernel/kthread.ts';
import { ERRNO, strerror } from '../../../uapi/errno.ts';
import { readFile } from '../../program.ts';
import { getopt } from '../text/getopt.ts';
import { program, type Tool } from '../text/io.ts';
import { compileRegex } from '../text/regex/regex.ts';

const ROOT = '/proc/sys/';
const TABLE = {
  short: 'aAXbeNnp::fqwoxr:dhV',
  long: {
    all: { key: 'a' }, binary: { key: 'b' }, ignore: { key: 'e' }, names: { key: 'N' }, values: { key: 'n' }, load: { key: 'p', arg: 'optional' },
    quiet: { key: 'q' }, write: { key: 'w' },
    pattern: { key: 'r', arg: 'required' }, version: { key: 'V' }, 'dry-run': { key: 'dry-run' },
  },
} as const;
/** The separator that comes first is the separator; the other character may be part of a name. */
const toPath = (name: string): string => (/[./]/.exec(name)?.[0] === '.' ? name.replace(/[./]/g, (c) => (c === '.' ? '/' : '.')) : name);
const toKey = (path: string): string => path.replace(/[./]/g, (c) => (c === '/' ? '.' : '/'));

export const sysctl = program(function* (tool) {
  const { options, operands } = yield* getopt(tool, TABLE, 'sysctl [options] [variable[=value] ...]');
  const has = (key: string): boolean => options.some(([k]) => k === key);
  if (has('V')) {
    tool.put('sysctl from procps-ng 4.0.2\n');
    return 0;
  }
  const run = new Sysctl(tool, has, options.findLast(([k]) => k === 'r')?.[1]);
  if (has('a') || has('A') || has('X')) {
    yield* run.all('', true);
    return 0;
  }
  let settings = [...operands];
  if (has('p') || has('f')) {
    const file = options.findLast(([k]) => k === 'p')?.[1] ?? operands[0] ?? '/etc/sysctl.conf';
    const text = yield* tool.slurp(file);
    if (text === undefined) return 1;
    settings = text.split('\n').map((l) => l.trim()).filter((l) => l !== '' && !/^[#;]/.test(l));
  }
  if (settings.length === 0) return yield* tool.die(`no variables specified\nTry 'sysctl --help' for more information.`);
  for (const setting of settings) {
    const eq = setting.indexOf('=');
    if (eq < 0 && has('w')) yield* tool.warn(`"${setting}" must be of the form name=value`);
    else if (eq < 0) yield* run.show(toPath(setting));
    else if (eq === 0) yield* tool.warn('command line(0): invalid syntax, continuing...', 0);
    else yield* run.set(toPath(setting.slice(0, eq).trim().replace(/^-/, '')), setting.slice(eq + 1).trim(), setting.startsWith('-'));
  }
  return 0;
});

class Sysctl {
  readonly #tool: Tool;
  readonly #has: (key: string) => boolean;
  readonly #matches: (key: string) => boolean;
  constructor(tool: Tool, has: (key: string) => boolean, pattern: string | undefined) {
    this.#tool = tool;
    this.#has = has;
    const regex = pattern === undefined ? undefined : compileRegex(pattern, { extended: true });
    this.#matches = (key) => regex?.test(key) ?? true;
  }
  #print(key: string, value: string): void {
    if (this.#has('N')) this.#tool.put(`${key}\n`);
    else if (this.#has('b')) this.#tool.put(value);
    else this.#tool.put(this.#has('n') ? `${value}\n` : `${key} = ${value}\n`);
  }
  *show(path: string): Kthread<void> {
    const stat = this.#tool.sys.stat(ROOT + path);
    if (typeof stat === 'number') {
      if (!this.#has('e')) yield* this.#tool.warn(`cannot stat ${ROOT}${path}: ${strerror(stat)}`);
    } else if (stat.kind === 'dir') yield* this.all(`${path.replace(/\/$/, '')}/`, false);
    else yield* this.#file(path, false);
  }
  *#file(path: string, quiet: boolean): Kthread<void> {
    const key = toKey(path);
    if (!this.#matches(key)) return;
    const text = yield* readFile(this.#tool.sys, ROOT + path);
    if (typeof text === 'number') {
      if (quiet) return;
      yield* this.#tool.warn(text === -ERRNO.EACCES || text === -ERRNO.EPERM ? `permission denied on key '${key}'` : `reading key "${key}": ${strerror(text)}`);
      return;
    }
    for (const line of text.replace(/\n$/, '').split('\n')) this.#print(key, line);
    yield* this.#tool.settle();
  }
  /** Everything below a directory, by name. `quiet`: what cannot be read is passed over (-a). */
  *all(prefix: string, quiet: boolean): Kthread<void> {
    const names = this.#tool.sys.readdir(ROOT + prefix);
    if (typeof names === 'number') return yield* this.#tool.warn(`unable to open directory "${ROOT}${prefix}": ${strerror(names)}`);
    for (const name of names.toSorted()) {
      const stat = this.#tool.sys.stat(ROOT + prefix + name);
      if (typeof stat === 'number') continue;
      if (stat.kind === 'dir') yield* this.all(`${prefix}${name}/`, quiet);
      else if ((stat.mode & 0o444) !== 0) yield* this.#file(prefix + name, quiet);
    }
  }
  *set(path: string, value: string, ignore: boolean): Kthread<void> {
    const key = toKey(path);
    const stat = this.#tool.sys.stat(ROOT + path);
    if (typeof stat === 'number') {
      if (!this.#has('e') && !ignore) yield* this.#tool.warn(`cannot stat ${ROOT}${path}: ${strerror(stat)}`);
      return;
    }
    if (!this.#has('dry-run')) {
      const fd = this.#tool.sys.open(ROOT + path, { write: true });
      if (fd < 0) return yield* this.#tool.warn(fd === -ERRNO.EACCES ? `permission denied on key "${key}"` : `setting key "${key}": ${strerror(fd)}`);
      const done = yield* this.#tool.sys.write(fd, `${value}\n`);
      this.#tool.sys.close(fd);
      if (done < 0) return yield* this.#tool.warn(`setting key "${key}"${ignore ? ', ignoring' : ''}: ${strerror(done)}`, ignore ? 0 : 1);
    }
    if (!this.#has('q')) this.#print(key, value);
  }
}
