/**
 * The host's side, typed in the guest's terminal as at QEMU's monitor: object_add, device_add, device_del, container_add, qom-get, qom-set, info, balloon, and QMP itself. They are no programs
 * of the guest: what they do is what the monitor does, and the guest hears of it through its firmware.
 */
import type { Kthread } from '../../../kernel/kthread.ts';
import type { Program } from '../../program.ts';
import { program, type Tool } from '../text/io.ts';
import { bytesOf, objectOf, scalarOf } from './options.ts';
import { memoryDevices, pretty } from './show.ts';

type Args = Readonly<Record<string, unknown>>;
export type MonitorReply = { readonly return: unknown } | { readonly error: { readonly class: string; readonly desc: string } };
/** The machine's monitor: one QMP command. What the guest has to do about it begins at once and goes on by itself. */
export interface HostMonitor {
  execute(command: string, args: Args): MonitorReply;
}

/** Runs a command; an error is said as the human monitor says it. */
function* run(tool: Tool, monitor: HostMonitor, command: string, args: Args, show: (value: unknown) => string = () => ''): Kthread<number> {
  const reply = monitor.execute(command, args);
  if ('error' in reply) {
    yield* tool.stderr(`Error: ${reply.error.desc}\n`);
    return 1;
  }
  tool.put(show(reply.return));
  return 0;
}
function* usage(tool: Tool, text: string): Kthread<number> {
  yield* tool.stderr(`${tool.name}: usage: ${text}\n`);
  return 2;
}
const memorySummary = (value: unknown): string => {
  const sizes = value as Readonly<Record<string, number>>;
  return `base memory: ${sizes['base-memory']}\nplugged memory: ${sizes['plugged-memory']}\n`;
};
const INFO: Readonly<Record<string, readonly [query: string, show: (value: unknown) => string]>> = {
  balloon: ['query-balloon', (value) => `balloon: actual=${Math.floor((value as { actual: number }).actual / 2 ** 20)}\n`],
  'memory-devices': ['query-memory-devices', memoryDevices],
  memory_size_summary: ['query-memory-size-summary', memorySummary],
};

type HostCommand = (tool: Tool, monitor: HostMonitor, args: readonly string[]) => Kthread<number>;
const COMMANDS: Readonly<Record<string, HostCommand>> = {
  *object_add(tool, monitor, [text, ...more]) {
    if (text === undefined || more.length > 0) return yield* usage(tool, 'object_add memory-backend-ram,id=ID,size=SIZE');
    return yield* run(tool, monitor, 'object-add', objectOf(text, 'qom-type'));
  },
  *object_del(tool, monitor, [id, ...more]) {
    if (id === undefined || more.length > 0) return yield* usage(tool, 'object_del ID');
    return yield* run(tool, monitor, 'object-del', { id });
  },
  *device_add(tool, monitor, [text, ...more]) {
    if (text === undefined || more.length > 0) return yield* usage(tool, 'device_add pc-dimm,id=ID,memdev=OBJECT[,node=N][,slot=N][,addr=ADDRESS]');
    return yield* run(tool, monitor, 'device_add', objectOf(text, 'driver'));
  },
  *device_del(tool, monitor, [id, ...more]) {
    if (id === undefined || more.length > 0) return yield* usage(tool, 'device_del ID');
    return yield* run(tool, monitor, 'device_del', { id });
  },
  *container_add(tool, monitor, [n = '', ...sizes]) {
    if (!/^\d+$/.test(n) || sizes.length === 0) return yield* usage(tool, 'container_add CONTAINER SIZE [SIZE]...');
    const made: string[] = [];
    let status = 0;
    for (const [i, text] of sizes.entries()) {
      const id = `container${n}-mem${i}`;
      const size = bytesOf(text);
      if (size === undefined) {
        yield* tool.stderr(`Error: Parameter 'size' expects a size\n`);
        status = 1;
      } else status = yield* run(tool, monitor, 'object-add', { 'qom-type': 'memory-backend-ram', id, size });
      if (status !== 0) break;
      made.push(id);
    }
    if (status === 0) status = yield* run(tool, monitor, 'x-container-add', { container: Number(n), memdevs: made });
    // What was refused leaves nothing behind.
    if (status !== 0) for (const id of made) monitor.execute('object-del', { id });
    return status;
  },
  *memory_device_add(tool, monitor, [id = '', ...ranges]) {
    if (!/^[A-Za-z][\w.-]*$/.test(id) || ranges.length === 0) return yield* usage(tool, 'memory_device_add ID SIZE[@ADDRESS] [SIZE[@ADDRESS]]...');
    const made: { readonly memdev: string; readonly addr?: number }[] = [];
    let status = 0;
    for (const [i, range] of ranges.entries()) {
      const memdev = `${id}-mem${i}`;
      const [size, addr] = range.split('@').map(bytesOf);
      if (size === undefined || (range.includes('@') && addr === undefined)) {
        yield* tool.stderr(`Error: Parameter 'size' expects a size, and an address behind @\n`);
        status = 1;
      } else status = yield* run(tool, monitor, 'object-add', { 'qom-type': 'memory-backend-ram', id: memdev, size });
      if (status !== 0) break;
      made.push(addr === undefined ? { memdev } : { memdev, addr });
    }
    if (status === 0) status = yield* run(tool, monitor, 'x-memory-device-add', { id, ranges: made });
    // What was refused leaves nothing behind.
    if (status !== 0) for (const { memdev } of made) monitor.execute('object-del', { id: memdev });
    return status;
  },
  *container_del(tool, monitor, [n = '', ...more]) {
    if (!/^\d+$/.test(n) || more.length > 0) return yield* usage(tool, 'container_del CONTAINER');
    return yield* run(tool, monitor, 'x-container-del', { container: Number(n) });
  },
  *'qom-get'(tool, monitor, [path, property, ...more]) {
    if (property === undefined || more.length > 0) return yield* usage(tool, 'qom-get PATH PROPERTY');
    return yield* run(tool, monitor, 'qom-get', { path, property }, (value) => `${pretty(value)}\n`);
  },
  *'qom-set'(tool, monitor, [path, property, value, ...more]) {
    if (value === undefined || more.length > 0) return yield* usage(tool, 'qom-set PATH PROPERTY VALUE');
    return yield* run(tool, monitor, 'qom-set', { path, property, value: scalarOf(value) });
  },
  *balloon(tool, monitor, [size, ...more]) {
    const mib = size === undefined ? undefined : bytesOf(/[A-Za-z]$/.test(size) ? size : `${size}M`);
    if (mib === undefined || more.length > 0) return yield* usage(tool, 'balloon SIZE (MiB, or with a suffix)');
    return yield* run(tool, monitor, 'balloon', { value: mib });
  },
  *info(tool, monitor, [what = '']) {
    const known = Object.hasOwn(INFO, what) ? INFO[what] : undefined;
    if (!known) return yield* usage(tool, `info ${Object.keys(INFO).join('|')}`);
    return yield* run(tool, monitor, known[0], {}, known[1]);
  },
};

/** One line as it is typed at the human monitor. */
function* humanLine(tool: Tool, monitor: HostMonitor, line: string): Kthread<number> {
  const [name = '', ...args] = line.trim().split(/\s+/);
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (command) return yield* command(tool, monitor, args);
  yield* tool.stderr(`unknown command: '${name}'\n`);
  return 1;
}
/** One QMP command as JSON; the reply as JSON. */
function* qmpLine(tool: Tool, monitor: HostMonitor, text: string, indent: boolean): Kthread<number> {
  let command: { readonly execute?: unknown; readonly arguments?: unknown };
  try {
    command = JSON.parse(text) as typeof command;
  } catch {
    return yield* tool.die('JSON parse error: a command looks like {"execute": "query-memory-devices"}');
  }
  if (typeof command !== 'object' || command === null || typeof command.execute !== 'string') return yield* tool.die("QMP input lacks member 'execute'");
  const reply = monitor.execute(command.execute, (command.arguments ?? {}) as Args);
  tool.put(`${indent ? pretty(reply) : JSON.stringify(reply)}\n`);
  return 'error' in reply ? 1 : 0;
}
function* virsh(tool: Tool, monitor: HostMonitor): Kthread<number> {
  const [command = '', ...words] = tool.args;
  const options = words.filter((w) => w.startsWith('--'));
  const [domain, ...rest] = words.filter((w) => !w.startsWith('--'));
  switch (command) {
    case 'list':
      tool.put(' Id   Name   State\n----------------------\n 1    lab    running\n\n');
      return 0;
    case 'qemu-monitor-command': {
      if (domain === undefined || rest.length === 0) return yield* usage(tool, "virsh qemu-monitor-command DOMAIN [--hmp] [--pretty] 'COMMAND'");
      const line = rest.join(' ');
      return yield* options.includes('--hmp') ? humanLine(tool, monitor, line) : qmpLine(tool, monitor, line, options.includes('--pretty'));
    }
    case 'update-memory-device': {
      const size = bytesOf(/requested-size[= ](\S+)/.exec(words.join(' '))?.[1] ?? '');
      const alias = /alias[= ](\S+)/.exec(words.join(' '))?.[1];
      if (size === undefined || alias === undefined) return yield* usage(tool, 'virsh update-memory-device DOMAIN --alias=ID --requested-size=SIZE');
      return yield* run(tool, monitor, 'qom-set', { path: `/machine/peripheral/${alias}`, property: 'requested-size', value: size });
    }
    case 'setmem': {
      const size = rest[0] === undefined ? undefined : bytesOf(/[A-Za-z]$/.test(rest[0]) ? rest[0] : `${rest[0]}K`);
      if (size === undefined) return yield* usage(tool, 'virsh setmem DOMAIN SIZE');
      return yield* run(tool, monitor, 'balloon', { value: size });
    }
    default:
      yield* tool.stderr(`error: unknown command: '${command}'; here are list, qemu-monitor-command, setmem and update-memory-device\n`);
      return 1;
  }
}

export const hostPrograms = (monitor: HostMonitor): Readonly<Record<string, Program>> => ({
  ...Object.fromEntries(Object.entries(COMMANDS).map(([name, command]) => [name, program((tool) => command(tool, monitor, tool.args))])),
  qmp: program(function* (tool) {
    if (tool.args.length === 0) return yield* usage(tool, `qmp '{"execute": "query-memory-devices"}'`);
    return yield* qmpLine(tool, monitor, tool.args.join(' '), true);
  }),
  virsh: program((tool) => virsh(tool, monitor)),
});
