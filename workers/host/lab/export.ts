/** `lab export`: a machine as files that can be imported again, here or anywhere. */
import { writeFileSync } from 'node:fs';
import process from 'node:process';
import { collectionOf, filesOf, tarOf } from '../../import/export.ts';
import { STREAM_STDOUT } from '../../uapi/text.ts';
import { type LabCommand, readArguments, UsageError } from './command.ts';
import { bootChosen, MACHINE_OPTIONS, MACHINE_USAGE } from './machine_option.ts';
import { typeLine } from './typed.ts';

const FORMATS = ['collection', 'tar', 'lsmem'] as const;

export const exportCommand: LabCommand = {
  usage: `${MACHINE_USAGE} [-c COMMAND]… [--as ${FORMATS.join('|')}] [-o FILE]`,
  about: 'Boots, runs the commands, and writes the machine down as the collector script would (collection), as a tar archive of the same files, or as lsmem --json.',
  run(argv) {
    const options = { ...MACHINE_OPTIONS, command: { type: 'string', short: 'c', multiple: true }, as: { type: 'string' }, output: { type: 'string', short: 'o' } } as const;
    const { values } = readArguments(argv, options, { min: 0, max: 0, what: '' });
    const format = FORMATS.find((name) => name === (values.as ?? 'collection'));
    if (format === undefined) throw new UsageError(`--as takes ${FORMATS.join(', ')}, not "${values.as}".`);
    const machine = bootChosen(values);
    for (const line of values.command ?? []) typeLine(machine, line, () => {});
    let bytes: Uint8Array;
    if (format === 'lsmem') {
      let text = '';
      typeLine(machine, 'lsmem --json --output-all', (stream, part) => { if (stream === STREAM_STDOUT) text += part; }, true);
      bytes = Buffer.from(text, 'latin1');
    } else bytes = format === 'tar' ? tarOf(filesOf(machine.kernel.root)) : collectionOf(filesOf(machine.kernel.root));
    if (values.output === undefined) process.stdout.write(bytes);
    else writeFileSync(values.output, bytes);
    return 0;
  },
};
