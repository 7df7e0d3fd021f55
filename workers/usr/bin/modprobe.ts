/** modprobe, insmod by name, rmmod: loads modules that exist here and takes them out. Mirrors kmod's messages and statuses. */
import type { Kthread } from '../../kernel/kthread.ts';
import { ERRNO, strerror } from '../../uapi/errno.ts';
import { type Program, readFile } from '../program.ts';
import { getopt } from './text/getopt.ts';
import { program, type Tool } from './text/io.ts';

/** As `FATAL: …` or `ERROR: …` on stderr, unless -q. */
function* refuse(tool: Tool, quiet: boolean, message: string): Kthread<number> {
  if (!quiet) yield* tool.warn(message);
  return 1;
}
function* insert(tool: Tool, name: string, parameters: readonly string[], { quiet, first }: { quiet: boolean; first: boolean }): Kthread<number> {
  const err = tool.sys.init_module(name, parameters.join(' '));
  if (err === 0 || (err === -ERRNO.EEXIST && !first)) return 0;
  if (err === -ERRNO.EEXIST) return yield* refuse(tool, quiet, `ERROR: could not insert '${name.replaceAll('-', '_')}': Module already in kernel`);
  if (err === -ERRNO.ENOENT) {
    const release = yield* readFile(tool.sys, '/proc/sys/kernel/osrelease');
    return yield* refuse(tool, quiet, `FATAL: Module ${name} not found in directory /lib/modules/${typeof release === 'string' ? release.trimEnd() : ''}`);
  }
  return yield* refuse(tool, false, `ERROR: could not insert '${name.replaceAll('-', '_')}': ${strerror(err)}`);
}
function* remove(tool: Tool, name: string, { quiet, first }: { quiet: boolean; first: boolean }): Kthread<number> {
  const err = tool.sys.delete_module(name);
  const known = name.replaceAll('-', '_');
  if (err === 0 || (err === -ERRNO.ENOENT && !first)) return 0;
  if (err === -ERRNO.ENOENT) return yield* refuse(tool, quiet, `FATAL: Module ${known} is not in kernel.`);
  if (err === -ERRNO.ENXIO) return yield* refuse(tool, quiet, `FATAL: Module ${name} not found.`);
  if (err === -ERRNO.EBUSY) return yield* refuse(tool, quiet, `FATAL: Module ${known} is in use.`);
  return yield* refuse(tool, false, `ERROR: could not remove '${known}': ${strerror(err)}`);
}

export const modprobe: Program = program(function* (tool) {
  const { options, operands } = yield* getopt(
    tool,
    {
      short: 'abqrvnisfV',
      long: {
        all: { key: 'a' },
        quiet: { key: 'q' },
        remove: { key: 'r' },
        verbose: { key: 'v' },
        'dry-run': { key: 'n' },
        'first-time': { key: 'first' },
        'ignore-install': { key: 'i' },
        version: { key: 'V' },
      },
    },
    'modprobe [options] [-i] [-b] modulename\n\tmodprobe [options] -a [-i] [-b] modulename [modulename...]\n\tmodprobe [options] -r [-i] modulename',
  );
  const has = (key: string): boolean => options.some(([k]) => k === key);
  if (has('V')) {
    tool.put('kmod version 30\n');
    return 0;
  }
  const [name, ...rest] = operands;
  if (name === undefined) return yield* tool.die('ERROR: missing parameters. See -h.');
  const how = { quiet: has('q') || has('b'), first: has('first') };
  if (has('n')) return 0;
  if (!has('r') && !has('a')) return yield* insert(tool, name, rest, how);
  for (const module of operands) {
    const status = yield* has('r') ? remove(tool, module, how) : insert(tool, module, [], how);
    if (status !== 0) return status;
  }
  return 0;
});
export const rmmod: Program = program(function* (tool) {
  if (tool.args.length === 0) return yield* tool.die('ERROR: missing module name.');
  let status = 0;
  for (const name of tool.args) {
    const err = tool.sys.delete_module(name);
    if (err === 0) continue;
    status = 1;
    const known = name.replaceAll('-', '_');
    const why = err === -ERRNO.EBUSY ? `Module ${known} is in use` : `Module ${known} is not currently loaded`;
    if (err === -ERRNO.EPERM) yield* tool.warn(`ERROR: could not remove '${known}': ${strerror(err)}\nrmmod: ERROR: could not remove module ${name}: ${strerror(err)}`);
    else yield* tool.warn(`ERROR: ${why}`);
  }
  return status;
});
