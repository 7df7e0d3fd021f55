import { describe, expect, it } from 'vitest';
import { Failure } from './failure.ts';
import { parseMachine, unpackDump } from './machines.ts';

const machine = {
  format: 'hotplug-lab machine', version: 1, name: 'two blocks', edition: '6.1', arch: 'x86_64', memory: [{ start: 0, end: 2 ** 28, type: 'usable' }], numa: [], cmdline: 'nokaslr', cpus: 1,
  hypervisor: true, profile: 'bare',
};
const sentence = async (run: () => unknown): Promise<string> => {
  try {
    await run();
  } catch (error) {
    expect(error).toBeInstanceOf(Failure);
    return `${(error as Failure).message} ${(error as Failure).detail}`;
  }
  return 'accepted';
};

describe('a machine file', () => {
  it('is taken as it stands', () => {
    expect(parseMachine(machine, 'machines/m.json')).toEqual(machine);
  });
  it.each([
    ['another format', { ...machine, format: 'zip' }, 'format'],
    ['a later version', { ...machine, version: 2 }, 'version'],
    ['no memory', { ...machine, memory: [] }, 'memory'],
    ['half an address', { ...machine, memory: [{ start: 0, end: 1.5, type: 'usable' }] }, 'memory.0.end'],
    ['not an object', [], 'machines/m.json'],
  ])('with %s is refused, and the sentence names file and place', async (_, value, place) => {
    const said = await sentence(() => parseMachine(value, 'machines/m.json'));
    expect(said).toContain('machines/m.json');
    expect(said).toContain(place);
  });
});

const words = Uint32Array.of(1, 0, 0x400, 0);
const gzipped = new Uint8Array(await new Response(new Blob([words]).stream().pipeThrough(new CompressionStream('gzip'))).arrayBuffer());

describe('a dump of page flags', () => {
  const buffer = (data: Uint8Array): ArrayBuffer => Uint8Array.from(data).buffer;
  it('is unpacked', async () => {
    expect(Array.from(await unpackDump(buffer(gzipped), 'm.gz'))).toEqual([1, 0, 0x400, 0]);
  });
  it('is read as it is where the host has unpacked it already', async () => {
    expect(Array.from(await unpackDump(buffer(new Uint8Array(words.buffer)), 'm.gz'))).toEqual([1, 0, 0x400, 0]);
  });
  it.each([['cut short', gzipped.subarray(0, 12)], ['of a broken length', new Uint8Array(9)], ['empty', new Uint8Array(0)]])('%s is refused', async (_, data) => {
    expect(await sentence(() => unpackDump(buffer(data), 'm.gz'))).toContain('m.gz');
  });
});
