import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { main } from './main.ts';

describe('lab', () => {
  const said: string[] = [];
  beforeEach(() => {
    said.length = 0;
    vi.spyOn(console, 'log').mockImplementation((line: string) => { said.push(line); });
    vi.spyOn(console, 'error').mockImplementation((line: string) => { said.push(line); });
  });
  afterEach(() => { vi.restoreAllMocks(); });

  it.each([
    [['fly'], 'lab has no command "fly"; it has boot, sh, import, export, digest, replay, conformance, run, fmt, lint and help.'],
    [['boot', '--wings'], 'lab boot: Unknown option \'--wings\'.'],
    [['boot', 'now'], 'lab boot: "now" is one word too many.'],
    [['boot', '-m', '1G', '--machine', 'x.json'], 'lab boot: --machine excludes -m and --edition: the file says both.'],
    [['replay', 'q'], 'lab replay: --out DIR is missing: where the answers go.'],
    [['conformance'], 'lab conformance: The folder of recordings is missing.'],
    [['sh'], 'lab sh: -c COMMAND is missing: what to run.'],
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

  it('prints the same digest twice, and another one after a command', async () => {
    const run = async (...argv: string[]): Promise<string | undefined> => {
      expect(await main(['digest', '-m', '512M', ...argv])).toBe(0);
      return said.pop();
    };
    const first = await run();
    expect(first).toMatch(/^\d+ [0-9a-f]{8}$/);
    expect([await run(), await run('-c', 'echo hello')]).toEqual([first, expect.not.stringMatching(`^${first}$`)]);
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
