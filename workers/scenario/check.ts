/** Does what happened meet an expectation, and if not, how does it differ? */
import { errnoName } from '../uapi/errno.ts';
import { OFFLINE_REASONS } from '../uapi/trace.ts';
import type { Expectation, Relation, Subject } from './scenario.ts';

/** What is known when an expectation is checked: since the last command took effect, and of the machine as it stands. */
export interface Observed {
  /** Exit status of the last command; undefined: it has not ended. */
  readonly status: number | undefined;
  readonly text: (subject: Subject) => string;
  /** errno of each write(2) that failed, and rows of OFFLINE_REASONS of each refused offline. */
  readonly writeErrors: readonly number[];
  readonly reasons: readonly number[];
  readonly exists: (path: string) => boolean;
  /** Content of a file; undefined: there is none to read. */
  readonly read: (path: string) => string | undefined;
  readonly digest: () => number;
}
/** Characters of a text that a sentence shows. */
const SHOWN = 400;
const shown = (text: string): string => JSON.stringify(text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text);
const hex8 = (n: number): string => (n >>> 0).toString(16).padStart(8, '0');
/** One newline at the end is how files and commands end; it need not be said. */
const ended = (text: string): string => (text.endsWith('\n') ? text.slice(0, -1) : text);

function compare(subject: string, found: string, relation: Relation, wanted: string): string | undefined {
  switch (relation) {
    case 'is': return found === wanted || ended(found) === ended(wanted) ? undefined : `${subject} is ${shown(found)}, expected ${shown(wanted)}`;
    case 'has': return found.includes(wanted) ? undefined : `${subject} lacks ${shown(wanted)}; it is ${shown(found)}`;
    case 'lacks': return found.includes(wanted) ? `${subject} has ${shown(wanted)}, which was not expected; it is ${shown(found)}` : undefined;
  }
}

const MEMORY = '/sys/devices/system/memory/memory';
function checkBlock(e: Extract<Expectation, { readonly what: 'block' }>, { read }: Observed): string | undefined {
  const state = ended(read(`${MEMORY}${e.block}/state`) ?? 'absent\n');
  if (state !== e.state) return `memory${e.block} is ${state}, expected ${e.state}`;
  if (e.zone === undefined) return undefined;
  const zones = ended(read(`${MEMORY}${e.block}/valid_zones`) ?? '');
  return zones.split(' ')[0] === e.zone ? undefined : `memory${e.block} is ${state} with valid_zones "${zones}", expected ${e.zone}`;
}

/** The difference in one sentence; undefined: it is met. */
export function check(e: Expectation, observed: Observed): string | undefined {
  switch (e.what) {
    case 'exit': return observed.status === e.status ? undefined : observed.status === undefined ? `the command has not ended, expected exit ${e.status}` : `exit ${observed.status}, expected exit ${e.status}${observed.text('stderr') && `; stderr is ${shown(observed.text('stderr'))}`}`;
    case 'running': return observed.status === undefined ? undefined : `the command has ended with exit ${observed.status}, expected it to be running`;
    case 'ended': return observed.status === undefined ? 'the command is still running, expected it to have ended' : undefined;
    case 'errno': {
      const errors = observed.writeErrors.map(errnoName);
      if (!errors.includes(e.errno)) return `no write failed with ${e.errno}${errors.length > 0 ? ` (${errors.join(', ')})` : ''}`;
      const reasons: string[] = observed.reasons.map((r) => OFFLINE_REASONS[r] ?? '');
      return e.reason === undefined || reasons.includes(e.reason) ? undefined : `${e.errno} as expected, but for the reason ${shown(reasons.join(', '))}, expected ${shown(e.reason)}`;
    }
    case 'file': {
      const found = observed.read(e.path);
      return found === undefined ? `${e.path} ${observed.exists(e.path) ? 'cannot be read' : 'does not exist'}` : compare(e.path, found, e.relation, e.text);
    }
    case 'path': return observed.exists(e.path) === e.present ? undefined : `${e.path} ${e.present ? 'does not exist' : 'exists'}, expected it ${e.present ? 'to exist' : 'not to'}`;
    case 'block': return checkBlock(e, observed);
    case 'digest': return observed.digest() === e.digest ? undefined : `digest ${hex8(observed.digest())}, expected ${hex8(e.digest)}`;
    default: return compare(e.what, observed.text(e.what), e.relation, e.text);
  }
}
