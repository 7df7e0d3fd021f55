/** Rules files of the machine, and one event from its arrival to the end of its RUN list. */
import type { Kthread } from '../../../kernel/kthread.ts';
import { strerror } from '../../../uapi/errno.ts';
import { type Proc, readFile, type Sys } from '../../program.ts';
import { applyRules } from './apply.ts';
import { sysnameOf } from './device.ts';
import { substituted, type UdevEvent } from './event.ts';
import { parseRules, type RuleFile, type Say } from './rules.ts';
import { RUN_DIR } from './socket.ts';

/** A file of the same name in an earlier one takes the place of a later one. */
export const RULES_DIRS = ['/etc/udev/rules.d', '/run/udev/rules.d', '/usr/local/lib/udev/rules.d', '/usr/lib/udev/rules.d'] as const;
/** Own descriptors of a process, and where they are kept while a program has others. */
const STDIO = [0, 1, 2];
const ASIDE = 20;
const PROGRAM_DIR = '/usr/lib/udev';

/** Paths of rules files in the order they are run: by name, wherever they lie. */
export function rulesPaths(sys: Sys): string[] {
  const byName = new Map<string, string>();
  for (const dir of RULES_DIRS) {
    const names = sys.readdir(dir);
    if (typeof names !== 'number') for (const name of names) if (name.endsWith('.rules') && !byName.has(name)) byName.set(name, `${dir}/${name}`);
  }
  return [...byName].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, path]) => path);
}
/** Tells whether rules have changed since. */
export function rulesStamp(sys: Sys): string {
  return rulesPaths(sys).map((path) => {
    const stat = sys.stat(path);
    return typeof stat === 'number' ? path : `${path} ${stat.mtime} ${stat.size}`;
  }).join('\n');
}
export function* loadRules(sys: Sys, say: Say): Kthread<RuleFile[]> {
  const files: RuleFile[] = [];
  for (const path of rulesPaths(sys)) {
    const text = yield* readFile(sys, path);
    if (typeof text === 'string') files.push(parseRules(path, text, say));
    else say(`Failed to open ${path}, ignoring: ${strerror(text)}`);
  }
  return files;
}

/** Words of a command; quotes of either kind keep blanks. */
function words(command: string): string[] {
  return [...command.matchAll(/'([^']*)'|"([^"]*)"|(\S+)/g)].map(([, single, double, bare]) => single ?? double ?? bare ?? '');
}
/** Runs a command with the event's properties as its environment and keeps what it prints. */
function* spawn(proc: Proc, event: UdevEvent, command: string): Kthread<{ output: string; status: number }> {
  const { sys } = proc;
  const argv = words(command);
  if (argv[0] !== undefined && !argv[0].startsWith('/')) argv[0] = `${PROGRAM_DIR}/${argv[0]}`;
  const file = `${RUN_DIR}/.output.${sys.getpid()}`;
  const fd = sys.open(file, { write: true, create: true, truncate: true }, 0o600);
  for (const std of STDIO) {
    sys.dup2(std, std + ASIDE);
    if (fd >= 0) sys.dup2(fd, std);
  }
  sys.close(fd);
  const env = new Map([...event.properties].filter(([key]) => !key.startsWith('.')));
  const status = proc.spawn ? yield* proc.spawn(argv, { env }) : -1;
  for (const std of STDIO) {
    sys.dup2(std + ASIDE, std);
    sys.close(std + ASIDE);
  }
  const output = yield* readFile(sys, file);
  sys.unlink(file);
  const name = sysnameOf(event.devpath);
  if (status < 0) event.say(`${name}: Failed to execute '${command}', ignoring: ${strerror(status)}`);
  else if (status > 128) event.say(`${name}: Process '${command}' terminated by signal ${status - 128}.`);
  return { output: (typeof output === 'string' ? output : '').replace(/\n$/, ''), status };
}

export function newEvent(proc: Proc, properties: ReadonlyMap<string, string>, say: Say, dry: boolean): UdevEvent {
  const event: UdevEvent = {
    sys: proc.sys, say, devpath: properties.get('DEVPATH') ?? '', properties: new Map(properties), tags: new Set(), run: [], runFinal: false, result: undefined, name: '', dry,
    spawn: (command) => spawn(proc, event, command),
  };
  return event;
}
/** Rules, then RUN. */
export function* processEvent(event: UdevEvent, files: readonly RuleFile[]): Kthread<void> {
  yield* applyRules(event, files);
  if (event.tags.size > 0) event.properties.set('TAGS', `:${[...event.tags].join(':')}:`);
  if (event.dry) return;
  for (const { kind, command } of event.run) {
    const text = yield* substituted(event, command);
    if (kind === 'builtin') event.say(`${sysnameOf(event.devpath)}: Unknown builtin command '${text}', ignoring`);
    else {
      const { status } = yield* event.spawn(text);
      if (status > 0 && status <= 128) event.say(`${sysnameOf(event.devpath)}: Process '${text}' failed with exit code ${status}.`);
    }
  }
}
