import { describe, expect, it } from 'vitest';
import { documentsAt, stripped } from './conformance.ts';
import { changesIn, noiseOf, residual, shapeOf } from './free_changes.ts';
import { replay } from './replay.ts';
import { simulator } from './simulator.ts';

/** Recordings with more than one look at free memory, on machines of one node. */
const RECORDED = [
  'account-memmap-off', 'account-memmap-on', 'boot-memmap_on_memory', 'boot-memmap_on_memory-off', 'off-all-movable', 'off-anon', 'off-empty-movable', 'zone-all-offline', 'zone-spans',
] as const;
/** Recorded with an agent that did not yet lock its memory, which a question does not tell: 3400 pages of it lie in another zone than here. Only its noise counts. */
const OTHER_AGENT = 'off-all-movable';
const recordings = documentsAt(new URL('./linux-6.1/', import.meta.url).pathname).map(({ json }) => json);
const real = RECORDED.flatMap((id) => changesIn(id, recordings.find((r) => r.id === id)?.steps ?? []));
const noise = noiseOf(real);

describe('free memory, before and after a command', () => {
  it('two real runs of the same command differ: that is the noise', () => {
    expect({ changes: real.length, ...noise }).toEqual({ changes: 53, free: 38, largest: 2, pairs: 215 });
  });
  it.each(RECORDED.filter((id) => id !== OTHER_AGENT))('%s: no change is further from a real one than two real runs of that command are from each other', (id) => {
    const recording = recordings.find((r) => r.id === id) as (typeof recordings)[number];
    const answered = changesIn(id, replay(stripped(recording), simulator).steps);
    const far: string[] = [];
    /** Largest chunks, real and ours, since the first look: a chunk that one broke a command earlier than the other is no difference. */
    const largest = new Map<string, number>();
    for (const [i, { commands, zones }] of real.filter((change) => change.recording === id).entries()) {
      for (const [zone, { free, chunks }] of zones) {
        const mine = answered[i]?.zones.get(zone) ?? { free: 0, chunks: [0] };
        const alike = real.filter((r) => shapeOf(r.commands) === shapeOf(commands)).flatMap((r) => r.zones.get(zone)?.free ?? []).filter((pages) => pages - residual(pages) === free - residual(free));
        const distance = Math.min(...alike.map((pages) => Math.abs(mine.free - pages)));
        largest.set(zone, (largest.get(zone) ?? 0) + (mine.chunks.at(-1) as number) - (chunks.at(-1) as number));
        // A step of several commands has the noise of each.
        if (distance > noise.free * commands.length || Math.abs(largest.get(zone) as number) > noise.largest * commands.length) far.push(`look ${i + 1}, zone ${zone}: ${mine.free} pages where the real kernel had ${alike.join(', ')}; ${largest.get(zone)} largest chunks more`);
      }
    }
    expect(far).toEqual([]);
  });
});
