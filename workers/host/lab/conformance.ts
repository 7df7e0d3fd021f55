import { writeFileSync } from 'node:fs';
import { conformance, floorsOf, groupLines, recordingLines, summaryLines } from '../../testing/conformance.ts';
import { bugsIn, replay } from '../../testing/replay.ts';
import { simulator } from '../../testing/simulator.ts';
import { type LabCommand, readArguments, UsageError, wholeNumber } from './command.ts';

export const conformanceCommand: LabCommand = {
  usage: 'DIR [--diff N] [--only ID]… [--json FILE] [--floors FILE]',
  about: 'Strips a folder of recordings to questions, replays and scores it. --floors FILE writes down what later versions must reach.',
  run(argv) {
    const options = { diff: { type: 'string' }, only: { type: 'string', multiple: true }, json: { type: 'string' }, floors: { type: 'string' } } as const;
    const { positionals: [path = ''], values } = readArguments(argv, options, { min: 1, max: 1, what: 'The folder of recordings' });
    const score = conformance(path, (question) => {
      const answer = replay(question, simulator);
      for (const bug of bugsIn(answer)) console.error(bug);
      return answer;
    }, { only: values.only });
    if (score.recordings.length === 0) throw new UsageError(`${path} holds no recordings${values.only ? ` named ${values.only.join(', ')}` : ''}.`);
    for (const line of [...recordingLines(score, wholeNumber('--diff', values.diff, 0)), ...groupLines(score), ...summaryLines(score)]) console.log(line);
    if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(score, null, 1)}\n`);
    if (values.floors !== undefined) writeFileSync(values.floors, `${JSON.stringify(floorsOf(score), null, 2)}\n`);
    return 0;
  },
};
