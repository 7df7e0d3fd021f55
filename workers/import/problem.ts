/** What is wrong with somebody's file, thrown inside this folder and turned into one refusal at its door (import.ts). */
import type { Refusal } from '../uapi/command.ts';
import { ERRNO } from '../uapi/errno.ts';

export class Problem extends Error {
  readonly rule: string;
  readonly remedy: string;
  /** `reason`: what was refused; `rule`: by which rule; `remedy`: what would work. */
  constructor(reason: string, rule: string, remedy: string) {
    super(reason);
    this.rule = rule;
    this.remedy = remedy;
  }
}
export const refusalOf = (problem: Problem): Refusal => ({ ok: false, errno: ERRNO.EINVAL, reason: problem.message, rule: problem.rule, remedy: problem.remedy });

/** Text from outside, as it may be shown in a sentence: short, and nothing that moves a terminal's cursor. */
export const shown = (text: string): string => {
  const plain = text.replace(/[^ -~]/g, '?');
  return plain.length > 60 ? `${plain.slice(0, 57)}...` : plain;
};
