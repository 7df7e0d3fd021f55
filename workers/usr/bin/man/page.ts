/** A manual page: section, one line about it, how it is called, what to know, what to read next. */
export type Page = readonly [section: number, about: string, synopsis: string, text: string, also: string];

const WIDTH = 80;
const INDENT = '       ';

/** A line of words, broken so that it fits beside the margin; what is indented already stays as it is. */
function wrapped(line: string): string[] {
  const room = WIDTH - INDENT.length - 2;
  if (line.length <= room) return [line];
  // An option's text goes on under itself.
  const hang = /^(?:\S+ )*\S*\s{2,}/.exec(line)?.[0].length ?? 0;
  const out: string[] = [];
  let rest = line;
  while (rest.length > room) {
    const cut = rest.lastIndexOf(' ', room);
    if (cut <= hang) break;
    out.push(rest.slice(0, cut));
    rest = ' '.repeat(hang) + rest.slice(cut + 1);
  }
  return [...out, rest];
}
/** The page as a terminal shows it: at most a screen. */
export function formatPage(name: string, [section, about, synopsis, text, also]: Page): string {
  const title = `${name.toUpperCase()}(${section})`;
  const middle = 'Hotplug Lab';
  const gap = (WIDTH - 2 * title.length - middle.length) / 2;
  const head = `${title}${' '.repeat(Math.max(1, Math.floor(gap)))}${middle}${' '.repeat(Math.max(1, Math.ceil(gap)))}${title}`;
  const part = (heading: string, lines: readonly string[]): string => (lines.length === 0 ? '' : `\n${heading}\n${lines.map((l) => (l === '' ? '\n' : `${INDENT}${l}\n`)).join('')}`);
  const body = text.replace(/^\n/, '');
  return `${head}\n${part('NAME', wrapped(`${name} - ${about}`))}${part('SYNOPSIS', synopsis.split('\n').flatMap(wrapped))}${part('DESCRIPTION', body === '' ? [] : body.split('\n').flatMap(wrapped))}${part('SEE ALSO', also === '' ? [] : [also])}`;
}
