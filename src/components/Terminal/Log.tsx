/**
 * What was printed: real text, so that it can be selected, searched and read aloud. Runs of lines that are out of sight are neither laid out nor painted
 * (content-visibility), so that a hundred thousand lines scroll as well as ten.
 */
import { type KeyboardEvent, memo, type MouseEvent, type ReactNode, useRef } from 'react';
import { linksIn, packTarget, type Target, unpackTarget } from '../../format/links.ts';
import { missingIn } from '../../format/missing.ts';
import { useMachine } from '../../state/machine.ts';
import { type Chunk, type TerminalLine, useTerminal } from '../../state/terminal.ts';
import { t } from '../../strings/later.ts';
import styles from './Terminal.module.css';

/** A line with its links. They take no part in the order of Tab: the log is one stop, and arrow keys go from link to link inside it. */
function linked(text: string): ReactNode {
  const links = linksIn(text);
  if (links.length === 0) return text === '' ? '\u200b' : text;
  const parts: ReactNode[] = [];
  let at = 0;
  for (const { start, end, target } of links) {
    if (start > at) parts.push(text.slice(at, start));
    parts.push(<button key={start} type="button" tabIndex={-1} className={styles.link} data-go={packTarget(target)}>{text.slice(start, end)}</button>);
    at = end;
  }
  parts.push(text.slice(at));
  return parts;
}

/** Below a complaint about a file that this kernel was built without: a line of the page, not of the kernel. */
function Brings({ text }: { text: string }) {
  const description = useMachine((s) => s.description);
  const missing = description && missingIn(text, description);
  return missing ? <div className={styles.note}>{t.terminal.brings(missing.path, missing.option.name)}</div> : null;
}
function Line({ line }: { line: TerminalLine }) {
  return (
    <div className={styles[line.kind]}>
      {line.kind === 'input' && <span className={styles.prompt}>{t.terminal.prompt}</span>}
      {line.kind === 'host' && <span className={styles.prompt}>{t.terminal.host}</span>}
      {linked(line.text)}
      {line.kind === 'err' && <Brings text={line.text} />}
    </div>
  );
}
const Run = memo(function Run({ chunk }: { chunk: Chunk }) {
  return <div className={styles.run} style={{ '--lines': chunk.lines.length } as React.CSSProperties}>{chunk.lines.map((line) => <Line key={line.id} line={line} />)}</div>;
});

const LINKS = 'button[data-go]';

export function Log({ follow }: { follow: (target: Target) => void }) {
  const chunks = useTerminal((s) => s.chunks);
  /** A block that is there, for the first line's example. */
  const example = useMachine((s) => s.snapshot?.blocks[s.snapshot.blocks.length >> 1]?.id ?? 0);
  const log = useRef<HTMLDivElement>(null);

  function onClick(event: MouseEvent): void {
    const target = unpackTarget((event.target as HTMLElement).closest<HTMLElement>(LINKS)?.dataset.go ?? '');
    if (target) follow(target);
  }
  /** Up and down go from link to link, from the newest on. */
  function onKeyDown(event: KeyboardEvent): void {
    const by = { ArrowUp: -1, ArrowLeft: -1, ArrowDown: 1, ArrowRight: 1 }[event.key];
    if (by === undefined && event.key !== 'End' && event.key !== 'Home') return;
    const links = [...(log.current?.querySelectorAll<HTMLElement>(LINKS) ?? [])];
    if (links.length === 0) return;
    const at = links.indexOf(document.activeElement as HTMLElement);
    const next = event.key === 'Home' ? 0 : event.key === 'End' || at < 0 ? links.length - 1 : Math.max(0, Math.min(links.length - 1, at + (by ?? 0)));
    links[next]?.focus();
    links[next]?.scrollIntoView({ block: 'nearest' });
    event.preventDefault();
  }
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls can be reached by keyboard, and its arrow keys go from link to link
    <div ref={log} role="log" aria-label={t.terminal.log} tabIndex={0} className={styles.log} onClick={onClick} onKeyDown={onKeyDown}>
      <div className={styles.note}>{t.terminal.hint(example)}</div>
      {chunks.map((chunk) => <Run key={chunk.id} chunk={chunk} />)}
    </div>
  );
}
