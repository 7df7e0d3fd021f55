/** while, until, for, for (( )) and case. */
import type { Kthread } from '../../../kernel/kthread.ts';
import type { ArithmeticFor, Case, CompoundList, For, While } from './ast.ts';
import { announce, trace } from './command.ts';
import { arithmeticOf, expandPattern, expandString, expandWords } from './expand.ts';
import { matches } from './glob.ts';
import { charsOf } from './locale.ts';
import { Break, guarded, type Sh } from './shell.ts';
import { assign } from './vars.ts';

/** A list whose status is a question: its failure is no error. */
export function* condition(sh: Sh, list: CompoundList): Kthread<boolean> {
  sh.conditions++;
  try {
    yield* sh.interpreter.runList(sh, list);
  } finally {
    sh.conditions--;
  }
  return sh.state.status === 0;
}

/** One turn of a loop; false: the loop is left. */
export function* turn(sh: Sh, body: CompoundList): Kthread<boolean> {
  yield;
  try {
    yield* sh.interpreter.runList(sh, body);
  } catch (e) {
    if (!(e instanceof Break)) throw e;
    if (e.count > 1 && sh.loops > 1) throw new Break(e.count - 1, e.next);
    return e.next;
  }
  return true;
}
export function* looping(sh: Sh, body: Kthread<void>): Kthread<void> {
  sh.loops++;
  try {
    yield* body;
  } finally {
    sh.loops--;
  }
}
export function* runWhile(sh: Sh, node: While): Kthread<void> {
  let status = 0;
  yield* looping(
    sh,
    (function* () {
      for (;;) {
        let go: boolean;
        try {
          go = yield* condition(sh, node.clause);
        } catch (e) {
          if (!(e instanceof Break)) throw e;
          if (e.count > 1 && sh.loops > 1) throw new Break(e.count - 1, e.next);
          if (e.next) continue;
          status = sh.state.status;
          break;
        }
        if (go === (node.kind === 'until')) break;
        const more = yield* turn(sh, node.body);
        ({ status } = sh.state);
        if (!more) break;
      }
    })(),
  );
  sh.state.status = status;
}
export function* runFor(sh: Sh, node: For): Kthread<void> {
  sh.at = node.pos;
  const words = node.wordlist ? yield* expandWords(sh, node.wordlist) : [...sh.state.positional];
  if (words.length === 0) sh.state.status = 0;
  yield* looping(
    sh,
    (function* () {
      for (const word of words) {
        sh.at = node.pos;
        const head = `for ${node.name.text}${node.wordlist ? ` in ${node.wordlist.map((w) => w.text).join(' ')}` : ''}`;
        yield* announce(sh, head);
        yield* trace(sh, head);
        assign(sh, node.name.value, word);
        if (!(yield* turn(sh, node.body))) break;
      }
    })(),
  );
}
export function* runArithmeticFor(sh: Sh, node: ArithmeticFor): Kthread<void> {
  sh.at = node.pos;
  // The three texts stand between the parentheses; the parser's trees are not needed.
  const head = sh.source.text.slice(node.pos, node.body.pos);
  const inner = head.slice(head.indexOf('((') + 2, head.lastIndexOf('))'));
  const [first = '', test = '', step = ''] = inner.split(';');
  function* value(expression: string): Kthread<bigint> {
    sh.at = node.pos;
    yield* announce(sh, `((${expression.trim()}))`);
    yield* trace(sh, `(( ${expression.trim()} ))`);
    return yield* arithmeticOf(sh, expression, '((: ');
  }
  sh.state.status = 0;
  const ok = yield* guarded(
    sh,
    (function* () {
      if (first.trim() !== '') yield* value(first);
      yield* looping(
        sh,
        (function* () {
          while (test.trim() === '' || (yield* value(test)) !== 0n) {
            if (!(yield* turn(sh, node.body))) break;
            if (step.trim() !== '') yield* value(step);
          }
        })(),
      );
      return 0;
    })(),
  );
  if (ok !== 0) sh.state.status = 1;
}

export function* runCase(sh: Sh, node: Case): Kthread<void> {
  sh.at = node.pos;
  yield* announce(sh, `case ${node.word.text} in `);
  yield* trace(sh, `case ${node.word.text} in`);
  const word = yield* expandString(sh, node.word);
  sh.state.status = 0;
  let falling = false;
  for (const item of node.items) {
    let hit = falling;
    for (const pattern of item.pattern) {
      if (hit) break;
      const text = yield* expandPattern(sh, pattern);
      const chars = charsOf(sh, word, text);
      hit = matches(chars.in(text), chars.in(word), true, sh.state.shopts.has('nocasematch'));
    }
    if (!hit) continue;
    yield* sh.interpreter.runList(sh, item.body);
    if (item.terminator === ';&') falling = true;
    else if (item.terminator === ';;&') falling = false;
    else return;
  }
}
