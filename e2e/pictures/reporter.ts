/** The last lines of a run: how many DOM screenshots were compared, how many could not be and why, and what differed: kernel, paint or page. Too many that could not be are a failure. */
import type { FullResult, Reporter, TestCase, TestResult } from '@playwright/test/reporter';
import { renewing, versions } from './baselines.ts';

/** Major versions of Chromium, about one a month, after which pictures are too old: nothing would ever be compared again, and nobody would notice. */
const TOO_OLD = 12;
const major = (version: string): number => Number.parseInt(version, 10);

/** How a run's pictures came out, by annotation (page.spec.ts). */
export interface Tally {
  readonly compared: number;
  readonly differ: readonly string[];
  /** Of a machine whose digest changed since. */
  readonly stale: readonly string[];
  /** Reason of each that this browser cannot be held to. */
  readonly skipped: readonly string[];
}
/** What is wrong with so many skipped; undefined: nothing. `browser`: its version, where that has no pictures; `known`: versions that have. */
export function tooManySkipped({ compared, differ, stale }: Tally, browser: string | undefined, known: readonly string[]): string | undefined {
  // Half of them or more are of machines that no longer are: whoever changed the kernel has to look at the page, too.
  if (stale.length > 0 && stale.length >= compared + differ.length) return `${stale.length} of ${compared + differ.length + stale.length} DOM screenshots are of machines with another digest`;
  if (browser !== undefined && known.every((version) => major(browser) - major(version) > TOO_OLD)) return `DOM screenshots are of Chromium ${known.join(', ') || 'no version'}, more than ${TOO_OLD} versions older than ${browser}`;
  return undefined;
}

export default class Pictures implements Reporter {
  private readonly results = new Map<string, TestResult>();

  onTestEnd(test: TestCase, result: TestResult): void {
    // A second go counts instead of the first.
    this.results.set(test.id, result);
  }
  printsToStdio(): boolean {
    return false;
  }
  onEnd(): Promise<{ status?: FullResult['status'] } | undefined> {
    return Promise.resolve(this.tell());
  }
  private tell(): { status?: FullResult['status'] } | undefined {
    const all = [...this.results.values()].flatMap(({ annotations }) => annotations);
    const of = (type: string): string[] => all.filter((annotation) => annotation.type === type).map(({ description = '' }) => description);
    const tally: Tally = { compared: of('picture compared').length, differ: of('picture differs'), stale: of('picture of another machine'), skipped: of('picture skipped') };
    const { compared, differ, stale, skipped } = tally;
    const faults = [`page ${differ.length}`, ...['kernel', 'paint'].map((fault) => `${fault} ${of(`picture: ${fault}`).length}`)];
    if (all.every(({ type }) => !type.startsWith('picture'))) return undefined;
    console.log(`\nDOM screenshots: ${compared} ${renewing ? 'renewed' : 'the same'}, ${differ.length} different, ${stale.length + skipped.length} skipped. Faults: ${faults.join(', ')}.`);
    for (const reason of new Set([...skipped, ...stale])) console.log(`  skipped: ${reason}`);
    for (const name of differ) console.log(`  page differs: ${name}`);
    const browser = /this is ([\d.]+)/.exec(skipped[0] ?? '')?.[1];
    const wrong = tooManySkipped(tally, browser, versions());
    if (wrong === undefined) return undefined;
    console.log(`  too many skipped: ${wrong}. Look at the page, then renew: RENEW=1 npm run test:e2e -- pictures/page`);
    return { status: 'failed' };
  }
}
