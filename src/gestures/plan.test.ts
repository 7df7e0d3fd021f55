import type { BlockId, Pfn } from '../../workers/uapi/units.ts';
import { describe, expect, it } from 'vitest';
import { MEM_STATE_GOING_OFFLINE, MEM_STATE_OFFLINE, MEM_STATE_ONLINE } from '../../workers/uapi/memory_block.ts';
import { ZONE_DMA32, ZONE_MOVABLE, ZONE_NORMAL } from '../../workers/uapi/mmzone.ts';
import type { Block } from '../engine/snapshot.ts';
import { type Lane, OFFLINE_LANE } from './lanes.ts';
import { type Plan, type PlanContext, planMove } from './plan.ts';

const SLOTS: Lane = { kind: 'slots', nid: -1, zone: -1 };
const lane = (zone: number, nid = 0): Lane => ({ kind: 'zone', nid, zone });
/** 128 MiB blocks: memory32 begins at 4 GiB. */
const context: PlanContext = { blockPages: 32768, facts: undefined, slots: [] };
const block = (id: number, more: Partial<Block> = {}): Block => ({ id, state: MEM_STATE_ONLINE, nid: 0, zone: ZONE_NORMAL, validZones: [ZONE_NORMAL], slot: -1, ...more });
const offline = (id: number, more: Partial<Block> = {}): Block => block(id, { state: MEM_STATE_OFFLINE, zone: -1, validZones: [ZONE_NORMAL, ZONE_MOVABLE], ...more });
const lines = (plan: Plan): readonly string[] => (plan.kind === 'move' ? plan.commands.map((c) => (c.type === 'shell' ? c.line : c.type === 'qmp' ? `${c.execute} ${String(c.arguments?.id)}` : c.signal)) : [plan.kind]);

describe('a move as commands', () => {
  it('is one write from a zone to Offline', () => {
    expect(lines(planMove(block(49), OFFLINE_LANE, context))).toEqual(['echo offline > /sys/devices/system/memory/memory49/state']);
  });
  it('names the zone when it comes up', () => {
    expect(lines(planMove(offline(49), lane(ZONE_MOVABLE), context))).toEqual(['echo online_movable > /sys/devices/system/memory/memory49/state']);
    expect(lines(planMove(offline(49), lane(ZONE_NORMAL), context))).toEqual(['echo online_kernel > /sys/devices/system/memory/memory49/state']);
  });
  it('is two writes between zones, the second only if the first succeeded', () => {
    const state = '/sys/devices/system/memory/memory49/state';
    expect(lines(planMove(block(49), lane(ZONE_MOVABLE), context))).toEqual([`echo offline > ${state} && echo online_movable > ${state}`]);
  });
  it('asks the board for the DIMM on the way to Slots', () => {
    expect(lines(planMove(offline(49, { slot: 2 }), SLOTS, context))).toEqual(['device_del dimm2']);
  });
  it('is nothing where the block already is', () => {
    expect(planMove(block(49), lane(ZONE_NORMAL), context)).toEqual({ kind: 'stay' });
  });
});

describe('what no command does', () => {
  it.each([
    ['memory of the board to Slots', block(40), SLOTS, { rule: 'soldered' }],
    ['memory above 4 GiB to DMA32', offline(40), lane(ZONE_DMA32), { rule: 'to_kernel', pfn: 0x140000, zone: 'Normal' }],
    ['memory of node 0 to node 1', block(40), lane(ZONE_MOVABLE, 1), { rule: 'node_fixed', nid: 0 }],
    ['a block that is going offline', block(40, { state: MEM_STATE_GOING_OFFLINE }), lane(ZONE_MOVABLE), { rule: 'going' }],
  ])('%s', (_, from, to, why) => {
    expect(planMove(from, to, context)).toEqual({ kind: 'never', ...why });
  });
});

describe('the refusal foreseen', () => {
  it('is EINVAL for a block in two zones: memory0 holds DMA and DMA32', () => {
    const plan = planMove(block(0, { zone: -1, validZones: [] }), OFFLINE_LANE, context);
    expect(plan.kind === 'move' && plan.forecast).toEqual({ errno: 22, reason: { code: 'two_zones' } });
  });
  it('is the kernel\'s own verdict where it was asked', () => {
    const facts = { block: 49 as BlockId, offline: { verdict: 'no', errno: 16, reason: { code: 'isolate', pfn: 0x190000 as Pfn } }, holders: [], kinds: [], toMigrate: 0 } as const;
    const plan = planMove(block(49), OFFLINE_LANE, { ...context, facts });
    expect(plan.kind === 'move' && plan.forecast).toEqual({ errno: 16, reason: { code: 'isolate', pfn: 0x190000 } });
  });
  it('is none for a block that could go', () => {
    const plan = planMove(block(49), lane(ZONE_MOVABLE), context);
    expect(plan.kind === 'move' && plan.forecast).toBeUndefined();
  });
});
