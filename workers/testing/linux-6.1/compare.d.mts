/** Types of the referee (compare.mjs), as far as the project uses it. */
export interface Comparison {
  readonly id: string;
  /** Absent: the recordings of this kernel are in one group. */
  readonly group?: number;
  readonly equal: number;
  readonly total: number;
  /** Class → [equal, total]. */
  readonly classes: Readonly<Record<string, readonly [number, number]>>;
  readonly diffs: readonly { readonly step: number; readonly class: string; readonly key: string; readonly expected: unknown; readonly actual: unknown }[];
}
export declare function compare(expected: unknown, actual: unknown, unstable?: readonly string[]): Comparison;
export declare function question(recording: unknown): unknown;
