/** The event list: the packed log, and which of its records pass the filter. */
import { create } from 'zustand';
import { bytesToText, type TextRow } from '../../workers/uapi/text.ts';
import { TRACEPOINTS, type TraceEvent, type TraceName } from '../../workers/uapi/trace.ts';
import { append, createLog, type EventLog, eventAt, seqAt, typeAt } from '../engine/drain.ts';
import { createPassing } from '../engine/passing.ts';
import { type EventContext, type EventKind, kindOf } from '../format/event_kind.ts';

export interface EventsState {
  /** Records kept, and records that the ring dropped before the page read them. */
  readonly total: number;
  readonly lost: number;
  /** Number of the last event that is known: it grows also when as many old records go as new ones come. */
  readonly end: number;
  /** How many pass the filter, and whether older ones are still being looked through. */
  readonly shown: number;
  readonly looking: boolean;
  readonly kinds: ReadonlySet<EventKind>;
  /** Text that a line must contain, in lower case. */
  readonly text: string;
  /** Block that a line must be about; undefined: any. */
  readonly block: number | undefined;
  /** Event number of the line chosen last. */
  readonly chosen: number | undefined;
}
const DEFAULT_KINDS: ReadonlySet<EventKind> = new Set(['notifier', 'uevent', 'log', 'trace', 'host', 'command']);
const EMPTY: EventsState = { total: 0, lost: 0, end: 0, shown: 0, looking: false, kinds: DEFAULT_KINDS, text: '', block: undefined, chosen: undefined };
export const useEvents = create<EventsState>()(() => EMPTY);

/** A record as the list words it. */
type Describe = (event: TraceEvent, context: EventContext) => { readonly text: string; readonly right: string; readonly block?: number; readonly pfn?: number };
/** Given with the text to look for, by those who show it. */
let wordsOf: Describe = () => ({ text: '', right: '' });
/** Text rows kept for the lines that name them. */
const MAX_TEXTS = 1 << 16;
let log: EventLog = createLog();
let texts = new Map<number, string>();
const passing = createPassing();
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
  const event = eventAt(log, i);
  const line = wordsOf(event, eventContext);
  const about = line.block ?? (line.pfn === undefined ? undefined : Math.floor(line.pfn / blockPages));
  // A page that moves is about both ends of its way.
  const left = event.type === 'sim_migrate_page' ? Math.floor(event.from / blockPages) : about;
  if (block !== undefined && about !== block && left !== block) return false;
  return text === '' || `${line.text} ${line.right}${line.block === undefined ? '' : ` memory${line.block}`}`.toLowerCase().includes(text);
}

/** Milliseconds that looking through the log may take at a time. */
const SLICE_MS = 4;
let timer: ReturnType<typeof setTimeout> | undefined;
/** Looks on where a filter by words has not come to an end yet, beside everything else the page does. */
function lookOn(): void {
  const until = performance.now() + SLICE_MS;
  const more = passing.look(() => performance.now() < until);
  timer = more ? setTimeout(() => {
    lookOn();
    showEvents();
  }) : undefined;
}
/** New records: those of a filter by kind are looked at now, words are read when there is time. */
function follow(): void {
  passing.follow(log);
  if (timer === undefined) lookOn();
}

/** A new machine: everything from the beginning. */
export function resetEvents(pagesPerBlock: number): void {
  log = createLog();
  texts = new Map();
  blockPages = pagesPerBlock;
  useEvents.setState((s) => ({ ...EMPTY, kinds: s.kinds, text: s.text, block: s.block }));
  refilter();
}

/** Takes a batch of records and the texts they name; the list hears of it from showEvents(). */
export function appendEvents(words: Int32Array, newTexts: readonly TextRow[], lost: number): void {
  for (const row of newTexts) texts.set(row.id, bytesToText(row.text).replace(/\n$/, ''));
  if (texts.size > MAX_TEXTS) texts = new Map([...texts].slice(-(MAX_TEXTS >> 1)));
  append(log, words, lost);
  follow();
}
export const showEvents = (): void => {
  const { total, lost, end, shown, looking } = useEvents.getState();
  const next = { total: log.length, lost: log.lost, end: endSeq(), shown: passing.length(), looking: timer !== undefined };
  if (total !== next.total || lost !== next.lost || end !== next.end || shown !== next.shown || looking !== next.looking) useEvents.setState(next);
};
export function addEvents(words: Int32Array, newTexts: readonly TextRow[], lost: number): void {
  appendEvents(words, newTexts, lost);
  showEvents();
}

function refilter(): void {
  const wanted = useEvents.getState();
  clearTimeout(timer);
  passing.restart(log, visibleTypes(wanted.kinds), wanted.text === '' && wanted.block === undefined ? undefined : (i) => says(i, wanted));
  lookOn();
  showEvents();
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
  let [low, high] = [0, passing.length()];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (passing.at(middle) < end) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Line `i` of those that pass, oldest first. */
export const shownEvent = (i: number): ReturnType<typeof eventAt> | undefined => (i < passing.length() ? eventAt(log, passing.at(i)) : undefined);

/** Every record kept, oldest first. */
export const keptEvents = (): TraceEvent[] => Array.from({ length: log.length }, (_, i) => eventAt(log, i));
