/** The worker the page starts: the only place where the kernel meets a browser. */
import * as Comlink from 'comlink';
import type { ScenarioEngineApi } from '../scenario/engine.ts';
import { patchTransfers } from '../uapi/patch.ts';
import { createEngine } from './engine.ts';

// Messages jump ahead of a timer of 0 ms, which browsers stretch to 4 ms when nested; a message to oneself waits its turn behind the page's.
const channel = new MessageChannel();
const queue: (() => void)[] = [];
channel.port1.onmessage = () => queue.shift()?.();
function soon(work: () => void): void {
  queue.push(work);
  channel.port2.postMessage(0);
}

const engine = createEngine({ now: () => performance.now(), later: (ms, work) => (ms === 0 ? soon(work) : void setTimeout(work, ms)) });
const api: ScenarioEngineApi = {
  ...engine,
  async pull(cursor) {
    const patch = await engine.pull(cursor);
    return Comlink.transfer(patch, patchTransfers(patch));
  },
};
Comlink.expose(api);
