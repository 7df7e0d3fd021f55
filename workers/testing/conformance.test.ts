/** The score against the recorded 6.1: printed, held above its floors, and as high as it was asked to be. */
import { expect, it } from 'vitest';
import type { Score } from './conformance.ts';
import { expectShardsToCover, holdFloors, SHARDS } from './hold-floors.ts';

const recording = (score: Score, id: string) => {
  const found = score.recordings.find((r) => r.id === id);
  if (!found) throw new Error(`no recording named ${id}`);
  return found;
};

holdFloors('linux-6.1', SHARDS.conformance, (score) => {
  it('no group is left out', expectShardsToCover);
  it('rm-notifier-vs-uevent, one cycle of plug, online, offline and unplug, is equal in everything', () => {
    expect(recording(score(), 'rm-notifier-vs-uevent').diffs).toEqual([]);
  });
  it.each(['boot-mem-512M', 'boot-mem-1G', 'boot-mem-2G', 'boot-mem-4G'])('%s is equal in zones, sysfs and iomem', (id) => {
    expect(recording(score(), id).diffs.filter((d) => ['zones', 'sysfs', 'iomem'].includes(d.class))).toEqual([]);
  });
});
