/** An event on its way through the rules: the device, its properties, and what the rules have asked for so far. Substitutions: `$kernel`, `%k` and the others of udev(7). */
import type { Kthread } from '../../../kernel/kthread.ts';
import type { Sys } from '../../program.ts';
import { attribute, parentsOf, sysnameOf, sysnumOf } from './device.ts';
import type { Say } from './rules.ts';

export interface RunEntry {
  readonly kind: 'program' | 'builtin';
  readonly command: string;
}
export interface UdevEvent {
  readonly sys: Sys;
  readonly say: Say;
  readonly devpath: string;
  /** ACTION, DEVPATH, SUBSYSTEM, SEQNUM and what rules add; names that begin with '.' stay inside. */
  readonly properties: Map<string, string>;
  readonly tags: Set<string>;
  run: RunEntry[];
  /** RUN was set with := and stays as it is. */
  runFinal: boolean;
  result: string | undefined;
  name: string;
  /** Test mode: nothing is written and nothing of RUN is run. */
  readonly dry: boolean;
  /** Runs a program and gives its output (without the last newline) and exit status; -errno: it could not be run. */
  readonly spawn: (command: string) => Kthread<{ readonly output: string; readonly status: number }>;
}

const LONG = ['devnode', 'tempnode', 'attr', 'sysfs', 'env', 'kernel', 'number', 'driver', 'devpath', 'id', 'major', 'minor', 'result', 'parent', 'name', 'links', 'root', 'sys'] as const;
const SHORT: Readonly<Record<string, (typeof LONG)[number]>> = {
  N: 'devnode', s: 'attr', E: 'env', k: 'kernel', n: 'number', p: 'devpath', b: 'id', M: 'major', m: 'minor', c: 'result', P: 'parent', D: 'name', L: 'links', r: 'root', S: 'sys', d: 'driver',
};
const PLACE = new RegExp(`\\$(?:(\\$)|(${LONG.join('|')})(?:\\{([^}]*)\\})?)|%(?:(%)|([a-zA-Z])(?:\\{([^}]*)\\})?)`, 'g');

/** `$attr{[dmi/id]sys_vendor}` names a file of another device. */
export function* attributeOf(event: UdevEvent, devpath: string, name: string): Kthread<string | undefined> {
  const other = /^\[([^\]/]+)\/([^\]]+)\](.*)$/.exec(name);
  if (!other) return yield* attribute(event.sys, devpath, name);
  const [, subsystem, device, file = ''] = other;
  for (const place of [`/bus/${subsystem}/devices/${device}`, `/class/${subsystem}/${device}`, `/class/${subsystem}`]) {
    const text = yield* attribute(event.sys, place, file.replace(/^\//, ''));
    if (text !== undefined) return text;
  }
  return undefined;
}

function* place(event: UdevEvent, what: (typeof LONG)[number], attr: string): Kthread<string> {
  switch (what) {
    case 'kernel': return sysnameOf(event.devpath);
    case 'number': return sysnumOf(event.devpath);
    case 'devpath': return event.devpath;
    case 'id': return sysnameOf(event.devpath);
    case 'name': return event.name === '' ? sysnameOf(event.devpath) : event.name;
    case 'env': return event.properties.get(attr) ?? '';
    case 'attr': case 'sysfs': {
      const own = yield* attributeOf(event, event.devpath, attr);
      if (own !== undefined) return own.trimEnd();
      for (const parent of parentsOf(event.sys, event.devpath)) {
        const text = yield* attributeOf(event, parent.devpath, attr);
        if (text !== undefined) return text.trimEnd();
      }
      return '';
    }
    case 'result': {
      const words = (event.result ?? '').split(/\s+/).filter((w) => w !== '');
      const n = Number.parseInt(attr, 10);
      if (!(n > 0)) return event.result ?? '';
      return attr.endsWith('+') ? words.slice(n - 1).join(' ') : (words[n - 1] ?? '');
    }
    case 'parent': case 'driver': case 'links': case 'devnode': case 'tempnode': return '';
    case 'major': case 'minor': return '0';
    case 'root': return '/dev';
    case 'sys': return '/sys';
    default: return '';
  }
}
/** Text with its places filled in. */
export function* substituted(event: UdevEvent, text: string): Kthread<string> {
  let out = '';
  let at = 0;
  for (const m of text.matchAll(PLACE)) {
    out += text.slice(at, m.index);
    at = m.index + m[0].length;
    const [whole, dollar, long, longAttr, percent, short, shortAttr] = m;
    const what = long !== undefined ? (long as (typeof LONG)[number]) : SHORT[short ?? ''];
    if (dollar !== undefined) out += '$';
    else if (percent !== undefined) out += '%';
    else out += what === undefined ? whole : yield* place(event, what, longAttr ?? shortAttr ?? '');
  }
  return out + text.slice(at);
}
