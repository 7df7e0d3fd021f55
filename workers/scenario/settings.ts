/** Statements about the machine: how each is read and printed. */
import type { Edition } from '../uapi/machine_description.ts';
import type { Cursor } from './cursor.ts';
import { quoted } from './diagnostic.ts';
import { MAX_ADDRESS, MAX_CPUS, MAX_MEMORY, MAX_NODES, MAX_SOCKETS } from './limits.ts';
import type { RangeType, Setting, StatementOf } from './scenario.ts';
import { formatAddress, formatSize, parseSize } from './units.ts';

export const EDITIONS = ['6.1', '3.11', '2.6.12-mhp'] as const satisfies readonly Edition[];
const CONTAINER_HIDS = ['ACPI0004', 'PNP0A05', 'PNP0A06'] as const;
/** Storage increment where none is given: a section of s390x, 256 MiB. */
const USUAL_INCREMENT = 2 ** 28;
const RANGE_TYPES: readonly RangeType[] = ['usable', 'reserved', 'ACPI data', 'ACPI NVS', 'persistent', 'unusable'];

/** How a statement is written, and how it is read once its keyword was. */
export interface Form<S> {
  readonly usage: string;
  readonly read: (c: Cursor) => S;
}
type Forms = { readonly [T in Setting['type']]: Form<StatementOf<T>> };

const NAME = /^[A-Za-z0-9][\w.+-]{0,63}$/;
const name = (c: Cursor, what: string): string => c.read(`${what} (letters, digits, . _ + -)`, (word) => (NAME.test(word) ? word : undefined));
function names(c: Cursor, what: string): string[] {
  const words = [name(c, what)];
  while (!c.done) words.push(name(c, what));
  return words;
}
const bounded = (c: Cursor, what: string): number => {
  const { column } = c;
  const size = c.size(what);
  return size <= MAX_MEMORY ? size : c.fail(`${formatSize(size)} is more than a machine can have here: at most ${formatSize(MAX_MEMORY)}.`, column);
};
/** 0x0-0x9ffff, both ends inclusive as the firmware's lines have them → end exclusive. */
function range(c: Cursor): { start: number; end: number } {
  const { column } = c;
  const found = c.read('a range such as 0x100000-0x3fffffff', (word) => {
    const [start, last] = word.split('-').map(parseSize);
    return start === undefined || last === undefined ? undefined : { start, end: last + 1 };
  });
  if (found.end <= found.start) c.fail('The range ends before it begins.', column);
  if (found.end > MAX_ADDRESS) c.fail(`The range ends beyond ${formatAddress(MAX_ADDRESS)}, where physical addresses end.`, column);
  return found;
}
const text = <T extends 'title' | 'note' | 'boot' | 'release' | 'build'>(type: T, usage: string): Form<{ readonly type: T; readonly text: string }> => ({
  usage, read: (c) => ({ type, text: c.rest('a text') }),
});
const named = <T extends 'recorded' | 'arch' | 'profile' | 'balloon'>(type: T, usage: string): Form<{ readonly type: T; readonly name: string }> => ({
  usage, read: (c) => ({ type, name: name(c, 'a name') }),
});

export const SETTING_FORMS: Forms = {
  title: text('title', 'title TEXT'),
  note: text('note', 'note TEXT'),
  tags: { usage: 'tags WORD…', read: (c) => ({ type: 'tags', words: names(c, 'a tag') }) },
  recorded: named('recorded', 'recorded MACHINE'),
  edition: { usage: `edition ${EDITIONS.join('|')}`, read: (c) => ({ type: 'edition', edition: c.one('an edition', EDITIONS) }) },
  arch: named('arch', 'arch NAME'),
  config: {
    usage: 'config OPTION=y|n…',
    read(c) {
      const options: Record<string, boolean> = {};
      do {
        const [key, on] = c.read('an option of the configuration (NAME=y or NAME=n)', (word) => {
          const m = /^([A-Z][A-Z0-9_]{0,63})=([yn])$/.exec(word);
          return m ? [m[1] as string, m[2] === 'y'] as const : undefined;
        });
        options[key] = on;
      } while (!c.done);
      return { type: 'config', options };
    },
  },
  memory: { usage: 'memory SIZE', read: (c) => ({ type: 'memory', size: bounded(c, 'the size of the memory') }) },
  sockets: {
    usage: 'sockets COUNT maxmem=SIZE',
    read(c) {
      const count = c.count('the number of sockets', MAX_SOCKETS);
      const { column } = c;
      const maxmem = c.options(['maxmem']).get('maxmem') ?? c.fail('maxmem=SIZE is missing: RAM and DIMMs together.', column);
      const size = parseSize(maxmem.text) ?? c.fail('maxmem= takes a size such as 8G.', maxmem.column);
      if (size > MAX_MEMORY) c.fail(`${formatSize(size)} is more than a machine can have here: at most ${formatSize(MAX_MEMORY)}.`, maxmem.column);
      return { type: 'sockets', count, maxmem: size };
    },
  },
  node: { usage: 'node NUMBER SIZE', read: (c) => ({ type: 'node', nid: c.count('the number of the node', MAX_NODES - 1), size: bounded(c, 'its size') }) },
  container: {
    usage: `container ${CONTAINER_HIDS.join('|')} sockets=N,N… [node=N]`,
    read(c) {
      const hid = c.one('the id of a container', CONTAINER_HIDS);
      const { column } = c;
      const options = c.options(['sockets', 'node']);
      const sockets = options.get('sockets') ?? c.fail('sockets=N,N… is missing: the numbers of its sockets, from 0.', column);
      const slots = /^\d{1,3}(,\d{1,3})*$/.test(sockets.text) ? sockets.text.split(',').map(Number) : c.fail('sockets= takes numbers such as 2,3.', sockets.column);
      const odd = slots.find((slot, i) => slot >= MAX_SOCKETS || slots.indexOf(slot) < i);
      if (odd !== undefined) c.fail(odd >= MAX_SOCKETS ? `Sockets are numbered below ${MAX_SOCKETS}.` : `Socket ${odd} is named twice.`, sockets.column);
      const node = options.get('node');
      if (node && !(/^\d{1,2}$/.test(node.text) && Number(node.text) < MAX_NODES)) c.fail(`node= takes a number below ${MAX_NODES}.`, node.column);
      return { type: 'container', hid, node: Number(node?.text ?? 0), slots };
    },
  },
  standby: {
    usage: 'standby SIZE [increment=SIZE]',
    read(c) {
      const size = bounded(c, 'the size of the standby memory');
      const increment = c.options(['increment']).get('increment');
      if (!increment) return { type: 'standby', size, increment: USUAL_INCREMENT };
      const value = parseSize(increment.text) ?? c.fail('increment= takes a size such as 256M.', increment.column);
      return { type: 'standby', size, increment: value <= MAX_MEMORY ? value : c.fail(`${formatSize(value)} is more than a machine can have here: at most ${formatSize(MAX_MEMORY)}.`, increment.column) };
    },
  },
  cpus: { usage: 'cpus COUNT', read: (c) => ({ type: 'cpus', n: c.count('the number of CPUs', MAX_CPUS) }) },
  seed: { usage: 'seed NUMBER', read: (c) => ({ type: 'seed', n: c.count('a seed', 2 ** 31 - 1) }) },
  hypervisor: { usage: 'hypervisor on|off', read: (c) => ({ type: 'hypervisor', on: c.one('an answer', ['on', 'off']) === 'on' }) },
  boot: text('boot', 'boot PARAMETER…'),
  range: {
    usage: 'range START-END TYPE',
    read(c) {
      const at = range(c);
      const { column } = c;
      const kind = c.rest('its type');
      return { type: 'range', ...at, kind: RANGE_TYPES.find((t) => t === kind) ?? c.fail(`${quoted(kind)} is not a type of firmware memory: expected ${RANGE_TYPES.join(', ')}.`, column) };
    },
  },
  srat: {
    usage: 'srat NODE START-END [hotplug]',
    read: (c) => ({ type: 'srat', nid: c.count('the number of the node', MAX_NODES - 1), ...range(c), hotplug: !c.done && c.one('hotplug or the end of the line', ['hotplug']) === 'hotplug' }),
  },
  initrd: { usage: 'initrd START-END', read: (c) => ({ type: 'initrd', ...range(c) }) },
  profile: named('profile', 'profile NAME'),
  release: text('release', 'release TEXT'),
  build: text('build', 'build TEXT'),
  modules: { usage: 'modules NAME…', read: (c) => ({ type: 'modules', words: names(c, 'a module') }) },
  'virtio-mem': {
    usage: 'virtio-mem ID memdev=ID size=SIZE [block=SIZE] [requested=SIZE] [node=N]',
    read(c) {
      const id = name(c, 'the device\'s id');
      const { column } = c;
      const options = c.options(['memdev', 'size', 'block', 'requested', 'node']);
      const size = (key: 'size' | 'block' | 'requested', fallback?: number): number => {
        const found = options.get(key);
        if (!found) return fallback ?? c.fail(`${key}= is missing.`, column);
        const value = parseSize(found.text) ?? c.fail(`${key}= takes a size such as 256M.`, found.column);
        return value <= MAX_MEMORY ? value : c.fail(`${formatSize(value)} is more than a machine can have here: at most ${formatSize(MAX_MEMORY)}.`, found.column);
      };
      const node = options.get('node');
      if (node && !(/^\d{1,2}$/.test(node.text) && Number(node.text) < MAX_NODES)) c.fail(`node= takes a number below ${MAX_NODES}.`, node.column);
      const memdev = options.get('memdev') ?? c.fail('memdev= is missing.', column);
      return {
        type: 'virtio-mem', id, memdev: NAME.test(memdev.text) ? memdev.text : c.fail('memdev= takes a name.', memdev.column),
        size: size('size'), blockSize: size('block', 2 ** 21), requestedSize: size('requested', 0), node: Number(node?.text ?? 0),
      };
    },
  },
  balloon: named('balloon', 'balloon ID'),
};

const inclusive = ({ start, end }: { readonly start: number; readonly end: number }): string => `${formatAddress(start)}-${formatAddress(end - 1)}`;

export function printSetting(s: Setting): string {
  switch (s.type) {
    case 'title': case 'note': case 'boot': case 'release': case 'build': return `${s.type} ${s.text}`;
    case 'tags': case 'modules': return `${s.type} ${s.words.join(' ')}`;
    case 'recorded': case 'arch': case 'profile': case 'balloon': return `${s.type} ${s.name}`;
    case 'edition': return `edition ${s.edition}`;
    case 'config': return `config ${Object.entries(s.options).map(([key, on]) => `${key}=${on ? 'y' : 'n'}`).join(' ')}`;
    case 'memory': return `memory ${formatSize(s.size)}`;
    case 'sockets': return `sockets ${s.count} maxmem=${formatSize(s.maxmem)}`;
    case 'node': return `node ${s.nid} ${formatSize(s.size)}`;
    case 'container': return `container ${s.hid} sockets=${s.slots.join(',')} node=${s.node}`;
    case 'standby': return `standby ${formatSize(s.size)} increment=${formatSize(s.increment)}`;
    case 'cpus': case 'seed': return `${s.type} ${s.n}`;
    case 'hypervisor': return `hypervisor ${s.on ? 'on' : 'off'}`;
    case 'range': return `range ${inclusive(s)} ${s.kind}`;
    case 'srat': return `srat ${s.nid} ${inclusive(s)}${s.hotplug ? ' hotplug' : ''}`;
    case 'initrd': return `initrd ${inclusive(s)}`;
    case 'virtio-mem': return `virtio-mem ${s.id} memdev=${s.memdev} size=${formatSize(s.size)} block=${formatSize(s.blockSize)} requested=${formatSize(s.requestedSize)} node=${s.node}`;
  }
}
