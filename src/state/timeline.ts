/** Marks on the time line: where commands began, listeners were called, and something failed. */
import { ERESTARTNOINTR } from '../../workers/uapi/errno.ts';
import { create } from 'zustand';
import type { TraceEvent } from '../../workers/uapi/trace.ts';

export type MarkKind = 'command' | 'uevent' | 'notify' | 'failure';
export interface Mark {
  readonly seq: number;
  readonly kind: MarkKind;
}
/** How full the machine was at an event: bytes. */
export interface Sample {
  readonly seq: number;
  readonly online: number;
  readonly free: number;
}
const MAX_MARKS = 4096;
const MAX_SAMPLES = 1024;

export interface TimelineState {
  readonly marks: readonly Mark[];
  readonly samples: readonly Sample[];
  readonly commands: number;
}
const EMPTY: TimelineState = { marks: [], samples: [], commands: 0 };
export const useTimeline = create<TimelineState>()(() => EMPTY);

/** What an event is to the time line; undefined: nothing. */
export function markOf(event: TraceEvent): MarkKind | undefined {
  switch (event.type) {
    case 'sim_command': return 'command';
    case 'notify': return 'notify';
    case 'uevent': return 'uevent';
    // A call that begins anew has not failed.
    case 'write_error': return event.errno === ERESTARTNOINTR ? undefined : 'failure';
    case 'online_pages_ret':
    case 'offline_pages_ret':
    case 'add_memory_ret':
    case 'remove_memory_ret': return event.ret < 0 ? 'failure' : undefined;
    default: return undefined;
  }
}

export function addMarks(events: readonly TraceEvent[]): void {
  const marks: Mark[] = [];
  for (const event of events) {
    const kind = markOf(event);
    if (kind) marks.push({ seq: event.seq, kind });
  }
  if (marks.length === 0) return;
  const commands = marks.filter(({ kind }) => kind === 'command').length;
  useTimeline.setState((s) => ({ marks: [...s.marks, ...marks].slice(-MAX_MARKS), commands: s.commands + commands }));
}
/** Takes a sample. When there are too many, every other one goes: the line stays, its grain doubles. */
export function addSample(sample: Sample): void {
  const { samples } = useTimeline.getState();
  const last = samples.at(-1);
  const kept = last?.seq === sample.seq ? samples.slice(0, -1) : samples;
  const all = [...kept, sample];
  useTimeline.setState({ samples: all.length <= MAX_SAMPLES ? all : all.filter((_, i) => i % 2 === 0 || i === all.length - 1) });
}
/** Samples of another branch. */
export const setSamples = (samples: readonly Sample[]): void => { useTimeline.setState({ samples }); };
export const resetTimeline = (): void => { useTimeline.setState(EMPTY); };
