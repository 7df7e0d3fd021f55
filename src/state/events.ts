/** The event list: the packed log, and which of its records pass the filter. */
import { create } from 'zustand';
import { bytesToText, type TextRow } from '../../workers/uapi/text.ts';
import { TRACEPOINTS, type TraceEvent, type TraceName } from '../../workers/uapi/trace.ts';
import { append, createLog, type EventLog, eventAt, seqAt, typeAt } from '../engine/drain.ts';
import { type EventContext, type EventKind, kindOf } from '../format/event_kind.ts';

export interface EventsState {
  /** Records kept, and records that the ring dropped before the page read them. */
  readonly total: number;
  readonly lost: number;
  /** How many pass the filter. */
  readonly shown: number;
  readonly kinds: ReadonlySet<EventKind>;
  /** Text that a line must contain, in lower case. */
  readonly text: string;
  /** Block that a line must be about; undefined: any. */
  readonly block: number | undefined;
  /** Event number of the line chosen last. */
  readonly chosen: number | undefined;
}
const DEFAULT_KINDS: ReadonlySet<EventKind> = new Set(['notifier', 'uevent', 'log', 'trace', 'host', 'command']);
const EMPTY: EventsState = { total: 0, lost: 0, shown: 0, kinds: DEFAULT_KINDS, text: '', block: undefined, chosen: undefined };
export const useEvents = create<EventsState>()(() => EMPTY);

/** A record as the list words it. */
type Describe = (event: TraceEvent, context: EventContext) => { readonly text: string; readonly right: string; readonly block?: number; readonly pfn?: number };
/** Given with the text to look for, by those who show it. */
let wordsOf: Describe = () => ({ text: '', right: '' });
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

/** By wire type: 1 if records of it are shown. */
function visibleTypes(kinds: EventsState['kinds']): Uint8Array {
  const visible = new Uint8Array(256);
  TRACEPOINTS.forEach(([name], type) => { if (!HIDDEN.has(name) && kinds.has(kindOf(name))) visible[type] = 1; });
  return visible;
}
function says(i: number, { text, block }: Pick<EventsState, 'text' | 'block'>): boolean {
  if (text === '' && block === undefined) return true;
  const event = eventAt(log, i);
  const line = wordsOf(event, eventContext);
  const about = line.block ?? (line.pfn === undefined ? undefined : Math.floor(line.pfn / blockPages));
  // A page that moves is about both ends of its way.
  const left = event.type === 'sim_migrate_page' ? Math.floor(event.from / blockPages) : about;
  if (block !== undefined && about !== block && left !== block) return false;
  return text === '' || `${line.text} ${line.right}${line.block === undefined ? '' : ` memory${line.block}`}`.toLowerCase().includes(text);
}

function filterFrom(start: number): void {
  const wanted = useEvents.getState();
  const visible = visibleTypes(wanted.kinds);
  for (let i = start; i < log.length; i++) {
    if (visible[typeAt(log, i)] === 0 || !says(i, wanted)) continue;
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
  useEvents.setState((s) => ({ ...EMPTY, kinds: s.kinds, text: s.text, block: s.block }));
}

/** Takes a batch of records and the texts they name; the list hears of it from showEvents(). */
export function appendEvents(words: Int32Array, newTexts: readonly TextRow[], lost: number): void {
  for (const row of newTexts) texts.set(row.id, bytesToText(row.text).replace(/\n$/, ''));
  if (texts.size > MAX_TEXTS) texts = new Map([...texts].slice(-(MAX_TEXTS >> 1)));
  const before = log.length;
  const dropped = append(log, words, lost);
  if (dropped > 0) nrRows = 0;
  filterFrom(dropped > 0 ? 0 : before);
}
export const showEvents = (): void => {
  const { total, lost, shown } = useEvents.getState();
  if (total !== log.length || lost !== log.lost || shown !== nrRows) useEvents.setState({ total: log.length, lost: log.lost, shown: nrRows });
};
export function addEvents(words: Int32Array, newTexts: readonly TextRow[], lost: number): void {
  appendEvents(words, newTexts, lost);
  showEvents();
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
/** `words`: how lines read. */
export function filterText(text: string, words: Describe): void {
  wordsOf = words;
  useEvents.setState({ text: text.trim().toLowerCase() });
  refilter();
}

/** Shows only lines about a block, or about a frame of it; undefined: all. `words`: how lines read. */
export function filterBlock(block: number | undefined, words: Describe): void {
  if (useEvents.getState().block === block) return;
  wordsOf = words;
  useEvents.setState({ block });
  refilter();
}

/** Index of the first record after event `seq`. */
function indexAfter(seq: number): number {
  let [low, high] = [0, log.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (seqAt(log, middle) <= seq) low = middle + 1;
    else high = middle;
  }
  return low;
}
/** Number of the last event that is known. */
export const endSeq = (): number => (log.length === 0 ? 0 : seqAt(log, log.length - 1));
/** Events after `from` up to and with `to`. */
export function eventsBetween(from: number, to: number): ReturnType<typeof eventAt>[] {
  const found: ReturnType<typeof eventAt>[] = [];
  for (let i = indexAfter(from), end = indexAfter(to); i < end; i++) found.push(eventAt(log, i));
  return found;
}
/** Events looked through for a place to begin a call path at. */
const MAX_BACK = 200_000;
/** The event before the last command that began when nothing else ran, or as far back as is looked. */
export function quietBefore(seq: number): number {
  const end = indexAfter(seq);
  let open = 0;
  for (let i = end - 1; i >= 0 && i > end - MAX_BACK; i--) {
    const type = typeName(i);
    if (type === 'sim_command_end') open++;
    else if (type === 'sim_command') {
      if (open === 0 || --open === 0) return seqAt(log, i) - 1;
    }
  }
  return end > MAX_BACK ? seqAt(log, end - MAX_BACK) : 0;
}
/** How many of the lines that pass have happened at event `seq`. */
export function shownUntil(seq: number): number {
  const end = indexAfter(seq);
  let [low, high] = [0, nrRows];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((rows[middle] as number) < end) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Line `i` of those that pass, oldest first. */
export const shownEvent = (i: number): ReturnType<typeof eventAt> | undefined => (i < nrRows ? eventAt(log, rows[i] as number) : undefined);

/** Every record kept, oldest first. */
export const keptEvents = (): TraceEvent[] => Array.from({ length: log.length }, (_, i) => eventAt(log, i));
