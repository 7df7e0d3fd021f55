/** The session and the seeks in a process of its own: `node.js SEEKS` prints what run.ts shows. Its first lines say what is done. */
import '../../../usr/bin/user_space.ts';
import { createPrng } from '../../../lib/prng.ts';
import { createHistory, type History } from '../../../machine/history.ts';
import { readClock } from '../../../machine/clock.ts';
import { rehearse } from '../../../machine/rehearse.ts';
import type { Command } from '../../../uapi/command.ts';
import { bootQemu } from '../boot.ts';

const MEMORY = '64G,slots=4,maxmem=128G';
const CMDLINE = 'movablecore=40G';
const SEED = 1;
const TEN_MINUTES = 600e9;
/** Of each hundred seeks: how many are one event back from a place in the middle of a command, and how many follow a slider. */
const STEPS = 0.25;
const DRAGS = 0.25;
/** Events after which a person gives up on a command. */
const PATIENCE = 200_000;
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

/** ms. */
interface Times {
  readonly seeks: number;
  readonly median: number;
  readonly p99: number;
  readonly max: number;
}
/** One seek, and what took its time, ms: putting a keyframe back, living on from there, and the digest. */
export interface SlowSeek {
  readonly kind: string;
  readonly from: number;
  readonly to: number;
  /** The command it leads into. */
  readonly command: string;
  /** Event of the keyframe, and what was lived from there. */
  readonly keyframe: number;
  readonly events: number;
  readonly ms: number;
  readonly putBack: number;
  readonly lived: number;
  readonly digest: number;
}
export interface SeekFigures {
  readonly commands: number;
  readonly events: number;
  readonly keyframes: number;
  readonly keyframeBytes: number;
  /** By kind of place: the first seek of the session, all that were drawn at random, those in an offline, in a loop of onlines, elsewhere; one event back; following a slider. */
  readonly by: Readonly<Record<string, Times>>;
  readonly all: Times;
  /** The same on the wall, but for the first: the compiler's and the collector's threads work beside. Of a computer that does other things, it says what these take. */
  readonly wall: Times;
  readonly firstWall: number;
  /** Median of a seek to the median of a plain copy of as many bytes as all keyframes hold. */
  readonly ratio: number;
  /** Processor time of the session, keyframes included: what living through all of it again would take. */
  readonly session: number;
  /** The machine is the same after all seeks as before. */
  readonly exact: boolean;
  /** The three that took longest. */
  readonly slowest: readonly SlowSeek[];
}
const SLOWEST = 3;
/** Seeks between two copies of what all keyframes hold. */
const COPY_EVERY = 8;
const at = (sorted: readonly number[], part: number): number => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0;
function timesOf(ms: readonly number[]): Times {
  const sorted = ms.toSorted((a, b) => a - b);
  return { seeks: ms.length, median: at(sorted, 0.5), p99: at(sorted, 0.99), max: at(sorted, 1) };
}

function seekBench(seeks: number): SeekFigures {
  const { history, commands, ms } = live();
  // As the page does it when a machine rests for the first time.
  rehearse();
  const { seq: events } = history.position();
  const { below } = createPrng(SEED + 1);
  const straight = history.machine.digest();
  const typed = history.acts().filter(({ what }) => what.type === 'command');
  const commandAt = (seq: number): string => {
    const what = typed.findLast((act) => act.seq < seq)?.what;
    if (what?.type !== 'command') return '';
    return what.command.type === 'shell' ? what.command.line : what.command.type === 'qmp' ? what.command.execute : what.command.signal;
  };
  const kindOf = (seq: number): string => {
    const line = commandAt(seq);
    return line.startsWith('echo offline') ? 'in an offline' : line.startsWith('for ') ? 'in a loop of onlines' : 'elsewhere';
  };
  const times = { 'the first of all': [], anywhere: [], 'in an offline': [], 'in a loop of onlines': [], elsewhere: [], 'one event back': [], 'after a slider': [] } as Record<string, number[]>;
  const all: SlowSeek[] = [];
  const walls: number[] = [];
  const timed = (to: number, kind: string, ...kinds: readonly string[]): void => {
    const from = history.position().seq;
    const clock = performance.now();
    const begun = processor();
    const way = history.begin(to);
    const keyframe = history.position().seq;
    const put = processor();
    way.proceed(Number.POSITIVE_INFINITY);
    const there = processor();
    history.machine.digest();
    const end = processor();
    walls.push(performance.now() - clock);
    for (const name of [kind, ...kinds]) times[name]?.push(end - begun);
    all.push({ kind, from, to, command: commandAt(to), keyframe, events: history.position().seq - keyframe, ms: end - begun, putBack: put - begun, lived: there - put, digest: end - there });
  };
  const copies: number[] = [];
  timed(below(events + 1), 'the first of all');
  for (let i = 0; i < seeks; i++) {
    const to = below(events + 1);
    timed(to, 'anywhere', kindOf(to));
    if (i % COPY_EVERY === 0) {
      const { bytes } = history.keyframes();
      const [a, b] = [new Uint8Array(bytes).fill(2), new Uint8Array(bytes).fill(1)];
      const copied = processor();
      a.set(b);
      copies.push(processor() - copied);
    }
    if (below(100) < STEPS * 100) timed(history.find('event', -1) as number, 'one event back');
  }
  // To and fro, a hundredth of the way between two looks.
  for (let i = 0, place = 0.3; i < seeks * DRAGS; i++) {
    place = Math.min(1, Math.max(0, place + (below(4) - 1) / 100));
    timed(Math.floor(events * place), 'after a slider');
  }
  history.seek(events);
  const { count, bytes } = history.keyframes();
  return {
    commands, events, session: ms, keyframes: count, keyframeBytes: bytes, by: Object.fromEntries(Object.entries(times).filter(([, some]) => some.length > 0).map(([kind, some]) => [kind, timesOf(some)])),
    all: timesOf(all.map((seek) => seek.ms)), wall: timesOf(walls.slice(1)), firstWall: walls[0] as number, slowest: all.toSorted((a, b) => b.ms - a.ms).slice(0, SLOWEST),
    ratio: timesOf(times.anywhere as number[]).median / timesOf(copies).median, exact: history.machine.digest() === straight,
  };
}
console.log(JSON.stringify(seekBench(Number(process.argv[2]))));
