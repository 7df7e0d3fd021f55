/** Opens a link as the page does, and looks at what came of it: no exception, no hang, no more than the bounds allow, and nothing that any form of sharing turns into markup. */
import { inflateRawSync } from 'node:zlib';
import { inflate, type Unpack } from '../../../../src/scenario/deflate.ts';
import { iframe, markdown, shellScript, slug } from '../../../../src/scenario/export/texts.ts';
import { openFragment, type Read } from '../../../../src/scenario/link.ts';
import { describeScenario } from '../../../machine/describe.ts';
import { createMachine } from '../../../machine/machine.ts';
import { createPlayer } from '../../../machine/player.ts';
import { UNSEEN } from '../../../scenario/diagnostic.ts';
import { MAX_LINES, MAX_TEXT } from '../../../scenario/limits.ts';
import { printScenario } from '../../../scenario/print.ts';
import { readScenario } from '../../../scenario/read.ts';
import { type Scenario, stepsOf } from '../../../scenario/scenario.ts';
import type { BootRequest } from '../../../uapi/machine_description.ts';
import { LIBRARY, packed } from './make.ts';

const read: Read = async (text, added) => readScenario(text, added);
/** The page's own unpacking without its streams, which cost more than all the rest: {@link attempt} compares the two now and then. */
const atOnce: Unpack = async (bytes, most) => {
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: false }).decode(inflateRawSync(bytes, { maxOutputLength: most }));
    return { ok: true, text };
  } catch {
    return { ok: false, reason: 'refused' };
  }
};
const library = async (name: string): Promise<string | undefined> => (name === LIBRARY.name ? LIBRARY.text : undefined);

/** Characters of a sentence that is shown: it quotes what it refuses, but not all of it. */
const MAX_SENTENCE = 4000;
/** Characters of a machine's description: as JSON it goes to the worker. */
const MAX_REQUEST = 4 * MAX_TEXT;
/** Events that a link is played for, and turns of the run queue without any. */
const PLAYED = 4096;
const SLICES = 64;

const URL_ = 'https://lab.example/#v1;x';
/** What a form of sharing makes of a scenario, if it is not what it should be. */
function markupOf(scenario: Scenario): string | undefined {
  if (!/^<iframe [^<>]*><\/iframe>\n$/.test(iframe(scenario, URL_))) return 'the iframe to copy has markup of its own';
  const text = markdown(scenario, URL_);
  if (text.trimEnd().includes('\n') || /(?<!\\)[<>]/.test(text)) return 'the Markdown to copy has markup of its own';
  if (!/^[a-z0-9][a-z0-9-]{0,59}$/.test(slug(scenario))) return 'the name of its files is none';
  const [first, second] = shellScript(scenario).split('\n');
  return first === '#!/bin/bash' && second?.startsWith('# ') ? undefined : 'the shell script to copy does not begin with its title';
}
function saidWell(lines: readonly string[]): string | undefined {
  if (lines.some((line) => line === '')) return 'refused without a sentence';
  if (lines.some((line) => line.length > MAX_SENTENCE)) return 'refused with a sentence nobody can read';
  return lines.some((line) => UNSEEN.test(line)) ? 'refused with characters that cannot be seen' : undefined;
}

export interface Attempt {
  readonly opened: boolean;
  /** What would be booted. */
  readonly request?: BootRequest;
  readonly scenario?: Scenario;
  /** Something is wrong with us: a sentence. */
  readonly wrong?: string;
}
/** Opens a link as far as the page does before a machine is booted. `streams`: with the page's own streams. Throws what should not be thrown. */
export async function attempt(hash: string, streams = false): Promise<Attempt> {
  const opened = await openFragment(hash, library, read, streams ? inflate : atOnce);
  if (opened === undefined) return { opened: false };
  if (streams) {
    const other = await openFragment(hash, library, read, atOnce);
    if (other?.ok !== opened.ok || (other.ok && opened.ok && other.text !== opened.text)) return { opened: false, wrong: 'unpacks differently at once and as a stream' };
  }
  if (!opened.ok) {
    const wrong = saidWell([opened.reason, ...opened.details]);
    return { opened: false, ...(wrong !== undefined && { wrong }) };
  }
  const { scenario } = opened;
  const text = printScenario(scenario);
  if (text.length > 2 * MAX_TEXT || scenario.statements.length > MAX_LINES) return { opened: true, wrong: `opens to ${text.length} characters in ${scenario.statements.length} statements` };
  const again = await openFragment(packed(text), library, read, atOnce);
  if (!again?.ok || printScenario(again.scenario) !== text) return { opened: true, wrong: 'opens, but its own text does not' };
  const markup = markupOf(scenario);
  if (markup !== undefined) return { opened: true, wrong: markup };
  const described = describeScenario(scenario);
  if (!described.ok) {
    const wrong = saidWell([described.reason]);
    return { opened: true, ...(wrong !== undefined && { wrong }) };
  }
  const size = JSON.stringify(described.request).length;
  return size > MAX_REQUEST ? { opened: true, wrong: `describes a machine in ${size} characters` } : { opened: true, scenario, request: described.request };
}

/** Boots an opened link and plays its first thousands of events. A sentence: something is wrong with us. Throws what should not be thrown. */
export function play({ scenario, request }: Attempt): string | undefined {
  if (!scenario || !request) return undefined;
  const booted = createMachine(request);
  if (!booted.ok) return saidWell([booted.reason]);
  const player = createPlayer(booted.machine, stepsOf(scenario));
  for (let slice = 0; slice < SLICES && !player.done(); slice++) {
    player.run(PLAYED / SLICES);
    player.take();
  }
  return undefined;
}
