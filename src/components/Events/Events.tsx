/** The event list: filter by text and kind, virtualised, each line selects what it names. */
import { type KeyboardEvent, useEffect, useLayoutEffect, useRef, useState } from 'react';
import type { TraceEvent } from '../../../workers/uapi/trace.ts';
import type { EventLine } from '../../format/event.ts';
import { EVENT_KINDS } from '../../format/event_kind.ts';
import { count, seconds } from '../../format/numbers.ts';
import { eventContext, filterBlock, filterText, shownEvent, shownUntil, toggleEventKind, useEvents } from '../../state/events.ts';
import { useMachine } from '../../state/machine.ts';
import { useTime } from '../../state/time.ts';
import { selectBlock, selectFrame, useView } from '../../state/view.ts';
import type { Session } from '../../engine/session.ts';
import { t } from '../../strings/later.ts';
import { ListenerDialog } from '../Listeners/ListenerDialog.tsx';
import { useSession } from '../SessionContext.ts';
import { HidePanel } from '../Panels/HidePanel.tsx';
import { Source } from '../Source/Source.tsx';
import { useChosenEvent } from './chosen.ts';
import { lineOf } from './lines.ts';
import styles from './Events.module.css';

/** CSS pixels of a line; also the smallest target. */
const ROW = 24;
const OVERSCAN = 6;

/** Goes to the instant of a line, and selects the frame or block that it names. */
function follow(session: Session, event: TraceEvent, line: EventLine): void {
  useEvents.setState({ chosen: event.seq });
  if (line.pfn !== undefined) selectFrame(line.pfn, eventContext.blockPages);
  else if (line.block !== undefined) selectBlock(line.block);
  void session.seek(event.seq);
}

function Row({ index, active, chosen, now }: { index: number; active: boolean; chosen: number | undefined; now: number }) {
  const session = useSession();
  const event = shownEvent(index);
  if (event === undefined) return null;
  const line = lineOf(event);
  const className = [styles.row, styles[line.tone], line.strong && styles.strong, line.inner && styles.inner, event.seq === chosen && styles.chosen, event.seq > now && styles.future, active && styles.active].filter(Boolean).join(' ');
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the list has the focus and takes the keys for its active line (aria-activedescendant)
    // biome-ignore lint/a11y/useFocusableInteractive: the list has the focus and takes the keys for its active line (aria-activedescendant)
    <div id={`event-${index}`} role="option" aria-selected={event.seq === chosen} className={className} style={{ top: index * ROW }} onClick={() => { follow(session, event, line); }}>
      <span className={styles.time}>{seconds(event.time)}</span>
      <i aria-hidden="true" />
      <span className={styles.text} title={line.text}>{line.text}</span>
      <span className={styles.right}>{line.right}</span>
    </div>
  );
}

/** The line chosen last, in full, and where it comes from: a list's own lines hold nothing that can be pressed. */
function Chosen() {
  const chosen = useChosenEvent();
  if (chosen === undefined) return null;
  const [, text, rule] = chosen;
  return <p className={styles.about}><span>{text}</span>{rule && <Source of={rule} name={text} />}</p>;
}

export function Events() {
  const shown = useEvents((s) => s.shown);
  const lost = useEvents((s) => s.lost);
  const total = useEvents((s) => s.total);
  const looking = useEvents((s) => s.looking);
  const kinds = useEvents((s) => s.kinds);
  const chosen = useEvents((s) => s.chosen);
  const session = useSession();
  const now = useMachine((s) => s.seq);
  const past = useTime((s) => s.end > now);
  /** Lines that have happened: the list follows the last of them. */
  const happened = past ? shownUntil(now) : shown;
  const list = useRef<HTMLDivElement>(null);
  const [view, setView] = useState({ top: 0, height: 240 });
  const [active, setActive] = useState(-1);
  const [listeners, setListeners] = useState(false);
  const block = useView((s) => s.block);
  const [ofBlock, setOfBlock] = useState(false);
  useEffect(() => { filterBlock(ofBlock ? block : undefined, lineOf); }, [ofBlock, block]);
  /** Stays at the newest line until the reader scrolls away. */
  const [following, setFollowing] = useState(true);
  /** CSS pixels of all lines at the last scroll. */
  const tall = useRef(0);

  useLayoutEffect(() => {
    const node = list.current;
    if (node && following) node.scrollTop = past ? happened * ROW - node.clientHeight : shown * ROW;
  }, [shown, following, past, happened]);
  useEffect(() => {
    const node = list.current;
    if (!node) return undefined;
    const observer = new ResizeObserver(() => {
      setView((v) => ({ ...v, height: node.clientHeight }));
    });
    observer.observe(node);
    return () => { observer.disconnect(); };
  }, []);

  function onScroll(): void {
    const node = list.current;
    if (!node) return;
    setView({ top: node.scrollTop, height: node.clientHeight });
    const shrunk = node.scrollHeight < tall.current;
    tall.current = node.scrollHeight;
    // Another branch has fewer lines: the list moved, nobody scrolled.
    if (shrunk) return;
    const edge = node.scrollTop + node.clientHeight;
    setFollowing(past ? Math.abs(edge - happened * ROW) <= ROW : edge >= shown * ROW - ROW);
  }
  function onKeyDown(event: KeyboardEvent): void {
    const page = Math.max(1, Math.floor(view.height / ROW) - 1);
    const by = { ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page, Home: -shown, End: shown }[event.key];
    if (by !== undefined) {
      event.preventDefault();
      const next = Math.min(shown - 1, Math.max(0, (active < 0 ? shown : active) + by));
      setActive(next);
      const node = list.current;
      if (node && next * ROW < node.scrollTop) node.scrollTop = next * ROW;
      else if (node && (next + 1) * ROW > node.scrollTop + node.clientHeight) node.scrollTop = (next + 1) * ROW - node.clientHeight;
    } else if (event.key === 'Enter' || event.key === ' ') {
      event.preventDefault();
      const traced = shownEvent(active);
      if (traced) follow(session, traced, lineOf(traced));
    }
  }

  const first = Math.max(0, Math.floor(view.top / ROW) - OVERSCAN);
  const last = Math.min(shown, Math.ceil((view.top + view.height) / ROW) + OVERSCAN);
  return (
    <section className={styles.panel} id="events" aria-labelledby="events-title">
      <header className={styles.header}>
        <h2 id="events-title">{t.events.title}</h2>
        <span className={styles.count}>{count(shown)}{looking && '…'}{lost > 0 ? `, ${t.events.lost(count(lost))}` : ''}</span>
        <input type="search" className={styles.search} placeholder={t.events.filter} aria-label={t.events.filter} onChange={(event) => { filterText(event.target.value, lineOf); }} />
        <HidePanel panel="events" />
      </header>
      <div className={styles.kinds} role="group" aria-label={t.events.show}>
        {EVENT_KINDS.map((kind) => (
          <button key={kind} type="button" aria-pressed={kinds.has(kind)} onClick={() => { toggleEventKind(kind); }}>{t.events.kinds[kind]}</button>
        ))}
        {block !== undefined && <button type="button" aria-pressed={ofBlock} onClick={() => { setOfBlock(!ofBlock); }}>{t.events.only(block)}</button>}
        <button type="button" className={styles.more} aria-haspopup="dialog" onClick={() => { setListeners(true); }}>{t.listeners.open}</button>
      </div>
      <ListenerDialog open={listeners} onClose={() => { setListeners(false); }} />
      <div className={styles.body}>
        <div
          ref={list} className={styles.list} role="listbox" tabIndex={0} aria-label={t.events.list} aria-activedescendant={active >= first && active < last ? `event-${active}` : undefined}
          onScroll={onScroll} onKeyDown={onKeyDown}
        >
          <div className={styles.sizer} style={{ height: shown * ROW }} role="presentation">
            {Array.from({ length: Math.max(0, last - first) }, (_, i) => first + i).map((index) => <Row key={index} index={index} active={index === active} chosen={chosen} now={now} />)}
          </div>
        </div>
        {shown === 0 && !looking && <p className={styles.empty}>{total === 0 ? t.events.empty : t.events.noMatch}</p>}
        {!following && shown > 0 && <button type="button" className={styles.latest} onClick={() => { setFollowing(true); }}>{t.events.latest}</button>}
      </div>
      <Chosen />
    </section>
  );
}
