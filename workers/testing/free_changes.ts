/**
 * How free memory changes over commands: what two looks at /proc/zoneinfo and /proc/buddyinfo say of the steps between them. Absolute numbers depend on what ran since boot;
 * the changes are what a command does. Two real runs of the same command differ as well: that is the noise an answer may have.
 */

/** Free pages, those on per-cpu lists included, and chunks by order of each zone, by 'NODE ZONE'. */
export type FreeState = ReadonlyMap<string, { readonly free: number; readonly chunks: readonly number[] }>;
export interface Change {
  readonly recording: string;
  /** What was done between the two looks: lines of shell and commands of the host. */
  readonly commands: readonly string[];
  readonly zones: ReadonlyMap<string, { readonly free: number; readonly chunks: readonly number[] }>;
}
interface Captured {
  readonly capture?: unknown;
  readonly run?: unknown;
  readonly host?: readonly { readonly qmp?: string; readonly arguments?: unknown }[];
  readonly files?: unknown;
}

export function readFree(zoneinfo: string, buddyinfo: string): FreeState {
  const free = new Map(zoneinfo.split(/^(?=Node )/m).map((text) => {
    const [, nid, zone] = /^Node (\d+), zone +(\w+)/.exec(text) ?? [];
    const waiting = [...text.matchAll(/^ +count: +(\d+)/gm)].reduce((sum, [, count]) => sum + Number(count), 0);
    return [`${nid} ${zone}` as string, Number(/pages free +(\d+)/.exec(text)?.[1] ?? 0) + waiting] as const;
  }));
  return new Map([...buddyinfo.matchAll(/^Node (\d+), zone +(\w+) +(.*)$/gm)].map(([, nid, zone, counts = '']) => {
    const key = `${nid} ${zone}`;
    return [key, { free: free.get(key) ?? 0, chunks: counts.trim().split(/\s+/).map(Number) }] as const;
  }));
}
/** Changes from one look to the next; a zone that is not in a look is empty there. */
export function changesIn(recording: string, steps: readonly object[]): Change[] {
  const changes: Change[] = [];
  let before: FreeState | undefined;
  let commands: string[] = [];
  for (const step of steps as readonly Captured[]) {
    if (typeof step.run === 'string') commands.push(step.run);
    for (const { qmp, arguments: given } of step.host ?? []) commands.push(`${qmp} ${JSON.stringify(given ?? {})}`);
    const files = step.capture === undefined ? undefined : (step.files as Readonly<Record<string, string | undefined>> | undefined);
    const zoneinfo = files?.['/proc/zoneinfo'];
    const buddyinfo = files?.['/proc/buddyinfo'];
    if (zoneinfo === undefined || buddyinfo === undefined) continue;
    const now = readFree(zoneinfo, buddyinfo);
    if (before !== undefined) changes.push({ recording, commands, zones: difference(before, now) });
    before = now;
    commands = [];
  }
  return changes;
}
function difference(a: FreeState, b: FreeState): Change['zones'] {
  const zones = new Map<string, { free: number; chunks: number[] }>();
  for (const key of new Set([...a.keys(), ...b.keys()])) {
    const [before, after] = [a.get(key), b.get(key)];
    zones.set(key, {
      free: (after?.free ?? 0) - (before?.free ?? 0),
      chunks: Array.from({ length: 11 }, (_, order) => (after?.chunks[order] ?? 0) - (before?.chunks[order] ?? 0)),
    });
  }
  return zones;
}

/** A command without the numbers of blocks and devices in it: what two runs did in the same way. */
export const shapeOf = (commands: readonly string[]): string => commands.join('\n').replaceAll(/memory\d+|\bd\d\w*|m_d\w+|memory\d\[[^\]]*\]/g, 'N');

export interface Noise {
  /** Pages and chunks of the largest order by which two changes of the same shape differed at most. */
  readonly free: number;
  readonly largest: number;
  /** Comparisons behind it. */
  readonly pairs: number;
}
const PAGEBLOCK = 512;
/** Pages beyond whole pageblocks: how many blocks a command moved is not noise. */
export const residual = (pages: number): number => pages - Math.round(pages / PAGEBLOCK) * PAGEBLOCK;
/** How far real changes of the same shape in the same zone are from each other. */
export function noiseOf(changes: readonly Change[]): Noise {
  const groups = new Map<string, { readonly free: number; readonly largest: number }[]>();
  for (const { commands, zones } of changes) {
    for (const [zone, { free, chunks }] of zones) {
      const key = `${zone}\n${Math.round(free / PAGEBLOCK)}\n${shapeOf(commands)}`;
      groups.set(key, [...(groups.get(key) ?? []), { free: residual(free), largest: chunks.at(-1) as number }]);
    }
  }
  let free = 0;
  let largest = 0;
  let pairs = 0;
  for (const group of groups.values()) {
    const spread = (values: readonly number[]): number => Math.max(...values) - Math.min(...values);
    pairs += (group.length * (group.length - 1)) / 2;
    free = Math.max(free, spread(group.map((g) => g.free)));
    largest = Math.max(largest, spread(group.map((g) => g.largest)));
  }
  return { free, largest, pairs };
}
