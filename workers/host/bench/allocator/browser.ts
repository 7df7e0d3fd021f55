/** Entry of the worker that runs the tasks in a browser. Message: [GIB, PAIRS, CHURN, ROUNDS]; answers: the setting, then each round. Browsers tell no processor time: a clock on the wall. */
import { createTasks } from './tasks.ts';

addEventListener('message', ({ data }: MessageEvent<readonly [number, number, number, number]>) => {
  const [gib, pairs, churn, rounds] = data;
  const { setting, round } = createTasks(gib, pairs, churn, () => performance.now());
  postMessage({ setting });
  for (let i = 0; i < rounds; i++) postMessage(round());
});
