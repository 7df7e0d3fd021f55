/** A move in words: what is dropped, what would refuse it, or why there is no way. Loaded when somebody holds a block. */
import { errnoName } from '../../workers/uapi/errno.ts';
import { neverLine, reasonLine } from '../format/reason.ts';
import type { Plan } from '../gestures/plan.ts';
import { t } from '../strings/index.ts';

/** The plan in words, as the drop target and the live region say it. */
export function planWords(plan: Plan): string {
  if (plan.kind === 'stay') return t.map.stay;
  if (plan.kind === 'never') return neverLine(plan);
  const { forecast } = plan;
  const drop = t.map.drop(t.map.andThen(plan.says));
  return forecast === undefined ? drop : `${drop}, ${t.map.refused(errnoName(forecast.errno), reasonLine(forecast.reason))}`;
}
