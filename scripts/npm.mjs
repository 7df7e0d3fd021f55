// Runs npm by the Node that runs this file: npm.cmd cannot be spawned on every platform, and PATH may hold another npm.
import { spawnSync } from 'node:child_process';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('..', import.meta.url));

/** npm ARGUMENTS in the project's folder, its output shown. True: it ended with 0. */
export function npm(args, env = {}) {
  const cli = process.env.npm_execpath ?? '';
  const own = /npm-cli\.c?js$/.test(cli);
  const options = { cwd: root, stdio: 'inherit', env: { ...process.env, ...env }, shell: !own && process.platform === 'win32' };
  return spawnSync(own ? process.execPath : 'npm', own ? [cli, ...args] : args, options).status === 0;
}
