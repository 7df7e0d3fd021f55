import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import process from 'node:process';
import { guest } from '../../testing/guest.ts';
import { main } from './main.ts';
import { candidates } from './terminal.ts';

describe('lab', () => {
  const said: string[] = [];
  beforeEach(() => {
    said.length = 0;
    vi.spyOn(console, 'log').mockImplementation((line: string) => { said.push(line); });
    vi.spyOn(console, 'error').mockImplementation((line: string) => { said.push(line); });
  });
  afterEach(() => { vi.restoreAllMocks(); });

  it.each([
    [['fly'], 'lab has no command "fly"; it has boot, sh, at, import, export, digest, fuzz, fragmentation, replay, conformance, run, fmt, lint, fuzz-links and help.'],
    [['boot', '--wings'], 'lab boot: Unknown option \'--wings\'.'],
    [['boot', 'now'], 'lab boot: "now" is one word too many.'],
    [['boot', '-m', '1G', '--machine', 'x.json'], 'lab boot: --machine excludes -m and --edition: the file says both.'],
    [['replay', 'q'], 'lab replay: --out DIR is missing: where the answers go.'],
    [['conformance'], 'lab conformance: The folder of recordings is missing.'],
    [['sh', '-c', 'true', 'x.sh'], 'lab sh: -c and a script exclude each other: "x.sh" is one word too many.'],
    [['sh', '--mount', 'here'], 'lab sh: --mount takes HOSTDIR:/path, not "here".'],
  ])('%j is refused in one sentence with status 2', async (argv, sentence) => {
    expect([await main(argv), said]).toEqual([2, [sentence]]);
  });

  it('explains itself', async () => {
    expect(await main(['help'])).toBe(0);
    expect(said.join('\n')).toMatch(/conformance DIR/);
  });

  it('boots a machine of a size and shows its zones', async () => {
    expect(await main(['boot', '-m', '1G'])).toBe(0);
    expect(said.slice(1, 3).map((line) => line.trim().split(/ +/).slice(0, 5))).toEqual([['0', 'DMA', '0x1', '4095', '3998'], ['0', 'DMA32', '0x1000', '258016', '258016']]);
  });

  it('goes back to an event, and does something else from there', async () => {
    const written: string[] = [];
    vi.spyOn(process.stdout, 'write').mockImplementation((bytes) => written.push(String(bytes)) > 0);
    expect(await main(['at', '0', '-m', '512M', '-c', 'x=1', '--branch', 'echo [$x]'])).toBe(0);
    expect(said[0]).toMatch(/^0 [0-9a-f]{8}$/);
    expect(written.join('')).toBe('[]\n');
  });

  it('prints the same digest twice, and another one after a command', async () => {
    const run = async (...argv: string[]): Promise<string | undefined> => {
      expect(await main(['digest', '-m', '512M', ...argv])).toBe(0);
      return said.pop();
    };
    const first = await run();
    expect(first).toMatch(/^\d+ [0-9a-f]{8}$/);
    expect([await run(), await run('-c', 'echo hello')]).toEqual([first, expect.not.stringMatching(`^${first}$`)]);
  });

  it('runs a script with arguments, and copies a folder in that is never written back', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'hotplug-lab-'));
    writeFileSync(join(folder, 'x.sh'), '#!/bin/bash\necho "$0 $# $1"; cat /mnt/data/x.sh | wc -l; echo gone > /mnt/data/x.sh; exit 7\n');
    const written: string[] = [];
    vi.spyOn(process.stdout, 'write').mockImplementation((bytes) => written.push(Buffer.from(bytes as Uint8Array).toString()) > 0);
    expect(await main(['sh', '-m', '512M', '--mount', `${folder}:/mnt/data`, join(folder, 'x.sh'), '--', 'a b', '-r'])).toBe(7);
    expect(written.join('')).toBe('/tmp/x.sh 2 a b\n2\n');
    expect(readFileSync(join(folder, 'x.sh'), 'utf8')).toMatch(/^#!/);
  });
  it('completes commands, paths and the words a file takes, as the page does', () => {
    const { machine } = guest('512M');
    const at = (line: string): [string[], string] => candidates(machine, line.replace('|', ''), line.indexOf('|'));
    expect(at('lsm|')).toEqual([['lsmem '], 'lsm']);
    expect(at('cat /sys/devices/system/memory/memory3/st|')).toEqual([['/sys/devices/system/memory/memory3/state '], '/sys/devices/system/memory/memory3/st']);
    expect(at('echo on| > /sys/devices/system/memory/memory3/state')).toEqual([['online', 'online_kernel', 'online_movable'], 'on']);
  });

  it('writes one answer file for each question', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'hotplug-lab-'));
    writeFileSync(join(folder, 'q.json'), JSON.stringify({ id: 'q', cmdline: '', qemu_args: ['-m', '512M'], steps: [{ run: 'echo hello' }] }));
    const out = join(folder, 'answers');
    expect(await main(['replay', folder, '--out', out])).toBe(0);
    expect(readdirSync(out)).toEqual(['q.json']);
    expect(JSON.parse(readFileSync(join(out, 'q.json'), 'utf8'))).toMatchObject({ id: 'q', steps: [{ run: 'echo hello', stdout: 'hello\n', stderr: '', exit: 0 }] });
  });
});
