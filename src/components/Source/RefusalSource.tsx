/** Beside a refusal on the map: where the rule comes from. */
import { refusedBy, ruleOfRefusal } from '../../sources/rule_of.ts';
import { eventsBetween } from '../../state/events.ts';
import { useMachine } from '../../state/machine.ts';
import type { RefusalNotice } from '../../state/notice.ts';
import { Source } from './Source.tsx';

/** Events looked back over for the function that refused. */
export const LOOK_BACK = 400;

export function RefusalSource({ refusal: { errno, reason, command, seq } }: { refusal: RefusalNotice }) {
  const edition = useMachine((s) => s.description?.edition ?? '6.1');
  return <Source of={ruleOfRefusal(edition, { errno, reason, path: command, by: refusedBy(eventsBetween(seq - LOOK_BACK, seq)) })} name={`${errno}: ${reason}`} />;
}
