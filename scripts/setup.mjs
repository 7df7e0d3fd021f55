#!/usr/bin/env node
// Gets a fresh clone ready: Node new enough, dependencies as the lockfile says, and with --browser a Chromium for the end-to-end tests.
// Uses nothing but Node itself. Run twice it does nothing the second time.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { findChromium, noBrowser } from './chromium.mjs';
import { npm, root } from './npm.mjs';

function fail(sentence) {
  console.error(sentence);
  process.exit(1);
}

function checkNode() {
  const needed = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).engines.node.match(/\d+\.\d+/)[0];
  const [wantMajor, wantMinor] = needed.split('.').map(Number);
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major > wantMajor || (major === wantMajor && minor >= wantMinor)) return;
  fail(`Hotplug Lab needs Node ${needed} or newer; this is Node ${process.versions.node}. Get a current one from https://nodejs.org and try again.`);
}

function installDependencies() {
  const lock = createHash('sha256').update(readFileSync(join(root, 'package-lock.json'))).digest('hex');
  const stamp = join(root, 'node_modules', '.setup-lock');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === lock) return;
  console.log('Installing dependencies from package-lock.json …');
  // include=dev: NODE_ENV=production would leave out the very tools that are needed here.
  if (!npm(['ci', '--include=dev', '--no-audit', '--no-fund'])) fail('Dependencies could not be installed; npm says why above. Without a network connection only an existing node_modules works.');
  writeFileSync(stamp, lock);
}

const run = (command, ...args) => spawnSync(command, args, { cwd: root, stdio: 'inherit', env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } }).status === 0;

/** What is there, else Playwright's own, else Debian's. */
async function installBrowser() {
  if (await findChromium()) return;
  console.log('No Chromium found; trying Playwright\'s own …');
  const playwright = join(root, 'node_modules', '@playwright', 'test', 'cli.js');
  if (run(process.execPath, playwright, 'install', 'chromium') && (await findChromium())) return;
  if (process.getuid?.() === 0 && existsSync('/usr/bin/apt-get')) {
    console.log('Playwright\'s browser cannot be had here; trying Debian\'s …');
    if (run('apt-get', 'update') && run('apt-get', 'install', '-y', '--no-install-recommends', 'chromium') && (await findChromium())) return;
  }
  fail(noBrowser);
}

checkNode();
installDependencies();
if (process.argv.includes('--browser')) await installBrowser().catch((error) => fail(error.message));
