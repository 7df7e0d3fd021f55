/** logger, chown, chgrp, systemctl, systemd-detect-virt: programs that leave a trace nobody but a script looks for. */
import type { Program } from '../program.ts';
import { parseOptions } from './text/getopt.ts';
import { program, writeAll } from './text/io.ts';
import { strftime } from './text/strftime.ts';
import { strerror } from '../../uapi/errno.ts';

const SYSLOG = '/var/log/syslog';
const logger = program(function* (tool) {
  const { options, operands, error } = parseOptions(tool.args, { short: 't:p:isf:', inOrder: true, long: { tag: { key: 't', arg: 'required' }, priority: { key: 'p', arg: 'required' }, stderr: { key: 's' }, id: { key: 'i' } } });
  if (error !== undefined) return yield* tool.die(`${error}\nTry 'logger --help' for more information.`);
  const tag = options.findLast(([k]) => k === 't')?.[1] ?? 'root';
  const text = operands.length > 0 ? operands.join(' ') : ((yield* tool.slurp('-')) ?? '').replace(/\n$/, '');
  const line = `${strftime('%b %e %H:%M:%S', Math.floor(tool.sys.clock_realtime()))} lab ${tag}${options.some(([k]) => k === 'i') ? `[${tool.sys.getpid()}]` : ''}: ${text}\n`;
  if (options.some(([k]) => k === 's')) yield* tool.stderr(`<13>${line}`);
  tool.sys.mkdir('/var/log', 0o755);
  const fd = tool.sys.open(SYSLOG, { write: true, create: true, append: true }, 0o640);
  if (fd < 0) return 0;
  yield* writeAll(tool.sys, fd, line);
  tool.sys.close(fd);
  return 0;
});
/** Files here belong to whoever made them; giving one to its owner is no change, anything else is refused as by a file system without owners. */
const owner: Program = program(function* (tool) {
  const [who, ...files] = tool.args.filter((a) => !a.startsWith('-'));
  if (who === undefined || files.length === 0) return yield* tool.die(`missing operand${who === undefined ? '' : ` after '${who}'`}\nTry '${tool.name} --help' for more information.`);
  const uid = { root: 0, nobody: 65534 }[who.split(/[:.]/)[0] as string] ?? Number(who.split(/[:.]/)[0]);
  if (Number.isNaN(uid)) return yield* tool.die(`invalid ${tool.name === 'chgrp' ? 'group' : 'user'}: '${who}'`);
  for (const file of files) {
    const stat = tool.sys.stat(file);
    if (typeof stat === 'number') yield* tool.warn(`cannot access '${file}': ${strerror(stat)}`);
    else if (stat.uid !== uid) yield* tool.warn(`changing ${tool.name === 'chgrp' ? 'group' : 'ownership'} of '${file}': Operation not permitted`);
  }
  return tool.status;
});
/** There is no service manager: what asks for a unit hears that there is no such unit, with systemctl's words and statuses. */
const systemctl = program(function* (tool) {
  const [verb, ...units] = tool.args.filter((a) => !a.startsWith('-'));
  const quiet = tool.args.includes('-q') || tool.args.includes('--quiet');
  if (verb === undefined || verb === 'list-units') {
    tool.put('  UNIT LOAD ACTIVE SUB DESCRIPTION\n0 loaded units listed.\n');
    return 0;
  }
  const unit = (name: string): string => (/\.\w+$/.test(name) ? name : `${name}.service`);
  if (verb === 'daemon-reload') return 0;
  if (units.length === 0) return yield* tool.die('Too few arguments.');
  if (verb === 'is-active' || verb === 'is-failed') {
    if (!quiet) for (const _ of units) tool.put('inactive\n');
    return verb === 'is-active' ? 3 : 1;
  }
  if (verb === 'is-enabled') {
    for (const name of units) yield* tool.stderr(`Failed to get unit file state for ${unit(name)}: No such file or directory\n`);
    return 1;
  }
  for (const name of units) yield* tool.stderr(verb === 'status' ? `Unit ${unit(name)} could not be found.\n` : `Failed to ${verb} ${unit(name)}: Unit ${unit(name)} not found.\n`);
  return verb === 'status' ? 4 : 5;
});
/** The recorded machines are QEMU's without hardware support. */
const detectVirt = program(function* (tool) {
  const { options } = parseOptions(tool.args, { short: 'cvrq', long: { container: { key: 'c' }, vm: { key: 'v' }, quiet: { key: 'q' } } });
  const container = options.some(([k]) => k === 'c' || k === 'r');
  if (!options.some(([k]) => k === 'q')) tool.put(container ? 'none\n' : 'qemu\n');
  return container ? 1 : 0;
});
export const MORE: Readonly<Record<string, Program>> = { chgrp: owner, chown: owner, logger, systemctl, 'systemd-detect-virt': detectVirt };
