/** Entry of the process that runs the tasks in Node, bundled as the page's worker is: node FILE GIB PAIRS CHURN ROUNDS. A line of JSON first for the setting, then for each round. */
import { createTasks } from './tasks.ts';

const [gib = 4, pairs = 1, churn = 1, rounds = 1] = process.argv.slice(2).map(Number);
// Time on the processor, so that other programs on the computer do not count.
const { setting, round } = createTasks(gib, pairs, churn, () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
});
console.log(JSON.stringify({ setting, rss: process.memoryUsage().rss }));
for (let i = 0; i < rounds; i++) console.log(JSON.stringify(round()));
