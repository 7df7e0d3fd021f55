/** Completion at the cursor: commands, variables, paths, and the words a file takes. */
import { argumentWords } from './arguments.ts';
import type { Sh } from './shell.ts';
import { getVar, visible } from './vars.ts';

/** What can be written to files with a small vocabulary, by the last names of their path. */
const VALUES: readonly (readonly [RegExp, readonly string[]])[] = [
  [/\/memory\d+\/state$/, ['offline', 'online', 'online_kernel', 'online_movable']],
  [/\/memory\d+\/online$/, ['0', '1']],
  [/\/auto_online_blocks$/, ['offline', 'online', 'online_kernel', 'online_movable']],
  [/\/online_policy$/, ['auto-movable', 'contig-zones']],
  [/\/parameters\/(?:auto_movable_numa_aware|memmap_on_memory)$/, ['N', 'Y']],
  [/\/transparent_hugepage\/(?:enabled|defrag)$/, ['always', 'madvise', 'never']],
  [/\/notifier-error-inject\/memory\/actions\/\w+\/error$/, ['-12', '-16', '-1', '0']],
  [/\/eject$/, ['1']],
  [/\/sys\/vm\/compact_memory$/, ['1']],
  [/\/sys\/vm\/drop_caches$/, ['1', '2', '3']],
];
const KEYWORDS: readonly string[] = ['if', 'then', 'else', 'elif', 'fi', 'case', 'esac', 'for', 'while', 'until', 'do', 'done', 'in', 'function', 'time'];
/** Where a word begins: after blanks and operators that are not quoted. */
function wordStart(line: string): { start: number; open: string } {
  let start = 0;
  let open = '';
  for (let i = 0; i < line.length; i++) {
    const c = line.charAt(i);
    if (open !== '') {
      if (c === open) open = '';
      else if (c === '\\' && open === '"') i++;
    } else if (c === '\\') i++;
    else if (c === '"' || c === "'") open = c;
    else if (' \t\n;|&()<>`='.includes(c)) start = i + 1;
  }
  return { start, open };
}
const plain = (word: string): string => word.replace(/^["']/, '').replace(/\\(.)/g, '$1');
const escaped = (word: string, open: string): string => (open === '' ? word.replace(/[ \t"'\\$`&|;()<>*?[\]{}!#~]/g, '\\$&') : word);

/** Names a word could become, as they stand in the directory. */
export const fileNames = (sh: Sh, word: string, onlyDirs: boolean): string[] => paths(sh, word, onlyDirs).map((path) => path.replace(/\/$/, ''));
function paths(sh: Sh, word: string, onlyDirs: boolean): string[] {
  const slash = word.lastIndexOf('/') + 1;
  const dir = word.slice(0, slash);
  const start = word.slice(slash);
  const names = sh.sys.readdir(dir === '' ? '.' : dir.startsWith('~/') ? `${getVar(sh, 'HOME') ?? ''}${dir.slice(1)}` : dir);
  if (typeof names === 'number') return [];
  const all: string[] = [];
  for (const name of names) {
    if (!name.startsWith(start) || (name.startsWith('.') && !start.startsWith('.'))) continue;
    const stat = sh.sys.stat((dir.startsWith('~/') ? `${getVar(sh, 'HOME') ?? ''}${dir.slice(1)}` : dir) + name);
    const isDir = typeof stat !== 'number' && stat.kind === 'dir';
    if (!onlyDirs || isDir) all.push(dir + name + (isDir ? '/' : ''));
  }
  return all;
}
function commands(sh: Sh, word: string): string[] {
  const all = new Set([...KEYWORDS, ...sh.interpreter.builtins.names(), ...Object.keys(sh.system.programs), ...sh.state.functions.keys(), ...sh.state.aliases.keys()]);
  return [...all].filter((c) => c.startsWith(word) && /^[\w.-]+$/.test(c));
}
/** The file that what `echo` prints goes to, if the line says so after the cursor (`echo on⇥ > …/state`). */
const target = (after: string): string | undefined => /^\S*\s*>>?\s*(\S+)/.exec(after)?.[1];

export function complete(sh: Sh, line: string, cursor: number): { start: number; words: string[] } {
  const before = line.slice(0, cursor);
  const { start, open } = wordStart(before);
  const raw = before.slice(start);
  const word = plain(raw);
  const finish = (words: readonly string[]): { start: number; words: string[] } => ({
    start,
    words: [...new Set(words)].sort().map((w) => (raw.startsWith('"') || raw.startsWith("'") ? raw.charAt(0) : '') + escaped(w, open)),
  });
  const variable = /\$\{?(\w*)$/.exec(raw);
  if (variable && open !== "'") {
    const names = [...visible(sh).keys()].filter((n) => n.startsWith(variable[1] as string));
    const from = start + (variable.index as number);
    const brace = raw.charAt((variable.index as number) + 1) === '{';
    return { start: from, words: names.sort().map((n) => (brace ? `\${${n}}` : `$${n}`)) };
  }
  // The command this word belongs to: what follows the last operator.
  const segment =
    before
      .slice(0, start)
      .split(/[;|&(`]|\b(?:do|then|else|if|while|until|!)\b/)
      .at(-1) ?? '';
  const redirecting = /[<>]\s*$/.test(segment);
  const words =
    segment.trim() === ''
      ? []
      : segment
          .trim()
          .split(/\s+/)
          .filter((w) => !/^\w+=/.test(w));
  const goal = words[0] === 'echo' || words[0] === 'printf' ? target(line.slice(cursor)) : undefined;
  if (goal !== undefined) {
    const cwd = sh.sys.getcwd();
    const path = goal.startsWith('/') ? goal : `${cwd}/${goal}`;
    const known = VALUES.find(([file]) => file.test(path));
    if (known) return finish(known[1].filter((v) => v.startsWith(word)));
  }
  if (words.length === 0 && !redirecting && !word.includes('/')) return finish(commands(sh, word));
  const offered = redirecting || word.startsWith('/') || word.startsWith('.') ? undefined : argumentWords(sh, words);
  if (offered) {
    // Lists are completed after their last comma.
    const comma = word.lastIndexOf(',') + 1;
    const rest = word.slice(comma);
    const found = offered.filter((w) => w.startsWith(rest));
    if (found.length > 0) return finish(found.map((w) => word.slice(0, comma) + w));
    const nocase = offered.filter((w) => w.toLowerCase().startsWith(rest.toLowerCase()));
    if (nocase.length > 0) return finish(nocase.map((w) => word.slice(0, comma) + w));
  }
  return finish(paths(sh, word, words[0] === 'cd' || words[0] === 'pushd' || words[0] === 'rmdir'));
}
