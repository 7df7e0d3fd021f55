/** Beside a refusal on the map: where the rule comes from. */
import { ruleOfRefusal } from '../../sources/rule_of.ts';
import { useMachine } from '../../state/machine.ts';
import type { RefusalNotice } from '../../state/notice.ts';
import { Source } from './Source.tsx';

export function RefusalSource({ refusal: { errno, reason, command } }: { refusal: RefusalNotice }) {
  const edition = useMachine((s) => s.description?.edition ?? '6.1');
  return <Source of={ruleOfRefusal(edition, { errno, reason, path: command })} name={`${errno}: ${reason}`} />;
}
