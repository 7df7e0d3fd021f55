/**
 * The page's worker with a feed of its own: it boots what the page asks for as the real one does, and then, when told, changes frames and writes trace records in the
 * machine's own memory at a steady rate. What reads them (mirror, stores, picture, panels) is the built page. The machine behind is not asked for anything meanwhile.
 */
import * as Comlink from 'comlink';
import { bindMachine, H_GENERATION, H_RUNNING, H_SEQ, H_SEQCOUNT, H_TIME_LO, H_TRACE_HEAD, type Tables } from '../../../uapi/layout.ts';
import { MEM_STATE_ONLINE } from '../../../uapi/memory_block.ts';
import { pageblock_order } from '../../../uapi/mmzone.ts';
import { KIND_ANON, KIND_FREE } from '../../../uapi/page_kind.ts';
import { EV } from '../../../uapi/trace.ts';
import type { ScenarioEngineApi } from '../../../scenario/engine.ts';
import { createEngine } from '../../engine.ts';

/** Frames changed in one go: small allocations come in runs, as the per-cpu lists hand them out. */
const RUN = 64;
/** Milliseconds between two slices. */
const TICK_MS = 2;

const engine = createEngine({ now: () => performance.now(), later: (ms, work) => { setTimeout(work, ms); } });
let tables: Tables | undefined;
const api: ScenarioEngineApi = {
  ...engine,
  async boot(request) {
    const reply = await engine.boot(request);
    tables = reply.ok && reply.buffer ? bindMachine(reply.buffer) : undefined;
    return reply;
  },
};
Comlink.expose(api);

/** Memory blocks that are online. */
const onlineBlocks = (t: Tables): Int32Array => Int32Array.from([...t.memory_block.state].flatMap((state, id) => (state === MEM_STATE_ONLINE ? [id] : [])));

let timer = 0;
let changed = 0;
let begun = 0;
/** What is asked of it: records a second (0: stop), and whether each stands for a frame that changes. */
export interface Load {
  readonly rate: number;
  readonly frames: boolean;
}
/** Writes about `rate` trace records a second, and changes a frame for each. */
function churn(t: Tables, { rate, frames }: Load): void {
  const online = onlineBlocks(t);
  const per = 2 ** t.sizes.block_shift / RUN;
  const { kind } = t.memmap;
  const { generation } = t.pageblock;
  const { header } = t;
  const { w0, w1, w2, w3, w4, w5 } = t.trace;
  const rows = w0.length;
  let seed = 1;
  let last = performance.now();
  let owed = 0;
  timer = setInterval(() => {
    const now = performance.now();
    owed = Math.min(owed + (now - last) * (rate / 1000), rate / 10);
    last = now;
    Atomics.add(header, H_SEQCOUNT, 1);
    const stamp = (header[H_GENERATION] as number) + 1;
    let head = header[H_TRACE_HEAD] as number;
    let row = head % rows;
    let seq = header[H_SEQ] as number;
    for (; owed >= RUN; owed -= RUN) {
      seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
      const run = seed % (online.length * per);
      const start = ((online[Math.floor(run / per)] as number) * per + (run % per)) * RUN;
      const to = kind[start] === KIND_ANON ? KIND_FREE : KIND_ANON;
      if (frames) {
        kind.fill(to, start, start + RUN);
        generation[start >>> pageblock_order] = stamp;
        t.section.virgin[start >>> t.sizes.section_shift] = 0;
      }
      // The load is no part of what is measured: it costs as little as it can.
      for (let i = 0; i < RUN; i++) {
        seq++;
        w0[row] = seq;
        w1[row] = Math.imul(seq, 200);
        w2[row] = EV.sim_migrate_page;
        w3[row] = start + i;
        w4[row] = start ^ RUN;
        w5[row] = 0;
        if (++row === rows) row = 0;
      }
      head += RUN;
      changed += RUN;
    }
    header[H_TRACE_HEAD] = head;
    header[H_SEQ] = seq;
    header[H_TIME_LO] = seq * 200;
    header[H_RUNNING] = 1;
    header[H_GENERATION] = stamp;
    Atomics.add(header, H_SEQCOUNT, 1);
  }, TICK_MS) as unknown as number;
}

const control = new BroadcastChannel('frames');
control.onmessage = ({ data }: MessageEvent<Load>) => {
  clearInterval(timer);
  if (data.rate > 0 && tables) {
    changed = 0;
    begun = performance.now();
    churn(tables, data);
  } else if (data.rate === 0) {
    if (tables) tables.header[H_RUNNING] = 0;
    control.postMessage({ changed, ms: performance.now() - begun });
  }
};
