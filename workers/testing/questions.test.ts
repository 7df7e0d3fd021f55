/** The replay is honest: it is given questions and nothing else, and what a recording expects cannot reach it. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { documentsAt, stripped } from './conformance.ts';
import type { Question } from './question.ts';
import { replay } from './replay.ts';
import { simulator } from './simulator.ts';

const recordings = documentsAt(fileURLToPath(new URL('./linux-6.1/', import.meta.url)));
const named = (id: string): Question => {
  const found = recordings.find(({ json }) => json.id === id);
  if (!found) throw new Error(`no recording named ${id}`);
  return found.json;
};

describe('a question', () => {
  /** What may be said of a step before it is answered; `asks` names kinds of answers. */
  const ASKED = new Set(['run', 'capture', 'name', 'label', 'note', 'binary', 'timeout', 'host', 'files', 'asks']);
  const ASKED_AT_TOP = new Set([
    'id', 'title', 'group', 'edition', 'scenario', 'qemu', 'qemu_args', 'machine', 'helpers', 'kernel', 'kernel_version', 'cmdline', 'firmware', 'steps',
  ]);

  it.each(recordings.map(({ json }) => [json.id, json] as const))('%s holds no answer', (_, recording) => {
    const question = stripped(recording);
    expect(Object.keys(question).filter((key) => !ASKED_AT_TOP.has(key))).toEqual([]);
    for (const step of question.steps) {
      expect(Object.keys(step).filter((key) => !ASKED.has(key))).toEqual([]);
      expect((step.host ?? []).flatMap((command) => Object.keys(command)).filter((key) => key !== 'qmp' && key !== 'arguments')).toEqual([]);
      expect(Object.values(step.files ?? {}).filter((text) => text !== null)).toEqual([]);
    }
  });

  it('can be put again to a question file: stripping twice is stripping once', () => {
    const { asks: _, ...once } = JSON.parse(JSON.stringify(stripped(named('rm-notifier-vs-uevent')).steps[0])) as Record<string, unknown>;
    const { asks: __, ...twice } = JSON.parse(JSON.stringify(stripped(stripped(named('rm-notifier-vs-uevent'))).steps[0])) as Record<string, unknown>;
    expect(twice).toEqual(once);
  });
});

describe('the replay', () => {
  it('answers the same when every expected answer is changed', () => {
    const recording = named('rm-notifier-vs-uevent');
    const lies = (value: unknown): unknown => {
      if (typeof value === 'string') return `${value}?`;
      if (typeof value === 'number') return value + 1;
      if (Array.isArray(value)) return [...value.map(lies), 'more'];
      return value && typeof value === 'object' ? Object.fromEntries(Object.entries(value).map(([key, v]) => [key, lies(v)])) : value;
    };
    const questionKeys = new Set(['run', 'capture', 'name', 'label', 'note', 'binary', 'timeout', 'files']);
    const changed = {
      ...recording,
      steps: recording.steps.map((step) => Object.fromEntries(Object.entries(step).map(([key, value]) => {
        if (key === 'host') return [key, (value as Record<string, unknown>[]).map(({ qmp, arguments: args, ...answer }) => ({ qmp, arguments: args, ...(lies(answer) as object) }))];
        return [key, questionKeys.has(key) ? value : lies(value)];
      }))),
    } as Question;
    expect(changed).not.toEqual(recording);
    const answer = replay(stripped(recording), simulator);
    expect(answer.error).toBeUndefined();
    expect(replay(stripped(changed), simulator)).toEqual(answer);
  });

  it('answers the same when id and title are others', () => {
    const question = stripped(named('rm-notifier-vs-uevent'));
    expect(replay({ ...question, id: 'x', title: 'y' }, simulator).steps).toEqual(replay(question, simulator).steps);
  });

  it('reads no files: what it imports comes without node:fs', () => {
    for (const file of ['replay.ts', 'replay_events.ts', 'question.ts', 'simulator.ts', 'capture.ts']) {
      expect(readFileSync(new URL(file, import.meta.url), 'utf8'), file).not.toMatch(/from 'node:|\bimport\(|\brequire\(|linux-6\.1\/[\w-]+\.json/);
    }
  });
});
