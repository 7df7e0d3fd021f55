import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { runToEnd } from '../kernel/kthread.ts';
import { ERRNO } from '../uapi/errno.ts';
import { type TmpfsDir, tmpfs, tmpfsDir, tmpfsFrom } from './tmpfs.ts';
import type { DirNode, FileNode } from '../kernel/vnode.ts';

const SEED = 20260102;
const fileIn = (dir: DirNode, name: string): FileNode => dir.lookup(name) as FileNode;
const write = (file: FileNode, data: string, offset: number): number => runToEnd((file.write as NonNullable<FileNode['write']>)(data, offset));

describe('a tree in memory', () => {
  test('what is written is read', () => {
    const root = tmpfs(tmpfsDir());
    const file = root.create?.('f', 0o644) as FileNode;
    expect([write(file, 'hello', 0), write(file, 'J', 0), write(file, '!', 7)]).toEqual([5, 1, 1]);
    expect(file.read(0, 100)).toBe('Jello\0\0!');
    expect([file.size(), file.truncate?.(2), file.read(0, 9), file.read(5, 9)]).toEqual([8, 0, 'Je', '']);
  });
  test('its state can be cloned, and the copy goes its own way', () => {
    const state = tmpfsFrom({ 'd/f': 'one' });
    const copy = structuredClone(state);
    write(fileIn(tmpfs(state).lookup('d') as DirNode, 'f'), 'two', 0);
    expect(fileIn(tmpfs(copy).lookup('d') as DirNode, 'f').read(0, 9)).toBe('one');
  });
  test('names: taken, missing, not empty', () => {
    const root = tmpfs(tmpfsFrom({ 'd/f': '' }));
    expect([root.mkdir?.('d', 0o755), root.remove?.('d'), root.remove?.('nope'), root.create?.('d', 0o644)]).toEqual([
      -ERRNO.EEXIST,
      -ERRNO.ENOTEMPTY,
      -ERRNO.ENOENT,
      -ERRNO.EEXIST,
    ]);
  });
  test('nothing can be made in a directory that was removed', () => {
    const root = tmpfs(tmpfsFrom({ 'd/': '' }));
    const gone = root.lookup('d') as DirNode;
    root.remove?.('d');
    expect([gone.create?.('f', 0o644), gone.mkdir?.('e', 0o755)]).toEqual([-ERRNO.ENOENT, -ERRNO.ENOENT]);
  });
  test('two names of one file are one file', () => {
    const root = tmpfs(tmpfsFrom({ f: 'x' }));
    root.link?.('g', fileIn(root, 'f'));
    write(fileIn(root, 'g'), 'y', 0);
    root.remove?.('f');
    expect(fileIn(root, 'g').read(0, 9)).toBe('y');
    expect(tmpfs(tmpfsDir()).link?.('h', fileIn(root, 'g'))).toBe(-ERRNO.EXDEV);
  });
  test('all files together have a limit; what is removed makes room', () => {
    const root = tmpfs(tmpfsDir(), { maxBytes: 10 });
    const [f, g] = ['f', 'g'].map((n) => root.create?.(n, 0o644) as FileNode) as [FileNode, FileNode];
    // What fits is written.
    expect([write(f, '12345678', 0), write(g, 'abc', 0), write(g, 'c', 2), write(f, '1234567', 0)]).toEqual([8, 2, -ERRNO.ENOSPC, 7]);
    root.remove?.('f');
    expect([write(g, 'abcdefghij', 0), write(g, 'k', 10)]).toEqual([10, -ERRNO.ENOSPC]);
  });
});

test(`any sequence of writes and cuts leaves what an array of bytes would hold (seed ${SEED})`, () => {
  const step = fc.oneof(fc.record({ offset: fc.nat(20), data: fc.string({ maxLength: 8 }) }), fc.record({ length: fc.nat(25) }));
  fc.assert(
    fc.property(fc.array(step, { maxLength: 12 }), (steps) => {
      const state: TmpfsDir = tmpfsDir();
      const file = tmpfs(state).create?.('f', 0o644) as FileNode;
      let model: string[] = [];
      for (const s of steps) {
        if ('length' in s) {
          file.truncate?.(s.length);
          model = Array.from({ length: s.length }, (_, i) => model[i] ?? '\0');
        } else if (s.data !== '') {
          write(file, s.data, s.offset);
          for (let i = model.length; i < s.offset; i++) model[i] = '\0';
          for (let i = 0; i < s.data.length; i++) model[s.offset + i] = s.data.charAt(i);
        }
      }
      expect(file.read(0, 1000)).toBe(model.join(''));
    }),
    { seed: SEED, numRuns: 300 },
  );
});
