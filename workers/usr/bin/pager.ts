/** less and more: nothing can be typed while a command's output stands here, so that they print it all. */
import type { Program } from '../program.ts';
import { program } from './text/io.ts';

const pager = program(function* (tool) {
  const files = tool.args.filter((a) => !/^[-+]/.test(a));
  for (const file of files.length > 0 ? files : ['-']) {
    const text = yield* tool.slurp(file);
    if (text !== undefined) tool.put(text);
    yield* tool.settle();
  }
  return tool.status;
});
export const PAGERS: Readonly<Record<string, Program>> = { less: pager, more: pager };
