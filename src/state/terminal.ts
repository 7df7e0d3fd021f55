/** The terminal's lines, built from the text rows of the machine; its history; what the host's monitor was told. */
import { create } from 'zustand';
import { bytesToText, STREAM_INPUT, STREAM_STDERR, STREAM_STDOUT, type TextRow } from '../../workers/uapi/text.ts';

export type LineKind = 'input' | 'out' | 'err' | 'host' | 'note';
export interface TerminalLine {
  readonly id: number;
  readonly kind: LineKind;
  readonly text: string;
}
export interface TerminalState {
  readonly lines: readonly TerminalLine[];
  /** What was typed, oldest first. */
  readonly history: readonly string[];
}
const MAX_LINES = 2000;
const MAX_HISTORY = 500;
export const useTerminal = create<TerminalState>()(() => ({ lines: [], history: [] }));

let nextId = 0;
/** The last line has no newline yet: the next write of the same stream goes on with it. */
let open = false;

const KIND_OF_STREAM: Readonly<Record<number, LineKind>> = { [STREAM_STDOUT]: 'out', [STREAM_STDERR]: 'err', [STREAM_INPUT]: 'input' };

/** Adds writes to lines; pure. */
export function written(lines: readonly TerminalLine[], kind: LineKind, text: string, continues: boolean): { lines: TerminalLine[]; open: boolean } {
  const all = [...lines];
  const parts = text.split('\n');
  const ends = text.endsWith('\n');
  if (ends) parts.pop();
  parts.forEach((part, i) => {
    const last = all.at(-1);
    if (i === 0 && continues && last?.kind === kind) all[all.length - 1] = { ...last, text: last.text + part };
    else all.push({ id: nextId++, kind, text: part });
  });
  return { lines: all.slice(-MAX_LINES), open: !ends };
}

function write(kind: LineKind, text: string): void {
  const result = written(useTerminal.getState().lines, kind, text, open);
  open = result.open;
  useTerminal.setState({ lines: result.lines });
}

/** Output of the shell, and the commands it was given. */
export function addOutput(rows: readonly TextRow[]): void {
  let { lines } = useTerminal.getState();
  const before = lines;
  for (const row of rows) {
    const kind = KIND_OF_STREAM[row.stream];
    if (kind === undefined) continue;
    // A command is a line of its own whether or not its row brings the newline.
    const text = kind === 'input' ? `${row.text.replace(/\n$/, '')}\n` : row.text;
    const result = written(lines, kind, bytesToText(text), open);
    ({ lines } = result);
    open = result.open;
  }
  if (lines !== before) useTerminal.setState({ lines });
}
/** A line of the page itself: what the host was told, completions. */
export const addLine = (kind: 'host' | 'note' | 'err', text: string): void => { write(kind, `${text}\n`); };
export const clearTerminal = (): void => {
  open = false;
  useTerminal.setState({ lines: [] });
};
/** Remembers a typed line; the same line twice in a row is kept once. */
export function remember(line: string): void {
  useTerminal.setState((s) => (s.history.at(-1) === line ? s : { history: [...s.history, line].slice(-MAX_HISTORY) }));
}
