/** Scenarios made up by chance, for tests: every statement, every field. */
import fc from 'fast-check';
import { ERRNO } from '../uapi/errno.ts';
import { ZONE_NAMES } from '../uapi/mmzone.ts';
import { type Expectation, type Json, type Scenario, type Setting, type Showing, START_MODES, type Statement, type Step } from './scenario.ts';
import { EDITIONS } from './settings.ts';
import { SUBJECTS } from './steps.ts';

/** What a reader can see: no control characters, no lone surrogates. */
const visible = fc.string({ unit: 'binary', maxLength: 24 }).map((s) => s.toWellFormed().replace(/[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu, ''));
/** As a line ends up with it: blanks around it are not part of a text. */
const words = visible.map((s) => s.trim()).filter((s) => s !== '');
const name = fc.stringMatching(/^[A-Za-z0-9][\w.+-]{0,12}$/);
const id = fc.stringMatching(/^[A-Za-z][\w.-]{0,12}$/);
const size = fc.oneof(fc.integer({ min: 0, max: 2 ** 31 - 1 }), fc.integer({ min: 1, max: 4096 }).map((n) => n * 2 ** 30));
const nid = fc.integer({ min: 0, max: 63 });
const range = fc.tuple(fc.nat(2 ** 30), fc.integer({ min: 1, max: 2 ** 30 })).map(([start, bytes]) => ({ start, end: start + bytes }));
const json: fc.Arbitrary<Json> = fc.letrec<{ value: Json }>((tie) => ({
  value: fc.oneof({ depthSize: 'small' }, visible, fc.integer(), fc.double({ noNaN: true, noDefaultInfinity: true }).map((n) => n + 0), fc.boolean(), fc.constant(null), fc.array(tie('value'), { maxLength: 3 }), fc.dictionary(visible, tie('value'), { maxKeys: 3 })),
})).value;

const arbitrarySetting: fc.Arbitrary<Setting> = fc.oneof(
  fc.record({ type: fc.constantFrom('title', 'note', 'boot', 'release', 'build'), text: words }),
  fc.record({ type: fc.constantFrom('tags', 'modules'), words: fc.array(name, { minLength: 1, maxLength: 4 }) }),
  fc.record({ type: fc.constantFrom('recorded', 'arch', 'profile', 'balloon'), name }),
  fc.record({ type: fc.constant('edition'), edition: fc.constantFrom(...EDITIONS) }),
  fc.record({ type: fc.constant('config'), options: fc.dictionary(fc.stringMatching(/^[A-Z][A-Z0-9_]{0,12}$/), fc.boolean(), { minKeys: 1, maxKeys: 4 }) }),
  fc.record({ type: fc.constant('memory'), size }),
  fc.record({ type: fc.constant('sockets'), count: fc.nat(256), maxmem: size }),
  fc.record({ type: fc.constant('node'), nid, size }),
  fc.record({ type: fc.constant('container'), hid: fc.constantFrom('ACPI0004', 'PNP0A05', 'PNP0A06'), node: nid, slots: fc.uniqueArray(fc.nat(255), { minLength: 1, maxLength: 4 }) }),
  fc.record({ type: fc.constant('standby'), size, increment: size }),
  fc.record({ type: fc.constantFrom('cpus', 'seed'), n: fc.nat(8192) }),
  fc.record({ type: fc.constant('hypervisor'), on: fc.boolean() }),
  fc.tuple(range, fc.constantFrom('usable', 'reserved', 'ACPI data', 'ACPI NVS', 'persistent', 'unusable')).map(([r, kind]) => ({ type: 'range', ...r, kind }) as const),
  fc.tuple(nid, range, fc.boolean()).map(([node, r, hotplug]) => ({ type: 'srat', nid: node, ...r, hotplug }) as const),
  range.map((r) => ({ type: 'initrd', ...r }) as const),
  fc.record({ type: fc.constant('virtio-mem'), id: name, memdev: name, size, blockSize: size, requestedSize: size, node: nid }),
);
const relation = fc.constantFrom('is', 'has', 'lacks');
const path = fc.stringMatching(/^\/[\w/.-]{0,20}$/);
const arbitraryExpectation: fc.Arbitrary<Expectation> = fc.oneof(
  fc.record({ what: fc.constant('exit'), status: fc.nat(255) }),
  fc.record({ what: fc.constant('errno'), errno: fc.constantFrom(...Object.keys(ERRNO)), reason: visible }, { requiredKeys: ['what', 'errno'] }),
  fc.record({ what: fc.constantFrom(...SUBJECTS), relation, text: visible }),
  fc.record({ what: fc.constant('file'), path, relation, text: visible }),
  fc.record({ what: fc.constant('path'), path, present: fc.boolean() }),
  fc.record({ what: fc.constant('block'), block: fc.nat(9999), state: fc.constantFrom('online', 'offline', 'going-offline', 'absent'), zone: fc.constantFrom(...ZONE_NAMES) }, { requiredKeys: ['what', 'block', 'state'] }),
  fc.record({ what: fc.constantFrom('running', 'ended') }),
  fc.record({ what: fc.constant('digest'), digest: fc.nat(2 ** 32 - 1) }),
);
const arbitraryStep: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ type: fc.constant('caption'), text: words }),
  fc.record({ type: fc.constant('shell'), line: fc.array(visible, { minLength: 1, maxLength: 3 }).map((lines) => lines.join('\n')), fresh: fc.boolean() }),
  fc.record({ type: fc.constant('qemu'), execute: fc.stringMatching(/^[a-z][a-z0-9_-]{0,12}$/), arguments: fc.dictionary(fc.stringMatching(/^[A-Za-z][\w.-]{0,8}$/), json, { maxKeys: 4 }) }),
  fc.record({ type: fc.constant('plug'), id, size, node: nid, addr: size }, { requiredKeys: ['type', 'id', 'size'] }),
  fc.record({ type: fc.constant('unplug'), id }),
  fc.record({ type: fc.constant('signal'), signal: fc.constantFrom('SIGINT', 'SIGTERM', 'SIGKILL') }),
  fc.record({ type: fc.constant('workload'), size: fc.integer({ min: 1, max: 2 ** 20 }).map((n) => n * 1024), words: fc.array(fc.constantFrom('thp', 'nothp', 'mlock', 'shared', 'file=/tmp/x'), { maxLength: 3 }) }),
  fc.record({ type: fc.constant('workload'), name: fc.constantFrom('heap', 'walk', 'web'), words: fc.constantFrom<string[]>([], ['seed=7'], ['seed=1']) }),
  fc.record({ type: fc.constant('wait'), events: fc.nat(2_000_000) }),
  fc.record({ type: fc.constant('wait'), ns: fc.nat(2 ** 31 - 1) }),
  fc.record({ type: fc.constant('wait'), end: fc.constant(true) }),
  fc.record({ type: fc.constant('wait'), idle: fc.constant(true) }),
  arbitraryExpectation.map((expectation) => ({ type: 'expect', expectation }) as const),
);
const instant = { command: fc.nat(999_999), events: fc.nat(999_999_999), settled: fc.boolean() } as const;
const branchName = visible.map((s) => s.slice(0, 20));
const arbitraryBranch: fc.Arbitrary<Statement> = fc.oneof(fc.record({ type: fc.constant('reached'), ...instant }), fc.record({ type: fc.constant('branch'), from: fc.constant(0), ...instant, name: branchName }));
const arbitraryShowing: fc.Arbitrary<Showing> = fc.oneof(
  fc.record({ type: fc.constant('view'), values: fc.dictionary(fc.stringMatching(/^[a-z][a-z-]{0,8}$/), fc.stringMatching(/^[\w.,:+-]{1,12}$/), { minKeys: 1, maxKeys: 4 }) }),
  fc.record({ type: fc.constant('start'), mode: fc.constantFrom(...START_MODES) }),
  fc.record({ type: fc.constant('moment'), ...instant, branch: fc.constant(0), digest: fc.nat(2 ** 32 - 1) }, { requiredKeys: ['type', 'command', 'events', 'settled'] }),
  fc.record({ type: fc.constant('bookmark'), branch: fc.constant(0), seq: fc.nat(2 ** 31 - 1), name: branchName }),

);
const aside: fc.Arbitrary<Statement> = fc.oneof(fc.record({ type: fc.constant('blank') }), fc.record({ type: fc.constant('comment'), text: visible.map((s) => s.trimEnd()) }));

/** Kinds that may stand once only. */
const ONCE = new Set(['title', 'recorded', 'edition', 'arch', 'memory', 'sockets', 'standby', 'cpus', 'seed', 'hypervisor', 'boot', 'initrd', 'profile', 'release', 'build', 'balloon', 'view', 'start', 'moment']);
function orderly(statements: readonly Statement[]): Statement[] {
  const seen = new Set<string>();
  const once = statements.filter((s) => !ONCE.has(s.type) || (!seen.has(s.type) && seen.add(s.type)));
  return seen.has('recorded') ? once.filter((s) => !['memory', 'sockets', 'standby', 'node', 'range', 'srat', 'initrd', 'virtio-mem', 'balloon', 'profile'].includes(s.type)) : once;
}
/** A whole scenario that the parser takes: the machine first, then a command, then whatever. */
export const arbitraryScenario: fc.Arbitrary<Scenario> = fc.tuple(fc.array(fc.oneof(arbitrarySetting, aside), { maxLength: 8 }), fc.array(fc.oneof(arbitraryStep, arbitraryShowing, aside), { maxLength: 12 }), fc.array(fc.oneof(arbitraryBranch, arbitraryStep), { maxLength: 4 })).map(([head, body, tail]) => {
  const branched = body.length === 0 ? [] : tail;
  const first = body.length === 0 ? [] : [{ type: 'shell', line: 'true', fresh: false } as const];
  const statements = orderly([...head, ...first, ...body, ...branched]);
  // A text has no blank line at its end.
  while (statements.at(-1)?.type === 'blank') statements.pop();
  return { statements };
});
