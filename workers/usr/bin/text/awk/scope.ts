/** The variables of an awk program: globals, the locals of the function that runs, and the record behind NF and the fields. */
import type { Proc } from '../../../program.ts';
import { AwkError } from './ast.ts';
import { Record } from './record.ts';
import { type AwkArray, Input, num, str, type Value } from './value.ts';

export type Local = Value | AwkArray;

export class Scope {
  readonly #globals = new Map<string, Local>();
  locals: Map<string, Local> | undefined;
  readonly record = new Record((fields) => fields.map((f) => this.string(f)).join(this.text('OFS')));

  constructor(args: readonly string[], env: Proc['env']) {
    const set = (name: string, v: Local): void => void this.#globals.set(name, v);
    const initial = { FS: ' ', OFS: ' ', ORS: '\n', RS: '\n', SUBSEP: '\x1c', CONVFMT: '%.6g', OFMT: '%.6g', FILENAME: '' };
    for (const [name, v] of Object.entries(initial)) set(name, v);
    for (const name of ['NR', 'FNR', 'RSTART']) set(name, 0);
    set('RLENGTH', -1);
    set('ARGC', args.length + 1);
    set('ARGV', new Map([['0', 'awk'], ...args.map((a, i): [string, Value] => [String(i + 1), new Input(a)])]));
    set('ENVIRON', new Map([...env].map(([k, v]): [string, Value] => [k, new Input(v)])));
  }
  /** The map a name lives in: the running function's, or the globals. */
  mapOf(name: string): Map<string, Local> {
    return this.locals?.has(name) ? this.locals : this.#globals;
  }
  /** A variable as text. */
  text(name: string): string {
    return str(this.get(name));
  }
  /** A value as text, numbers by CONVFMT. */
  string(v: Value): string {
    return typeof v === 'number' ? str(v, this.text('CONVFMT')) : str(v);
  }
  get(name: string): Value {
    const map = this.mapOf(name);
    if (name === 'NF' && map === this.#globals) return this.record.count;
    const v = map.get(name);
    if (v instanceof Map) throw new AwkError(`can't use array ${name} in a scalar context`);
    return v;
  }
  set(name: string, value: Value): void {
    const map = this.mapOf(name);
    if (map.get(name) instanceof Map) throw new AwkError(`can't use array ${name} in a scalar context`);
    if (name === 'NF' && map === this.#globals) this.record.count = Math.trunc(num(value));
    else map.set(name, value);
  }
  /** An array; a name that was never used becomes one. */
  array(name: string): AwkArray {
    const map = this.mapOf(name);
    const v = map.get(name);
    if (v instanceof Map) return v;
    if (v !== undefined) throw new AwkError(`can't use scalar ${name} as an array`);
    const made: AwkArray = new Map();
    map.set(name, made);
    return made;
  }
  isArray(name: string): boolean {
    return this.mapOf(name).get(name) instanceof Map;
  }
  /** A subscript: whole numbers as integers, others by CONVFMT. */
  subscript(v: Value): string {
    return typeof v === 'number' && Number.isInteger(v) ? str(v) : this.string(v);
  }
  setRecord(text: string): void {
    this.record.set(text, this.text('FS'), this.text('RS') === '');
  }
}
