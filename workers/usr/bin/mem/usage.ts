/** What `--help` of lsmem and chmem prints. */

const columns = (old: boolean): readonly (readonly [string, string])[] => [
  ['RANGE', 'start and end address of the memory range'], ['SIZE', 'size of the memory range'], ['STATE', 'online status of the memory range'],
  ['REMOVABLE', 'memory is removable'],
  ['BLOCK', 'memory block number or blocks range'], ['NODE', 'numa node of memory'], ['ZONES', 'valid zones for the memory range'],
  ...(old ? [] : ([['CONFIGURED', 'configuration status of the memory range'], ['MEMMAP-ON-MEMORY', 'memmap-on-memory status of the memory range']] as const)),
];
const table = (rows: readonly (readonly [string, string])[], width: number): string => rows.map(([left, right]) => `${left.padEnd(width)}${right}\n`).join('');

export function lsmemUsage(old: boolean): string {
  const help = [[' -h, --help', 'display this help'], [' -V, --version', 'display version']] as const;
  const options: readonly (readonly [string, string])[] = old
    ? [
        [' -J, --json', 'use JSON output format'], [' -P, --pairs', 'use key="value" output format'], [' -a, --all', 'list each individual memory block'],
        [' -b, --bytes', 'print SIZE in bytes rather than in human readable format'], [' -n, --noheadings', "don't print headings"],
        [' -o, --output <list>', 'output columns'],
        ['     --output-all', 'output all columns'], [' -r, --raw', 'use raw output format'], [' -S, --split <list>', 'split ranges by specified columns'],
        [' -s, --sysroot <dir>', 'use the specified directory as system root'], ['     --summary[=when]', 'print summary information (never,always or only)'],
      ]
    : [
        [' -a, --all', 'list each individual memory block'], ['     --annotate[=<when>]', 'annotate columns with a tooltip (always|never|auto)'],
        [' -b, --bytes', 'print SIZE in bytes, not in human readable format'],
        [' -J, --json', 'use JSON output format'], [' -n, --noheadings', "don't print headings"], [' -o, --output <list>', 'output columns'],
        ['     --output-all', 'output all columns'],
        [' -P, --pairs', 'use key="value" output format'], [' -r, --raw', 'use raw output format'],
        [' -S, --split <list>', 'split ranges by specified columns'],
        [' -s, --sysroot <dir>', 'use the specified directory as system root'], ['     --summary[=<when>]', 'print summary information (always|never|only)'],
      ];
  const width = old ? 22 : 27;
  return `\nUsage:\n lsmem [options]\n\nList the ranges of available memory with their online status.\n\nOptions:\n${table(options, width)}\n${table(help, width)}\n`
    + `Available output columns:\n${columns(old).map(([name, text]) => ` ${name.padStart(10)}  ${text}\n`).join('')}\nFor more details see lsmem(1).\n`;
}

export const CHMEM_ZONES = ['DMA', 'DMA32', 'Normal', 'Highmem', 'Movable', 'Device'] as const;

export function chmemUsage(old: boolean): string {
  const options: readonly (readonly [string, string])[] = [
    [' -e, --enable', 'enable memory'], [' -d, --disable', 'disable memory'], [' -b, --blocks', 'use memory blocks'],
    [' -z, --zone <name>', 'select memory zone (see below)'],
    ...(old ? [] : ([[' -c, --configure', 'configure range'], [' -g, --deconfigure', 'deconfigure range'],
      [' -m, --memmap-on-memory', 'select memmap-on-memory'], [' -s, --sysroot <dir>', 'use the specified directory as system root']] as const)),
    [' -v, --verbose', 'verbose output'], [' -h, --help', 'display this help'], [' -V, --version', 'display version'],
  ];
  return `\nUsage:\n chmem [options] [SIZE|RANGE|BLOCKRANGE]\n\nSet a particular size or range of memory online or offline.\n\nOptions:\n${table(options, old ? 20 : 26)}\n`
    + `Supported zones:\n${CHMEM_ZONES.map((zone) => ` ${zone}\n`).join('')}\nFor more details see chmem(8).\n`;
}
