/** Functions of the call path, as a test asks for them. */
import { FUNCTIONS } from '../uapi/functions.ts';
import { H_TRACE_HEAD } from '../uapi/layout.ts';
import { decodeEvent } from '../uapi/trace.ts';
import type { Guest } from './guest.ts';

/** Names of the functions that a piece of work enters, in that order. */
export function entered(g: Guest, work: () => void): string[] {
  const { header, trace } = g.machine.kernel.mm.t;
  const from = header[H_TRACE_HEAD] as number;
  work();
  const { w0, w1, w2, w3, w4, w5, w6, w7 } = trace;
  const names: string[] = [];
  for (let at = from; at < (header[H_TRACE_HEAD] as number); at++) {
    const e = decodeEvent(Int32Array.from([w0, w1, w2, w3, w4, w5, w6, w7], (w) => w[at % w0.length] as number));
    if (e.type === 'sim_func_entry') names.push(FUNCTIONS[e.fn - 1]?.[0] ?? '');
  }
  return names;
}
