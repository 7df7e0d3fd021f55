/** What the page may ask of the worker beyond the machine itself: scenarios. */
import type { Reply } from '../uapi/command.ts';
import type { EngineApi, RunReport } from '../uapi/engine.ts';
import type { TimeReport } from '../uapi/time.ts';
import type { BootRequest } from '../uapi/machine_description.ts';
import type { ReadText } from './read.ts';
import type { BranchStart, Moment, Reached, Scenario, Step, ToldBranch } from './scenario.ts';

/** How far a scenario is. */
export interface ScriptReport {
  /** Index of the step that comes next, and how many there are. */
  readonly position: number;
  readonly of: number;
  readonly done: boolean;
  /** It waits for nextStep(). */
  readonly held: boolean;
  /** The caption that holds now. */
  readonly caption: string | undefined;
  /** Expectations met, and those that were not: step, event, the difference in a sentence. */
  readonly met: number;
  readonly failed: readonly { readonly step: number; readonly seq: number; readonly difference: string }[];
}
/** What was done so far, and where the machine stands. */
export interface SessionReport {
  /** Steps beyond those of the scenario that were taken; undefined: something came between them, `all` tells everything so far. */
  readonly added: readonly Step[] | undefined;
  readonly all: readonly Step[];
  readonly moment: Moment;
  /**
   * Absent: there is one branch only, and it ends at the moment. How far the first branch was lived, steps of the scenario's own that were taken on it and whether all were, and
   * the other branches.
   */
  readonly branches?: { readonly reached: Reached; readonly position: number; readonly done: boolean; readonly others: readonly ToldBranch[] } | undefined;
}

export interface ScenarioEngineApi extends EngineApi {
  /** Reads a scenario's text, with what a link adds to it. The parser is loaded for the first. */
  readScenario(text: string, added?: string): Promise<ReadText>;
  /** The machine that a scenario states. `recorded`: the one it names, loaded. */
  describe(scenario: Scenario, recorded?: BootRequest): Promise<Reply<{ request: BootRequest }>>;
  /** Gives a machine that was just booted its steps; they are played as the machine runs, at its pace: all of them, or each when nextStep() allows it. */
  perform(steps: readonly Step[], mode: 'play' | 'step'): Promise<void>;
  /** Runs at full speed to a moment (or `end`: until the steps are done), and pauses there; a bounded number of events at most. stop() ends it where it is. */
  arrive(at: Moment | 'end'): Promise<RunReport & { readonly stopped: boolean }>;
  /** Lives a branch that was told, of a machine whose branches before it are there. False: it begins where nothing else follows. */
  grow(branch: { readonly start: BranchStart; readonly steps: readonly Step[]; readonly reached?: Reached | undefined }): Promise<boolean>;
  /** To an instant that was lived, of any branch. */
  revisit(moment: Moment): Promise<TimeReport>;
  /** Allows the next step that does something (`all`: everything that is left). */
  nextStep(all?: boolean): Promise<void>;
  script(): Promise<ScriptReport>;
  session(): Promise<SessionReport>;
}
