#!/usr/bin/env node
// Completes package-lock.json after a change of dependencies: npm leaves out platform packages (optional, one per system) that the registry it asked does not have, and then
// refuses its own lockfile ("npm ci … Missing … from lock file"). Each gets an entry by name and version, so that a clone installs here and on every other system.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './npm.mjs';

const file = join(root, 'package-lock.json');
const lock = JSON.parse(readFileSync(file, 'utf8'));
const { packages } = lock;

/** Where Node would find a package from a folder of the lockfile; undefined: nowhere. */
function resolve(from, name) {
  for (let folder = from; ; folder = folder.slice(0, Math.max(0, folder.lastIndexOf('node_modules/') - 1))) {
    const path = `${folder ? `${folder}/` : ''}node_modules/${name}`;
    if (packages[path]) return path;
    if (!folder) return undefined;
  }
}

const OS = /(?:^|[-/])(aix|android|darwin|freebsd|linux|openbsd|openharmony|sunos|win32)-/;
const CPU = /-(arm64|arm|x64|ia32|ppc64|riscv64|s390x|loong64|mips64el)(?=-|$)/;
const LIBC = /-(gnu|musl)/;

/** The platform a package is for, as its name says. */
function platform(name) {
  const os = OS.exec(name)?.[1];
  const cpu = CPU.exec(name)?.[1];
  if (!os || !cpu) throw new Error(`${name}: its name does not say which platform it is for.`);
  const libc = os === 'linux' ? LIBC.exec(name)?.[1] : undefined;
  return { cpu: [cpu], os: [os], ...(libc && { libc: [libc === 'gnu' ? 'glibc' : libc] }) };
}

let added = 0;
for (const [path, entry] of Object.entries(packages)) {
  for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
    if (resolve(path, name)) continue;
    packages[`node_modules/${name}`] = { version, ...platform(name), ...(entry.dev && { dev: true }), optional: true };
    added++;
  }
}
if (added > 0) {
  lock.packages = Object.fromEntries(Object.entries(packages).sort(([a], [b]) => (a < b ? -1 : 1)));
  writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`);
}
console.log(`${added} platform packages added to package-lock.json`);
