/** A machine as a test types at it: QEMU's arguments in, lines of shell and host commands, what was printed and traced out. */
import { describeMachine } from '../init/firmware.ts';
import { createMachine } from '../machine/machine.ts';
import type { QmpReply } from '../machine/qemu.ts';
import type { Machine } from '../machine/types.ts';
import { H_TEXT_HEAD, H_TIME_HI, H_TIME_LO, H_TRACE_HEAD } from '../uapi/layout.ts';
import { MEM_ACTION_NAMES } from '../uapi/memory_block.ts';
import type { Edition, MachineDescription } from '../uapi/machine_description.ts';
import { readText, STREAM_KERNEL, STREAM_STDERR, STREAM_STDOUT } from '../uapi/text.ts';
import { decodeEvent, MIGRATE_REASONS, UEVENT_ACTIONS } from '../uapi/trace.ts';

export interface Guest {
  readonly machine: Machine;
  /** Runs a script in a new shell to its end; what it printed, both streams, without the last newline. */
  run(script: string): string;
  /** One QMP command, and all the guest does about it at once. */
  host(execute: string, args?: Readonly<Record<string, unknown>>): QmpReply;
  /** Lets simulated time pass, ms. */
  wait(ms: number): void;
  /** Kernel log lines since the last call. */
  log(): string[];
  /** Memory events since the last call, one line each, runs of equal lines once: 'GOING_OFFLINE 32', 'migrate contig_range 2', 'uevent add memory32'. */
  story(): string[];
  /** A file's text. */
  file(path: string): string;
  /** Present and managed pages of a zone of node 0, as /proc/zoneinfo has them. */
  zone(name: string): { readonly present: number; readonly managed: number };
}

/** A script, or the work a host command starts, may take so long. */
const LONGEST_NS = 20e9;

interface GuestOptions {
  readonly cmdline?: string;
  readonly mods?: readonly string[];
  readonly qemu?: readonly string[];
  readonly edition?: Edition;
  /** Anything else of the description. */
  readonly more?: Partial<MachineDescription>;
}
export function guest(memory: string, { cmdline = '', mods = [], qemu = [], edition, more }: GuestOptions = {}): Guest {
  const described = describeMachine({ qemu_args: ['-m', memory, ...qemu], cmdline, scenario: { boot: { mods } }, ...(edition && { edition }) });
  if (!described.ok) throw new Error(described.reason);
  const booted = createMachine({ description: { ...described.description, ...more } });
  if (!booted.ok) throw new Error(booted.reason);
  const { machine } = booted;
  const { t, PFN_BLOCK_SHIFT } = machine.kernel.mm;
  const now = (): number => (t.header[H_TIME_HI] as number) * 2 ** 32 + ((t.header[H_TIME_LO] as number) >>> 0);
  const textsFrom = (first: number, streams: readonly number[]): string[] => {
    const lines: string[] = [];
    for (let id = first; id < (t.header[H_TEXT_HEAD] as number); id++) {
      const row = readText(t, id);
      if (row && streams.includes(row.stream)) lines.push(row.text);
    }
    return lines;
  };
  let logged = 0;
  let traced = t.header[H_TRACE_HEAD] as number;
  function story(): string[] {
    const lines: string[] = [];
    const { w0, w1, w2, w3, w4, w5, w6, w7 } = t.trace;
    for (const head = t.header[H_TRACE_HEAD] as number; traced < head; traced++) {
      const row = traced % w0.length;
      const e = decodeEvent(Int32Array.from([w0, w1, w2, w3, w4, w5, w6, w7], (w) => w[row] as number));
      const line = e.type === 'notify' ? `${MEM_ACTION_NAMES[e.action]?.slice(4)} ${e.start_pfn >>> PFN_BLOCK_SHIFT}`
        : e.type === 'mm_migrate_pages' ? `migrate ${MIGRATE_REASONS[e.reason]} ${e.succeeded}`
        : e.type === 'uevent' ? `uevent ${UEVENT_ACTIONS[e.action]} ${e.id}`
        : e.type === 'offline_pages_ret' && e.ret !== 0 ? `offline_pages ${e.ret}`
        : e.type === 'remove_memory' ? `remove_memory ${e.start_pfn >>> PFN_BLOCK_SHIFT}` : undefined;
      if (line !== undefined && line !== lines.at(-1)) lines.push(line);
    }
    return lines;
  }
  return {
    machine, story,
    run(script) {
      const from = t.header[H_TEXT_HEAD] as number;
      const sent = machine.submit({ type: 'shell', line: script, fresh: true });
      if (!sent.ok) throw new Error(sent.reason);
      const end = now() + LONGEST_NS;
      while (machine.status(sent.id) === undefined && now() < end && machine.run(1024, end));
      return textsFrom(from, [STREAM_STDOUT, STREAM_STDERR]).join('').replace(/\n$/, '');
    },
    host(execute, args) {
      const sent = machine.submit({ type: 'qmp', execute, ...(args && { arguments: args }) });
      if (!sent.ok) throw new Error(sent.reason);
      const end = now() + LONGEST_NS;
      while (now() < end && machine.run(1024, end));
      return machine.reply(sent.id) as QmpReply;
    },
    wait(ms) {
      const until = now() + ms * 1e6;
      // A timer that goes off while nothing runs starts work that has to run as well.
      while (now() < until) {
        if (machine.run(1024, until) || now() >= until) continue;
        machine.advance(Math.min(until - now(), 10e6));
      }
    },
    log() {
      const lines = textsFrom(logged, [STREAM_KERNEL]);
      logged = t.header[H_TEXT_HEAD] as number;
      return lines;
    },
    file(path) {
      const got = machine.read(path);
      if (!got.ok) throw new Error(got.reason);
      return got.text;
    },
    zone(name) {
      const text = this.file('/proc/zoneinfo').split(/^(?=Node )/m).find((part) => new RegExp(`^Node 0, zone +${name}\\b`).test(part)) ?? '';
      const number = (word: string): number => Number(new RegExp(`^ +${word} +(\\d+)`, 'm').exec(text)?.[1] ?? 0);
      return { present: number('present'), managed: number('managed') };
    },
  };
}
/** A DIMM of 128 MiB per block from memory32 on, online as `how`. */
export function plugged(g: Guest, blocks: number, how: string): void {
  g.host('object-add', { 'qom-type': 'memory-backend-ram', id: 'm0', size: blocks * 2 ** 27 });
  g.host('device_add', { driver: 'pc-dimm', id: 'd0', memdev: 'm0' });
  for (let id = 32; id < 32 + blocks; id++) g.run(`echo ${how} > /sys/devices/system/memory/memory${id}/state`);
}
