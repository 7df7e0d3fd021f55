/** Every answer can show where its rule comes from: nothing named may be missing from the recordings or from the code, and nothing that is answered may be without a source. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { isIn, knownOf, RECORDED } from '../../src/sources/functions.ts';
import { PASSED } from '../../src/sources/left_out.ts';
import { refusedBy, ruleOfEvent, ruleOfHolder, ruleOfReason, ruleOfRefusal } from '../../src/sources/rule_of.ts';
import { type Place, RULES, type Rule } from '../../src/sources/rules.ts';
import { sourceOf } from '../../src/sources/sources.ts';
import * as german from '../../src/strings/rules.de.ts';
import * as english from '../../src/strings/rules.en.ts';
import { errnoName, strerror } from '../uapi/errno.ts';
import { FUNCTIONS, type FunctionName } from '../uapi/functions.ts';
import { KERNEL_OPTIONS } from '../uapi/kconfig.ts';
import { H_TEXT_HEAD, H_TRACE_HEAD } from '../uapi/layout.ts';
import type { Edition } from '../uapi/machine_description.ts';
import { NOTIFIERS } from '../uapi/notifiers.ts';
import { readText } from '../uapi/text.ts';
import type { OfflineReason } from '../uapi/offline_reason.ts';
import { decodeEvent, OFFLINE_REASONS, type TraceEvent } from '../uapi/trace.ts';
import { type Guest, guest } from './guest.ts';

const workers = join(fileURLToPath(import.meta.url), '../..');
const EVERY: readonly Edition[] = ['6.1', '3.11', '2.6.12-mhp'];
const recording = (edition: Edition, name: string): string => readFileSync(join(workers, `testing/linux-${edition}/${name}.json`), 'utf8');
const code = readdirSync(workers, { recursive: true, encoding: 'utf8' }).map((path) => path.replaceAll('\\', '/'))
  .filter((path) => path.endsWith('.ts') && !/\.test\.ts$|^testing\/linux-/.test(path)).map((path) => ({ path, text: readFileSync(join(workers, path), 'utf8') }));
const all = code.map(({ text }) => text).join('\n');

const places = Object.entries(RULES).flatMap(([id, rule]) => Object.entries(rule as Rule).map(([edition, place]) => ({ id, edition: edition as Edition, place: place as Place })));
const asked = (rule: string | undefined, edition: Edition): unknown => rule && sourceOf(edition, rule as Parameters<typeof sourceOf>[1], english);

/** Functions that nothing here is named after: found, by name, in that file of 6.1-rc7, 3.11.0 or 2.6.12-rc2. */
const LOOKED_UP: ReadonlySet<string> = new Set([
  'drivers/base/bus.c drivers_probe_store', 'drivers/base/bus.c store_drivers_probe', 'drivers/base/core.c dev_attr_store', 'drivers/base/core.c store_online', 'drivers/base/core.c store_uevent', 'drivers/acpi/scan.c acpi_eject_store',
  'drivers/virtio/virtio_mem.c virtio_mem_sbm_notify_going_offline', 'fs/proc/page.c kpagecount_read', 'mm/migrate.c folio_migrate_copy', 'mm/migrate.c migrate_page_copy',
  'mm/page_alloc.c set_pageblock_migratetype', 'mm/page_alloc.c __free_pages_bulk', 'drivers/base/memory.c show_mem_state', 'drivers/base/memory.c show_mem_removable',
  'mm/page_alloc.c __setup_per_zone_wmarks', 'kernel/printk/printk.c vprintk_emit', 'drivers/base/dma-contiguous.c dma_alloc_from_contiguous',
  'kernel/params.c param_attr_store', 'mm/huge_memory.c enabled_store', 'lib/notifier-error-inject.c notifier_err_inject_init',
  'kernel/trace/trace_events.c event_enable_write', 'kernel/sysctl.c proc_dointvec_minmax', 'kernel/ksysfs.c kexec_crash_size_store', 'mm/cma_debug.c cma_alloc_write',
  'fs/debugfs/file.c debugfs_attr_write', 'fs/libfs.c simple_attr_write', 'fs/debugfs/file.c write_file_bool', 'drivers/acpi/sysfs.c enabled_store',
  'drivers/acpi/sysfs.c hotplug_enabled_store',
]);
describe('nothing is made up', () => {
  it('each recording that is named exists and shows what is said to stand in it', () => {
    const wrong = places.flatMap(({ id, edition, place }) => (typeof place.known === 'string' ? [] : place.known.filter(([name, shows]) => !recording(edition, name).includes(shows)).map(([name, shows]) => `${id} ${edition}: ${name} "${shows}"`)));
    expect(wrong).toEqual([]);
    expect(places.filter(({ place }) => typeof place.known !== 'string').length).toBeGreaterThan(80);
  });
  it('each function of the call path that counts as recorded is named by its recording', () => {
    const wrong = Object.entries(RECORDED).flatMap(([edition, of]) => Object.entries(of).flatMap(([name, functions]) => {
      const text = recording(edition as Edition, name);
      return functions.filter((fn) => !new RegExp(`(?<!\\w)${fn}(?!\\w)`).test(text)).map((fn) => `${edition} ${name}: ${fn}`);
    }));
    expect(wrong).toEqual([]);
  });
  it('each listener of the kernel\'s own that counts as recorded is named by its recording', () => {
    for (const edition of EVERY) {
      for (const [i, { name }] of NOTIFIERS.entries()) {
        const known = sourceOf(edition, `listener:${i}`, english)?.known;
        if (known !== undefined && typeof known !== 'string') for (const [of] of known) expect(recording(edition, of), `${name} in ${of}`).toContain(name);
      }
    }
  });
  it('each function and file that a rule cites is one the code names', () => {
    const unknown = places.filter(({ place: { fn, file } }) => !new RegExp(`(?<!\\w)${fn}(?!\\w)`).test(all) && !LOOKED_UP.has(`${file} ${fn}`)).map(({ id, edition, place }) => `${id} ${edition}: ${place.file}, ${place.fn}()`);
    expect(unknown).toEqual([]);
  });
  it('functions said to do nothing here are such wherever they are called', () => {
    const called = (fn: FunctionName): string[] => code.flatMap(({ path, text }) => [...text.matchAll(new RegExp(`\\b(\\w+)\\((?:k\\.)?mm, '${fn}'`, 'g'))].map(([, how]) => `${path}: ${how}`));
    for (const fn of PASSED) {
      expect(called(fn).length, fn).toBeGreaterThan(0);
      expect(called(fn).filter((line) => !line.endsWith(': passed')), fn).toEqual([]);
    }
  });
});

/** Codes of what an offline is answered with in a file. */
const reasonsIn = (path: string): string[] => [...(code.find((file) => file.path === path)?.text ?? '').matchAll(/\bcode: '(\w+)'/g)].map(([, reason]) => reason as string);
describe('every answer has a source', () => {
  it.each([['6.1', 'mm/offline_refusal.ts', 6], ['3.11', 'editions/3.11/memory_hotplug.ts', 5], ['2.6.12-mhp', 'editions/2.6.12/memory_hotplug.ts', 4]] as const)('verdicts of %s', (edition, path, n) => {
    const reasons = reasonsIn(path);
    expect(reasons.length).toBeGreaterThanOrEqual(n);
    // What the facts add to it, whatever the edition.
    const more = reasonsIn('machine/facts.ts');
    expect(more).toEqual(expect.arrayContaining(['state', 'referenced', 'no_room']));
    for (const reason of [...reasons, ...more]) expect(asked(ruleOfReason({ code: reason } as OfflineReason), edition), reason).toBeDefined();
    expect(asked(ruleOfReason(undefined), edition)).toBeDefined();
  });
  it('reasons of offline_pages()', () => {
    for (const [reason, words] of OFFLINE_REASONS.entries()) expect(asked(ruleOfEvent('6.1', { type: 'offline_pages_ret', ret: -1, reason, seq: 1, time: 0, task: 0 }, () => ({ errno: '', path: '' })), '6.1'), words).toBeDefined();
  });
  it('what holds a block', () => {
    const words = /const KIND_WORDS = \[([^\]]+)\]/.exec(code.find(({ path }) => path === 'machine/facts.ts')?.text ?? '')?.[1]?.match(/'[^']+'/g) ?? [];
    expect(words.length).toBeGreaterThan(15);
    for (const cause of [...words.map((word) => word.slice(1, -1)), 'reserved (slab)', 'pinned: somebody holds a reference']) expect(asked(ruleOfHolder(cause), '6.1'), cause).toBeDefined();
  });
  it('functions of the call path: a sentence, an edition, in both languages', () => {
    for (const [name, file, sentence] of FUNCTIONS) {
      expect(sentence, name).toMatch(/^[A-Z].*[.?]$/);
      expect(german.functions[name], name).toMatch(/^[A-ZÄÖÜ].*[.?]$/);
      expect(file, name).toMatch(/\//);
    }
    // sysfs of 2005 has names of its own; every name is some edition's.
    expect(FUNCTIONS.filter(([name]) => !EVERY.some((edition) => isIn(edition, name))).map(([name]) => name)).toEqual([]);
  });
  it('functions that only one edition\'s files call are known to be in it', () => {
    const names = new Set(FUNCTIONS.map(([name]) => name));
    const missing = code.flatMap(({ path, text }) => {
      const edition = /^editions\/([\d.]+)\//.exec(path)?.[1];
      const of = edition === '2.6.12' ? '2.6.12-mhp' : edition;
      if (of !== '3.11' && of !== '2.6.12-mhp') return [];
      return [...text.matchAll(/(?:noted|called|within|passed|left|path)\((?:k\.)?mm, '(\w+)'/g)].map(([, fn]) => fn as FunctionName).filter((fn) => names.has(fn) && !isIn(of, fn)).map((fn) => `${path}: ${fn}`);
    });
    expect(missing).toEqual([]);
  });
  it('options and listeners are said in both languages', () => {
    for (const { name } of KERNEL_OPTIONS) expect(german.brings[name], name).toBeDefined();
    for (const { name } of NOTIFIERS) expect(german.listeners[name], name).toBeDefined();
  });
});

/** Events from one trace position on. */
function eventsFrom(g: Guest, from: number): TraceEvent[] {
  const { header, trace } = g.machine.kernel.mm.t;
  const { w0, w1, w2, w3, w4, w5, w6, w7 } = trace;
  const rows = w0.length;
  const events: TraceEvent[] = [];
  for (let at = Math.max(from, (header[H_TRACE_HEAD] as number) - rows); at < (header[H_TRACE_HEAD] as number); at++) events.push(decodeEvent(Int32Array.from([w0, w1, w2, w3, w4, w5, w6, w7], (w) => w[at % rows] as number)));
  return events;
}
const DIR = '/sys/devices/system/memory';
/** Adds, onlines, offlines, is refused, removes. */
function live(g: Guest, edition: Edition): void {
  if (edition === '2.6.12-mhp') g.run(`echo 0x20000000 > ${DIR}/probe`);
  else {
    g.host('object-add', { 'qom-type': 'memory-backend-ram', id: 'm0', size: 2 ** 27 });
    g.host('device_add', { driver: 'pc-dimm', id: 'd0', memdev: 'm0' });
  }
  g.run(`for word in online_movable online offline online_kernel offline online offline; do for m in ${DIR}/memory*; do echo $word > $m/state; done; done`);
  if (edition === '2.6.12-mhp') return;
  g.run(`echo 0x100000000 > ${DIR}/probe; echo 'mine 5 MEM_GOING_ONLINE=BAD' > /sys/kernel/debug/memory-notifier-lab/register; echo online > ${DIR}/memory32/state`);
  g.host('device_del', { id: 'd0' });
  g.wait(2000);
}
describe('the function that refused says which rule it was', () => {
  const rule = (g: Guest, edition: Edition, line: string): string => {
    const from = g.machine.kernel.mm.t.header[H_TRACE_HEAD] as number;
    g.run(line);
    const events = eventsFrom(g, from);
    const end = events.findLastIndex(({ type }) => type === 'write_error');
    return ruleOfRefusal(edition, { errno: 'EINVAL', reason: '', path: `${DIR}/memory0/state`, by: refusedBy(events.slice(0, end)) });
  };
  it('6.1: a block that is in the state already; one that lies in two zones', () => {
    const g = guest('512M', { edition: '6.1' });
    expect(rule(g, '6.1', `echo online > ${DIR}/memory1/state`)).toBe('block_state');
    expect(rule(g, '6.1', `echo offline > ${DIR}/memory0/state`)).toBe('one_zone');
  });
  it('3.11: only the right-most block becomes Movable', () => {
    const g = guest('1G,slots=2,maxmem=4G', { edition: '3.11' });
    g.host('object-add', { 'qom-type': 'memory-backend-ram', id: 'm0', size: 2 ** 28 });
    g.host('device_add', { driver: 'pc-dimm', id: 'd0', memdev: 'm0' });
    expect(rule(g, '3.11', `echo online_movable > ${DIR}/memory32/state`)).toBe('to_movable');
  });
});
describe.each(EVERY)('a session of %s', (edition) => {
  const g = guest('512M,slots=2,maxmem=4G', { edition, mods: edition === '2.6.12-mhp' ? ['memory-notifier-lab'] : ['memory-notifier-lab', 'memory-notifier-error-inject', 'zram', 'hwpoison-inject'] });
  const { t } = g.machine.kernel.mm;
  const text = (id: number): string => readText(t, id)?.text ?? '';
  const told = (events: readonly TraceEvent[]): string[] => [...new Set(events.flatMap((event) => {
    const rule = ruleOfEvent(edition, event, ({ errno, text: id }) => ({ errno: errnoName(errno), path: text(id) }));
    return asked(rule, edition) === undefined ? [`${event.type}: ${rule}${event.type === 'write_error' ? ` ${errnoName(event.errno)} ${text(event.text)}` : ''}`] : [];
  }))];
  it('has a source for each event, function and listener that came up', () => {
    const from = t.header[H_TRACE_HEAD] as number;
    live(g, edition);
    const events = eventsFrom(g, from);
    expect(new Set(events.map(({ type }) => type)).size).toBeGreaterThan(8);
    expect(told(events)).toEqual([]);
    expect(events.some((event) => event.type === 'sim_func_entry' && knownOf(edition, FUNCTIONS[event.fn - 1]?.[0] as FunctionName) === 'spec')).toBe(true);
  });
  it('has a source for each refused write to any file that takes one', () => {
    const seen = new Set<string>();
    const files = g.run('find /sys /proc -type f -perm /222 2>/dev/null').split('\n').filter((path) => {
      const kind = path.replace(/\d+/g, 'N').replace(/\/events\/.*\//, '/events/').replace(/\/[^/]*\/power\//, '/power/');
      return !seen.has(kind) && seen.add(kind);
    });
    expect(files.length).toBeGreaterThan(edition === '2.6.12-mhp' ? 5 : 40);
    const before = t.header[H_TEXT_HEAD] as number;
    const from = t.header[H_TRACE_HEAD] as number;
    g.run(files.map((path) => `echo bogus > ${path}`).join('; '));
    const refused = eventsFrom(g, from).filter((event) => event.type === 'write_error');
    expect(refused.length).toBeGreaterThan(edition === '2.6.12-mhp' ? 1 : 20);
    expect(before).toBeLessThan(t.header[H_TEXT_HEAD] as number);
    const without = refused.filter((event) => asked(ruleOfRefusal(edition, { errno: errnoName(event.errno), reason: strerror(event.errno), path: text(event.text) }), edition) === undefined);
    expect(without.map((event) => `${errnoName(event.errno)} ${text(event.text)}`)).toEqual([]);
  });
});
