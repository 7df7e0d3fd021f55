/** The score against the recorded kernel: printed, held above its floors, and complete where an issue asked for it. */
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { conformance, dropsBelow, type Floors, type Score, summaryLines } from './conformance.ts';
import { replay } from './replay.ts';
import { simulator } from './simulator.ts';

const folder = fileURLToPath(new URL('./linux-6.1/', import.meta.url));
const floorsFile = new URL('./linux-6.1/floors.json', import.meta.url);

describe('conformance with the recordings of Linux 6.1', () => {
  let score: Score;
  beforeAll(() => {
    score = conformance(folder, (question) => replay(question, simulator));
    for (const line of summaryLines(score)) console.log(line);
  }, 600_000);

  const recording = (id: string) => {
    const found = score.recordings.find((r) => r.id === id);
    if (!found) throw new Error(`no recording named ${id}`);
    return found;
  };

  it('falls in no figure below what it was (renew the floors: linux-6.1/README.md)', () => {
    expect(existsSync(floorsFile), 'floors.json is there').toBe(true);
    expect(dropsBelow(JSON.parse(readFileSync(floorsFile, 'utf8')) as Floors, score)).toEqual([]);
  });
  it('rm-notifier-vs-uevent, one cycle of plug, online, offline and unplug, is equal in everything', () => {
    expect(recording('rm-notifier-vs-uevent').diffs).toEqual([]);
  });
  it.each(['boot-mem-512M', 'boot-mem-1G', 'boot-mem-2G', 'boot-mem-4G'])('%s is equal in zones, sysfs and iomem', (id) => {
    expect(recording(id).diffs.filter((d) => ['zones', 'sysfs', 'iomem'].includes(d.class))).toEqual([]);
  });
});
