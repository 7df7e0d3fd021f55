import { describe, expect, test } from 'vitest';
import { ERRNO } from '../uapi/errno.ts';
import { tmpfs, tmpfsFrom } from '../fs/tmpfs.ts';
import { mayOpen, mountTree, permitted, placePath, rootPlace, walk, walkToDir } from './vfs.ts';
import { type DirNode, dirOf, linkTo, textFile } from './vnode.ts';

/** A tree with links: /a/b/f, /l → a/b, /up → .., /self → self, /abs → /a, /dangling → nowhere. */
const tree = (): DirNode => {
  const file = textFile(0o644, () => 'f');
  const b = dirOf(0o755, () => ({ f: file, back: linkTo('../..'), deep: linkTo('f') }));
  const a = dirOf(0o755, () => ({ b }));
  return dirOf(0o755, () => ({ a, l: linkTo('a/b'), self: linkTo('self'), abs: linkTo('/a'), dangling: linkTo('nowhere'), ...chain }));
};
const chain = Object.fromEntries(Array.from({ length: 42 }, (_, i) => [`c${i}`, linkTo(i === 41 ? 'a' : `c${i + 1}`)]));
/** Where a path leads: its canonical name, or the errno. */
function found(path: string, options: { cwd?: string; uid?: number; follow?: boolean; root?: DirNode } = {}): string | number {
  const root = options.root ?? tree();
  const cwd = walkToDir(root, rootPlace(root), options.cwd ?? '/', 0);
  if (typeof cwd === 'number') return cwd;
  const at = walk(root, cwd, path, options.uid ?? 0, options.follow ?? true);
  if (typeof at === 'number') return at;
  const dir = placePath(at.at);
  return `${at.node ? at.node.kind : 'nothing'} ${at.name === '' ? dir : `${dir === '/' ? '' : dir}/${at.name}`}`;
}

describe('walk', () => {
  test.each([
    ['/a/b/f', 'file /a/b/f'],
    ['a//b/./f', 'file /a/b/f'],
    ['/', 'dir /'],
    ['/../..', 'dir /'],
    ['a/b/..', 'dir /a'],
    ['l/f', 'file /a/b/f'],
    ['l', 'dir /a/b'],
    ['l/..', 'dir /a'],
    ['abs/b', 'dir /a/b'],
    ['a/b/back/a', 'dir /a'],
    ['a/b/deep', 'file /a/b/f'],
    ['new', 'nothing /new'],
    ['dangling', 'nothing /nowhere'],
    ['', -ERRNO.ENOENT],
    ['no/such', -ERRNO.ENOENT],
    ['a/b/f/x', -ERRNO.ENOTDIR],
    ['a/b/f/', -ERRNO.ENOTDIR],
    ['self', -ERRNO.ELOOP],
    ['c2', 'dir /a'],
    ['c1', -ERRNO.ELOOP],
  ])('%s is %s', (path, where) => {
    expect(found(path)).toBe(where);
  });
  test('a link at the end is the link itself for lstat, unless a / follows', () => {
    expect(found('l', { follow: false })).toBe('link /l');
    expect(found('l/', { follow: false })).toBe('dir /a/b');
  });
  test('relative paths start in the directory one is in', () => {
    expect(found('f', { cwd: '/l' })).toBe('file /a/b/f');
  });
  test('a directory nobody but root may search', () => {
    const root = dirOf(0o755, () => ({ secret: dirOf(0o700, () => ({ f: textFile(0o644, () => '') })) }));
    expect(found('secret/f', { root })).toBe('file /secret/f');
    expect(found('secret/f', { root, uid: 65534 })).toBe(-ERRNO.EACCES);
  });
});

describe('permission', () => {
  const file = (mode: number, kernfs = false) => textFile(mode, () => '', { kernfs });
  test.each([
    [0o644, 0, 4, true],
    [0o644, 65534, 4, true],
    [0o644, 65534, 2, false],
    [0o000, 0, 6, true],
    [0o644, 0, 1, false],
    [0o755, 65534, 1, true],
  ])('mode %o, uid %i, asked for %i: %s', (mode, uid, want, may) => {
    expect(permitted(file(mode), uid, want)).toBe(may);
  });
  test('sysfs holds root to the bits when a file is opened', () => {
    expect([mayOpen(file(0o444, true), 0, 2), mayOpen(file(0o444), 0, 2), mayOpen(file(0o200, true), 0, 4), mayOpen(file(0o644, true), 0, 6)]).toEqual([
      false,
      true,
      false,
      true,
    ]);
  });
});

describe('mountTree', () => {
  const base = tmpfs(tmpfsFrom({ 'etc/hostname': 'lab\n', 'sys/hidden': '' }));
  const sys = dirOf(0o555, () => ({ kernel: dirOf(0o555, () => ({ debug: dirOf(0o555, () => ({})) })) }));
  const debug = dirOf(0o700, () => ({ here: textFile(0o444, () => '') }));
  const root = mountTree(base, { sys, 'sys/kernel/debug': debug, 'usr/bin': dirOf(0o755, () => ({})) });
  test.each([
    ['/etc/hostname', 'file /etc/hostname'],
    ['/sys/hidden', 'nothing /sys/hidden'],
    ['/sys/kernel/debug/here', 'file /sys/kernel/debug/here'],
    ['/sys/kernel/debug/..', 'dir /sys/kernel'],
    ['/usr/bin', 'dir /usr/bin'],
  ])('%s', (path, where) => {
    expect(found(path, { root })).toBe(where);
  });
  test('mount points are listed, and cannot be removed', () => {
    expect(root.list().sort()).toEqual(['etc', 'sys', 'usr']);
    expect(root.remove?.('sys')).toBe(-ERRNO.EBUSY);
  });
});

test('who is in a directory that is removed finds nothing there, and the way out', () => {
  const names = new Set(['memory32']);
  const memory32 = dirOf(0o755, () => ({ state: textFile(0o644, () => 'online\n') }));
  const root = dirOf(0o755, () => Object.fromEntries([...names].map((n) => [n, memory32])));
  const cwd = walkToDir(root, rootPlace(root), 'memory32', 0);
  if (typeof cwd === 'number') throw new Error('no memory32');
  names.clear();
  const node = (path: string) => {
    const at = walk(root, cwd, path, 0, true);
    return typeof at === 'number' ? at : at.node?.kind === 'dir' ? at.node.list() : at.node;
  };
  expect([node('.'), node('state'), node('..')]).toEqual([[], undefined, []]);
});
