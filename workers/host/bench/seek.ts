/**
 * Seeking anywhere in a session of ten minutes on a machine of 64 GiB. The session is made from a seed: processes fill gigabytes and go, blocks of memory full of
 * their pages go offline and come back, DIMMs are plugged, files are read, time passes. Then the machine is put to events drawn at random, and each time its digest is asked for, as the page
 * does. Beside each seek stands a plain copy of as many bytes as it had to write back at most: what any way of going back costs.
 */
import { createPrng } from '../../lib/prng.ts';
import { createHistory, type History, MAX_KEYFRAME_BYTES } from '../../machine/history.ts';
import { readClock } from '../../machine/clock.ts';
import type { Command } from '../../uapi/command.ts';
import { bootQemu } from './boot.ts';

const MEMORY = '64G,slots=4,maxmem=128G';
const CMDLINE = 'movablecore=40G';
const SEED = 1;
const TEN_MINUTES = 600e9;
const SEEKS = 200;
/** Events after which a person gives up on a command. */
const PATIENCE = 200_000;
export const SEEK = 'seek';
const STATE = '/sys/devices/system/memory';
/** Blocks, of 2 GiB on a machine of this size, that lie in ZONE_MOVABLE. */
const BLOCKS = { first: 13, count: 20 };

const sh = (line: string): Command => ({ type: 'shell', line });
/** What happens next, and how long it is quiet before that (ns). */
function* session(seed: number): Generator<{ readonly command: Command; readonly quiet: number }, void, void> {
  const { below } = createPrng(seed);
  const block = (): string => `${STATE}/memory${BLOCKS.first + below(BLOCKS.count)}/state`;
  for (let i = 0; ; i++) {
    const kinds: readonly (() => Command)[] = [
      () => sh(`mh anon ${256 + below(1024)} ${['', 'thp', 'nothp'][below(3)]}`),
      () => sh(`mh anon ${64 + below(512)}`),
      () => sh('kill -9 $(ls /tmp/mh.* | sed s/.*mh.// | tail -1); rm $(ls /tmp/mh.* | tail -1)'),
      () => sh(`echo offline > ${block()}`), () => sh(`echo offline > ${block()}`), () => sh(`echo offline > ${block()}`),
      () => sh(`for b in ${STATE}/memory*/state; do case $(cat $b) in offline) echo online_movable > $b;; esac; done`),
      () => sh('cat /proc/buddyinfo; sed -n 1,5p /proc/meminfo'), () => sh('lsmem | tail -4'), () => sh('dmesg | tail -3'),
      () => ({ type: 'qmp', execute: 'object-add', arguments: { 'qom-type': 'memory-backend-ram', id: `m${i}`, size: 2 ** 30 } }),
      () => ({ type: 'qmp', execute: 'device_add', arguments: { driver: 'pc-dimm', id: `d${i}`, memdev: `m${i - 1 - below(3)}` } }),
    ];
    yield { command: (kinds[below(kinds.length)] as () => Command)(), quiet: below(8) * 1e9 };
  }
}
interface Lived {
  readonly history: History;
  readonly commands: number;
  /** Processor time of the session itself, ms. */
  readonly ms: number;
}
/** Processor time of this process, ms: what other programs take does not count. */
const processor = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};
function live(): Lived {
  const history = createHistory(bootQemu(MEMORY, CMDLINE));
  const { machine } = history;
  const now = (): number => readClock(machine.kernel.mm.t);
  const begun = processor();
  let commands = 0;
  for (const { command, quiet } of session(SEED)) {
    if (now() >= TEN_MINUTES) break;
    machine.advance(quiet);
    machine.submit(command);
    // What finds no end gets ^C, as a person would type it.
    for (const { seq } = history.position(); machine.run(4096); ) if (history.position().seq - seq > PATIENCE) machine.submit({ type: 'signal', signal: 'SIGINT' });
    commands++;
  }
  return { history, commands, ms: processor() - begun };
}

export interface SeekFigures {
  readonly commands: number;
  readonly events: number;
  readonly keyframes: number;
  readonly keyframeBytes: number;
  /** Processor time, ms. */
  readonly median: number;
  readonly p99: number;
  readonly max: number;
  /** Median of a seek to the median of a plain copy of the bytes that a keyframe on the way holds on average. */
  readonly ratio: number;
  /** Processor time of the session, keyframes included: what living through all of it again would take. */
  readonly session: number;
  /** The machine is the same after all seeks as before. */
  readonly exact: boolean;
}
const at = (sorted: readonly number[], part: number): number => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] as number;

export function seekBench(): SeekFigures {
  const { history, commands, ms } = live();
  const { seq: events } = history.position();
  const { below } = createPrng(SEED + 1);
  const straight = history.machine.digest();
  const times: number[] = [];
  const copies: number[] = [];
  for (let i = 0; i < SEEKS; i++) {
    const to = below(events + 1);
    const begun = processor();
    history.seek(to);
    history.machine.digest();
    times.push(processor() - begun);
    const { count, bytes } = history.keyframes();
    const [a, b] = [new Uint8Array(bytes / count), new Uint8Array(bytes / count).fill(1)];
    const copied = processor();
    a.set(b);
    copies.push(processor() - copied);
  }
  history.seek(events);
  const sorted = times.toSorted((a, b) => a - b);
  const { count, bytes } = history.keyframes();
  return {
    commands, events, session: ms, keyframes: count, keyframeBytes: bytes, median: at(sorted, 0.5), p99: at(sorted, 0.99), max: at(sorted, 1),
    ratio: at(sorted, 0.5) / at(copies.toSorted((a, b) => a - b), 0.5), exact: history.machine.digest() === straight,
  };
}

export function printSeek(f: SeekFigures): void {
  const ms = (n: number): string => `${n.toFixed(1)} ms`;
  console.log(`${SEEK.padEnd(20)} ${f.ratio.toFixed(2).padStart(8)} ×   median ${ms(f.median)}, 99 of 100 under ${ms(f.p99)}, longest ${ms(f.max)}, of processor time`);
  console.log(`${' '.repeat(20)} ${SEEKS} events drawn from ${f.events} of a session of ten minutes and ${f.commands} commands on a machine of 64 GiB (${ms(f.session)} with its keyframes), against a plain copy of an average keyframe.`);
  console.log(`${' '.repeat(20)} ${f.keyframes} keyframes hold ${(f.keyframeBytes / 2 ** 20).toFixed(0)} MiB, at most ${MAX_KEYFRAME_BYTES / 2 ** 20}; digests after it ${f.exact ? 'equal' : 'DIFFER FROM'} the straight run's.`);
}
