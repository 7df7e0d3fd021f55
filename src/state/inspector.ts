/** What the inspector holds on to: facts as they were when they were pinned, to compare with what is selected now. */
import { create } from 'zustand';
import type { Ref } from '../sources/rule_of.ts';

export type SubjectKind = 'frame' | 'pageblock' | 'block' | 'zone' | 'node' | 'event' | 'failed';
export interface Row {
  readonly name: string;
  readonly value: string;
  /** The rule it follows, where it is an answer of the kernel. */
  readonly rule?: Ref;
}
export interface Subject {
  readonly kind: SubjectKind;
  readonly title: string;
  readonly rows: readonly Row[];
}
export interface Pin extends Subject {
  readonly id: number;
  /** Event number at which the facts were so. */
  readonly seq: number;
}
/** More than this nobody compares; the oldest goes. */
const MOST = 6;

export const useInspector = create<{ readonly pins: readonly Pin[] }>()(() => ({ pins: [] }));

let next = 0;
export function pin(subject: Subject, seq: number): void {
  useInspector.setState(({ pins }) => ({ pins: [...pins, { ...subject, seq, id: next++ }].slice(-MOST) }));
}
export const unpin = (id: number): void => { useInspector.setState(({ pins }) => ({ pins: pins.filter((p) => p.id !== id) })); };
export const resetPins = (): void => { useInspector.setState({ pins: [] }); };

/** Rows whose values are not the same in both, or that only one of them has: name, and the value in `b`, '' where it has none. */
export function differing(a: Subject, b: Subject): ReadonlyMap<string, string> {
  const [before, after] = [a, b].map(({ rows }) => new Map(rows.map(({ name, value }) => [name, value])));
  const names = [...new Set([...a.rows, ...b.rows].map(({ name }) => name))];
  return new Map(names.filter((name) => before?.get(name) !== after?.get(name)).map((name) => [name, after?.get(name) ?? '']));
}
