/** Questions and answers in the shape of the recordings (linux-6.1/README.md): what the replay is given, and what it must say. */

/** A step as it is asked. */
export interface QuestionStep {
  readonly run?: string;
  readonly host?: readonly { readonly qmp: string; readonly arguments?: Readonly<Record<string, unknown>> }[];
  readonly capture?: string;
  readonly name?: string;
  readonly files?: Readonly<Record<string, null>>;
  readonly binary?: string;
  readonly label?: string;
  readonly note?: string;
  /** Seconds. */
  readonly timeout?: number;
}
export interface Question {
  readonly id: string;
  readonly title?: string;
  readonly group?: number;
  readonly edition?: string;
  /** What was done to the real machine, as its recorder was told: here only time limits and whether a step was watched are read from it. */
  readonly scenario?: { readonly boot?: { readonly mods?: readonly string[] }; readonly steps?: readonly { readonly timeout?: number; readonly settle?: number; readonly quiet?: boolean }[] };
  readonly qemu_args?: readonly string[];
  readonly cmdline?: string;
  readonly kernel?: string;
  readonly kernel_version?: string;
  /** The firmware's lines of the boot log. */
  readonly firmware?: readonly string[];
  readonly steps: readonly QuestionStep[];
}

export type RecordedEvent = Readonly<Record<string, unknown>> & { readonly type: string };
export interface LogLine {
  readonly level: number;
  /** Seconds since boot. */
  readonly t: number;
  readonly text: string;
}
/** A step as it is answered; which members there are depends on the kind of step. */
export interface AnswerStep {
  readonly [key: string]: unknown;
  readonly events?: readonly RecordedEvent[];
  readonly uevents?: readonly Readonly<Record<string, string>>[];
  /** Records, or (3.11) lines. */
  readonly dmesg?: readonly (LogLine | string | { readonly collapsed: number })[];
  readonly qmp_events?: readonly unknown[];
}
export interface Answer {
  readonly id: string;
  readonly title?: string;
  readonly group?: number;
  readonly cmdline?: string;
  readonly steps: readonly AnswerStep[];
  /** Why there are no steps: the machine could not be booted. */
  readonly error?: string;
}

/** True for a parsed question file (or recording). */
export const isQuestion = (value: unknown): value is Question => {
  const q = value as Partial<Question> | null;
  return typeof q === 'object' && q !== null && typeof q.id === 'string' && Array.isArray(q.steps);
};
