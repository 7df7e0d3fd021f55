/** Scenario → text in the newest form. parse(print(s)) is s. */
import { isSetting, type Scenario, SCENARIO_VERSION, type Statement } from './scenario.ts';
import { printSetting } from './settings.ts';
import { printStep } from './steps.ts';

function printStatement(s: Statement): string {
  if (s.type === 'comment') return `#${s.text}`;
  if (s.type === 'blank') return '';
  return isSetting(s) ? printSetting(s) : printStep(s);
}
/** Expectations stand indented under what they are about. */
const indented = (s: Statement): boolean => s.type === 'expect';

export function printScenario({ statements }: Scenario): string {
  return `${[`scenario ${SCENARIO_VERSION}`, ...statements.map((s) => `${indented(s) ? '  ' : ''}${printStatement(s)}`)].join('\n')}\n`;
}
