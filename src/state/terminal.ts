/** The terminal's lines, built from the text rows of the machine; its history; lines typed ahead; what the host's monitor was told. */
import { create } from 'zustand';
import { bytesToText, STREAM_INPUT, STREAM_STDERR, STREAM_STDOUT, type TextRow } from '../../workers/uapi/text.ts';

export type LineKind = 'input' | 'out' | 'err' | 'host' | 'note';
export interface TerminalLine {
  readonly id: number;
  readonly kind: LineKind;
  readonly text: string;
}
/** Lines in runs: a full run never changes again, so that whoever draws it draws it once. */
export interface Chunk {
  readonly id: number;
  readonly lines: readonly TerminalLine[];
}
export interface TerminalState {
  readonly chunks: readonly Chunk[];
  /** What was typed, oldest first. */
  readonly history: readonly string[];
  /** Typed while a command ran: submitted one after the other as each ends. */
  readonly ahead: readonly string[];
  /** Px of its letters, and whether long lines are broken. */
  readonly size: number;
  readonly wrap: boolean;
}
export const CHUNK = 200;
export const MAX_LINES = 100_000;
const MAX_HISTORY = 500;
export const SIZES = [10, 11, 12, 13, 14, 16, 18, 22] as const;
const HISTORY_KEY = 'hotplug-lab history';
const LOOK_KEY = 'hotplug-lab terminal';

function stored(key: string): unknown {
  try {
    return JSON.parse(globalThis.localStorage?.getItem(key) ?? 'null');
  } catch {
    return null;
  }
}
function store(key: string, value: unknown): void {
  try {
    globalThis.localStorage?.setItem(key, JSON.stringify(value));
  } catch {
    // Not remembered then.
  }
}
/** A history out of storage; anything odd is ignored. */
export const readHistory = (value: unknown): string[] => (Array.isArray(value) ? value.filter((line): line is string => typeof line === 'string' && line.length < 100_000).slice(-MAX_HISTORY) : []);
/** Size and wrapping out of storage. */
export function readLook(value: unknown): { size: number; wrap: boolean } {
  const { size, wrap } = (typeof value === 'object' && value !== null ? value : {}) as { size?: unknown; wrap?: unknown };
  return { size: SIZES.find((n) => n === size) ?? 12, wrap: wrap !== false };
}
export const useTerminal = create<TerminalState>()(() => ({ chunks: [], history: readHistory(stored(HISTORY_KEY)), ahead: [], ...readLook(stored(LOOK_KEY)) }));

let nextId = 0;
/** The last line has no newline yet: the next write of the same stream goes on with it. */
let open = false;

const KIND_OF_STREAM: Readonly<Record<number, LineKind>> = { [STREAM_STDOUT]: 'out', [STREAM_STDERR]: 'err', [STREAM_INPUT]: 'input' };

/** Collects writes, then puts them into the store at once: the last run is made anew, those before it stay the same objects. */
function writing(): { add(kind: LineKind, text: string): void; done(): void } {
  const chunks = [...useTerminal.getState().chunks];
  let last: TerminalLine[] | undefined;
  return {
    add(kind, text) {
      const parts = text.split('\n');
      const ends = text.endsWith('\n');
      if (ends) parts.pop();
      for (const [i, part] of parts.entries()) {
        last ??= [...(chunks.pop()?.lines ?? [])];
        const before = last.at(-1);
        if (i === 0 && open && before?.kind === kind) last[last.length - 1] = { ...before, text: before.text + part };
        else {
          if (last.length >= CHUNK) {
            chunks.push({ id: (last[0] as TerminalLine).id, lines: last });
            last = [];
          }
          last.push({ id: nextId++, kind, text: part });
        }
      }
      open = !ends;
    },
    done() {
      if (last === undefined) return;
      if (last.length > 0) chunks.push({ id: (last[0] as TerminalLine).id, lines: last });
      useTerminal.setState({ chunks: chunks.slice(-MAX_LINES / CHUNK) });
    },
  };
}

/** Output of the shell, and the commands it was given. */
export function addOutput(rows: readonly TextRow[]): void {
  const to = writing();
  for (const row of rows) {
    const kind = KIND_OF_STREAM[row.stream];
    if (kind === undefined) continue;
    // A command is a line of its own whether or not its row brings the newline.
    to.add(kind, bytesToText(kind === 'input' ? `${row.text.replace(/\n$/, '')}\n` : row.text));
  }
  to.done();
}
/** A line of the page itself: what the host was told, completions. */
export function addLine(kind: 'host' | 'note' | 'err', text: string): void {
  const to = writing();
  open = false;
  to.add(kind, `${text}\n`);
  to.done();
}
export const clearTerminal = (): void => {
  open = false;
  useTerminal.setState({ chunks: [] });
};
/** All lines, oldest first. */
export const linesOf = ({ chunks }: Pick<TerminalState, 'chunks'>): TerminalLine[] => chunks.flatMap(({ lines }) => lines);

/** Remembers a typed line; the same line twice in a row is kept once. */
export function remember(line: string): void {
  const { history } = useTerminal.getState();
  if (history.at(-1) === line) return;
  useTerminal.setState({ history: [...history, line].slice(-MAX_HISTORY) });
  store(HISTORY_KEY, useTerminal.getState().history);
}
/** The newest line from `from` back that contains the text; its place, -1: none does. */
export function searchHistory(history: readonly string[], text: string, from: number): number {
  for (let i = Math.min(from, history.length - 1); i >= 0; i--) if ((history[i] as string).includes(text)) return i;
  return -1;
}

export const typeAhead = (line: string): void => { useTerminal.setState((s) => ({ ahead: [...s.ahead, line] })); };
/** The next line typed ahead, which is no longer ahead then. */
export function takeAhead(): string | undefined {
  const [line, ...rest] = useTerminal.getState().ahead;
  if (line !== undefined) useTerminal.setState({ ahead: rest });
  return line;
}
export const forgetAhead = (): void => { useTerminal.setState({ ahead: [] }); };

export function setLook(look: Partial<Pick<TerminalState, 'size' | 'wrap'>>): void {
  useTerminal.setState(look);
  const { size, wrap } = useTerminal.getState();
  store(LOOK_KEY, { size, wrap });
}
