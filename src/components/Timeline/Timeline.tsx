/** The time line: a slider over all events, with memory use, marks and branches; keys and pointer go to any of them. */
import { type KeyboardEvent, type PointerEvent, useEffect, useRef, useState } from 'react';
import type { Stride } from '../../../workers/uapi/time.ts';
import { clock, count } from '../../format/numbers.ts';
import { useMachine } from '../../state/machine.ts';
import { useTheme } from '../../state/theme.ts';
import { addBookmark, useTime } from '../../state/time.ts';
import { useTimeline } from '../../state/timeline.ts';
import { t } from '../../strings/later.ts';
import { useSession } from '../SessionContext.ts';
import { paint, seqAtX } from './paint.ts';
import styles from './Timeline.module.css';

const KEYS: Readonly<Record<string, readonly [Stride, 1 | -1]>> = {
  ArrowRight: ['event', 1], ArrowUp: ['event', 1], ArrowLeft: ['event', -1], ArrowDown: ['event', -1], PageUp: ['command', 1], PageDown: ['command', -1],
};

export function markHere(): void {
  const { branch, bookmarks } = useTime.getState();
  addBookmark({ branch, seq: useMachine.getState().seq, name: t.timeline.markName(bookmarks.length + 1) });
}

export function Timeline() {
  const session = useSession();
  const seq = useMachine((s) => s.seq);
  const time = useMachine((s) => s.time);
  const marks = useTimeline((s) => s.marks);
  const samples = useTimeline((s) => s.samples);
  const known = useTime((s) => s.end);
  const branch = useTime((s) => s.branch);
  const branches = useTime((s) => s.branches);
  const bookmarks = useTime((s) => s.bookmarks);
  const theme = useTheme((s) => s.theme);
  const canvas = useRef<HTMLCanvasElement>(null);
  const [size, setSize] = useState({ width: 0, height: 0 });
  /** The theme's colours by name. */
  const colours = useRef({ of: '', by: new Map<string, string>() });
  const end = Math.max(known, seq);
  const from = branches.find(({ id }) => id === branch)?.from?.seq;

  useEffect(() => {
    const node = canvas.current;
    if (!node) return undefined;
    const observer = new ResizeObserver(() => { setSize({ width: node.clientWidth, height: node.clientHeight }); });
    observer.observe(node);
    return () => { observer.disconnect(); };
  }, []);
  useEffect(() => {
    const node = canvas.current;
    if (!node || size.width === 0) return;
    const of = `${theme} ${matchMedia('(forced-colors: active)').matches}`;
    if (colours.current.of !== of) colours.current = { of, by: new Map() };
    const { by } = colours.current;
    const colour = (name: string): string => {
      const known = by.get(name) ?? getComputedStyle(node).getPropertyValue(name).trim();
      by.set(name, known);
      return known;
    };
    paint(node, size, colour, { samples, marks, seq, end, from, bookmarks: bookmarks.filter((b) => b.branch === branch).map((b) => b.seq) });
  }, [samples, marks, seq, end, from, bookmarks, branch, theme, size]);

  function onPointer(event: PointerEvent<HTMLDivElement>): void {
    if (event.type === 'pointerdown') event.currentTarget.setPointerCapture(event.pointerId);
    else if (!event.currentTarget.hasPointerCapture(event.pointerId)) return;
    const box = event.currentTarget.getBoundingClientRect();
    void session.seek(seqAtX(event.clientX - box.left, end, box.width));
  }
  function onKeyDown(event: KeyboardEvent): void {
    const stride = KEYS[event.key];
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (stride) void session.stride(stride[0] === 'event' && event.shiftKey ? 'over' : stride[0], stride[1]);
    else if (event.key === 'Home') void session.seek(0);
    else if (event.key === 'End') void session.seek(end);
    else return;
    event.preventDefault();
  }

  return (
    <div
      className={styles.slider} role="slider" tabIndex={0} aria-label={t.timeline.slider} aria-orientation="horizontal" aria-valuemin={0} aria-valuemax={end} aria-valuenow={seq}
      aria-valuetext={t.timeline.value(count(seq), count(end), clock(time))} onPointerDown={onPointer} onPointerMove={onPointer} onKeyDown={onKeyDown}
    >
      <canvas ref={canvas} />
    </div>
  );
}
