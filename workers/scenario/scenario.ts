/**
 * A scenario: a machine, what is done to it, what is expected of it, and how it is looked at. The statements stand in the order of the text, comments and blank lines
 * among them, so that nothing a person wrote is lost when the text is printed again.
 */
import type { WorkloadName } from '../uapi/workloads.ts';
import type { ContainerDescription, Edition } from '../uapi/machine_description.ts';

/** The version of the text form that this build writes. Older ones are read through an upgrader (upgrade.ts). */
export const SCENARIO_VERSION = 1;

export type SignalName = 'SIGINT' | 'SIGTERM' | 'SIGKILL';
export type RangeType = 'usable' | 'reserved' | 'ACPI data' | 'ACPI NVS' | 'persistent' | 'unusable';
export type Relation = 'is' | 'has' | 'lacks';
/** What a text is compared with: output of the last command, log lines and events since it took effect, the monitor's answer. */
export type Subject = 'stdout' | 'stderr' | 'log' | 'events' | 'reply';
export type BlockState = 'online' | 'offline' | 'going-offline' | 'absent';
/** Values of qemu's arguments: what JSON has. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

/** What the machine is. Sizes and addresses in bytes, ends exclusive. Before the first step only. */
export type Setting =
  | { readonly type: 'title' | 'note' | 'boot' | 'release' | 'build'; readonly text: string }
  | { readonly type: 'tags' | 'modules'; readonly words: readonly string[] }
  /** One of the recorded machines, by its name. */
  | { readonly type: 'recorded' | 'arch' | 'profile' | 'balloon'; readonly name: string }
  | { readonly type: 'edition'; readonly edition: Edition }
  /** Options of the kernel's configuration, without CONFIG_. */
  | { readonly type: 'config'; readonly options: Readonly<Record<string, boolean>> }
  /** RAM of the board, as qemu -m has it. */
  | { readonly type: 'memory'; readonly size: number }
  | { readonly type: 'sockets'; readonly count: number; readonly maxmem: number }
  | { readonly type: 'node'; readonly nid: number; readonly size: number }
  /** An ACPI container of memory devices: sockets that come and go together, on one node. */
  | { readonly type: 'container'; readonly hid: ContainerDescription['hid']; readonly node: number; readonly slots: readonly number[] }
  /** s390x: what the hypervisor holds in readiness behind RAM. */
  | { readonly type: 'standby'; readonly size: number; readonly increment: number }
  | { readonly type: 'cpus' | 'seed'; readonly n: number }
  | { readonly type: 'hypervisor'; readonly on: boolean }
  /** A line of the firmware's memory map, instead of what the board would say. */
  | { readonly type: 'range'; readonly start: number; readonly end: number; readonly kind: RangeType }
  | { readonly type: 'srat'; readonly nid: number; readonly start: number; readonly end: number; readonly hotplug: boolean }
  | { readonly type: 'initrd'; readonly start: number; readonly end: number }
  | { readonly type: 'virtio-mem'; readonly id: string; readonly memdev: string; readonly size: number; readonly blockSize: number; readonly requestedSize: number; readonly node: number };

export type Expectation =
  | { readonly what: 'exit'; readonly status: number }
  /** A write(2) that failed since the last command took effect, and the kernel's own words for a refused offline. */
  | { readonly what: 'errno'; readonly errno: string; readonly reason?: string }
  | { readonly what: Subject; readonly relation: Relation; readonly text: string }
  | { readonly what: 'file'; readonly path: string; readonly relation: Relation; readonly text: string }
  | { readonly what: 'path'; readonly path: string; readonly present: boolean }
  | { readonly what: 'block'; readonly block: number; readonly state: BlockState; readonly zone?: string }
  /** The last command has not ended, or has. */
  | { readonly what: 'running' | 'ended' }
  | { readonly what: 'digest'; readonly digest: number };

/** What happens, in order. A step waits until the command before it has ended, unless `wait` says otherwise. */
export type Step =
  | { readonly type: 'caption'; readonly text: string }
  /** A line for the terminal's shell; `fresh`: for a bash of its own. */
  | { readonly type: 'shell'; readonly line: string; readonly fresh: boolean }
  | { readonly type: 'qemu'; readonly execute: string; readonly arguments: Readonly<Record<string, Json>> }
  /** A memory backend and a DIMM on it, and the request to take it out. */
  | { readonly type: 'plug'; readonly id: string; readonly size: number; readonly node?: number; readonly addr?: number }
  | { readonly type: 'unplug'; readonly id: string }
  | { readonly type: 'signal'; readonly signal: SignalName }
  /** Memory held by a process of its own: `mh anon` of the recordings. */
  | { readonly type: 'workload'; readonly size: number; readonly words: readonly string[] }
  /** One of the workloads by name, with its parameters as they were written: `name=value`. */
  | { readonly type: 'workload'; readonly name: WorkloadName; readonly words: readonly string[] }
  /** Counted from where the last command took effect, whether or not it has ended since: events, or ns of simulated time. */
  | { readonly type: 'wait'; readonly events: number }
  | { readonly type: 'wait'; readonly ns: number }
  | { readonly type: 'wait'; readonly end: true }
  /** Until nothing is left to do, in the background either. */
  | { readonly type: 'wait'; readonly idle: true }
  | { readonly type: 'expect'; readonly expectation: Expectation };

/** How the page shows it; the machine knows nothing of these. */
export type Showing =
  | { readonly type: 'view'; readonly values: Readonly<Record<string, string>> }
  | { readonly type: 'start'; readonly mode: StartMode }
  /** Where the session stood, and the digest there. */
  | Moment
  /** How far the branch above was lived, where that is not where the session stood. */
  | Reached
  | BranchStart
  /** A place with a name, by event. */
  | Bookmark;
/** So many events after command number `command` of a branch took effect (0: after boot); `settled`: with nothing left to do. */
export interface Instant {
  readonly command: number;
  readonly events: number;
  readonly settled: boolean;
}
export interface Moment extends Instant {
  readonly type: 'moment';
  /** Absent: the first. */
  readonly branch?: number;
  readonly digest?: number;
}
export interface Reached extends Instant {
  readonly type: 'reached';
}
/** Another future: it left branch `from` at an instant of it, and the steps that follow are its own. Branches are numbered in their order, the first one is 0. */
export interface BranchStart extends Instant {
  readonly type: 'branch';
  readonly from: number;
  readonly name: string;
}
export interface Bookmark {
  readonly type: 'bookmark';
  readonly branch: number;
  readonly seq: number;
  readonly name: string;
}
/** A branch as it is told: its own steps, and how far it was lived. */
export interface ToldBranch {
  readonly start: BranchStart;
  readonly steps: readonly Step[];
  readonly reached: Reached;
}
/** `play`: from the beginning; `step`: one step at a time; `end`: as it stands after the last step, or at the moment. */
export type StartMode = (typeof START_MODES)[number];
export const START_MODES = ['play', 'step', 'end'] as const;

export type Statement = Setting | Step | Showing | { readonly type: 'comment'; readonly text: string } | { readonly type: 'blank' };
export type StatementType = Statement['type'];

export interface Scenario {
  readonly statements: readonly Statement[];
}

const STEPS: readonly StatementType[] = ['caption', 'shell', 'qemu', 'plug', 'unplug', 'signal', 'workload', 'wait', 'expect'];
const OTHERS: readonly StatementType[] = ['view', 'start', 'moment', 'reached', 'branch', 'bookmark', 'comment', 'blank'];
export const isStep = (s: Statement): s is Step => STEPS.includes(s.type);
export const isSetting = (s: Statement): s is Setting => !STEPS.includes(s.type) && !OTHERS.includes(s.type);

/** The statements of one keyword. */
export type StatementOf<T extends StatementType> = OneOf<Statement, T>;
type OneOf<S, T> = S extends { readonly type: infer U } ? (T extends U ? S & { readonly type: T } : never) : never;
/** The last statement of a kind: what counts where one can be said once. */
export const lastOf = <T extends StatementType>({ statements }: Scenario, type: T): StatementOf<T> | undefined => statements.findLast((s): s is StatementOf<T> => s.type === type);
export const allOf = <T extends StatementType>({ statements }: Scenario, type: T): StatementOf<T>[] => statements.filter((s): s is StatementOf<T> => s.type === type);
/** Statements of the first branch: all, if nothing branched. */
export function firstBranch({ statements }: Scenario): readonly Statement[] {
  const end = statements.findIndex(({ type }) => type === 'branch');
  return end < 0 ? statements : statements.slice(0, end);
}
/** Steps of the first branch. */
export const stepsOf = (scenario: Scenario): Step[] => firstBranch(scenario).filter(isStep);
/** The other branches, in their order. One that does not say how far it was lived is lived to the end of its steps. */
export function branchesOf({ statements }: Scenario): { readonly start: BranchStart; readonly steps: readonly Step[]; readonly reached: Reached | undefined }[] {
  const starts = statements.flatMap((s, i) => (s.type === 'branch' ? [i] : []));
  return starts.map((at, n) => {
    const own = statements.slice(at + 1, starts[n + 1]);
    return { start: statements[at] as BranchStart, steps: own.filter(isStep), reached: own.find((s) => s.type === 'reached') };
  });
}
export const titleOf = (scenario: Scenario): string => lastOf(scenario, 'title')?.text ?? '';
/** The teaching note as one paragraph. */
export const noteOf = (scenario: Scenario): string => allOf(scenario, 'note').map(({ text }) => text).join(' ');
