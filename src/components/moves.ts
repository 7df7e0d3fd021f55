/** From a wish to a command: the plan of a move, and carrying it out. Drag, menu and keyboard all end here. */
import type { BlockFacts } from '../../workers/uapi/engine.ts';
import { MEM_STATE_OFFLINE } from '../../workers/uapi/memory_block.ts';
import type { Session } from '../engine/session.ts';
import type { Block, Snapshot } from '../engine/snapshot.ts';
import { type Lane, laneName } from '../gestures/lanes.ts';
import { type Plan, planMove } from '../gestures/plan.ts';
import type { Lane as MapLane } from '../map/index.ts';
import { useMachine } from '../state/machine.ts';
import { announce } from '../state/notice.ts';
import { useView } from '../state/view.ts';
import { useVerdicts } from '../state/verdicts.ts';
import { t } from '../strings/index.ts';

export const blockById = (snapshot: Snapshot | undefined, id: number | undefined): Block | undefined => snapshot?.blocks.find((block) => block.id === id);

/** What the kernel said about the block, if that is of now. */
function holding(id: number): BlockFacts | undefined {
  const { facts, doubted } = useVerdicts.getState();
  return doubted.has(id) ? undefined : facts.get(id);
}

/** What moving the block there would mean now; undefined without such a block. */
export function planFor(id: number | undefined, to: Lane): Plan | undefined {
  const { snapshot } = useMachine.getState();
  const block = blockById(snapshot, id);
  if (snapshot === undefined || block === undefined) return undefined;
  // What was answered of another state foresees nothing.
  const facts = holding(block.id);
  return planMove(block, to, { blockPages: snapshot.blockBytes / 2 ** snapshot.geometry.page_shift, facts, slots: snapshot.slots, geometry: snapshot.geometry });
}

/** The block and, if it is one of several that are selected, those: by address. What a move of it takes along. */
export function takenAlong(id: number): readonly number[] {
  const { block, also } = useView.getState();
  return block !== undefined && (id === block || also.includes(id)) ? [block, ...also].sort((a, b) => a - b) : [id];
}
/** The plan of each block that there is one for. */
export const plansFor = (ids: readonly number[], to: Lane): readonly Plan[] => ids.flatMap((id) => planFor(id, to) ?? []);

/** How the drop would end, as far as can be foreseen. */
export function planVerdict(plan: Plan | undefined, id: number): 'yes' | 'likely' | 'no' {
  if (plan === undefined || plan.kind === 'never') return 'no';
  if (plan.kind === 'stay') return 'yes';
  if (plan.forecast !== undefined) return 'no';
  const block = blockById(useMachine.getState().snapshot, id);
  return block?.state === MEM_STATE_OFFLINE ? 'yes' : holding(id)?.offline.verdict ?? 'likely';
}

/** Submits the plan's commands. A refusal that was foreseen is submitted all the same: the kernel has the last word. */
export function carryOut(session: Session, plan: Plan | undefined): void {
  if (plan === undefined || plan.kind === 'stay') return;
  if (plan.kind === 'never') {
    void import('./move_words.ts').then(({ planWords }) => { announce(planWords(plan)); });
    return;
  }
  announce(t.move.sent(t.map.andThen(plan.says)));
  void session.submitAll(plan.commands);
}

/** Several moves, one after the other; what is nobody's to do is left out, and said if nothing remains. */
export function carryOutAll(session: Session, plans: readonly Plan[]): void {
  const moves = plans.filter((plan) => plan.kind === 'move');
  if (plans.length < 2 || moves.length === 0) {
    carryOut(session, plans[0]);
    return;
  }
  announce(t.move.sentMany(moves.length));
  const commands = moves.flatMap((move) => move.commands);
  const lines = commands.flatMap((command) => (command.type === 'shell' ? [command.line] : []));
  // One line, so that each begins when the one before has ended: side by side they would wait for device_hotplug_lock in turns.
  void (lines.length === commands.length ? session.submit({ type: 'shell', line: lines.join('; ') }) : session.submitAll(commands));
}

export const nameOfLane = (lane: MapLane): string => laneName(lane, useMachine.getState().snapshot?.nodes.length ?? 1);
