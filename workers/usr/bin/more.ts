/** logger, chown, chgrp: programs that leave a trace nobody but a script looks for. */
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
export const MORE: Readonly<Record<string, Program>> = { chgrp: owner, chown: owner, logger };
