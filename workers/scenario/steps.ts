/** Statements about what happens, and about how it is shown: how each is read and printed. */
import { ERRNO, type ErrnoName } from '../uapi/errno.ts';
import { ZONE_NAMES } from '../uapi/mmzone.ts';
import { readParameters, WORKLOAD_NAMES } from '../uapi/workloads.ts';
import { type Cursor, listed } from './cursor.ts';
import { didYouMean, quoted } from './diagnostic.ts';
import { MAX_BRANCH_NAME, MAX_BRANCHES, MAX_MEMORY, MAX_NODES, MAX_STEP_EVENTS, MAX_STEP_NS } from './limits.ts';
import { type BlockState, type Expectation, type Instant, type Json, type Relation, type Showing, START_MODES, type StatementOf, type Step, type Subject } from './scenario.ts';
import type { Form } from './settings.ts';
import { formatAddress, formatSize, formatTime, parseSize, parseTime, TIME_HELP } from './units.ts';

type Spelled = Exclude<Step | Showing, { readonly type: 'shell' }>;
type Forms = { readonly [T in Spelled['type']]: Form<StatementOf<T>> };

const RELATIONS: readonly Relation[] = ['is', 'has', 'lacks'];
export const SUBJECTS: readonly Subject[] = ['stdout', 'stderr', 'log', 'events', 'reply'];
const STATES: readonly BlockState[] = ['online', 'offline', 'going-offline', 'absent'];
const ZONES: readonly string[] = ZONE_NAMES;
const ERRNOS = Object.keys(ERRNO) as ErrnoName[];
const WORKLOAD_WORDS = ['thp', 'nothp', 'mlock', 'hugetlb', 'hugetlb1g', 'pin', 'pinfirst', 'splice', 'shared'] as const;
const ID = /^[A-Za-z][\w.-]{0,63}$/;

const id = (c: Cursor): string => c.read('the id of a device (a letter, then letters, digits, . _ -)', (word) => (ID.test(word) ? word : undefined));

function readExpectation(c: Cursor): Expectation {
  const { column } = c;
  const word = c.word('an expectation');
  if (word === 'exit') return { what: 'exit', status: c.count('an exit status', 255) };
  if (word === 'running' || word === 'ended') return { what: word };
  if (word === 'digest') return { what: 'digest', digest: c.read('a digest (eight hex digits)', (text) => (/^[0-9a-f]{8}$/.test(text) ? Number.parseInt(text, 16) : undefined)) };
  const subject = SUBJECTS.find((s) => s === word);
  if (subject) return { what: subject, relation: c.one('a relation', RELATIONS), text: c.string('the text') };
  const errno = ERRNOS.find((e) => e === word);
  if (errno) return c.done ? { what: 'errno', errno } : { what: 'errno', errno, reason: c.string('the kernel\'s reason') };
  const block = /^memory(\d{1,7})$/.exec(word);
  if (block) {
    if (c.peek() === 'is') c.fail('The state follows the block at once.');
    const state = c.one('a state', STATES);
    return { what: 'block', block: Number(block[1]), state, ...(!c.done && { zone: c.one('a zone', ZONES) }) };
  }
  if (word.startsWith('/')) {
    const relation = c.one('a relation', [...RELATIONS, 'present', 'absent']);
    return relation === 'present' || relation === 'absent' ? { what: 'path', path: word, present: relation === 'present' } : { what: 'file', path: word, relation, text: c.string('the text') };
  }
  const known = ['exit', 'running', 'ended', 'digest', ...SUBJECTS];
  const next = /^\d+$/.exec(c.peek())?.[0];
  const meant = /^\d+$/.test(word) ? `exit ${word}` : word === 'memory' && next !== undefined ? `memory${next}` : /^exit=\d+$/.test(word) ? word.replace('=', ' ') : undefined;
  return c.fail(`${quoted(word)} cannot be expected: expected ${listed([...known, 'an errno', 'memoryN', 'a path'])}.${meant === undefined ? didYouMean(word, [...known, ...ERRNOS]) : ` Did you mean "${meant}"?`}`, column);
}

function readWait(c: Cursor): StatementOf<'wait'> {
  if (c.peek() === 'end') {
    c.word('end');
    return { type: 'wait', end: true };
  }
  if (c.peek() === 'idle') {
    c.word('idle');
    return { type: 'wait', idle: true };
  }
  if (/^\d+$/.test(c.peek())) {
    const events = c.count('a number of events', MAX_STEP_EVENTS);
    const { column } = c;
    const unit = c.done ? '' : c.word('events');
    if (unit !== 'events') {
      const time = { s: 's', sec: 's', second: 's', seconds: 's', ms: 'ms', us: 'us', ns: 'ns' }[unit];
      c.fail(`A number that stands alone counts events, a time is one word.${time ? ` Did you mean "${events}${time}"?` : ` Did you mean "${events} events" or "${events}s"?`}`, column);
    }
    return { type: 'wait', events };
  }
  if (c.peek() === 'for') c.fail('What is waited for follows at once: end, idle, a number of events, or a time.');
  return { type: 'wait', ns: c.read(`end, idle, a number of events, or ${TIME_HELP}, at most ${formatTime(MAX_STEP_NS)}`, (word) => {
    const ns = parseTime(word);
    return ns !== undefined && ns <= MAX_STEP_NS ? ns : undefined;
  }) };
}

function readPlug(c: Cursor): StatementOf<'plug'> {
  const device = id(c);
  const size = c.size('the size of the DIMM');
  const options = c.options(['node', 'addr']);
  const node = options.get('node');
  const addr = options.get('addr');
  if (node && !(/^\d{1,2}$/.test(node.text) && Number(node.text) < MAX_NODES)) c.fail(`node= takes a number below ${MAX_NODES}.`, node.column);
  const at = addr && (parseSize(addr.text) ?? c.fail('addr= takes an address such as 0x100000000.', addr.column));
  if (at !== undefined && at > MAX_MEMORY) c.fail(`${formatAddress(at)} is beyond the last address a machine can have here.`, addr?.column);
  return { type: 'plug', id: device, size, ...(node && { node: Number(node.text) }), ...(at !== undefined && { addr: at }) };
}

function readNamedWorkload(c: Cursor): StatementOf<'workload'> {
  const name = c.one('a workload', WORKLOAD_NAMES);
  const words: string[] = [];
  const columns: number[] = [];
  while (!c.done) {
    columns.push(c.column);
    words.push(c.word('name=value'));
  }
  const read = readParameters(name, words);
  if ('reason' in read) c.fail(`${read.reason}${didYouMean(read.word, read.known)}`, columns[read.refused]);
  return { type: 'workload', name, words };
}

function readInstant(c: Cursor): Instant {
  const [command, events] = c.read('a moment such as 3+120 (command and events after it)', (word) => {
    const m = /^(\d{1,6})\+(\d{1,9})$/.exec(word);
    return m ? [Number(m[1]), Number(m[2])] as const : undefined;
  });
  const settled = c.peek() === 'settled' && c.word('settled') !== '';
  return { command, events, settled };
}
function readMoment(c: Cursor): StatementOf<'moment'> {
  const at = readInstant(c);
  const options = c.options(['branch', 'digest']);
  const [branch, digest] = [options.get('branch'), options.get('digest')];
  if (digest && !/^[0-9a-f]{8}$/.test(digest.text)) c.fail('digest= takes eight hex digits.', digest.column);
  if (branch && !isBranch(branch.text)) c.fail(`branch= takes a number up to ${MAX_BRANCHES}.`, branch.column);
  return { type: 'moment', ...at, ...(branch && { branch: Number(branch.text) }), ...(digest && { digest: Number.parseInt(digest.text, 16) }) };
}
const isBranch = (word: string): boolean => /^\d{1,3}$/.test(word) && Number(word) <= MAX_BRANCHES;
function readBranch(c: Cursor): StatementOf<'branch'> {
  const from = c.count('the number of the branch it leaves', MAX_BRANCHES);
  const at = readInstant(c);
  return { type: 'branch', from, ...at, name: c.done ? '' : c.string('the name of the branch').slice(0, MAX_BRANCH_NAME) };
}
function readBookmark(c: Cursor): StatementOf<'bookmark'> {
  const branch = c.count('the number of a branch', MAX_BRANCHES);
  const seq = c.count('an event', 2 ** 31 - 1);
  return { type: 'bookmark', branch, seq, name: c.string('the name of the place').slice(0, MAX_BRANCH_NAME) };
}

export const STEP_FORMS: Forms = {
  caption: { usage: 'caption TEXT', read: (c) => ({ type: 'caption', text: c.rest('a text') }) },
  qemu: {
    usage: 'qemu COMMAND [NAME=VALUE]…',
    read(c) {
      const execute = c.read('a command of QEMU\'s monitor', (word) => (/^[a-z][a-z0-9_-]{0,63}$/.test(word) ? word : undefined));
      const args: [string, Json][] = [];
      for (let pair = c.assignment('an argument'); pair; pair = c.assignment('an argument')) args.push([pair.name, pair.value]);
      return { type: 'qemu', execute, arguments: Object.fromEntries(args) };
    },
  },
  plug: { usage: 'plug ID SIZE [node=N] [addr=ADDRESS]', read: readPlug },
  unplug: { usage: 'unplug ID', read: (c) => ({ type: 'unplug', id: id(c) }) },
  signal: { usage: 'signal SIGINT|SIGTERM|SIGKILL', read: (c) => ({ type: 'signal', signal: c.one('a signal', ['SIGINT', 'SIGTERM', 'SIGKILL']) }) },
  workload: {
    usage: `workload NAME [PARAMETER=VALUE]… (names are ${WORKLOAD_NAMES.join(', ')}), or workload SIZE [${WORKLOAD_WORDS.join('|')}]…`,
    read(c) {
      const { column } = c;
      if (/^[a-z]/i.test(c.peek())) return readNamedWorkload(c);
      const size = c.size('how much memory it holds');
      if (size % 1024 !== 0 || size === 0) c.fail('A workload holds whole KiB.', column);
      const words: string[] = [];
      while (!c.done) words.push(c.peek().startsWith('file=/') ? c.word('file=PATH') : c.one('a word of a workload', WORKLOAD_WORDS));
      return { type: 'workload', size, words };
    },
  },
  wait: { usage: 'wait end|idle|N events|TIME', read: readWait },
  expect: { usage: 'expect SUBJECT …', read: (c) => ({ type: 'expect', expectation: readExpectation(c) }) },
  view: {
    usage: 'view NAME=VALUE…',
    read(c) {
      const values: [string, string][] = [];
      do {
        const { column } = c;
        const word = c.word('a part of the view (name=value)');
        const m = /^([a-z][a-z-]{0,31})=([\w.,:+-]{1,200})$/i.exec(word);
        const block = /^memory(\d+)$/.exec(word)?.[1];
        const meant = block === undefined ? /^[a-z]+$/.test(word) && !c.done ? `${word}=${c.peek()}` : undefined : `block=${block}`;
        values.push(m ? [(m[1] as string).toLowerCase(), m[2] as string] : c.fail(`${quoted(word)} is not a part of the view (name=value).${meant === undefined ? '' : ` Did you mean ${quoted(meant)}?`}`, column));
      } while (!c.done);
      return { type: 'view', values: Object.fromEntries(values) };
    },
  },
  start: { usage: `start ${START_MODES.join('|')}`, read: (c) => ({ type: 'start', mode: c.one('a way to start', START_MODES) }) },
  moment: { usage: 'moment COMMAND+EVENTS [settled] [branch=N] [digest=HEX]', read: readMoment },
  reached: { usage: 'reached COMMAND+EVENTS [settled]', read: (c) => ({ type: 'reached', ...readInstant(c) }) },
  branch: { usage: 'branch FROM COMMAND+EVENTS [settled] ["NAME"]', read: readBranch },
  bookmark: { usage: 'bookmark BRANCH EVENT "NAME"', read: readBookmark },
};

const printInstant = ({ command, events, settled }: Instant): string => `${command}+${events}${settled ? ' settled' : ''}`;
const hex8 = (n: number): string => (n >>> 0).toString(16).padStart(8, '0');
/** A value as `qemu` reads it back: bare where it cannot be taken for anything else. */
function printValue(value: Json): string {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 2 ** 20 && value % 2 ** 20 === 0) return formatSize(value);
  return typeof value === 'string' && /^[A-Za-z/][\w./:+-]*$/.test(value) && !/^(true|false|null)$/.test(value) ? value : JSON.stringify(value);
}
function printExpectation(e: Expectation): string {
  switch (e.what) {
    case 'exit': return `exit ${e.status}`;
    case 'errno': return e.reason === undefined ? e.errno : `${e.errno} ${JSON.stringify(e.reason)}`;
    case 'file': return `${e.path} ${e.relation} ${JSON.stringify(e.text)}`;
    case 'path': return `${e.path} ${e.present ? 'present' : 'absent'}`;
    case 'block': return `memory${e.block} ${e.state}${e.zone === undefined ? '' : ` ${e.zone}`}`;
    case 'digest': return `digest ${hex8(e.digest)}`;
    case 'running': case 'ended': return e.what;
    default: return `${e.what} ${e.relation} ${JSON.stringify(e.text)}`;
  }
}
export function printStep(s: Step | Showing): string {
  switch (s.type) {
    case 'caption': return `caption ${s.text}`;
    case 'shell': return `${s.fresh ? 'fresh ' : ''}$ ${s.line.split('\n').join('\n> ')}`;
    case 'qemu': return ['qemu', s.execute, ...Object.entries(s.arguments).map(([key, value]) => `${key}=${printValue(value)}`)].join(' ');
    case 'plug': return `plug ${s.id} ${formatSize(s.size)}${s.node === undefined ? '' : ` node=${s.node}`}${s.addr === undefined ? '' : ` addr=${formatAddress(s.addr)}`}`;
    case 'unplug': return `unplug ${s.id}`;
    case 'signal': return `signal ${s.signal}`;
    case 'workload': return ['workload', 'name' in s ? s.name : formatSize(s.size), ...s.words].join(' ');
    case 'wait': return 'events' in s ? `wait ${s.events} events` : 'ns' in s ? `wait ${formatTime(s.ns)}` : 'end' in s ? 'wait end' : 'wait idle';
    case 'expect': return `expect ${printExpectation(s.expectation)}`;
    case 'view': return ['view', ...Object.entries(s.values).map(([key, value]) => `${key}=${value}`)].join(' ');
    case 'start': return `start ${s.mode}`;
    case 'moment': return `moment ${printInstant(s)}${s.branch === undefined ? '' : ` branch=${s.branch}`}${s.digest === undefined ? '' : ` digest=${hex8(s.digest)}`}`;
    case 'reached': return `reached ${printInstant(s)}`;
    case 'branch': return `branch ${s.from} ${printInstant(s)}${s.name === '' ? '' : ` ${JSON.stringify(s.name)}`}`;
    case 'bookmark': return `bookmark ${s.branch} ${s.seq} ${JSON.stringify(s.name)}`;
  }
}
