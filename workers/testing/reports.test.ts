/** Reports a person reads, line by line as the real kernels wrote them: which lines, in which order, how wide each field; and the numbers that a machine's description determines. */
import { describe, expect, it } from 'vitest';
import { documentsAt, stripped } from './conformance.ts';
import { replay } from './replay.ts';
import { simulator } from './simulator.ts';

interface Step {
  readonly run?: string;
  readonly stdout?: string;
  readonly files?: Readonly<Record<string, string>>;
}
const folder = (name: string) => documentsAt(new URL(`./${name}/`, import.meta.url).pathname).map(({ json }) => json);
/** Reports in a step: captured files, and what `cat FILE` printed. */
const reportsIn = ({ run, stdout, files }: Step): [name: string, text: string][] => {
  const typed = /^cat (\/proc\/\w+)$/.exec(run?.trim() ?? '')?.[1];
  return [...Object.entries(files ?? {}), ...(typed === undefined || stdout === undefined ? [] : [[typed, stdout] as [string, string]])].filter(([name]) => /^\/proc\/(meminfo|zoneinfo|buddyinfo|pagetypeinfo|vmstat)$/.test(name));
};
/** Fields are filled up to their width on the left; a number that is longer pushes the rest away. */
function sameWidths(a: string, b: string): boolean {
  const fields = (line: string): readonly string[] => line.match(/ *\d+/g) ?? [];
  const words = (line: string): string => line.replace(/ *\d+/g, '#');
  return words(a) === words(b) && fields(a).every((field, i) => {
    const other = fields(b)[i] as string;
    return field.length === other.length || /^ ?\d+$/.test(field.length > other.length ? field : other);
  });
}
const leftAligned = (a: string, b: string): boolean => a.replace(/\d+/g, '#') === b.replace(/\d+/g, '#');
/** Lines whose numbers follow from the machine and from what was done to it. */
const DETERMINED = /^(MemTotal|SwapTotal|CommitLimit|VmallocTotal|VmallocChunk|HardwareCorrupted|HugePages_\w+|Hugepagesize|Hugetlb|Percpu|Swap\w+|Bounce|NFS_Unstable):|^ +(spanned|present|managed|start_pfn:|boost|cma) +\d|^ {2}(vm stats threshold|node_unreclaimable)|^Node \d+, zone/;

function differences(recorded: readonly Step[], answered: readonly object[]): string[] {
  const found: string[] = [];
  for (const [i, step] of recorded.entries()) {
    const mine = new Map(reportsIn(answered[i] as Step));
    for (const [name, text] of reportsIn(step)) {
      const [theirs, ours] = [text.split('\n'), (mine.get(name) ?? '').split('\n')];
      const alike = name === '/proc/zoneinfo' || name === '/proc/vmstat' ? leftAligned : sameWidths;
      theirs.forEach((line, at) => {
        const own = ours[at] ?? '(missing)';
        if (!alike(line, own) || (name !== '/proc/buddyinfo' && name !== '/proc/pagetypeinfo' && DETERMINED.test(line) && line !== own)) found.push(`step ${i + 1}, ${name}, line ${at + 1}: "${own}", not "${line}"`);
      });
      if (ours.length > theirs.length) found.push(`step ${i + 1}, ${name}: ${ours.length - theirs.length} lines more`);
    }
  }
  return found;
}

describe.each([
  ['linux-6.1', ['account-memmap-off', 'boot-mem-512M', 'boot-numa2-movablecore-400M', 'numa-memoryless-online']],
  ['linux-3.11', ['c01-boot-1g', 'c01-boot-1g-mn', 'k-movablecore256m-6g', 'o01-empty']],
] as const)('reports of %s', (name, ids) => {
  const recordings = folder(name);
  it.each(ids)('%s: the same lines, fields and widths', (id) => {
    const recording = recordings.find((r) => r.id === id) as (typeof recordings)[number];
    const steps = recording.steps as readonly object[] as readonly Step[];
    expect(steps.flatMap(reportsIn).length).toBeGreaterThan(0);
    expect(differences(steps, replay(stripped(recording), simulator).steps)).toEqual([]);
  });
});
