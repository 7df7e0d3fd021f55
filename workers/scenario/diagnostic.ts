/** What is wrong with a text, and where. */

export interface Diagnostic {
  /** From 1. */
  readonly line: number;
  /** From 1, in UTF-16 units. */
  readonly column: number;
  /** One sentence: what was found, what was expected, and the nearest word. */
  readonly message: string;
  /** A warning loses nothing: the text can be used. */
  readonly severity: 'error' | 'warning';
}
export const diagnosticLine = ({ line, column, message, severity }: Diagnostic): string => `${line}:${column}: ${severity === 'warning' ? 'warning: ' : ''}${message}`;

/** Damerau's distance (insert, delete, replace, swap neighbours) up to `limit`, else limit + 1. */
function distance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) > limit) return limit + 1;
  let before: number[] = [];
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      let best = Math.min((previous[j] as number) + 1, (row[j - 1] as number) + 1, (previous[j - 1] as number) + (same ? 0 : 1));
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) best = Math.min(best, (before[j - 2] as number) + 1);
      row.push(best);
    }
    before = previous;
    previous = row;
  }
  return previous[b.length] as number;
}

/** What other tools call what is known here by another word. */
const ELSEWHERE: Readonly<Record<string, readonly string[]>> = {
  memory: ['ram', 'mem', '-m'], plug: ['dimm', 'add', 'hotplug', 'hot-add', 'attach', 'insert'], unplug: ['remove', 'eject', 'detach', 'del', 'pull'], edition: ['kernel', 'linux', 'version'], boot: ['cmdline', 'append', 'bootargs'],
  node: ['numa'], sockets: ['slots'], recorded: ['machine'], title: ['name'], note: ['description', 'about'], caption: ['say', 'text', 'echo:'], wait: ['sleep', 'pause'], signal: ['kill'], expect: ['assert', 'check', 'verify', 'should'],
  has: ['contains', 'includes', 'matches', 'like', '~', '=~'], is: ['equals', 'eq', '=', '=='], lacks: ['not', 'without', '!=', 'hasnt'], present: ['exists', 'there'], absent: ['missing', 'gone'], exit: ['status', 'rc', '$?', 'code'],
  log: ['dmesg', 'kmsg'], reply: ['answer', 'response'], on: ['yes', 'true', '1'], off: ['no', 'false', '0'], step: ['paused'], play: ['run', 'auto'], colours: ['color', 'colour', 'colors', 'lens'], block: ['memory'], at: ['range', 'zoom'],
};

/** The known word that was most likely meant; undefined if none is near. */
export function nearest(word: string, known: readonly string[]): string | undefined {
  const lower = word.toLowerCase().slice(0, 40);
  const named = known.find((candidate) => Object.hasOwn(ELSEWHERE, candidate) && ELSEWHERE[candidate]?.includes(lower));
  if (named !== undefined) return named;
  const limit = Math.max(1, Math.floor(lower.length / 3));
  let best: string | undefined;
  let least = limit + 1;
  for (const candidate of known) {
    const d = distance(lower, candidate.toLowerCase(), limit);
    if (d < least) {
      least = d;
      best = candidate;
    }
  }
  if (best !== undefined || lower.length < 3) return best;
  // INT for SIGINT, linux-6.1 for 6.1: a part of it, if of one alone.
  const parts = known.filter((candidate) => candidate.length > 2 && (candidate.toLowerCase().includes(lower) || lower.includes(candidate.toLowerCase())));
  return parts.length === 1 ? parts[0] : undefined;
}
/** ` Did you mean "node"?`, or nothing. */
export const didYouMean = (word: string, known: readonly string[]): string => {
  const found = nearest(word, known);
  return found === undefined || found === word ? '' : ` Did you mean "${found}"?`;
};
/** What no text may hold: a reader cannot see them, and terminals obey them. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
export const UNSEEN = /[\0-\x08\x0b-\x1f\x7f\u2028\u2029\u202a-\u202e\u2066-\u2069]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/;
const UNSEEN_ALL = new RegExp(UNSEEN, 'g');
/** What was found, short enough to be read; what could not be seen of it is named by number. */
export const quoted = (text: string): string => JSON.stringify(text.length > 40 ? `${text.slice(0, 39)}…` : text).replace(UNSEEN_ALL, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`);
