/** The subcommands of udevadm that speak to udevd or run rules: monitor, trigger, settle, control, test. As systemd 252 prints. */
import type { Kthread } from '../../../kernel/kthread.ts';
import { strerror } from '../../../uapi/errno.ts';
import { fnmatch } from '../text/fnmatch.ts';
import type { Tool } from '../text/io.ts';
import { type Device, attribute, deviceAt, setAttribute, sysnameOf } from './device.ts';
import { loadRules, newEvent, processEvent, rulesPaths } from './run.ts';
import { daemonPid, listen, receive, seqnums, SIGNALS } from './socket.ts';

type Subcommand = (tool: Tool, args: readonly string[]) => Kthread<number>;
/** `-s memory`, `--subsystem-match=memory`, `--subsystem-match memory` → ['s', 'memory']; anything else is an operand. */
function* options(tool: Tool, args: readonly string[], known: Readonly<Record<string, { readonly key: string; readonly value?: boolean }>>): Kthread<{ of: (key: string) => string[]; operands: string[] }> {
  const found: [string, string][] = [];
  const operands: string[] = [];
  for (let i = 0; i < args.length; i++) {
    const word = args[i] as string;
    if (!word.startsWith('-') || word === '-') {
      operands.push(word);
      continue;
    }
    const [, name = '', , attached] = /^(--[^=]+|-.)((?:=|^)?(.*))?$/s.exec(word) ?? [];
    const option = Object.hasOwn(known, name) ? known[name] : undefined;
    if (!option) yield* tool.die(word.startsWith('--') ? `unrecognized option '${word}'` : `invalid option -- '${word[1]}'`);
    else if (!option.value) found.push([option.key, '']);
    else {
      const inline = word.startsWith('--') ? (word.includes('=') ? attached : undefined) : word.length > 2 ? word.slice(2) : undefined;
      const value = inline ?? args[++i];
      if (value === undefined) yield* tool.die(`option requires an argument -- '${name.replace(/^-+/, '')}'`);
      else found.push([option.key, value]);
    }
  }
  return { of: (key) => found.flatMap(([k, v]) => (k === key ? [v] : [])), operands };
}

/** 1234567890 ns → '1.234567'. */
const stamp = (ns: number): string => `${Math.floor(ns / 1e9)}.${String(Math.floor((ns % 1e9) / 1000)).padStart(6, '0')}`;

/** Prints events as they come, until it is stopped. */
function* monitor(tool: Tool, args: readonly string[]): Kthread<number> {
  const { of } = yield* options(tool, args, {
    '-k': { key: 'k' }, '--kernel': { key: 'k' }, '-u': { key: 'u' }, '--udev': { key: 'u' }, '-p': { key: 'p' }, '--property': { key: 'p' }, '--environment': { key: 'p' }, '-e': { key: 'p' },
    '-s': { key: 's', value: true }, '--subsystem-match': { key: 's', value: true },
  });
  const kernel = of('k').length > 0 || of('u').length === 0;
  const udev = of('u').length > 0 || of('k').length === 0;
  const fd = listen(tool.sys, kernel && udev ? 'all' : kernel ? 'kernel' : 'udev');
  if (fd < 0) return yield* tool.die(`Failed to listen: ${strerror(fd)}`);
  tool.put('monitor will print the received events for:\n');
  if (udev) tool.put('UDEV - the event which udev sends out after rule processing\n');
  if (kernel) tool.put('KERNEL - the kernel uevent\n');
  tool.put('\n');
  yield* tool.flush();
  for (;;) {
    const message = yield* receive(tool.sys, fd);
    if (typeof message === 'number') return 0;
    const { source, time, properties: p } = message;
    const subsystem = p.get('SUBSYSTEM') ?? '';
    if (of('s').length > 0 && !of('s').some((s) => s.split('/')[0] === subsystem)) continue;
    tool.put(`${source.padEnd(6)}[${stamp(time)}] ${(p.get('ACTION') ?? '').padEnd(8)} ${p.get('DEVPATH') ?? ''} (${subsystem})\n`);
    if (of('p').length > 0) tool.put(`${[...p].map(([key, value]) => `${key}=${value}\n`).join('')}\n`);
    yield* tool.flush();
  }
}

/** Every device of the bus directories, by name of its path. */
function devices(tool: Tool): Device[] {
  const found: Device[] = [];
  const names = (path: string): string[] => {
    const list = tool.sys.readdir(path);
    return typeof list === 'number' ? [] : [...list].sort();
  };
  for (const bus of names('/sys/bus')) for (const name of names(`/sys/bus/${bus}/devices`)) {
    const device = deviceAt(tool.sys, `/sys/bus/${bus}/devices/${name}`);
    if (device) found.push(device);
  }
  return found.sort((a, b) => (a.devpath < b.devpath ? -1 : 1));
}
const ACTIONS = ['add', 'remove', 'change', 'move', 'online', 'offline', 'bind', 'unbind'];

/** Waits until udevd is through with what the kernel has sent. 0; 1: not within the time. */
function* settled(tool: Tool, seconds: number): Kthread<number> {
  const until = tool.sys.clock_monotonic() + seconds * 1e9;
  while ((yield* daemonPid(tool.sys)) > 0) {
    const { kernel, udev } = yield* seqnums(tool.sys);
    if (udev >= kernel) return 0;
    if (tool.sys.clock_monotonic() >= until) return 1;
    if ((yield* tool.sys.nanosleep(1e6)) < 0) return 1;
  }
  return 0;
}

/** Has the kernel send events again, by writing to uevent files. */
function* trigger(tool: Tool, args: readonly string[]): Kthread<number> {
  const { of, operands } = yield* options(tool, args, {
    '-v': { key: 'v' }, '--verbose': { key: 'v' }, '-n': { key: 'n' }, '--dry-run': { key: 'n' }, '-q': { key: 'q' }, '--quiet': { key: 'q' }, '-w': { key: 'w' }, '--settle': { key: 'w' },
    '-t': { key: 't', value: true }, '--type': { key: 't', value: true }, '-c': { key: 'c', value: true }, '--action': { key: 'c', value: true },
    '-s': { key: 's', value: true }, '--subsystem-match': { key: 's', value: true }, '-S': { key: 'S', value: true }, '--subsystem-nomatch': { key: 'S', value: true },
    '-a': { key: 'a', value: true }, '--attr-match': { key: 'a', value: true }, '-y': { key: 'y', value: true }, '--sysname-match': { key: 'y', value: true },
  });
  const action = of('c').at(-1) ?? 'change';
  if (!ACTIONS.includes(action)) return yield* tool.die(`Unknown action '${action}'`);
  const chosen: Device[] = [];
  for (const word of operands) {
    const device = deviceAt(tool.sys, word);
    if (!device) return yield* tool.die(`Failed to open the device '${word}': No such device`);
    chosen.push(device);
  }
  for (const device of operands.length > 0 ? [] : devices(tool)) {
    if (of('s').length > 0 && !of('s').some((pattern) => fnmatch(pattern, device.subsystem))) continue;
    if (of('S').some((pattern) => fnmatch(pattern, device.subsystem))) continue;
    if (of('y').length > 0 && !of('y').some((pattern) => fnmatch(pattern, sysnameOf(device.devpath)))) continue;
    let fits = true;
    for (const pair of of('a')) {
      const [name = '', pattern] = pair.split('=', 2);
      const text = yield* attribute(tool.sys, device.devpath, name);
      if (text === undefined || (pattern !== undefined && !fnmatch(pattern, text.trimEnd()))) fits = false;
    }
    if (fits) chosen.push(device);
  }
  let failed = 0;
  for (const { devpath } of chosen) {
    if (of('v').length > 0) tool.put(`/sys${devpath}\n`);
    if (of('n').length > 0) continue;
    const ret = yield* setAttribute(tool.sys, `/sys${devpath}/uevent`, action);
    if (ret < 0) {
      failed = 1;
      if (of('q').length === 0) yield* tool.stderr(`${sysnameOf(devpath)}: Failed to write '${action}' to '/sys${devpath}/uevent': ${strerror(ret)}\n`);
    }
  }
  if (of('w').length > 0) yield* settled(tool, 120);
  return failed;
}
function* settle(tool: Tool, args: readonly string[]): Kthread<number> {
  const { of } = yield* options(tool, args, { '-t': { key: 't', value: true }, '--timeout': { key: 't', value: true } });
  return yield* settled(tool, Number(of('t').at(-1) ?? 120));
}

function* control(tool: Tool, args: readonly string[]): Kthread<number> {
  const { of } = yield* options(tool, args, {
    '-R': { key: 'R' }, '--reload': { key: 'R' }, '--reload-rules': { key: 'R' }, '-e': { key: 'e' }, '--exit': { key: 'e' }, '--ping': { key: 'p' }, '-t': { key: 't', value: true }, '--timeout': { key: 't', value: true },
  });
  if (args.length === 0) return yield* tool.die('No control command option is specified.');
  const pid = yield* daemonPid(tool.sys);
  if (pid === 0) {
    yield* tool.stderr('Failed to connect to udev daemon: Connection refused\n');
    return 1;
  }
  if (of('R').length > 0) tool.sys.kill(pid, SIGNALS.HUP);
  if (of('e').length > 0) tool.sys.kill(pid, SIGNALS.TERM);
  return 0;
}

/** Runs the rules for a device as if an event had come, without writing or running anything: what the properties would be, and what RUN would hold. */
function* test(tool: Tool, args: readonly string[]): Kthread<number> {
  const { of, operands } = yield* options(tool, args, { '-a': { key: 'a', value: true }, '--action': { key: 'a', value: true }, '-N': { key: 'N', value: true }, '--resolve-names': { key: 'N', value: true } });
  const [word] = operands;
  if (word === undefined) {
    yield* tool.stderr('syspath parameter missing.\n');
    return 1;
  }
  const device = deviceAt(tool.sys, word);
  if (!device) return yield* tool.die(`Failed to open device '${word}': No such device`);
  tool.put('This program is for debugging only, it does not run any program\nspecified by a RUN key. It may show incorrect results, because\nsome values may be different, or not available at a simulation run.\n\n');
  for (const path of rulesPaths(tool.sys)) tool.put(`Reading rules file: ${path}\n`);
  const said: string[] = [];
  const say = (message: string): void => { said.push(message); };
  const rules = yield* loadRules(tool.sys, say);
  const properties = new Map([['ACTION', of('a').at(-1) ?? 'add'], ['DEVPATH', device.devpath], ['SUBSYSTEM', device.subsystem]]);
  // What rules run may print belongs to them, and descriptors are theirs while they do: a process of its own.
  const event = newEvent(tool.proc, properties, say, true);
  yield* processEvent(event, rules);
  for (const message of said) yield* tool.stderr(`${message}\n`);
  for (const [key, value] of event.properties) tool.put(`${key}=${value}\n`);
  for (const { kind, command } of event.run) tool.put(`run: '${kind === 'builtin' ? `{builtin}${command}` : command}'\n`);
  return 0;
}

export const UDEVADM_COMMANDS: Readonly<Record<string, Subcommand>> = { monitor, trigger, settle, control, test };
