/** The event list: the packed log, and which of its records pass the filter. */
import { create } from 'zustand';
import { bytesToText, type TextRow } from '../../workers/uapi/text.ts';
import { TRACEPOINTS, type TraceEvent, type TraceName } from '../../workers/uapi/trace.ts';
import { append, createLog, type EventLog, eventAt, typeAt } from '../engine/drain.ts';
import { describeEvent, type EventContext, type EventKind, kindOf } from '../format/event.ts';

export interface EventsState {
  /** Records kept, and records that the ring dropped before the page read them. */
  readonly total: number;
  readonly lost: number;
  /** How many pass the filter. */
  readonly shown: number;
  readonly kinds: ReadonlySet<EventKind>;
  /** Text that a line must contain, in lower case. */
  readonly text: string;
  /** Event number of the line chosen last. */
  readonly chosen: number | undefined;
}
const DEFAULT_KINDS: ReadonlySet<EventKind> = new Set(['notifier', 'uevent', 'log', 'trace', 'host', 'command']);
const EMPTY: EventsState = { total: 0, lost: 0, shown: 0, kinds: DEFAULT_KINDS, text: '', chosen: undefined };
export const useEvents = create<EventsState>()(() => EMPTY);

/** Text rows kept for the lines that name them. */
const MAX_TEXTS = 1 << 16;
let log: EventLog = createLog();
let texts = new Map<number, string>();
/** Indexes into the log of the records that pass. */
let rows = new Int32Array(1024);
let nrRows = 0;
let blockPages = 1;

export const eventContext: EventContext = {
  get blockPages() { return blockPages; },
  text: (id) => texts.get(id) ?? '',
};

/** Shell output is in the terminal: its events never reach the list. */
const HIDDEN: ReadonlySet<TraceName> = new Set(['sim_tty']);
const typeName = (i: number): TraceName | undefined => TRACEPOINTS[typeAt(log, i)]?.[0];

function passes(i: number, { kinds, text }: Pick<EventsState, 'kinds' | 'text'>): boolean {
  const type = typeName(i);
  if (type === undefined || HIDDEN.has(type) || !kinds.has(kindOf(type))) return false;
  if (text === '') return true;
  const line = describeEvent(eventAt(log, i), eventContext);
  return `${line.text} ${line.right}${line.block === undefined ? '' : ` memory${line.block}`}`.toLowerCase().includes(text);
}

function filterFrom(start: number): void {
  const state = useEvents.getState();
  for (let i = start; i < log.length; i++) {
    if (!passes(i, state)) continue;
    if (nrRows === rows.length) {
      const larger = new Int32Array(rows.length * 2);
      larger.set(rows);
      rows = larger;
    }
    rows[nrRows++] = i;
  }
}

/** A new machine: everything from the beginning. */
export function resetEvents(pagesPerBlock: number): void {
  log = createLog();
  texts = new Map();
  nrRows = 0;
  blockPages = pagesPerBlock;
  useEvents.setState((s) => ({ ...EMPTY, kinds: s.kinds, text: s.text }));
}

/** Takes a batch of records and the texts they name. */
export function addEvents(words: Int32Array, newTexts: readonly TextRow[], lost: number): void {
  for (const row of newTexts) texts.set(row.id, bytesToText(row.text).replace(/\n$/, ''));
  if (texts.size > MAX_TEXTS) texts = new Map([...texts].slice(-(MAX_TEXTS >> 1)));
  const before = log.length;
  const dropped = append(log, words, lost);
  if (dropped > 0) nrRows = 0;
  filterFrom(dropped > 0 ? 0 : before);
  useEvents.setState({ total: log.length, lost: log.lost, shown: nrRows });
}

function refilter(): void {
  nrRows = 0;
  filterFrom(0);
  useEvents.setState({ shown: nrRows });
}
/** Shows or hides a kind of event. */
export function toggleEventKind(kind: EventKind): void {
  const kinds = new Set(useEvents.getState().kinds);
  if (!kinds.delete(kind)) kinds.add(kind);
  useEvents.setState({ kinds });
  refilter();
}
export function filterText(text: string): void {
  useEvents.setState({ text: text.trim().toLowerCase() });
  refilter();
}

/** Line `i` of those that pass, oldest first. */
export const shownEvent = (i: number): ReturnType<typeof eventAt> | undefined => (i < nrRows ? eventAt(log, rows[i] as number) : undefined);

/** Every record kept, oldest first. */
export const keptEvents = (): TraceEvent[] => Array.from({ length: log.length }, (_, i) => eventAt(log, i));
