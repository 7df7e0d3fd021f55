/** Tells every event of the list once, in its order. */
import type { TraceEvent } from '../../workers/uapi/trace.ts';
import { shownEvent, shownUntil, useEvents } from '../state/events.ts';

/** Calls back for each event from now on; returns how to stop. A machine or a branch that is opened begins from its first event again. */
export function tellEvents(tell: (event: TraceEvent) => void): () => void {
  /** By its number: places in the list change when its oldest records give way. */
  let told = 0;
  return useEvents.subscribe(({ end, shown }) => {
    if (end < told) told = 0;
    if (end === told) return;
    for (let i = shownUntil(told); i < shown; i++) {
      const event = shownEvent(i);
      if (event) tell(event);
    }
    told = end;
  });
}
