/** modprobe NAME: loads a module that exists here. Mirrors kmod's messages. */
import { ERRNO } from '../../uapi/errno.ts';
import type { Program } from '../program.ts';

export const modprobe: Program = function* ({ sys, argv }) {
  const names = argv.slice(1).filter((word) => !word.startsWith('-'));
  if (names.length === 0) {
    yield* sys.write(2, 'modprobe: ERROR: missing parameters. See -h.\n');
    return 1;
  }
  for (const name of names) {
    const err = sys.init_module(name);
    if (err === 0) continue;
    const why = err === -ERRNO.ENOENT ? `FATAL: Module ${name} not found in directory /lib/modules` : `ERROR: could not insert '${name}': Function not implemented`;
    yield* sys.write(2, `modprobe: ${why}\n`);
    return 1;
  }
  return 0;
};
