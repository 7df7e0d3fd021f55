/**
 * The allocator against C: both do the same five tasks on the same zone, turn by turn, and prove it by equal checksums. C: processor time; Node: the same; a browser has a wall clock
 * only, so there C is read off the wall as well. Without a compiler only our own figures are printed.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { getPriority, setPriority, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundle } from '../../../../scripts/bundle.mjs';
import { type Round, type Setting, TASKS } from './tasks.ts';

const root = fileURLToPath(new URL('../../../../', import.meta.url));
const GIB = 4;
const PAIRS = 5_000_000;
const CHURN = 2_000_000;
/** Rounds of ours in a turn; the first ones find V8 still compiling. The best of the rest counts, as it does for C: everything above it is other programs on the computer. */
const ROUNDS = 9;
const WARM = 4;
const NATIVE_ROUNDS = 5;

export interface AllocatorFigures {
  readonly host: string;
  readonly setting: Setting;
  readonly equal: boolean;
  readonly tasks: readonly AllocatorTask[];
  readonly mean?: number;
}
interface AllocatorTask {
  readonly task: string;
  readonly ns: number;
  readonly nativeNs?: number;
  readonly ratio?: number;
  readonly range?: readonly [number, number];
  /** The baseline without what a simulator writes down beside, ns; and the allocator it is held against, if there is one. */
  readonly plainNs?: number;
  readonly peerNs?: number;
}
/** What research measured of its own C baseline against a port of Linux's allocator to user space (BiscuitOS), by task. */
const TO_PORT = [1.41, 1.04, 0.64, 0.97, 1.12] as const;
interface Measured {
  readonly setting: Setting;
  readonly rounds: readonly Round[];
}

/** What a program printed as JSON, a line each; anything else it may have said is passed over. */
const lines = <T>(text: string): T[] => text.split('\n').filter((line) => line.startsWith('{')).map((line) => JSON.parse(line) as T);
function compile(dir: string, books: 0 | 1): string | undefined {
  const out = join(dir, `buddy${books}`);
  const { status } = spawnSync('cc', ['-O2', `-DBOOKS=${books}`, '-o', out, join(root, 'workers/host/bench/native/buddy.c')], { stdio: 'inherit' });
  return status === 0 ? out : undefined;
}
function native(binary: string, s: Setting, wall: boolean): Round[] {
  const words = [s.start, s.pages, s.min, s.low, s.batch, s.high, s.fill, s.pairs, s.churn, NATIVE_ROUNDS].map(String);
  const { stdout, status } = spawnSync(binary, wall ? [...words, 'wall'] : words, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${binary} ended with ${status}`);
  return lines<Round>(stdout);
}
function inNode(file: string): Measured {
  const { stdout, status, stderr } = spawnSync(process.execPath, [file, GIB, PAIRS, CHURN, ROUNDS].map(String), { encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
  const [{ setting }, ...rounds] = lines<never>(stdout) as unknown as [{ setting: Setting }, ...Round[]];
  return { setting, rounds };
}
/**
 * A browser chooses priorities of its own for the threads of its pages: all get the one C runs at, so that a busy computer slows both alike. Where there is no /proc nothing is done.
 */
function atOurPriority(): void {
  const { stdout, status } = spawnSync('ps', ['-A', '-o', 'pid=,ppid='], { encoding: 'utf8' });
  if (status !== 0) return;
  const children = new Map<number, number[]>();
  for (const line of stdout.trim().split('\n')) {
    const [pid = 0, parent = 0] = line.trim().split(/\s+/).map(Number);
    children.set(parent, [...(children.get(parent) ?? []), pid]);
  }
  const below = (pid: number): number[] => (children.get(pid) ?? []).flatMap((child) => [child, ...below(child)]);
  for (const pid of below(process.pid)) {
    try {
      for (const thread of readdirSync(`/proc/${pid}/task`)) setPriority(Number(thread), getPriority());
    } catch {
      // It has ended, or is not ours to change.
    }
  }
}
/** In a worker of a page that is isolated as the real one is. */
async function inChromium(file: string): Promise<Measured> {
  const { chromium } = await import('@playwright/test');
  const { findChromium } = (await import(join(root, 'scripts/chromium.mjs'))) as { findChromium(): Promise<{ readonly path: string } | undefined> };
  const found = await findChromium();
  if (found === undefined) throw new Error('no Chromium on this computer');
  const server = createServer((request, response) => {
    response.setHeader('Cross-Origin-Opener-Policy', 'same-origin');
    response.setHeader('Cross-Origin-Embedder-Policy', 'require-corp');
    const script = request.url === '/worker.js';
    response.setHeader('Content-Type', script ? 'text/javascript' : 'text/html');
    response.end(script ? readFileSync(file) : '<!doctype html><title>bench</title>');
  });
  await new Promise<void>((resolve) => { server.listen(0, resolve); });
  const address = server.address();
  const browser = await chromium.launch({ executablePath: found.path });
  try {
    const page = await browser.newPage();
    await page.goto(`http://localhost:${typeof address === 'object' ? address?.port : ''}/`);
    const answers = page.evaluate((words) => new Promise<unknown[]>((resolve, reject) => {
      const got: unknown[] = [];
      const worker = new Worker('/worker.js', { type: 'module' });
      worker.onerror = (event) => reject(new Error(event.message));
      worker.onmessage = ({ data }) => {
        got.push(data);
        if (got.length === words[3]! + 1) resolve(got);
      };
      worker.postMessage(words);
    }), [GIB, PAIRS, CHURN, ROUNDS]);
    const watch = setInterval(atOurPriority, 1000);
    try {
      const [{ setting }, ...rounds] = (await answers) as [{ setting: Setting }, ...Round[]];
      return { setting, rounds };
    } finally {
      clearInterval(watch);
    }
  } finally {
    await browser.close();
    server.close();
  }
}

const best = (rounds: readonly Round[], task: number): number => Math.min(...rounds.map(({ ns }) => ns[task] as number));
const median = (numbers: readonly number[]): number => numbers.toSorted((a, b) => a - b)[numbers.length >> 1] as number;
const sumsEqual = (a: readonly Round[], b: readonly Round[]): boolean => a.slice(0, b.length).every(({ sums }, i) => sums.every((sum, k) => sum === (b[i] as Round).sums[k]));

/** `turns`: how often all take their turn; figures are medians over turns. `peer`: a program that takes the baseline's arguments and prints its times as the baseline does (`ns` of the five tasks; checksums are not asked for). */
export async function allocatorBench(turns: number, chromium: boolean, peer?: string): Promise<AllocatorFigures> {
  const dir = mkdtempSync(join(tmpdir(), 'hotplug-bench-'));
  try {
    const binary = compile(dir, 1);
    const plain = compile(dir, 0);
    if (binary === undefined) console.log('No C compiler (cc) here: there is nothing to compare with.');
    const file = await bundle(`workers/host/bench/allocator/${chromium ? 'browser' : 'node'}.ts`, dir);
    const ours: Measured[] = [];
    const theirs: Round[][] = [];
    const others: { plain: Round[][]; peer: Round[][] } = { plain: [], peer: [] };
    for (let turn = 0; turn < turns; turn++) {
      const measured = chromium ? await inChromium(file) : inNode(file);
      ours.push(measured);
      if (binary !== undefined) theirs.push(native(binary, measured.setting, chromium));
      if (plain !== undefined) others.plain.push(native(plain, measured.setting, chromium));
      if (peer !== undefined) others.peer.push(native(peer, measured.setting, chromium));
    }
    const equal = ours.every((m, turn) => theirs[turn] === undefined || sumsEqual(m.rounds, theirs[turn]));
    const tasks = TASKS.map((task, i): AllocatorTask => {
      const ns = ours.map((m) => best(m.rounds.slice(WARM), i));
      if (binary === undefined) return { task, ns: median(ns) };
      const nativeNs = theirs.map((rounds) => best(rounds, i));
      const ratios = ns.map((n, turn) => n / (nativeNs[turn] as number));
      const [plainNs, peerNs] = [others.plain, others.peer].map((turn) => (turn.length > 0 ? median(turn.map((rounds) => best(rounds, i))) : undefined));
      return {
        task, ns: median(ns), nativeNs: median(nativeNs), ratio: median(ratios), range: [Math.min(...ratios), Math.max(...ratios)] as const, ...(plainNs !== undefined && { plainNs }),
        ...(peerNs !== undefined && { peerNs }),
      };
    });
    const ratios = tasks.flatMap(({ ratio }) => (ratio === undefined ? [] : [ratio]));
    const mean = ratios.length > 0 ? Math.exp(ratios.reduce((sum, r) => sum + Math.log(r), 0) / ratios.length) : undefined;
    return { host: chromium ? 'Chromium' : 'Node', setting: (ours[0] as Measured).setting, equal, tasks, ...(mean !== undefined && { mean }) };
  } finally {
    rmSync(dir, { recursive: true });
  }
}
export function printAllocator({ host, tasks, equal, mean }: AllocatorFigures): void {
  console.log(`allocator in ${host}, 4 GiB zone, ns per operation`);
  for (const [i, { task, ns, nativeNs, ratio, range, plainNs, peerNs }] of tasks.entries()) {
    const against = ratio === undefined ? '' : `  C ${(nativeNs as number).toFixed(1).padStart(6)}   ${ratio.toFixed(2)} ×  [${range?.map((r) => r.toFixed(2)).join('–')}]`;
    const without = plainNs === undefined ? '' : `  without books ${plainNs.toFixed(1).padStart(6)}`;
    const beside = plainNs === undefined || peerNs === undefined ? '' : `  peer ${peerNs.toFixed(1).padStart(6)}, ${(plainNs / peerNs).toFixed(2)} × it (research: ${TO_PORT[i]?.toFixed(2)})`;
    console.log(`  ${task.padEnd(40)} ${ns.toFixed(1).padStart(7)}${against}${without}${beside}`);
  }
  if (mean !== undefined) console.log(`  ${'geometric mean'.padEnd(40)} ${' '.repeat(20)}${mean.toFixed(2)} ×   ${equal ? 'checksums equal after every task' : 'CHECKSUMS DIFFER: the two did not do the same'}`);
}
