/** The line that is typed: several lines where the shell asks for more, history, search, completion, paste. */
import { type ClipboardEvent, type KeyboardEvent, type RefObject, useLayoutEffect, useRef, useState } from 'react';
import { useMachine } from '../../state/machine.ts';
import { addLine, clearTerminal, forgetAhead, remember, searchHistory, typeAhead, useTerminal } from '../../state/terminal.ts';
import { t } from '../../strings/later.ts';
import { useSession } from '../SessionContext.ts';
import { commonPrefix, replaceWord } from './completion.ts';
import styles from './Terminal.module.css';

/** How much of a list of completions is printed. */
const MAX_WORDS = 120;

interface Search {
  readonly text: string;
  /** Place in the history of the line found; -1: none. */
  readonly at: number;
}
export interface PromptHandle {
  /** Puts text in front of the cursor and the cursor behind it. */
  insert(text: string): void;
  focus(): void;
}

/** `paste`: several lines came from the clipboard. */
export function Prompt({ handle, paste }: { handle: RefObject<PromptHandle | undefined>; paste: (text: string) => void }) {
  const session = useSession();
  const history = useTerminal((s) => s.history);
  const [text, setText] = useState('');
  /** Place in the history; its length: the line being typed. */
  const [at, setAt] = useState<number | undefined>(undefined);
  const [search, setSearch] = useState<Search | undefined>(undefined);
  /** Where the cursor goes once the text has been drawn. */
  const cursor = useRef<number | undefined>(undefined);
  const input = useRef<HTMLTextAreaElement>(null);

  useLayoutEffect(() => {
    const node = input.current;
    if (!node) return;
    if (node.value !== text) return;
    node.style.height = 'auto';
    node.style.height = `${node.scrollHeight}px`;
    if (cursor.current !== undefined) node.setSelectionRange(cursor.current, cursor.current);
    cursor.current = undefined;
  }, [text]);

  function put(next: string, to = next.length): void {
    const node = input.current;
    if (next === text && node) {
      // The same text is not drawn again: a cursor left for later would jump under the next letter that is typed.
      node.value = next;
      node.setSelectionRange(to, to);
      return;
    }
    cursor.current = to;
    setText(next);
  }
  handle.current = {
    insert(words) {
      const from = input.current?.selectionStart ?? text.length;
      put(text.slice(0, from) + words + text.slice(input.current?.selectionEnd ?? from), from + words.length);
      input.current?.focus();
    },
    focus() { input.current?.focus(); },
  };

  async function complete(): Promise<void> {
    const from = input.current?.selectionStart ?? text.length;
    const { start, words } = await session.engine.api.complete(text, from);
    const prefix = commonPrefix(words);
    if (words.length === 0 || input.current?.value !== text) return;
    const whole = words.length === 1 && !prefix.endsWith('/') ? `${prefix} ` : prefix;
    const next = replaceWord(text, start, from, whole);
    if (next.text === text && words.length > 1) addLine('note', words.slice(0, MAX_WORDS).join('  '));
    put(next.text, next.cursor);
  }

  function recall(by: number): void {
    const next = Math.min(history.length, Math.max(0, (at ?? history.length) + by));
    setAt(next);
    put(history[next] ?? '');
  }

  /** What stands there, however it came there: an input method or a password manager does not always tell React. */
  async function enter(line: string): Promise<void> {
    if (line.trim() === '') return;
    if (await session.engine.api.incomplete(line)) {
      put(`${line}\n`);
      return;
    }
    setAt(undefined);
    put('');
    const { submitted, ended } = useMachine.getState();
    if (submitted > ended) {
      remember(line);
      typeAhead(line);
    } else void session.submit({ type: 'shell', line });
  }

  function seek(next: string, from: number): void { setSearch({ text: next, at: searchHistory(history, next, from) }); }
  /** Ends the search with the line it found, or with what was there before. */
  function accept(): string {
    const found = search === undefined ? text : history[search.at] ?? text;
    setSearch(undefined);
    put(found);
    return found;
  }
  function searching({ text: wanted, at: found }: Search, event: KeyboardEvent): boolean {
    if (event.ctrlKey && event.key === 'r') seek(wanted, found - 1 >= 0 ? found - 1 : found);
    else if (event.key === 'Escape' || (event.ctrlKey && (event.key === 'g' || event.key === 'c'))) setSearch(undefined);
    else if (event.key === 'Enter') void enter(accept());
    else if (event.key === 'Backspace') seek(wanted.slice(0, -1), history.length - 1);
    else if (['Tab', 'ArrowLeft', 'ArrowRight', 'ArrowUp', 'ArrowDown', 'Home', 'End'].includes(event.key)) accept();
    else if (event.key.length === 1 && !event.ctrlKey && !event.metaKey && !event.altKey) seek(wanted + event.key, history.length - 1);
    else return false;
    return true;
  }

  function onKeyDown(event: KeyboardEvent<HTMLTextAreaElement>): void {
    const node = event.currentTarget;
    const selected = node.selectionStart !== node.selectionEnd;
    const first = !node.value.slice(0, node.selectionStart).includes('\n');
    const last = !node.value.slice(node.selectionEnd).includes('\n');
    if (event.nativeEvent.isComposing) return;
    if (search !== undefined) {
      if (!searching(search, event)) return;
    } else if (event.key === 'Enter' && !event.shiftKey) void enter(node.value);
    else if (event.key === 'ArrowUp' && first) recall(-1);
    else if (event.key === 'ArrowDown' && last) recall(1);
    // Shift+Tab always leaves; Tab leaves an empty line, so that nobody is caught here.
    else if (event.key === 'Tab' && !event.shiftKey && text !== '') void complete();
    else if (event.ctrlKey && event.key === 'r') seek('', history.length - 1);
    else if (event.ctrlKey && event.key === 'c' && !selected) {
      put('');
      forgetAhead();
      void session.submit({ type: 'signal', signal: 'SIGINT' });
    } else if (event.ctrlKey && event.key === 'l') clearTerminal();
    else if (event.ctrlKey && event.key === 'u') put(node.value.slice(node.selectionStart), 0);
    else return;
    event.preventDefault();
  }
  function onPaste(event: ClipboardEvent): void {
    const lines = event.clipboardData.getData('text/plain').replace(/\r\n?/g, '\n');
    if (!lines.trimEnd().includes('\n')) return;
    event.preventDefault();
    paste(lines);
  }

  const found = search === undefined ? undefined : history[search.at] ?? '';
  return (
    <label className={styles.entry}>
      <span className={styles.prompt} aria-hidden="true">{search === undefined ? t.terminal.prompt : search.at < 0 && search.text !== '' ? t.terminal.notFound(search.text) : t.terminal.search(search.text)}</span>
      <span className="visually-hidden">{t.terminal.input}</span>
      <textarea
        ref={input} rows={1} value={found ?? text} readOnly={search !== undefined} onChange={(event) => { setText(event.target.value); }} onKeyDown={onKeyDown} onPaste={onPaste}
        spellCheck={false} autoCapitalize="off" autoComplete="off" autoCorrect="off" enterKeyHint="send"
      />
    </label>
  );
}
