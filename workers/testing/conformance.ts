/** Scores: what the simulator answers to a folder of recordings stripped to questions, by the referee's own rules (linux-6.1/compare.mjs). */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { type Comparison, compare, question } from './linux-6.1/compare.mjs';
import { type Answer, isQuestion, type Question } from './question.ts';

/** A recording, or a question: both have an id and steps, and only the referee looks further. */
export interface Document {
  readonly file: string;
  readonly json: Question;
}
const REFEREE = new URL('./linux-6.1/', import.meta.url);

/** The question files (or recordings) at a path: a file, or every *.json of a folder that has an id and steps. Throws where the path does not exist or a file is not JSON. */
export function documentsAt(path: string): Document[] {
  const files = statSync(path).isDirectory() ? readdirSync(path).filter((file) => file.endsWith('.json')).sort().map((file) => join(path, file)) : [path];
  return files.flatMap((file) => {
    const json: unknown = JSON.parse(readFileSync(file, 'utf8'));
    return isQuestion(json) ? [{ file: basename(file), json }] : [];
  });
}

/** A recording without its answers. */
export const stripped = (recording: Question): Question => question(recording) as Question;

type Stability = Readonly<Record<string, readonly string[]>>;
const stabilityIn = (folder: string | URL): Stability => {
  const file = folder instanceof URL ? new URL('stability.json', folder) : join(folder, 'stability.json');
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Stability) : {};
};

export interface Score {
  readonly recordings: readonly Comparison[];
  readonly equal: number;
  readonly total: number;
  /** Class → [equal, total]. */
  readonly classes: Readonly<Record<string, readonly [number, number]>>;
  /** Shares, 0 to 1. */
  readonly mean: number;
  readonly lowest: { readonly id: string; readonly share: number };
}

const share = (equal: number, total: number): number => (total === 0 ? 1 : equal / total);

export function summarize(recordings: readonly Comparison[]): Score {
  const scored = recordings.filter((r) => r.total > 0);
  const classes: Record<string, [number, number]> = {};
  for (const r of scored) {
    for (const [name, [equal, total]] of Object.entries(r.classes)) {
      const before = classes[name] ?? [0, 0];
      classes[name] = [before[0] + equal, before[1] + total];
    }
  }
  const shares = scored.map((r) => ({ id: r.id, share: share(r.equal, r.total) }));
  return {
    recordings: scored, classes,
    equal: scored.reduce((n, r) => n + r.equal, 0),
    total: scored.reduce((n, r) => n + r.total, 0),
    mean: shares.reduce((sum, s) => sum + s.share, 0) / Math.max(1, shares.length),
    lowest: shares.reduce((low, s) => (s.share < low.share ? s : low), { id: '', share: Number.POSITIVE_INFINITY }),
  };
}

/** Which recordings of a folder to score: those with these ids, those of these groups; absent: all. */
export interface Wanted {
  readonly only?: readonly string[] | undefined;
  readonly groups?: readonly number[] | undefined;
}
/** Scores each recording of a path against the answer `ask` gives to its question. Nothing but the question is handed over. */
export function conformance(path: string, ask: (question: Question) => Answer, wanted: Wanted = {}): Score {
  const { only = [], groups } = wanted;
  const folder = statSync(path).isDirectory() ? path : dirname(path);
  const stability: Stability = { ...stabilityIn(REFEREE), ...stabilityIn(folder) };
  const chosen = documentsAt(path).filter(({ json }) => (only.length === 0 || only.includes(json.id)) && (groups === undefined || groups.includes(json.group ?? 0)));
  return summarize(chosen.map(({ json }) => compare(json, ask(stripped(json)), stability[json.id])));
}

const percent = (x: number): string => `${(100 * x).toFixed(2)} %`;

/** One line per recording, each with its first `diffs` differences. */
export const recordingLines = (score: Score, diffs = 0): string[] => score.recordings.flatMap((r) => [
  `${(100 * share(r.equal, r.total)).toFixed(1).padStart(5)} %  ${String(r.equal).padStart(5)} / ${String(r.total).padEnd(5)}  ${r.id}`,
  ...r.diffs.slice(0, diffs).map((d) => `         step ${d.step} ${d.key}: expected ${JSON.stringify(d.expected)}, got ${JSON.stringify(d.actual)}`),
]);

/** What the recordings' group numbers stand for (linux-6.1/README.md). */
const GROUPS: Readonly<Record<number, string>> = {
  1: 'boot', 2: 'hot-add', 3: 'zone rules', 4: 'offline', 5: 'hot-remove', 6: 'auto-online', 7: 'NUMA', 8: 'poison', 9: 'virtio-mem', 10: 'crashkernel', 11: 'call paths', 12: 'kdump',
  13: 'accounting',
};
const nameOf = (group: number | undefined): string => GROUPS[group ?? 0] ?? 'all';
/** The groups that hotplug itself answers for: none of their recordings may fall below 90 %, none of their classes below 95 %, their mean not below 98 %. */
export const HOTPLUG_GROUPS: readonly number[] = [1, 2, 3, 5, 6, 7, 13];

/** The part of a score that belongs to some groups. */
export const ofGroups = (score: Score, groups: readonly number[]): Score => summarize(score.recordings.filter((r) => groups.includes(r.group ?? 0)));

const groupLine = (name: string, score: Score): string => {
  const classes = Object.entries(score.classes).map(([of, [equal, total]]) => `${of} ${percent(share(equal, total))}`).join(' · ');
  return `${name.padEnd(12)} mean ${percent(score.mean)}, lowest ${percent(score.lowest.share)} (${score.lowest.id}), ${score.recordings.length} recordings; ${classes}`;
};
/** One line a group that is there, then one for the groups of hotplug together. */
export const groupLines = (score: Score): string[] => [
  ...Object.entries(GROUPS).flatMap(([group, name]) => {
    const part = ofGroups(score, [Number(group)]);
    return part.recordings.length === 0 ? [] : [groupLine(name, part)];
  }),
  ...(score.recordings.some((r) => HOTPLUG_GROUPS.includes(r.group ?? 0)) ? [groupLine('hotplug', ofGroups(score, HOTPLUG_GROUPS))] : []),
];

/** Per class, then all, mean and lowest: the figures of the README. */
export const summaryLines = (score: Score): string[] => [
  Object.entries(score.classes).map(([name, [equal, total]]) => `${name} ${percent(share(equal, total))} of ${total}`).join(' · '),
  `conformance: ${score.equal} of ${score.total} observations equal (${percent(share(score.equal, score.total))}), mean of recordings ${percent(score.mean)}, `
  + `lowest ${percent(score.lowest.share)} (${score.lowest.id}), ${score.recordings.filter((r) => r.equal === r.total).length} of ${score.recordings.length} recordings wholly equal`,
];

/** What a score must not fall below: shares in 1/10000, rounded down. */
interface Floor {
  readonly all: number;
  readonly mean: number;
  readonly lowest: number;
  readonly classes: Readonly<Record<string, number>>;
}
/** By group name; recordings without groups are one group, 'all'. */
export type Floors = Readonly<Record<string, Floor>>;
const floor = (x: number): number => Math.floor(x * 10_000) / 10_000;
const floorOf = (score: Score): Floor => ({
  all: floor(share(score.equal, score.total)), mean: floor(score.mean), lowest: floor(score.lowest.share),
  classes: Object.fromEntries(Object.entries(score.classes).map(([name, [equal, total]]) => [name, floor(share(equal, total))])),
});
const partsOf = (score: Score): [string, Score][] => {
  const groups = [...new Set(score.recordings.map((r) => r.group))].sort((a = 0, b = 0) => a - b);
  return groups.map((group) => [nameOf(group), summarize(score.recordings.filter((r) => r.group === group))]);
};
export const floorsOf = (score: Score): Floors => Object.fromEntries(partsOf(score).map(([name, part]) => [name, floorOf(part)]));
/** The figures that fell, in words; empty: none did. Groups that were not scored are not looked at; a scored group without a floor is told. */
export function dropsBelow(floors: Floors, score: Score): string[] {
  const fell = (name: string, was: number, is: number | undefined): string[] => (is !== undefined && is >= was ? [] : [`${name} fell from ${percent(was)} to ${percent(is ?? 0)}`]);
  return partsOf(score).flatMap(([group, part]) => {
    const was = floors[group];
    if (was === undefined) return [`${group} has no floor`];
    const now = floorOf(part);
    return [
      ...fell(`${group}: all`, was.all, now.all), ...fell(`${group}: mean`, was.mean, now.mean), ...fell(`${group}: lowest`, was.lowest, now.lowest),
      ...Object.entries(was.classes).flatMap(([name, share]) => fell(`${group}: ${name}`, share, now.classes[name])),
    ];
  });
}
