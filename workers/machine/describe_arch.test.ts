/** A scenario names its kernel three times over: edition, architecture (with its pages), configuration. */
import { describe, expect, it } from 'vitest';
import { diagnosticLine } from '../scenario/diagnostic.ts';
import { parseScenario } from '../scenario/parse.ts';
import { describeScenario } from './describe.ts';
import { createMachine } from './machine.ts';

function boot(text: string): string {
  const parsed = parseScenario(`scenario 1\n${text}`);
  if (!parsed.ok) throw new Error(parsed.errors.map(diagnosticLine).join('\n'));
  const described = describeScenario(parsed.scenario);
  if (!described.ok) return described.reason;
  const booted = createMachine(described.request);
  if (!booted.ok) return booted.reason;
  const { mm } = booted.machine.kernel;
  const block = booted.machine.read('/sys/devices/system/memory/block_size_bytes');
  return [mm.edition.name, mm.geometry.machine, `${mm.geometry.page_size / 1024}K`, block.ok ? block.text.trim() : block.reason].join(' ');
}

describe('a scenario\'s kernel', () => {
  it.each([
    ['memory 1G', '6.1 x86_64 4K 8000000'],
    ['memory 1G\nedition 2.6.12-mhp', '2.6.12-mhp i686 4K 10000000'],
    ['memory 1G\nedition 2.6.12-mhp\narch i386', '2.6.12-mhp i686 4K 10000000'],
    ['memory 2G\narch arm64', '6.1 aarch64 4K 8000000'],
    ['memory 2G\narch arm64-64K\nsockets 2 maxmem=8G', '6.1 aarch64 64K 20000000'],
    ['arch ppc64\nnode 0 512M\nnode 1 512M', '6.1 ppc64le 4K 1000000'],
    ['memory 2G\narch s390x', '6.1 s390x 4K 10000000'],
    ['memory 2G\narch ia64', '6.1 ia64 16K 40000000'],
    ['memory 1G\narch arm64-8K', 'There is no machine of architecture arm64-8K.'],
    ['memory 1G\nedition 3.11\narch s390x', 'Linux 3.11 is built for x86_64 here, not for s390x.'],
    ['memory 1G\nconfig MIGRATION=n', 'CONFIG_MEMORY_HOTREMOVE needs CONFIG_MIGRATION.'],
  ])('%j: %s', (text, expected) => { expect(boot(text)).toBe(expected); });
});
