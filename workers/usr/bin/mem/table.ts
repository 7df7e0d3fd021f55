/** Tables as libsmartcols prints them: aligned, raw, NAME="value" pairs, JSON. */
export interface Column {
  readonly name: string;
  readonly right?: boolean;
  /** Width it likes to have at least, if its cells are wider than its header would ask for. */
  readonly hint?: number;
  readonly json?: 'number' | 'boolean';
}
export type Format = 'human' | 'raw' | 'pairs' | 'json';
export interface TableOptions {
  readonly format: Format;
  readonly noheadings: boolean;
  /** Name of the array in JSON. */
  readonly name: string;
  /** Up to 2.38 a header counts for the width even when it is not printed, and the hint wins over a header as wide as the widest cell. */
  readonly oldWidths: boolean;
}
/** Undefined: the cell has no data. */
export type Cell = string | undefined;

export function formatTable(columns: readonly Column[], rows: readonly (readonly Cell[])[], options: TableOptions): string {
  switch (options.format) {
    case 'raw':
      return [...(options.noheadings ? [] : [columns.map((c) => c.name)]), ...rows].map((row) => `${row.map((c) => blanksHidden(c ?? '')).join(' ')}\n`).join('');
    case 'pairs': return rows.map((row) => `${row.map((c, i) => `${columns[i]?.name}="${quoted(c ?? '')}"`).join(' ')}\n`).join('');
    case 'json': return json(columns, rows, options.name);
    case 'human': return human(columns, rows, options);
  }
}
const blanksHidden = (text: string): string => text.replace(/[\s\\]/g, (c) => `\\x${c.charCodeAt(0).toString(16).padStart(2, '0')}`);
const quoted = (text: string): string => text.replace(/["\\`$]/g, (c) => `\\x${c.charCodeAt(0).toString(16)}`);

function widthOf(column: Column, cells: readonly Cell[], options: TableOptions): number {
  const widest = Math.max(0, ...cells.map((c) => c?.length ?? 0));
  const header = options.noheadings && !options.oldWidths ? 1 : column.name.length;
  const hint = column.hint ?? 0;
  if (options.oldWidths ? widest < header : widest <= header) return options.noheadings && widest === 0 && header === 1 ? 0 : header;
  return widest < hint && header < hint ? hint : widest;
}
function human(columns: readonly Column[], rows: readonly (readonly Cell[])[], options: TableOptions): string {
  const widths = columns.map((c, i) => widthOf(c, rows.map((row) => row[i]), options));
  const line = (cells: readonly Cell[]): string => `${cells.map((cell, i) => {
    const text = cell ?? '';
    if (text === '' && i === columns.length - 1) return '';
    if (columns[i]?.right) return text.padStart(widths[i] as number);
    return i === columns.length - 1 ? text : text.padEnd(widths[i] as number);
  }).join(' ')}\n`;
  return (options.noheadings || rows.length === 0 ? '' : line(columns.map((c) => c.name))) + rows.map(line).join('');
}

function jsonValue(column: Column, cell: Cell): string {
  if (column.json === 'boolean') return cell === undefined || /^(0|[nN]|$)/.test(cell) ? 'false' : 'true';
  if (cell === undefined || (column.json === 'number' && cell === '')) return 'null';
  return column.json === 'number' ? cell : JSON.stringify(cell);
}
function json(columns: readonly Column[], rows: readonly (readonly Cell[])[], name: string): string {
  const objects = rows.map((row) => `{\n${row.map((cell, i) => `         "${columns[i]?.name.toLowerCase()}": ${jsonValue(columns[i] as Column, cell)}`).join(',\n')}\n      }`);
  return `{\n   "${name}": [\n      ${objects.join(',')}\n   ]\n}\n`;
}
