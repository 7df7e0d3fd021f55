import { describe, expect, it } from 'vitest';
import { createPrng } from '../lib/prng.ts';
import { memoryForQemu } from '../init/firmware.ts';
import type { Command } from '../uapi/command.ts';
import { H_SEQ, H_TEXT_HEAD } from '../uapi/layout.ts';
import type { MachineDescription } from '../uapi/machine_description.ts';
import { readText, STREAM_STDOUT } from '../uapi/text.ts';
import { guest } from '../testing/guest.ts';
import { createMachine } from './machine.ts';
import { type Act, createHistory, type History } from './history.ts';
import type { Machine } from './types.ts';

const GiB = 2 ** 30;
const DESCRIPTION: MachineDescription = {
  format: 'hotplug-lab machine', version: 1, name: 'test', edition: '6.1', arch: 'x86_64', ...memoryForQemu(GiB), cmdline: 'movablecore=512M', cpus: 1, hypervisor: true,
  profile: 'debian-6.1-q35', slots: { count: 3, maxmem: 3 * GiB, ram: GiB }, modules: ['memory-notifier-error-inject'],
};
function boot(): Machine {
  const booted = createMachine({ description: DESCRIPTION });
  if (!booted.ok) throw new Error(booted.reason);
  return booted.machine;
}
const sh = (line: string): Command => ({ type: 'shell', line });
const qmp = (execute: string, args: Record<string, unknown>): Command => ({ type: 'qmp', execute, arguments: args });
const BLOCKS = '/sys/devices/system/memory';

/** What a person might do, in an order that only the seed decides. */
function session(seed: number): readonly { readonly command: Command; /** Events before it. */ readonly after: number }[] {
  const { below } = createPrng(seed);
  const one = (i: number): Command => {
    switch (below(14)) {
      case 0: return sh(`echo offline > ${BLOCKS}/memory${3 + below(6)}/state`);
      case 1: return sh(`echo online_movable > ${BLOCKS}/memory${3 + below(6)}/state`);
      case 2: return sh(`n=$((\${n:-0}+${below(9)})); echo "$n" >> /tmp/log; cat /tmp/log`);
      case 3: return qmp('object-add', { 'qom-type': 'memory-backend-ram', id: `m${i % 3}`, size: 2 ** 27 * (1 + below(2)) });
      case 4: return qmp('device_add', { driver: 'pc-dimm', id: `d${i % 3}`, memdev: `m${below(3)}` });
      case 5: return qmp('device_del', { id: `d${below(3)}` });
      case 6: return sh(`mh anon ${1 + below(60)} ${['', 'thp', 'nothp', 'pin', 'mlock'][below(5)]}`);
      case 7: return sh('kill -9 $(ls /tmp/mh.* | sed s/.*mh.//); rm /tmp/mh.*');
      case 8: return sh(`for i in 1 2 3; do sleep 0.${below(9)}; cat /proc/buddyinfo; done`);
      case 9: return sh(`sleep ${below(3)} & wait; echo $!`);
      case 10: return sh(`echo -${below(20)} > /sys/kernel/debug/notifier-error-inject/memory/actions/MEM_GOING_OFFLINE/error`);
      case 11: return sh(`cd /tmp; f${i}() { echo "$1 $n"; }; f${i} ${i}; chmod 6${below(8)}0 ${BLOCKS}/memory1/state; ls -l ${BLOCKS}/memory1/state`);
      case 12: return { type: 'signal', signal: 'SIGINT' };
      default: return sh('sed -n 2p /proc/meminfo; grep -E "^(numa_|pgalloc_|pgfree|pgfault)" /proc/vmstat; dmesg | tail -2');
    }
  };
  return Array.from({ length: 14 }, (_, i) => ({ command: one(i), after: below(4) === 0 ? 1 + below(300) : 20_000 }));
}
/** Digests of a straight run at some of the places where it can stand still, by event. */
function straight(seed: number): { digests: Map<number, number>; last: { seq: number; digest: number } } {
  const machine = boot();
  const digests = new Map<number, number>();
  const seq = (): number => machine.kernel.mm.t.header[H_SEQ] as number;
  const { below } = createPrng(seed * 7 + 1);
  for (const { command, after } of session(seed)) {
    machine.submit(command);
    for (const end = seq() + after; seq() < end; ) {
      const target = seq() + Math.min(1 + below(300), end - seq());
      const more = machine.run(target - seq());
      // Where nothing was left to do before, turns without events may have followed: not the first place at which that event had happened.
      if (seq() >= target) digests.set(seq(), machine.digest());
      if (!more) break;
    }
  }
  return { digests, last: { seq: seq(), digest: machine.digest() } };
}
function lived(seed: number, limit?: number): History {
  const history = createHistory(boot(), limit);
  for (const { command, after } of session(seed)) {
    history.machine.submit(command);
    history.machine.run(after);
  }
  return history;
}

describe('going back and forth', () => {
  it.each([1, 2, 3, 4, 5, 6, 7, 8])('is exact: seed %i, every place of the straight run has the same digest', (seed) => {
    const { digests, last } = straight(seed);
    const history = lived(seed);
    expect([history.position().seq, history.machine.digest()]).toEqual([last.seq, last.digest]);
    const places = [...digests].sort(([a], [b]) => ((a * 7919) % 1009) - ((b * 7919) % 1009)).slice(0, 12);
    for (const [seq, digest] of places) {
      history.seek(seq);
      expect([history.position().seq, history.machine.digest()]).toEqual([seq, digest]);
    }
    history.seek(last.seq);
    expect(history.machine.digest()).toBe(last.digest);
  });

  it.each([2, 5])('is exact with little room for keyframes as well, and uses that room: seed %i', (seed) => {
    const { digests } = straight(seed);
    const all = lived(seed).keyframes();
    const limit = Math.floor(all.bytes * 0.8);
    const history = lived(seed, limit);
    const { count, bytes } = history.keyframes();
    expect(bytes).toBeLessThanOrEqual(limit);
    expect(count).toBeLessThan(all.count);
    // What was thinned out gave its room back.
    expect(count).toBeGreaterThan(all.count / 3);
    for (const [seq, digest] of [...digests].filter((_, i) => i % 9 === 0)) {
      history.seek(seq);
      expect([history.position().seq, history.machine.digest()]).toEqual([seq, digest]);
      expect(history.keyframes().bytes).toBeLessThanOrEqual(limit);
    }
  });

  it.each([1, 4, 9])('doing the same again comes to the same: seed %i, from several places', (seed) => {
    const history = lived(seed);
    const commands = session(seed);
    const end = history.position();
    const digest = history.machine.digest();
    const acts = history.acts();
    expect(acts).toHaveLength(commands.length);
    for (const again of [11, 6, 2]) {
      // Just before the command was typed, and from there on by hand: a branch of its own that comes to the same end.
      const { turn } = acts[again] as Act;
      history.seek({ turn, acts: again }, 0);
      for (const { command, after } of commands.slice(again)) {
        history.machine.submit(command);
        history.machine.run(after);
      }
      expect({ ...history.position(), digest: history.machine.digest() }).toEqual({ ...end, branch: history.branches().length - 1, digest });
    }
    expect(history.branches().map(({ from }) => from?.branch)).toEqual([undefined, 0, 0, 0]);
  });


  it('the shell goes back as well: variables, directory, functions, jobs, files', () => {
    const history = createHistory(boot());
    const say = (line: string): string => {
      const before = history.machine.kernel.mm.t.header[H_TEXT_HEAD] as number;
      history.machine.submit(sh(line));
      while (history.machine.run(10_000));
      let out = '';
      for (let id = before; id < (history.machine.kernel.mm.t.header[H_TEXT_HEAD] as number); id++) {
        const row = readText(history.machine.kernel.mm.t, id);
        if (row?.stream === STREAM_STDOUT) out += row.text;
      }
      return out;
    };
    say('x=1; cd /tmp; f() { echo one; }; echo a > file');
    const there = history.position();
    expect(say('x=2; cd /sys; f() { echo two; }; echo b >> /tmp/file; echo $x $PWD $(f) $(cat /tmp/file)')).toBe('2 /sys two a b\n');
    history.seek(there.seq);
    expect(say('echo $x $PWD $(f) $(cat /tmp/file)')).toBe('1 /tmp one a\n');
  });

  it('what a person does in between is no matter of the clock: waiting and standing by are lived again', () => {
    const history = createHistory(boot());
    const { machine } = history;
    machine.submit(sh('sleep 5; echo awake'));
    machine.run(1000, 2e9);
    machine.advance(1e9);
    machine.submit(sh('date +%s > /tmp/then'));
    while (machine.run(1000));
    const digest = machine.digest();
    history.seek(1);
    history.seek(Number.POSITIVE_INFINITY);
    expect(machine.digest()).toBe(digest);
    expect(machine.read('/tmp/then')).toEqual({ ok: true, text: '1767225603\n' });
  });

  it('both futures stay, and can be named', () => {
    const history = createHistory(boot());
    history.machine.submit(sh(`echo offline > ${BLOCKS}/memory5/state`));
    while (history.machine.run(10_000));
    const offline = history.position();
    history.seek(0);
    expect(history.atEnd()).toBe(false);
    history.machine.submit(sh('mh anon 16'));
    while (history.machine.run(10_000));
    history.name(1, 'with a process');
    expect(history.branches().map(({ id, name, from, end }) => ({ id, name, from: from?.seq, end: end.seq > 0 }))).toEqual([
      { id: 0, name: '', from: undefined, end: true }, { id: 1, name: 'with a process', from: 0, end: true },
    ]);
    history.seek(offline, 0);
    expect(history.position()).toEqual(offline);
    expect(history.machine.read('/sys/devices/system/memory/memory5/state')).toEqual({ ok: true, text: 'offline\n' });
    history.seek(Number.POSITIVE_INFINITY, 1);
    expect(history.machine.read('/sys/devices/system/memory/memory5/state')).toEqual({ ok: true, text: 'online\n' });
    expect(() => history.seek(0, 7)).toThrow('there is no branch 7');
  });
});

it('what a module said while the machine booted is the first of its past, and nothing lies before it', () => {
  const { machine } = guest('1G,slots=4,maxmem=16G', { mods: ['virtio_pci', 'virtio_mem'], qemu: ['-object', 'memory-backend-ram,id=vmem0,size=1G', '-device', 'virtio-mem-pci,id=vm0,memdev=vmem0'] });
  const boot = { seq: machine.kernel.mm.t.header[H_SEQ] as number, digest: machine.digest() };
  expect(boot.seq).toBeGreaterThan(0);
  const history = createHistory(machine);
  history.machine.submit(sh('cat /proc/buddyinfo'));
  while (history.machine.run(20_000));
  expect(history.past().words(0).length / 8).toBe(history.position().seq);
  for (const seq of [0, 1, boot.seq]) {
    history.seek(seq);
    expect({ seq: history.position().seq, digest: machine.digest() }).toEqual(boot);
    history.seek(Number.POSITIVE_INFINITY);
  }
});

describe('processes that only keep memory', () => {
  it.each(['mh anon 40 nothp', 'workload heap size=4M rounds=3 seed=2'])('%s: a keyframe from its time is good after it was killed, and its life can end otherwise', (line) => {
    const straightly = boot();
    const history = createHistory(boot());
    const digests = new Map<number, number>();
    const all = [sh(line), sh(`echo offline > ${BLOCKS}/memory5/state`), { type: 'signal', signal: 'SIGINT' } as const, sh('cat /proc/buddyinfo'), sh('pkill -9 -f "mh|workload"; kill -9 $(ls /tmp | sed -n s/mh.//p); ps'), sh('mh anon 8')];
    for (const command of all) {
      for (const machine of [straightly, history.machine]) {
        machine.submit(command);
        while (machine.run(10_000));
      }
      digests.set(history.position().seq, straightly.digest());
    }
    const places = [...digests];
    for (const [seq, digest] of [...places.toReversed(), ...places]) {
      history.seek(seq);
      expect([history.position().seq, history.machine.digest()]).toEqual([seq, digest]);
    }
    // It hears of ^C again, and dies again, on another branch.
    history.seek((places[0] as [number, number])[0]);
    const before = history.machine.digest();
    for (const command of all.slice(1)) {
      history.machine.submit(command);
      while (history.machine.run(10_000));
    }
    expect(history.branches()).toHaveLength(2);
    expect([history.position().seq, history.machine.digest()]).toEqual(places.at(-1));
    // Nothing has to be lived through but what follows the keyframe.
    history.seek((places[0] as [number, number])[0], 0);
    expect(history.machine.digest()).toBe(before);
  });
});
