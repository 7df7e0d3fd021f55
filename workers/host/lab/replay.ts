import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { documentsAt, stripped } from '../../testing/conformance.ts';
import { bugsIn, replay } from '../../testing/replay.ts';
import { simulator } from '../../testing/simulator.ts';
import { type LabCommand, readArguments, UsageError } from './command.ts';

export const replayCommand: LabCommand = {
  usage: 'QUESTIONS_FILE_OR_DIR --out DIR',
  about: 'Answers question files in the shape of the recordings, one answer file each.',
  run(argv) {
    const { positionals: [path = ''], values } = readArguments(argv, { out: { type: 'string' } }, { min: 1, max: 1, what: 'The question file or folder' });
    if (values.out === undefined) throw new UsageError('--out DIR is missing: where the answers go.');
    const questions = documentsAt(path);
    if (questions.length === 0) throw new UsageError(`${path} holds no question files.`);
    mkdirSync(values.out, { recursive: true });
    let failed = 0;
    for (const { file, json } of questions) {
      // Stripping a question changes nothing; a recording that was given by mistake loses its answers here.
      const answer = replay(stripped(json), simulator);
      writeFileSync(join(values.out, file), `${JSON.stringify(answer, null, 1)}\n`);
      for (const bug of bugsIn(answer)) console.error(bug);
      if (answer.error !== undefined) failed++;
    }
    console.log(`${questions.length - failed} of ${questions.length} questions answered in ${values.out}`);
    return 0;
  },
};
