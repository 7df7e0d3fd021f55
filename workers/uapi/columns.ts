/** Tables of columns over one buffer: a column list becomes offsets and typed views; nobody else knows a byte offset. */

type ColumnType = Uint8ArrayConstructor | Int8ArrayConstructor | Uint16ArrayConstructor | Int32ArrayConstructor | Uint32ArrayConstructor;
export type Columns = Readonly<Record<string, ColumnType>>;
/** The typed views of a table, one per column, `rows` long. */
export type Bound<C extends Columns> = { readonly [K in keyof C]: InstanceType<C[K]> };

export interface Placed {
  readonly offset: number;
  readonly rows: number;
}

/** Bytes of one column, rounded up so that every column starts on a cache line. */
const columnBytes = (type: ColumnType, rows: number): number => Math.ceil((type.BYTES_PER_ELEMENT * rows) / 64) * 64;

/** Bytes a table of `rows` rows occupies. */
export function tableBytes(columns: Columns, rows: number): number {
  let bytes = 0;
  for (const name in columns) bytes += columnBytes(columns[name] as ColumnType, rows);
  return bytes;
}

/** Views of a table at `placed.offset`; fixed length, because length-tracking views are never optimised by V8 (research, §2). */
export function bindTable<C extends Columns>(columns: C, buffer: ArrayBufferLike, placed: Placed): Bound<C> {
  const views: Record<string, unknown> = {};
  let offset = placed.offset;
  for (const name in columns) {
    const type = columns[name] as ColumnType;
    views[name] = new type(buffer as ArrayBuffer, offset, placed.rows);
    offset += columnBytes(type, placed.rows);
  }
  return views as Bound<C>;
}
