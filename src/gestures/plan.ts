/** A move as what Linux makes of it: the commands, and the refusal the kernel's rules let us foresee. Pure. Rules: 6.1 drivers/base/memory.c, mm/memory_hotplug.c. */
import type { Command } from '../../workers/uapi/command.ts';
import type { BlockFacts } from '../../workers/uapi/engine.ts';
import { ERRNO } from '../../workers/uapi/errno.ts';
import { MEM_STATE_GOING_OFFLINE } from '../../workers/uapi/memory_block.ts';
import { type Geometry, X86_64 } from '../../workers/uapi/arch.ts';
import { ZONE_HIGHMEM, ZONE_MOVABLE } from '../../workers/uapi/mmzone.ts';
import type { OfflineReason } from '../../workers/uapi/offline_reason.ts';
import type { Block, Slot } from '../engine/snapshot.ts';
import type { RuleId } from '../sources/rules.ts';
import { kernelZone, type Lane, laneOf, OFFLINE_LANE, sameLane } from './lanes.ts';

/** Foreseen answer of the kernel: positive errno and why. */
export interface Forecast {
  readonly errno: number;
  readonly reason: OfflineReason;
}
/** Why no command asks for a move, and the rule by which: the rule, and what its sentence names. */
export type Never =
  | { readonly rule: 'soldered' | 'going' | 'to_highmem' }
  | { readonly rule: 'node_fixed'; readonly nid: number }
  | { readonly rule: 'to_kernel'; readonly pfn: number; /** Name of the zone that the address belongs to. */ readonly zone: string };
export type Plan =
  /** Nothing to do: it is there already. */
  | { readonly kind: 'stay' }
  /** What to submit, in order; a later one only if the one before succeeded. `says`: each in short. `rule`: by which it goes there, if nothing is foreseen to refuse it. */
  | { readonly kind: 'move'; readonly commands: readonly Command[]; readonly says: readonly string[]; readonly forecast: Forecast | undefined; readonly rule: RuleId }
  /** No command asks for this. */
  | ({ readonly kind: 'never' } & Never);

/** State file of a block. */
export const stateFile = (id: number): string => `/sys/devices/system/memory/memory${id}/state`;
const echo = (word: string, id: number): string => `echo ${word} > ${stateFile(id)}`;
const never = (why: Never): Plan => ({ kind: 'never', ...why });
/** Shell lines as one script that stops at the first failure. */
const shell = (lines: readonly string[]): Command[] => [{ type: 'shell', line: lines.join(' && ') }];
const short = (lines: readonly string[]): string[] => lines.map((line) => line.replace(/ > .*/, ''));

export interface PlanContext {
  readonly blockPages: number;
  /** What the kernel would answer to "offline"; undefined while it has not been asked. */
  readonly facts: BlockFacts | undefined;
  readonly slots: readonly Slot[];
  /** Absent: x86_64. */
  readonly geometry?: Geometry;
}

/** Bytes of a DIMM of which nobody said how large it is. */
export const DIMM_BYTES = 2 ** 30;
/** The monitor's name of the DIMM in a socket; the page gives these names when it plugs (see plugCommands). */
export const dimmId = (slot: number): string => `dimm${slot}`;
export const unplugCommands = (slot: number): Command[] => [{ type: 'qmp', execute: 'device_del', arguments: { id: dimmId(slot) } }];
/**
 * Plugs a DIMM of `size` bytes: the host's memory first, then the device. `nth`: a number not used before, because QEMU keeps the memory object of a DIMM that
 * was ejected, and its name with it.
 */
export function plugCommands(slot: number, size: number, node: number, nth: number): Command[] {
  const memdev = `mem${slot}_${nth}`;
  return [
    { type: 'qmp', execute: 'object-add', arguments: { 'qom-type': 'memory-backend-ram', id: memdev, size } },
    { type: 'qmp', execute: 'device_add', arguments: { driver: 'pc-dimm', id: dimmId(slot), memdev, slot, node } },
  ];
}

/** The refusal of an offline, if one can be foreseen. */
function offlineForecast(block: Block, { facts }: PlanContext): Forecast | undefined {
  if (block.zone < 0) return { errno: ERRNO.EINVAL, reason: { code: 'two_zones' } };
  const { verdict, errno = 0, reason } = facts?.offline ?? {};
  return verdict === 'no' && reason ? { errno, reason } : undefined;
}

function toSlots(block: Block, context: PlanContext): Plan {
  if (block.slot < 0) return never({ rule: 'soldered' });
  const forecast = sameLane(laneOf(block, context.blockPages, context.geometry), OFFLINE_LANE) ? undefined : offlineForecast(block, context);
  return { kind: 'move', commands: unplugCommands(block.slot), says: [`device_del ${dimmId(block.slot)}`], forecast, rule: 'unplug' };
}

/** Word to write so that an offline block comes up in this zone; undefined: no word does that. */
function onlineWord(block: Block, zone: number, { blockPages, geometry = X86_64 }: PlanContext): string | undefined {
  // Before there was a choice, memory that was added is HighMem, and there is one word.
  if (geometry.arch === 'i386') return zone === ZONE_HIGHMEM ? 'online' : undefined;
  if (zone === ZONE_MOVABLE) return 'online_movable';
  return zone === kernelZone(block.id * blockPages, geometry) ? 'online_kernel' : undefined;
}

/** What dropping `block` on `to` means. */
export function planMove(block: Block, to: Lane, context: PlanContext): Plan {
  const from = laneOf(block, context.blockPages, context.geometry);
  if (sameLane(from, to)) return { kind: 'stay' };
  if (to.kind === 'slots') return toSlots(block, context);
  if (block.state === MEM_STATE_GOING_OFFLINE) return never({ rule: 'going' });
  if (to.kind === 'offline') {
    const lines = [echo('offline', block.id)];
    return { kind: 'move', commands: shell(lines), says: short(lines), forecast: offlineForecast(block, context), rule: 'would_go' };
  }
  if (block.nid >= 0 && to.nid !== block.nid) return never({ rule: 'node_fixed', nid: block.nid });
  const { geometry = X86_64 } = context;
  const word = onlineWord(block, to.zone, context);
  const first = block.id * context.blockPages;
  if (word === undefined && geometry.arch === 'i386') return never({ rule: 'to_highmem' });
  if (word === undefined) return never({ rule: 'to_kernel', pfn: first, zone: geometry.zone_names[kernelZone(first, geometry)] ?? '' });
  const lines = from.kind === 'offline' ? [echo(word, block.id)] : [echo('offline', block.id), echo(word, block.id)];
  const forecast = from.kind === 'offline' ? undefined : offlineForecast(block, context);
  const rule = geometry.arch === 'i386' ? 'to_highmem' : to.zone === ZONE_MOVABLE ? 'to_movable' : 'to_kernel';
  return { kind: 'move', commands: shell(lines), says: short(lines), forecast, rule };
}
