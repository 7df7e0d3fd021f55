/** What is shown of the log up to where the machine stands: the call path and the terminal's lines. Forwards it is added to; backwards it is made anew from the last quiet place. */
import type { TextRow } from '../../workers/uapi/text.ts';
import type { TraceEvent } from '../../workers/uapi/trace.ts';
import { addCalls, callsStandAt, resetCalls } from '../state/calls.ts';
import { endSeq, eventsBetween, quietBefore } from '../state/events.ts';
import { addOutput, clearTerminal } from '../state/terminal.ts';

export interface Now {
  /** New rows of text, in order. */
  take(rows: readonly TextRow[]): void;
  /** Brings everything to an event. `fresh`: the events that have just come, from `first` to `last`. */
  follow(seq: number, fresh: readonly TraceEvent[], span: { readonly first: number; readonly last: number } | undefined): void;
  /** Another past: nothing of the one before is shown. */
  reset(rows: readonly TextRow[]): void;
}
/** Rows of text kept for going back. */
const MAX_ROWS = 1 << 16;

export function createNow(): Now {
  let texts: TextRow[] = [];
  /** Rows shown, and the event that everything stands at. */
  let shown = 0;
  let at = 0;
  /** Last event of the log when it was last looked at. */
  let known = 0;

  /** A row is written just before its event happens. */
  function showTexts(seq: number): void {
    let to = shown;
    while (to < texts.length && (texts[to] as TextRow).seq < seq) to++;
    if (to > shown) addOutput(texts.slice(shown, to));
    shown = to;
  }
  function back(seq: number): void {
    clearTerminal();
    shown = 0;
    resetCalls();
    addCalls(eventsBetween(quietBefore(seq), seq));
  }
  return {
    take(rows) {
      texts.push(...rows);
      const gone = texts.length - MAX_ROWS;
      if (gone <= 0) return;
      texts = texts.slice(gone);
      shown = Math.max(0, shown - gone);
    },
    follow(seq, fresh, span) {
      // All that was known before is shown, and so is what has just come; what was lost in between is not waited for.
      const goesOn = span !== undefined && at >= known && span.last <= seq;
      if (seq < at) back(seq);
      else if (goesOn) addCalls(fresh);
      else if (seq > at) addCalls(eventsBetween(at, seq));
      // The counter may be read ahead of the records: those come with the next batch.
      at = seq < at ? seq : Math.max(at, Math.min(seq, endSeq()));
      callsStandAt(at);
      known = endSeq();
      showTexts(seq);
    },
    reset(rows) {
      texts = [...rows];
      at = 0;
      callsStandAt(at);
      known = endSeq();
      back(0);
    },
  };
}
