/**
 * Older versions of the text form. One pure function per version takes a text of that version to the next one, for ever: no link made once may stop working. A version
 * that changes the form adds its function here and a golden link to link.test.ts.
 */
import { SCENARIO_VERSION } from './scenario.ts';

/** Version → text in the next version. */
export type Upgraders = Readonly<Record<number, (text: string) => string>>;
/** Version 1 is the first. */
const UPGRADERS: Upgraders = {};

/** Brings a text of `version` up to `target`, step by step. The caller has made sure that it is not newer. */
export function upgrade(text: string, version: number, target: number = SCENARIO_VERSION, upgraders: Upgraders = UPGRADERS): string {
  let current = text;
  for (let v = version; v < target; v++) {
    const step = upgraders[v];
    if (!step) throw new Error(`there is no upgrader from version ${v}`);
    current = step(current);
  }
  return current;
}
