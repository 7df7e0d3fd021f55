import { describe, expect, it } from 'vitest';
import { diagnosticLine } from '../scenario/diagnostic.ts';
import { parseScenario } from '../scenario/parse.ts';
import { stepsOf } from '../scenario/scenario.ts';
import { H_RUNNING, H_SEQ } from '../uapi/layout.ts';
import { describeScenario } from './describe.ts';
import { createMachine } from './machine.ts';
import { createPlayer, type Note, type Player } from './player.ts';
import type { Machine } from './types.ts';

const MEMORY = '/sys/devices/system/memory';
const HEAD = 'scenario 1\nmemory 512M\nsockets 4 maxmem=2G\n';

function read(text: string) {
  const parsed = parseScenario(text);
  if (!parsed.ok) throw new Error(parsed.errors.map(diagnosticLine).join('\n'));
  return parsed.scenario;
}
/** A body on a machine of 512 MiB with sockets, not yet played. */
function prepared(body: string): { machine: Machine; player: Player } {
  const scenario = read(`${HEAD}${body}`);
  const described = describeScenario(scenario);
  if (!described.ok) throw new Error(described.reason);
  const booted = createMachine(described.request);
  if (!booted.ok) throw new Error(booted.reason);
  return { machine: booted.machine, player: createPlayer(booted.machine, stepsOf(scenario)) };
}
/** Plays it, so many events at a time. */
function play(body: string, events = 4096): { notes: Note[]; digest: number; seq: number } {
  const { machine, player } = prepared(body);
  const notes: Note[] = [];
  while (!player.done()) {
    player.run(events);
    notes.push(...player.take());
  }
  return { notes, digest: machine.digest(), seq: machine.kernel.mm.t.header[H_SEQ] as number };
}
const differences = (body: string): string[] => play(body).notes.flatMap((n) => (n.type === 'failed' ? [n.difference] : []));

describe('a scenario that is played', () => {
  it('meets its expectations: a DIMM is plugged, brought online as Movable, and taken out', () => {
    const { notes } = play(`caption A DIMM of two blocks.
plug d0 256M
  expect memory32 offline
  expect memory33 offline
  expect events has "add_memory memory32 pages=65536"
$ echo online_movable > ${MEMORY}/memory32/state
  expect exit 0
  expect memory32 online Movable
  expect events has "uevent online memory32"
unplug d0
  expect memory32 absent
  expect ${MEMORY}/memory33 absent
  expect events has "qmp DEVICE_DELETED"
`);
    expect(notes.filter((n) => n.type === 'failed')).toEqual([]);
    expect(notes.filter((n) => n.type === 'met').length).toBe(9);
    expect(notes[0]).toMatchObject({ type: 'caption', text: 'A DIMM of two blocks.', seq: 0 });
  });

  it('is the same course whatever the pace', () => {
    const body = `plug d0 128M\n$ echo online > ${MEMORY}/memory32/state\n$ mh anon 30 nothp; sleep 0.1\nwait 7 events\n$ echo two\nwait 2s\n$ echo three\n`;
    const [fast, slow] = [play(body), play(body, 1)];
    expect({ digest: slow.digest, seq: slow.seq }).toEqual({ digest: fast.digest, seq: fast.seq });
    expect(slow.notes.filter((n) => n.type === 'command')).toEqual(fast.notes.filter((n) => n.type === 'command'));
  });

  it('waits from where the command took effect: events, time, its end', () => {
    const starts = (wait: string): number[] => play(`$ sleep 1\n${wait}\n$ true\n`).notes.flatMap((n) => (n.type === 'command' ? [n.seq] : []));
    const [one, all] = [starts('wait 1 events'), starts('wait end')];
    expect(one[0]).toBe(all[0]);
    expect(one[1]).toBeLessThan(all[1] as number);
    expect(differences('$ sleep 5\nwait 2s\n  expect running\nwait 6s\n  expect ended\n')).toEqual([]);
  });

  it('comes to rest although a workload waits in the background for its end', () => {
    const { machine, player } = prepared('workload 4M nothp\n');
    while (!player.done()) player.run(64);
    expect([machine.idle(), machine.kernel.mm.t.header[H_RUNNING], machine.run(1)]).toEqual([true, 0, false]);
  });
  it('ends a loop by a signal', () => {
    expect(differences('$ while :; do :; done\nwait 10ms\n  expect running\nsignal SIGINT\nwait end\n  expect exit 130\n')).toEqual([]);
  });
  it('gives up a loop that nobody ends', () => {
    expect(differences('$ while :; do :; done\n$ echo never\n')).toEqual(['the command says nothing and does not end; end it with "signal SIGINT" after a "wait 10ms"']);
  });
  it('gives up a command that waits for what never comes', () => {
    expect(differences('$ sleep infinity\n')).toEqual(['the command has not ended, and nothing is left to do']);
  });
});

describe('an expectation that fails says how', () => {
  it.each([
    ['$ false\nexpect exit 0', 'exit 1, expected exit 0'],
    ['$ echo one\nexpect stdout is "two"', 'stdout is "one\\n", expected "two"'],
    ['$ echo one\nexpect stdout lacks "one"', 'stdout has "one", which was not expected; it is "one\\n"'],
    [`$ echo offline > ${MEMORY}/memory0/state\nexpect EBUSY`, 'no write failed with EBUSY (EINVAL)'],
    ['expect memory0 offline', 'memory0 is online, expected offline'],
    ['expect memory99 online', 'memory99 is absent, expected online'],
    [`expect ${MEMORY}/memory0/valid_zones is "Normal"`, `${MEMORY}/memory0/valid_zones is "none\\n", expected "Normal"`],
    [`expect ${MEMORY}/memory0 absent`, `${MEMORY}/memory0 exists, expected it not to`],
    ['unplug d7\nexpect reply has "return"', 'reply lacks "return"; it is "{\\"error\\":{\\"class\\":\\"DeviceNotFound\\",\\"desc\\":\\"Device \'d7\' not found\\"}}"'],
  ])('%j', (body, difference) => { expect(differences(`${body}\n`)).toEqual([difference]); });
});

describe('a machine that cannot be', () => {
  it.each([
    ['scenario 1\n', 'The scenario states no machine.'],
    ['scenario 1\nmemory 1000\n', '1000 is not a whole number of pages.'],
    ['scenario 1\nmemory 2G\nnode 0 1G\n', 'The nodes have 1G together, the machine 2G.'],
    ['scenario 1\nmemory 2G\nsockets 1 maxmem=1G\n', 'maxmem=1G is less than the machine\'s 2G.'],
    ['scenario 1\nmemory 1G\narch vax\n', 'There is no machine of architecture vax.'],
    ['scenario 1\nrecorded nosuch\n', 'There is no recorded machine "nosuch".'],
    ['scenario 1\nmemory 1G\nprofile x\n', 'There is no profile "x".'],
  ])('%j', (text, reason) => { expect(describeScenario(read(text))).toMatchObject({ ok: false, reason }); });
});
