/** `select NAME in WORDS`: a menu on stderr, an answer from stdin, again and again. */
import type { Kthread } from '../../../kernel/kthread.ts';
import type { Select } from './ast.ts';
import { announce, trace } from './command.ts';
import { expandText, expandWords } from './expand.ts';
import { looping, turn } from './loops.ts';
import type { Sh } from './shell.ts';
import { assign, getVar } from './vars.ts';

const COLUMNS = 80;

/** Items in columns, numbered downwards. */
function menu(words: readonly string[]): string {
  const digits = String(words.length).length;
  const width = Math.max(...words.map((w) => w.length)) + digits + 2 + 2;
  const columns = Math.max(1, Math.floor(COLUMNS / width));
  let rows = Math.ceil(words.length / columns);
  // A list that fits one row is shown as one column.
  if (rows === 1) rows = words.length;
  let text = '';
  for (let row = 0; row < rows; row++) {
    const items: string[] = [];
    for (let i = row; i < words.length; i += rows) items.push(`${String(i + 1).padStart(digits)}) ${words[i]}`);
    text += `${items.map((item, i) => (i < items.length - 1 ? item.padEnd(width) : item)).join('')}\n`;
  }
  return text;
}

export function* runSelect(sh: Sh, node: Select): Kthread<void> {
  sh.at = node.pos;
  const head = `select ${node.name.text}${node.wordlist ? ` in ${node.wordlist.map((w) => w.text).join(' ')}` : ''}`;
  const words = node.wordlist ? yield* expandWords(sh, node.wordlist) : [...sh.state.positional];
  yield* announce(sh, head);
  sh.state.status = 0;
  if (words.length === 0) return;
  yield* trace(sh, head);
  yield* looping(
    sh,
    (function* () {
      for (let show = true; ; ) {
        if (show) yield* sh.sys.write(2, menu(words));
        yield* sh.sys.write(2, yield* expandText(sh, getVar(sh, 'PS3') ?? '#? '));
        if ((yield* sh.interpreter.builtins.run(sh, 'read', ['REPLY'])) !== 0) {
          yield* sh.sys.write(1, '\n');
          sh.state.status = 1;
          return;
        }
        const reply = getVar(sh, 'REPLY') ?? '';
        show = reply === '';
        if (show) continue;
        assign(sh, node.name.value, (/^\s*\d+\s*$/.test(reply) && words[Number(reply) - 1]) || '');
        if (!(yield* turn(sh, node.body))) return;
      }
    })(),
  );
}
