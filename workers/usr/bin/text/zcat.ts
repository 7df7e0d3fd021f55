/** zcat: the contents of gzip files, as gzip 1.12 words its complaints. */
import { strerror } from '../../../uapi/errno.ts';
import { openInput, readRest } from '../streams.ts';
import { getopt } from './getopt.ts';
import { gunzip } from './inflate.ts';
import { program, writeAll } from './io.ts';

export const zcat = program(function* (tool) {
  const { options, operands } = yield* getopt(tool, { short: 'f', long: { force: { key: 'f' } } }, 'zcat [OPTION]... [FILE]...');
  for (const path of operands.length === 0 ? ['-'] : operands) {
    const fd = yield* openInput(tool, path, (error) => `${path}: ${strerror(error)}`);
    if (fd < 0) continue;
    const data = yield* readRest(tool, fd);
    if (fd > 0) tool.sys.close(fd);
    if (typeof data === 'number') {
      yield* tool.warn(`${path}: ${strerror(data)}`);
      continue;
    }
    const got = gunzip(data) ?? (options.some(([key]) => key === 'f') ? { text: data } : { error: 'not in gzip format' });
    if ('error' in got) yield* tool.warn(`${path === '-' ? 'stdin' : path}: ${got.error}`);
    else yield* writeAll(tool.sys, 1, got.text);
  }
  return tool.status;
});
