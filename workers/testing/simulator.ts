/** The machine a question is put to. */
import { describeMachine } from '../init/firmware.ts';
import { createMachine } from '../machine/machine.ts';
import '../editions/older.ts';
import '../usr/bin/user_space.ts';
import type { Machine } from '../machine/types.ts';
import { capture } from './capture.ts';
import type { Question } from './question.ts';
import type { Simulator } from './replay.ts';

/** Boots the machine a question describes. Throws with the reason if it cannot exist or does not boot. */
function boot(question: Question): Machine {
  const described = describeMachine(question);
  if (!described.ok) throw new Error(described.reason);
  const booted = createMachine({ description: described.description });
  if (!booted.ok) throw new Error(booted.reason);
  return booted.machine;
}

export const simulator: Simulator = { boot, capture: (machine, kind, files) => ({ ...capture(machine.kernel, kind, files) }) };
