/** man, apropos and whatis over the pages of this folder. */
import type { Program } from '../../program.ts';
import { HELP } from '../sh/builtins/help.ts';
import { parseOptions } from '../text/getopt.ts';
import { program } from '../text/io.ts';
import { COMMAND_PAGES, SAME } from './commands.ts';
import { MEMORY_PAGES } from './memory.ts';
import { formatPage, type Page } from './page.ts';

export const PAGES: Readonly<Record<string, Page>> = { ...COMMAND_PAGES, ...MEMORY_PAGES };
/** The page of a name; undefined: there is none. */
export const pageOf = (name: string): readonly [string, Page] | undefined => {
  const real = Object.hasOwn(SAME, name) ? (SAME[name] as string) : name;
  const page = Object.hasOwn(PAGES, real) ? PAGES[real] : undefined;
  return page && [real, page];
};
const line = (name: string, [section, about]: Page): string => `${`${name} (${section})`.padEnd(20)} - ${about}\n`;
const matching = (word: string): string =>
  Object.entries(PAGES)
    .filter(([name, [, about]]) => `${name} ${about}`.toLowerCase().includes(word.toLowerCase()))
    .map(([name, page]) => line(name, page))
    .join('');

const man = program(function* (tool) {
  const { options, operands } = parseOptions(tool.args, { short: 'kfP:', long: { apropos: { key: 'k' }, whatis: { key: 'f' } } });
  const how = tool.name === 'apropos' || options.some(([k]) => k === 'k') ? 'k' : tool.name === 'whatis' || options.some(([k]) => k === 'f') ? 'f' : '';
  const names = operands.filter((word) => !/^\d$/.test(word));
  if (names.length === 0) return yield* tool.die(how === '' ? "What manual page do you want?\nFor example, try 'man man'." : `${tool.name} what?`);
  for (const name of names) {
    const found = pageOf(name);
    if (how === 'k') {
      const text = matching(name);
      tool.put(text);
      if (text === '') yield* tool.stderr(`${name}: nothing appropriate.\n`);
      tool.status = Math.max(tool.status, text === '' ? 16 : 0);
    } else if (how === 'f') {
      if (found) tool.put(line(...found));
      else yield* tool.stderr(`${name}: nothing appropriate.\n`);
    } else if (found) tool.put(formatPage(...found));
    else if (Object.hasOwn(HELP, name)) {
      const [synopsis, sentence] = HELP[name] as readonly [string, string];
      tool.put(formatPage(name, [1, `${sentence.replace(/\.$/, '')} (builtin of the shell)`, synopsis, '', 'bash(1)']));
    } else {
      yield* tool.stderr(`No manual entry for ${name}\n`);
      tool.status = 16;
    }
  }
  return tool.status;
});
export const MAN: Readonly<Record<string, Program>> = { apropos: man, man, whatis: man };
