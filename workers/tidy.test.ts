/** What the compiler cannot forbid: a kernel that reads no clock and no chance, says which Linux file it mirrors, and imports in one direction only. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const here = dirname(fileURLToPath(import.meta.url));
const sources = readdirSync(here, { recursive: true, encoding: 'utf8' })
  .map((path) => path.replaceAll('\\', '/'))
  .filter((path) => /\.ts$/.test(path) && !/\.test\.ts$|(^|\/)harness\.ts$|\.d\.m?ts$|^(host|testing)\//.test(path))
  .sort()
  .map((path) => ({ path, text: readFileSync(join(here, path), 'utf8') }));

/** The code alone: comments, strings and templates become blanks of the same number of lines. */
const code = (text: string): string => text.replace(/\/\*[\s\S]*?\*\/|\/\/[^\n]*|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\.|[^`\\\n])*`/g, (m) => m.replace(/[^\n]/g, ' '));

/** 'mm/x.ts:12: text' for every line that matches. */
const linesWith = (pattern: RegExp, of: (text: string) => string): string[] => sources.flatMap(({ path, text }) => {
  const shown = text.split('\n');
  return of(text).split('\n').flatMap((line, i) => (pattern.test(line) ? [`${path}:${i + 1}: ${shown[i]?.trim()}`] : []));
});

describe('the kernel is deterministic', () => {
  it.each([
    ['no chance of its own: lib/prng.ts is the source of all choices', /\bMath\.random\b|\bcrypto\b/],
    ['no clock of its own: the simulated clock is a word of machine memory', /\bDate\b|\bperformance\b/],
    ['no timers: only the run queue decides when something runs', /\b(setTimeout|setInterval|setImmediate|queueMicrotask|requestAnimationFrame)\b/],
    ['no promises: a kernel path is a generator', /\basync\s+(function\b|\(|\*?\s*\w+\s*(=>|\())|\bawait\b|\bnew Promise\b|\bPromise\./],
    ['no locale: the same text on every machine', /\bIntl\b|\.toLocale\w*\(|\.localeCompare\(/],
    ['no code made at run time (eval itself: biome)', /\bnew Function\b|\bglobalThis\b/],
    ['no order that depends on the collector', /\bWeakRef\b|\bFinalizationRegistry\b/],
  ])('%s', (_, pattern) => { expect(linesWith(pattern, code)).toEqual([]); });
});

describe('the sources', () => {
  it('leave nothing for later', () => { expect(linesWith(/\b(TODO|FIXME|XXX|[Ss]tubs?|[Ss]tubbed)\b/, (text) => text)).toEqual([]); });
  it('name no folder of anybody\'s machine', () => { expect(linesWith(/(^|[^\w.])\/(home|work|Users)\//, (text) => text)).toEqual([]); });

  /** Files of these folders that have no counterpart in Linux. */
  const OURS = new Set(['mm/mm.ts', 'mm/kernel.ts', 'mm/edition.ts', 'kernel/sys.ts']);
  it('say in their first lines which file of Linux they mirror', () => {
    const mirrors = sources.filter(({ path }) => /^(mm|drivers|kernel|fs\/proc)\//.test(path) && !OURS.has(path));
    expect(mirrors.length).toBeGreaterThan(10);
    expect(mirrors.filter(({ text }) => !/^(\/\*\*|\/\/)[\s\S]{0,12}Mirrors: \S/.test(text)).map(({ path }) => path)).toEqual([]);
  });
});

/**
 * Who may import whom, types too: what a file names it depends on. The first entry whose folder contains the file counts; a file may always import from its own entry's folder.
 * What arrow turns back is refused with the reason.
 */
const LAYERS: readonly { readonly folder: string; readonly may: readonly string[]; readonly why: string }[] = [
  { folder: 'uapi', may: [], why: 'the ABI means the same to kernel and page, so it knows neither' },
  { folder: 'scenario', may: ['uapi'], why: 'a scenario is a text: page, command line and machine read the same one, and it knows none of them' },
  { folder: 'lib', may: ['uapi'], why: 'lib/ holds what any kernel could use' },
  { folder: 'mm', may: ['kernel', 'lib', 'uapi'], why: 'mm/ is below drivers, files, programs and the machine: they call it, it tells them through notifiers, uevents and the trace' },
  { folder: 'kernel', may: ['lib', 'uapi'], why: 'kernel/ offers threads, notifiers, resources, processes and system calls; what memory does is not its business' },
  { folder: 'drivers', may: ['mm', 'kernel', 'lib', 'uapi'], why: 'a driver knows the memory manager and the kernel core; sysfs is built on it, not under it' },
  { folder: 'fs', may: ['drivers', 'mm', 'kernel', 'lib', 'uapi'], why: 'files show what kernel and drivers know; programs come to them through system calls' },
  { folder: 'usr/bin/sh', may: ['usr', 'kernel', 'uapi'], why: 'the shell makes processes: descriptor tables, pipes and signals are its tools as fork(2), pipe(2) and kill(2) are; the rest it sees as a program does' },
  { folder: 'usr/bin', may: ['usr', 'kernel/kthread.ts', 'kernel/signal.ts', 'uapi'], why: 'a program sees the machine through system calls and files only (it is a thread, and knows signals by number)' },
  { folder: 'usr', may: ['fs', 'kernel', 'lib', 'uapi'], why: 'workloads and program start-up use system calls; they do not reach into mm/ or drivers' },
  { folder: 'editions', may: ['init', 'fs', 'drivers', 'mm', 'kernel', 'lib', 'uapi'], why: 'an edition chooses among the kernel\'s parts and brings its own; nobody but start_kernel() and the machine chooses an edition' },
  { folder: 'init', may: ['fs', 'drivers', 'mm', 'kernel', 'lib', 'uapi'], why: 'start_kernel() puts the kernel together; it does not know what runs it' },
  { folder: 'import', may: ['editions', 'init', 'fs', 'kernel', 'lib', 'uapi'], why: 'somebody\'s files become a description and frames; what boots them is not its business' },
  { folder: 'machine', may: ['scenario', 'editions', 'init', 'usr', 'fs', 'drivers', 'mm', 'kernel', 'lib', 'uapi'], why: 'the machine drives the kernel; host/ drives the machine' },
];

/** Files imported, for values or for types alone, as paths below workers/. */
function importsOf({ path, text }: { path: string; text: string }): string[] {
  return [...text.matchAll(/^(?:import|export)\s[^;']*?\s*from\s+'(\.[^']+)'/gm)].map(([, from = '']) => relative(here, join(here, dirname(path), from)).replaceAll('\\', '/'));
}

/** Files imported for values: what has to be there before the file itself can run. */
function valuesFrom({ path, text }: { path: string; text: string }): string[] {
  return [...text.matchAll(/^(?:import|export)\s(?!type\s)([^;']*?)\s*from\s+'(\.[^']+)'/gm)]
    .filter(([, names = '']) => !/^\{(\s*type\s[^,}]+,?)+\s*\}$/.test(names)).map(([, , from = '']) => relative(here, join(here, dirname(path), from)).replaceAll('\\', '/'));
}
/** What a parameter's default value holds is expanded, and what is expanded holds parameters. */
const CIRCLES = ['usr/bin/sh/expand.ts'];
/** A way from a file back to itself, if there is one. */
function circleOf(start: string, imports: ReadonlyMap<string, readonly string[]>): readonly string[] | undefined {
  const seen = new Set<string>();
  const paths: (readonly string[])[] = [[start]];
  for (let path = paths.shift(); path !== undefined; path = paths.shift()) {
    for (const target of imports.get(path.at(-1) as string) ?? []) {
      if (target === start) return [...path, start];
      if (seen.has(target) || !imports.has(target)) continue;
      seen.add(target);
      paths.push([...path, target]);
    }
  }
  return undefined;
}

describe('imports go one way', () => {
  it('no file needs itself by way of others', () => {
    const imports = new Map(sources.filter(({ path }) => !CIRCLES.includes(path)).map((source) => [source.path, valuesFrom(source)]));
    expect([...imports.keys()].flatMap((path) => circleOf(path, imports)?.join(' → ') ?? [])).toEqual([]);
  });
  it.each(LAYERS.map((layer) => [layer.folder, layer] as const))('%s', (folder, { may, why }) => {
    const mine = sources.filter(({ path }) => LAYERS.find((layer) => path.startsWith(`${layer.folder}/`))?.folder === folder);
    const allowed = [folder, ...may].map((name) => (name.endsWith('.ts') ? name : `${name}/`));
    const turnedBack = mine.flatMap((source) => importsOf(source).filter((target) => !allowed.some((prefix) => target.startsWith(prefix))).map((target) => `${source.path} → ${target}: ${why}`));
    expect(turnedBack).toEqual([]);
  });
  it('imports are seen at all', () => { expect(sources.flatMap(importsOf)).toContain('uapi/layout.ts'); });
  it('every folder has its place', () => { expect(sources.filter(({ path }) => !LAYERS.some(({ folder }) => path.startsWith(`${folder}/`))).map(({ path }) => path)).toEqual([]); });
});
