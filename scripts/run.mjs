#!/usr/bin/env node
// Runs a TypeScript file of the project in Node: node scripts/run.mjs FILE.ts [ARGUMENT]…
// The file exports main(argv): Promise<number> | number, the exit status.
import process from 'node:process';
import { importBundled } from './bundle.mjs';

const [file, ...argv] = process.argv.slice(2);
if (!file) {
  console.error('usage: node scripts/run.mjs FILE.ts [ARGUMENT]…');
  process.exit(2);
}
process.setSourceMapsEnabled(true);
try {
  const { main } = await importBundled(file);
  process.exitCode = await main(argv);
} catch (error) {
  console.error(error);
  process.exitCode = 70;
}
