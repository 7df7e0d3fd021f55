/** The shell: a log of lines and one input. History with the arrow keys, completion with Tab, ^C and ^L. */
import { type KeyboardEvent, useLayoutEffect, useRef, useState } from 'react';
import { useMachine } from '../../state/machine.ts';
import { addLine, clearTerminal, type TerminalLine, useTerminal } from '../../state/terminal.ts';
import { t } from '../../strings/index.ts';
import { useSession } from '../SessionContext.ts';
import { commonPrefix, replaceWord } from './completion.ts';
import styles from './Terminal.module.css';

/** Lines kept in the document; more are in the store. */
const SHOWN = 600;
/** How much of a list of completions is printed. */
const MAX_WORDS = 60;

function Line({ line }: { line: TerminalLine }) {
  return (
    <div className={styles[line.kind]}>
      {line.kind === 'input' && <span className={styles.prompt}>{t.terminal.prompt}</span>}
      {line.kind === 'host' && <span className={styles.prompt}>{t.terminal.host}</span>}
      {line.text === '' ? '\u200b' : line.text}
    </div>
  );
}

export function Terminal() {
  const session = useSession();
  const lines = useTerminal((s) => s.lines);
  const history = useTerminal((s) => s.history);
  const waits = useMachine((s) => s.pace.mode === 'paused' && s.submitted > s.ended);
  const [text, setText] = useState('');
  /** Place in the history; its length: the line being typed. */
  const [at, setAt] = useState<number | undefined>(undefined);
  const input = useRef<HTMLInputElement>(null);
  const scroll = useRef<HTMLDivElement>(null);

  // Every new line, and nothing else, brings the prompt back into view.
  // biome-ignore lint/correctness/useExhaustiveDependencies: see above
  useLayoutEffect(() => {
    if (scroll.current) scroll.current.scrollTop = scroll.current.scrollHeight;
  }, [lines]);

  async function complete(): Promise<void> {
    const cursor = input.current?.selectionStart ?? text.length;
    const { start, words } = await session.engine.api.complete(text, cursor);
    const prefix = commonPrefix(words);
    if (words.length === 0) return;
    const whole = words.length === 1 && !prefix.endsWith('/') ? `${prefix} ` : prefix;
    const next = replaceWord(text, start, cursor, whole);
    if (next.text === text && words.length > 1) addLine('note', words.slice(0, MAX_WORDS).join('  '));
    setText(next.text);
    requestAnimationFrame(() => { input.current?.setSelectionRange(next.cursor, next.cursor); });
  }

  function recall(by: number): void {
    const next = Math.min(history.length, Math.max(0, (at ?? history.length) + by));
    setAt(next);
    setText(history[next] ?? '');
  }

  function onKeyDown(event: KeyboardEvent<HTMLInputElement>): void {
    const selected = input.current?.selectionStart !== input.current?.selectionEnd;
    if (event.key === 'Enter') {
      // What stands there, however it came there: an input method or a password manager does not always tell React.
      const line = event.currentTarget.value;
      setText('');
      setAt(undefined);
      if (line.trim() !== '') void session.submit({ type: 'shell', line });
    } else if (event.key === 'ArrowUp') recall(-1);
    else if (event.key === 'ArrowDown') recall(1);
    // Shift+Tab always leaves; Tab leaves an empty line, so that nobody is caught here.
    else if (event.key === 'Tab' && !event.shiftKey && text !== '') void complete();
    else if (event.ctrlKey && event.key === 'c' && !selected) {
      setText('');
      void session.submit({ type: 'signal', signal: 'SIGINT' });
    } else if (event.ctrlKey && event.key === 'l') clearTerminal();
    else return;
    event.preventDefault();
  }

  return (
    <section className={styles.terminal} id="terminal" aria-label={t.terminal.title}>
      {/* A click into the output only puts the cursor where it would be expected. */}
      {/* biome-ignore lint/a11y/useKeyWithClickEvents: see above */}
      {/* biome-ignore lint/a11y/noStaticElementInteractions: see above */}
      <div ref={scroll} className={styles.scroll} onClick={() => { if (getSelection()?.isCollapsed !== false) input.current?.focus(); }}>
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls can be reached by keyboard */}
        <div role="log" aria-label={t.terminal.log} tabIndex={0} className={styles.log}>
          <div className={styles.note}>{t.terminal.hint}</div>
          {lines.slice(-SHOWN).map((line) => <Line key={line.id} line={line} />)}
        </div>
        <label className={styles.entry}>
          <span className={styles.prompt} aria-hidden="true">{t.terminal.prompt}</span>
          <span className="visually-hidden">{t.terminal.input}</span>
          <input ref={input} value={text} onChange={(event) => { setText(event.target.value); }} onKeyDown={onKeyDown} spellCheck={false} autoCapitalize="off" autoComplete="off" autoCorrect="off" enterKeyHint="send" />
        </label>
        {waits && <div className={styles.waits}>{t.terminal.waits}</div>}
      </div>
    </section>
  );
}
