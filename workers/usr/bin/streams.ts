/** Opening and reading files, as coreutils words its complaints. */
import type { Kthread } from '../../kernel/kthread.ts';
import type { Tool } from './text/io.ts';

/** What coreutils reads at once. */
export const BLOCK = 131072;

/** Opens for reading; '-' is stdin. -errno after having said so in the words of `say`. */
export function* openInput(tool: Tool, path: string, say: (error: number) => string): Kthread<number> {
  if (path === '-') return 0;
  const fd = tool.sys.open(path, { read: true });
  if (fd < 0) yield* tool.warn(say(fd));
  return fd;
}
/** All bytes of an open file; -errno. */
export function* readRest(tool: Tool, fd: number): Kthread<string | number> {
  let all = '';
  for (;;) {
    const got = yield* tool.sys.read(fd, BLOCK);
    if (typeof got === 'number') return got;
    if (got === '') return all;
    all += got;
  }
}
