/** udevadm: `info` over sysfs, as systemd 252 prints it. The subcommands that speak to udevd are in a table of their own. */
import type { Kthread } from '../../../kernel/kthread.ts';
import { ERRNO, strerror } from '../../../uapi/errno.ts';
import { readFile } from '../../program.ts';
import { parseOptions } from '../text/getopt.ts';
import { program, type Tool } from '../text/io.ts';

const SYS = '/sys';
const INTRO = `
Udevadm info starts with the device specified by the devpath and then
walks up the chain of parent devices. It prints for every device
found, all possible attributes in the udev rules key format.
A rule to match, can be composed by the attributes of the device
and the attributes from one single parent device.

`;

/** The real path of a device below /sys (without '/sys'), or -errno. A device is a directory with a uevent file. */
function devpathOf(tool: Tool, word: string): string | number {
  const { sys } = tool;
  const full = word.startsWith(`${SYS}/`) ? word : word.startsWith('/dev/') ? word : `${SYS}${word.startsWith('/') ? '' : '/'}${word}`;
  let path = full.replace(/\/+$/, '');
  const link = sys.readlink(path);
  if (typeof link === 'string') path = resolve(path.replace(/\/[^/]*$/, ''), link);
  const stat = sys.stat(path);
  if (typeof stat === 'number') return stat;
  return stat.kind === 'dir' && typeof sys.stat(`${path}/uevent`) !== 'number' ? path.slice(SYS.length) : -ERRNO.ENODEV;
}
function resolve(base: string, path: string): string {
  const out: string[] = [];
  for (const name of (path.startsWith('/') ? path : `${base}/${path}`).split('/')) {
    if (name === '..') out.pop();
    else if (name !== '' && name !== '.') out.push(name);
  }
  return `/${out.join('/')}`;
}
const nameOf = (devpath: string): string => devpath.slice(devpath.lastIndexOf('/') + 1);
/** The bus or class a device belongs to; the directories of a system bus themselves belong to none. */
function subsystemOf(tool: Tool, devpath: string): string {
  const link = tool.sys.readlink(`${SYS}${devpath}/subsystem`);
  return typeof link === 'string' ? nameOf(link) : '';
}
function* properties(tool: Tool, devpath: string): Kthread<[string, string][]> {
  const text = yield* readFile(tool.sys, `${SYS}${devpath}/uevent`);
  const own = typeof text === 'string' ? [...text.matchAll(/^([^=\n]+)=(.*)$/gm)].map((m): [string, string] => [m[1] as string, m[2] as string]) : [];
  const subsystem = subsystemOf(tool, devpath);
  return [['DEVPATH', devpath], ...own, ...(subsystem === '' ? [] : ([['SUBSYSTEM', subsystem]] as [string, string][]))];
}
/** Attributes that a rule can match, by name: files of one line, also in `power`; links, uevent and what cannot be read are none. */
function* attributes(tool: Tool, devpath: string): Kthread<[string, string][]> {
  const { sys } = tool;
  const all: [string, string][] = [];
  const collect = function* (dir: string, prefix: string): Kthread<void> {
    const names = sys.readdir(dir);
    if (typeof names === 'number') return;
    for (const name of names) {
      const path = `${dir}/${name}`;
      const stat = sys.lstat(path);
      if (typeof stat === 'number') continue;
      if (stat.kind === 'dir' && prefix === '' && typeof sys.stat(`${path}/uevent`) === 'number') yield* collect(path, `${name}/`);
      if (stat.kind !== 'file' || (stat.mode & 0o444) === 0 || name === 'uevent') continue;
      const text = yield* readFile(sys, path);
      if (typeof text === 'string' && /^[\x20-\x7e\n]*$/.test(text)) all.push([prefix + name, text.replace(/\n+$/, '')]);
    }
  };
  yield* collect(`${SYS}${devpath}`, '');
  return all.sort(([a], [b]) => (a < b ? -1 : 1));
}
function* walk(tool: Tool, devpath: string): Kthread<number> {
  tool.put(INTRO);
  for (let at = devpath, first = true; at !== '' && at !== '/devices'; at = at.slice(0, at.lastIndexOf('/')), first = false) {
    if (typeof tool.sys.stat(`${SYS}${at}/uevent`) === 'number') continue;
    const s = first ? '' : 'S';
    tool.put(`  looking at ${first ? '' : 'parent '}device '${at}':\n    KERNEL${s}=="${nameOf(at)}"\n    SUBSYSTEM${s}=="${subsystemOf(tool, at)}"\n    DRIVER${s}==""\n`);
    for (const [name, value] of yield* attributes(tool, at)) tool.put(`    ATTR${s}{${name}}=="${value}"\n`);
    tool.put('\n');
    yield* tool.settle();
  }
  return 0;
}
function* record(tool: Tool, devpath: string): Kthread<void> {
  const name = nameOf(devpath);
  const subsystem = subsystemOf(tool, devpath);
  const number = /\d+$/.exec(name)?.[0];
  tool.put(`P: ${devpath}\nM: ${name}\n${number === undefined ? '' : `R: ${number}\n`}${subsystem === '' ? '' : `U: ${subsystem}\n`}`);
  for (const [key, value] of yield* properties(tool, devpath)) tool.put(`E: ${key}=${value}\n`);
  tool.put('\n');
}
/** Every device below a directory, parents first. */
function* everyDevice(tool: Tool, dir: string): Kthread<void> {
  const names = tool.sys.readdir(dir);
  if (typeof names === 'number') return;
  if (typeof tool.sys.stat(`${dir}/uevent`) !== 'number' && subsystemOf(tool, dir.slice(SYS.length)) !== '') yield* record(tool, dir.slice(SYS.length));
  for (const name of [...names].sort()) {
    const stat = tool.sys.lstat(`${dir}/${name}`);
    if (typeof stat !== 'number' && stat.kind === 'dir') yield* everyDevice(tool, `${dir}/${name}`);
  }
}

const TABLE = {
  short: 'q:p:n:raxP:etVhd:cw::',
  long: {
    query: { key: 'q', arg: 'required' }, path: { key: 'p', arg: 'required' }, name: { key: 'n', arg: 'required' }, root: { key: 'r' }, 'attribute-walk': { key: 'a' },
    export: { key: 'x' }, 'export-prefix': { key: 'P', arg: 'required' }, 'export-db': { key: 'e' }, version: { key: 'V' }, help: { key: 'h' },
    property: { key: 'property', arg: 'required' }, value: { key: 'value' }, 'no-pager': { key: 'no-pager' },
  },
} as const;
const INFO_HELP = `udevadm info [OPTIONS] [DEVPATH|FILE]

Query sysfs or the udev database.

  -h --help                   Print this message
  -V --version                Print version of the program
  -q --query=TYPE             Query device information:
       name                     Name of device node
       symlink                  Pointing to node
       path                     sysfs device path
       property                 The device properties
       all                      All values
     --property=NAME          Show only properties by this name
     --value                  When showing properties, print only their values
  -p --path=SYSPATH           sysfs device path used for query or attribute walk
  -a --attribute-walk         Print all key matches walking along the chain
                              of parent devices
  -x --export                 Export key/value pairs
  -P --export-prefix          Export the key name with a prefix
  -e --export-db              Export the content of the udev database
     --no-pager               Do not pipe output into a pager
`;
export function* info(tool: Tool, args: readonly string[]): Kthread<number> {
  const { options, operands, error } = parseOptions(args, TABLE);
  if (error !== undefined) return yield* tool.die(error);
  const has = (key: string): boolean => options.some(([k]) => k === key);
  const value = (key: string): string | undefined => options.findLast(([k]) => k === key)?.[1];
  if (has('h')) {
    tool.put(INFO_HELP);
    return 0;
  }
  if (has('V')) {
    tool.put('252\n');
    return 0;
  }
  if (has('e')) {
    yield* everyDevice(tool, `${SYS}/devices`);
    return 0;
  }
  const query = value('q') ?? 'all';
  if (!['all', 'name', 'symlink', 'path', 'property', 'env'].includes(query)) {
    yield* tool.stderr('unknown query type\n');
    return 1;
  }
  const words = [...options.filter(([k]) => k === 'p' || k === 'n').map(([, v]) => v as string), ...operands];
  if (words.length === 0) {
    yield* tool.stderr('A device name or path is required.\n');
    return 1;
  }
  for (const word of words) {
    const devpath = devpathOf(tool, word);
    if (typeof devpath === 'number') {
      yield* tool.stderr(`Unknown device "${word}": ${strerror(devpath === -ERRNO.ENOENT ? ERRNO.ENODEV : devpath)}\n`);
      return 1;
    }
    if (has('a')) return yield* walk(tool, devpath);
    if (query === 'path') tool.put(`${devpath}\n`);
    else if (query === 'name') return yield* tool.die('no device node found');
    else if (query === 'all') yield* record(tool, devpath);
    else if (query !== 'symlink') {
      const names = value('property')?.split(',');
      for (const [key, text] of yield* properties(tool, devpath)) {
        if (names && !names.includes(key)) continue;
        tool.put(has('value') ? `${text}\n` : has('x') ? `${value('P') ?? ''}${key}='${text}'\n` : `${key}=${text}\n`);
      }
    }
  }
  return 0;
}

/** Runs with the arguments after the subcommand's name. */
type Subcommand = (tool: Tool, args: readonly string[]) => Kthread<number>;
export const udevadmWith = (more: Readonly<Record<string, Subcommand>>) =>
  program(function* (tool) {
    const commands: Readonly<Record<string, Subcommand>> = { info, ...more };
    const [name, ...args] = tool.args;
    if (name === undefined || name === '--help' || name === '-h') {
      tool.put(`udevadm [--help] [--version] [--debug] COMMAND [COMMAND OPTIONS]\n\nCommands: ${Object.keys(commands).join(', ')}\n`);
      return name === undefined ? 1 : 0;
    }
    if (name === '--version' || name === '-V') {
      tool.put('252\n');
      return 0;
    }
    const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
    if (!command) return yield* tool.die(`Unknown command verb ${name}. Here are ${Object.keys(commands).join(', ')}.`);
    return yield* command(tool, args);
  });
