/** The rule a drop would follow, as one line under the verdict: while something is dragged nothing can be pressed. */
import type { Plan } from '../../gestures/plan.ts';
import { ruleOfPlan } from '../../sources/rule_of.ts';
import { type Rule, RULES } from '../../sources/rules.ts';
import { useMachine } from '../../state/machine.ts';
import { useVerdicts } from '../../state/verdicts.ts';
import styles from './Source.module.css';

export function PlanSource({ plan, block }: { plan: Plan; block: number }) {
  const edition = useMachine((s) => s.description?.edition ?? '6.1');
  const verdict = useVerdicts((s) => s.facts.get(block)?.offline.reason);
  const id = ruleOfPlan(plan, verdict);
  const rule: Rule | undefined = id && RULES[id];
  const place = rule?.[edition];
  return place && <small className={styles.line}>§ {place.file}, {place.fn}()</small>;
}
