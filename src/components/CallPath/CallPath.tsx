/** Kernel functions as a tree, the running one lit, with one sentence about it. */
import { type KeyboardEvent, useEffect, useRef } from 'react';
import { FUNCTIONS } from '../../../workers/uapi/functions.ts';
import { errnoName } from '../../../workers/uapi/errno.ts';
import type { Call } from '../../engine/call.ts';
import { actionWord, applyCall, type CallLine, callLines, running } from '../../engine/calls.ts';
import { count, duration, hex } from '../../format/numbers.ts';
import { chooseCall, growCalls, useCalls } from '../../state/calls.ts';
import { t } from '../../strings/later.ts';
import { sentenceOf } from '../../strings/sentences.ts';
import { useSession } from '../SessionContext.ts';
import { Source } from '../Source/Source.tsx';
import { Begin } from './Begin.tsx';
import styles from './CallPath.module.css';

growCalls(applyCall);

/** What stands at the right of a line. */
function noteOf(call: Call): string {
  const { note, end } = call;
  if (end && end.ret < 0) return `-${errnoName(end.ret)}`;
  if (note.callbacks !== undefined) return t.calls.callbacks(note.callbacks);
  if (note.moved !== undefined && (note.moved > 0 || end)) return t.calls.moved(count(note.moved));
  if (note.pageblocks !== undefined) return t.calls.pageblocks(count(note.pageblocks));
  if (note.pfn !== undefined && running(call)) return t.calls.pfn(hex(note.pfn));
  if (call.times > 1) return t.calls.times(count(call.times));
  return end ? duration(end.time - call.time) : '';
}

const nameOf = (call: Call): string => {
  const name = FUNCTIONS[call.fn - 1]?.[0] ?? `function ${call.fn}`;
  return call.note.action === undefined ? `${name}()` : `${name}(${actionWord(call.note.action)})`;
};

function Line({ line, current, chosen }: { line: CallLine; current: boolean; chosen: boolean }) {
  const { call } = line;
  const failed = call.end !== undefined && call.end.ret < 0;
  const className = [styles.line, running(call) && styles.running, current && styles.current, chosen && styles.chosen, failed && styles.failed].filter(Boolean).join(' ');
  return (
    <div role="treeitem" className={className} aria-level={line.depth + 1} aria-selected={chosen} aria-current={current ? 'step' : undefined} tabIndex={chosen ? 0 : -1} onClick={() => { chooseCall(call); }} onKeyDown={undefined}>
      <span className={styles.branch} aria-hidden="true">{line.branch}</span>
      <span className={styles.name}>{nameOf(call)}</span>
      <span className={styles.note}>{noteOf(call)}</span>
    </div>
  );
}

/** Over the first line, as in the style sheet: CSS pixels. */
const PADDING = 8;

export function CallPath() {
  const calls = useCalls((s) => s.calls);
  useCalls((s) => s.version);
  const chosenCall = useCalls((s) => s.chosen);
  const session = useSession();
  const tree = useRef<HTMLDivElement>(null);
  const root = calls.roots.at(-1);
  const current = calls.current;
  const lines = root ? callLines(root) : [];
  const shown = lines.find(({ call }) => call === chosenCall)?.call ?? (current && lines.some(({ call }) => call === current) ? current : root);

  useEffect(() => {
    const box = tree.current;
    const line = (box?.querySelector('[aria-current]') ?? box?.querySelector('[aria-selected=true]'))?.getBoundingClientRect();
    if (!box || !line) return;
    // Inside the tree alone: scrollIntoView would take the window along, where it scrolls.
    const { top, bottom } = box.getBoundingClientRect();
    box.scrollTop += Math.max(0, line.bottom - bottom) + Math.min(0, line.top - PADDING - top);
  });

  if (root === undefined || shown === undefined) return <Begin />;
  const known = FUNCTIONS[shown.fn - 1];

  function onKeyDown(event: KeyboardEvent): void {
    const at = lines.findIndex(({ call }) => call === shown);
    const next = event.key === 'ArrowDown' ? at + 1 : event.key === 'ArrowUp' ? at - 1 : event.key === 'Home' ? 0 : event.key === 'End' ? lines.length - 1 : -1;
    const line = lines[next];
    if (line === undefined) return;
    event.preventDefault();
    chooseCall(line.call);
    (tree.current?.children[next] as HTMLElement | undefined)?.focus();
  }

  return (
    <div className={styles.panel}>
      <div ref={tree} className={styles.tree} role="tree" aria-label={t.calls.tree} onKeyDown={onKeyDown} tabIndex={-1}>
        {lines.map((line, i) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a line is its place in the tree
          <Line key={i} line={line} current={line.call === current && running(line.call)} chosen={line.call === shown} />
        ))}
      </div>
      <div className={styles.about}>
        <p>{sentenceOf(shown.fn)}</p>
        {known && <p className={styles.file}><code>{known[1]}</code> <Source of={`fn:${known[0]}`} name={`${known[0]}()`} /></p>}
        <p className={styles.jumps}>
          <button type="button" onClick={() => void session.seek(shown.seq)}>{t.timeline.jump}</button>
          {shown.end && <button type="button" onClick={() => void session.seek(shown.end?.seq ?? shown.seq)}>{t.timeline.jumpEnd}</button>}
        </p>
      </div>
    </div>
  );
}
