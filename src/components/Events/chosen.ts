/** The event that was chosen last: itself, the words of its line, and the rule it follows. */
import { errnoName } from '../../../workers/uapi/errno.ts';
import type { TraceEvent } from '../../../workers/uapi/trace.ts';
import { type Ref, refusedBy, ruleOfEvent } from '../../sources/rule_of.ts';
import { eventContext, eventsBetween, useEvents } from '../../state/events.ts';
import { useMachine } from '../../state/machine.ts';
import { LOOK_BACK } from '../Source/RefusalSource.tsx';
import { lineOf } from './lines.ts';

export function useChosenEvent(): readonly [event: TraceEvent, text: string, rule: Ref | undefined] | undefined {
  const edition = useMachine((s) => s.description?.edition ?? '6.1');
  const seq = useEvents((s) => s.chosen);
  const event = seq === undefined ? undefined : eventsBetween(seq - 1, seq)[0];
  if (seq === undefined || event === undefined) return undefined;
  const rule = ruleOfEvent(edition, event, ({ errno, text: id }) => ({ errno: errnoName(errno), path: eventContext.text(id), by: refusedBy(eventsBetween(seq - LOOK_BACK, seq)) }));
  return [event, lineOf(event).text, rule];
}
