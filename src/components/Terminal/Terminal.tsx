/** The shell: what was printed, what is typed, and what is typed ahead while a command runs. */
import { useEffect, useLayoutEffect, useRef, useState } from 'react';
import type { Target } from '../../format/links.ts';
import { useMachine } from '../../state/machine.ts';
import { forgetAhead, takeAhead, useTerminal } from '../../state/terminal.ts';
import { t } from '../../strings/later.ts';
import { useSession } from '../SessionContext.ts';
import { goTo } from './goto.ts';
import { Log } from './Log.tsx';
import { PasteDialog } from './PasteDialog.tsx';
import { Prompt, type PromptHandle } from './Prompt.tsx';
import { Tools } from './Tools.tsx';
import styles from './Terminal.module.css';

/** Nearer to the end than this, new lines keep the end in view. Px. */
const NEAR = 48;

/** A command runs: its output comes above, typing goes on below. */
function Running() {
  const session = useSession();
  const running = useMachine((s) => s.submitted > s.ended);
  const paused = useMachine((s) => s.pace.mode === 'paused');
  const ahead = useTerminal((s) => s.ahead);
  if (!running && ahead.length === 0) return null;
  return (
    <div className={styles.running}>
      <span className={styles.waits}>{paused ? t.terminal.waits : t.terminal.running}</span>
      <button
        type="button"
        onClick={() => {
          forgetAhead();
          void session.submit({ type: 'signal', signal: 'SIGINT' });
        }}
      >
        {t.terminal.interrupt}
      </button>
      {/* biome-ignore lint/suspicious/noArrayIndexKey: the same line may wait twice; its place is what it is */}
      {ahead.map((line, i) => <span key={i} className={styles.note}>{t.terminal.ahead(line)}</span>)}
    </div>
  );
}

export function Terminal() {
  const session = useSession();
  const chunks = useTerminal((s) => s.chunks);
  const size = useTerminal((s) => s.size);
  const wrap = useTerminal((s) => s.wrap);
  const waits = useTerminal((s) => s.ahead.length > 0);
  const free = useMachine((s) => s.submitted <= s.ended);
  const [pasted, setPasted] = useState<string | undefined>(undefined);
  const prompt = useRef<PromptHandle>(undefined);
  const scroll = useRef<HTMLDivElement>(null);
  const near = useRef(true);

  // New lines bring the prompt back into view, unless somebody reads further up; a new command always does.
  useLayoutEffect(() => {
    const node = scroll.current;
    const newest = chunks.at(-1)?.lines.at(-1);
    if (node && (near.current || newest?.kind === 'input')) node.scrollTop = node.scrollHeight;
  }, [chunks]);
  // What was typed ahead runs as soon as the shell is free.
  useEffect(() => {
    if (!free || !waits) return;
    const line = takeAhead();
    if (line !== undefined) void session.submit({ type: 'shell', line });
  }, [free, waits, session]);

  function follow(target: Target): void {
    if (!goTo(session, target) && target.kind === 'path') prompt.current?.insert(target.path);
  }
  return (
    <section className={styles.terminal} id="terminal" aria-label={t.terminal.title} style={{ '--size': `${size}px` } as React.CSSProperties}>
      <Tools />
      {/* biome-ignore lint/a11y/useKeyWithClickEvents: a click into the output only puts the cursor into the prompt, which is the next stop of the Tab key */}
      {/* biome-ignore lint/a11y/noStaticElementInteractions: nothing is done here that the prompt does not do */}
      <div
        ref={scroll} className={wrap ? styles.scroll : `${styles.scroll} ${styles.unwrapped}`}
        onScroll={({ currentTarget: { scrollHeight, scrollTop, clientHeight } }) => { near.current = scrollHeight - scrollTop - clientHeight < NEAR; }}
        onClick={(event) => { if (getSelection()?.isCollapsed !== false && (event.target as HTMLElement).closest('button') === null) prompt.current?.focus(); }}
      >
        <Log follow={follow} />
        <Prompt handle={prompt} paste={setPasted} />
        <Running />
      </div>
      {pasted !== undefined && (
        <PasteDialog text={pasted} run={(line) => void session.submit({ type: 'shell', line })} edit={(text) => prompt.current?.insert(text)} close={() => { setPasted(undefined); }} />
      )}
    </section>
  );
}
